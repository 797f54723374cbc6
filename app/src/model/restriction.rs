//! What a taxpayer takes off a consent: an earlier end, only these returns, so many calls a day, only these hours.

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

use super::{
    ist::IST_SECONDS,
    return_type::{ReturnType, ReturnTypes},
};

/// The most calls a day that can be asked for; without a limit there is none.
pub const CALLS_A_DAY_MAX: u32 = 100_000;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The hours of a day, on India's clock, in which calls pass. May run over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Hours {
    from: u16,
    to: u16,
}

#[derive(Serialize, Deserialize)]
struct Plain {
    from: u16,
    to: u16,
}

/// Hours that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours run from one minute of the day to another")]
pub struct BadHours;

impl Hours {
    /// From eleven in the evening to five in the morning.
    pub const NIGHT: Self = Self { from: 23 * 60, to: 5 * 60 };

    /// From a minute of the day on, up to another one.
    ///
    /// # Errors
    /// [`BadHours`] where a minute is past the end of a day, or both are the same.
    pub fn new(from: u16, to: u16) -> Result<Self, BadHours> {
        if from < DAY && to < DAY && from != to { Ok(Self { from, to }) } else { Err(BadHours) }
    }

    /// The minute of the day that calls pass from.
    pub fn from(self) -> u16 {
        self.from
    }

    /// The minute of the day that calls pass no more from.
    pub fn to(self) -> u16 {
        self.to
    }

    /// Whether a moment lies within.
    pub fn contain(self, at: Timestamp) -> bool {
        let minute = minute_of_day(at);
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// Whether every minute of these is one of the others.
    pub fn are_within(self, others: Self) -> bool {
        let length = |hours: Self| (hours.to + DAY - hours.from) % DAY;
        let begins_after = (self.from + DAY - others.from) % DAY;
        begins_after + length(self) <= length(others)
    }
}

impl TryFrom<Plain> for Hours {
    type Error = BadHours;

    fn try_from(plain: Plain) -> Result<Self, BadHours> {
        Self::new(plain.from, plain.to)
    }
}

impl From<Hours> for Plain {
    fn from(hours: Hours) -> Self {
        Self { from: hours.from, to: hours.to }
    }
}

fn minute_of_day(at: Timestamp) -> u16 {
    let seconds = at.as_second() + i64::from(IST_SECONDS);
    u16::try_from(seconds.rem_euclid(86_400) / 60).unwrap_or(0)
}

/// The day on India's clock that a moment lies in, in days since 1970: what "calls a day" counts by.
pub fn day_of(at: Timestamp) -> i64 {
    (at.as_second() + i64::from(IST_SECONDS)).div_euclid(86_400)
}

/// The first moment of a day on India's clock.
pub fn start_of(day: i64) -> Option<Timestamp> {
    Timestamp::from_second(day.checked_mul(86_400)? - i64::from(Offset::from_seconds(IST_SECONDS).ok()?.seconds())).ok()
}

/// The limits on one consent. Without any, everything passes that the OTP allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Restriction {
    /// Nothing passes from this moment on, before the consent's own end.
    #[serde(with = "super::moment::option")]
    pub until: Option<Timestamp>,
    /// Only these kinds pass.
    pub returns: Option<ReturnTypes>,
    /// Only so many calls pass a day, on India's clock.
    pub calls_a_day: Option<u32>,
    /// Calls pass in these hours only.
    pub hours: Option<Hours>,
}

impl Restriction {
    /// Whether there is no limit.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing passes under these limits that would not have passed under the others.
    pub fn is_within(&self, other: &Self) -> bool {
        fn within<T: Copy>(one: Option<T>, other: Option<T>, is_within: impl Fn(T, T) -> bool) -> bool {
            match (one, other) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(one), Some(other)) => is_within(one, other),
            }
        }
        within(self.until, other.until, |one, other| one <= other)
            && within(self.returns, other.returns, ReturnTypes::is_within)
            && within(self.calls_a_day, other.calls_a_day, |one, other| one <= other)
            && within(self.hours, other.hours, Hours::are_within)
    }

    /// The first limit that refuses a call of a kind at a moment, so many having passed that day.
    pub fn refuses(&self, kind: ReturnType, passed_today: u32, now: Timestamp) -> Option<Limit> {
        if self.returns.is_some_and(|returns| !returns.contains(kind)) {
            return Some(Limit::Returns);
        }
        if self.hours.is_some_and(|hours| !hours.contain(now)) {
            return Some(Limit::Hours);
        }
        self.calls_a_day.is_some_and(|most| passed_today >= most).then_some(Limit::CallsADay)
    }
}

/// Which limit it was. The earlier end is the consent's own matter ([`super::consent::Consent::ends_at`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// This kind is not among those allowed.
    Returns,
    /// As many calls as allowed have passed today.
    CallsADay,
    /// It is not one of the hours.
    Hours,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn restriction() -> impl Strategy<Value = Restriction> {
        let hours = (0..DAY, 0..DAY).prop_filter_map("no hours", |(from, to)| Hours::new(from, to).ok());
        let returns = prop::collection::vec(prop::sample::select(ReturnType::ALL.to_vec()), 0..8)
            .prop_map(|kinds| kinds.into_iter().collect::<ReturnTypes>());
        (
            prop::option::of(0_i64..200_000),
            prop::option::of(returns),
            prop::option::of(0_u32..6),
            prop::option::of(hours),
        )
            .prop_map(|(until, returns, calls_a_day, hours)| Restriction {
                until: until.and_then(|second| Timestamp::from_second(second).ok()),
                returns,
                calls_a_day,
                hours,
            })
    }

    #[test]
    fn hours_may_run_over_midnight_and_are_those_of_india() {
        let at = |text: &str| text.parse::<Timestamp>().expect("moment");
        let night = Hours::new(22 * 60, 6 * 60).expect("hours");
        assert!(night.contain(at("2026-11-25T23:59:00+05:30")) && night.contain(at("2026-11-25T05:59:00+05:30")));
        assert!(!night.contain(at("2026-11-25T06:00:00+05:30")) && !night.contain(at("2026-11-25T21:59:59+05:30")));
        assert_eq!(Hours::new(60, 60), Err(BadHours));
        assert_eq!(Hours::new(0, DAY), Err(BadHours));
    }

    #[test]
    fn a_day_begins_at_midnight_in_india() {
        let midnight = "2026-11-25T00:00:00+05:30".parse::<Timestamp>().expect("moment");
        let day = day_of(midnight);
        assert_eq!(start_of(day), Some(midnight));
        assert_eq!(day_of(midnight - jiff::SignedDuration::from_secs(1)), day - 1);
    }

    proptest! {
        #[test]
        fn what_is_within_other_limits_lets_nothing_pass_that_they_refuse(
            one in restriction(), other in restriction(),
            kind in prop::sample::select(ReturnType::ALL.to_vec()), passed in 0_u32..8, second in 0_i64..200_000,
        ) {
            let now = Timestamp::from_second(second).expect("moment");
            if one.is_within(&other) && one.refuses(kind, passed, now).is_none() {
                prop_assert_eq!(other.refuses(kind, passed, now), None);
            }
        }

        #[test]
        fn limits_are_within_themselves_and_within_none(one in restriction()) {
            prop_assert!(one.is_within(&one));
            prop_assert!(one.is_within(&Restriction::default()));
        }

        #[test]
        fn limits_are_the_same_after_they_were_written_down(one in restriction()) {
            let text = serde_json::to_string(&one).expect("text");
            prop_assert_eq!(serde_json::from_str::<Restriction>(&text).expect("limits"), one);
        }
    }
}
