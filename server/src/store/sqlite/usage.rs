//! Usage in SQLite.

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
}

#[async_trait]
impl WriteUsage for Unit {
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
