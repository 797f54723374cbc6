//! The circuit breaker of a provider: one that keeps failing is left alone for a while, then asked once. A pure rule.

use app::model::Timestamp;
use jiff::SignedDuration;
use serde::Deserialize;

/// When a provider is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerRules {
    /// Failures in a row that open it.
    pub failures_max: u32,
    /// Seconds for which it is open at first; twice as long each time that the probe fails.
    pub open_seconds_min: u32,
    /// Seconds for which it is open at most.
    pub open_seconds_max: u32,
}

impl Default for BreakerRules {
    /// Five in a row, 5 s, 2 min at most: a provider that is back is noticed within two minutes.
    fn default() -> Self {
        Self { failures_max: 5, open_seconds_min: 5, open_seconds_max: 120 }
    }
}

/// How a breaker stands, for a metric and for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Messages pass.
    Closed,
    /// One message may pass, or is under way.
    HalfOpen,
    /// None passes.
    Open,
}

/// A provider's breaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    rules: BreakerRules,
    at: At,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    Closed {
        failures: u32,
    },
    /// Left alone until then; after that a probe may pass.
    Open {
        until: Timestamp,
        wait: SignedDuration,
    },
    /// A probe is under way. One that never comes back (its task was dropped) holds the place until then.
    Probing {
        until: Timestamp,
        wait: SignedDuration,
    },
}

impl Breaker {
    /// A closed one.
    pub fn new(rules: BreakerRules) -> Self {
        Self { rules, at: At::Closed { failures: 0 } }
    }

    /// How it stands at a moment.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        match self.at {
            At::Closed { .. } => BreakerState::Closed,
            At::Open { until, .. } if now < until => BreakerState::Open,
            At::Open { .. } | At::Probing { .. } => BreakerState::HalfOpen,
        }
    }

    /// Whether a message may pass now.
    pub fn may_pass(&self, now: Timestamp) -> bool {
        self.opens_at().is_none_or(|at| at <= now)
    }

    /// From when on a message may pass again; `None` where it may at any time.
    pub fn opens_at(&self) -> Option<Timestamp> {
        match self.at {
            At::Closed { .. } => None,
            At::Open { until, .. } | At::Probing { until, .. } => Some(until),
        }
    }

    /// A message is about to be sent: where only a probe may pass, this is it.
    pub fn passes(&mut self, now: Timestamp) {
        if let At::Open { wait, .. } | At::Probing { wait, .. } = self.at {
            self.at = At::Probing { until: now + wait, wait };
        }
    }

    /// A message was answered as it should be.
    pub fn succeeded(&mut self) {
        self.at = At::Closed { failures: 0 };
    }

    /// A message failed through the provider's fault, which perhaps asks to be left alone for so long.
    pub fn failed(&mut self, now: Timestamp, leave_alone: Option<SignedDuration>) {
        let (least, most) = (seconds(self.rules.open_seconds_min), seconds(self.rules.open_seconds_max));
        let wait = match self.at {
            At::Closed { failures } if failures + 1 >= self.rules.failures_max || leave_alone.is_some() => Some(least),
            At::Closed { failures } => {
                self.at = At::Closed { failures: failures + 1 };
                None
            }
            At::Probing { wait, .. } => Some((wait * 2).min(most)),
            // Of those that were under way when it opened: they say nothing new.
            At::Open { until, wait } => leave_alone.filter(|alone| now + (*alone).min(most) > until).map(|_| wait),
        };
        if let Some(wait) = wait {
            // Asked for more than it would be left alone anyway, it is.
            let until = now + wait.max(leave_alone.unwrap_or(wait).min(most));
            self.at = At::Open { until, wait };
        }
    }
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn after(count: i64) -> Timestamp {
        START + SignedDuration::from_secs(count)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(BreakerRules::default());
        for _ in 0..5 {
            assert_eq!(breaker.state(START), BreakerState::Closed);
            breaker.failed(START, None);
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        assert_eq!(opened().state(START), BreakerState::Open);
        let mut breaker = Breaker::new(BreakerRules::default());
        for _ in 0..4 {
            breaker.failed(START, None);
        }
        breaker.succeeded();
        breaker.failed(START, None);
        assert_eq!(breaker.state(START), BreakerState::Closed);
    }

    #[test]
    fn when_its_time_is_over_one_message_passes_and_decides() {
        let mut breaker = opened();
        assert!(!breaker.may_pass(after(4)) && breaker.may_pass(after(5)));
        breaker.passes(after(5));
        assert!(!breaker.may_pass(after(5)), "one probe at a time");
        breaker.failed(after(6), None);
        assert_eq!(breaker.opens_at(), Some(after(16)), "twice as long");
        breaker.passes(after(16));
        breaker.succeeded();
        assert_eq!(breaker.state(after(16)), BreakerState::Closed);
    }

    #[test]
    fn a_probe_that_never_comes_back_does_not_hold_it_for_ever() {
        let mut breaker = opened();
        breaker.passes(after(5));
        assert!(!breaker.may_pass(after(9)) && breaker.may_pass(after(10)));
    }

    #[test]
    fn a_provider_that_asks_to_be_left_alone_is_left_alone_at_once_and_not_for_too_long() {
        for (asked, opens) in [(1, 5), (60, 60), (86_400, 120)] {
            let mut breaker = Breaker::new(BreakerRules::default());
            breaker.failed(START, Some(SignedDuration::from_secs(asked)));
            assert_eq!(breaker.opens_at(), Some(after(opens)), "{asked}");
        }
    }

    #[test]
    fn what_was_under_way_when_it_opened_does_not_lengthen_it() {
        let mut breaker = opened();
        for _ in 0..100 {
            breaker.failed(after(3), None);
        }
        assert_eq!(breaker.opens_at(), Some(after(5)));
    }

    proptest! {
        #[test]
        fn whatever_happens_a_message_may_pass_again_within_the_longest_time(
            steps in prop::collection::vec((0_i64..200, 0_u8..4, prop::option::of(0_i64..100_000)), 0..60),
        ) {
            let mut breaker = Breaker::new(BreakerRules::default());
            let mut now = START;
            for (passed, what, alone) in steps {
                now += SignedDuration::from_secs(passed);
                match what {
                    0 => breaker.succeeded(),
                    1 if breaker.may_pass(now) => breaker.passes(now),
                    _ => breaker.failed(now, alone.map(SignedDuration::from_secs)),
                }
                prop_assert!(breaker.may_pass(now + SignedDuration::from_secs(120)));
                prop_assert_eq!(breaker.state(now) == BreakerState::Open, breaker.opens_at().is_some_and(|at| at > now)
                    && !matches!(breaker.at, At::Probing { .. }));
            }
        }
    }
}
