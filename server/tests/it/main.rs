//! The server's parts together, over a real database file and against real counterparts.

mod across_nodes;
mod backup;
mod checks_http;
mod clock_back;
mod consents;
mod disk_full;
mod docs;
mod failures;
mod nodes;
mod nodes_in_trouble;
mod portal_http;
mod providers;
mod registry;
mod revocation;
mod ring;
mod shutdown;
mod sigkill;
mod slow_bodies;
mod smtp;
mod store;
mod support;
mod verify;
mod wire_http;
mod witness;
