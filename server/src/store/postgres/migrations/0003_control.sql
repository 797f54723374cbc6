-- What a taxpayer decides about access: limits on a consent, blocks, the allow-list, the freeze. As in SQLite.

-- Expand only: an older server goes on without these, and none of them lets anything pass that did not pass before.
alter table consent add column restriction text;
-- The earlier end out of the restriction, beside it: what is live is asked for in SQL.
alter table consent add column restricted_until bigint check (restricted_until <= valid_until);
alter table consent add column paused_at bigint;

-- Decisions about all ASPs stand beside the access window and share its version.
alter table access_window add column frozen_at bigint;
alter table access_window add column frozen_until bigint;
alter table access_window add column only_allowed boolean not null default false;
alter table access_window add column unused_days bigint check (unused_days between 1 and 29);

-- A decision about one ASP. Taken back it stays, as none.
create table asp_rule (
    gstin text collate "C" not null references taxpayer (gstin),
    asp_id uuid not null references asp (id),
    rule text not null check (rule in ('none', 'blocked', 'allowed')),
    since bigint not null,
    primary key (gstin, asp_id)
);

-- Events and alerts about all of a taxpayer's access name no consent.
alter table event alter column consent_id drop not null;
alter table alert alter column consent_id drop not null;
-- Details that stand in no other row; none for the kinds that need none.
alter table alert add column matter text;
-- The model knows the kinds: a new one is a new word, not a migration.
alter table alert drop constraint alert_kind_check;

alter table delivery drop constraint delivery_state_check;
alter table delivery add constraint delivery_state_check check (
    state in (
        'queued', 'sending', 'accepted', 'delivered', 'temporary_failure', 'permanent_failure', 'technical_failure',
        'expired'
    )
);
