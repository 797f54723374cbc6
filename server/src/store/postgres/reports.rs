//! Reports in PostgreSQL.

use app::model::{
    Timestamp,
    alert::Delivery,
    gstin::Gstin,
    id::{DeliveryId, SignatoryId},
    report::Report,
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Unit, alerts::plain_delivery, row, taxpayers::signatory};
use crate::{
    store::{
        StoreError, id_order,
        port::{EarlyReport, ReadReports, Reference, SIGNED_FOR_MAX, SealedSignatory, WriteReports},
    },
    vault::KeyedHash,
};

pub(super) const BY_MOBILE: &str = "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
     from signatory where mobile_hash = $1 and (gstin, id) > ($2, $3) order by gstin, id limit $4";

pub(super) const FIRST_DUE: &str = "select min(report_due_at) from delivery where report_due_at is not null";

const WITHOUT_HASH: &str = "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
     from signatory where mobile_hash is null limit $1";

/// A lock of the transaction a reference, not of a row: there may be no row yet. In one order everywhere. Two references that
/// share a number wait for each other without need, and without harm.
const HOLD: &str = "select pg_advisory_xact_lock(key) from (
         select distinct hashtextextended(provider || ' ' || reference, 11) as key
         from unnest($1::text[], $2::text[]) as named (provider, reference) order by key) as held";

pub(super) const BY_REFERENCE: &str =
    "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, contact_id, state,
        due_at, attempts, accepted_at, verdict, reason, heard_at, report_due_at, repeated_at, attempt.provider,
        attempt.reference
     from unnest($1::text[], $2::text[]) as named (provider, reference)
     join attempt on attempt.provider = named.provider and attempt.reference = named.reference
         and attempt.delivery_id >= $3
     join delivery on delivery.gstin = attempt.gstin and delivery.id = attempt.delivery_id and delivery.id >= $3
     order by delivery.id for update of delivery";

pub(super) const BY_IDS: &str =
    "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts,
        accepted_at, verdict, reason, heard_at, report_due_at, repeated_at
     from delivery where id = any($1) and id >= $2 and id <= $3 order by id for update";

pub(super) const WRITE_HEARD: &str =
    "update delivery set state = $1, due_at = $2, verdict = $3, reason = $4, heard_at = $5,
        report_due_at = $6, repeated_at = $7
     where gstin = $8 and id = $9";

pub(super) const SILENT: &str =
    "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts,
        accepted_at, verdict, reason, heard_at, report_due_at, repeated_at
     from delivery where report_due_at <= $1 and state = 'accepted' order by report_due_at limit $2
     for update skip locked";

const PUT_EARLY: &str = "insert into early_report (provider, reference, verdict, reason, at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
         as early (provider, reference, verdict, reason, at)
     order by provider, reference, verdict
     on conflict (provider, reference, verdict) do nothing";

pub(super) const TAKE_EARLY: &str = "delete from early_report
     using unnest($1::text[], $2::text[]) as named (provider, reference)
     where early_report.provider = named.provider and early_report.reference = named.reference
     returning early_report.provider, early_report.reference, verdict, reason, at";

fn reference(found: &PgRow) -> Result<Reference, StoreError> {
    Ok(Reference { provider: found.try_get("provider")?, reference: found.try_get("reference")? })
}

fn providers(references: &[Reference]) -> Vec<String> {
    references.iter().map(|one| one.provider.clone()).collect()
}

fn names(references: &[Reference]) -> Vec<String> {
    references.iter().map(|one| one.reference.clone()).collect()
}

#[async_trait]
impl ReadReports for Unit {
    async fn signatories_by_mobile(
        &mut self,
        hash: KeyedHash,
        after: Option<(Gstin, SignatoryId)>,
    ) -> Result<Vec<SealedSignatory>, StoreError> {
        let (gstin, id) = after.map_or((String::new(), Uuid::nil()), |(gstin, id)| (gstin.to_string(), id.0));
        let found = sqlx::query(BY_MOBILE)
            .bind(hash.0.as_slice())
            .bind(gstin)
            .bind(id)
            .bind(i64::from(SIGNED_FOR_MAX))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(signatory).collect()
    }

    async fn first_report_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = sqlx::query_scalar(FIRST_DUE).fetch_one(&mut *self.transaction).await?;
        due.map(row::at_micros).transpose()
    }

    async fn signatories_without_hash(&mut self, limit: u32) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(WITHOUT_HASH).bind(i64::from(limit)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(signatory).collect()
    }
}

#[async_trait]
impl WriteReports for Unit {
    async fn hold_references(&mut self, references: &[Reference]) -> Result<(), StoreError> {
        if !references.is_empty() {
            sqlx::query(HOLD)
                .bind(providers(references))
                .bind(names(references))
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }

    async fn deliveries_by_reference(
        &mut self,
        references: &[Reference],
        since: Timestamp,
    ) -> Result<Vec<(Reference, Delivery)>, StoreError> {
        let found = sqlx::query(BY_REFERENCE)
            .bind(providers(references))
            .bind(names(references))
            .bind(id_order::first_id(since))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(|found| Ok((reference(found)?, plain_delivery(found)?))).collect()
    }

    async fn deliveries_by_id(&mut self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
        let found = sqlx::query(BY_IDS).bind(&ids).bind(first).bind(last).fetch_all(&mut *self.transaction).await?;
        found.iter().map(plain_delivery).collect()
    }

    async fn write_heard(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let heard = &delivery.heard;
        let done = sqlx::query(WRITE_HEARD)
            .bind(row::name(delivery.state)?)
            .bind(row::micros(delivery.due_at))
            .bind(heard.verdict.map(row::name).transpose()?)
            .bind(heard.reason.map(row::name).transpose()?)
            .bind(heard.at.map(row::micros))
            .bind(heard.due_at.map(row::micros))
            .bind(heard.repeated_at.map(row::micros))
            .bind(delivery.gstin.as_str())
            .bind(delivery.id.0)
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }

    async fn put_early(&mut self, early: &[EarlyReport]) -> Result<(), StoreError> {
        if early.is_empty() {
            return Ok(());
        }
        let references: Vec<_> = early.iter().map(|early| early.reference.clone()).collect();
        let reasons = early.iter().map(|early| early.report.reason.map(row::name).transpose());
        sqlx::query(PUT_EARLY)
            .bind(providers(&references))
            .bind(names(&references))
            .bind(early.iter().map(|early| row::name(early.report.verdict)).collect::<Result<Vec<_>, _>>()?)
            .bind(reasons.collect::<Result<Vec<_>, _>>()?)
            .bind(early.iter().map(|early| row::micros(early.at)).collect::<Vec<_>>())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn take_early(&mut self, references: &[Reference]) -> Result<Vec<EarlyReport>, StoreError> {
        let found = sqlx::query(TAKE_EARLY)
            .bind(providers(references))
            .bind(names(references))
            .fetch_all(&mut *self.transaction)
            .await?;
        let early = |found: &PgRow| {
            let report = Report { verdict: row::word(found, "verdict")?, reason: row::maybe_word(found, "reason")? };
            Ok(EarlyReport { reference: reference(found)?, report, at: row::moment(found, "at")? })
        };
        found.iter().map(early).collect()
    }

    async fn forget_early(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let done = sqlx::query("delete from early_report where at < $1")
            .bind(row::micros(before))
            .execute(&mut *self.transaction)
            .await?;
        Ok(done.rows_affected())
    }

    async fn silent_deliveries(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let found =
            sqlx::query(SILENT).bind(row::micros(now)).bind(i64::from(limit)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(plain_delivery).collect()
    }

    async fn put_mobile_hash(&mut self, gstin: Gstin, id: SignatoryId, hash: KeyedHash) -> Result<(), StoreError> {
        sqlx::query("update signatory set mobile_hash = $1 where gstin = $2 and id = $3 and mobile_hash is null")
            .bind(hash.0.as_slice())
            .bind(gstin.as_str())
            .bind(id.0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
