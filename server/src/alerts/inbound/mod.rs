//! SMS that come in: a signatory ends a consent, or freezes everything, from the registered mobile.
//!
//! ```text
//! POST /v1/inbound/{provider} ──► Doors (secret) ──► Message ──► StopDesk ──► who signs with this number? ──► Consents
//! ```

mod desk;
mod hashes;
mod routes;
mod tries;
mod words;

pub use self::{
    desk::{NotObeyed, StopDesk, WRONG_MAX},
    hashes::fill_in,
    routes::routes,
    words::{Asked, Message, MessageFields},
};
