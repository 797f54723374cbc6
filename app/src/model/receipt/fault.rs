//! Why a document is not accepted, and where.

use super::json::{BadJson, Wrong};

/// Bytes of a file, the first and the one after the last, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The first byte.
    pub from: u64,
    /// The byte after the last.
    pub until: u64,
    /// The rows that these bytes are, counted from 1, where the file has rows.
    pub rows: Option<(u64, u64)>,
}

/// The first thing that is wrong with a document. Each has a sentence of its own in every language (`text::words`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Larger than any receipt, and no export. It was not read.
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// It ends too early.
    Truncated {
        /// Where.
        at: u64,
    },
    /// It is not the JSON that a receipt is.
    Unreadable {
        /// The first byte that does not fit.
        at: u64,
        /// Why.
        wrong: Wrong,
    },
    /// A document, but not one of ours.
    OtherSystem,
    /// One of ours, of a version that this software does not know.
    OtherVersion {
        /// What it calls itself.
        format: String,
    },
    /// One of ours, but not written as it was given out.
    Reformatted {
        /// The first byte that differs.
        at: u64,
    },
    /// A part is missing.
    Missing {
        /// Its name.
        part: &'static str,
    },
    /// A part that does not belong there, or is no such value.
    Misplaced {
        /// Its name.
        part: String,
    },
    /// Signed by a key that is not among those at hand.
    UnknownKey {
        /// What the document calls it.
        id: String,
    },
    /// The signature does not fit, because of this field.
    Changed {
        /// Its path, as `/event/time`.
        field: String,
    },
    /// The signature does not fit, though each field fits its sum: the signature, the name of the key or a sum was changed.
    Signature,
    /// The event in it does not lead to the hash in it.
    Chain,
    /// The proof that the event stands in the log does not hold.
    Proof,
    /// No signed list of hashes at the end: cut off, or not one of our exports.
    NoSeal,
    /// Some bytes of an export are not those that were signed.
    Bytes(Place),
    /// An export is longer or shorter than was signed.
    Length {
        /// Bytes that were signed.
        signed: u64,
        /// Bytes that are there.
        found: u64,
    },
}

impl From<BadJson> for Fault {
    fn from(bad: BadJson) -> Self {
        let at = bad.at as u64;
        match bad.wrong {
            Wrong::Truncated => Self::Truncated { at },
            wrong => Self::Unreadable { at, wrong },
        }
    }
}
