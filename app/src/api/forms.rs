//! The fields of forms and addresses as a browser without scripts sends them: everything is text, and what was left empty is
//! sent, too.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use super::error::ServiceError;
use crate::model::{
    gstin::Gstin,
    id::ConsentId,
    ist,
    page::Cursor,
    restriction::{Hours, Restriction},
    return_type::{ReturnType, ReturnTypes},
};

/// Hours that a freeze may be asked for at once: ten years.
const HOURS_MAX: u32 = 10 * 366 * 24;

/// A number, where there is one.
pub(super) fn number<T: FromStr>(text: &str) -> Result<Option<T>, ServiceError> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| ServiceError::Unreadable) }
}

/// Where a list goes on, where it does not begin.
pub(super) fn cursor(text: Option<String>) -> Result<Option<Cursor>, ServiceError> {
    text.map(|text| text.parse().map_err(|_| ServiceError::Unreadable)).transpose()
}

/// A date and time as `<input type="datetime-local">` sends it, on India's clock.
pub(super) fn moment(text: &str) -> Result<Option<Timestamp>, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    ist::read(text).map(Some).ok_or(ServiceError::Unreadable)
}

/// The limits of a form.
pub(super) fn limits(
    until: &str,
    returns: &[ReturnType],
    calls_a_day: &str,
    from: &str,
    to: &str,
) -> Result<Restriction, ServiceError> {
    let hours = match (minute(from)?, minute(to)?) {
        (None, None) => None,
        (Some(from), Some(to)) => Some(Hours::new(from, to).map_err(|_| ServiceError::Unreadable)?),
        _ => return Err(ServiceError::Unreadable),
    };
    Ok(Restriction {
        until: moment(until)?,
        returns: (!returns.is_empty()).then(|| returns.iter().copied().collect()),
        calls_a_day: number(calls_a_day)?,
        hours,
    })
}

/// The kinds of a form that listed every kind: with all ticked there is no limit; with none, one that nobody can mean.
pub(super) fn ticked(returns: &[ReturnType]) -> Option<ReturnTypes> {
    (!ReturnType::ALL.iter().all(|kind| returns.contains(kind))).then(|| returns.iter().copied().collect())
}

/// A minute of the day as `<input type="time">` sends it.
fn minute(text: &str) -> Result<Option<u16>, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let minute = || {
        let mut parts = text.split(':');
        let (hour, minute): (u16, u16) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    minute().map(Some).ok_or(ServiceError::Unreadable)
}

/// The end of a freeze, as a form names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Lifted,
    After(SignedDuration),
    At(Timestamp),
}

impl Until {
    pub(super) fn at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Lifted => None,
            Self::After(time) => Some(now + time),
            Self::At(at) => Some(at),
        }
    }
}

pub(super) fn until(hours: &str, until: &str) -> Result<Until, ServiceError> {
    match (number::<u32>(hours)?, moment(until)?) {
        (None, None) => Ok(Until::Lifted),
        (Some(hours @ 1..=HOURS_MAX), None) => Ok(Until::After(SignedDuration::from_hours(i64::from(hours)))),
        (None, Some(at)) => Ok(Until::At(at)),
        _ => Err(ServiceError::Unreadable),
    }
}

/// A consent of a list over several taxpayers: `27GSPMH0992G1ZF/0190…`.
pub(super) fn consent(text: &str) -> Result<(Gstin, ConsentId), ServiceError> {
    let read = || {
        let (gstin, id) = text.split_once('/')?;
        Some((gstin.parse().ok()?, id.parse().ok()?))
    };
    read().ok_or(ServiceError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_was_left_empty_limits_nothing() {
        assert_eq!(limits("", &[], " ", "", ""), Ok(Restriction::default()));
        let full = limits("2026-11-30T18:00", &[ReturnType::Gstr1], "50", "09:00", "18:30").expect("limits");
        assert_eq!(full.until, "2026-11-30T12:30:00Z".parse().ok());
        assert_eq!((full.calls_a_day, full.hours), (Some(50), Hours::new(540, 1_110).ok()));
        for (until, calls, from, to) in
            [("tomorrow", "", "", ""), ("", "-1", "", ""), ("", "", "09:00", ""), ("", "", "24:00", "1:00")]
        {
            assert_eq!(limits(until, &[], calls, from, to), Err(ServiceError::Unreadable), "{until}{calls}{from}{to}");
        }
    }

    #[test]
    fn every_tick_is_no_limit_and_no_tick_is_not() {
        assert_eq!(ticked(&ReturnType::ALL), None);
        assert_eq!(ticked(&[ReturnType::Gstr1]), Some([ReturnType::Gstr1].into_iter().collect()));
        assert!(ticked(&[]).is_some_and(ReturnTypes::is_empty));
    }

    #[test]
    fn a_freeze_lasts_hours_or_until_a_time_or_until_it_is_lifted() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(until("", "").expect("until").at(now), None);
        assert_eq!(until("24", "").expect("until").at(now), Some(now + SignedDuration::from_hours(24)));
        assert_eq!(until("", "1970-01-01T06:00").expect("until").at(now), "1970-01-01T00:30:00Z".parse().ok());
        for (hours, at) in [("0", ""), ("1", "1970-01-01T06:00"), ("x", ""), ("99999999", "")] {
            assert_eq!(until(hours, at), Err(ServiceError::Unreadable));
        }
    }
}
