-- Many servers over one database: who may answer checks from memory, and what they have to forget.

-- A server that may hold answers in memory. Each renewal counts up: a count that stands still tells that the server
-- does. A retired one has lost its right for good and comes back under another id.
create table node (
    id blob primary key check (length(id) = 16),
    name text not null,
    started_at integer not null,
    renewals integer not null check (renewals >= 0),
    retired_at integer
) strict;

-- What is to be forgotten: everything about a taxpayer, or (gstin null) everything. A node reads on from the position
-- it read to. Written in the transaction of the change itself, so that none is missed.
create table change (
    position integer not null,
    id blob not null check (length(id) = 16),
    gstin text,
    at integer not null,
    primary key (position, id)
) strict;

-- What is known of an end once it holds on every node. Written once.
create table ending (
    gstin text not null,
    consent_id blob not null,
    effective_at integer not null,
    last_passed_at integer,
    primary key (gstin, consent_id)
) strict;
create trigger ending_is_final before update on ending
begin
    select raise(abort, 'a receipt does not change');
end;
create trigger ending_is_kept before delete on ending
begin
    select raise(abort, 'nothing is deleted');
end;
