-- What providers say later: delivery reports, bounces, and SMS that come in.

-- The weightiest report about a delivery, why it did not arrive, and when that was heard; from when on silence is odd; and
-- when it was sent once more because of it.
alter table delivery add column verdict text check (verdict in ('expired', 'failed', 'delivered'));
alter table delivery add column reason text;
alter table delivery add column heard_at integer;
alter table delivery add column report_due_at integer;
alter table delivery add column repeated_at integer;
-- Reports and bounces name a delivery by its id alone.
create index delivery_by_id on delivery (id);
create index delivery_report_due on delivery (report_due_at) where report_due_at is not null;

-- The reference by which the provider's reports name an attempt; kept where the provider sends reports.
alter table attempt add column reference text;
create index attempt_by_reference on attempt (provider, reference) where reference is not null;

-- Reports that name no attempt: most are about one that is not written down yet, and are taken from here by whoever writes
-- it. The others (of OTPs, say) are forgotten after some minutes.
create table early_report (
    provider text not null,
    reference text not null,
    verdict text not null check (verdict in ('expired', 'failed', 'delivered')),
    reason text,
    at integer not null,
    primary key (provider, reference, verdict)
) strict;
create index early_report_at on early_report (at);

-- A keyed hash of the number, by which the sender of an SMS is found: the number itself is sealed, so no statement can fill
-- this in. A server fills what is empty, batch by batch, beside its work, whenever it starts; until a row has its hash, its
-- signatory is not found by SMS.
alter table signatory add column mobile_hash blob check (length(mobile_hash) = 32);
create index signatory_by_mobile on signatory (mobile_hash);

-- By what the reports about the canary's newest message name it.
alter table canary add column reference text;
