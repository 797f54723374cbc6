//! A fault in words: which message fits which.

use super::FaultText;
use crate::model::receipt::{Fault, Place, json::Wrong};

/// What is wrong with a document, and where. Bytes are counted from 1, as editors count.
pub fn sentence(text: &FaultText, fault: &Fault) -> String {
    match fault {
        Fault::TooLarge { bytes } => (text.too_large)(*bytes),
        Fault::Truncated { at } => (text.truncated)(*at),
        Fault::Unreadable { at, wrong } => unreadable(text, at + 1, wrong),
        Fault::OtherSystem => text.other_system.to_owned(),
        Fault::OtherVersion { format } => (text.other_version)(format),
        Fault::Reformatted { at } => (text.reformatted)(at + 1),
        Fault::Missing { part } => (text.missing)(part),
        Fault::Misplaced { part } => (text.misplaced)(part),
        Fault::UnknownKey { id } => (text.unknown_key)(id),
        Fault::Changed { field } => (text.changed)(field),
        Fault::Signature => text.signature.to_owned(),
        Fault::Chain => text.chain.to_owned(),
        Fault::Proof => text.proof.to_owned(),
        Fault::NoSeal => text.no_seal.to_owned(),
        Fault::Bytes(Place { from, until, rows: Some((first, last)) }) => (text.rows)(*first, *last, from + 1, *until),
        Fault::Bytes(Place { from, until, rows: None }) => (text.bytes)(from + 1, *until),
        Fault::Length { signed, found } => (text.length)(*signed, *found),
    }
}

fn unreadable(text: &FaultText, at: u64, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Truncated => (text.truncated)(at),
        Wrong::NotText => (text.not_text)(at),
        Wrong::Syntax => (text.syntax)(at),
        Wrong::Duplicate(name) => (text.duplicate)(name, at),
        Wrong::TooDeep => (text.too_deep)(at),
        Wrong::Number => (text.number)(at),
        Wrong::Name => (text.name)(at),
        Wrong::More => (text.more)(at),
    }
}
