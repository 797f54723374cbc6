//! Receipts that are given out, and the whole history in files: signed, the same each time, in bounded memory.

mod export;
mod issue;
mod rows;
mod spreadsheet;
#[cfg(test)]
mod tests;

pub use self::{
    export::{Export, NextRows, as_stream, sealed_pdf},
    issue::{ReceiptError, Receipts},
};
