//! Alerts and deliveries in PostgreSQL.

use std::collections::HashSet;

use app::model::{
    Timestamp,
    alert::{Alert, AlertKind, Channel, Delivery, DeliveryState},
    gstin::Gstin,
    id::{AlertId, ConsentId, ContactId, DeliveryId, SignatoryId},
    page::{Cursor, ROWS_MAX},
    report::{Heard, Verdict},
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError, id_order,
    port::{
        ALERTS_OF_CONSENT_MAX, AttemptOf, DeliveryOfConsent, DueBy, KeptAlert, MadeAttempt, ReadAlerts, Settlement,
        WriteAlerts,
    },
    value,
};

macro_rules! select_alert {
    ($rest:literal) => {
        concat!("select gstin, id, consent_id, kind, matter, owed_at from alert ", $rest)
    };
}

/// An alert is made at the moment that it is owed: its id is not below it, nor below that of what it is about.
pub(super) const OF_CONSENT: &str =
    select_alert!("where gstin = $1 and consent_id = $2 and id >= $3 order by owed_at desc, id desc limit $4");

pub(super) const OF_TAXPAYER: &str = select_alert!("where gstin = $1 and id < $2 order by id desc limit $3");

pub(super) const NEWEST: &str = select_alert!(
    "where gstin = $1 and kind = $2 and owed_at >= $3 and id >= $4
     and exists (select from delivery where delivery.gstin = alert.gstin and alert_id = alert.id and recipient_id = $5
         and delivery.id >= $4)
     order by id desc limit 1"
);

/// Deliveries are made with their alert: the months that lie before or after all of these alerts are left out.
pub(super) const OF_ALERTS: &str = "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at,
        attempts, accepted_at, verdict, reason, heard_at, report_due_at, repeated_at
     from delivery where gstin = $1 and alert_id = any($2) and id >= $3 and id < $4
     order by channel, recipient_id, contact_id nulls first";

pub(super) const NEXT_DUE: &str =
    "select min(due_at) from delivery where channel = $1 and state in ('queued', 'sending', 'temporary_failure')";

/// `skip locked`: nodes that lease at once take different deliveries, and none waits for another.
pub(super) const DUE: &str =
    "select delivery.gstin, delivery.id, alert_id, channel, recipient_id, contact_id, state, due_at,
        attempts, accepted_at, verdict, reason, heard_at, report_due_at,
        repeated_at, consent_id, kind, matter, owed_at
     from delivery
     join alert on alert.gstin = delivery.gstin and alert.id = delivery.alert_id
     where channel = $1 and state in ('queued', 'sending', 'temporary_failure') and due_at <= $2
     order by due_at limit $3 for update of delivery skip locked";

/// A statement of its own, with the bounds of the ids in it: one statement for both has no bounds when it is planned, and
/// is planned for every month there is (it then read them all from end to end).
pub(super) const LEASE: &str = "update delivery
     set state = case when verdict = 'delivered' then 'delivered' else 'sending' end,
         lease = case when verdict = 'delivered' then null else $1::uuid end,
         leased_by = case when verdict = 'delivered' then null else $2::text end, due_at = $3
     from unnest($4::text[], $5::uuid[]) as due (gstin, id)
     where delivery.gstin = due.gstin and delivery.id = due.id and delivery.id >= $6 and delivery.id <= $7";

pub(super) const RELEASE: &str = "update delivery
     set state = case when verdict = 'delivered' then 'delivered' else 'queued' end, lease = null, leased_by = null, due_at = $1
     where channel in ('email', 'sms') and state = 'sending' and leased_by = $2";

/// Those whose lease is still held; their attempts follow in a statement of their own. Nothing is said of the state: who
/// has a lease is being sent, and with the state in it, everything that waits would be read to find these.
pub(super) const SETTLE: &str = "update delivery
     set state = settled.state, due_at = settled.due_at, attempts = settled.attempts, accepted_at = settled.accepted_at,
         report_due_at = case when verdict is null then settled.report_due_at end, lease = null, leased_by = null
     from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
         $10::bigint[]) as settled (gstin, id, lease, state, due_at, attempts, accepted_at, report_due_at)
     where delivery.gstin = settled.gstin and delivery.id = settled.id and delivery.id >= $8 and delivery.id <= $9
       and delivery.lease = settled.lease
     returning delivery.id";

/// An alert and what it owes by each road, in one round trip.
const ADD_ALERT: &str = "with added as (
         insert into alert (gstin, id, consent_id, kind, owed_at, matter) values ($1, $2, $3, $4, $5, $6))
     insert into delivery (gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at)
     select $1, id, $2, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at
     from unnest($7::uuid[], $8::text[], $9::uuid[], $10::uuid[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[])
         as owed (id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at)";

const ADD_ATTEMPTS: &str = "insert into attempt (gstin, delivery_id, number, at, provider, outcome, reference)
     select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[])";

/// A delivery is made when its alert is owed: its id tells when that was. Only the ids between two looks are read.
pub(super) const OVERDUE: &str = "select gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at,
        attempts, accepted_at, verdict, reason, heard_at, report_due_at, repeated_at
     from delivery where id > $2 and id < $3 and channel = $1 and state in ('queued', 'temporary_failure')
     order by id limit $4";

/// Deliveries are made with their alert: their ids are not below the alert's moment.
pub(super) const HURRY_OTHERS: &str = "update delivery set due_at = $1
     where gstin = $2 and alert_id = $3 and recipient_id = $4 and channel <> $5 and id >= $6
       and state in ('queued', 'temporary_failure') and due_at > $1";

pub(super) const WAITING: &str = "select count(*) from (
         select 1 from delivery
         where channel = $1 and state in ('queued', 'sending', 'temporary_failure') limit $2) as waiting";

pub(super) const ATTEMPTS_OF: &str = "select delivery_id, provider, outcome
     from unnest($1::text[], $2::uuid[]) as asked (gstin, id)
     join attempt on attempt.gstin = asked.gstin and attempt.delivery_id = asked.id
     where delivery_id >= $3 and delivery_id <= $4
     order by attempt.gstin, delivery_id, number desc";

fn attempt_of(found: &PgRow) -> Result<AttemptOf, StoreError> {
    Ok(AttemptOf {
        delivery: DeliveryId(row::id(found, "delivery_id")?),
        provider: found.try_get("provider")?,
        outcome: row::json(found, "outcome")?,
    })
}

/// A delivery without its alert.
pub(super) fn plain_delivery(found: &PgRow) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        gstin: row::parsed(found, "gstin")?,
        id: DeliveryId(row::id(found, "id")?),
        alert: AlertId(row::id(found, "alert_id")?),
        channel: row::word(found, "channel")?,
        recipient: SignatoryId(row::id(found, "recipient_id")?),
        contact: row::maybe_id(found, "contact_id")?.map(ContactId),
        state: row::word(found, "state")?,
        due_at: row::moment(found, "due_at")?,
        attempts: row::small(found, "attempts")?,
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
pub(super) fn alert(found: &PgRow, id: &str) -> Result<Alert, StoreError> {
    Ok(Alert {
        gstin: row::parsed(found, "gstin")?,
        id: AlertId(row::id(found, id)?),
        consent: row::maybe_id(found, "consent_id")?.map(ConsentId),
        matter: row::matter(found)?,
        owed_at: row::moment(found, "owed_at")?,
    })
}

pub(super) fn delivery(found: &PgRow) -> Result<DeliveryOfConsent, StoreError> {
    Ok(DeliveryOfConsent { alert: alert(found, "alert_id")?, delivery: plain_delivery(found)? })
}

impl Unit {
    /// These alerts of a taxpayer, each with its deliveries.
    async fn with_deliveries(&mut self, gstin: Gstin, found: &[PgRow]) -> Result<Vec<KeptAlert>, StoreError> {
        let alerts = found.iter().map(|found| alert(found, "id")).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<_> = alerts.iter().map(|alert| alert.id.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
        let found = sqlx::query(OF_ALERTS)
            .bind(gstin.as_str())
            .bind(&ids)
            .bind(id_order::around(*first))
            .bind(id_order::beyond(*last))
            .fetch_all(&mut *self.transaction)
            .await?;
        let deliveries = found.iter().map(plain_delivery).collect::<Result<_, _>>()?;
        Ok(KeptAlert::each(alerts, deliveries))
    }
}

#[async_trait]
impl ReadAlerts for Unit {
    async fn alerts_of_consent(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<KeptAlert>, StoreError> {
        let mut found = sqlx::query(OF_CONSENT)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(id_order::first_id(id_order::since(consent)))
            .bind(i64::from(ALERTS_OF_CONSENT_MAX))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.reverse();
        self.with_deliveries(gstin, &found).await
    }

    async fn alerts_of_taxpayer(&mut self, gstin: Gstin, after: Option<Cursor>) -> Result<Vec<KeptAlert>, StoreError> {
        let found = sqlx::query(OF_TAXPAYER)
            .bind(gstin.as_str())
            .bind(id_order::below(after))
            .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.transaction)
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
        let found = sqlx::query(NEWEST)
            .bind(gstin.as_str())
            .bind(row::name(kind)?)
            .bind(row::micros(since))
            .bind(id_order::first_id(since))
            .bind(recipient.0)
            .fetch_all(&mut *self.transaction)
            .await?;
        Ok(self.with_deliveries(gstin, &found).await?.pop())
    }

    async fn next_delivery_due(&mut self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> =
            sqlx::query_scalar(NEXT_DUE).bind(row::name(channel)?).fetch_one(&mut *self.transaction).await?;
        due.map(row::at_micros).transpose()
    }

    async fn waiting_deliveries(&mut self, channel: Channel, up_to: u32) -> Result<u32, StoreError> {
        let waiting: i64 = sqlx::query_scalar(WAITING)
            .bind(row::name(channel)?)
            .bind(i64::from(up_to))
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(u32::try_from(waiting).unwrap_or(up_to))
    }

    async fn overdue_deliveries(
        &mut self,
        channel: Channel,
        after: DeliveryId,
        owed_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let found = sqlx::query(OVERDUE)
            .bind(row::name(channel)?)
            .bind(after.0)
            .bind(id_order::first_id(owed_before))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(plain_delivery).collect()
    }

    async fn attempts_of(&mut self, deliveries: &[&Delivery]) -> Result<Vec<AttemptOf>, StoreError> {
        let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.id.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
        let found = sqlx::query(ATTEMPTS_OF)
            .bind(deliveries.iter().map(|delivery| delivery.gstin.to_string()).collect::<Vec<_>>())
            .bind(&ids)
            .bind(first)
            .bind(last)
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(attempt_of).collect()
    }
}

#[async_trait]
impl WriteAlerts for Unit {
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let (kind, details) = row::kind_and_details(&alert.matter)?;
        let channels: Result<Vec<_>, _> = deliveries.iter().map(|one| row::name(one.channel)).collect();
        let states: Result<Vec<_>, _> = deliveries.iter().map(|one| row::name(one.state)).collect();
        sqlx::query(ADD_ALERT)
            .bind(alert.gstin.as_str())
            .bind(alert.id.0)
            .bind(alert.consent.map(|id| id.0))
            .bind(kind)
            .bind(row::micros(alert.owed_at))
            .bind(details)
            .bind(deliveries.iter().map(|one| one.id.0).collect::<Vec<_>>())
            .bind(channels?)
            .bind(deliveries.iter().map(|one| one.recipient.0).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|one| one.contact.map(|id| id.0)).collect::<Vec<_>>())
            .bind(states?)
            .bind(deliveries.iter().map(|one| row::micros(one.due_at)).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|one| i64::from(one.attempts)).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|one| one.accepted_at.map(row::micros)).collect::<Vec<_>>())
            .execute(&mut *self.transaction)
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
        let found = sqlx::query(DUE)
            .bind(row::name(channel)?)
            .bind(row::micros(due.now))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.transaction)
            .await?;
        let ids = found.iter().map(|found| row::id(found, "id")).collect::<Result<Vec<_>, _>>()?;
        let mut leased = value::readable(ids.iter().zip(&found).map(|(id, found)| Ok((*id, delivery(found)))))?;
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(leased) };
        let gstins = found.iter().map(|found| found.try_get("gstin")).collect::<Result<Vec<String>, _>>()?;
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
        leased.retain(|row| row.delivery.heard.verdict != Some(Verdict::Delivered));
        for row in &mut leased {
            row.delivery.state = DeliveryState::Sending;
            row.delivery.due_at = due.leased_until;
        }
        Ok(leased)
    }

    async fn settle_deliveries(&mut self, settled: &[Settlement]) -> Result<Vec<bool>, StoreError> {
        // In one order on every node: two that settle never wait for each other crosswise.
        let mut rows: Vec<_> = settled.iter().collect();
        rows.sort_by_key(|row| row.after.id);
        let ids: Vec<_> = rows.iter().map(|row| row.after.id.0).collect();
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(Vec::new()) };
        let each = |text: &dyn Fn(&Settlement) -> String| rows.iter().map(|row| text(row)).collect::<Vec<_>>();
        let states = rows.iter().map(|row| row::name(row.after.state)).collect::<Result<Vec<_>, _>>()?;
        let accepted: Vec<_> = rows.iter().map(|row| row.after.accepted_at.map(row::micros)).collect();
        let held: HashSet<Uuid> = sqlx::query_scalar(SETTLE)
            .bind(each(&|row| row.after.gstin.to_string()))
            .bind(&ids)
            .bind(rows.iter().map(|row| row.lease).collect::<Vec<_>>())
            .bind(states)
            .bind(rows.iter().map(|row| row::micros(row.after.due_at)).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| i64::from(row.after.attempts)).collect::<Vec<_>>())
            .bind(accepted)
            .bind(first)
            .bind(last)
            .bind(rows.iter().map(|row| row.after.heard.due_at.map(row::micros)).collect::<Vec<_>>())
            .fetch_all(&mut *self.transaction)
            .await?
            .into_iter()
            .collect();
        let made = |row| {
            let Settlement { after, attempt, .. }: &Settlement = row;
            Some((after, attempt.as_ref()?))
        };
        let made: Vec<_> = rows.into_iter().filter(|row| held.contains(&row.after.id.0)).filter_map(made).collect();
        let each = |text: &dyn Fn(&MadeAttempt) -> String| made.iter().map(|(_, one)| text(one)).collect::<Vec<_>>();
        sqlx::query(ADD_ATTEMPTS)
            .bind(made.iter().map(|(after, _)| after.gstin.to_string()).collect::<Vec<_>>())
            .bind(made.iter().map(|(after, _)| after.id.0).collect::<Vec<_>>())
            .bind(made.iter().map(|(after, _)| i64::from(after.attempts)).collect::<Vec<_>>())
            .bind(made.iter().map(|(_, attempt)| row::micros(attempt.at)).collect::<Vec<_>>())
            .bind(each(&|attempt| attempt.provider.clone()))
            .bind(each(&|attempt| attempt.outcome.clone()))
            .bind(made.iter().map(|(_, attempt)| attempt.reference.clone()).collect::<Vec<_>>())
            .execute(&mut *self.transaction)
            .await?;
        Ok(settled.iter().map(|row| held.contains(&row.after.id.0)).collect())
    }

    async fn hurry_other_channels(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(HURRY_OTHERS)
            .bind(row::micros(now))
            .bind(delivery.gstin.as_str())
            .bind(delivery.alert.0)
            .bind(delivery.recipient.0)
            .bind(row::name(delivery.channel)?)
            .bind(id_order::around(delivery.alert.0))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(RELEASE).bind(row::micros(now)).bind(worker).execute(&mut *self.transaction).await?;
        Ok(())
    }
}
