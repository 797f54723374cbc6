//! GSPs are told when a consent through them ends, so that an ASP can tell its user why: one signed security event (RFC
//! 8417) an end, pushed to the GSP (RFC 8935), or fetched by it (RFC 8936).
//!
//! ```text
//! the end's own transaction owes the event ──► the end holds everywhere ──► Pusher leases it, signs it, calls the GSP
//!                                                                      └──► the GSP polls, and acknowledges
//! ```

mod answer;
mod bell;
mod jwks;
mod poll;
mod pusher;
mod reasons;
mod routes;
mod set;
mod turns;

pub use self::{
    bell::Bell,
    jwks::jwks,
    poll::Polls,
    pusher::{Limits, Pusher},
    routes::{JWKS_PATH, POLL_PATH, routes},
    set::{CannotTell, EVENT_TYPE, MEDIA_TYPE, SetWriter, jti},
};
