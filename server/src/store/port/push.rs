//! What GSPs are told of ends: by which road each of them, and how each security event fares.

use app::model::{
    Timestamp,
    gstin::Gstin,
    id::{ApplicationId, ConsentId, GspId},
    security_event::{SecurityEvent, SecurityEventState},
};
use async_trait::async_trait;
use uuid::Uuid;

use super::{DueBy, StoreError};
use crate::vault::KeyedHash;

/// By which road a GSP is told.
#[derive(Debug, Clone)]
pub enum PushRoad {
    /// It is called (RFC 8935).
    Push(PushTarget),
    /// It fetches (RFC 8936), showing the secret that has this keyed hash.
    Poll(KeyedHash),
}

/// Where a GSP is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// The address, checked when it was set and again at each call.
    pub url: String,
    /// The value of the `Authorization` header, sealed.
    pub authorization_sealed: Option<Vec<u8>>,
}

/// An end of which a GSP is owed a security event, or would be if it wanted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedSecurityEvent {
    /// Whose consent.
    pub gstin: Gstin,
    /// The consent.
    pub consent: ConsentId,
    /// The application that it was given to: its GSP is told.
    pub application: ApplicationId,
    /// When it ended.
    pub at: Timestamp,
    /// Not told before.
    pub due_at: Timestamp,
}

/// What became of a security event.
#[derive(Debug, Clone)]
pub struct SettledSecurityEvent {
    /// The lease that it was given under.
    pub lease: Uuid,
    /// The event after the attempt.
    pub after: SecurityEvent,
    /// How the attempt ended, as JSON.
    pub outcome: String,
}

/// Reads of what GSPs are told.
#[async_trait]
pub trait ReadPush: Send {
    /// By which road a GSP is told; `None` where it is not.
    async fn push_road(&mut self, gsp: GspId) -> Result<Option<PushRoad>, StoreError>;

    /// The GSP that fetches with the secret of this keyed hash, and that hash as it is kept.
    async fn gsp_by_poll_secret(&mut self, secret: KeyedHash) -> Result<Option<(GspId, KeyedHash)>, StoreError>;

    /// The GSPs that fetch. All GSPs together are some sixty.
    async fn gsps_that_fetch(&mut self) -> Result<Vec<GspId>, StoreError>;

    /// The GSPs that are called and are owed something that is due.
    async fn push_targets_due(&mut self, now: Timestamp) -> Result<Vec<(GspId, PushTarget)>, StoreError>;

    /// A consent's security event.
    async fn security_event(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<SecurityEvent>, StoreError>;

    /// What a GSP may fetch, the oldest first, at most so many.
    async fn security_events_due(
        &mut self,
        gsp: GspId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError>;
}

/// Writes of what GSPs are told.
#[async_trait]
pub trait WritePush: Send {
    /// Sets by which road a GSP is told; with `None`, it is told no more, and what it was owed is not wanted.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another GSP fetches with this secret.
    async fn put_push_road(&mut self, gsp: GspId, road: Option<&PushRoad>) -> Result<(), StoreError>;

    /// Owes the GSP of an application a security event, in the unit of work that ends the consent. Where it has no road,
    /// the row says so, and it is told nothing.
    async fn owe_security_event(&mut self, owed: &OwedSecurityEvent) -> Result<(), StoreError>;

    /// The end holds everywhere: it may be told now.
    async fn hurry_security_event(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Leases what a GSP is owed and is due, the oldest first, as [`super::WriteAlerts::lease_deliveries`] does.
    async fn lease_security_events(
        &mut self,
        worker: &str,
        lease: Uuid,
        gsp: GspId,
        due: DueBy,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError>;

    /// Writes what became of a leased event; whether its lease was still held.
    async fn settle_security_event(&mut self, settled: &SettledSecurityEvent) -> Result<bool, StoreError>;

    /// A GSP says what became of events that it fetched. Those of others, and those at their end, are passed over; how many
    /// were its own.
    async fn settle_fetched(
        &mut self,
        gsp: GspId,
        consents: &[ConsentId],
        state: SecurityEventState,
        outcome: &str,
    ) -> Result<u64, StoreError>;

    /// Gives up what a GSP was owed before a moment and has not got, at most so many; how many they were.
    async fn give_up_security_events(
        &mut self,
        gsp: GspId,
        due_before: Timestamp,
        outcome: &str,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Gives every lease of a worker back.
    async fn release_security_events(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError>;
}
