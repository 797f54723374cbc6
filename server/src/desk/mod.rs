//! The officers' side of the alerts: the state of every delivery, in bulk, and what a machine could not set right. Shows no
//! contact data.

mod columns;
mod deliveries;
mod notices;
mod summary;
mod when;

pub use self::{
    deliveries::{Listing, deliveries},
    notices::{NotHandled, OpenNotices, handle, look_up, open_notices},
    summary::{Summary, summary},
    when::{BackwardSpan, BadMoment, When, span},
};
