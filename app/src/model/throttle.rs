//! How often something may be asked for: at most so many in any span, remembered in a few numbers.
//!
//! Not a token bucket, which after a pause lets nearly twice the bound through within one span; not a count over the
//! requests' rows, which costs more the more is asked. Requests of the same slice of the span are remembered as one
//! number with the moment of the last: never too many pass, and a place is free again a slice too late at worst.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Slices of a span; a row then holds one number more at most.
const SLICES: i64 = 10;

/// At most so many in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub max: u32,
    /// In which span, wherever it begins.
    pub span: SignedDuration,
}

/// What is remembered of one who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Throttle(Vec<Slice>);

/// The requests of one slice: microseconds since 1970 of the last of them, and their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Slice(i64, u32);

impl RateLimit {
    /// A slice, in microseconds.
    fn slice_micros(&self) -> i64 {
        i64::try_from(self.span.as_micros() / i128::from(SLICES)).unwrap_or(i64::MAX).max(1)
    }
}

impl Throttle {
    /// What is remembered after one more request; `None` where that would be one too many.
    ///
    /// A clock that was set back frees nothing: what was counted stays until its own span is over.
    pub fn admit(&self, limit: &RateLimit, now: Timestamp) -> Option<Self> {
        let (now, slice) = (now.as_microsecond(), limit.slice_micros());
        let span = i64::try_from(limit.span.as_micros()).unwrap_or(i64::MAX);
        let mut kept: Vec<_> =
            self.0.iter().copied().filter(|Slice(last, _)| last.saturating_add(span) > now).collect();
        if kept.iter().map(|Slice(_, count)| u64::from(*count)).sum::<u64>() >= u64::from(limit.max) {
            return None;
        }
        match kept.iter_mut().find(|Slice(last, _)| last.div_euclid(slice) == now.div_euclid(slice)) {
            Some(Slice(last, count)) => (*last, *count) = ((*last).max(now), *count + 1),
            None => kept.push(Slice(now, 1)),
        }
        Some(Self(kept))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: RateLimit = RateLimit { max: 10, span: SignedDuration::from_mins(10) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).expect("in range")
    }

    /// Which of these moments are admitted.
    fn admitted(seconds: &[i64]) -> Vec<i64> {
        let mut throttle = Throttle::default();
        let mut passed = Vec::new();
        for second in seconds {
            if let Some(next) = throttle.admit(&LIMIT, at(*second)) {
                throttle = next;
                passed.push(*second);
            }
        }
        passed
    }

    #[test]
    fn all_at_once_are_admitted_and_again_when_the_span_is_over() {
        assert_eq!(admitted(&[0; 11]).len(), 10);
        assert_eq!(admitted(&[[0; 10].as_slice(), &[599, 600]].concat()).last(), Some(&600));
    }

    #[test]
    fn what_is_remembered_stays_small() {
        let many = RateLimit { max: 6_000, ..LIMIT };
        let mut throttle = Throttle::default();
        for second in 0..3_600 {
            throttle = throttle.admit(&many, at(second)).unwrap_or(throttle);
            assert!(throttle.0.len() <= 11, "{throttle:?}");
        }
        assert!(serde_json::to_string(&throttle).expect("JSON").len() < 300);
    }

    proptest! {
        #[test]
        fn never_more_than_the_bound_pass_in_any_span(mut seconds in prop::collection::vec(0_i64..3_000, 0..120)) {
            seconds.sort_unstable();
            let passed = admitted(&seconds);
            for (place, first) in passed.iter().enumerate() {
                prop_assert!(passed[place..].iter().filter(|second| **second < first + 600).count() <= 10);
            }
        }

        #[test]
        fn nobody_is_refused_who_asked_less_within_a_span_and_a_slice(
            mut seconds in prop::collection::vec(0_i64..3_000, 0..120)
        ) {
            seconds.sort_unstable();
            let mut throttle = Throttle::default();
            let mut passed: Vec<i64> = Vec::new();
            for second in seconds {
                let recent = passed.iter().filter(|earlier| **earlier > second - 660).count();
                match throttle.admit(&LIMIT, at(second)) {
                    Some(next) => { throttle = next; passed.push(second); }
                    None => prop_assert!(recent >= 10, "{recent} requests before second {second}"),
                }
            }
        }
    }
}
