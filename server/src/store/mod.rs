//! The storage port and its engines, chosen by the database's address alone. A unit of work *is* a transaction:
//! dropped, it never happened.

mod ahead;
mod find;
mod find_deliveries;
mod held_chain;
pub(crate) mod id_order;
mod open;
pub mod port;
mod postgres;
mod sqlite;
mod value;

pub(crate) use ahead::Ahead;
pub use open::{backup, open, open_to_read};
pub use port::{Housekept, Reading, Retention, Store, StoreError, Writing};
pub use postgres::{HOT_STATEMENTS, deliveries_statement, search_statement};
pub use sqlite::BackupError;
