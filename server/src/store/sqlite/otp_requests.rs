//! OTP requests in SQLite.

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

#[async_trait]
impl ReadOtpRequests for Unit {
    async fn pending_otp_request(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
    ) -> Result<Option<(OtpRequest, KeyedHash)>, StoreError> {
        let found = sqlx::query(
            "select id, otp_hash, requested_at, expires_at, tries_left, state, version
             from otp_request where gstin = ? and application_id = ? and state = 'pending'",
        )
        .bind(gstin.as_str())
        .bind(application.0.as_bytes().as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let request = OtpRequest {
            gstin,
            id: OtpRequestId(row::id(&found, "id")?),
            application,
            requested_at: row::moment(&found, "requested_at")?,
            expires_at: row::moment(&found, "expires_at")?,
            tries_left: found.try_get("tries_left")?,
            state: state(found.try_get("state")?)?,
            version: found.try_get("version")?,
        };
        Ok(Some((request, row::hash(&found, "otp_hash")?)))
    }
}

#[async_trait]
impl WriteOtpRequests for Unit {
    async fn admit_for_taxpayer(&mut self, gstin: Gstin, limit: RateLimit, now: Timestamp) -> Result<bool, StoreError> {
        let recent: Option<String> = sqlx::query_scalar("select recent from otp_rate_of_taxpayer where gstin = ?")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        let Some(next) = value::admit(recent.as_deref(), limit, now)? else { return Ok(false) };
        sqlx::query(
            "insert into otp_rate_of_taxpayer (gstin, recent) values (?, ?)
             on conflict (gstin) do update set recent = excluded.recent",
        )
        .bind(gstin.as_str())
        .bind(next)
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }

    async fn admit_for_pair(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let recent: Option<String> =
            sqlx::query_scalar("select recent from otp_rate_of_pair where gstin = ? and application_id = ?")
                .bind(gstin.as_str())
                .bind(application.0.as_bytes().as_slice())
                .fetch_optional(&mut *self.0)
                .await?;
        let Some(next) = value::admit(recent.as_deref(), limit, now)? else { return Ok(false) };
        sqlx::query(
            "insert into otp_rate_of_pair (gstin, application_id, recent) values (?, ?, ?)
             on conflict (gstin, application_id) do update set recent = excluded.recent",
        )
        .bind(gstin.as_str())
        .bind(application.0.as_bytes().as_slice())
        .bind(next)
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }

    async fn admit_for_application(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let recent: Option<String> =
            sqlx::query_scalar("select recent from otp_rate_of_application where application_id = ?")
                .bind(application.0.as_bytes().as_slice())
                .fetch_optional(&mut *self.0)
                .await?;
        let Some(next) = value::admit(recent.as_deref(), limit, now)? else { return Ok(false) };
        sqlx::query(
            "insert into otp_rate_of_application (application_id, recent) values (?, ?)
             on conflict (application_id) do update set recent = excluded.recent",
        )
        .bind(application.0.as_bytes().as_slice())
        .bind(next)
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }

    async fn add_otp_request(&mut self, request: &OtpRequest, otp: KeyedHash) -> Result<(), StoreError> {
        sqlx::query(
            "update otp_request set state = 'superseded', version = version + 1
             where gstin = ? and application_id = ? and state = 'pending'",
        )
        .bind(request.gstin.as_str())
        .bind(request.application.0.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        sqlx::query(
            "insert into otp_request
                (gstin, id, application_id, otp_hash, requested_at, expires_at, tries_left, state, version)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(request.gstin.as_str())
        .bind(request.id.0.as_bytes().as_slice())
        .bind(request.application.0.as_bytes().as_slice())
        .bind(otp.0.as_slice())
        .bind(row::micros(request.requested_at))
        .bind(row::micros(request.expires_at))
        .bind(request.tries_left)
        .bind(state_name(request.state))
        .bind(request.version)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn update_otp_request(&mut self, request: &OtpRequest) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update otp_request set tries_left = ?1, state = ?2, version = ?3
             where gstin = ?4 and id = ?5 and version = ?3 - 1",
        )
        .bind(request.tries_left)
        .bind(state_name(request.state))
        .bind(request.version)
        .bind(request.gstin.as_str())
        .bind(request.id.0.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())
    }
}
