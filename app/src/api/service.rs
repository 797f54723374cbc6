//! The one port of the screen, and how a server function finds it.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{
    error::ServiceError,
    views::{AccessList, AlertRow, AlertsPage, ConsentPage, Me},
};
use crate::model::{
    alert::{AlertKind, Channel},
    contact::{Email, Mobile},
    gstin::Gstin,
    id::{ConsentId, ContactId},
    language::Language,
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

    /// Ends a consent and gives the receipt. Safe to repeat: an ended consent gives its receipt again.
    async fn revoke(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError>;

    /// The receipt of a consent that was ended; [`ServiceError::NotFound`] for one that was not.
    async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError>;

    /// What the person decided about their own alerts.
    async fn alerts(&self, gstin: Gstin) -> Result<AlertsPage, ServiceError>;

    /// Decides it. [`ServiceError::Conflict`] where it was decided otherwise since that version.
    async fn choose_alerts(&self, gstin: Gstin, choice: ChosenAlerts) -> Result<(), ServiceError>;

    /// Names a second contact and sends it its codes; [`ServiceError::Conflict`] where there are too many.
    async fn name_contact(&self, gstin: Gstin, contact: NamedContact) -> Result<(), ServiceError>;

    /// Answers a second contact's codes. A wrong answer is no error: the page shows the tries that are left.
    async fn confirm_contact(
        &self,
        gstin: Gstin,
        id: ContactId,
        email_code: String,
        mobile_code: String,
    ) -> Result<(), ServiceError>;

    /// Removes a second contact. Safe to repeat.
    async fn remove_contact(&self, gstin: Gstin, id: ContactId) -> Result<(), ServiceError>;

    /// Sends the person a test by each road; again within a minute it is the same one.
    async fn send_test(&self, gstin: Gstin) -> Result<(), ServiceError>;

    /// The newest test of the last day, and how its deliveries fare.
    async fn test_alert(&self, gstin: Gstin) -> Result<Option<AlertRow>, ServiceError>;

    /// Ends the portal session.
    async fn sign_out(&self) -> Result<(), ServiceError>;
}

/// What a person decides about their alerts.
#[derive(Debug, Clone)]
pub struct ChosenAlerts {
    /// The language.
    pub language: Language,
    /// The optional ones that are wanted, and by which road.
    pub wanted: BTreeSet<(AlertKind, Channel)>,
    /// The version that the decision was made on.
    pub version: i64,
}

/// Whom a person names as a second contact.
#[derive(Debug, Clone)]
pub struct NamedContact {
    /// The name.
    pub name: String,
    /// The address.
    pub email: Email,
    /// The number.
    pub mobile: Mobile,
    /// The language of alerts.
    pub language: Language,
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
