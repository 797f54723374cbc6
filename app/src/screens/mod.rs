//! The pages, a file each, and the frame with its routes.
#![expect(unreachable_pub, reason = "the component macro makes every component public")]

mod access_now;
mod address;
mod alerts;
mod app;
mod ask;
mod ask_consent;
mod consent;
mod deeds;
mod fetched;
mod freeze;
mod history;
mod home;
mod limits;
mod receipt;
mod report;
mod revoke;
mod revoke_many;
mod settings;
mod signed_out;
#[cfg(all(test, feature = "ssr"))]
mod tests;
mod told;
mod verify;

pub use app::{App, SignInLink};
