-- Providers: how fast each may be asked, whether each still delivers, and what officers have to know of deliveries.
-- As in SQLite.

-- What an officer has to look at, once a kind and subject however often it is seen; kept when it was handled.
create table officer_notice (
    gstin text collate "C" not null,
    id uuid not null,
    kind text not null,
    about uuid not null,
    at bigint not null,
    detail text not null,
    handled_at bigint,
    handled_by text,
    primary key (gstin, id),
    check ((handled_at is null) = (handled_by is null))
);
create unique index officer_notice_once on officer_notice (gstin, kind, about);
create index officer_notice_open on officer_notice (at, id) where handled_at is null;
create trigger officer_notice_is_kept before delete on officer_notice
for each row execute function refuse('nothing is deleted');

-- The token bucket of a provider, shared by all nodes: messages up to this moment are given out.
create table provider_rate (
    provider text collate "C" primary key,
    given_until bigint not null
);

-- The operator's canary: the newest message through each provider, and the newest proofs that messages pass.
create table canary (
    provider text collate "C" primary key,
    sent_at bigint not null,
    accepted_at bigint,
    delivered_at bigint
);
