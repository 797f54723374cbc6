//! Indian Standard Time as screens and alerts write it: `dd/mm/yyyy HH:MM:SS`, UTC+5:30, no summer time ever.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};

/// India's clock: so many seconds ahead, all year.
pub(super) const IST_SECONDS: i32 = 5 * 3600 + 30 * 60;

fn civil(at: Timestamp) -> DateTime {
    Offset::from_seconds(IST_SECONDS).map_or_else(|_| Offset::UTC.to_datetime(at), |ist| ist.to_datetime(at))
}

/// `24/11/2026`
pub fn date(at: Timestamp) -> String {
    let d = civil(at);
    format!("{:02}/{:02}/{:04}", d.day(), d.month(), d.year())
}

/// `24/11/2026 05:47`
pub fn minute(at: Timestamp) -> String {
    let d = civil(at);
    format!("{} {:02}:{:02}", date(at), d.hour(), d.minute())
}

/// `24/11/2026 05:47:03`
pub fn second(at: Timestamp) -> String {
    format!("{} {}", date(at), clock(at))
}

/// `05:47:03`
pub fn clock(at: Timestamp) -> String {
    civil(at).strftime("%H:%M:%S").to_string()
}

/// A moment beside an earlier one: without the date where it is the same.
pub fn second_after(before: Timestamp, at: Timestamp) -> String {
    if date(before) == date(at) { clock(at) } else { second(at) }
}

/// `2026-11-24T05:47:03+05:30`, as machines read it in a page.
pub fn machine(at: Timestamp) -> String {
    let d = civil(at);
    let (date, time) = ((d.year(), d.month(), d.day()), (d.hour(), d.minute(), d.second()));
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+05:30", date.0, date.1, date.2, time.0, time.1, time.2)
}

/// `2026-11-24T05:47`, as `<input type="datetime-local">` takes it.
pub fn form(at: Timestamp) -> String {
    machine(at).chars().take("2026-11-24T05:47".len()).collect()
}

/// The moment of a reading of India's clock, as [`form`] writes it; of a day alone, its midnight.
pub fn read(text: &str) -> Option<Timestamp> {
    Offset::from_seconds(IST_SECONDS).ok()?.to_timestamp(text.parse::<DateTime>().ok()?).ok()
}

/// `Tue, 24 Nov 2026 05:47:03 +0530`, as a mail's `Date` wants it (RFC 5322 §3.3).
pub fn rfc5322(at: Timestamp) -> String {
    format!("{} +0530", civil(at).strftime("%a, %d %b %Y %H:%M:%S"))
}

/// What remains, in its two largest units: `(days, hours)`, `(hours, minutes)` or `(minutes, 0)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// At least a day.
    Days(i64, i64),
    /// At least an hour.
    Hours(i64, i64),
    /// Less than an hour.
    Minutes(i64),
    /// Nothing.
    Over,
}

/// The time from `now` to `until`, rounded down: nobody is promised a minute too much.
pub fn left(until: Timestamp, now: Timestamp) -> Left {
    let span = until.duration_since(now);
    if span <= SignedDuration::ZERO {
        return Left::Over;
    }
    let minutes = span.as_mins();
    match (minutes / (24 * 60), minutes / 60) {
        (0, 0) => Left::Minutes(minutes),
        (0, hours) => Left::Hours(hours, minutes % 60),
        (days, hours) => Left::Days(days, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_portal_writes_them() {
        let at: Timestamp = "2026-11-23T18:47:03Z".parse().expect("timestamp");
        assert_eq!(second(at), "24/11/2026 00:17:03");
        assert_eq!(minute(at), "24/11/2026 00:17");
        assert_eq!(date(at), "24/11/2026");
        assert_eq!(machine(at), "2026-11-24T00:17:03+05:30");
        assert_eq!(form(at), "2026-11-24T00:17");
        assert_eq!(rfc5322(at), "Tue, 24 Nov 2026 00:17:03 +0530");
    }

    #[test]
    fn what_was_written_is_read_as_the_same_moment() {
        let at: Timestamp = "2026-11-23T18:47:00Z".parse().expect("timestamp");
        assert_eq!(read(&form(at)), Some(at));
        assert_eq!(read("2026-11-24").map(form), Some("2026-11-24T00:00".to_owned()));
        assert_eq!(read("tomorrow"), None);
    }

    #[test]
    fn what_is_left_is_rounded_down() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |seconds| left(now + SignedDuration::from_secs(seconds), now);
        assert_eq!(after(0), Left::Over);
        assert_eq!(after(59), Left::Minutes(0));
        assert_eq!(after(6 * 3600 - 1), Left::Hours(5, 59));
        assert_eq!(after(30 * 86_400 - 1), Left::Days(29, 23));
    }
}
