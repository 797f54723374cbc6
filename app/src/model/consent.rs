//! The consent: one verified OTP, valid for the access window, ended at most once. The state machine.
//!
//! ```text
//!            grant
//!              │            refresh ⟲
//!              ▼          ┌───────────┐
//!           ┌──────┐──────┘           │
//!           │ Live │◄─────────────────┘
//!           └──┬───┘
//!   revoke · log_out · replace          now ≥ valid_until (a predicate: nothing is written)
//!              ▼                                   ▼
//!           ┌───────┐                         ┌─────────┐
//!           │ Ended │                         │ Expired │
//!           └───────┘                         └─────────┘
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access_window::AccessWindow,
    event::{Actor, Deed, Event},
    gstin::Gstin,
    id::{ApplicationId, ConsentId, SignatoryId},
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
    /// From this moment on nothing passes.
    #[serde(with = "super::moment")]
    pub valid_until: Timestamp,
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
        let consent =
            Self { gstin: window.gstin, id, application, granted_at: now, valid_until, ended: None, version: 0 };
        consent.moved(now, Actor::Application(application), Deed::Granted { valid_until })
    }

    /// What it is at a moment. An end that was written counts before the clock does.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.ended {
            Some(_) => Status::Ended,
            None if now >= self.valid_until => Status::Expired,
            None => Status::Live,
        }
    }

    /// Whether a wish may be granted. The screen shows a button because this says so; the server obeys the same.
    ///
    /// # Errors
    /// The reason why not. Every wish wants a live consent: what is over can be done nothing with.
    pub fn may(&self, wish: Wish, now: Timestamp) -> Result<(), Refusal> {
        match (self.status(now), wish) {
            (Status::Live, Wish::Pass | Wish::Refresh | Wish::LogOut | Wish::Revoke | Wish::Replace) => Ok(()),
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
        self.may(Wish::Revoke, now)?;
        Ok(self.end(Actor::Signatory(by), EndReason::Revoked, Deed::Revoked, now))
    }

    /// The ASP gives it back.
    ///
    /// # Errors
    /// [`Refusal`] where [`Consent::may`] refuses.
    pub fn log_out(&self, now: Timestamp) -> Result<Moved, Refusal> {
        self.may(Wish::LogOut, now)?;
        Ok(self.end(Actor::Application(self.application), EndReason::LoggedOut, Deed::LoggedOut, now))
    }

    /// A newer consent for the same application takes its place.
    ///
    /// # Errors
    /// [`Refusal`] where [`Consent::may`] refuses.
    pub fn replace(&self, by: ConsentId, now: Timestamp) -> Result<Moved, Refusal> {
        self.may(Wish::Replace, now)?;
        let (reason, deed) = (EndReason::Replaced { by }, Deed::Replaced { by });
        Ok(self.end(Actor::Application(self.application), reason, deed, now))
    }

    fn end(&self, by: Actor, reason: EndReason, deed: Deed, now: Timestamp) -> Moved {
        let mut moved = self.moved(now, by, deed);
        moved.consent.ended = Some(Ending { at: now, by, reason });
        moved
    }

    fn moved(&self, at: Timestamp, actor: Actor, deed: Deed) -> Moved {
        let version = self.version + 1;
        Moved {
            consent: Self { version, ..self.clone() },
            event: Event { gstin: self.gstin, consent: self.id, version, at, actor, deed },
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
        }
    }

    fn wish() -> impl Strategy<Value = Wish> {
        prop_oneof![
            2 => Just(Wish::Pass),
            6 => Just(Wish::Refresh),
            1 => Just(Wish::LogOut),
            1 => Just(Wish::Revoke),
            1 => Just(Wish::Replace),
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

    proptest! {
        #[test]
        fn whatever_is_wished_in_whatever_order_an_ended_consent_never_moves_again(
            minutes in 360_i64..43_200,
            wishes in prop::collection::vec((wish(), 0_i64..50_000), 0..40),
        ) {
            let Moved { mut consent, event } = granted(minutes);
            let mut events = vec![event];
            for (wish, minute) in wishes {
                let now = at(minute);
                let before = consent.clone();
                match try_move(&consent, wish, now) {
                    Ok(_) if wish == Wish::Pass => prop_assert_eq!(before.status(now), Status::Live),
                    Ok(moved) => {
                        prop_assert_eq!(before.status(now), Status::Live);
                        prop_assert_eq!(moved.consent.version, before.version + 1);
                        prop_assert_eq!(moved.event.version, moved.consent.version);
                        prop_assert_eq!(moved.consent.valid_until, before.valid_until, "nothing lengthens a consent");
                        prop_assert_eq!(moved.consent.ended.is_some(), wish != Wish::Refresh);
                        events.push(moved.event);
                        consent = moved.consent;
                    }
                    Err(Refusal::Ended) => prop_assert!(before.ended.is_some()),
                    Err(Refusal::Expired) => prop_assert!(before.ended.is_none() && now >= before.valid_until),
                }
            }
            let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
            prop_assert_eq!(versions, (1..=consent.version).collect::<Vec<_>>(), "an event a version, no gap");
            let endings = events.iter().filter(|event| !matches!(
                event.deed, Deed::Granted { .. } | Deed::Refreshed { .. }
            )).count();
            prop_assert_eq!(endings, usize::from(consent.ended.is_some()), "it ends at most once");
        }
    }
}
