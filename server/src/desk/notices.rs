//! What a machine could not set right: listed the oldest first, and dealt with by somebody who gives a name.

use app::{
    model::{
        Timestamp,
        alert::Channel,
        gstin::Gstin,
        ist,
        language::Language,
        notice::{NoticeKind, OfficerNotice},
        page::Cursor,
    },
    text::{self, words},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    columns::{columns, tamed},
    deliveries::said,
};
use crate::store::{Reading, Store, StoreError};

/// A page of notices that nobody has handled.
#[derive(Debug)]
pub struct OpenNotices {
    notices: Vec<OfficerNotice>,
    more: bool,
}

/// Reads a page, after the last notice of the page before.
///
/// # Errors
/// [`StoreError`] where the database cannot be read.
pub async fn open_notices(store: &dyn Store, after: Option<Cursor>) -> Result<OpenNotices, StoreError> {
    let mut work = store.read().await?;
    let notices = work.open_notices(after.map(|cursor| (cursor.at, cursor.id))).await?;
    let more = match notices.last() {
        Some(last) => !work.open_notices(Some((last.at, last.id))).await?.is_empty(),
        None => false,
    };
    Ok(OpenNotices { notices, more })
}

impl OpenNotices {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.notices.is_empty()
    }

    /// After what the next page begins, where one follows.
    pub fn next(&self) -> Option<Cursor> {
        self.notices.last().filter(|_| self.more).map(|last| Cursor { at: last.at, id: last.id })
    }

    /// A line a notice; GSTIN and id are what [`handle`] wants.
    pub fn table(&self) -> String {
        let cells = |notice: &OfficerNotice| {
            let what = kind(notice.kind).to_owned();
            let seen = seen(&notice.detail);
            let (about, id) = (notice.about.to_string(), notice.id.to_string());
            [ist::second(notice.at), what, seen, about, notice.gstin.to_string(), id]
        };
        let heading = ["Since (IST)", "What", "Seen", "Delivery", "GSTIN", "Notice"];
        columns(heading, &self.notices.iter().map(cells).collect::<Vec<_>>(), heading.len())
    }

    /// A JSON object a line, under names that stay.
    ///
    /// # Errors
    /// Never in fact: every value has its JSON.
    pub fn json_lines(&self) -> Result<String, serde_json::Error> {
        self.notices.iter().map(|notice| Ok(serde_json::to_string(&Line::of(notice))? + "\n")).collect()
    }
}

fn kind(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::DeliveryLate => "Not accepted in time",
        NoticeKind::DeliveryFailed => "Failed for good",
        NoticeKind::NoReport => "No report in time",
    }
}

/// What was written down when the officer was told.
#[derive(Deserialize)]
struct Detail {
    channel: Channel,
    attempts: u32,
    seen: String,
}

fn seen(detail: &str) -> String {
    serde_json::from_str(detail).map_or_else(
        |_| tamed(detail),
        |Detail { channel, attempts, seen }| {
            let channel = words::channel(text::of(Language::En), channel);
            let tries = if attempts == 1 { "try" } else { "tries" };
            // What an attempt came to is written down as such; what else was seen, in words.
            let seen = serde_json::from_str(&seen).map_or(seen, |outcome| said(&outcome));
            tamed(&format!("{channel}, {attempts} {tries}: {seen}"))
        },
    )
}

/// A notice as programs read it.
#[derive(Serialize)]
struct Line {
    id: Uuid,
    at: Timestamp,
    gstin: Gstin,
    kind: NoticeKind,
    about: Uuid,
    detail: Value,
}

impl Line {
    fn of(notice: &OfficerNotice) -> Self {
        let OfficerNotice { gstin, id, kind, about, at, detail, handled: _ } = notice;
        let detail = serde_json::from_str(detail).unwrap_or_else(|_| Value::String(detail.clone()));
        Self { id: *id, at: *at, gstin: *gstin, kind: *kind, about: *about, detail }
    }
}

/// Why a notice is not handled by this officer.
#[derive(Debug, thiserror::Error)]
pub enum NotHandled {
    /// There is no such notice about this taxpayer.
    #[error("there is no notice {id} about {gstin}: take both from one line of `asp-access desk notices`")]
    Unknown {
        /// The taxpayer that was named.
        gstin: Gstin,
        /// The notice that was named.
        id: Uuid,
    },
    /// Somebody else was first.
    #[error("{by} has handled this notice already, at {} IST: nothing was changed", ist::second(*at))]
    Already {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// The database did not answer, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether a notice waits for an officer.
///
/// # Errors
/// [`NotHandled`] where it does not, and why.
pub async fn look_up(store: &dyn Store, gstin: Gstin, id: Uuid) -> Result<(), NotHandled> {
    is_open(&mut *store.read().await?, gstin, id).await
}

async fn is_open(work: &mut dyn Reading, gstin: Gstin, id: Uuid) -> Result<(), NotHandled> {
    match work.notice(gstin, id).await? {
        None => Err(NotHandled::Unknown { gstin, id }),
        Some(OfficerNotice { handled: Some((at, by)), .. }) => Err(NotHandled::Already { by: tamed(&by), at }),
        Some(_) => Ok(()),
    }
}

/// An officer has dealt with a notice.
///
/// # Errors
/// [`NotHandled`] where somebody else has, or there is none; then nothing was written.
pub async fn handle(store: &dyn Store, gstin: Gstin, id: Uuid, by: &str, now: Timestamp) -> Result<(), NotHandled> {
    let mut work = store.write().await?;
    match work.handle_notice(gstin, id, now, by).await {
        Ok(()) => Ok(work.commit().await?),
        Err(StoreError::Conflict) => {
            is_open(&mut *work, gstin, id).await?;
            Err(StoreError::Conflict.into())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_attempt_came_to_is_read_as_words_and_so_is_what_else_was_seen() {
        let seen =
            |what: &str| seen(&serde_json::json!({ "channel": "email", "attempts": 3, "seen": what }).to_string());
        assert_eq!(
            seen(r#"{"outcome":"permanent","detail":"550 no such mailbox"}"#),
            "E-mail, 3 tries: never: 550 no such mailbox"
        );
        assert_eq!(seen("not tried in time"), "E-mail, 3 tries: not tried in time");
    }
}
