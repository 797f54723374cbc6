//! What every engine must do: each test is written once, over the port, and run on both, in a database of its own.

mod alerts;
mod chain;
mod consents;
mod contacts;
mod deliveries;
mod given;
mod growing;
mod ledger;
mod lists;
mod log;
mod nodes;
mod notices;
mod opening;
mod otp_requests;
mod partitions;
mod plans;
mod portal;
mod providers;
mod push;
mod receipts;
mod registry;
mod reports;
mod restarts;
mod schema;
mod taxpayers;
mod usage;
