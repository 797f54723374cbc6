//! Which part of a table a moment belongs to: calendar months and years (UTC), their names and their bounds. Pure.

use app::model::Timestamp;
use jiff::{ToSpan, civil::Date, tz::Offset};

use crate::store::{Retention, id_order};

/// How long a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Month,
    Year,
}

/// By what a table is split.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// A UUID v7.
    Id,
    /// Microseconds.
    Moment,
}

/// Which retention holds for it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept {
    /// In whole calendar years, so that no event goes before the consents of its year.
    AsConsents,
    AsLogs,
}

/// A table that is split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) table: &'static str,
    pub(super) span: Span,
    pub(super) key: Key,
    pub(super) kept: Kept,
}

/// Every table that is split. Consents by year: a taxpayer's history then looks into few parts.
pub(super) const SPLIT: [Split; 12] = [
    Split { table: "consent", span: Span::Year, key: Key::Id, kept: Kept::AsConsents },
    Split { table: "event", span: Span::Month, key: Key::Moment, kept: Kept::AsConsents },
    Split { table: "leaf", span: Span::Month, key: Key::Moment, kept: Kept::AsConsents },
    Split { table: "usage", span: Span::Month, key: Key::Id, kept: Kept::AsConsents },
    Split { table: "usage_of_day", span: Span::Month, key: Key::Id, kept: Kept::AsConsents },
    Split { table: "sighting", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
    Split { table: "notice", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
    Split { table: "alert", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
    Split { table: "delivery", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
    Split { table: "attempt", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
    Split { table: "call", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
    Split { table: "security_event", span: Span::Month, key: Key::Id, kept: Kept::AsLogs },
];

/// One part: from its first day to the first day of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    first: Date,
    next: Date,
}

fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

fn start(day: Date) -> Timestamp {
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

/// The first moment of the day so many months later.
pub(super) fn months_later(at: Timestamp, months: i32) -> Timestamp {
    start(day(at).saturating_add(months.months()))
}

impl Split {
    fn part(&self, of: Date) -> Part {
        match self.span {
            Span::Month => {
                let first = of.first_of_month();
                let name = format!("{}_{:04}_{:02}", self.table, first.year(), first.month());
                Part { name, first, next: first.saturating_add(1.month()) }
            }
            Span::Year => {
                let first = of.first_of_year();
                Part {
                    name: format!("{}_{:04}", self.table, first.year()),
                    first,
                    next: first.saturating_add(1.year()),
                }
            }
        }
    }

    /// The parts that a span of time needs, in order.
    pub(super) fn parts(&self, from: Timestamp, until: Timestamp) -> Vec<Part> {
        let (mut part, last) = (self.part(day(from)), day(until));
        let mut parts = Vec::new();
        while part.first <= last && part.next > part.first {
            let next = self.part(part.next);
            parts.push(part);
            part = next;
        }
        parts
    }

    /// The bounds of a part as literals: from (included) and to (not included).
    pub(super) fn bounds(&self, part: &Part) -> (String, String) {
        let bound = |first| match self.key {
            Key::Id => format!("'{}'", id_order::first_id(start(first))),
            Key::Moment => start(first).as_microsecond().to_string(),
        };
        (bound(part.first), bound(part.next))
    }

    /// Whether everything in the part of this name is past its retention. What is not a name of a part is not.
    pub(super) fn is_past(&self, name: &str, retention: Retention, now: Timestamp) -> bool {
        self.named(name).is_some_and(|part| start(part.next) <= self.kept_from(retention, now))
    }

    /// The oldest moment that is not past its retention.
    pub(super) fn kept_from(&self, retention: Retention, now: Timestamp) -> Timestamp {
        let today = day(now);
        start(match self.kept {
            Kept::AsConsents => today.first_of_year().saturating_sub(i64::from(retention.consents_years()).years()),
            Kept::AsLogs => today.saturating_sub(i64::from(retention.logs_years()).years()),
        })
    }

    /// The first moment of the part of this name.
    pub(super) fn first_moment(&self, name: &str) -> Option<Timestamp> {
        Some(start(self.named(name)?.first))
    }

    fn named(&self, name: &str) -> Option<Part> {
        let mut numbers = name.strip_prefix(self.table)?.strip_prefix('_')?.split('_');
        let year = numbers.next()?.parse().ok()?;
        let month = numbers.next().map_or(Some(1), |month| month.parse().ok())?;
        let part = self.part(Date::new(year, month, 1).ok()?);
        (part.name == name).then_some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSENT: Split = SPLIT[0];
    const EVENT: Split = SPLIT[1];
    const CALL: Split = SPLIT[10];

    fn at(text: &str) -> Timestamp {
        text.parse().expect("timestamp")
    }

    #[test]
    fn parts_follow_each_other_without_a_gap() {
        let parts = EVENT.parts(at("2026-11-30T23:59:59.999999Z"), at("2027-02-01T00:00:00Z"));
        let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["event_2026_11", "event_2026_12", "event_2027_01", "event_2027_02"]);
        assert!(parts.windows(2).all(|two| EVENT.bounds(&two[0]).1 == EVENT.bounds(&two[1]).0));
        assert_eq!(CONSENT.parts(at("2026-12-31T23:59:59Z"), at("2027-01-01T00:00:00Z")).len(), 2);
        assert_eq!(CONSENT.parts(at("2026-12-31T23:59:59Z"), at("2026-01-01T00:00:00Z")).len(), 1);
    }

    #[test]
    fn bounds_are_the_first_moments_as_ids_or_as_microseconds() {
        let part = EVENT.part(day(at("2026-11-20T10:00:00Z")));
        assert_eq!(EVENT.bounds(&part), ("1793491200000000".into(), "1796083200000000".into()));
        let (from, _) = CALL.bounds(&CALL.part(day(at("2026-11-20T10:00:00Z"))));
        assert_eq!(from, "'01a19467-e800-0000-0000-000000000000'");
    }

    #[test]
    fn consents_go_by_whole_years_and_logs_by_whole_months() {
        let (retention, now) = (Retention::default(), at("2026-11-20T10:00:00Z"));
        let past = |split: Split, name| split.is_past(name, retention, now);
        assert!(past(CONSENT, "consent_2018") && !past(CONSENT, "consent_2019"));
        assert!(past(EVENT, "event_2018_12") && !past(EVENT, "event_2019_01"));
        assert!(past(CALL, "call_2025_10") && !past(CALL, "call_2025_11"));
        assert!(!past(CALL, "call_archive") && !past(CALL, "call_2025_1") && !past(CALL, "consent_2018"));
    }
}
