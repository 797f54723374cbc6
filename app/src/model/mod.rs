//! The words and rules of consent: pure types, no I/O, compiled for the server and for the browser alike.

pub mod access_window;
pub mod alert;
pub mod consent;
pub mod contact;
pub mod controls;
pub mod decide;
pub mod event;
pub mod filter;
pub mod gstin;
pub mod id;
pub mod ist;
pub mod language;
pub mod merkle;
pub(crate) mod moment;
pub mod notice;
pub mod otp;
pub mod page;
pub mod preference;
pub mod receipt;
pub mod registry;
pub mod restriction;
pub mod return_type;
pub mod role;
pub mod second_contact;
pub mod security_event;
pub mod session;
pub mod taxpayer;
pub mod throttle;
pub mod unusual;
pub mod usage;

pub use jiff::Timestamp;
