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

#[async_trait]
impl ReadUsage for Unit {
    async fn usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<UsageTotals, StoreError> {
        let found =
            sqlx::query("select passed, refused, last_passed_at from usage where gstin = $1 and consent_id = $2")
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

#[async_trait]
impl WriteUsage for Unit {
    async fn add_call(&mut self, id: Uuid, call: &Call) -> Result<(), StoreError> {
        sqlx::query(
            "insert into call (gstin, consent_id, id, at, api, action, period, refused) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(call.gstin.as_str())
        .bind(call.consent.0)
        .bind(id)
        .bind(row::micros(call.at))
        .bind(&call.api)
        .bind(&call.action)
        .bind(&call.period)
        .bind(call.refused.map(row::name).transpose()?)
        .execute(&mut *self.transaction)
        .await?;
        let passed = call.refused.is_none();
        sqlx::query(
            "insert into usage (gstin, consent_id, passed, refused, last_passed_at) values ($1, $2, $3, $4, $5)
             on conflict (gstin, consent_id) do update set
                passed = usage.passed + excluded.passed,
                refused = usage.refused + excluded.refused,
                last_passed_at = greatest(usage.last_passed_at, excluded.last_passed_at)",
        )
        .bind(call.gstin.as_str())
        .bind(call.consent.0)
        .bind(i64::from(passed))
        .bind(i64::from(!passed))
        .bind(passed.then_some(row::micros(call.at)))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
