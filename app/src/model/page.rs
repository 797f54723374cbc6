//! Paging by key: a page and, where more follows, the key after which the next one starts.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Rows of one page of a list.
pub const ROWS_MAX: usize = 25;

/// The place in a list that is sorted by a moment, newest first, and by id where moments are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The moment of the last row seen.
    pub at: Timestamp,
    /// The id of the last row seen.
    pub id: Uuid,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this page link is broken")]
pub struct BadCursor;

/// Some rows of a list, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// At most [`ROWS_MAX`] rows.
    pub rows: Vec<T>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page out of up to `ROWS_MAX + 1` rows: the one too many only tells that more follows.
    pub fn cut(mut rows: Vec<T>, cursor_of: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > ROWS_MAX;
        rows.truncate(ROWS_MAX);
        let next = rows.last().filter(|_| more).map(|row| cursor_of(row).to_string());
        Self { rows, next }
    }

    /// The same page of other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_microsecond(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (micros, id) = text.split_once('.').ok_or(BadCursor)?;
        let at = Timestamp::from_microsecond(micros.parse().map_err(|_| BadCursor)?).map_err(|_| BadCursor)?;
        Ok(Self { at, id: Uuid::try_parse(id).map_err(|_| BadCursor)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_survives_its_trip_through_a_url(micros in 0_i64..4_000_000_000_000_000, id in any::<u128>()) {
            let at = Timestamp::from_microsecond(micros).expect("in range");
            let cursor = Cursor { at, id: Uuid::from_u128(id) };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn rubbish_is_refused_without_a_panic(text in ".{0,60}") {
            let _: Result<Cursor, BadCursor> = text.parse();
        }
    }

    #[test]
    fn the_row_too_many_becomes_the_next_pages_key() {
        let cursor = |row: &usize| Cursor { at: Timestamp::UNIX_EPOCH, id: Uuid::from_u128(*row as u128) };
        let full = Page::cut((0..=ROWS_MAX).collect(), cursor);
        assert_eq!((full.rows.len(), full.next), (ROWS_MAX, Some(cursor(&(ROWS_MAX - 1)).to_string())));
        assert_eq!(Page::cut((0..ROWS_MAX).collect(), cursor).next, None);
    }
}
