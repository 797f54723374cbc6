//! Alerts and deliveries in PostgreSQL.

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery, DeliveryState},
    gstin::Gstin,
    id::{AlertId, ConsentId, DeliveryId, SignatoryId},
};
use async_trait::async_trait;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError, id_order,
    port::{DeliveryOfConsent, DueBy, ReadAlerts, WriteAlerts},
};

pub(super) const OF_CONSENT: &str =
    "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, state, due_at,
        attempts, accepted_at, consent_id, kind, matter, owed_at
     from alert
     join delivery on delivery.gstin = alert.gstin and delivery.alert_id = alert.id and delivery.id >= $3
     where alert.gstin = $1 and consent_id = $2 and alert.id >= $3
     order by owed_at, alert_id, channel, recipient_id limit 200";

pub(super) const NEXT_DUE: &str =
    "select min(due_at) from delivery where channel = $1 and state in ('queued', 'sending', 'temporary_failure')";

/// `skip locked`: nodes that lease at once take different deliveries, and none waits for another.
pub(super) const DUE: &str = "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, state, due_at,
        attempts, accepted_at, consent_id, kind, matter, owed_at
     from delivery
     join alert on alert.gstin = delivery.gstin and alert.id = delivery.alert_id
     where channel = $1 and state in ('queued', 'sending', 'temporary_failure') and due_at <= $2
     order by due_at limit $3 for update of delivery skip locked";

/// A statement of its own, with the bounds of the ids in it: one statement for both has no bounds when it is planned, and
/// is planned for every month there is (it then read them all from end to end).
pub(super) const LEASE: &str = "update delivery set state = 'sending', lease = $1, leased_by = $2, due_at = $3
     from unnest($4::text[], $5::uuid[]) as due (gstin, id)
     where delivery.gstin = due.gstin and delivery.id = due.id and delivery.id >= $6 and delivery.id <= $7";

fn delivery(found: &PgRow) -> Result<DeliveryOfConsent, StoreError> {
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
            attempts: row::small(found, "attempts")?,
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
        let found = sqlx::query(OF_CONSENT)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(id_order::first_id(id_order::since(consent)))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(delivery).collect()
    }

    async fn next_delivery_due(&mut self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> =
            sqlx::query_scalar(NEXT_DUE).bind(row::name(channel)?).fetch_one(&mut *self.transaction).await?;
        due.map(row::at_micros).transpose()
    }
}

#[async_trait]
impl WriteAlerts for Unit {
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let (kind, details) = row::kind_and_details(&alert.matter)?;
        sqlx::query("insert into alert (gstin, id, consent_id, kind, owed_at, matter) values ($1, $2, $3, $4, $5, $6)")
            .bind(alert.gstin.as_str())
            .bind(alert.id.0)
            .bind(alert.consent.map(|id| id.0))
            .bind(kind)
            .bind(row::micros(alert.owed_at))
            .bind(details)
            .execute(&mut *self.transaction)
            .await?;
        for delivery in deliveries {
            sqlx::query(
                "insert into delivery (gstin, id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(delivery.gstin.as_str())
            .bind(delivery.id.0)
            .bind(delivery.alert.0)
            .bind(row::name(delivery.channel)?)
            .bind(delivery.recipient.0)
            .bind(row::name(delivery.state)?)
            .bind(row::micros(delivery.due_at))
            .bind(i64::from(delivery.attempts))
            .bind(delivery.accepted_at.map(row::micros))
            .execute(&mut *self.transaction)
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
        let found = sqlx::query(DUE)
            .bind(row::name(channel)?)
            .bind(row::micros(due.now))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.transaction)
            .await?;
        let mut leased = found.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<_> = leased.iter().map(|row| row.delivery.id.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(leased) };
        let gstins: Vec<_> = leased.iter().map(|row| row.delivery.gstin.as_str().to_owned()).collect();
        sqlx::query(LEASE)
            .bind(lease)
            .bind(worker)
            .bind(row::micros(due.leased_until))
            .bind(gstins)
            .bind(&ids)
            .bind(first)
            .bind(last)
            .execute(&mut *self.transaction)
            .await?;
        for row in &mut leased {
            row.delivery.state = DeliveryState::Sending;
            row.delivery.due_at = due.leased_until;
        }
        Ok(leased)
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
            "update delivery set state = $1, due_at = $2, attempts = $3, accepted_at = $4, lease = null, leased_by = null
             where gstin = $5 and id = $6 and state = 'sending' and lease = $7",
        )
        .bind(row::name(after.state)?)
        .bind(row::micros(after.due_at))
        .bind(i64::from(after.attempts))
        .bind(after.accepted_at.map(row::micros))
        .bind(after.gstin.as_str())
        .bind(after.id.0)
        .bind(lease)
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())?;
        sqlx::query(
            "insert into attempt (gstin, delivery_id, number, at, provider, outcome) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(after.gstin.as_str())
        .bind(after.id.0)
        .bind(i64::from(after.attempts))
        .bind(row::micros(at))
        .bind(provider)
        .bind(outcome)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "update delivery set state = 'queued', lease = null, leased_by = null, due_at = $1
             where channel in ('email', 'sms') and state = 'sending' and leased_by = $2",
        )
        .bind(row::micros(now))
        .bind(worker)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
