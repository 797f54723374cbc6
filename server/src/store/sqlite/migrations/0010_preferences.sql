-- Who is told beside the signatories, what each person wants to be told, and which suspensions are still being told of.

-- Somebody whom a signatory named and who agreed, or what was a signatory's address and number until it was changed.
create table contact (
    gstin text not null,
    id blob not null check (length(id) = 16),
    signatory_id blob not null,
    role text not null check (role in ('second', 'former')),
    name text not null,
    email_sealed blob not null,
    mobile_sealed blob not null,
    language text not null,
    added_at integer not null,
    email_code_hash blob check (length(email_code_hash) = 32),
    mobile_code_hash blob check (length(mobile_code_hash) = 32),
    tries_left integer not null check (tries_left >= 0),
    confirmed_at integer,
    removed_at integer,
    version integer not null,
    primary key (gstin, id),
    foreign key (gstin, signatory_id) references signatory (gstin, id)
) strict;
create trigger contact_is_kept before delete on contact
begin
    select raise(abort, 'nothing is deleted');
end;

-- Optional alerts that a person does not want.
create table preference (
    gstin text not null,
    signatory_id blob not null,
    unwanted text not null,
    version integer not null,
    primary key (gstin, signatory_id),
    foreign key (gstin, signatory_id) references signatory (gstin, id)
) strict;

-- Where a delivery goes, if not to the signatory's own address or number.
alter table delivery add column contact_id blob;

-- A suspension of an ASP, and up to which taxpayer its alerts are owed: what a crash interrupts goes on from there.
create table suspension (
    asp_id blob not null references asp (id),
    at integer not null,
    told_up_to text not null,
    told_at integer,
    primary key (asp_id, at)
) strict;
