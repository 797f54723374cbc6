//! What others say later of a message that was handed over: delivery reports of SMS gateways, bounces of mail. They come late,
//! twice, out of order or never; a state never moves backwards because of one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alert::{Delivery, DeliveryState};

/// What a report says in the end. One that says "not yet" is none. In the order of their weight: that something arrived is
/// proven by one report, that it did not is said too early by some gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The provider gave up: the telephone was off, or the mailbox could not be reached, for too long.
    Expired,
    /// It can never arrive.
    Failed,
    /// It arrived.
    Delivered,
}

/// Why something did not arrive, as far as a person can use it. Carries no contact data and no words of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There is no such mailbox, or no such number.
    NoSuchRecipient,
    /// The mailbox is full.
    MailboxFull,
    /// The telephone or the mail server could not be reached.
    Unreachable,
    /// The operator or the mail server does not let it through: a do-not-disturb list, a filter.
    Refused,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::NoSuchRecipient, Self::MailboxFull, Self::Unreachable, Self::Refused];
}

/// One report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What it says.
    pub verdict: Verdict,
    /// Why it did not arrive, where it says so.
    pub reason: Option<Reason>,
}

/// What was heard of a delivery beyond our own attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The weightiest verdict.
    pub verdict: Option<Verdict>,
    /// Why it did not arrive, where that report said so.
    pub reason: Option<Reason>,
    /// When that report came.
    pub at: Option<Timestamp>,
    /// From when on it is odd that no report has come. `None` where none is expected, where one came, and where the silence
    /// was dealt with.
    pub due_at: Option<Timestamp>,
    /// When it was sent once more, through another provider, because no report came.
    pub repeated_at: Option<Timestamp>,
}

impl DeliveryState {
    /// The state once a verdict is known: the one order of states. What is being sent stays so until the attempt has ended.
    /// What waits for another attempt waits on, unless it is known to have arrived: a failure of one attempt does not take
    /// the next one's chance.
    pub fn judged(self, verdict: Option<Verdict>) -> Self {
        match (self, verdict) {
            (state, None) | (state @ Self::Sending, Some(_)) => state,
            (_, Some(Verdict::Delivered)) => Self::Delivered,
            (state @ (Self::Queued | Self::TemporaryFailure | Self::Delivered | Self::PermanentFailure), Some(_)) => {
                state
            }
            (_, Some(Verdict::Failed)) => Self::PermanentFailure,
            (_, Some(Verdict::Expired)) => Self::Expired,
        }
    }

    /// Whether an attempt is to come, and none under way.
    pub fn waits_for_attempt(self) -> bool {
        matches!(self, Self::Queued | Self::TemporaryFailure)
    }
}

impl Delivery {
    /// The delivery after a report; `None` where it changes nothing. `of_newest` says whether it is about the newest attempt:
    /// what was sent once more is no longer failed by the word about an earlier one, and what waits for another attempt not
    /// at all. That something arrived counts from whichever attempt.
    pub fn hear(&self, report: Report, now: Timestamp, of_newest: bool) -> Option<Self> {
        let superseded = !of_newest || self.state.waits_for_attempt();
        if superseded && report.verdict != Verdict::Delivered || self.heard.verdict >= Some(report.verdict) {
            return None;
        }
        let Report { verdict, reason } = report;
        let heard = Heard { verdict: Some(verdict), reason, at: Some(now), due_at: None, ..self.heard };
        Some(Self { heard, ..self.clone() }.judged())
    }

    /// The same in the state that what was heard leads to. Where that is another attempt, what was heard of the one before is
    /// forgotten: it would keep the next one's report from being heard.
    #[must_use]
    pub fn judged(self) -> Self {
        let state = self.state.judged(self.heard.verdict);
        let heard = if state.waits_for_attempt() {
            Heard { verdict: None, reason: None, at: None, ..self.heard }
        } else {
            self.heard
        };
        Self { state, heard, ..self }
    }

    /// No report came in time: nobody waits for it any longer. With `repeat`, and once at most, it is due again at once.
    #[must_use]
    pub fn after_silence(&self, repeat: bool, now: Timestamp) -> Self {
        let mut next = Self { heard: super::report::Heard { due_at: None, ..self.heard }, ..self.clone() };
        if repeat && self.heard.repeated_at.is_none() {
            next.heard.repeated_at = Some(now);
            next.state = DeliveryState::TemporaryFailure;
            next.due_at = now;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        alert::{Channel, Outcome, RetrySchedule},
        id::{AlertId, DeliveryId, SignatoryId},
    };

    const VERDICTS: [Verdict; 3] = [Verdict::Expired, Verdict::Failed, Verdict::Delivered];

    fn delivery(state: DeliveryState) -> Delivery {
        Delivery {
            gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
            id: DeliveryId(Uuid::from_u128(1)),
            alert: AlertId(Uuid::from_u128(2)),
            channel: Channel::Sms,
            recipient: SignatoryId(Uuid::from_u128(3)),
            contact: None,
            state,
            due_at: Timestamp::UNIX_EPOCH,
            attempts: 1,
            accepted_at: Some(Timestamp::UNIX_EPOCH),
            heard: Heard { due_at: Some(Timestamp::UNIX_EPOCH), ..Heard::default() },
        }
    }

    /// How much is known: what a report may only ever add to.
    fn weight(state: DeliveryState) -> u8 {
        match state {
            DeliveryState::Queued | DeliveryState::Sending | DeliveryState::TemporaryFailure => 0,
            DeliveryState::Accepted | DeliveryState::TechnicalFailure => 1,
            DeliveryState::Expired => 2,
            DeliveryState::PermanentFailure => 3,
            DeliveryState::Delivered => 4,
        }
    }

    fn after(mut delivery: Delivery, verdicts: &[Verdict]) -> Delivery {
        for verdict in verdicts {
            let report = Report { verdict: *verdict, reason: None };
            delivery = delivery.hear(report, Timestamp::UNIX_EPOCH, true).unwrap_or(delivery);
        }
        delivery
    }

    proptest! {
        #[test]
        fn a_state_never_moves_backwards(state in select(&DeliveryState::ALL[..]), verdicts in prop::collection::vec(select(&VERDICTS[..]), 0..8)) {
            let mut before = delivery(state);
            for verdict in verdicts {
                let next = after(before.clone(), &[verdict]);
                prop_assert!(weight(next.state) >= weight(before.state), "{:?} after {:?}", next.state, before.state);
                before = next;
            }
        }

        #[test]
        fn order_and_number_of_reports_make_no_difference(
            state in select(&DeliveryState::ALL[..]),
            verdicts in prop::collection::vec(select(&VERDICTS[..]), 1..8).prop_shuffle(),
        ) {
            let (mut sorted, mut twice) = (verdicts.clone(), verdicts.clone());
            sorted.sort_unstable();
            twice.extend(verdicts.iter().rev());
            let [one, other, double] = [&verdicts, &sorted, &twice].map(|order| after(delivery(state), order));
            prop_assert_eq!((one.state, one.heard.verdict), (other.state, other.heard.verdict));
            prop_assert_eq!((one.state, one.heard.verdict), (double.state, double.heard.verdict));
        }

        #[test]
        fn it_makes_no_difference_whether_reports_come_before_our_own_commit(
            verdicts in prop::collection::vec(select(&VERDICTS[..]), 0..5),
        ) {
            let taken = |delivery: Delivery| Delivery { state: DeliveryState::Accepted, ..delivery }.judged();
            let before = taken(after(delivery(DeliveryState::Sending), &verdicts));
            let later = after(taken(delivery(DeliveryState::Sending)), &verdicts);
            prop_assert_eq!(before.state, later.state);
        }
    }

    #[test]
    fn what_arrived_is_not_sent_again_and_what_waits_has_its_chance() {
        assert_eq!(DeliveryState::TemporaryFailure.judged(Some(Verdict::Delivered)), DeliveryState::Delivered);
        assert_eq!(DeliveryState::TemporaryFailure.judged(Some(Verdict::Failed)), DeliveryState::TemporaryFailure);
        assert_eq!(DeliveryState::Sending.judged(Some(Verdict::Delivered)), DeliveryState::Sending);
    }

    #[test]
    fn what_waits_for_an_attempt_hears_of_that_attempt_afresh() {
        let (now, schedule) = (Timestamp::UNIX_EPOCH, RetrySchedule::default());
        let failed = Report { verdict: Verdict::Failed, reason: Some(Reason::MailboxFull) };
        let waiting = delivery(DeliveryState::TemporaryFailure);
        assert_eq!(waiting.hear(failed, now, true), None, "the next attempt is to come");
        let told_while_sending = delivery(DeliveryState::Sending).hear(failed, now, true).expect("kept");
        assert_eq!(told_while_sending.state, DeliveryState::Sending);
        let tried_again = told_while_sending.after(&Outcome::temporary("timed out"), &schedule, now, 0).judged();
        assert_eq!(tried_again.heard.verdict, None, "that attempt is past");
        let taken = tried_again.after(&Outcome::Accepted { provider_ref: None }, &schedule, now, 0).judged();
        assert_eq!(taken.state, DeliveryState::Accepted);
        let came_back = taken.hear(failed, now, true).expect("heard");
        assert_eq!((came_back.state, came_back.heard.reason), (DeliveryState::PermanentFailure, failed.reason));
    }

    #[test]
    fn silence_sends_once_more_and_never_twice() {
        let now = Timestamp::UNIX_EPOCH;
        let again = delivery(DeliveryState::Accepted).after_silence(true, now);
        assert_eq!((again.state, again.heard.repeated_at), (DeliveryState::TemporaryFailure, Some(now)));
        let taken = again.after(&Outcome::Accepted { provider_ref: None }, &RetrySchedule::default(), now, 0);
        assert_eq!(taken.after_silence(true, now).state, DeliveryState::Accepted);
        assert_eq!(delivery(DeliveryState::Accepted).after_silence(false, now).state, DeliveryState::Accepted);
    }

    #[test]
    fn of_what_was_sent_once_more_only_that_it_arrived_counts_from_the_first_provider() {
        let now = Timestamp::UNIX_EPOCH;
        let again = delivery(DeliveryState::Accepted).after_silence(true, now);
        let (failed, arrived) =
            ([Verdict::Failed, Verdict::Delivered]).map(|v| Report { verdict: v, reason: None }).into();
        assert_eq!(again.hear(failed, now, true), None, "the second attempt is to come");
        let taken = again.after(&Outcome::Accepted { provider_ref: None }, &RetrySchedule::default(), now, 0);
        assert_eq!(taken.hear(failed, now, false), None);
        assert_eq!(taken.hear(failed, now, true).map(|d| d.state), Some(DeliveryState::PermanentFailure));
        assert_eq!(again.hear(arrived, now, false).map(|d| d.state), Some(DeliveryState::Delivered));
    }

    #[test]
    fn a_repeat_that_fails_leaves_the_first_acceptance_standing() {
        let now = Timestamp::UNIX_EPOCH;
        let schedule = RetrySchedule::default();
        let mut again = delivery(DeliveryState::Accepted).after_silence(true, now);
        while !again.state.is_final() {
            again = again.after(&Outcome::temporary("timed out"), &schedule, now, 0);
        }
        assert_eq!(again.state, DeliveryState::Accepted);
    }
}
