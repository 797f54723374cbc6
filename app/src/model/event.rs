//! What happened to a consent: append-only facts, each by someone, each of one consent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    gstin::Gstin,
    id::{ApplicationId, ConsentId, SignatoryId},
};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// The ASP, over the GST wire.
    Application(ApplicationId),
    /// A signatory, at the screen.
    Signatory(SignatoryId),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum Deed {
    /// An OTP was verified: the consent began.
    Granted {
        /// The end of its window.
        #[serde(with = "super::moment")]
        valid_until: Timestamp,
    },
    /// The ASP made the next session of the same consent.
    Refreshed {
        /// The end of that session.
        #[serde(with = "super::moment")]
        session_expires_at: Timestamp,
    },
    /// The taxpayer ended it.
    Revoked,
    /// The ASP gave it back.
    LoggedOut,
    /// A newer consent for the same application took its place.
    Replaced {
        /// The newer one.
        by: ConsentId,
    },
}

impl Deed {
    /// The stable name of the deed, as the store and the API spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Granted { .. } => "granted",
            Self::Refreshed { .. } => "refreshed",
            Self::Revoked => "revoked",
            Self::LoggedOut => "logged_out",
            Self::Replaced { .. } => "replaced",
        }
    }
}

/// One fact. Its consent's state before it follows from the facts before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Whose consent.
    pub gstin: Gstin,
    /// The consent.
    pub consent: ConsentId,
    /// The consent's version after this event: 1 for the grant, then one more each time.
    pub version: i64,
    /// When it was committed.
    #[serde(with = "super::moment")]
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub deed: Deed,
}
