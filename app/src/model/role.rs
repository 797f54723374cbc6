//! Who may do what: the portal says in which part a person comes, and one function says what that part may do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access_window::AccessWindow,
    controls::{AspRule, Freeze},
    event::Actor,
    id::SignatoryId,
    restriction::Restriction,
};

/// In which part a person acts for a taxpayer, as the portal's hand-off says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Signs for the taxpayer: sees and decides everything.
    #[default]
    Signatory,
    /// Keeps the taxpayer's books: sees everything, may take access away, may not give it back.
    Accountant,
    /// Looks only.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Signatory, Self::Accountant, Self::Viewer];
}

/// Which way a decision goes. Whoever decides knows what held before, so that no step is hidden in a bigger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Takes access away, or leaves it as it is: revoke, disown, pause, block, freeze, narrower limits.
    Tighten,
    /// Lets something pass that did not: resume, unblock, thaw, wider limits, a longer window.
    Loosen,
}

/// This part may not do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotYours {
    /// A viewer decides nothing.
    #[error("you may look at this taxpayer's access, and change nothing")]
    OnlyLook,
    /// An accountant gives nothing back.
    #[error("you may take access away, but only a signatory may give it back")]
    OnlyTighten,
    /// Which alerts a signatory gets, and who else does, is nobody's to decide but their own.
    #[error("these alerts are the signatory's own, and only they decide about them")]
    SignatorysOwn,
}

impl Role {
    /// Whether a person in this part may make a move. The screen shows a button because this says so; the server obeys it.
    ///
    /// # Errors
    /// [`NotYours`] says what the part may do instead.
    pub fn may(self, made: Move) -> Result<(), NotYours> {
        match (self, made) {
            (Self::Signatory, _) | (Self::Accountant, Move::Tighten) => Ok(()),
            (Self::Accountant, Move::Loosen) => Err(NotYours::OnlyTighten),
            (Self::Viewer, _) => Err(NotYours::OnlyLook),
        }
    }

    /// Whether a person in this part decides about the alerts of the person whom they act for.
    ///
    /// # Errors
    /// [`NotYours::SignatorysOwn`]: whoever may look only could otherwise silence what gives them away.
    pub fn may_choose_alerts(self) -> Result<(), NotYours> {
        if self == Self::Signatory { Ok(()) } else { Err(NotYours::SignatorysOwn) }
    }

    /// How history names a person who acts in this part.
    pub fn actor(self, person: SignatoryId) -> Actor {
        match self {
            Self::Signatory | Self::Viewer => Actor::Signatory(person),
            Self::Accountant => Actor::Accountant(person),
        }
    }
}

impl Move {
    /// Tighter where nothing becomes possible by it.
    fn tighter(is: bool) -> Self {
        if is { Self::Tighten } else { Self::Loosen }
    }

    /// From some limits to others.
    pub fn limits(before: &Restriction, after: &Restriction) -> Self {
        Self::tighter(after.is_within(before))
    }

    /// From one access window to another. A longer one counts as wider also while access is off: it will be on again.
    pub fn window(before: &AccessWindow, enabled: bool, minutes: i64) -> Self {
        Self::tighter((before.enabled || !enabled) && minutes <= before.minutes())
    }

    /// From a freeze that may hold to one until a time, or until it is lifted.
    pub fn freeze(before: Option<Freeze>, until: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(holds) = before.filter(|freeze| freeze.holds(now)) else { return Self::Tighten };
        Self::tighter(match (holds.until, until) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(before), Some(after)) => before <= after,
        })
    }

    /// From one decision about an ASP to another. To be put on the allow-list is to gain something, also while it is off.
    pub fn rule(before: Option<AspRule>, after: Option<AspRule>) -> Self {
        let reach = |rule| match rule {
            Some(AspRule::Blocked) => 0,
            None => 1,
            Some(AspRule::Allowed) => 2,
        };
        Self::tighter(reach(after) <= reach(before))
    }

    /// The allow-list, switched on or off.
    pub fn allow_list(before: bool, on: bool) -> Self {
        Self::tighter(on || !before)
    }

    /// Days of sleep after which a consent ends.
    pub fn unused_days(before: Option<u16>, after: Option<u16>) -> Self {
        Self::tighter(after.unwrap_or(u16::MAX) <= before.unwrap_or(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const TIGHTEN: Move = Move::Tighten;
    const LOOSEN: Move = Move::Loosen;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    #[test]
    fn a_signatory_decides_an_accountant_takes_away_and_a_viewer_looks() {
        for (role, made, expected) in [
            (Role::Signatory, TIGHTEN, Ok(())),
            (Role::Signatory, LOOSEN, Ok(())),
            (Role::Accountant, TIGHTEN, Ok(())),
            (Role::Accountant, LOOSEN, Err(NotYours::OnlyTighten)),
            (Role::Viewer, TIGHTEN, Err(NotYours::OnlyLook)),
            (Role::Viewer, LOOSEN, Err(NotYours::OnlyLook)),
        ] {
            assert_eq!(role.may(made), expected, "{role:?} {made:?}");
        }
    }

    #[test]
    fn each_decision_goes_one_way() {
        let window =
            |enabled, minutes| AccessWindow::new("27GSPMH0992G1ZF".parse().expect("gstin"), enabled, minutes, 1);
        let (on, off) = (window(true, 600).expect("window"), window(false, 600).expect("window"));
        let frozen = |until| Some(Freeze { since: at(0), until });
        let (blocked, allowed) = (Some(AspRule::Blocked), Some(AspRule::Allowed));
        for (row, (made, expected)) in [
            (Move::window(&on, false, 600), TIGHTEN),
            (Move::window(&on, true, 500), TIGHTEN),
            (Move::window(&on, true, 700), LOOSEN),
            (Move::window(&on, false, 700), LOOSEN),
            (Move::window(&off, true, 600), LOOSEN),
            (Move::window(&off, false, 600), TIGHTEN),
            (Move::freeze(None, Some(at(5)), at(1)), TIGHTEN),
            (Move::freeze(frozen(Some(at(9))), Some(at(5)), at(1)), LOOSEN),
            (Move::freeze(frozen(Some(at(9))), Some(at(5)), at(10)), TIGHTEN),
            (Move::freeze(frozen(None), Some(at(5)), at(1)), LOOSEN),
            (Move::freeze(frozen(Some(at(5))), None, at(1)), TIGHTEN),
            (Move::rule(None, blocked), TIGHTEN),
            (Move::rule(allowed, None), TIGHTEN),
            (Move::rule(None, allowed), LOOSEN),
            (Move::rule(blocked, None), LOOSEN),
            (Move::rule(blocked, allowed), LOOSEN),
            (Move::allow_list(false, true), TIGHTEN),
            (Move::allow_list(true, false), LOOSEN),
            (Move::unused_days(None, Some(7)), TIGHTEN),
            (Move::unused_days(Some(7), Some(3)), TIGHTEN),
            (Move::unused_days(Some(7), Some(9)), LOOSEN),
            (Move::unused_days(Some(7), None), LOOSEN),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(made, expected, "row {row}");
        }
    }

    proptest! {
        #[test]
        fn limits_taken_off_are_a_loosening(most in 0_u32..9, other in 0_u32..9) {
            let limits = |calls_a_day| Restriction { calls_a_day, ..Restriction::default() };
            prop_assert_eq!(Move::limits(&limits(Some(most)), &limits(None)), LOOSEN);
            prop_assert_eq!(Move::limits(&limits(None), &limits(Some(most))), TIGHTEN);
            prop_assert_eq!(Move::limits(&limits(Some(most)), &limits(Some(other))) == TIGHTEN, other <= most);
        }
    }
}
