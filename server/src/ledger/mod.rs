//! The record that shows when it was changed: a hash chain of events, one a taxpayer, and one Merkle tree over all of them
//! whose root is signed (see `docs/LEDGER.md`).

mod adopting;
mod chain;
mod growing;
mod log;
mod routes;
mod signing;

pub(crate) use self::chain::salt;
pub use self::{
    adopting::adopt,
    chain::{Scribe, broken_at, link},
    growing::Grown,
    log::{Ledger, LedgerError, origin},
    routes::routes,
    signing::{SigningError, SigningKeys},
};
