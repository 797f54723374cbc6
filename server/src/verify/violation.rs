//! What a check says: which rule is broken, by which row, and how.

use std::fmt;

use app::model::{gstin::Gstin, id::ConsentId};
use serde::Serialize;

use crate::store::port::KeptSession;

/// Hexadecimal digits of a token's hash that name a session: eight bytes are enough to find it.
const SESSION_DIGITS: usize = 16;

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule's name.
    pub check: &'static str,
    /// The row: its table and its key.
    pub row: String,
    /// How it breaks the rule.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.row, self.what, self.check)
    }
}

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Taxpayers.
    pub taxpayers: u64,
    /// Consents.
    pub consents: u64,
    /// Leaves of the ledger.
    pub leaves: u64,
    /// Rows of every kind, calls not among them.
    pub rows: u64,
    /// Rules broken.
    pub violations: u64,
}

/// Takes down what one check finds.
pub(super) struct Findings<'a> {
    pub(super) check: &'static str,
    pub(super) found: &'a mut Vec<Violation>,
}

impl Findings<'_> {
    pub(super) fn row(&mut self, row: String, what: impl Into<String>) {
        self.found.push(Violation { check: self.check, row, what: what.into() });
    }

    pub(super) fn consent(&mut self, gstin: Gstin, id: ConsentId, what: impl Into<String>) {
        self.row(format!("consent {gstin}/{id}"), what);
    }
}

/// The name of a session's row.
pub(super) fn session_row(kept: &KeptSession) -> String {
    let hash = hex::encode(kept.token.0);
    format!("session {}/{}…", kept.session.gstin, &hash[..SESSION_DIGITS])
}
