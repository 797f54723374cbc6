//! From an event to its leaf. The chain's hash covers the event and, through the hash before, all that came before it; the
//! leaf covers the chain's hash under a salt, so that the log tells nobody what it holds.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use super::hash::{Hash, NotHex, leaf_hash, read_hex, write_hex};
use crate::model::event::Event;

/// Bytes of a salt: nobody guesses 128 bits.
pub const SALT_BYTES: usize = 16;

/// What a taxpayer's first event is linked to.
const GENESIS: [u8; 32] = [0; 32];
const LINK: &[u8] = b"asp-access event v1\0";
const ENTRY: &[u8] = b"asp-access leaf v1\0";

/// What keeps a leaf from telling whose event it stands for. Known to the server and to whoever was handed a receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_BYTES]);

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Salt {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        read_hex(text).map(Self)
    }
}

/// The hash that an event adds to its taxpayer's chain: SHA-256 over a label, the hash before, and the event as JSON (fields
/// in the order of the type).
///
/// # Errors
/// Where the event has no JSON.
pub fn chain_hash(before: Option<[u8; 32]>, event: &Event) -> Result<[u8; 32], serde_json::Error> {
    Ok(chain_hash_of_text(before.unwrap_or(GENESIS), &serde_json::to_string(event)?))
}

/// The same where the event's JSON is at hand: a receipt carries it as it was hashed, whatever later versions make of it.
pub fn chain_hash_of_text(before: [u8; 32], event: &str) -> [u8; 32] {
    Sha256::new_with_prefix(LINK).chain_update(before).chain_update(event).finalize().into()
}

/// The leaf of an event: its entry is a label, the salt and the chain's hash.
pub fn event_leaf(salt: Salt, chain_hash: [u8; 32]) -> Hash {
    leaf_hash(&[ENTRY, &salt.0, &chain_hash].concat())
}
