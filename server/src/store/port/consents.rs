//! Consents, their sessions and their events.

use app::model::{
    Timestamp,
    consent::Consent,
    event::Event,
    gstin::Gstin,
    id::{ApplicationId, AspId, ConsentId},
    merkle::Salt,
    page::Cursor,
    registry::{Application, Standing},
    session::Session,
    usage::UsageTotals,
};
use async_trait::async_trait;

use super::StoreError;
use crate::vault::KeyedHash;

/// A consent with the names and numbers that a list shows.
#[derive(Debug, Clone)]
pub struct ListedConsent {
    /// The consent.
    pub consent: Consent,
    /// The ASP.
    pub asp_id: AspId,
    /// The ASP's name.
    pub asp: String,
    /// The GSP's name.
    pub gsp: String,
    /// What it was used for.
    pub usage: UsageTotals,
    /// Suspended where the application, its ASP or its GSP is.
    pub standing: Standing,
}

/// A session as it lies in the store.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session.
    pub session: Session,
    /// The keyed hash of its token.
    pub token: KeyedHash,
    /// The session key (`sek`), sealed.
    pub key_sealed: Vec<u8>,
}

/// A place in a taxpayer's chain of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainLink {
    /// 1 for the taxpayer's first event.
    pub seq: i64,
    /// Covers the event and the hash before it.
    pub hash: [u8; 32],
}

/// Reads of consents.
#[async_trait]
pub trait ReadConsents: Send {
    /// A consent of this taxpayer; another taxpayer's is `None` like one that does not exist.
    async fn consent(&mut self, gstin: Gstin, id: ConsentId) -> Result<Option<Consent>, StoreError>;

    /// These consents, in any order; those that are not there are left out.
    async fn consents_of(&mut self, ids: &[(Gstin, ConsentId)]) -> Result<Vec<Consent>, StoreError>;

    /// The same, with names and numbers.
    async fn listed_consent(&mut self, gstin: Gstin, id: ConsentId) -> Result<Option<ListedConsent>, StoreError>;

    /// Consents of an application that are neither ended nor expired.
    async fn live_consents_of_application(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<Consent>, StoreError>;

    /// How many live sessions a taxpayer has through an application's GSP, those of the application itself left out; no
    /// more than `most` are counted.
    async fn live_sessions_beside(
        &mut self,
        gstin: Gstin,
        application: &Application,
        now: Timestamp,
        most: u32,
    ) -> Result<i64, StoreError>;

    /// Up to a page and one row of live (or of past) consents after a cursor, the newest grant first (that is: the
    /// greatest id).
    async fn list_consents(
        &mut self,
        gstin: Gstin,
        live: bool,
        now: Timestamp,
        after: Option<Cursor>,
    ) -> Result<Vec<ListedConsent>, StoreError>;

    /// The session whose token has this keyed hash.
    async fn session(&mut self, token: KeyedHash) -> Result<Option<SessionRow>, StoreError>;

    /// The events of a consent, the oldest first, at most two hundred.
    async fn events(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<Event>, StoreError>;

    /// The last link of a taxpayer's chain.
    async fn chain_head(&mut self, gstin: Gstin) -> Result<Option<ChainLink>, StoreError>;

    /// A taxpayer's chain after a place, in order, at most a thousand links.
    async fn chain(&mut self, gstin: Gstin, after_seq: i64) -> Result<Vec<(Event, ChainLink)>, StoreError>;
}

/// Writes of consents.
#[async_trait]
pub trait WriteConsents: Send {
    /// Adds a consent.
    async fn add_consent(&mut self, consent: &Consent) -> Result<(), StoreError>;

    /// Changes a consent that is still at the version before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is not.
    async fn update_consent(&mut self, consent: &Consent) -> Result<(), StoreError>;

    /// Adds a session.
    async fn add_session(&mut self, row: &SessionRow) -> Result<(), StoreError>;

    /// Closes the open sessions of a consent.
    async fn close_sessions(&mut self, gstin: Gstin, consent: ConsentId, at: Timestamp) -> Result<(), StoreError>;

    /// Appends an event at its place in the chain, and its leaf to those that are owed to the ledger, under this salt;
    /// without one it gets no leaf.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the chain does not end right before that place.
    async fn append_event(&mut self, event: &Event, link: &ChainLink, salt: Option<Salt>) -> Result<(), StoreError>;
}
