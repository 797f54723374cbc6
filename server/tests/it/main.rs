//! The server's parts together, over a real database file.

mod consents;
mod support;
