//! Alerts and deliveries in SQLite.

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery},
    gstin::Gstin,
    id::{AlertId, ConsentId, DeliveryId, SignatoryId},
};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{DeliveryOfConsent, DueBy, ReadAlerts, WriteAlerts},
};

macro_rules! select_delivery {
    ($rest:literal) => {
        concat!(
            "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at,
                    consent_id, kind, matter, owed_at
             from delivery
             join alert on alert.gstin = delivery.gstin and alert.id = delivery.alert_id ",
            $rest
        )
    };
}

fn delivery(found: &SqliteRow) -> Result<DeliveryOfConsent, StoreError> {
    let gstin = row::parsed(found, "gstin")?;
    let alert = AlertId(row::id(found, "alert_id")?);
    Ok(DeliveryOfConsent {
        alert: Alert {
            gstin,
            id: alert,
            consent: row::maybe_id(found, "consent_id")?.map(ConsentId),
            matter: row::matter(found)?,
            owed_at: row::moment(found, "owed_at")?,
        },
        delivery: Delivery {
            gstin,
            id: DeliveryId(row::id(found, "id")?),
            alert,
            channel: row::word(found, "channel")?,
            recipient: SignatoryId(row::id(found, "recipient_id")?),
            state: row::word(found, "state")?,
            due_at: row::moment(found, "due_at")?,
            attempts: found.try_get("attempts")?,
            accepted_at: row::maybe_moment(found, "accepted_at")?,
        },
    })
}

#[async_trait]
impl ReadAlerts for Unit {
    async fn deliveries_of_consent(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError> {
        let found = sqlx::query(select_delivery!(
            "where alert.gstin = ? and consent_id = ? order by owed_at, alert_id, channel, recipient_id limit 200"
        ))
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(delivery).collect()
    }

    async fn next_delivery_due(&mut self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = sqlx::query_scalar(
            "select min(due_at) from delivery
             where channel = ? and state in ('queued', 'sending', 'temporary_failure')",
        )
        .bind(row::name(channel)?)
        .fetch_one(&mut *self.0)
        .await?;
        due.map(row::at_micros).transpose()
    }
}

#[async_trait]
impl WriteAlerts for Unit {
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let (kind, details) = row::kind_and_details(&alert.matter)?;
        sqlx::query("insert into alert (gstin, id, consent_id, kind, owed_at, matter) values (?, ?, ?, ?, ?, ?)")
            .bind(alert.gstin.as_str())
            .bind(alert.id.0.as_bytes().as_slice())
            .bind(alert.consent.as_ref().map(|id| id.0.as_bytes().as_slice()))
            .bind(kind)
            .bind(row::micros(alert.owed_at))
            .bind(details)
            .execute(&mut *self.0)
            .await?;
        for delivery in deliveries {
            sqlx::query(
                "insert into delivery (gstin, id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at)
                 values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(delivery.gstin.as_str())
            .bind(delivery.id.0.as_bytes().as_slice())
            .bind(delivery.alert.0.as_bytes().as_slice())
            .bind(row::name(delivery.channel)?)
            .bind(delivery.recipient.0.as_bytes().as_slice())
            .bind(row::name(delivery.state)?)
            .bind(row::micros(delivery.due_at))
            .bind(delivery.attempts)
            .bind(delivery.accepted_at.map(row::micros))
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }

    async fn lease_deliveries(
        &mut self,
        worker: &str,
        lease: Uuid,
        channel: Channel,
        due: DueBy,
        limit: u32,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError> {
        sqlx::query(
            "update delivery set state = 'sending', lease = ?1, leased_by = ?2, due_at = ?3
             where (gstin, id) in (
                select gstin, id from delivery
                where channel = ?4 and state in ('queued', 'sending', 'temporary_failure') and due_at <= ?5
                order by due_at limit ?6)",
        )
        .bind(lease.as_bytes().as_slice())
        .bind(worker)
        .bind(row::micros(due.leased_until))
        .bind(row::name(channel)?)
        .bind(row::micros(due.now))
        .bind(limit)
        .execute(&mut *self.0)
        .await?;
        let found = sqlx::query(select_delivery!(
            "where channel = ? and state in ('queued', 'sending', 'temporary_failure') and due_at = ? and lease = ?"
        ))
        .bind(row::name(channel)?)
        .bind(row::micros(due.leased_until))
        .bind(lease.as_bytes().as_slice())
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(delivery).collect()
    }

    async fn settle_delivery(
        &mut self,
        lease: Uuid,
        after: &Delivery,
        at: Timestamp,
        provider: &str,
        outcome: &str,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update delivery set state = ?, due_at = ?, attempts = ?, accepted_at = ?, lease = null, leased_by = null
             where gstin = ? and id = ? and state = 'sending' and lease = ?",
        )
        .bind(row::name(after.state)?)
        .bind(row::micros(after.due_at))
        .bind(after.attempts)
        .bind(after.accepted_at.map(row::micros))
        .bind(after.gstin.as_str())
        .bind(after.id.0.as_bytes().as_slice())
        .bind(lease.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())?;
        sqlx::query(
            "insert into attempt (gstin, delivery_id, number, at, provider, outcome) values (?, ?, ?, ?, ?, ?)",
        )
        .bind(after.gstin.as_str())
        .bind(after.id.0.as_bytes().as_slice())
        .bind(after.attempts)
        .bind(row::micros(at))
        .bind(provider)
        .bind(outcome)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "update delivery set state = 'queued', lease = null, leased_by = null, due_at = ?
             where channel in ('email', 'sms') and state = 'sending' and leased_by = ?",
        )
        .bind(row::micros(now))
        .bind(worker)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
