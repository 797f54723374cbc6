-- Signed receipts that were asked for, as they were given out. As in SQLite. Few are: it is not split by time.
create table receipt (
    gstin text collate "C" not null,
    consent_id uuid not null,
    kind text not null check (kind in ('consent_receipt', 'ending_receipt')),
    made_at bigint not null,
    document text not null,
    proof text,
    primary key (gstin, consent_id, kind)
);
create trigger receipt_is_final before update on receipt
for each row when (
    old.proof is not null or new.proof is null or new.gstin <> old.gstin or new.consent_id <> old.consent_id
    or new.kind <> old.kind or new.made_at <> old.made_at or new.document <> old.document
) execute function refuse('a receipt does not change');
create trigger receipt_is_kept before delete on receipt
for each row execute function refuse('nothing is deleted');
