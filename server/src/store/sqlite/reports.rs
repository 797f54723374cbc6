//! Reports in SQLite.

use app::model::{
    Timestamp,
    alert::Delivery,
    gstin::Gstin,
    id::{DeliveryId, SignatoryId},
    report::Report,
};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{Unit, alerts::plain_delivery, row, taxpayers::signatory};
use crate::{
    store::{
        StoreError,
        port::{EarlyReport, ReadReports, Reference, SIGNED_FOR_MAX, SealedSignatory, WriteReports},
    },
    vault::KeyedHash,
};

fn reference(found: &SqliteRow) -> Result<Reference, StoreError> {
    Ok(Reference { provider: found.try_get("provider")?, reference: found.try_get("reference")? })
}

/// References as a JSON list of pairs.
fn list(references: &[Reference]) -> String {
    let pairs: Vec<_> = references.iter().map(|one| (&one.provider, &one.reference)).collect();
    serde_json::json!(pairs).to_string()
}

#[async_trait]
impl ReadReports for Unit {
    async fn signatories_by_mobile(
        &mut self,
        hash: KeyedHash,
        after: Option<(Gstin, SignatoryId)>,
    ) -> Result<Vec<SealedSignatory>, StoreError> {
        let (gstin, id) = after.map_or((String::new(), Uuid::nil()), |(gstin, id)| (gstin.to_string(), id.0));
        let found = sqlx::query(
            "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
             from signatory where mobile_hash = ? and (gstin, id) > (?, ?) order by gstin, id limit ?",
        )
        .bind(hash.0.as_slice())
        .bind(gstin)
        .bind(id.as_bytes().as_slice())
        .bind(SIGNED_FOR_MAX)
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(signatory).collect()
    }

    async fn first_report_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> =
            sqlx::query_scalar("select min(report_due_at) from delivery where report_due_at is not null")
                .fetch_one(&mut *self.0)
                .await?;
        due.map(row::at_micros).transpose()
    }

    async fn signatories_without_hash(&mut self, limit: u32) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
             from signatory where mobile_hash is null limit ?",
        )
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(signatory).collect()
    }
}

#[async_trait]
impl WriteReports for Unit {
    /// There is one writer at a time.
    async fn hold_references(&mut self, _: &[Reference]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn deliveries_by_reference(
        &mut self,
        references: &[Reference],
        since: Timestamp,
    ) -> Result<Vec<(Reference, Delivery)>, StoreError> {
        let found = sqlx::query(
            "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts,
                    accepted_at, verdict, reason, heard_at, report_due_at, repeated_at, attempt.provider, reference
             from (select value ->> 0 as by, value ->> 1 as name from json_each(?1)) as named
             join attempt on attempt.provider = named.by and attempt.reference = named.name
             join delivery on delivery.gstin = attempt.gstin and delivery.id = attempt.delivery_id
             where attempt.at >= ?2
             order by delivery.id",
        )
        .bind(list(references))
        .bind(row::micros(since))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(|found| Ok((reference(found)?, plain_delivery(found)?))).collect()
    }

    async fn deliveries_by_id(&mut self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at, verdict,
                    reason, heard_at, report_due_at, repeated_at
             from delivery where id in (select unhex(value) from json_each(?)) order by id",
        )
        .bind(row::id_list(ids.iter().map(|id| id.0)))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(plain_delivery).collect()
    }

    async fn write_heard(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let heard = &delivery.heard;
        let done = sqlx::query(
            "update delivery set state = ?, due_at = ?, verdict = ?, reason = ?, heard_at = ?, report_due_at = ?,
                repeated_at = ?
             where gstin = ? and id = ?",
        )
        .bind(row::name(delivery.state)?)
        .bind(row::micros(delivery.due_at))
        .bind(heard.verdict.map(row::name).transpose()?)
        .bind(heard.reason.map(row::name).transpose()?)
        .bind(heard.at.map(row::micros))
        .bind(heard.due_at.map(row::micros))
        .bind(heard.repeated_at.map(row::micros))
        .bind(delivery.gstin.as_str())
        .bind(delivery.id.0.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())
    }

    async fn put_early(&mut self, early: &[EarlyReport]) -> Result<(), StoreError> {
        for EarlyReport { reference, report, at } in early {
            sqlx::query(
                "insert into early_report (provider, reference, verdict, reason, at) values (?, ?, ?, ?, ?)
                 on conflict (provider, reference, verdict) do nothing",
            )
            .bind(&reference.provider)
            .bind(&reference.reference)
            .bind(row::name(report.verdict)?)
            .bind(report.reason.map(row::name).transpose()?)
            .bind(row::micros(*at))
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }

    async fn take_early(&mut self, references: &[Reference]) -> Result<Vec<EarlyReport>, StoreError> {
        let found = sqlx::query(
            "delete from early_report
             where (provider, reference) in (select value ->> 0, value ->> 1 from json_each(?))
             returning provider, reference, verdict, reason, at",
        )
        .bind(list(references))
        .fetch_all(&mut *self.0)
        .await?;
        let early = |found: &SqliteRow| {
            let report = Report { verdict: row::word(found, "verdict")?, reason: row::maybe_word(found, "reason")? };
            Ok(EarlyReport { reference: reference(found)?, report, at: row::moment(found, "at")? })
        };
        found.iter().map(early).collect()
    }

    async fn forget_early(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let done = sqlx::query("delete from early_report where at < ?")
            .bind(row::micros(before))
            .execute(&mut *self.0)
            .await?;
        Ok(done.rows_affected())
    }

    async fn silent_deliveries(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at, verdict,
                    reason, heard_at, report_due_at, repeated_at
             from delivery where report_due_at <= ? and state = 'accepted' order by report_due_at limit ?",
        )
        .bind(row::micros(now))
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(plain_delivery).collect()
    }

    async fn put_mobile_hash(&mut self, gstin: Gstin, id: SignatoryId, hash: KeyedHash) -> Result<(), StoreError> {
        sqlx::query("update signatory set mobile_hash = ? where gstin = ? and id = ? and mobile_hash is null")
            .bind(hash.0.as_slice())
            .bind(gstin.as_str())
            .bind(id.0.as_bytes().as_slice())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
