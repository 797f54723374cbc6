//! What a taxpayer holds in hand after ending a consent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::consent::{Consent, Ending};

/// The receipt of an end. It can be shown again at any time and says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingReceipt {
    /// The consent that ended.
    pub consent: Consent,
    /// The end was committed then, by whom and why.
    pub ending: Ending,
    /// The last call that passed on this consent, if any ever did.
    #[serde(with = "crate::model::moment::option")]
    pub last_passed_at: Option<Timestamp>,
    /// From then on every server refuses: each has said that it does, or has lost the right to answer.
    #[serde(with = "crate::model::moment")]
    pub effective_at: Timestamp,
}

impl EndingReceipt {
    /// The receipt of an ended consent; `None` where it has not been ended.
    pub fn of(consent: Consent, effective_at: Timestamp, last_passed_at: Option<Timestamp>) -> Option<Self> {
        let ending = consent.ended?;
        Some(Self { consent, ending, last_passed_at, effective_at })
    }
}
