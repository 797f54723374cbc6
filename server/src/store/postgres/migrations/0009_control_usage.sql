-- What is needed to control use: calls counted by day, signs of unusual use, notices, reports, and who acted. As in SQLite.

-- Calls by day (of India) and kind. What a limit of calls a day is held by, and what a chart shows.
create table usage_of_day (
    gstin text collate "C" not null,
    consent_id uuid not null,
    day bigint not null,
    return_type text not null,
    passed bigint not null check (passed >= 0),
    refused bigint not null check (refused >= 0),
    primary key (gstin, consent_id, day, return_type)
) partition by range (consent_id);

-- People who act for a taxpayer and need not sign for it: history can say who.
create table person (
    gstin text collate "C" not null references taxpayer (gstin),
    id uuid not null,
    name text not null,
    primary key (gstin, id)
);

-- Where calls of a consent came from, and when they were last looked at for something unusual.
create table sighting (
    gstin text collate "C" not null,
    consent_id uuid not null,
    looked_at bigint not null,
    last_passed_at bigint not null,
    networks text not null,
    primary key (gstin, consent_id)
) partition by range (consent_id);

-- The last sign of each rule that was alerted, and whether the taxpayer said that it is fine.
create table unusual (
    gstin text collate "C" not null,
    consent_id uuid not null,
    rule text not null,
    alert_id uuid not null,
    at bigint not null,
    sign text not null,
    fine_at bigint,
    fine_by text,
    primary key (gstin, consent_id, rule)
);

-- What was told beforehand about a consent: each notice once. The occasion tells two of a kind apart.
create table notice (
    gstin text collate "C" not null,
    consent_id uuid not null,
    kind text not null,
    occasion bigint not null,
    at bigint not null,
    primary key (gstin, consent_id, kind, occasion)
) partition by range (consent_id);

-- "I did not give this."
create table report (
    gstin text collate "C" not null,
    consent_id uuid not null,
    reference text not null,
    at bigint not null,
    primary key (gstin, consent_id)
);

-- When a taxpayer was last told that an ASP asked in vain: a flood of attempts is no flood of alerts.
create table ask_refused (
    gstin text collate "C" not null references taxpayer (gstin),
    asp_id uuid not null references asp (id),
    told_at bigint not null,
    primary key (gstin, asp_id)
);

-- One node at a time looks for what is due.
create table sweep (
    name text collate "C" primary key,
    leased_until bigint not null
);

-- By when consents end that nobody ended: what ends soon is found without reading what is long over.
create index consent_ends on consent (coalesce(restricted_until, valid_until)) where ended_at is null;
-- Few taxpayers let sleeping consents end.
create index window_unused on access_window (gstin) where unused_days is not null;

-- Whose usage has room today gets room here: consents of the months before go on being used.
do $$
declare
    part record;
    whole text;
begin
    for part in
        select relname::text as name, pg_get_expr(relpartbound, pg_class.oid) as bounds
        from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'usage'::regclass and not inhdetachpending
    loop
        foreach whole in array array['usage_of_day', 'sighting', 'notice'] loop
            execute format('create table %I partition of %I %s', whole || substr(part.name, 6), whole, part.bounds);
        end loop;
    end loop;
end $$;

-- What was counted until now, by day: midnight in India is half past six in the evening in London.
insert into usage_of_day (gstin, consent_id, day, return_type, passed, refused)
select gstin, consent_id, floor((at + 19800000000) / 86400000000.0)::bigint,
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
