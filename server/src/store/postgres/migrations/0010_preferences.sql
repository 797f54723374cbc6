-- Who is told beside the signatories, what each person wants to be told, and which suspensions are still being told of. As in
-- SQLite.

-- Somebody whom a signatory named and who agreed, or what was a signatory's address and number until it was changed.
create table contact (
    gstin text collate "C" not null,
    id uuid not null,
    signatory_id uuid not null,
    role text not null check (role in ('second', 'former')),
    name text not null,
    email_sealed bytea not null,
    mobile_sealed bytea not null,
    language text not null,
    added_at bigint not null,
    email_code_hash bytea check (length(email_code_hash) = 32),
    mobile_code_hash bytea check (length(mobile_code_hash) = 32),
    tries_left bigint not null check (tries_left >= 0),
    confirmed_at bigint,
    removed_at bigint,
    version bigint not null,
    primary key (gstin, id),
    foreign key (gstin, signatory_id) references signatory (gstin, id)
);
create trigger contact_is_kept before delete on contact
    for each row execute function refuse('nothing is deleted');

-- Optional alerts that a person does not want.
create table preference (
    gstin text collate "C" not null,
    signatory_id uuid not null,
    unwanted text not null,
    version bigint not null,
    primary key (gstin, signatory_id),
    foreign key (gstin, signatory_id) references signatory (gstin, id)
);

-- Where a delivery goes, if not to the signatory's own address or number.
alter table delivery add column contact_id uuid;

-- A suspension of an ASP, and up to which taxpayer its alerts are owed: what a crash interrupts goes on from there.
create table suspension (
    asp_id uuid not null references asp (id),
    at bigint not null,
    told_up_to text collate "C" not null,
    told_at bigint,
    primary key (asp_id, at)
);
