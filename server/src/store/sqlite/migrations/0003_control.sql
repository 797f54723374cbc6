-- What a taxpayer decides about access: limits on a consent, blocks, the allow-list, the freeze.

-- Expand only: none of these lets anything pass that did not pass before.
alter table consent add column restriction text;
-- The earlier end out of the restriction, beside it: what is live is asked for in SQL.
alter table consent add column restricted_until integer check (restricted_until <= valid_until);
alter table consent add column paused_at integer;

-- Decisions about all ASPs stand beside the access window and share its version.
alter table access_window add column frozen_at integer;
alter table access_window add column frozen_until integer;
alter table access_window add column only_allowed integer not null default 0 check (only_allowed in (0, 1));
alter table access_window add column unused_days integer check (unused_days between 1 and 29);

-- A decision about one ASP. Taken back it stays, as none.
create table asp_rule (
    gstin text not null references taxpayer (gstin),
    asp_id blob not null references asp (id),
    rule text not null check (rule in ('none', 'blocked', 'allowed')),
    since integer not null,
    primary key (gstin, asp_id)
) strict;

-- Events and alerts about all of a taxpayer's access name no consent. This engine changes a column by a new table.
create table event_now (
    gstin text not null,
    seq integer not null check (seq >= 1),
    consent_id blob,
    version integer not null,
    at integer not null,
    actor text not null,
    deed text not null,
    hash blob not null check (length(hash) = 32),
    primary key (gstin, seq, at)
) strict;
insert into event_now select gstin, seq, consent_id, version, at, actor, deed, hash from event;
drop table event;
alter table event_now rename to event;
create index event_of_consent on event (gstin, consent_id, version);
create trigger event_is_kept before delete on event
begin
    select raise(abort, 'nothing is deleted');
end;
create trigger event_is_final before update on event
begin
    select raise(abort, 'an event does not change');
end;

-- The model knows the kinds: a new one is a new word, not a migration. Details that stand in no other row are in matter.
create table alert_now (
    gstin text not null,
    id blob not null check (length(id) = 16),
    consent_id blob,
    kind text not null,
    owed_at integer not null,
    matter text,
    primary key (gstin, id)
) strict;
insert into alert_now (gstin, id, consent_id, kind, owed_at) select gstin, id, consent_id, kind, owed_at from alert;
drop table alert;
alter table alert_now rename to alert;
create index alert_of_consent on alert (gstin, consent_id);

create table delivery_now (
    gstin text not null,
    id blob not null check (length(id) = 16),
    alert_id blob not null,
    channel text not null check (channel in ('email', 'sms')),
    recipient_id blob not null,
    state text not null check (
        state in (
            'queued', 'sending', 'accepted', 'delivered', 'temporary_failure', 'permanent_failure', 'technical_failure',
            'expired'
        )
    ),
    due_at integer not null,
    attempts integer not null,
    accepted_at integer,
    lease blob,
    leased_by text,
    primary key (gstin, id),
    foreign key (gstin, recipient_id) references signatory (gstin, id)
) strict;
insert into delivery_now
    select gstin, id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at, lease, leased_by from delivery;
drop table delivery;
alter table delivery_now rename to delivery;
create index delivery_of_alert on delivery (gstin, alert_id);
create index delivery_due on delivery (channel, due_at) where state in ('queued', 'sending', 'temporary_failure');
