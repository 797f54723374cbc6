-- Signed receipts that were asked for, as they were given out: asked for again, a receipt is the same to the last byte,
-- whatever its parties are called by then and whichever key signs. The proof joins it once, when the log has its event.
create table receipt (
    gstin text not null,
    consent_id blob not null check (length(consent_id) = 16),
    kind text not null check (kind in ('consent_receipt', 'ending_receipt')),
    made_at integer not null,
    document text not null,
    proof text,
    primary key (gstin, consent_id, kind)
) strict;
create trigger receipt_is_final before update on receipt
when old.proof is not null or new.proof is null or new.gstin <> old.gstin or new.consent_id <> old.consent_id
    or new.kind <> old.kind or new.made_at <> old.made_at or new.document <> old.document
begin
    select raise(abort, 'a receipt does not change');
end;
create trigger receipt_is_kept before delete on receipt
begin
    select raise(abort, 'nothing is deleted');
end;
