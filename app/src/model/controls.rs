//! What a taxpayer decided about all ASPs at once, or about one ASP: the access window, the freeze, the allow-list, blocks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access_window::{AccessWindow, BadDuration},
    event::{Actor, Deed, Event},
    id::AspId,
    registry::{Application, Standing},
    role::Move,
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

/// What a taxpayer wants to decide about access as a whole, or about one ASP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The access window.
    Window {
        /// Whether ASPs may ask.
        enabled: bool,
        /// For how long a consent then holds, in minutes.
        minutes: i64,
    },
    /// Freeze everything, until a time or until it is lifted.
    Freeze {
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// Lift the freeze.
    Thaw,
    /// Let only ASPs on the allow-list ask, or all.
    AllowList {
        /// Whether the list counts.
        on: bool,
    },
    /// Decide about one ASP.
    Rule {
        /// Which.
        asp: AspId,
        /// What held before.
        before: Option<AspRule>,
        /// What holds from then on; `None` takes a decision back.
        after: Option<AspRule>,
    },
    /// End what sleeps for so many days.
    UnusedDays {
        /// `None` never.
        days: Option<u16>,
    },
}

/// A decision that cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecidable {
    /// A duration outside 6 hours to 30 days.
    #[error(transparent)]
    Duration(#[from] BadDuration),
    /// A freeze that would be over before it began.
    #[error("a freeze ends later than now")]
    FreezeOver,
    /// Days outside [`UNUSED_DAYS_MIN`]`..=`[`UNUSED_DAYS_MAX`].
    #[error("consents can end after 1 to 29 days without a call")]
    Days,
}

/// A decision made: the controls after it, the fact to record with it, and which way it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The controls after it.
    pub controls: Controls,
    /// What happened.
    pub event: Event,
    /// Whether it takes access away.
    pub made: Move,
}

impl Controls {
    /// Makes a decision; `None` where it holds already.
    ///
    /// # Errors
    /// [`Undecidable`] where it cannot be made.
    pub fn decide(&self, decided: Decided, by: Actor, now: Timestamp) -> Result<Option<Decision>, Undecidable> {
        let mut after = self.clone();
        let (deed, made) = match decided {
            Decided::Window { enabled, minutes } => {
                after.window = AccessWindow::new(self.window.gstin, enabled, minutes, self.window.version)?;
                (Deed::WindowChanged { enabled, minutes }, Move::window(&self.window, enabled, minutes))
            }
            Decided::Freeze { until } => {
                if until.is_some_and(|until| until <= now) {
                    return Err(Undecidable::FreezeOver);
                }
                if self.freeze.is_some_and(|freeze| freeze.holds(now) && freeze.until == until) {
                    return Ok(None);
                }
                after.freeze = Some(Freeze { since: now, until });
                (Deed::Frozen { until }, Move::freeze(self.freeze, until, now))
            }
            Decided::Thaw => {
                // One that is over by time holds nothing back: there is nothing to lift.
                if !self.is_frozen(now) {
                    return Ok(None);
                }
                after.freeze = None;
                (Deed::Thawed, Move::Loosen)
            }
            Decided::AllowList { on } => {
                after.only_allowed = on;
                (Deed::AllowListSet { on }, Move::allow_list(self.only_allowed, on))
            }
            Decided::Rule { asp, before, after } => {
                if before == after {
                    return Ok(None);
                }
                (rule_deed(asp, before, after), Move::rule(before, after))
            }
            Decided::UnusedDays { days } => {
                if days.is_some_and(|days| !(UNUSED_DAYS_MIN..=UNUSED_DAYS_MAX).contains(&days)) {
                    return Err(Undecidable::Days);
                }
                after.unused_days = days;
                (Deed::UnusedDaysSet { days }, Move::unused_days(self.unused_days, days))
            }
        };
        if after == *self && !matches!(decided, Decided::Rule { .. }) {
            return Ok(None);
        }
        after.window.version += 1;
        let (gstin, version) = (self.window.gstin, after.window.version);
        let event = Event { gstin, consent: None, version, at: now, actor: by, deed };
        Ok(Some(Decision { controls: after, event, made }))
    }
}

/// The deed that takes one decision about an ASP to another.
fn rule_deed(asp: AspId, before: Option<AspRule>, after: Option<AspRule>) -> Deed {
    match (before, after) {
        (_, Some(AspRule::Blocked)) => Deed::AspBlocked { asp },
        (_, Some(AspRule::Allowed)) => Deed::AspAllowed { asp },
        (Some(AspRule::Allowed), None) => Deed::AspDisallowed { asp },
        (Some(AspRule::Blocked) | None, None) => Deed::AspUnblocked { asp },
    }
}

/// What a deed leaves decided about an ASP, where it decides about one.
pub fn rule_after(deed: Deed) -> Option<(AspId, Option<AspRule>)> {
    Some(match deed {
        Deed::AspBlocked { asp } => (asp, Some(AspRule::Blocked)),
        Deed::AspAllowed { asp } => (asp, Some(AspRule::Allowed)),
        Deed::AspUnblocked { asp } | Deed::AspDisallowed { asp } => (asp, None),
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;
    use crate::model::id::SignatoryId;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn controls() -> Controls {
        Controls::of(AccessWindow::new("27GSPMH0992G1ZF".parse().expect("gstin"), true, 600, 3).expect("window"))
    }

    const BY: Actor = Actor::Signatory(SignatoryId(Uuid::nil()));
    const ASP: AspId = AspId(Uuid::nil());

    fn decide(controls: &Controls, decided: Decided) -> Result<Option<Decision>, Undecidable> {
        controls.decide(decided, BY, at(1))
    }

    #[test]
    fn a_decision_counts_the_version_and_leaves_a_fact() {
        let decision = decide(&controls(), Decided::Freeze { until: Some(at(5)) }).expect("made").expect("new");
        assert_eq!(decision.controls.window.version, 4);
        assert_eq!((decision.event.version, decision.event.consent), (4, None));
        assert_eq!(decision.event.deed, Deed::Frozen { until: Some(at(5)) });
        assert!(decision.controls.is_frozen(at(4)) && !decision.controls.is_frozen(at(5)));
    }

    #[test]
    fn what_holds_already_is_no_decision() {
        let frozen = decide(&controls(), Decided::Freeze { until: None }).expect("made").expect("new").controls;
        assert_eq!(decide(&frozen, Decided::Freeze { until: None }), Ok(None));
        for decided in [
            Decided::Window { enabled: true, minutes: 600 },
            Decided::Thaw,
            Decided::AllowList { on: false },
            Decided::UnusedDays { days: None },
            Decided::Rule { asp: ASP, before: Some(AspRule::Blocked), after: Some(AspRule::Blocked) },
        ] {
            assert_eq!(decide(&controls(), decided), Ok(None), "{decided:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_cannot_be_decided() {
        for (decided, why) in [
            (Decided::Window { enabled: true, minutes: 5 }, Undecidable::Duration(BadDuration)),
            (Decided::Freeze { until: Some(at(1)) }, Undecidable::FreezeOver),
            (Decided::UnusedDays { days: Some(0) }, Undecidable::Days),
            (Decided::UnusedDays { days: Some(30) }, Undecidable::Days),
        ] {
            assert_eq!(decide(&controls(), decided), Err(why), "{decided:?}");
        }
    }

    #[test]
    fn the_deed_about_an_asp_says_what_holds_after_it() {
        let rules = [None, Some(AspRule::Blocked), Some(AspRule::Allowed)];
        for (before, after) in rules.into_iter().flat_map(|before| rules.map(|after| (before, after))) {
            if before != after {
                assert_eq!(rule_after(rule_deed(ASP, before, after)), Some((ASP, after)), "{before:?} {after:?}");
            }
        }
    }
}
