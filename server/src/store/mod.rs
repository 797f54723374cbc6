//! The storage port and its engines. A unit of work *is* a transaction: dropped, it never happened.

pub mod port;
mod sqlite;

pub use port::{Reading, Store, StoreError, Writing};
pub use sqlite::SqliteStore;
