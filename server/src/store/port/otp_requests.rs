//! OTP requests. The OTP itself is known only as a keyed hash.

use app::model::{Timestamp, gstin::Gstin, id::ApplicationId, otp::OtpRequest, throttle::RateLimit};
use async_trait::async_trait;

use super::StoreError;
use crate::vault::KeyedHash;

/// Reads of OTP requests.
#[async_trait]
pub trait ReadOtpRequests: Send {
    /// The one request of an application for a taxpayer that can still be answered.
    async fn pending_otp_request(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
    ) -> Result<Option<(OtpRequest, KeyedHash)>, StoreError>;
}

/// Writes of OTP requests.
#[async_trait]
pub trait WriteOtpRequests: Send {
    /// Counts one more request for a taxpayer; `false` where it would be one too many, and is not counted. Nobody else
    /// counts for the same taxpayer until the unit of work ends.
    async fn admit_for_taxpayer(&mut self, gstin: Gstin, limit: RateLimit, now: Timestamp) -> Result<bool, StoreError>;

    /// Counts one more request by an application for a taxpayer, likewise.
    async fn admit_for_pair(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Counts one more request by an application, likewise.
    async fn admit_for_application(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Adds a request; a pending one of the same pair is superseded by it.
    async fn add_otp_request(&mut self, request: &OtpRequest, otp: KeyedHash) -> Result<(), StoreError>;

    /// Changes a request that is still at the version before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is not.
    async fn update_otp_request(&mut self, request: &OtpRequest) -> Result<(), StoreError>;
}
