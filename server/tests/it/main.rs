//! The server's parts together, over a real database file and against real counterparts.

mod consents;
mod docs;
mod providers;
mod sigkill;
mod smtp;
mod support;
