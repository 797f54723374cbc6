//! The deliveries of all taxpayers together, in SQLite.

use app::model::{Timestamp, alert::Channel};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};
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

const COUNT_FAILED: &str = "select channel, state, count(*) as seen from (
         select channel, state from delivery
         where state in ('permanent_failure', 'technical_failure', 'expired') and id >= ? and id < ?
         order by id desc limit ?)
     group by channel, state";

/// Without an order: what waits has an index of its own, and whichever are counted are as many.
const COUNT_WAITING: &str = "select channel, state, count(*) as seen from (
         select channel, state from delivery
         where channel in ('email', 'sms') and state in ('queued', 'sending', 'temporary_failure')
           and id >= ? and id < ?
         limit ?)
     group by channel, state";

const COUNT_ALL: &str = "select channel, state, count(*) as seen from (
         select channel, state from delivery where id >= ? and id < ? order by id desc limit ?)
     group by channel, state";

const OLDEST_WAITING: &str = "select min(id) as oldest, count(*) as seen from (
         select id from delivery
         where channel = ? and state in ('queued', 'sending', 'temporary_failure')
         order by due_at limit ?)";

fn found_delivery(found: &SqliteRow) -> Result<FoundDelivery, StoreError> {
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
            .bind(from.as_bytes().as_slice())
            .bind(below.as_bytes().as_slice())
            .bind(up_to)
            .fetch_all(&mut *self.0)
            .await?;
        let count =
            |found: &SqliteRow| Ok((row::word(found, "channel")?, row::word(found, "state")?, found.try_get("seen")?));
        found.iter().map(count).collect()
    }
}

#[async_trait]
impl ReadDeliveries for Unit {
    async fn find_deliveries(&mut self, search: &DeliverySearch) -> Result<Vec<FoundDelivery>, StoreError> {
        let found =
            find_deliveries::query(search, |id| id.as_bytes().to_vec())?.build().fetch_all(&mut *self.0).await?;
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
        let found = sqlx::query(OLDEST_WAITING).bind(row::name(channel)?).bind(up_to).fetch_one(&mut *self.0).await?;
        let seen: u32 = found.try_get("seen")?;
        let oldest = row::maybe_id(&found, "oldest")?;
        Ok(oldest.map(|id| OldestWaiting { owed_at: id_order::moment(id), more: seen >= up_to }))
    }
}
