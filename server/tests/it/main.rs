//! The server's parts together, over a real database file and against real counterparts.

mod checks_http;
mod consents;
mod docs;
mod nodes;
mod portal_http;
mod providers;
mod revocation;
mod sigkill;
mod smtp;
mod store;
mod support;
mod wire_http;
