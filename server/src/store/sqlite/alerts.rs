//! Alerts and deliveries in SQLite.

use app::model::{
    Timestamp,
    alert::{Alert, AlertKind, Channel, Delivery},
    gstin::Gstin,
    id::{AlertId, ConsentId, ContactId, DeliveryId, SignatoryId},
    page::{Cursor, ROWS_MAX},
    report::Heard,
};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError, id_order,
    port::{
        ALERTS_OF_CONSENT_MAX, AttemptOf, DeliveryOfConsent, DueBy, KeptAlert, ReadAlerts, Settlement, WriteAlerts,
    },
    value,
};

macro_rules! select_delivery {
    ($rest:literal) => {
        concat!(
            "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at, verdict, reason, heard_at, report_due_at,
        repeated_at,
                    consent_id, kind, matter, owed_at
             from delivery
             join alert on alert.gstin = delivery.gstin and alert.id = delivery.alert_id ",
            $rest
        )
    };
}

macro_rules! select_alert {
    ($rest:literal) => {
        concat!("select gstin, id, consent_id, kind, matter, owed_at from alert ", $rest)
    };
}

/// A delivery without its alert.
pub(super) fn plain_delivery(found: &SqliteRow) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        gstin: row::parsed(found, "gstin")?,
        id: DeliveryId(row::id(found, "id")?),
        alert: AlertId(row::id(found, "alert_id")?),
        channel: row::word(found, "channel")?,
        recipient: SignatoryId(row::id(found, "recipient_id")?),
        contact: row::maybe_id(found, "contact_id")?.map(ContactId),
        state: row::word(found, "state")?,
        due_at: row::moment(found, "due_at")?,
        attempts: found.try_get("attempts")?,
        accepted_at: row::maybe_moment(found, "accepted_at")?,
        heard: Heard {
            verdict: row::maybe_word(found, "verdict")?,
            reason: row::maybe_word(found, "reason")?,
            at: row::maybe_moment(found, "heard_at")?,
            due_at: row::maybe_moment(found, "report_due_at")?,
            repeated_at: row::maybe_moment(found, "repeated_at")?,
        },
    })
}

/// An alert without its deliveries, out of a row that has its id in the column of that name.
pub(super) fn alert(found: &SqliteRow, id: &str) -> Result<Alert, StoreError> {
    Ok(Alert {
        gstin: row::parsed(found, "gstin")?,
        id: AlertId(row::id(found, id)?),
        consent: row::maybe_id(found, "consent_id")?.map(ConsentId),
        matter: row::matter(found)?,
        owed_at: row::moment(found, "owed_at")?,
    })
}

pub(super) fn delivery(found: &SqliteRow) -> Result<DeliveryOfConsent, StoreError> {
    Ok(DeliveryOfConsent { alert: alert(found, "alert_id")?, delivery: plain_delivery(found)? })
}

/// An alert and what it owes by each road, in one hop to the thread of the database.
const ADD_ALERT: &str =
    "insert into alert (gstin, id, consent_id, kind, owed_at, matter) values (?1, ?2, ?3, ?4, ?5, ?6);
     insert into delivery (gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at)
     select ?1, unhex(value ->> 0), ?2, value ->> 1, unhex(value ->> 2), unhex(value ->> 3), value ->> 4, value ->> 5,
            value ->> 6, value ->> 7
     from json_each(?7)";

#[async_trait]
impl ReadAlerts for Unit {
    async fn alerts_of_consent(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<KeptAlert>, StoreError> {
        let mut found =
            sqlx::query(select_alert!("where gstin = ? and consent_id = ? order by owed_at desc, id desc limit ?"))
                .bind(gstin.as_str())
                .bind(consent.0.as_bytes().as_slice())
                .bind(ALERTS_OF_CONSENT_MAX)
                .fetch_all(&mut *self.0)
                .await?;
        found.reverse();
        self.with_deliveries(gstin, &found).await
    }

    async fn alerts_of_taxpayer(&mut self, gstin: Gstin, after: Option<Cursor>) -> Result<Vec<KeptAlert>, StoreError> {
        let found = sqlx::query(select_alert!("where gstin = ? and id < ? order by id desc limit ?"))
            .bind(gstin.as_str())
            .bind(id_order::below(after).as_bytes().to_vec())
            .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.0)
            .await?;
        self.with_deliveries(gstin, &found).await
    }

    async fn newest_alert_to(
        &mut self,
        gstin: Gstin,
        recipient: SignatoryId,
        kind: AlertKind,
        since: Timestamp,
    ) -> Result<Option<KeptAlert>, StoreError> {
        let found = sqlx::query(select_alert!(
            "where gstin = ? and kind = ? and owed_at >= ?
               and exists (select 1 from delivery where delivery.gstin = alert.gstin and alert_id = alert.id
                   and recipient_id = ?)
             order by id desc limit 1"
        ))
        .bind(gstin.as_str())
        .bind(row::name(kind)?)
        .bind(row::micros(since))
        .bind(recipient.0.as_bytes().as_slice())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(self.with_deliveries(gstin, &found).await?.pop())
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

    async fn waiting_deliveries(&mut self, channel: Channel, up_to: u32) -> Result<u32, StoreError> {
        let waiting = sqlx::query_scalar(
            "select count(*) from (
                select 1 from delivery
                where channel = ? and state in ('queued', 'sending', 'temporary_failure') limit ?)",
        )
        .bind(row::name(channel)?)
        .bind(up_to)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(waiting)
    }

    async fn overdue_deliveries(
        &mut self,
        channel: Channel,
        after: DeliveryId,
        owed_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at, verdict,
                reason, heard_at, report_due_at, repeated_at
             from delivery where id > ? and id < ? and channel = ? and state in ('queued', 'temporary_failure')
             order by id limit ?",
        )
        .bind(after.0.as_bytes().as_slice())
        .bind(id_order::first_id(owed_before).as_bytes().as_slice())
        .bind(row::name(channel)?)
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(plain_delivery).collect()
    }

    async fn attempts_of(&mut self, deliveries: &[&Delivery]) -> Result<Vec<AttemptOf>, StoreError> {
        let found = sqlx::query(
            "select delivery_id, provider, outcome from (
                select value ->> 0 as gstin, unhex(value ->> 1) as id from json_each(?)) as asked
             join attempt on attempt.gstin = asked.gstin and attempt.delivery_id = asked.id
             order by attempt.gstin, delivery_id, number desc",
        )
        .bind(row::pair_list(deliveries.iter().map(|delivery| (delivery.gstin, delivery.id.0))))
        .fetch_all(&mut *self.0)
        .await?;
        let attempt = |found: &SqliteRow| {
            Ok(AttemptOf {
                delivery: DeliveryId(row::id(found, "delivery_id")?),
                provider: found.try_get("provider")?,
                outcome: row::json(found, "outcome")?,
            })
        };
        found.iter().map(attempt).collect()
    }
}

impl Unit {
    /// These alerts of a taxpayer, each with its deliveries.
    async fn with_deliveries(&mut self, gstin: Gstin, found: &[SqliteRow]) -> Result<Vec<KeptAlert>, StoreError> {
        let alerts = found.iter().map(|found| alert(found, "id")).collect::<Result<Vec<_>, _>>()?;
        let found = sqlx::query(
            "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at, verdict,
                reason, heard_at, report_due_at, repeated_at
             from delivery where gstin = ? and alert_id in (select unhex(value) from json_each(?))
             order by channel, recipient_id, contact_id nulls first",
        )
        .bind(gstin.as_str())
        .bind(row::id_list(alerts.iter().map(|alert| alert.id.0)))
        .fetch_all(&mut *self.0)
        .await?;
        let deliveries = found.iter().map(plain_delivery).collect::<Result<_, _>>()?;
        Ok(KeptAlert::each(alerts, deliveries))
    }

    /// Whether the lease was still held.
    async fn settle(&mut self, settled: &Settlement) -> Result<bool, StoreError> {
        let after = &settled.after;
        let done = sqlx::query(
            "update delivery set state = ?, due_at = ?, attempts = ?, accepted_at = ?,
                report_due_at = case when verdict is null then ? end, lease = null, leased_by = null
             where gstin = ? and id = ? and state = 'sending' and lease = ?",
        )
        .bind(row::name(after.state)?)
        .bind(row::micros(after.due_at))
        .bind(after.attempts)
        .bind(after.accepted_at.map(row::micros))
        .bind(after.heard.due_at.map(row::micros))
        .bind(after.gstin.as_str())
        .bind(after.id.0.as_bytes().as_slice())
        .bind(settled.lease.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let Some(attempt) = &settled.attempt else { return Ok(true) };
        sqlx::query(
            "insert into attempt (gstin, delivery_id, number, at, provider, outcome, reference) values (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(after.gstin.as_str())
        .bind(after.id.0.as_bytes().as_slice())
        .bind(after.attempts)
        .bind(row::micros(attempt.at))
        .bind(&attempt.provider)
        .bind(&attempt.outcome)
        .bind(&attempt.reference)
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }
}

#[async_trait]
impl WriteAlerts for Unit {
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let (kind, details) = row::kind_and_details(&alert.matter)?;
        let hex = |id: Uuid| id.simple().to_string();
        let owed = deliveries.iter().map(|one| {
            let (id, to, contact) = (hex(one.id.0), hex(one.recipient.0), one.contact.map(|id| hex(id.0)));
            let (due_at, accepted_at) = (row::micros(one.due_at), one.accepted_at.map(row::micros));
            (id, one.channel, to, contact, one.state, due_at, one.attempts, accepted_at)
        });
        sqlx::query(ADD_ALERT)
            .bind(alert.gstin.as_str())
            .bind(alert.id.0.as_bytes().as_slice())
            .bind(alert.consent.as_ref().map(|id| id.0.as_bytes().as_slice()))
            .bind(kind)
            .bind(row::micros(alert.owed_at))
            .bind(details)
            .bind(row::to_json(&owed.collect::<Vec<_>>())?)
            .execute(&mut *self.0)
            .await?;
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
            "update delivery set state = case when verdict = 'delivered' then 'delivered' else 'sending' end,
                lease = case when verdict = 'delivered' then null else ?1 end,
                leased_by = case when verdict = 'delivered' then null else ?2 end, due_at = ?3
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
        value::readable(found.iter().map(|found| Ok((row::id(found, "id")?, delivery(found)))))
    }

    /// One after the other: within one file and one transaction a statement is a few microseconds.
    async fn settle_deliveries(&mut self, settled: &[Settlement]) -> Result<Vec<bool>, StoreError> {
        let mut held = Vec::with_capacity(settled.len());
        for settlement in settled {
            held.push(self.settle(settlement).await?);
        }
        Ok(held)
    }

    async fn hurry_other_channels(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "update delivery set due_at = ?1
             where gstin = ?2 and alert_id = ?3 and recipient_id = ?4 and channel <> ?5
               and state in ('queued', 'temporary_failure') and due_at > ?1",
        )
        .bind(row::micros(now))
        .bind(delivery.gstin.as_str())
        .bind(delivery.alert.0.as_bytes().as_slice())
        .bind(delivery.recipient.0.as_bytes().as_slice())
        .bind(row::name(delivery.channel)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "update delivery set state = case when verdict = 'delivered' then 'delivered' else 'queued' end,
                lease = null, leased_by = null, due_at = ?
             where channel in ('email', 'sms') and state = 'sending' and leased_by = ?",
        )
        .bind(row::micros(now))
        .bind(worker)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
