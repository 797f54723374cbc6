//! Usage in PostgreSQL.

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

pub(super) const CALLS: &str = "select id, at, api, action, period, refused from call
     where gstin = $1 and consent_id = $2 and id < $3 and id >= $5
     order by id desc limit $4";

pub(super) const USAGE: &str = "select passed, refused, last_passed_at from usage where gstin = $1 and consent_id = $2";
pub(super) const DAYS: &str = "select day, return_type, sum(passed)::bigint as passed, sum(refused)::bigint as refused
     from usage_of_day where gstin = $1 and consent_id >= $2 and consent_id <= $3 and day >= $4
     group by day, return_type order by day, return_type";
pub(super) const PASSED_ON_DAY: &str = "select coalesce(sum(passed)::bigint, 0)
     from usage_of_day where gstin = $1 and consent_id = $2 and day = $3";
pub(super) const FETCHED: &str = "select api, action, period, refused, count(*) as calls, max(at) as last_at
     from (
         select api, action, period, refused, at from call
         where gstin = $1 and consent_id = $2 and id >= $4 order by id desc limit $3
     ) as newest
     group by api, action, period, refused order by last_at desc limit 200";
pub(super) const HOLD: &str = "insert into usage (gstin, consent_id, passed, refused) values ($1, $2, 0, 0)
     on conflict (gstin, consent_id) do update set passed = usage.passed";

#[async_trait]
impl ReadUsage for Unit {
    async fn usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<UsageTotals, StoreError> {
        let found =
            sqlx::query(USAGE).bind(gstin.as_str()).bind(consent.0).fetch_optional(&mut *self.transaction).await?;
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
        let found = sqlx::query(CALLS)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(id_order::below(after))
            .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
            .bind(id_order::first_id(id_order::since(consent)))
            .fetch_all(&mut *self.transaction)
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
            .bind(from)
            .bind(to)
            .bind(since)
            .fetch_all(&mut *self.transaction)
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
            .bind(consent.0)
            .bind(day)
            .fetch_one(&mut *self.transaction)
            .await?;
        // More than fit are more than any limit.
        Ok(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    async fn fetched(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<Fetched>, StoreError> {
        let found = sqlx::query(FETCHED)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(FETCHED_FROM)
            .bind(id_order::first_id(id_order::since(consent)))
            .fetch_all(&mut *self.transaction)
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

/// Calls in one statement.
const CALLS_MAX: usize = 1000;

/// Rows of one taxpayer after those of another, everywhere in the same order: two nodes never wait for each other
/// crosswise. A call that is known already adds nothing.
pub(super) const ADD_CALLS: &str = "
    with added as (
        insert into call (gstin, consent_id, id, at, api, action, period, refused)
        select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
        on conflict (gstin, id) do nothing
        returning gstin, consent_id, id, at, refused
    ), known as (
        select * from unnest($3::uuid[], $9::bigint[], $10::text[]) as known (id, day, return_type)
    ), by_day as (
        insert into usage_of_day (gstin, consent_id, day, return_type, passed, refused)
        select gstin, consent_id, day, return_type, count(*) filter (where refused is null),
               count(*) filter (where refused is not null)
        from added join known using (id)
        group by gstin, consent_id, day, return_type order by gstin, consent_id, day, return_type
        on conflict (gstin, consent_id, day, return_type) do update set
            passed = usage_of_day.passed + excluded.passed, refused = usage_of_day.refused + excluded.refused
    )
    insert into usage (gstin, consent_id, passed, refused, last_passed_at)
    select gstin, consent_id, count(*) filter (where refused is null), count(*) filter (where refused is not null),
           max(at) filter (where refused is null)
    from added group by gstin, consent_id order by gstin, consent_id
    on conflict (gstin, consent_id) do update set
        passed = usage.passed + excluded.passed,
        refused = usage.refused + excluded.refused,
        last_passed_at = greatest(usage.last_passed_at, excluded.last_passed_at)";

#[async_trait]
impl WriteUsage for Unit {
    /// Holds the row that every call on the consent counts in.
    async fn hold_usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<(), StoreError> {
        sqlx::query(HOLD).bind(gstin.as_str()).bind(consent.0).execute(&mut *self.transaction).await?;
        Ok(())
    }
    async fn add_calls(&mut self, calls: &[(Uuid, Call)]) -> Result<(), StoreError> {
        for calls in calls.chunks(CALLS_MAX) {
            let kinds = calls.iter().map(|(_, call)| row::name(call.kind())).collect::<Result<Vec<_>, _>>()?;
            let refused = calls.iter().map(|(_, call)| call.refused.map(row::name).transpose());
            sqlx::query(ADD_CALLS)
                .bind(calls.iter().map(|(_, call)| call.gstin.to_string()).collect::<Vec<_>>())
                .bind(calls.iter().map(|(_, call)| call.consent.0).collect::<Vec<_>>())
                .bind(calls.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(calls.iter().map(|(_, call)| row::micros(call.at)).collect::<Vec<_>>())
                .bind(calls.iter().map(|(_, call)| call.api.clone()).collect::<Vec<_>>())
                .bind(calls.iter().map(|(_, call)| call.action.clone()).collect::<Vec<_>>())
                .bind(calls.iter().map(|(_, call)| call.period.clone()).collect::<Vec<_>>())
                .bind(refused.collect::<Result<Vec<_>, _>>()?)
                .bind(calls.iter().map(|(_, call)| day_of(call.at)).collect::<Vec<_>>())
                .bind(kinds)
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }
}
