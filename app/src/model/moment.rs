//! A moment as JSON spells it: `2026-11-23T18:47:03.123456Z`, UTC, to be named on a field by `#[serde(with = …)]`.
//!
//! The time library reads every calendar there is and explains at length what is wrong with a text; the browser, which
//! reads what our own server wrote, would load all of that. Written is the library's own form.

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not a moment"))
}

/// The same for what may not have happened.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Error, Serializer, Timestamp, parse};

    #[expect(clippy::ref_option, reason = "serde's derive passes a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| D::Error::custom("not a moment"))
    }
}

pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) if digits.len() <= 9 => number(&format!("{digits:0<9}"), 9).filter(|_| !digits.is_empty())?,
        Some(_) => return None,
    };
    let [year, month, day] = numbers(date, '-', 4)?;
    let [hour, minute, second] = numbers(time, ':', 2)?;
    let small = |number: i32| i8::try_from(number).ok();
    let at = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        nanoseconds,
    );
    Offset::UTC.to_timestamp(at.ok()?).ok()
}

/// Three numbers, the first of `width` digits, the others of two.
fn numbers(text: &str, separator: char, width: usize) -> Option<[i32; 3]> {
    let mut parts = text.split(separator);
    let three = [number(parts.next()?, width)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?];
    parts.next().is_none().then_some(three)
}

/// A number of so many digits and nothing else.
fn number(text: &str, width: usize) -> Option<i32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_135_596_800_i64..253_402_207_200, nanoseconds in 0..1_000_000_000_i32) {
            for nanoseconds in [0, nanoseconds, nanoseconds / 1_000 * 1_000] {
                let at = Timestamp::new(seconds, 0).expect("in range") + jiff::SignedDuration::new(0, nanoseconds);
                prop_assert_eq!(parse(&at.to_string()), Some(at), "{}", at);
            }
        }

        #[test]
        fn rubbish_is_refused_without_a_panic(text in "[0-9TZ:.+-]{0,32}|.{0,32}") {
            if let Some(at) = parse(&text) {
                prop_assert_eq!(text.parse::<Timestamp>().ok(), Some(at));
            }
        }
    }

    #[test]
    fn what_is_nearly_a_moment_is_none() {
        for text in [
            "2026-11-23T18:47:03",
            "2026-11-23 18:47:03Z",
            "2026-02-30T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T18:47:03.Z",
            "2026-11-23T18:47:03.1234567890Z",
            "2026-+1-23T18:47:03Z",
            "2026-11-23T18:47:03+05:30",
            "2026-11-23-01T18:47:03Z",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
