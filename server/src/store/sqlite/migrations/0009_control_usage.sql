-- What is needed to control use: calls counted by day, signs of unusual use, notices, reports, and who acted.

-- Calls by day (of India) and kind. What a limit of calls a day is held by, and what a chart shows.
create table usage_of_day (
    gstin text not null,
    consent_id blob not null,
    day integer not null,
    return_type text not null,
    passed integer not null check (passed >= 0),
    refused integer not null check (refused >= 0),
    primary key (gstin, consent_id, day, return_type)
) strict;

-- People who act for a taxpayer and need not sign for it: history can say who.
create table person (
    gstin text not null references taxpayer (gstin),
    id blob not null,
    name text not null,
    primary key (gstin, id)
) strict;

-- Where calls of a consent came from, and when they were last looked at for something unusual.
create table sighting (
    gstin text not null,
    consent_id blob not null,
    looked_at integer not null,
    last_passed_at integer not null,
    networks text not null,
    primary key (gstin, consent_id)
) strict;

-- The last sign of each rule that was alerted, and whether the taxpayer said that it is fine.
create table unusual (
    gstin text not null,
    consent_id blob not null,
    rule text not null,
    alert_id blob not null,
    at integer not null,
    sign text not null,
    fine_at integer,
    fine_by text,
    primary key (gstin, consent_id, rule)
) strict;

-- What was told beforehand about a consent: each notice once. The occasion tells two of a kind apart.
create table notice (
    gstin text not null,
    consent_id blob not null,
    kind text not null,
    occasion integer not null,
    at integer not null,
    primary key (gstin, consent_id, kind, occasion)
) strict;

-- "I did not give this."
create table report (
    gstin text not null,
    consent_id blob not null,
    reference text not null,
    at integer not null,
    primary key (gstin, consent_id)
) strict;

-- When a taxpayer was last told that an ASP asked in vain: a flood of attempts is no flood of alerts.
create table ask_refused (
    gstin text not null references taxpayer (gstin),
    asp_id blob not null references asp (id),
    told_at integer not null,
    primary key (gstin, asp_id)
) strict;

-- One node at a time looks for what is due.
create table sweep (
    name text primary key,
    leased_until integer not null
) strict;

-- By when consents end that nobody ended: what ends soon is found without reading what is long over.
create index consent_ends on consent (coalesce(restricted_until, valid_until)) where ended_at is null;
-- Few taxpayers let sleeping consents end.
create index window_unused on access_window (gstin) where unused_days is not null;

-- What was counted until now, by day: midnight in India is half past six in the evening in London.
insert into usage_of_day (gstin, consent_id, day, return_type, passed, refused)
select gstin, consent_id, (at + 19800000000) / 86400000000,
       case
           when lower(api) in ('gstr1', 'gstr2a', 'gstr2b', 'gstr3b') then lower(api)
           when lower(api) = 'retsum' then 'gstr3b'
           when lower(api) in ('ledgers', 'ledger', 'cash', 'itc') then 'ledgers'
           when lower(api) in ('einvoice', 'irn') then 'e_invoice'
           when lower(api) in ('ewaybill', 'ewayapi') then 'e_way_bill'
           when lower(action) in ('gstr1', 'gstr2a', 'gstr2b', 'gstr3b') then lower(action)
           when lower(action) = 'retsum' then 'gstr3b'
           when lower(action) in ('ledgers', 'ledger', 'cash', 'itc') then 'ledgers'
           when lower(action) in ('einvoice', 'irn') then 'e_invoice'
           when lower(action) in ('ewaybill', 'ewayapi') then 'e_way_bill'
           else 'other'
       end,
       count(*) filter (where refused is null), count(*) filter (where refused is not null)
from call group by 1, 2, 3, 4;
