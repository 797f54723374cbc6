//! The record that shows when it was changed: a hash chain of events, one a taxpayer.

mod chain;

pub use chain::{append, broken_at, link};
