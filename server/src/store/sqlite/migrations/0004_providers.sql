-- Providers: how fast each may be asked, whether each still delivers, and what officers have to know of deliveries.

-- What an officer has to look at, once a kind and subject however often it is seen; kept when it was handled.
create table officer_notice (
    gstin text not null,
    id blob not null check (length(id) = 16),
    kind text not null,
    about blob not null check (length(about) = 16),
    at integer not null,
    detail text not null,
    handled_at integer,
    handled_by text,
    primary key (gstin, id),
    check ((handled_at is null) = (handled_by is null))
) strict;
create unique index officer_notice_once on officer_notice (gstin, kind, about);
create index officer_notice_open on officer_notice (at, id) where handled_at is null;
create trigger officer_notice_is_kept before delete on officer_notice
begin
    select raise(abort, 'nothing is deleted');
end;

-- The token bucket of a provider, shared by all nodes: messages up to this moment are given out.
create table provider_rate (
    provider text primary key,
    given_until integer not null
) strict;

-- The operator's canary: the newest message through each provider, and the newest proofs that messages pass.
create table canary (
    provider text primary key,
    sent_at integer not null,
    accepted_at integer,
    delivered_at integer
) strict;
