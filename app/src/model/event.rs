//! What happened: append-only facts about a consent, or about all of a taxpayer's access, each by someone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    gstin::Gstin,
    id::{ApplicationId, AspId, ConsentId, SignatoryId},
    restriction::Restriction,
};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// The ASP, over the GST wire.
    Application(ApplicationId),
    /// A signatory, at the screen.
    Signatory(SignatoryId),
    /// A signatory, by an SMS from the registered mobile.
    SignatoryBySms(SignatoryId),
    /// An accountant whom the portal lets act for the taxpayer, at the screen.
    Accountant(SignatoryId),
    /// A rule that the taxpayer set beforehand: nobody had to be there.
    OwnRule,
    /// An officer of GSTN, at the desk.
    Officer(SignatoryId),
}

impl From<SignatoryId> for Actor {
    fn from(person: SignatoryId) -> Self {
        Self::Signatory(person)
    }
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
    /// The taxpayer put limits on it, or took some of them off again.
    Restricted {
        /// The limits from then on.
        restriction: Restriction,
    },
    /// The taxpayer paused it.
    Paused,
    /// The taxpayer let it go on.
    Resumed,
    /// It ended because its ASP was blocked.
    Blocked,
    /// It ended because API access was switched off.
    Disabled,
    /// It ended because it was not used for as long as the taxpayer allows.
    Unused,
    /// The taxpayer says that they never gave it; it ended, and was reported.
    Disowned,
    /// The access window was changed.
    WindowChanged {
        /// Whether ASPs may ask.
        enabled: bool,
        /// For how long a consent holds, in minutes.
        minutes: i64,
    },
    /// An ASP was blocked.
    AspBlocked {
        /// Which.
        asp: AspId,
    },
    /// A block was lifted.
    AspUnblocked {
        /// Of which ASP.
        asp: AspId,
    },
    /// An ASP was put on the allow-list.
    AspAllowed {
        /// Which.
        asp: AspId,
    },
    /// An ASP was taken off the allow-list.
    AspDisallowed {
        /// Which.
        asp: AspId,
    },
    /// From then on only ASPs on the allow-list may ask, or all may again.
    AllowListSet {
        /// Whether the list counts.
        on: bool,
    },
    /// All access was frozen.
    Frozen {
        /// Until then; `None` until it is lifted.
        #[serde(with = "super::moment::option")]
        until: Option<Timestamp>,
    },
    /// The freeze was lifted.
    Thawed,
    /// Unused consents end after so many days from then on.
    UnusedDaysSet {
        /// How many; `None` never.
        days: Option<u16>,
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
            Self::Restricted { .. } => "restricted",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Blocked => "blocked",
            Self::Disabled => "disabled",
            Self::Unused => "unused",
            Self::Disowned => "disowned",
            Self::WindowChanged { .. } => "window_changed",
            Self::AspBlocked { .. } => "asp_blocked",
            Self::AspUnblocked { .. } => "asp_unblocked",
            Self::AspAllowed { .. } => "asp_allowed",
            Self::AspDisallowed { .. } => "asp_disallowed",
            Self::AllowListSet { .. } => "allow_list_set",
            Self::Frozen { .. } => "frozen",
            Self::Thawed => "thawed",
            Self::UnusedDaysSet { .. } => "unused_days_set",
        }
    }
}

/// One fact. The state before it follows from the facts before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Whose.
    pub gstin: Gstin,
    /// The consent; `None` where it is about all of the taxpayer's access.
    pub consent: Option<ConsentId>,
    /// The version after this event, of the consent (1 for the grant) or of the taxpayer's controls: one more each time.
    pub version: i64,
    /// When it was committed.
    #[serde(with = "super::moment")]
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub deed: Deed,
}
