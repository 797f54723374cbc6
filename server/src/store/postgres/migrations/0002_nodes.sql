-- Many servers over one database: who may answer checks from memory, and what they have to forget. As in SQLite.

-- A server that may hold answers in memory. Each renewal counts up: a count that stands still tells that the server
-- does. A retired one has lost its right for good and comes back under another id.
create table node (
    id uuid primary key,
    name text not null,
    started_at bigint not null,
    renewals bigint not null check (renewals >= 0),
    retired_at bigint
);

-- What is to be forgotten: everything about a taxpayer, or (gstin null) everything. A node reads on from the position
-- it read to. Written in the transaction of the change itself, so that none is missed.
--
-- The position is the id of that transaction: a sequence would be given out in another order than commits happen in.
-- Whoever reads on from the oldest transaction that was running at the last look misses none, and sees some twice.
create table change (
    position bigint not null default pg_current_xact_id()::text::bigint,
    id uuid not null,
    gstin text collate "C",
    at bigint not null,
    primary key (position, id)
);

-- What is known of an end once it holds on every node. Written once.
create table ending (
    gstin text collate "C" not null,
    consent_id uuid not null,
    effective_at bigint not null,
    last_passed_at bigint,
    primary key (gstin, consent_id)
);
create trigger ending_is_final before update on ending
for each row execute function refuse('a receipt does not change');
create trigger ending_is_kept before delete on ending
for each row execute function refuse('nothing is deleted');
