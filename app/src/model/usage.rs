//! Usage: what an ASP fetched, and what it was refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{decide::RefuseReason, gstin::Gstin, id::ConsentId};

/// Characters kept of an API's name, an action or a period; longer ones are cut, the call still counts.
pub const LABEL_CHARACTERS_MAX: usize = 40;

/// One call that was decided on a known consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Whose data.
    pub gstin: Gstin,
    /// On which consent.
    pub consent: ConsentId,
    /// When the check was answered.
    #[serde(with = "super::moment")]
    pub at: Timestamp,
    /// The API's resource, as `returns`.
    pub api: String,
    /// The action, as `RETSUM`.
    pub action: String,
    /// The return period, as `072026`, where the call named one.
    pub period: Option<String>,
    /// Why it was refused; `None` is a call that passed.
    pub refused: Option<RefuseReason>,
}

/// What a consent was used for, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageTotals {
    /// Calls that passed.
    pub passed: i64,
    /// Calls that were refused.
    pub refused: i64,
    /// The last call that passed.
    #[serde(with = "super::moment::option")]
    pub last_passed_at: Option<Timestamp>,
}
