//! Alerts: what is owed to a signatory because of an event, and how each delivery of it fares.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    gstin::Gstin,
    id::{AlertId, ConsentId, DeliveryId, SignatoryId},
};

/// What an alert tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// An ASP obtained consent with an OTP. Cannot be switched off.
    ConsentGiven,
    /// A consent ended before its time.
    ConsentEnded,
}

/// By which road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The last attempt failed; another follows.
    TemporaryFailure,
    /// The provider says it can never arrive (no such mailbox). A dead letter.
    PermanentFailure,
    /// Every attempt failed for reasons on our side or the provider's. A dead letter.
    TechnicalFailure,
}

impl DeliveryState {
    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::PermanentFailure | Self::TechnicalFailure)
    }
}

/// An alert owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Whose.
    pub gstin: Gstin,
    /// Ours.
    pub id: AlertId,
    /// About which consent.
    pub consent: ConsentId,
    /// What it tells.
    pub kind: AlertKind,
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
    /// To whom.
    pub recipient: SignatoryId,
    /// How it fares.
    pub state: DeliveryState,
    /// The next attempt is due then.
    pub due_at: Timestamp,
    /// Attempts begun.
    pub attempts: u32,
    /// When the provider took it over.
    pub accepted_at: Option<Timestamp>,
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
    /// The delivery after an attempt ended. `chance` in `0..=255` spreads the retries.
    pub fn after(&self, outcome: &Outcome, schedule: &RetrySchedule, now: Timestamp, chance: u8) -> Self {
        let mut next = Self { attempts: self.attempts + 1, ..self.clone() };
        match outcome {
            Outcome::Accepted { .. } => {
                next.state = DeliveryState::Accepted;
                next.accepted_at = Some(now);
            }
            Outcome::Permanent { .. } => next.state = DeliveryState::PermanentFailure,
            Outcome::Temporary { retry_after_s, .. } => match schedule.wait(self.attempts, chance) {
                Some(wait) => {
                    let asked = SignedDuration::from_secs(retry_after_s.unwrap_or(0).into());
                    next.state = DeliveryState::TemporaryFailure;
                    next.due_at = now + wait.max(asked.min(RETRY_AFTER_MAX));
                }
                None => next.state = DeliveryState::TechnicalFailure,
            },
        }
        next
    }
}

impl RetrySchedule {
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
            state: DeliveryState::Queued,
            due_at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            accepted_at: None,
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
    fn an_outcome_of_before_is_still_read() {
        let kept = r#"{"outcome":"temporary","detail":"timed out"}"#;
        assert_eq!(serde_json::from_str::<Outcome>(kept).expect("read"), temporary());
        assert_eq!(serde_json::to_string(&temporary()).expect("written"), kept);
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
