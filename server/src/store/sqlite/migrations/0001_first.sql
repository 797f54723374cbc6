-- The first house: registry, taxpayers, consents and what follows from them.
--
-- Every table of a taxpayer's data has gstin in its primary key, so that the other engine can be sharded by it.
-- Moments are microseconds since 1970 (UTC); ids are 16-byte UUIDs; nothing here is ever deleted by the server.
--
-- The other engine splits consent, event, alert, delivery, attempt, call and usage by time: by id (an id is a UUID v7, it
-- begins with its moment) or by moment. So nothing refers to one of these by a foreign key, which would hold a part of it
-- fast, and nothing but a primary key is unique in them.

create table gsp (
    id blob primary key check (length(id) = 16),
    name text not null,
    short_name text not null,
    standing text not null check (standing in ('active', 'suspended'))
) strict;

create table asp (
    id blob primary key check (length(id) = 16),
    name text not null,
    short_name text not null,
    standing text not null check (standing in ('active', 'suspended'))
) strict;

create table application (
    id blob primary key check (length(id) = 16),
    client_id text not null unique,
    secret_hash blob not null check (length(secret_hash) = 32),
    asp_id blob not null references asp (id),
    gsp_id blob not null references gsp (id),
    standing text not null check (standing in ('active', 'suspended'))
) strict;

create table gateway (
    name text primary key,
    secret_hash blob not null unique check (length(secret_hash) = 32)
) strict;

-- The RSA keys of the wire. The private half is sealed; a rotated key stays accepted for an overlap.
create table wire_key (
    id text primary key,
    pkcs8_sealed blob not null,
    certificate_pem text not null,
    created_at integer not null,
    accepted_until integer
) strict;

create table taxpayer (
    gstin text primary key,
    username text not null unique,
    legal_name text not null,
    trade_name text not null
) strict;

-- Contact data is sealed: a stolen copy of the database tells no address.
create table signatory (
    gstin text not null references taxpayer (gstin),
    id blob not null check (length(id) = 16),
    name text not null,
    email_sealed blob not null,
    mobile_sealed blob not null,
    language text not null,
    primary key (gstin, id)
) strict;

create table access_window (
    gstin text primary key references taxpayer (gstin),
    enabled integer not null check (enabled in (0, 1)),
    minutes integer not null check (minutes between 360 and 43200),
    version integer not null
) strict;

create table otp_request (
    gstin text not null references taxpayer (gstin),
    id blob not null check (length(id) = 16),
    application_id blob not null references application (id),
    otp_hash blob not null check (length(otp_hash) = 32),
    requested_at integer not null,
    expires_at integer not null,
    tries_left integer not null check (tries_left >= 0),
    state text not null check (state in ('pending', 'used', 'exhausted', 'superseded')),
    version integer not null,
    primary key (gstin, id)
) strict;
-- Only one OTP of an application can be answered; a newer request supersedes it.
create unique index otp_request_pending on otp_request (gstin, application_id) where state = 'pending';

-- How often OTPs were asked for lately, one row for each who is bounded (see model::throttle).
create table otp_rate_of_taxpayer (
    gstin text primary key references taxpayer (gstin),
    recent text not null
) strict;
create table otp_rate_of_application (
    application_id blob primary key references application (id),
    recent text not null
) strict;

create table consent (
    gstin text not null references taxpayer (gstin),
    id blob not null check (length(id) = 16),
    application_id blob not null references application (id),
    granted_at integer not null,
    valid_until integer not null check (valid_until > granted_at),
    ended_at integer,
    ended_by text,
    end_reason text,
    version integer not null check (version >= 1),
    primary key (gstin, id),
    check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (end_reason is null))
) strict;
-- Lists go by the primary key: the newest id is the newest grant. Few of a taxpayer's consents were never ended.
create index consent_open on consent (gstin, id) where ended_at is null;

-- An end is final: the store refuses what the model never asks for.
create trigger consent_end_is_final before update on consent when old.ended_at is not null
begin
    select raise(abort, 'an ended consent does not change');
end;
create trigger consent_is_kept before delete on consent
begin
    select raise(abort, 'nothing is deleted');
end;
create trigger consent_never_grows before update on consent when new.valid_until > old.valid_until
begin
    select raise(abort, 'nothing lengthens a consent');
end;

create table session (
    gstin text not null,
    token_hash blob not null check (length(token_hash) = 32),
    consent_id blob not null,
    key_sealed blob not null,
    issued_at integer not null,
    expires_at integer not null,
    closed_at integer,
    primary key (gstin, token_hash)
) strict;
-- Not unique, as no index without gstin can be once the other engine is sharded; two equal tokens of 128 random bits
-- do not happen.
create index session_token on session (token_hash);
create index session_open on session (gstin, consent_id) where closed_at is null;

-- One chain a taxpayer: each event's hash covers the event before it. This row is the chain's end; who writes about a
-- taxpayer holds it, so that two never append at the same place. It goes forward one link at a time.
create table chain_head (
    gstin text primary key references taxpayer (gstin),
    seq integer not null check (seq >= 0),
    hash blob not null check (length(hash) = 32)
) strict;
create trigger chain_grows_by_one before update on chain_head when new.seq <> old.seq + 1
begin
    select raise(abort, 'a chain grows by one link');
end;
create trigger chain_is_kept before delete on chain_head
begin
    select raise(abort, 'nothing is deleted');
end;

create table event (
    gstin text not null,
    seq integer not null check (seq >= 1),
    consent_id blob not null,
    version integer not null,
    at integer not null,
    actor text not null,
    deed text not null,
    hash blob not null check (length(hash) = 32),
    primary key (gstin, seq, at)
) strict;
create index event_of_consent on event (gstin, consent_id, version);
create trigger event_is_kept before delete on event
begin
    select raise(abort, 'nothing is deleted');
end;
create trigger event_is_final before update on event
begin
    select raise(abort, 'an event does not change');
end;

create table alert (
    gstin text not null,
    id blob not null check (length(id) = 16),
    consent_id blob not null,
    kind text not null check (kind in ('consent_given', 'consent_ended')),
    owed_at integer not null,
    primary key (gstin, id)
) strict;
create index alert_of_consent on alert (gstin, consent_id);

create table delivery (
    gstin text not null,
    id blob not null check (length(id) = 16),
    alert_id blob not null,
    channel text not null check (channel in ('email', 'sms')),
    recipient_id blob not null,
    state text not null check (
        state in ('queued', 'sending', 'accepted', 'temporary_failure', 'permanent_failure', 'technical_failure')
    ),
    due_at integer not null,
    attempts integer not null,
    accepted_at integer,
    lease blob,
    leased_by text,
    primary key (gstin, id),
    foreign key (gstin, recipient_id) references signatory (gstin, id)
) strict;
create index delivery_of_alert on delivery (gstin, alert_id);
-- A leased delivery is due again when its lease is over: due_at then holds the end of the lease.
create index delivery_due on delivery (channel, due_at) where state in ('queued', 'sending', 'temporary_failure');

create table attempt (
    gstin text not null,
    delivery_id blob not null,
    number integer not null,
    at integer not null,
    provider text not null,
    outcome text not null,
    primary key (gstin, delivery_id, number)
) strict;

create table call (
    gstin text not null,
    consent_id blob not null,
    id blob not null check (length(id) = 16),
    at integer not null,
    api text not null,
    action text not null,
    period text,
    refused text,
    primary key (gstin, id)
) strict;
create index call_of_consent on call (gstin, consent_id, id);

create table usage (
    gstin text not null,
    consent_id blob not null,
    passed integer not null,
    refused integer not null,
    last_passed_at integer,
    primary key (gstin, consent_id)
) strict;

create table portal_session (
    cookie_hash blob primary key check (length(cookie_hash) = 32),
    person text not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict;

-- A hand-off serves once: its id is kept until it could not be accepted any more.
create table hand_off (
    jti text primary key,
    expires_at integer not null
) strict;
