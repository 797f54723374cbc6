//! What numbers named, in SQLite.

use app::model::{
    Timestamp,
    throttle::{RateLimit, Throttle},
};
use async_trait::async_trait;

use super::{Unit, row};
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
        let Some(recent) = asked.fetch_optional(&mut *self.0).await? else { return Ok(true) };
        let recent: String = recent;
        let wrong: Throttle = value::json(&recent, "recent")?;
        Ok(wrong.admit(&limit, now).is_some())
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
        let wrong: Throttle = value::json(&recent, "recent")?;
        if let Some(next) = wrong.admit(&limit, now) {
            let count = sqlx::query(COUNT_WRONG_CODE).bind(number.0.as_slice()).bind(row::to_json(&next)?);
            count.execute(&mut *self.0).await?;
        }
        Ok(())
    }
}
