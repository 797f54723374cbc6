//! The consent: one verified OTP, valid for the access window, ended at most once. The state machine.
//!
//! ```text
//!            grant
//!              │        refresh ⟲ restrict ⟲
//!              ▼          ┌───────────┐
//!           ┌──────┐──────┘           │     pause    ┌────────┐
//!           │ Live │◄─────────────────┘ ───────────► │ Paused │ restrict ⟲
//!           └──┬───┘ ◄────────────────────────────── └───┬────┘
//!              │                            resume       │
//!   end: revoked · logged out · replaced · blocked · …◄──┤   now ≥ ends_at (a predicate: nothing is written)
//!              ▼                                         ▼
//!           ┌───────┐                               ┌─────────┐
//!           │ Ended │                               │ Expired │
//!           └───────┘                               └─────────┘
//! ```
//!
//! What the OTP gave is never exceeded: `valid_until` does not change, limits only take away, and what is over stays so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access_window::AccessWindow,
    event::{Actor, Deed, Event},
    gstin::Gstin,
    id::{ApplicationId, ConsentId, SignatoryId},
    restriction::{CALLS_A_DAY_MAX, Restriction},
    session::Session,
};

/// Why a consent ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum EndReason {
    /// The taxpayer ended it.
    Revoked,
    /// The ASP gave it back.
    LoggedOut,
    /// A newer consent for the same application took its place.
    Replaced {
        /// The newer one.
        by: ConsentId,
    },
    /// The taxpayer blocked its ASP.
    Blocked,
    /// The taxpayer switched API access off.
    Disabled,
    /// It was not used for as long as the taxpayer allows.
    Unused,
    /// The taxpayer says that they never gave it.
    Disowned,
}

impl EndReason {
    /// The deed that ends a consent for this reason.
    pub fn deed(self) -> Deed {
        match self {
            Self::Revoked => Deed::Revoked,
            Self::LoggedOut => Deed::LoggedOut,
            Self::Replaced { by } => Deed::Replaced { by },
            Self::Blocked => Deed::Blocked,
            Self::Disabled => Deed::Disabled,
            Self::Unused => Deed::Unused,
            Self::Disowned => Deed::Disowned,
        }
    }

    /// The reason for which a deed ends a consent, where it ends one.
    pub fn of(deed: Deed) -> Option<Self> {
        Some(match deed {
            Deed::Revoked => Self::Revoked,
            Deed::LoggedOut => Self::LoggedOut,
            Deed::Replaced { by } => Self::Replaced { by },
            Deed::Blocked => Self::Blocked,
            Deed::Disabled => Self::Disabled,
            Deed::Unused => Self::Unused,
            Deed::Disowned => Self::Disowned,
            _ => return None,
        })
    }
}

/// The end of a consent: once written, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// When it was committed.
    #[serde(with = "super::moment")]
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why.
    pub reason: EndReason,
}

/// One consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Whose data.
    pub gstin: Gstin,
    /// Ours.
    pub id: ConsentId,
    /// The application that obtained it.
    pub application: ApplicationId,
    /// When the OTP was verified.
    #[serde(with = "super::moment")]
    pub granted_at: Timestamp,
    /// What the OTP gave: from this moment on nothing passes. Never changed; see [`Consent::ends_at`].
    #[serde(with = "super::moment")]
    pub valid_until: Timestamp,
    /// What the taxpayer took off it.
    #[serde(default)]
    pub restriction: Restriction,
    /// Since when it is paused, if it is.
    #[serde(default, with = "super::moment::option")]
    pub paused_at: Option<Timestamp>,
    /// How it ended, if it did before its time.
    pub ended: Option<Ending>,
    /// 1 at the grant, one more with each event; guards an update against a racing one.
    pub version: i64,
}

/// What a consent is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Calls may pass.
    Live,
    /// No call passes until the taxpayer lets it go on.
    Paused,
    /// Its time is over.
    Expired,
    /// It was ended before its time.
    Ended,
}

/// What somebody wants to do with a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The gateway: let a call pass.
    Pass,
    /// The ASP: make the next session.
    Refresh,
    /// The ASP: give it back.
    LogOut,
    /// The taxpayer: end it.
    Revoke,
    /// The ASP: obtain a newer one in its place.
    Replace,
    /// The taxpayer: put limits on it.
    Restrict,
    /// The taxpayer: let nothing pass for now.
    Pause,
    /// The taxpayer: let it go on.
    Resume,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It had been ended.
    #[error("this consent has ended")]
    Ended,
    /// Its time was over.
    #[error("this consent has expired")]
    Expired,
    /// It is paused.
    #[error("this consent is paused")]
    Paused,
    /// It is not paused.
    #[error("this consent is not paused")]
    NotPaused,
    /// An end of limits that lies in the past, or after what the OTP gave; or more calls a day than can be asked for.
    #[error("these limits cannot be put on this consent")]
    BadLimits,
}

/// A move of the state machine: the consent after it, and the fact to record with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The consent after the move.
    pub consent: Consent,
    /// What happened.
    pub event: Event,
}

impl Consent {
    /// A verified OTP becomes a consent for as long as the taxpayer's access window says.
    pub fn grant(id: ConsentId, window: &AccessWindow, application: ApplicationId, now: Timestamp) -> Moved {
        let valid_until = now + window.duration();
        let consent = Self {
            gstin: window.gstin,
            id,
            application,
            granted_at: now,
            valid_until,
            restriction: Restriction::default(),
            paused_at: None,
            ended: None,
            version: 0,
        };
        consent.moved(now, Actor::Application(application), Deed::Granted { valid_until })
    }

    /// From this moment on nothing passes: what the OTP gave, or the earlier end that the taxpayer set.
    pub fn ends_at(&self) -> Timestamp {
        self.restriction.until.map_or(self.valid_until, |until| until.min(self.valid_until))
    }

    /// What it is at a moment. An end that was written counts before the clock does.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.ended {
            Some(_) => Status::Ended,
            None if now >= self.ends_at() => Status::Expired,
            None if self.paused_at.is_some() => Status::Paused,
            None => Status::Live,
        }
    }

    /// Whether it is neither ended nor expired.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.status(now), Status::Live | Status::Paused)
    }

    /// Whether a wish may be granted. The screen shows a button because this says so; the server obeys the same.
    ///
    /// # Errors
    /// The reason why not. What is over can be done nothing with; what is paused can be ended, limited and resumed.
    pub fn may(&self, wish: Wish, now: Timestamp) -> Result<(), Refusal> {
        match (self.status(now), wish) {
            (Status::Live, Wish::Resume) => Err(Refusal::NotPaused),
            (Status::Paused, Wish::Pass | Wish::Refresh | Wish::Pause) => Err(Refusal::Paused),
            (Status::Live | Status::Paused, _) => Ok(()),
            (Status::Expired, _) => Err(Refusal::Expired),
            (Status::Ended, _) => Err(Refusal::Ended),
        }
    }

    /// The next session of the same consent.
    ///
    /// # Errors
    /// [`Refusal`] where [`Consent::may`] refuses.
    pub fn refresh(&self, now: Timestamp) -> Result<(Moved, Session), Refusal> {
        self.may(Wish::Refresh, now)?;
        let session = Session::open(self, now);
        let deed = Deed::Refreshed { session_expires_at: session.expires_at };
        Ok((self.moved(now, Actor::Application(self.application), deed), session))
    }

    /// The taxpayer ends it.
    ///
    /// # Errors
    /// [`Refusal`] where [`Consent::may`] refuses.
    pub fn revoke(&self, by: SignatoryId, now: Timestamp) -> Result<Moved, Refusal> {
        self.end(Actor::Signatory(by), EndReason::Revoked, now)
    }

    /// The ASP gives it back.
    ///
    /// # Errors
    /// [`Refusal`] where [`Consent::may`] refuses.
    pub fn log_out(&self, now: Timestamp) -> Result<Moved, Refusal> {
        self.end(Actor::Application(self.application), EndReason::LoggedOut, now)
    }

    /// A newer consent for the same application takes its place.
    ///
    /// # Errors
    /// [`Refusal`] where [`Consent::may`] refuses.
    pub fn replace(&self, by: ConsentId, now: Timestamp) -> Result<Moved, Refusal> {
        self.end(Actor::Application(self.application), EndReason::Replaced { by }, now)
    }

    /// Somebody ends it, for a reason.
    ///
    /// # Errors
    /// [`Refusal`] where it is over already.
    pub fn end(&self, by: Actor, reason: EndReason, now: Timestamp) -> Result<Moved, Refusal> {
        let wish = match reason {
            EndReason::LoggedOut => Wish::LogOut,
            EndReason::Replaced { .. } => Wish::Replace,
            EndReason::Revoked | EndReason::Blocked | EndReason::Disabled | EndReason::Unused | EndReason::Disowned => {
                Wish::Revoke
            }
        };
        self.may(wish, now)?;
        let mut moved = self.moved(now, by, reason.deed());
        moved.consent.ended = Some(Ending { at: now, by, reason });
        Ok(moved)
    }

    /// The taxpayer puts limits on it, in place of those before. They may be wider than those, never than what the OTP gave.
    ///
    /// # Errors
    /// [`Refusal`] where it is over, or the limits are none that can be put on it.
    pub fn restrict(&self, by: Actor, restriction: Restriction, now: Timestamp) -> Result<Moved, Refusal> {
        self.may(Wish::Restrict, now)?;
        let in_time = restriction.until.is_none_or(|until| now < until && until <= self.valid_until);
        let few = restriction.calls_a_day.is_none_or(|most| most <= CALLS_A_DAY_MAX);
        let some = restriction.returns.is_none_or(|returns| !returns.is_empty());
        if !(in_time && few && some) {
            return Err(Refusal::BadLimits);
        }
        let mut moved = self.moved(now, by, Deed::Restricted { restriction });
        moved.consent.restriction = restriction;
        Ok(moved)
    }

    /// The taxpayer lets nothing pass for now.
    ///
    /// # Errors
    /// [`Refusal`] where it is over, or paused.
    pub fn pause(&self, by: Actor, now: Timestamp) -> Result<Moved, Refusal> {
        self.may(Wish::Pause, now)?;
        let mut moved = self.moved(now, by, Deed::Paused);
        moved.consent.paused_at = Some(now);
        Ok(moved)
    }

    /// The taxpayer lets it go on, for what is left of its time.
    ///
    /// # Errors
    /// [`Refusal`] where it is over, or not paused.
    pub fn resume(&self, by: Actor, now: Timestamp) -> Result<Moved, Refusal> {
        self.may(Wish::Resume, now)?;
        let mut moved = self.moved(now, by, Deed::Resumed);
        moved.consent.paused_at = None;
        Ok(moved)
    }

    fn moved(&self, at: Timestamp, actor: Actor, deed: Deed) -> Moved {
        let version = self.version + 1;
        Moved {
            consent: Self { version, ..self.clone() },
            event: Event { gstin: self.gstin, consent: Some(self.id), version, at, actor, deed },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn granted(minutes: i64) -> Moved {
        let gstin = "27GSPMH0992G1ZF".parse().expect("gstin");
        let window = AccessWindow::new(gstin, true, minutes, 1).expect("window");
        let application = ApplicationId(Uuid::from_u128(7));
        Consent::grant(ConsentId(Uuid::from_u128(1)), &window, application, Timestamp::UNIX_EPOCH)
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn try_move(consent: &Consent, wish: Wish, now: Timestamp) -> Result<Moved, Refusal> {
        match wish {
            Wish::Pass => {
                consent.may(Wish::Pass, now).map(|()| Moved { consent: consent.clone(), event: granted(360).event })
            }
            Wish::Refresh => consent.refresh(now).map(|(moved, _)| moved),
            Wish::LogOut => consent.log_out(now),
            Wish::Revoke => consent.revoke(SignatoryId(Uuid::from_u128(9)), now),
            Wish::Replace => consent.replace(ConsentId(Uuid::from_u128(2)), now),
            Wish::Restrict => consent.restrict(signatory(), limits(now), now),
            Wish::Pause => consent.pause(signatory(), now),
            Wish::Resume => consent.resume(signatory(), now),
        }
    }

    fn signatory() -> Actor {
        Actor::Signatory(SignatoryId(Uuid::from_u128(9)))
    }

    /// An earlier end an hour away.
    fn limits(now: Timestamp) -> Restriction {
        Restriction { until: Some(now + SignedDuration::from_hours(1)), ..Restriction::default() }
    }

    fn wish() -> impl Strategy<Value = Wish> {
        prop_oneof![
            2 => Just(Wish::Pass),
            6 => Just(Wish::Refresh),
            1 => Just(Wish::LogOut),
            1 => Just(Wish::Revoke),
            1 => Just(Wish::Replace),
            3 => Just(Wish::Restrict),
            3 => Just(Wish::Pause),
            3 => Just(Wish::Resume),
        ]
    }

    #[test]
    fn the_window_decides_how_long_a_consent_holds() {
        let consent = granted(6 * 60).consent;
        assert_eq!(consent.valid_until, at(360));
        assert_eq!(consent.status(at(359)), Status::Live);
        assert_eq!(consent.status(at(360)), Status::Expired);
    }

    #[test]
    fn a_session_never_outlives_its_consent() {
        let consent = granted(7 * 60).consent;
        let (_, session) = consent.refresh(at(5 * 60)).expect("live");
        assert_eq!(session.expires_at, consent.valid_until);
        assert_eq!(session.minutes_left(at(5 * 60)), 120);
    }

    #[test]
    fn limits_end_before_the_otp_does_and_in_the_future() {
        let consent = granted(10 * 60).consent;
        let until = |minute| Restriction { until: Some(at(minute)), ..Restriction::default() };
        for (limits, may) in [
            (until(60), true),
            (until(600), true),
            (until(601), false),
            (until(5), false),
            (Restriction { calls_a_day: Some(CALLS_A_DAY_MAX + 1), ..Restriction::default() }, false),
            (Restriction { returns: Some([].into_iter().collect()), ..Restriction::default() }, false),
            (Restriction::default(), true),
        ] {
            let restricted = consent.restrict(signatory(), limits, at(5));
            assert_eq!(restricted.is_ok(), may, "{limits:?}");
        }
        let early = consent.restrict(signatory(), until(60), at(5)).expect("live").consent;
        assert_eq!((early.ends_at(), early.status(at(60))), (at(60), Status::Expired));
        assert_eq!(Session::open(&early, at(6)).expires_at, at(60));
        assert_eq!(early.restrict(signatory(), Restriction::default(), at(60)), Err(Refusal::Expired), "it is over");
    }

    #[test]
    fn a_paused_consent_goes_on_within_its_first_validity() {
        let paused = granted(10 * 60).consent.pause(signatory(), at(5)).expect("live").consent;
        assert_eq!(paused.may(Wish::Pass, at(6)), Err(Refusal::Paused));
        assert_eq!(paused.refresh(at(6)), Err(Refusal::Paused));
        let resumed = paused.resume(signatory(), at(100)).expect("paused").consent;
        assert_eq!((resumed.status(at(100)), resumed.ends_at()), (Status::Live, at(600)));
        assert_eq!(paused.resume(signatory(), at(600)), Err(Refusal::Expired));
        assert!(paused.revoke(SignatoryId(Uuid::from_u128(9)), at(7)).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_is_wished_in_whatever_order_an_ended_consent_never_moves_again(
            minutes in 360_i64..43_200,
            wishes in prop::collection::vec((wish(), 0_i64..50_000), 0..40),
        ) {
            let Moved { mut consent, event } = granted(minutes);
            let given = consent.valid_until;
            let mut events = vec![event];
            for (wish, minute) in wishes {
                let now = at(minute);
                let before = consent.clone();
                match try_move(&consent, wish, now) {
                    Ok(_) if wish == Wish::Pass => prop_assert_eq!(before.status(now), Status::Live),
                    Ok(moved) => {
                        prop_assert!(before.is_open(now));
                        prop_assert_eq!(moved.consent.version, before.version + 1);
                        prop_assert_eq!(moved.event.version, moved.consent.version);
                        prop_assert_eq!(moved.consent.valid_until, given, "nothing lengthens a consent");
                        prop_assert!(moved.consent.ends_at() <= given);
                        let ends = matches!(wish, Wish::LogOut | Wish::Revoke | Wish::Replace);
                        prop_assert_eq!(moved.consent.ended.is_some(), ends);
                        events.push(moved.event);
                        consent = moved.consent;
                    }
                    Err(Refusal::Ended) => prop_assert!(before.ended.is_some()),
                    Err(Refusal::Expired) => prop_assert!(before.ended.is_none() && now >= before.ends_at()),
                    Err(Refusal::Paused) => prop_assert!(before.paused_at.is_some()),
                    Err(Refusal::NotPaused) => prop_assert!(before.paused_at.is_none()),
                    Err(Refusal::BadLimits) => prop_assert!(now + SignedDuration::from_hours(1) > given),
                }
            }
            let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
            prop_assert_eq!(versions, (1..=consent.version).collect::<Vec<_>>(), "an event a version, no gap");
            let endings = events.iter().filter(|event| EndReason::of(event.deed).is_some()).count();
            prop_assert_eq!(endings, usize::from(consent.ended.is_some()), "it ends at most once");
        }
    }
}
