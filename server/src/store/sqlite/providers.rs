//! What nodes share about providers, in SQLite.

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::Row;

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{CANARY_KNOWN_FOR, CanaryRow, Pace, ReadProviders, WriteProviders},
};

#[async_trait]
impl ReadProviders for Unit {
    async fn canaries(&mut self) -> Result<Vec<CanaryRow>, StoreError> {
        let found = sqlx::query("select provider, sent_at, accepted_at, delivered_at from canary order by provider")
            .fetch_all(&mut *self.0)
            .await?;
        found
            .iter()
            .map(|found| {
                Ok(CanaryRow {
                    provider: found.try_get("provider")?,
                    sent_at: row::moment(found, "sent_at")?,
                    accepted_at: row::maybe_moment(found, "accepted_at")?,
                    delivered_at: row::maybe_moment(found, "delivered_at")?,
                })
            })
            .collect()
    }
}

#[async_trait]
impl WriteProviders for Unit {
    async fn give_out(
        &mut self,
        provider: &str,
        pace: Pace,
        count: u32,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (now, taken) = (row::micros(now), pace.every_micros * i64::from(count));
        let latest = now + pace.every_micros * i64::from(pace.burst) + pace.ahead_micros;
        let given: Option<i64> = sqlx::query_scalar(
            "insert into provider_rate (provider, given_until) values (?1, ?2 + ?3)
             on conflict (provider) do update set given_until = max(provider_rate.given_until, ?2) + ?3
             where max(provider_rate.given_until, ?2) + ?3 <= ?4
             returning given_until",
        )
        .bind(provider)
        .bind(now)
        .bind(taken)
        .bind(latest)
        .fetch_optional(&mut *self.0)
        .await?;
        given.map(row::at_micros).transpose()
    }

    async fn claim_canary(
        &mut self,
        provider: &str,
        name: &str,
        now: Timestamp,
        not_after: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = sqlx::query(
            "insert into canary (provider, sent_at) values (?1, ?2)
             on conflict (provider) do update set sent_at = excluded.sent_at where canary.sent_at <= ?3",
        )
        .bind(provider)
        .bind(row::micros(now))
        .bind(row::micros(not_after))
        .execute(&mut *self.0)
        .await?;
        if claimed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("delete from canary_message where provider = ?1 and sent_at < ?2")
            .bind(provider)
            .bind(row::micros(now - CANARY_KNOWN_FOR))
            .execute(&mut *self.0)
            .await?;
        self.name_canary(provider, name, now).await?;
        Ok(true)
    }

    async fn canary_accepted(
        &mut self,
        provider: &str,
        at: Timestamp,
        reference: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query("update canary set accepted_at = max(coalesce(accepted_at, ?1), ?1) where provider = ?2")
            .bind(row::micros(at))
            .bind(provider)
            .execute(&mut *self.0)
            .await?;
        match reference {
            Some(reference) => self.name_canary(provider, reference, at).await,
            None => Ok(()),
        }
    }

    async fn canary_delivered(&mut self, provider: &str, reference: &str, at: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "update canary set delivered_at = max(coalesce(delivered_at, ?1), ?1)
             where provider = ?2
               and exists (select 1 from canary_message where provider = ?2 and reference = ?3)",
        )
        .bind(row::micros(at))
        .bind(provider)
        .bind(reference)
        .execute(&mut *self.0)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}

impl Unit {
    /// By what one of the canary's messages is named, too. A gateway may give the same reference twice.
    async fn name_canary(&mut self, provider: &str, name: &str, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "insert into canary_message (provider, reference, sent_at) values (?1, ?2, ?3)
             on conflict (provider, reference) do update set sent_at = excluded.sent_at",
        )
        .bind(provider)
        .bind(name)
        .bind(row::micros(at))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
