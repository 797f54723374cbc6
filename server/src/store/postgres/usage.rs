//! Usage in PostgreSQL.

use app::model::{
    gstin::Gstin,
    id::ConsentId,
    page::{Cursor, ROWS_MAX},
    usage::{Call, UsageTotals},
};
use async_trait::async_trait;
use sqlx::Row;
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError, id_order,
    port::{ReadUsage, WriteUsage},
};

pub(super) const CALLS: &str = "select id, at, api, action, period, refused from call
     where gstin = $1 and consent_id = $2 and id < $3 and id >= $5
     order by id desc limit $4";

pub(super) const USAGE: &str = "select passed, refused, last_passed_at from usage where gstin = $1 and consent_id = $2";
#[async_trait]
impl ReadUsage for Unit {
    async fn usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<UsageTotals, StoreError> {
        let found =
            sqlx::query(USAGE)
                .bind(gstin.as_str())
                .bind(consent.0)
                .fetch_optional(&mut *self.transaction)
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
        returning gstin, consent_id, at, refused
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
    async fn add_calls(&mut self, calls: &[(Uuid, Call)]) -> Result<(), StoreError> {
        for calls in calls.chunks(CALLS_MAX) {
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
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }
}
