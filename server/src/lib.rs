//! The native half: the store, the life of a consent, the GST wire, the check, the alerts, the portal.
#![expect(unexpected_cfgs, reason = "`erase_components` is the framework's, and set for all crates at once")]

pub mod alerts;
pub mod bodies;
pub mod chance;
pub mod clock;
pub mod consent;
pub mod demo;
pub mod desk;
pub mod enforce;
pub mod gateway;
pub mod house;
pub mod ledger;
pub mod metrics;
pub mod nodes;
pub mod outgoing;
pub mod paper;
pub mod portal;
pub mod preferences;
pub mod problem;
pub mod push;
pub mod receipts;
pub mod registry;
pub mod seed;
pub mod standing;
pub mod store;
pub mod taxpayers;
pub mod vault;
pub mod verify;
pub mod wire_client;
pub mod witness;

// A machine's own settings for its compiler take the place of those in .cargo/config.toml.
#[cfg(not(erase_components))]
compile_error!(
    "add `--cfg erase_components` to the flags for rustc: pages would not fit the browser's half without it"
);
