//! Receipts in PostgreSQL.

use app::model::{Timestamp, gstin::Gstin, id::ConsentId, receipt::ReceiptKind};
use async_trait::async_trait;
use sqlx::Row;

use super::{Unit, consents, row};
use crate::store::{
    StoreError,
    port::{ChainLink, KeptReceipt, LinkedEvent, ReadReceipts, WriteReceipts},
    value,
};

/// The link before is looked up by its number: it may be of any age.
pub(super) const LINKED: &str = "select event.gstin, event.seq, event.consent_id, event.version, event.at, event.actor,
        event.deed, event.hash, before.hash as hash_before
     from event left join event before on before.gstin = event.gstin and before.seq = event.seq - 1
     where event.gstin = $1 and event.consent_id = $2 and event.version = $3";
pub(super) const KEPT: &str = "select document, proof from receipt where gstin = $1 and consent_id = $2 and kind = $3";

#[async_trait]
impl ReadReceipts for Unit {
    async fn kept_receipt(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: ReceiptKind,
    ) -> Result<Option<KeptReceipt>, StoreError> {
        let found = sqlx::query(KEPT)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(kind.name())
            .fetch_optional(&mut *self.transaction)
            .await?;
        found
            .map(|found| Ok(KeptReceipt { document: found.try_get("document")?, proof: found.try_get("proof")? }))
            .transpose()
    }

    async fn linked_event(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        version: i64,
    ) -> Result<Option<LinkedEvent>, StoreError> {
        let found = sqlx::query(LINKED)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(version)
            .fetch_optional(&mut *self.transaction)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let before: Option<&[u8]> = found.try_get("hash_before")?;
        Ok(Some(LinkedEvent {
            event: consents::event(&found)?,
            link: ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 },
            before: before.map(|hash| value::array(hash, "hash_before")).transpose()?,
        }))
    }
}

#[async_trait]
impl WriteReceipts for Unit {
    async fn add_receipt(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: ReceiptKind,
        at: Timestamp,
        document: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into receipt (gstin, consent_id, kind, made_at, document) values ($1, $2, $3, $4, $5)
             on conflict (gstin, consent_id, kind) do nothing",
        )
        .bind(gstin.as_str())
        .bind(consent.0)
        .bind(kind.name())
        .bind(row::micros(at))
        .bind(document)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn add_proof(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: ReceiptKind,
        proof: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update receipt set proof = $1 where gstin = $2 and consent_id = $3 and kind = $4 and proof is null",
        )
        .bind(proof)
        .bind(gstin.as_str())
        .bind(consent.0)
        .bind(kind.name())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
