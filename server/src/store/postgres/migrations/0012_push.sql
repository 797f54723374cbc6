-- What GSPs are told when consents through them end (RFC 8417), and by which road. As in SQLite.

-- By which road a GSP is told: pushed to its address (RFC 8935), or fetched by it (RFC 8936). Without a row it is not told.
create table gsp_push (
    gsp_id uuid primary key references gsp (id),
    delivery text not null check (delivery in ('push', 'poll')),
    url text,
    authorization_sealed bytea,
    poll_secret_hash bytea unique check (length(poll_secret_hash) = 32),
    check ((delivery = 'push') = (url is not null)),
    check ((delivery = 'poll') = (poll_secret_hash is not null)),
    check (delivery = 'push' or authorization_sealed is null)
);

-- One for each end of a consent, written in the end's own transaction, also where its GSP is not told.
create table security_event (
    gstin text collate "C" not null,
    consent_id uuid not null,
    gsp_id uuid not null,
    state text not null check (
        state in (
            'not_wanted', 'queued', 'sending', 'temporary_failure', 'accepted', 'permanent_failure', 'technical_failure'
        )
    ),
    owed_at bigint not null,
    due_at bigint not null,
    attempts bigint not null check (attempts >= 0),
    outcome text,
    lease uuid,
    leased_by text,
    primary key (gstin, consent_id)
) partition by range (consent_id);
create trigger security_event_is_kept before delete on security_event
for each row execute function refuse('nothing is deleted');
-- A leased one is due again when its lease is over: due_at then holds the end of the lease.
create index security_event_due on security_event (gsp_id, due_at)
    where state in ('queued', 'sending', 'temporary_failure');
-- A GSP acknowledges by the consent's id alone.
create index security_event_waiting on security_event (gsp_id, consent_id)
    where state in ('queued', 'sending', 'temporary_failure');

-- What has room for alerts today gets room for these.
do $$
declare
    part record;
begin
    for part in
        select relname::text as name, pg_get_expr(relpartbound, pg_class.oid) as bounds
        from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'delivery'::regclass and not inhdetachpending
    loop
        execute format('create table %I partition of security_event %s', 'security_event' || substr(part.name, 9), part.bounds);
    end loop;
end $$;

-- Since when ends have their security events: those from before the upgrade have none.
create table security_event_since (
    one bigint primary key check (one = 1),
    at bigint not null
);
insert into security_event_since
select 1, case when exists (select from consent) then (extract(epoch from now()) * 1000000)::bigint else 0 end;
