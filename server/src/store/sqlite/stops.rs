//! What numbers named, in SQLite.

use app::model::{Timestamp, throttle::RateLimit};
use async_trait::async_trait;

use super::Unit;
use crate::{
    store::{
        StoreError,
        port::{ReadStops, WriteStops},
        value,
    },
    vault::KeyedHash,
};

const WRONG_CODES: &str = "select recent from stop_rate_of_mobile where mobile_hash = ?1";
/// Adds the row or takes it as it is.
const HOLD: &str = "insert into stop_rate_of_mobile (mobile_hash, recent) values (?1, '[]')
     on conflict (mobile_hash) do update set recent = stop_rate_of_mobile.recent returning recent";
const COUNT_WRONG_CODE: &str = "update stop_rate_of_mobile set recent = ?2 where mobile_hash = ?1";

#[async_trait]
impl ReadStops for Unit {
    async fn may_name_codes(
        &mut self,
        number: KeyedHash,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let asked = sqlx::query_scalar(WRONG_CODES).bind(number.0.as_slice());
        let recent: Option<String> = asked.fetch_optional(&mut *self.0).await?;
        Ok(value::admit(recent.as_deref(), limit, now)?.is_some())
    }
}

#[async_trait]
impl WriteStops for Unit {
    async fn count_wrong_code(
        &mut self,
        number: KeyedHash,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let recent: String = sqlx::query_scalar(HOLD).bind(number.0.as_slice()).fetch_one(&mut *self.0).await?;
        if let Some(next) = value::admit(Some(&recent), limit, now)? {
            let count = sqlx::query(COUNT_WRONG_CODE).bind(number.0.as_slice()).bind(next);
            count.execute(&mut *self.0).await?;
        }
        Ok(())
    }
}
