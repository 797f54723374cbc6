//! Alerts: what is owed to a signatory because of an event, and how each delivery of it fares.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    controls::AskRefusal,
    event::Deed,
    gstin::Gstin,
    id::{AlertId, ApplicationId, AspId, ConsentId, ContactId, DeliveryId, SignatoryId},
    report::Heard,
    restriction::Restriction,
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident),+ $(,)?) => {
        /// What an alert is about, without its details: what can be switched off, counted and named.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum AlertKind {
            $($(#[$doc])* $kind),+
        }

        impl AlertKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];
        }
    };
}

kinds! {
    /// An ASP obtained consent with an OTP. Cannot be switched off.
    ConsentGiven,
    /// A consent ended before its time.
    ConsentEnded,
    /// Limits were put on a consent, or taken off.
    ConsentRestricted,
    /// A consent was paused.
    ConsentPaused,
    /// A paused consent goes on.
    ConsentResumed,
    /// The access window was changed.
    WindowChanged,
    /// An ASP was blocked.
    AspBlocked,
    /// A block was lifted.
    AspUnblocked,
    /// The allow-list was changed.
    AllowListChanged,
    /// All access was frozen.
    Frozen,
    /// The freeze was lifted.
    Thawed,
    /// The rule about unused consents was changed.
    UnusedDaysSet,
    /// A consent ends by its time soon.
    NearExpiry,
    /// A consent ends soon because it is not used.
    UnusedSoon,
    /// An application asked for a consent that the taxpayer does not let it have.
    AskRefused,
    /// GSTN suspended an ASP that has access.
    AspSuspended,
    /// A contact was changed. The contact before is told, too.
    ContactChanged,
    /// Somebody got to be a second contact, or is none any more.
    SecondContact,
    /// A consent is used in an unusual way.
    UnusualUse,
    /// The taxpayer reported a consent that they say they never gave.
    Reported,
    /// The taxpayer asked for it, to see whether it arrives.
    Test,
}

/// What an alert tells, with the details that no other row holds. Names, moments and ends stand where they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Matter {
    /// An ASP obtained consent with an OTP.
    ConsentGiven,
    /// A consent ended before its time.
    ConsentEnded,
    /// Limits were put on a consent, or taken off.
    ConsentRestricted {
        /// The limits from then on.
        restriction: Restriction,
    },
    /// A consent was paused.
    ConsentPaused,
    /// A paused consent goes on.
    ConsentResumed,
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
    /// The allow-list was changed.
    AllowListChanged {
        /// Which ASP was put on it or taken off; `None` where the list itself was switched.
        asp: Option<AspId>,
        /// Put on, or switched on.
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
    /// The rule about unused consents was changed.
    UnusedDaysSet {
        /// Days; `None` never.
        days: Option<u16>,
    },
    /// A consent ends by its time soon.
    NearExpiry,
    /// A consent ends soon because it is not used.
    UnusedSoon {
        /// When.
        #[serde(with = "super::moment")]
        at: Timestamp,
    },
    /// An application asked for a consent that the taxpayer does not let it have.
    AskRefused {
        /// Who asked.
        application: ApplicationId,
        /// Why it was refused.
        why: AskRefusal,
    },
    /// GSTN suspended an ASP that has access.
    AspSuspended {
        /// Which.
        asp: AspId,
    },
    /// A contact was changed.
    ContactChanged {
        /// The road whose address or number it is.
        channel: Channel,
    },
    /// Somebody got to be a second contact, or is none any more. They are told, too.
    SecondContact {
        /// Who.
        name: String,
        /// The signatory who did it.
        by: String,
        /// Whether each alert goes to them from now on.
        agreed: bool,
    },
    /// A consent is used in an unusual way.
    UnusualUse {
        /// How, with the numbers.
        sign: super::unusual::Sign,
    },
    /// The taxpayer reported a consent that they say they never gave.
    Reported {
        /// What to quote to the help desk.
        reference: String,
    },
    /// The taxpayer asked for it.
    Test,
}

impl Matter {
    /// The ASP that it names itself, where it is about no consent.
    pub fn asp(&self) -> Option<AspId> {
        match self {
            Self::AspBlocked { asp } | Self::AspUnblocked { asp } | Self::AspSuspended { asp } => Some(*asp),
            Self::AllowListChanged { asp, .. } => *asp,
            _ => None,
        }
    }

    /// The application that it names itself, where it is about no consent.
    pub fn application(&self) -> Option<ApplicationId> {
        match self {
            Self::AskRefused { application, .. } => Some(*application),
            _ => None,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> AlertKind {
        match self {
            Self::ConsentGiven => AlertKind::ConsentGiven,
            Self::ConsentEnded => AlertKind::ConsentEnded,
            Self::ConsentRestricted { .. } => AlertKind::ConsentRestricted,
            Self::ConsentPaused => AlertKind::ConsentPaused,
            Self::ConsentResumed => AlertKind::ConsentResumed,
            Self::WindowChanged { .. } => AlertKind::WindowChanged,
            Self::AspBlocked { .. } => AlertKind::AspBlocked,
            Self::AspUnblocked { .. } => AlertKind::AspUnblocked,
            Self::AllowListChanged { .. } => AlertKind::AllowListChanged,
            Self::Frozen { .. } => AlertKind::Frozen,
            Self::Thawed => AlertKind::Thawed,
            Self::UnusedDaysSet { .. } => AlertKind::UnusedDaysSet,
            Self::NearExpiry => AlertKind::NearExpiry,
            Self::UnusedSoon { .. } => AlertKind::UnusedSoon,
            Self::AskRefused { .. } => AlertKind::AskRefused,
            Self::AspSuspended { .. } => AlertKind::AspSuspended,
            Self::ContactChanged { .. } => AlertKind::ContactChanged,
            Self::SecondContact { .. } => AlertKind::SecondContact,
            Self::UnusualUse { .. } => AlertKind::UnusualUse,
            Self::Reported { .. } => AlertKind::Reported,
            Self::Test => AlertKind::Test,
        }
    }

    /// What a deed makes us owe. A refresh changes nothing that the taxpayer agreed to; the alert about the newer consent
    /// tells of a replacement, that of the block, the window or the report of the ends that come with it.
    pub fn owed(deed: Deed) -> Option<Self> {
        Some(match deed {
            Deed::Granted { .. } => Self::ConsentGiven,
            Deed::Revoked | Deed::LoggedOut | Deed::Unused => Self::ConsentEnded,
            Deed::Refreshed { .. } | Deed::Replaced { .. } | Deed::Blocked | Deed::Disabled | Deed::Disowned => {
                return None;
            }
            Deed::Restricted { restriction } => Self::ConsentRestricted { restriction },
            Deed::Paused => Self::ConsentPaused,
            Deed::Resumed => Self::ConsentResumed,
            Deed::WindowChanged { enabled, minutes } => Self::WindowChanged { enabled, minutes },
            Deed::AspBlocked { asp } => Self::AspBlocked { asp },
            Deed::AspUnblocked { asp } => Self::AspUnblocked { asp },
            Deed::AspAllowed { asp } => Self::AllowListChanged { asp: Some(asp), on: true },
            Deed::AspDisallowed { asp } => Self::AllowListChanged { asp: Some(asp), on: false },
            Deed::AllowListSet { on } => Self::AllowListChanged { asp: None, on },
            Deed::Frozen { until } => Self::Frozen { until },
            Deed::Thawed => Self::Thawed,
            Deed::UnusedDaysSet { days } => Self::UnusedDaysSet { days },
        })
    }
}

impl AlertKind {
    /// Whether it is owed because of an event; the others have a cause that is no event of a consent or of the controls.
    pub fn has_event(self) -> bool {
        !matches!(
            self,
            Self::NearExpiry
                | Self::UnusedSoon
                | Self::AskRefused
                | Self::AspSuspended
                | Self::ContactChanged
                | Self::SecondContact
                | Self::UnusualUse
                | Self::Reported
                | Self::Test
        )
    }
}

impl AlertKind {
    /// Whether it is about one consent.
    pub fn is_of_consent(self) -> bool {
        match self {
            Self::ConsentGiven
            | Self::ConsentEnded
            | Self::ConsentRestricted
            | Self::ConsentPaused
            | Self::ConsentResumed
            | Self::NearExpiry
            | Self::UnusedSoon
            | Self::UnusualUse
            | Self::Reported => true,
            Self::WindowChanged
            | Self::AspBlocked
            | Self::AspUnblocked
            | Self::AllowListChanged
            | Self::Frozen
            | Self::Thawed
            | Self::UnusedDaysSet
            | Self::AskRefused
            | Self::AspSuspended
            | Self::ContactChanged
            | Self::SecondContact
            | Self::Test => false,
        }
    }

    /// Whether a person may go without it. What gives or widens access, what ends it, and who is told of it, is told to
    /// everybody always: whoever got hold of an account could otherwise silence what gives them away.
    pub fn is_optional(self) -> bool {
        match self {
            Self::ConsentRestricted
            | Self::ConsentPaused
            | Self::ConsentResumed
            | Self::UnusedDaysSet
            | Self::NearExpiry
            | Self::UnusedSoon
            | Self::AskRefused
            | Self::AspSuspended
            | Self::UnusualUse => true,
            Self::ConsentGiven
            | Self::ConsentEnded
            | Self::WindowChanged
            | Self::AspBlocked
            | Self::AspUnblocked
            | Self::AllowListChanged
            | Self::Frozen
            | Self::Thawed
            | Self::ContactChanged
            | Self::SecondContact
            | Self::Reported
            | Self::Test => false,
        }
    }
}

/// By which road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SMTP.
    Email,
    /// An SMS gateway over HTTP.
    Sms,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];
}

/// What is known of a delivery. `Accepted` is the provider's word, never shown as "delivered".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Owed; due at its time.
    Queued,
    /// A worker holds it under a lease.
    Sending,
    /// The provider took it over.
    Accepted,
    /// A report says that it arrived.
    Delivered,
    /// The last attempt failed; another follows.
    TemporaryFailure,
    /// The provider says it can never arrive (no such mailbox). A dead letter.
    PermanentFailure,
    /// Every attempt failed for reasons on our side or the provider's. A dead letter.
    TechnicalFailure,
    /// The provider took it over, but gave up before it arrived: the telephone was off for too long.
    Expired,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Accepted,
        Self::Delivered,
        Self::TemporaryFailure,
        Self::PermanentFailure,
        Self::TechnicalFailure,
        Self::Expired,
    ];

    /// Whether it waits for no attempt. What a provider took over may still be reported on, or go once more where no report
    /// comes.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::Delivered | Self::PermanentFailure | Self::TechnicalFailure | Self::Expired
        )
    }
}

/// An alert owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Whose.
    pub gstin: Gstin,
    /// Ours.
    pub id: AlertId,
    /// About which consent; `None` where it is about all of the taxpayer's access.
    pub consent: Option<ConsentId>,
    /// What it tells.
    pub matter: Matter,
    /// The moment of the event.
    pub owed_at: Timestamp,
}

/// One alert, one channel, one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Whose.
    pub gstin: Gstin,
    /// Ours; also the root of the stable `Message-ID` and `client_ref`.
    pub id: DeliveryId,
    /// The alert it carries.
    pub alert: AlertId,
    /// By which road.
    pub channel: Channel,
    /// To whom: a signatory, or a contact of that signatory.
    pub recipient: SignatoryId,
    /// The contact, where it does not go to the signatory's own address or number.
    pub contact: Option<ContactId>,
    /// How it fares.
    pub state: DeliveryState,
    /// The next attempt is due then.
    pub due_at: Timestamp,
    /// Attempts begun.
    pub attempts: u32,
    /// When the provider took it over.
    pub accepted_at: Option<Timestamp>,
    /// What was heard of it since.
    pub heard: Heard,
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The provider took it over.
    Accepted {
        /// The provider's own reference, where it gives one.
        provider_ref: Option<String>,
    },
    /// It may work later: a time-out, a 4xx SMTP reply, a gateway's 5xx.
    Temporary {
        /// What was seen, for an operator; carries no contact data.
        detail: String,
        /// For how many seconds the provider asks to be left alone (`Retry-After`), where it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u32>,
    },
    /// It never will: the provider refused the recipient or the message.
    Permanent {
        /// What was seen, for an operator; carries no contact data.
        detail: String,
    },
}

impl Outcome {
    /// It may work later.
    pub fn temporary(detail: impl Into<String>) -> Self {
        Self::Temporary { detail: detail.into(), retry_after_s: None }
    }

    /// The same, without the wait that its provider asks for: that binds nobody who goes to another one.
    #[must_use]
    pub fn for_another_provider(&self) -> Self {
        match self {
            Self::Temporary { detail, .. } => Self::temporary(detail.clone()),
            other => other.clone(),
        }
    }
}

/// The longest that a provider may ask to be left alone with one delivery. Some say a day; a person waits.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);

/// When to try again, and when to give up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule {
    /// The wait after the first failure, after the second, and so on. After the last one fails: a dead letter.
    pub waits: Vec<SignedDuration>,
    /// The share of each wait that chance may add, in percent: recovering providers are not hit all at once.
    pub jitter_percent: u8,
    /// After so long without acceptance the other channel is tried at once, and an officer is told.
    pub late_after: SignedDuration,
}

impl Default for RetrySchedule {
    /// 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h: eight attempts over about nine hours; late after 10 min.
    fn default() -> Self {
        Self {
            waits: [5, 30, 120, 600, 1_800, 7_200, 21_600].map(SignedDuration::from_secs).into(),
            jitter_percent: 20,
            late_after: SignedDuration::from_mins(10),
        }
    }
}

impl Delivery {
    /// What an alert owes a signatory by a channel, due when the alert is owed.
    pub fn owed(alert: &Alert, id: DeliveryId, channel: Channel, recipient: SignatoryId) -> Self {
        Self {
            gstin: alert.gstin,
            id,
            alert: alert.id,
            channel,
            recipient,
            contact: None,
            state: DeliveryState::Queued,
            due_at: alert.owed_at,
            attempts: 0,
            accepted_at: None,
            heard: Heard::default(),
        }
    }

    /// The delivery after an attempt ended. `chance` in `0..=255` spreads the retries.
    pub fn after(&self, outcome: &Outcome, schedule: &RetrySchedule, now: Timestamp, chance: u8) -> Self {
        let mut next = Self { attempts: self.attempts + 1, ..self.clone() };
        match outcome {
            Outcome::Accepted { .. } => {
                next.state = DeliveryState::Accepted;
                next.accepted_at = Some(now);
            }
            Outcome::Permanent { .. } => next.state = DeliveryState::PermanentFailure,
            Outcome::Temporary { retry_after_s, .. } => {
                match schedule.next_try(self.attempts, *retry_after_s, now, chance) {
                    Some(due_at) => {
                        next.state = DeliveryState::TemporaryFailure;
                        next.due_at = due_at;
                    }
                    // Another provider has it since before: what became of it there is not known, but it was taken over.
                    None if self.heard.repeated_at.is_some() => next.state = DeliveryState::Accepted,
                    None => next.state = DeliveryState::TechnicalFailure,
                }
            }
        }
        next
    }

    /// The delivery where no provider could be asked: it waits on, and nothing counts as an attempt.
    #[must_use]
    pub fn put_off(&self, due_at: Timestamp) -> Self {
        let state = if self.attempts == 0 { DeliveryState::Queued } else { DeliveryState::TemporaryFailure };
        Self { state, due_at, ..self.clone() }
    }
}

impl RetrySchedule {
    /// When to try again after so many failures and one more; not before the time for which the other side asked to be left
    /// alone, up to [`RETRY_AFTER_MAX`]. `None` where it is given up. `chance` in `0..=255` spreads the tries.
    pub fn next_try(
        &self,
        failures_before: u32,
        retry_after_s: Option<u32>,
        now: Timestamp,
        chance: u8,
    ) -> Option<Timestamp> {
        let wait = self.wait(failures_before, chance)?;
        let asked = SignedDuration::from_secs(retry_after_s.unwrap_or(0).into());
        Some(now + wait.max(asked.min(RETRY_AFTER_MAX)))
    }

    fn wait(&self, failures_before: u32, chance: u8) -> Option<SignedDuration> {
        let wait = *self.waits.get(usize::try_from(failures_before).ok()?)?;
        let spread_ms = wait.as_millis() * i128::from(self.jitter_percent) / 100 * i128::from(chance) / 255;
        Some(wait + SignedDuration::from_millis(i64::try_from(spread_ms).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn queued() -> Delivery {
        Delivery {
            gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
            id: DeliveryId(Uuid::from_u128(1)),
            alert: AlertId(Uuid::from_u128(2)),
            channel: Channel::Email,
            recipient: SignatoryId(Uuid::from_u128(3)),
            contact: None,
            state: DeliveryState::Queued,
            due_at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            accepted_at: None,
            heard: Heard::default(),
        }
    }

    fn temporary() -> Outcome {
        Outcome::temporary("timed out")
    }

    #[test]
    fn a_delivery_that_keeps_failing_becomes_a_dead_letter_after_eight_attempts() {
        let schedule = RetrySchedule::default();
        let mut delivery = queued();
        while !delivery.state.is_final() {
            delivery = delivery.after(&temporary(), &schedule, delivery.due_at, 0);
        }
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::TechnicalFailure, 8));
    }

    #[test]
    fn a_provider_that_asks_to_be_left_alone_is_for_an_hour_at_most() {
        for (asked_s, waited_s) in [(1, 5), (90, 90), (3_600, 3_600), (86_400, 3_600)] {
            let busy = Outcome::Temporary { detail: "HTTP 429".into(), retry_after_s: Some(asked_s) };
            let next = queued().after(&busy, &RetrySchedule::default(), Timestamp::UNIX_EPOCH, 0);
            assert_eq!(next.due_at.duration_since(Timestamp::UNIX_EPOCH).as_secs(), waited_s, "{asked_s}");
        }
    }

    #[test]
    fn what_nobody_could_be_asked_to_take_has_lost_no_attempt() {
        let (schedule, later) = (RetrySchedule::default(), Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1));
        let mut delivery = queued();
        for _ in 0..100 {
            delivery = Delivery { state: DeliveryState::Sending, ..delivery }.put_off(later);
        }
        assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Queued, 0, later));
        let failed = delivery.after(&temporary(), &schedule, later, 0);
        assert_eq!((failed.put_off(later).state, failed.put_off(later).attempts), (DeliveryState::TemporaryFailure, 1));
    }

    #[test]
    fn each_deed_owes_what_this_table_says() {
        let (asp, by) = (AspId(Uuid::from_u128(5)), ConsentId(Uuid::from_u128(6)));
        let (moment, restriction) =
            (Timestamp::UNIX_EPOCH, Restriction { calls_a_day: Some(5), ..Restriction::default() });
        let until = Some(moment);
        let table = [
            (Deed::Granted { valid_until: moment }, Some(Matter::ConsentGiven)),
            (Deed::Refreshed { session_expires_at: moment }, None),
            (Deed::Revoked, Some(Matter::ConsentEnded)),
            (Deed::LoggedOut, Some(Matter::ConsentEnded)),
            (Deed::Unused, Some(Matter::ConsentEnded)),
            // These four are told with what ended them.
            (Deed::Replaced { by }, None),
            (Deed::Blocked, None),
            (Deed::Disabled, None),
            (Deed::Disowned, None),
            (Deed::Restricted { restriction }, Some(Matter::ConsentRestricted { restriction })),
            (Deed::Paused, Some(Matter::ConsentPaused)),
            (Deed::Resumed, Some(Matter::ConsentResumed)),
            (
                Deed::WindowChanged { enabled: true, minutes: 360 },
                Some(Matter::WindowChanged { enabled: true, minutes: 360 }),
            ),
            (
                Deed::WindowChanged { enabled: false, minutes: 600 },
                Some(Matter::WindowChanged { enabled: false, minutes: 600 }),
            ),
            (Deed::AspBlocked { asp }, Some(Matter::AspBlocked { asp })),
            (Deed::AspUnblocked { asp }, Some(Matter::AspUnblocked { asp })),
            (Deed::AspAllowed { asp }, Some(Matter::AllowListChanged { asp: Some(asp), on: true })),
            (Deed::AspDisallowed { asp }, Some(Matter::AllowListChanged { asp: Some(asp), on: false })),
            (Deed::AllowListSet { on: true }, Some(Matter::AllowListChanged { asp: None, on: true })),
            (Deed::AllowListSet { on: false }, Some(Matter::AllowListChanged { asp: None, on: false })),
            (Deed::Frozen { until: None }, Some(Matter::Frozen { until: None })),
            (Deed::Frozen { until }, Some(Matter::Frozen { until })),
            (Deed::Thawed, Some(Matter::Thawed)),
            (Deed::UnusedDaysSet { days: Some(3) }, Some(Matter::UnusedDaysSet { days: Some(3) })),
            (Deed::UnusedDaysSet { days: None }, Some(Matter::UnusedDaysSet { days: None })),
        ];
        for (deed, owed) in table {
            assert_eq!(Matter::owed(deed), owed, "{deed:?}");
        }
    }

    #[test]
    fn an_outcome_of_before_is_still_read() {
        let kept = r#"{"outcome":"temporary","detail":"timed out"}"#;
        assert_eq!(serde_json::from_str::<Outcome>(kept).expect("read"), temporary());
        assert_eq!(serde_json::to_string(&temporary()).expect("written"), kept);
    }

    #[test]
    fn a_retry_waits_as_planned_and_by_chance_up_to_the_share_of_the_settings_longer() {
        for (jitter_percent, chance, share) in
            [(20, 0, 100), (20, 51, 104), (20, 255, 120), (50, 255, 150), (0, 255, 100)]
        {
            let schedule = RetrySchedule { jitter_percent, ..RetrySchedule::default() };
            for (failures, planned) in (0..).zip(&schedule.waits) {
                let waited = schedule.next_try(failures, None, Timestamp::UNIX_EPOCH, chance).expect("another try");
                assert_eq!(waited, Timestamp::UNIX_EPOCH + *planned * share / 100, "{jitter_percent} % {chance}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_retry_is_never_early_and_at_most_a_fifth_late(failures in 0_u32..7, chance in any::<u8>()) {
            let schedule = RetrySchedule::default();
            let delivery = Delivery { attempts: failures, ..queued() };
            let next = delivery.after(&temporary(), &schedule, Timestamp::UNIX_EPOCH, chance);
            let planned = schedule.waits[failures as usize];
            let waited = next.due_at.duration_since(Timestamp::UNIX_EPOCH);
            prop_assert!(waited >= planned && waited <= planned * 6 / 5);
        }
    }
}
