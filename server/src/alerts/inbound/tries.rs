//! How often a number that signs for nobody may name a code, or say `STOPALL`. There is nothing that it could guess; it is only not to keep the
//! database busy, so that each server counts for itself, in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use app::model::Timestamp;
use jiff::SignedDuration;

use super::desk::WRONG_MAX;
use crate::vault::KeyedHash;

/// Numbers that are remembered; the one whose window began first goes first. About half a megabyte.
const NUMBERS_MAX: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Timestamp,
    wrong: u32,
}

/// Wrong tries by the hash of the number, in memory.
#[derive(Debug)]
pub(super) struct Tries {
    span: SignedDuration,
    windows: Mutex<HashMap<[u8; 32], Window>>,
}

impl Tries {
    /// So many as there may be within this time.
    pub(super) fn within(span: SignedDuration) -> Self {
        Self { span, windows: Mutex::default() }
    }

    /// Whether a number is still looked up.
    pub(super) fn may(&self, number: KeyedHash, now: Timestamp) -> bool {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let known = windows.get(&number.0).filter(|window| now.duration_since(window.began) < self.span);
        known.is_none_or(|window| window.wrong < WRONG_MAX)
    }

    /// Counts a message that was of no use.
    pub(super) fn wrong(&self, number: KeyedHash, now: Timestamp) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= NUMBERS_MAX && !windows.contains_key(&number.0) {
            windows.retain(|_, window| now.duration_since(window.began) < self.span);
            if windows.len() >= NUMBERS_MAX
                && let Some(first) = windows.iter().min_by_key(|(_, window)| window.began).map(|(number, _)| *number)
            {
                windows.remove(&first);
            }
        }
        let window = windows.entry(number.0).or_insert(Window { began: now, wrong: 0 });
        if now.duration_since(window.began) >= self.span {
            *window = Window { began: now, wrong: 0 };
        }
        window.wrong = window.wrong.saturating_add(1);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(of: u32) -> KeyedHash {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&of.to_be_bytes());
        KeyedHash(hash)
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_number_may_be_wrong_ten_times_an_hour() {
        let tries = Tries::within(SignedDuration::from_hours(1));
        for _ in 0..WRONG_MAX {
            assert!(tries.may(number(1), at(0)));
            tries.wrong(number(1), at(0));
        }
        assert!(!tries.may(number(1), at(59)) && tries.may(number(2), at(59)));
        assert!(tries.may(number(1), at(60)));
        tries.wrong(number(1), at(60));
        assert!(tries.may(number(1), at(61)), "the hour began anew");
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let tries = Tries::within(SignedDuration::from_hours(1));
        for of in 0..12_000 {
            tries.wrong(number(of), at(i64::from(of / 1_000)));
        }
        assert_eq!(tries.len(), NUMBERS_MAX);
        let windows = tries.windows.lock().expect("windows");
        assert!(windows.contains_key(&number(11_999).0) && windows.values().all(|window| window.began >= at(1)));
    }
}
