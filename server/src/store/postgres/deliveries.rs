//! The deliveries of all taxpayers together, in PostgreSQL.

use app::model::{Timestamp, alert::Channel};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Unit, alerts, row};
use crate::store::{
    StoreError,
    find_deliveries::{self, Pass},
    id_order,
    port::{
        DeliveryCount, DeliveryOfConsent, DeliverySearch, FoundDelivery, LastAttempt, OldestWaiting, ReadDeliveries,
    },
};

pub(super) const COUNT_FAILED: &str = "select channel, state, count(*) as seen from (
         select channel, state from delivery
         where state in ('permanent_failure', 'technical_failure', 'expired') and id >= $1 and id < $2
         order by id desc limit $3) as failed
     group by channel, state";

/// Without an order: what waits has an index of its own, and whichever are counted are as many.
pub(super) const COUNT_WAITING: &str = "select channel, state, count(*) as seen from (
         select channel, state from delivery
         where channel in ('email', 'sms') and state in ('queued', 'sending', 'temporary_failure')
           and id >= $1 and id < $2
         limit $3) as waiting
     group by channel, state";

pub(super) const COUNT_ALL: &str = "select channel, state, count(*) as seen from (
         select channel, state from delivery where id >= $1 and id < $2 order by id desc limit $3) as owed
     group by channel, state";

/// As text: only PostgreSQL 18 and later know the least of uuids, and both sort alike.
pub(super) const OLDEST_WAITING: &str = "select min(id::text) as oldest, count(*) as seen from (
         select id from delivery
         where channel = $1 and state in ('queued', 'sending', 'temporary_failure')
         order by due_at limit $2) as waiting";

fn found_delivery(found: &PgRow) -> Result<FoundDelivery, StoreError> {
    let DeliveryOfConsent { alert, delivery } = alerts::delivery(found)?;
    let last = match row::maybe_moment(found, "attempted_at")? {
        Some(at) => {
            Some(LastAttempt { at, provider: found.try_get("provider")?, outcome: row::json(found, "outcome")? })
        }
        None => None,
    };
    Ok(FoundDelivery { alert, delivery, last })
}

impl Unit {
    async fn pass(
        &mut self,
        statement: &'static str,
        (from, below): (Uuid, Uuid),
        up_to: u32,
    ) -> Result<Pass, StoreError> {
        let found = sqlx::query(statement)
            .bind(from)
            .bind(below)
            .bind(i64::from(up_to))
            .fetch_all(&mut *self.transaction)
            .await?;
        let count = |found| Ok((row::word(found, "channel")?, row::word(found, "state")?, row::small(found, "seen")?));
        found.iter().map(count).collect()
    }
}

#[async_trait]
impl ReadDeliveries for Unit {
    async fn find_deliveries(&mut self, search: &DeliverySearch) -> Result<Vec<FoundDelivery>, StoreError> {
        let found = find_deliveries::query(search, |id| id)?.build().fetch_all(&mut *self.transaction).await?;
        found.iter().map(found_delivery).collect()
    }

    async fn count_deliveries(
        &mut self,
        since: Timestamp,
        until: Option<Timestamp>,
        up_to: u32,
    ) -> Result<Vec<DeliveryCount>, StoreError> {
        let ids = find_deliveries::owed_within(since, until);
        let failed = self.pass(COUNT_FAILED, ids, up_to).await?;
        let waiting = self.pass(COUNT_WAITING, ids, up_to).await?;
        let all = self.pass(COUNT_ALL, ids, up_to).await?;
        Ok(find_deliveries::counts(&failed, &waiting, &all, up_to))
    }

    async fn oldest_waiting(&mut self, channel: Channel, up_to: u32) -> Result<Option<OldestWaiting>, StoreError> {
        let found = sqlx::query(OLDEST_WAITING)
            .bind(row::name(channel)?)
            .bind(i64::from(up_to))
            .fetch_one(&mut *self.transaction)
            .await?;
        let seen: i64 = found.try_get("seen")?;
        let oldest: Option<Uuid> = row::maybe_parsed(&found, "oldest")?;
        Ok(oldest.map(|id| OldestWaiting { owed_at: id_order::moment(id), more: seen >= i64::from(up_to) }))
    }
}
