//! OTP requests in PostgreSQL.

use app::model::{
    Timestamp,
    gstin::Gstin,
    id::{ApplicationId, OtpRequestId},
    otp::{OtpRequest, OtpState},
    throttle::RateLimit,
};
use async_trait::async_trait;
use sqlx::Row;

use super::{Unit, row};
use crate::{
    store::{
        StoreError,
        port::{ReadOtpRequests, WriteOtpRequests},
        value,
    },
    vault::KeyedHash,
};

pub(super) const PENDING: &str = "select id, otp_hash, requested_at, expires_at, tries_left, state, version
     from otp_request where gstin = $1 and application_id = $2 and state = 'pending'";

/// Adds the row or takes it as it is, and holds it either way: who counts next waits for this unit of work to end.
const HOLD_RATE_OF_TAXPAYER: &str = "insert into otp_rate_of_taxpayer (gstin, recent) values ($1, '[]')
     on conflict (gstin) do update set recent = otp_rate_of_taxpayer.recent returning recent";
const HOLD_RATE_OF_PAIR: &str = "insert into otp_rate_of_pair (gstin, application_id, recent) values ($1, $2, '[]')
     on conflict (gstin, application_id) do update set recent = otp_rate_of_pair.recent returning recent";
const HOLD_RATE_OF_APPLICATION: &str = "insert into otp_rate_of_application (application_id, recent) values ($1, '[]')
     on conflict (application_id) do update set recent = otp_rate_of_application.recent returning recent";

pub(super) fn state_name(state: OtpState) -> &'static str {
    match state {
        OtpState::Pending => "pending",
        OtpState::Used => "used",
        OtpState::Exhausted => "exhausted",
        OtpState::Superseded => "superseded",
    }
}

pub(super) fn state(name: &str) -> Result<OtpState, StoreError> {
    [OtpState::Pending, OtpState::Used, OtpState::Exhausted, OtpState::Superseded]
        .into_iter()
        .find(|state| state_name(*state) == name)
        .ok_or_else(|| StoreError::Unreadable(format!("OTP state {name:?}")))
}

pub(super) const SET_RATE_OF_TAXPAYER: &str = "update otp_rate_of_taxpayer set recent = $2 where gstin = $1";
pub(super) const SET_RATE_OF_PAIR: &str =
    "update otp_rate_of_pair set recent = $3 where gstin = $1 and application_id = $2";
pub(super) const SET_RATE_OF_APPLICATION: &str =
    "update otp_rate_of_application set recent = $2 where application_id = $1";
pub(super) const SUPERSEDE: &str = "update otp_request set state = 'superseded', version = version + 1
     where gstin = $1 and application_id = $2 and state = 'pending'";
pub(super) const UPDATE_REQUEST: &str = "update otp_request set tries_left = $1, state = $2, version = $3
     where gstin = $4 and id = $5 and version = $3 - 1";
#[async_trait]
impl ReadOtpRequests for Unit {
    async fn pending_otp_request(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
    ) -> Result<Option<(OtpRequest, KeyedHash)>, StoreError> {
        let found = sqlx::query(PENDING)
            .bind(gstin.as_str())
            .bind(application.0)
            .fetch_optional(&mut *self.transaction)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let request = OtpRequest {
            gstin,
            id: OtpRequestId(row::id(&found, "id")?),
            application,
            requested_at: row::moment(&found, "requested_at")?,
            expires_at: row::moment(&found, "expires_at")?,
            tries_left: row::small(&found, "tries_left")?,
            state: state(found.try_get("state")?)?,
            version: found.try_get("version")?,
        };
        Ok(Some((request, row::hash(&found, "otp_hash")?)))
    }
}

#[async_trait]
impl WriteOtpRequests for Unit {
    async fn admit_for_taxpayer(&mut self, gstin: Gstin, limit: RateLimit, now: Timestamp) -> Result<bool, StoreError> {
        let recent: String =
            sqlx::query_scalar(HOLD_RATE_OF_TAXPAYER).bind(gstin.as_str()).fetch_one(&mut *self.transaction).await?;
        let Some(next) = value::admit(Some(&recent), limit, now)? else { return Ok(false) };
        sqlx::query(SET_RATE_OF_TAXPAYER).bind(gstin.as_str()).bind(next).execute(&mut *self.transaction).await?;
        Ok(true)
    }

    async fn admit_for_pair(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let recent: String = sqlx::query_scalar(HOLD_RATE_OF_PAIR)
            .bind(gstin.as_str())
            .bind(application.0)
            .fetch_one(&mut *self.transaction)
            .await?;
        let Some(next) = value::admit(Some(&recent), limit, now)? else { return Ok(false) };
        sqlx::query(SET_RATE_OF_PAIR)
            .bind(gstin.as_str())
            .bind(application.0)
            .bind(next)
            .execute(&mut *self.transaction)
            .await?;
        Ok(true)
    }

    async fn admit_for_application(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let recent: String =
            sqlx::query_scalar(HOLD_RATE_OF_APPLICATION).bind(application.0).fetch_one(&mut *self.transaction).await?;
        let Some(next) = value::admit(Some(&recent), limit, now)? else { return Ok(false) };
        sqlx::query(SET_RATE_OF_APPLICATION).bind(application.0).bind(next).execute(&mut *self.transaction).await?;
        Ok(true)
    }

    async fn add_otp_request(&mut self, request: &OtpRequest, otp: KeyedHash) -> Result<(), StoreError> {
        sqlx::query(SUPERSEDE)
            .bind(request.gstin.as_str())
            .bind(request.application.0)
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query(
            "insert into otp_request
                (gstin, id, application_id, otp_hash, requested_at, expires_at, tries_left, state, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(request.gstin.as_str())
        .bind(request.id.0)
        .bind(request.application.0)
        .bind(otp.0.as_slice())
        .bind(row::micros(request.requested_at))
        .bind(row::micros(request.expires_at))
        .bind(i64::from(request.tries_left))
        .bind(state_name(request.state))
        .bind(request.version)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn update_otp_request(&mut self, request: &OtpRequest) -> Result<(), StoreError> {
        let done = sqlx::query(UPDATE_REQUEST)
            .bind(i64::from(request.tries_left))
            .bind(state_name(request.state))
            .bind(request.version)
            .bind(request.gstin.as_str())
            .bind(request.id.0)
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }
}
