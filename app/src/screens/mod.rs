//! The pages, a file each, and the frame with its routes.
#![expect(unreachable_pub, reason = "the component macro makes every component public")]

mod access_now;
mod address;
mod alerts;
mod app;
mod consent;
mod history;
mod home;
mod receipt;
mod revoke;
mod signed_out;

pub use app::{App, SignInLink};
