//! The one port of the screen, and how a server function finds it.

use async_trait::async_trait;

use super::{
    error::ServiceError,
    views::{AccessList, ConsentPage, Me},
};
use crate::model::{
    gstin::Gstin,
    id::ConsentId,
    page::{Cursor, Page},
    receipt::EndingReceipt,
    usage::Call,
};

/// Everything a signed-in person can see and do. Bound to that person: another taxpayer's GSTIN or consent
/// answers [`ServiceError::NotFound`], exactly like one that does not exist.
#[async_trait]
pub trait AccessService: Send + Sync {
    /// Who is signed in, and for which taxpayers.
    async fn me(&self) -> Result<Me, ServiceError>;

    /// Live consents of a taxpayer, the newest first.
    async fn access_now(&self, gstin: Gstin, after: Option<Cursor>) -> Result<AccessList, ServiceError>;

    /// Consents that ended or expired, the newest grant first.
    async fn history(&self, gstin: Gstin, after: Option<Cursor>) -> Result<AccessList, ServiceError>;

    /// One consent: its events, its alerts and what became of each, its first page of calls.
    async fn consent(&self, gstin: Gstin, id: ConsentId) -> Result<ConsentPage, ServiceError>;

    /// Further calls of a consent, the newest first.
    async fn calls(&self, gstin: Gstin, id: ConsentId, after: Option<Cursor>) -> Result<Page<Call>, ServiceError>;

    /// Ends a consent. Safe to repeat. That nothing passes any more is true when this answers; since when it is, the
    /// receipt says.
    async fn revoke(&self, gstin: Gstin, id: ConsentId) -> Result<(), ServiceError>;

    /// The receipt of a consent that was ended; [`ServiceError::NotFound`] for one that was not.
    async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError>;

    /// Ends the portal session.
    async fn sign_out(&self) -> Result<(), ServiceError>;
}

/// What the server puts into the context of a request whose cookie names a live portal session.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct SignedIn(pub std::sync::Arc<dyn AccessService>);

/// The service of the person who signed in.
///
/// # Errors
/// [`ServiceError::NotSignedIn`] where nobody did.
#[cfg(feature = "ssr")]
pub fn service() -> Result<std::sync::Arc<dyn AccessService>, ServiceError> {
    leptos::prelude::use_context::<SignedIn>().map(|signed_in| signed_in.0).ok_or(ServiceError::NotSignedIn)
}
