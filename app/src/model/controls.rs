//! What a taxpayer decided about all ASPs at once, or about one ASP: the access window, the freeze, the allow-list, blocks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access_window::AccessWindow,
    registry::{Application, Standing},
};

/// The fewest days of sleep after which a consent can be ended by the taxpayer's own rule.
pub const UNUSED_DAYS_MIN: u16 = 1;
/// The most: an access window lasts no longer.
pub const UNUSED_DAYS_MAX: u16 = 29;

/// A freeze: nobody may ask, and nothing passes, until a time or until it is lifted. It ends no consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// When it began.
    #[serde(with = "super::moment")]
    pub since: Timestamp,
    /// When it ends by itself; `None` lasts until it is lifted.
    #[serde(with = "super::moment::option")]
    pub until: Option<Timestamp>,
}

impl Freeze {
    /// Whether it holds at a moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The decisions that are about no single consent. One version guards them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// Whether ASPs may ask, and for how long a consent then holds; its version is that of all of these.
    pub window: AccessWindow,
    /// Whether everything is frozen.
    pub freeze: Option<Freeze>,
    /// Only ASPs with [`AspRule::Allowed`] may ask.
    pub only_allowed: bool,
    /// Consents that were not used for so many days end by themselves.
    pub unused_days: Option<u16>,
}

impl Controls {
    /// A window and no other decision.
    pub fn of(window: AccessWindow) -> Self {
        Self { window, freeze: None, only_allowed: false, unused_days: None }
    }

    /// Whether everything is frozen at a moment.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        self.freeze.is_some_and(|freeze| freeze.holds(now))
    }
}

/// What a taxpayer decided about one ASP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AspRule {
    /// It may obtain nothing.
    Blocked,
    /// It is on the allow-list.
    Allowed,
}

/// Why an application may not ask for a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AskRefusal {
    /// GSTN suspended it.
    #[error("the application is suspended")]
    Suspended,
    /// The taxpayer switched API access off.
    #[error("the taxpayer has switched API access off")]
    AccessDisabled,
    /// The taxpayer froze everything.
    #[error("the taxpayer has frozen all access")]
    Frozen,
    /// The taxpayer blocked its ASP.
    #[error("the taxpayer has blocked this ASP")]
    Blocked,
    /// The taxpayer lets only some ASPs ask, and its ASP is none of them.
    #[error("the taxpayer lets only some ASPs ask, and this is none of them")]
    NotAllowed,
}

/// May an application ask for a consent now? The first reason against it.
///
/// # Errors
/// [`AskRefusal`] says which.
pub fn may_ask(
    application: &Application,
    controls: &Controls,
    rule: Option<AspRule>,
    now: Timestamp,
) -> Result<(), AskRefusal> {
    if application.standing() == Standing::Suspended {
        return Err(AskRefusal::Suspended);
    }
    if !controls.window.enabled {
        return Err(AskRefusal::AccessDisabled);
    }
    if controls.is_frozen(now) {
        return Err(AskRefusal::Frozen);
    }
    match rule {
        Some(AspRule::Blocked) => Err(AskRefusal::Blocked),
        None if controls.only_allowed => Err(AskRefusal::NotAllowed),
        None | Some(AspRule::Allowed) => Ok(()),
    }
}
