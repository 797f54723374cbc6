//! Reading everything: the rows of a span of taxpayers, a table at a time in key order, streamed and never kept.

use app::model::{
    Timestamp,
    alert::{Alert, Delivery, Outcome},
    consent::Consent,
    controls::{AspRule, Controls},
    event::Event,
    gstin::Gstin,
    id::{AspId, ConsentId, ContactId, DeliveryId, SignatoryId},
    otp::OtpRequest,
    security_event::SecurityEvent,
    session::Session,
    usage::UsageTotals,
};
use async_trait::async_trait;

use super::{ChainLink, EndingRow, LeafRow, OwedLeaf, StoreError};
use crate::vault::KeyedHash;

/// Taxpayers that stand side by side in the order of their GSTINs.
///
/// A span is of texts, not of [`Gstin`]s, and the last one has no end: a row under a GSTIN that is none lies in
/// some span, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Begins after this one; empty for the first.
    pub after: String,
    /// Ends with this one.
    pub up_to: String,
}

impl Span {
    /// Sorts after every text.
    const END: &str = "\u{10ffff}";

    /// From after one taxpayer to the end.
    pub fn rest(after: String) -> Self {
        Self { after, up_to: Self::END.to_owned() }
    }
}

/// A row that holds what the model does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its table.
    pub table: &'static str,
    /// Its key, as text.
    pub key: String,
    /// What cannot be read.
    pub why: String,
}

/// A session as it lies in the store, without its key.
#[derive(Debug, Clone)]
pub struct KeptSession {
    /// The session.
    pub session: Session,
    /// The keyed hash of its token, which names the row.
    pub token: KeyedHash,
}

/// A delivery as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Whether a worker's lease stands in the row.
    pub leased: bool,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAttempt {
    /// Whose.
    pub gstin: Gstin,
    /// The delivery.
    pub delivery: DeliveryId,
    /// 1 for the first.
    pub number: u32,
    /// When it ended.
    pub at: Timestamp,
    /// Through whom.
    pub provider: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// The numbers of a consent: as kept, or as counted from its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageOf {
    /// Whose.
    pub gstin: Gstin,
    /// The consent.
    pub consent: ConsentId,
    /// The numbers.
    pub totals: UsageTotals,
}

/// What is remembered of an end, as it lies in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptEnding {
    /// Whose.
    pub gstin: Gstin,
    /// The consent.
    pub consent: ConsentId,
    /// What is remembered.
    pub ending: EndingRow,
}

/// A security event as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSecurityEvent {
    /// The event.
    pub event: SecurityEvent,
    /// Whether a worker's lease stands in the row.
    pub leased: bool,
}

/// Since when rows are kept; what is older is past its retention, and may be gone. `None` where nothing ever goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptSince {
    /// Consents, their events and totals.
    pub consents: Option<Timestamp>,
    /// Alerts, deliveries, attempts and calls.
    pub logs: Option<Timestamp>,
    /// Ends from then on have their security events; those from before an upgrade have none.
    pub security_events: Option<Timestamp>,
}

/// Takes the rows of a scan, one at a time.
pub type Sink<'a, T> = &'a mut (dyn FnMut(Result<T, BadRow>) + Send);

/// Reads of everything. Each method streams: what it holds in memory does not grow with the table.
#[async_trait]
pub trait Scan: Send {
    /// How many taxpayers there are.
    async fn taxpayers_count(&mut self) -> Result<u64, StoreError>;

    /// Since when rows are kept.
    async fn kept_since(&mut self) -> Result<KeptSince, StoreError>;

    /// The GSTINs, as they are written, after one; at most so many.
    async fn taxpayers_after(&mut self, after: &str, limit: u32) -> Result<Vec<String>, StoreError>;

    /// Signatories.
    async fn scan_signatories(&mut self, span: &Span, each: Sink<'_, (Gstin, SignatoryId)>) -> Result<(), StoreError>;

    /// Who is told beside the signatories.
    async fn scan_contacts(&mut self, span: &Span, each: Sink<'_, (Gstin, ContactId)>) -> Result<(), StoreError>;

    /// OTP requests.
    async fn scan_otp_requests(&mut self, span: &Span, each: Sink<'_, OtpRequest>) -> Result<(), StoreError>;

    /// Consents.
    async fn scan_consents(&mut self, span: &Span, each: Sink<'_, Consent>) -> Result<(), StoreError>;

    /// Sessions.
    async fn scan_sessions(&mut self, span: &Span, each: Sink<'_, KeptSession>) -> Result<(), StoreError>;

    /// Events, each taxpayer's chain in order.
    async fn scan_events(&mut self, span: &Span, each: Sink<'_, (Event, ChainLink)>) -> Result<(), StoreError>;

    /// The ends of the chains.
    async fn scan_chain_heads(&mut self, span: &Span, each: Sink<'_, (Gstin, ChainLink)>) -> Result<(), StoreError>;

    /// Places of events in the ledger, each taxpayer's in order.
    async fn scan_leaves(&mut self, span: &Span, each: Sink<'_, LeafRow>) -> Result<(), StoreError>;

    /// Leaves that wait for their places.
    async fn scan_owed_leaves(&mut self, span: &Span, each: Sink<'_, OwedLeaf>) -> Result<(), StoreError>;

    /// Alerts.
    async fn scan_alerts(&mut self, span: &Span, each: Sink<'_, Alert>) -> Result<(), StoreError>;

    /// Deliveries.
    async fn scan_deliveries(&mut self, span: &Span, each: Sink<'_, KeptDelivery>) -> Result<(), StoreError>;

    /// Attempts, each delivery's in order.
    async fn scan_attempts(&mut self, span: &Span, each: Sink<'_, KeptAttempt>) -> Result<(), StoreError>;

    /// Calls, counted by consent where they lie: a busy consent has more of them than fit in memory.
    async fn count_calls(&mut self, span: &Span, each: Sink<'_, UsageOf>) -> Result<(), StoreError>;

    /// The numbers by day and kind, added up by consent.
    async fn count_days(&mut self, span: &Span, each: Sink<'_, UsageOf>) -> Result<(), StoreError>;

    /// Decisions about ASPs that hold.
    async fn scan_asp_rules(&mut self, span: &Span, each: Sink<'_, (Gstin, AspId, AspRule)>) -> Result<(), StoreError>;

    /// Decisions about access as a whole.
    async fn scan_controls(&mut self, span: &Span, each: Sink<'_, Controls>) -> Result<(), StoreError>;

    /// The numbers that are kept of calls.
    async fn scan_usage(&mut self, span: &Span, each: Sink<'_, UsageOf>) -> Result<(), StoreError>;

    /// What is remembered of ends.
    async fn scan_endings(&mut self, span: &Span, each: Sink<'_, KeptEnding>) -> Result<(), StoreError>;

    /// Security events.
    async fn scan_security_events(&mut self, span: &Span, each: Sink<'_, KeptSecurityEvent>) -> Result<(), StoreError>;
}
