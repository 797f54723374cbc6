//! What the screen may ask of the server: views, one port, and server functions, a file a noun.
//!
//! The server functions run on the server and are called from both halves: rendering on the server calls
//! them directly, the browser over HTTP. They know one port, [`AccessService`], which the server puts into
//! the request's context *already bound to the person who signed in*: nothing here can ask for somebody else.

pub mod alerts;
pub mod consents;
pub mod controls;
pub mod error;
#[cfg(feature = "ssr")]
mod forms;
pub mod json;
pub mod keys;
pub mod me;
pub mod restrictions;
mod service;
pub mod usage;
pub mod views;

pub use error::ServiceError;
pub use service::{AccessService, ChosenAlerts, NamedContact, SELECTED_MAX};
#[cfg(feature = "ssr")]
pub use service::{SignedIn, service};
