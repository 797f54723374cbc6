//! What a GSP is owed when a consent through it ends: one security event, told once, or fetched.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    alert::{Outcome, RetrySchedule},
    gstin::Gstin,
    id::{ConsentId, GspId},
};

/// How a security event fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityEventState {
    /// The GSP wanted to be told of nothing when the consent ended.
    NotWanted,
    /// Nobody has tried yet, or the GSP has not fetched it.
    Queued,
    /// Leased by a worker that is telling it.
    Sending,
    /// An attempt failed; there will be another one.
    TemporaryFailure,
    /// The GSP has it, and said so.
    Accepted,
    /// The GSP refuses it.
    PermanentFailure,
    /// Every attempt failed, or nobody fetched it in time.
    TechnicalFailure,
}

impl SecurityEventState {
    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending | Self::TemporaryFailure)
    }
}

/// One security event. A consent ends at most once, so that its consent names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Whose consent.
    pub gstin: Gstin,
    /// The consent that ended.
    pub consent: ConsentId,
    /// The GSP that it was given through.
    pub gsp: GspId,
    /// How it fares.
    pub state: SecurityEventState,
    /// When the consent ended.
    pub owed_at: Timestamp,
    /// Not told before; under a lease, the end of the lease.
    pub due_at: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
}

impl SecurityEvent {
    /// The event after an attempt ended. `chance` in `0..=255` spreads the retries.
    pub fn after(&self, outcome: &Outcome, schedule: &RetrySchedule, now: Timestamp, chance: u8) -> Self {
        let mut next = Self { attempts: self.attempts + 1, ..self.clone() };
        match outcome {
            Outcome::Accepted { .. } => next.state = SecurityEventState::Accepted,
            Outcome::Permanent { .. } => next.state = SecurityEventState::PermanentFailure,
            Outcome::Temporary { retry_after_s, .. } => {
                match schedule.next_try(self.attempts, *retry_after_s, now, chance) {
                    Some(due_at) => {
                        next.state = SecurityEventState::TemporaryFailure;
                        next.due_at = due_at;
                    }
                    None => next.state = SecurityEventState::TechnicalFailure,
                }
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;

    fn queued() -> SecurityEvent {
        SecurityEvent {
            gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
            consent: ConsentId(Uuid::from_u128(1)),
            gsp: GspId(Uuid::from_u128(2)),
            state: SecurityEventState::Queued,
            owed_at: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
            attempts: 0,
        }
    }

    #[test]
    fn each_outcome_leads_to_its_state_and_a_temporary_one_to_an_end() {
        let schedule = RetrySchedule { waits: vec![SignedDuration::from_secs(5); 2], ..RetrySchedule::default() };
        let at = Timestamp::UNIX_EPOCH;
        let after = |outcome| queued().after(&outcome, &schedule, at, 0).state;
        assert_eq!(after(Outcome::Accepted { provider_ref: None }), SecurityEventState::Accepted);
        assert_eq!(
            after(Outcome::Permanent { detail: "invalid_audience".into() }),
            SecurityEventState::PermanentFailure
        );
        let mut event = queued();
        while !event.state.is_final() {
            event = event.after(&Outcome::temporary("HTTP 503"), &schedule, event.due_at, 0);
        }
        assert_eq!((event.state, event.attempts), (SecurityEventState::TechnicalFailure, 3));
        assert_eq!(event.due_at, at + SignedDuration::from_secs(10));
    }
}
