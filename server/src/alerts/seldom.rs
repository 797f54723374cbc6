//! Log lines that others can cause as often as they like: one a minute, with how many there were.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use app::model::Timestamp;
use jiff::SignedDuration;

/// Between two lines of one kind about one provider.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug)]
struct Line {
    at: Timestamp,
    since: usize,
}

/// When each line was last written. Its keys are names of the settings, so that it stays small.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<BTreeMap<(String, &'static str), Line>>);

impl Seldom {
    /// Counts so many; how many there were since the last line, where one is due.
    pub(super) fn due(&self, about: &str, what: &'static str, many: usize, now: Timestamp) -> Option<usize> {
        if many == 0 {
            return None;
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = lines.get_mut(&(about.to_owned(), what)) else {
            lines.insert((about.to_owned(), what), Line { at: now, since: 0 });
            return Some(many);
        };
        line.since = line.since.saturating_add(many);
        if now.duration_since(line.at) < EVERY {
            return None;
        }
        line.at = now;
        Some(std::mem::take(&mut line.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_once_a_minute_and_tells_of_all_since() {
        let (lines, at) = (Seldom::default(), |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        assert_eq!(lines.due("one", "unreadable", 0, at(0)), None);
        assert_eq!(lines.due("one", "unreadable", 2, at(0)), Some(2));
        assert_eq!(lines.due("one", "unreadable", 3, at(59)), None);
        assert_eq!(lines.due("other", "unreadable", 1, at(59)), Some(1));
        assert_eq!(lines.due("one", "unauthorised", 1, at(59)), Some(1));
        assert_eq!(lines.due("one", "unreadable", 1, at(60)), Some(4));
        assert_eq!(lines.due("one", "unreadable", 1, at(61)), None);
    }
}
