-- The first house: registry, taxpayers, consents and what follows from them. The same tables and columns as in SQLite.
--
-- Every table of a taxpayer's data has gstin in its primary key, so that the database can be sharded by it.
-- Moments are microseconds since 1970 (UTC) here, too, not timestamptz: the values of both engines then compare, cursors
-- and bounds of partitions are plain numbers, and no session's time zone can change what a row says.
-- Keys are compared bytewise (collate "C"): as SQLite does, and an update of the C library changes no order of an index.
-- Nothing here is ever deleted by the server.
--
-- consent, event, alert, delivery, attempt, call and usage are split by time, so that retention takes a part of them away
-- in one piece: by id (an id is a UUID v7, it begins with its moment) or by moment. The parts are made ahead by the server
-- (store/postgres/partitions.rs); there is no default part, which would swallow what comes at the wrong time. Nothing
-- refers to one of these tables by a foreign key, which would hold a part fast, and nothing but a primary key is unique
-- in them.

-- What a table refuses, in words: for what the model never asks for.
create function refuse() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_argv[0] using errcode = 'restrict_violation';
end
$$;

create table gsp (
    id uuid primary key,
    name text not null,
    short_name text not null,
    standing text not null check (standing in ('active', 'suspended'))
);

create table asp (
    id uuid primary key,
    name text not null,
    short_name text not null,
    standing text not null check (standing in ('active', 'suspended'))
);

create table application (
    id uuid primary key,
    client_id text collate "C" not null unique,
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    asp_id uuid not null references asp (id),
    gsp_id uuid not null references gsp (id),
    standing text not null check (standing in ('active', 'suspended'))
);

create table gateway (
    name text collate "C" primary key,
    secret_hash bytea not null unique check (octet_length(secret_hash) = 32)
);

-- The RSA keys of the wire. The private half is sealed; a rotated key stays accepted for an overlap.
create table wire_key (
    id text collate "C" primary key,
    pkcs8_sealed bytea not null,
    certificate_pem text not null,
    created_at bigint not null,
    accepted_until bigint
);

create table taxpayer (
    gstin text collate "C" primary key,
    username text collate "C" not null unique,
    legal_name text not null,
    trade_name text not null
);

-- Contact data is sealed: a stolen copy of the database tells no address.
create table signatory (
    gstin text collate "C" not null references taxpayer (gstin),
    id uuid not null,
    name text not null,
    email_sealed bytea not null,
    mobile_sealed bytea not null,
    language text not null,
    primary key (gstin, id)
);

create table access_window (
    gstin text collate "C" primary key references taxpayer (gstin),
    enabled boolean not null,
    minutes bigint not null check (minutes between 360 and 43200),
    version bigint not null
);

create table otp_request (
    gstin text collate "C" not null references taxpayer (gstin),
    id uuid not null,
    application_id uuid not null references application (id),
    otp_hash bytea not null check (octet_length(otp_hash) = 32),
    requested_at bigint not null,
    expires_at bigint not null,
    tries_left bigint not null check (tries_left >= 0),
    state text not null check (state in ('pending', 'used', 'exhausted', 'superseded')),
    version bigint not null,
    primary key (gstin, id)
);
-- Only one OTP of an application can be answered; a newer request supersedes it.
create unique index otp_request_pending on otp_request (gstin, application_id) where state = 'pending';

-- How often OTPs were asked for lately, one row for each who is bounded (see model::throttle).
create table otp_rate_of_taxpayer (
    gstin text collate "C" primary key references taxpayer (gstin),
    recent text not null
);
create table otp_rate_of_application (
    application_id uuid primary key references application (id),
    recent text not null
);

create table consent (
    gstin text collate "C" not null references taxpayer (gstin),
    id uuid not null,
    application_id uuid not null references application (id),
    granted_at bigint not null,
    valid_until bigint not null check (valid_until > granted_at),
    ended_at bigint,
    ended_by text,
    end_reason text,
    version bigint not null check (version >= 1),
    primary key (gstin, id),
    check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (end_reason is null))
) partition by range (id);
-- Lists go by the primary key: the newest id is the newest grant. Few of a taxpayer's consents were never ended.
create index consent_open on consent (gstin, id) where ended_at is null;

-- An end is final: the store refuses what the model never asks for.
create trigger consent_end_is_final before update on consent
    for each row when (old.ended_at is not null) execute function refuse('an ended consent does not change');
create trigger consent_is_kept before delete on consent
    for each row execute function refuse('nothing is deleted');
create trigger consent_never_grows before update on consent
    for each row when (new.valid_until > old.valid_until) execute function refuse('nothing lengthens a consent');

create table session (
    gstin text collate "C" not null,
    token_hash bytea not null check (octet_length(token_hash) = 32),
    consent_id uuid not null,
    key_sealed bytea not null,
    issued_at bigint not null,
    expires_at bigint not null,
    closed_at bigint,
    primary key (gstin, token_hash)
);
-- Not unique, as no index without gstin can be once the other engine is sharded; two equal tokens of 128 random bits
-- do not happen.
create index session_token on session (token_hash);
create index session_open on session (gstin, consent_id) where closed_at is null;

-- One chain a taxpayer: each event's hash covers the event before it. This row is the chain's end; who writes about a
-- taxpayer holds it, so that two never append at the same place. It goes forward one link at a time.
create table chain_head (
    gstin text collate "C" primary key references taxpayer (gstin),
    seq bigint not null check (seq >= 0),
    hash bytea not null check (octet_length(hash) = 32)
);
create trigger chain_grows_by_one before update on chain_head
    for each row when (new.seq <> old.seq + 1) execute function refuse('a chain grows by one link');
create trigger chain_is_kept before delete on chain_head
    for each row execute function refuse('nothing is deleted');

create table event (
    gstin text collate "C" not null,
    seq bigint not null check (seq >= 1),
    consent_id uuid not null,
    version bigint not null,
    at bigint not null,
    actor text not null,
    deed text not null,
    hash bytea not null check (octet_length(hash) = 32),
    primary key (gstin, seq, at)
) partition by range (at);
create index event_of_consent on event (gstin, consent_id, version);
create trigger event_is_kept before delete on event
    for each row execute function refuse('nothing is deleted');
create trigger event_is_final before update on event
    for each row execute function refuse('an event does not change');

create table alert (
    gstin text collate "C" not null,
    id uuid not null,
    consent_id uuid not null,
    kind text not null check (kind in ('consent_given', 'consent_ended')),
    owed_at bigint not null,
    primary key (gstin, id)
) partition by range (id);
create index alert_of_consent on alert (gstin, consent_id);

create table delivery (
    gstin text collate "C" not null,
    id uuid not null,
    alert_id uuid not null,
    channel text not null check (channel in ('email', 'sms')),
    recipient_id uuid not null,
    state text not null check (
        state in ('queued', 'sending', 'accepted', 'temporary_failure', 'permanent_failure', 'technical_failure')
    ),
    due_at bigint not null,
    attempts bigint not null,
    accepted_at bigint,
    lease uuid,
    leased_by text,
    primary key (gstin, id),
    foreign key (gstin, recipient_id) references signatory (gstin, id)
) partition by range (id);
create index delivery_of_alert on delivery (gstin, alert_id);
-- A leased delivery is due again when its lease is over: due_at then holds the end of the lease.
create index delivery_due on delivery (channel, due_at) where state in ('queued', 'sending', 'temporary_failure');

create table attempt (
    gstin text collate "C" not null,
    delivery_id uuid not null,
    number bigint not null,
    at bigint not null,
    provider text not null,
    outcome text not null,
    primary key (gstin, delivery_id, number)
) partition by range (delivery_id);

create table call (
    gstin text collate "C" not null,
    consent_id uuid not null,
    id uuid not null,
    at bigint not null,
    api text not null,
    action text not null,
    period text,
    refused text,
    primary key (gstin, id)
) partition by range (id);
create index call_of_consent on call (gstin, consent_id, id);

create table usage (
    gstin text collate "C" not null,
    consent_id uuid not null,
    passed bigint not null,
    refused bigint not null,
    last_passed_at bigint,
    primary key (gstin, consent_id)
) partition by range (consent_id);

create table portal_session (
    cookie_hash bytea primary key check (octet_length(cookie_hash) = 32),
    person text not null,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);

-- A hand-off serves once: its id is kept until it could not be accepted any more.
create table hand_off (
    jti text collate "C" primary key,
    expires_at bigint not null
);
