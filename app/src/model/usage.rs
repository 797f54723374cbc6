//! Usage: what an ASP fetched, and what it was refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{decide::RefuseReason, gstin::Gstin, id::ConsentId, return_type::ReturnType};

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

impl Call {
    /// Which kind of data it asked for.
    pub fn kind(&self) -> ReturnType {
        ReturnType::of(&self.api, &self.action)
    }
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

/// What was fetched on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageOfDay {
    /// The day in India, as [`super::restriction::day_of`] counts.
    pub day: i64,
    /// Which kind of data.
    pub returns: ReturnType,
    /// Calls that passed.
    pub passed: i64,
    /// Calls that were refused.
    pub refused: i64,
}

/// What was fetched, or refused, again and again: calls of one address, period and outcome, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Which kind of data.
    pub returns: ReturnType,
    /// The API's resource.
    pub api: String,
    /// The action.
    pub action: String,
    /// The return period, where the calls named one.
    pub period: Option<String>,
    /// Why they were refused; `None` where they passed.
    pub refused: Option<RefuseReason>,
    /// How many.
    pub calls: i64,
    /// The newest of them.
    #[serde(with = "super::moment")]
    pub last_at: Timestamp,
}
