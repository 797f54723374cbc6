//! OTP requests. The OTP itself is known only as a keyed hash.

use app::model::{Timestamp, gstin::Gstin, id::ApplicationId, otp::OtpRequest};
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

    /// Requests for a taxpayer since a moment.
    async fn otp_requests_of_taxpayer(&mut self, gstin: Gstin, since: Timestamp) -> Result<u32, StoreError>;

    /// Requests by an application since a moment.
    async fn otp_requests_of_application(
        &mut self,
        application: ApplicationId,
        since: Timestamp,
    ) -> Result<u32, StoreError>;
}

/// Writes of OTP requests.
#[async_trait]
pub trait WriteOtpRequests: Send {
    /// Adds a request; a pending one of the same pair is superseded by it.
    async fn add_otp_request(&mut self, request: &OtpRequest, otp: KeyedHash) -> Result<(), StoreError>;

    /// Changes a request that is still at the version before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is not.
    async fn update_otp_request(&mut self, request: &OtpRequest) -> Result<(), StoreError>;
}
