//! The deliveries of all taxpayers together, for those who look after the alerts.

use app::model::{
    Timestamp,
    alert::{Alert, AlertKind, Channel, Delivery, DeliveryState, Outcome},
    gstin::Gstin,
    id::DeliveryId,
};
use async_trait::async_trait;

use super::StoreError;

/// States in which nothing more happens by itself, and the message is not known to be on its way: a person has to look.
pub const FAILED: [DeliveryState; 3] =
    [DeliveryState::PermanentFailure, DeliveryState::TechnicalFailure, DeliveryState::Expired];
/// States in which an attempt follows.
pub const WAITING: [DeliveryState; 3] =
    [DeliveryState::TemporaryFailure, DeliveryState::Queued, DeliveryState::Sending];
/// States after a provider took the message over.
pub const TAKEN_OVER: [DeliveryState; 2] = [DeliveryState::Accepted, DeliveryState::Delivered];

/// Which deliveries are looked for. The newest come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverySearch {
    /// Owed from this moment on: what bounds how much is read.
    pub since: Timestamp,
    /// Owed before this moment.
    pub until: Option<Timestamp>,
    /// In one of these states; in any where none is named.
    pub states: Vec<DeliveryState>,
    /// By this road.
    pub channel: Option<Channel>,
    /// Of alerts of this kind.
    pub kind: Option<AlertKind>,
    /// Of this taxpayer.
    pub gstin: Option<Gstin>,
    /// Older than this one: the last of the page before.
    pub after: Option<DeliveryId>,
    /// At most so many.
    pub limit: u32,
}

/// A delivery with the alert it carries, and the newest attempt at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDelivery {
    /// The alert.
    pub alert: Alert,
    /// One delivery of it.
    pub delivery: Delivery,
    /// The newest attempt, where there was one.
    pub last: Option<LastAttempt>,
}

/// What a provider said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAttempt {
    /// When the attempt ended.
    pub at: Timestamp,
    /// Through whom.
    pub provider: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How many deliveries of a channel are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryCount {
    /// The channel.
    pub channel: Channel,
    /// The state.
    pub state: DeliveryState,
    /// So many were seen.
    pub seen: u32,
    /// There may be more: the counting stopped at its bound.
    pub more: bool,
}

/// The oldest delivery that still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldestWaiting {
    /// When it was owed, to the millisecond.
    pub owed_at: Timestamp,
    /// There may be an older one: so many wait that not all were looked at.
    pub more: bool,
}

/// Reads over the deliveries of everybody.
#[async_trait]
pub trait ReadDeliveries: Send {
    /// Those that are looked for.
    async fn find_deliveries(&mut self, search: &DeliverySearch) -> Result<Vec<FoundDelivery>, StoreError>;

    /// How many deliveries owed in a span are in each state, a count for each channel and state. Counted are at most so many
    /// rows of those that failed, of those that wait, and of all together.
    async fn count_deliveries(
        &mut self,
        since: Timestamp,
        until: Option<Timestamp>,
        up_to: u32,
    ) -> Result<Vec<DeliveryCount>, StoreError>;

    /// The oldest delivery of a channel that waits for an attempt, whenever it was owed; looked for among at most so many.
    async fn oldest_waiting(&mut self, channel: Channel, up_to: u32) -> Result<Option<OldestWaiting>, StoreError>;
}
