-- What GSPs are told when consents through them end (RFC 8417), and by which road.

-- By which road a GSP is told: pushed to its address (RFC 8935), or fetched by it (RFC 8936). Without a row it is not told.
create table gsp_push (
    gsp_id blob primary key references gsp (id),
    delivery text not null check (delivery in ('push', 'poll')),
    url text,
    authorization_sealed blob,
    poll_secret_hash blob unique check (length(poll_secret_hash) = 32),
    check ((delivery = 'push') = (url is not null)),
    check ((delivery = 'poll') = (poll_secret_hash is not null)),
    check (delivery = 'push' or authorization_sealed is null)
) strict;

-- One for each end of a consent, written in the end's own transaction, also where its GSP is not told.
create table security_event (
    gstin text not null,
    consent_id blob not null check (length(consent_id) = 16),
    gsp_id blob not null,
    state text not null check (
        state in (
            'not_wanted', 'queued', 'sending', 'temporary_failure', 'accepted', 'permanent_failure', 'technical_failure'
        )
    ),
    owed_at integer not null,
    due_at integer not null,
    attempts integer not null check (attempts >= 0),
    outcome text,
    lease blob,
    leased_by text,
    primary key (gstin, consent_id)
) strict;
create trigger security_event_is_kept before delete on security_event
begin
    select raise(abort, 'nothing is deleted');
end;
-- A leased one is due again when its lease is over: due_at then holds the end of the lease.
create index security_event_due on security_event (gsp_id, due_at)
    where state in ('queued', 'sending', 'temporary_failure');
-- A GSP acknowledges by the consent's id alone.
create index security_event_waiting on security_event (gsp_id, consent_id)
    where state in ('queued', 'sending', 'temporary_failure');

-- Since when ends have their security events: those from before the upgrade have none.
create table security_event_since (
    one integer primary key check (one = 1),
    at integer not null
) strict;
insert into security_event_since
select 1, case when exists (select 1 from consent) then unixepoch('now') * 1000000 else 0 end;
