//! Moments as an officer writes them: so long ago, a day or a minute on India's clock, or with an offset.

use std::str::FromStr;

use app::model::{Timestamp, ist};
use jiff::SignedDuration;

/// A moment, or how long before now it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Then.
    At(Timestamp),
    /// So long ago.
    Ago(SignedDuration),
}

/// A text that is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write 90m, 24h or 7d for so long ago, 2026-11-28 or 2026-11-28T17:40 for a moment on India's clock, or \
     2026-11-28T12:10:00Z"
)]
pub struct BadMoment;

/// A span that holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the span ends before it begins: it would run from {} IST to {} IST. Give --since the earlier moment",
    ist::second(*since),
    ist::second(*until)
)]
pub struct BackwardSpan {
    /// Where it would begin.
    pub since: Timestamp,
    /// Where it would end.
    pub until: Timestamp,
}

impl When {
    fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(long) => now.checked_sub(long).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }
}

impl FromStr for When {
    type Err = BadMoment;

    fn from_str(text: &str) -> Result<Self, BadMoment> {
        let text = text.trim();
        if let Some(long) = ago(text) {
            return Ok(Self::Ago(long));
        }
        text.parse().ok().or_else(|| ist::read(text)).map(Self::At).ok_or(BadMoment)
    }
}

/// `90m`, `24h`, `7d`.
fn ago(text: &str) -> Option<SignedDuration> {
    let minutes_of = [('m', 1), ('h', 60), ('d', 24 * 60)];
    let (number, minutes) = minutes_of.iter().find_map(|(unit, minutes)| Some((text.strip_suffix(*unit)?, minutes)))?;
    Some(SignedDuration::from_mins(i64::from(number.parse::<u32>().ok()?) * minutes))
}

/// The span between two moments; without an end, up to now and whatever is written meanwhile.
///
/// # Errors
/// [`BackwardSpan`] where it would hold nothing.
pub fn span(since: When, until: Option<When>, now: Timestamp) -> Result<(Timestamp, Option<Timestamp>), BackwardSpan> {
    let (since, until) = (since.moment(now), until.map(|until| until.moment(now)));
    let end = until.unwrap_or(now);
    if since < end { Ok((since, until)) } else { Err(BackwardSpan { since, until: end }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("timestamp")
    }

    #[test]
    fn a_moment_is_read_as_people_write_it() {
        for (text, read) in [
            ("90m", When::Ago(SignedDuration::from_mins(90))),
            (" 24h ", When::Ago(SignedDuration::from_hours(24))),
            ("7d", When::Ago(SignedDuration::from_hours(168))),
            ("2026-11-28", When::At(at("2026-11-27T18:30:00Z"))),
            ("2026-11-28T17:40", When::At(at("2026-11-28T12:10:00Z"))),
            ("2026-11-28 17:40:05", When::At(at("2026-11-28T12:10:05Z"))),
            ("2026-11-28T12:10:00Z", When::At(at("2026-11-28T12:10:00Z"))),
            ("2026-11-28T12:10:00+01:00", When::At(at("2026-11-28T11:10:00Z"))),
        ] {
            assert_eq!(text.parse(), Ok(read), "{text}");
        }
        for text in ["", "h", "-3h", "24", "5w", "yesterday", "2026-13-01", "28/11/2026", "99999999999d"] {
            assert_eq!(text.parse::<When>(), Err(BadMoment), "{text}");
        }
    }

    #[test]
    fn a_span_has_to_begin_before_it_ends() {
        let now = at("2026-11-28T12:00:00Z");
        let ago = |hours| When::Ago(SignedDuration::from_hours(hours));
        let before = |hours| now - SignedDuration::from_hours(hours);
        assert_eq!(span(ago(2), None, now), Ok((before(2), None)));
        assert_eq!(span(ago(2), Some(ago(1)), now), Ok((before(2), Some(before(1)))));
        assert!(span(ago(1), Some(ago(1)), now).is_err());
        assert!(span(When::At(now), None, now).is_err());
        let said = span(ago(1), Some(ago(2)), now).expect_err("backwards").to_string();
        assert!(said.contains("from 28/11/2026 16:30:00 IST to 28/11/2026 15:30:00 IST"), "{said}");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_refused_without_a_panic(text in ".{0,40}", seconds in 0_i64..4_000_000_000) {
            let now = Timestamp::from_second(seconds).expect("in range");
            if let Ok(when) = text.parse::<When>() {
                let _: Result<_, BackwardSpan> = span(when, None, now);
            }
        }

        #[test]
        fn so_long_ago_never_leaves_the_calendar(days in any::<u32>()) {
            let when: When = format!("{days}d").parse().expect("a moment");
            prop_assert!(span(when, None, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1)).is_ok() || days == 0);
        }
    }
}
