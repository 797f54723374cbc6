//! Receipts and signed exports: what a taxpayer holds in hand, and how anybody checks it with nothing but a public key.
//!
//! The same code makes a document on the server and checks it on the server, on a command line and in a browser.

mod check;
mod content;
mod ending;
mod fault;
mod hash_list;
pub mod json;
mod seal;
#[cfg(test)]
mod tests;

pub use self::{
    check::{Check, Checked, Step, check},
    content::{Facts, Linked, Over, ReceiptKind, Subject, Told, consent_receipt, ending_receipt},
    ending::EndingReceipt,
    fault::{Fault, Place},
    hash_list::{Block, BlockHasher, FileFormat, HashList, SEAL_BYTES_MAX},
    seal::{FORMAT, document_hash, seal, with_proof},
};
