//! Notices: what an officer has to look at, because a machine could not set it right.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::gstin::Gstin;

/// Why an officer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A delivery is not accepted though its deadline has passed; the other channel was tried at once.
    DeliveryLate,
    /// A delivery failed for good.
    DeliveryFailed,
    /// The provider took a delivery over and reports about what it takes, but none came about this one in time.
    NoReport,
}

/// What an officer has to look at. There is one a kind and subject, however often it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerNotice {
    /// Whose.
    pub gstin: Gstin,
    /// Ours.
    pub id: Uuid,
    /// Why.
    pub kind: NoticeKind,
    /// The row that it is about: a delivery's id, say.
    pub about: Uuid,
    /// Since when.
    pub at: Timestamp,
    /// What was seen, as JSON; carries no contact data.
    pub detail: String,
    /// By whom it was dealt with, and when.
    pub handled: Option<(Timestamp, String)>,
}
