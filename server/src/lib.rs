//! The native half: the store, the life of a consent, the GST wire, the check, the alerts, the portal.

pub mod alerts;
pub mod bodies;
pub mod chance;
pub mod clock;
pub mod consent;
pub mod demo;
pub mod enforce;
pub mod gateway;
pub mod house;
pub mod ledger;
pub mod metrics;
pub mod nodes;
pub mod paper;
pub mod portal;
pub mod preferences;
pub mod problem;
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
