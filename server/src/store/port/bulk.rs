//! Loading a great many rows at once: for a database that is being filled, not for one that serves.

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    alert::{Alert, Delivery},
    consent::Consent,
    event::Event,
    gstin::Gstin,
    id::ConsentId,
    merkle::Tile,
    otp::OtpRequest,
    security_event::SecurityEvent,
    taxpayer::Taxpayer,
    usage::{Call, UsageOfDay},
};
use async_trait::async_trait;
use uuid::Uuid;

use super::{ChainLink, KeptAttempt, KeptSince, LeafRow, SealedSignatory, SessionRow, StoreError, UsageOf};
use crate::vault::KeyedHash;

/// Rows of whole taxpayers: everything that is to be known of each, in the order in which tables refer to each other.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Taxpayers with their access windows.
    pub taxpayers: Vec<(Taxpayer, AccessWindow)>,
    /// Signatories.
    pub signatories: Vec<SealedSignatory>,
    /// OTPs asked for.
    pub otp_requests: Vec<(OtpRequest, KeyedHash)>,
    /// Consents as they are in the end.
    pub consents: Vec<Consent>,
    /// Sessions.
    pub sessions: Vec<SessionRow>,
    /// Chains of events.
    pub events: Vec<(Event, ChainLink)>,
    /// Where each chain ends; also where it has not begun.
    pub chain_heads: Vec<(Gstin, ChainLink)>,
    /// The places of events in the ledger.
    pub leaves: Vec<LeafRow>,
    /// Tiles of the ledger.
    pub tiles: Vec<Tile>,
    /// Alerts.
    pub alerts: Vec<Alert>,
    /// Deliveries; none under a lease.
    pub deliveries: Vec<Delivery>,
    /// Attempts.
    pub attempts: Vec<KeptAttempt>,
    /// What GSPs were told of ends; none under a lease.
    pub security_events: Vec<SecurityEvent>,
    /// Calls.
    pub calls: Vec<(Uuid, Call)>,
    /// What the calls come to.
    pub usage: Vec<UsageOf>,
    /// The same, by day and kind.
    pub days: Vec<(Gstin, ConsentId, UsageOfDay)>,
}

impl Batch {
    /// Rows of every kind.
    pub fn rows(&self) -> usize {
        2 * self.taxpayers.len()
            + self.signatories.len()
            + self.otp_requests.len()
            + self.consents.len()
            + self.sessions.len()
            + self.events.len()
            + self.chain_heads.len()
            + self.leaves.len()
            + self.tiles.len()
            + self.alerts.len()
            + self.deliveries.len()
            + self.attempts.len()
            + self.security_events.len()
            + self.calls.len()
            + self.usage.len()
            + self.days.len()
    }
}

/// What was put off until everything is loaded, in the engine's own words.
#[derive(Debug, Default)]
pub struct PutOff(pub(in crate::store) Vec<String>);

/// A database that can be filled fast.
#[async_trait]
pub trait Bulk: Send + Sync + 'static {
    /// Makes ready for loading a past: room for it, as far as retention would have left it by now, and what costs time
    /// with each row is put off. Since when rows have room; older ones must not be loaded.
    async fn begin_load(&self, now: Timestamp) -> Result<(KeptSince, PutOff), StoreError>;

    /// Adds a batch, all of it or nothing. Batches may be loaded side by side.
    async fn load(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Does what was put off. Only then is the database fit to serve.
    async fn finish_load(&self, put_off: PutOff) -> Result<(), StoreError>;

    /// How many batches are worth loading at once.
    fn loaders(&self) -> usize;
}
