//! Usage in SQLite.

use app::model::{
    Timestamp,
    gstin::Gstin,
    id::ConsentId,
    page::{Cursor, ROWS_MAX},
    restriction::{day_of, start_of},
    return_type::ReturnType,
    usage::{Call, Fetched, UsageOfDay, UsageTotals},
};
use async_trait::async_trait;
use sqlx::Row;
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError, id_order,
    port::{FETCHED_FROM, ReadUsage, WriteUsage},
};

pub(super) const DAYS: &str = "select day, return_type, sum(passed) as passed, sum(refused) as refused
     from usage_of_day where gstin = ?1 and consent_id >= ?2 and consent_id <= ?3 and day >= ?4
     group by day, return_type order by day, return_type";
pub(super) const PASSED_ON_DAY: &str = "select coalesce(sum(passed), 0)
     from usage_of_day where gstin = ?1 and consent_id = ?2 and day = ?3";
const FETCHED: &str = "select api, action, period, refused, count(*) as calls, max(at) as last_at
     from (
         select api, action, period, refused, at from call
         where gstin = ?1 and consent_id = ?2 order by id desc limit ?3
     ) as newest
     group by api, action, period, refused order by last_at desc limit 200";

#[async_trait]
impl ReadUsage for Unit {
    async fn usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<UsageTotals, StoreError> {
        let found = sqlx::query("select passed, refused, last_passed_at from usage where gstin = ? and consent_id = ?")
            .bind(gstin.as_str())
            .bind(consent.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        let Some(found) = found else { return Ok(UsageTotals::default()) };
        Ok(UsageTotals {
            passed: found.try_get("passed")?,
            refused: found.try_get("refused")?,
            last_passed_at: row::maybe_moment(&found, "last_passed_at")?,
        })
    }

    async fn calls(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        after: Option<Cursor>,
    ) -> Result<Vec<(Uuid, Call)>, StoreError> {
        let found = sqlx::query(
            "select id, at, api, action, period, refused from call
             where gstin = ? and consent_id = ? and id < ?
             order by id desc limit ?",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .bind(id_order::below(after).as_bytes().to_vec())
        .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
        .fetch_all(&mut *self.0)
        .await?;
        found
            .iter()
            .map(|found| {
                let refused = match found.try_get::<Option<&str>, _>("refused")? {
                    Some(_) => Some(row::word(found, "refused")?),
                    None => None,
                };
                let call = Call {
                    gstin,
                    consent,
                    at: row::moment(found, "at")?,
                    api: found.try_get("api")?,
                    action: found.try_get("action")?,
                    period: found.try_get("period")?,
                    refused,
                };
                Ok((row::id(found, "id")?, call))
            })
            .collect()
    }

    async fn usage_of_days(
        &mut self,
        gstin: Gstin,
        consent: Option<ConsentId>,
        since: i64,
    ) -> Result<Vec<UsageOfDay>, StoreError> {
        let (from, to) = match consent {
            Some(consent) => (consent.0, consent.0),
            None => (id_order::oldest_live(start_of(since).unwrap_or(Timestamp::UNIX_EPOCH)), Uuid::max()),
        };
        let found = sqlx::query(DAYS)
            .bind(gstin.as_str())
            .bind(from.as_bytes().to_vec())
            .bind(to.as_bytes().to_vec())
            .bind(since)
            .fetch_all(&mut *self.0)
            .await?;
        found
            .iter()
            .map(|found| {
                Ok(UsageOfDay {
                    day: found.try_get("day")?,
                    returns: row::word(found, "return_type")?,
                    passed: found.try_get("passed")?,
                    refused: found.try_get("refused")?,
                })
            })
            .collect()
    }

    async fn passed_on_day(&mut self, gstin: Gstin, consent: ConsentId, day: i64) -> Result<u32, StoreError> {
        let passed: i64 = sqlx::query_scalar(PASSED_ON_DAY)
            .bind(gstin.as_str())
            .bind(consent.0.as_bytes().as_slice())
            .bind(day)
            .fetch_one(&mut *self.0)
            .await?;
        // More than fit are more than any limit.
        Ok(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    async fn fetched(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<Fetched>, StoreError> {
        let found = sqlx::query(FETCHED)
            .bind(gstin.as_str())
            .bind(consent.0.as_bytes().as_slice())
            .bind(FETCHED_FROM)
            .fetch_all(&mut *self.0)
            .await?;
        found
            .iter()
            .map(|found| {
                let refused = match found.try_get::<Option<&str>, _>("refused")? {
                    Some(_) => Some(row::word(found, "refused")?),
                    None => None,
                };
                let (api, action): (String, String) = (found.try_get("api")?, found.try_get("action")?);
                Ok(Fetched {
                    returns: ReturnType::of(&api, &action),
                    api,
                    action,
                    period: found.try_get("period")?,
                    refused,
                    calls: found.try_get("calls")?,
                    last_at: row::moment(found, "last_at")?,
                })
            })
            .collect()
    }
}

#[async_trait]
impl WriteUsage for Unit {
    /// There is one writer: nobody else counts at all.
    async fn hold_usage(&mut self, _gstin: Gstin, _consent: ConsentId) -> Result<(), StoreError> {
        Ok(())
    }
    async fn add_calls(&mut self, calls: &[(Uuid, Call)]) -> Result<(), StoreError> {
        for (id, call) in calls {
            self.add_call(*id, call).await?;
        }
        Ok(())
    }
}

impl Unit {
    async fn add_call(&mut self, id: Uuid, call: &Call) -> Result<(), StoreError> {
        let added = sqlx::query(
            "insert into call (gstin, consent_id, id, at, api, action, period, refused) values (?, ?, ?, ?, ?, ?, ?, ?)
             on conflict (gstin, id) do nothing",
        )
        .bind(call.gstin.as_str())
        .bind(call.consent.0.as_bytes().as_slice())
        .bind(id.as_bytes().as_slice())
        .bind(row::micros(call.at))
        .bind(&call.api)
        .bind(&call.action)
        .bind(&call.period)
        .bind(call.refused.map(row::name).transpose()?)
        .execute(&mut *self.0)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(());
        }
        let passed = call.refused.is_none();
        sqlx::query(
            "insert into usage_of_day (gstin, consent_id, day, return_type, passed, refused)
             values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (gstin, consent_id, day, return_type) do update set
                passed = usage_of_day.passed + excluded.passed, refused = usage_of_day.refused + excluded.refused",
        )
        .bind(call.gstin.as_str())
        .bind(call.consent.0.as_bytes().as_slice())
        .bind(day_of(call.at))
        .bind(row::name(call.kind())?)
        .bind(i64::from(passed))
        .bind(i64::from(!passed))
        .execute(&mut *self.0)
        .await?;
        sqlx::query(
            "insert into usage (gstin, consent_id, passed, refused, last_passed_at) values (?, ?, ?, ?, ?)
             on conflict (gstin, consent_id) do update set
                passed = usage.passed + excluded.passed,
                refused = usage.refused + excluded.refused,
                last_passed_at = max(coalesce(usage.last_passed_at, excluded.last_passed_at),
                                     coalesce(excluded.last_passed_at, usage.last_passed_at))",
        )
        .bind(call.gstin.as_str())
        .bind(call.consent.0.as_bytes().as_slice())
        .bind(i64::from(passed))
        .bind(i64::from(!passed))
        .bind(passed.then_some(row::micros(call.at)))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
