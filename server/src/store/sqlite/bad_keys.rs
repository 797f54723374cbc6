//! App keys that did not open, in SQLite.

use app::model::{Timestamp, id::ApplicationId, throttle::RateLimit};
use async_trait::async_trait;

use super::Unit;
use crate::store::{
    StoreError,
    port::{ReadBadKeys, WriteBadKeys},
    value,
};

const BAD_KEYS: &str = "select recent from bad_key_rate_of_application where application_id = ?1";
/// Adds the row or takes it as it is.
const HOLD: &str = "insert into bad_key_rate_of_application (application_id, recent) values (?1, '[]')
     on conflict (application_id) do update set recent = bad_key_rate_of_application.recent returning recent";
const COUNT_BAD_KEY: &str = "update bad_key_rate_of_application set recent = ?2 where application_id = ?1";

#[async_trait]
impl ReadBadKeys for Unit {
    async fn may_show_keys(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let asked = sqlx::query_scalar(BAD_KEYS).bind(application.0.as_bytes().as_slice());
        let recent: Option<String> = asked.fetch_optional(&mut *self.0).await?;
        Ok(value::admit(recent.as_deref(), limit, now)?.is_some())
    }
}

#[async_trait]
impl WriteBadKeys for Unit {
    async fn count_bad_key(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let held = sqlx::query_scalar(HOLD).bind(application.0.as_bytes().as_slice());
        let recent: String = held.fetch_one(&mut *self.0).await?;
        if let Some(next) = value::admit(Some(&recent), limit, now)? {
            sqlx::query(COUNT_BAD_KEY)
                .bind(application.0.as_bytes().as_slice())
                .bind(next)
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }
}
