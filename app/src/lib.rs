//! Both halves' common ground: the model, the server functions, and all of the screen.
#![recursion_limit = "256"]

pub mod api;
mod components;
pub mod model;
pub mod paths;
mod screens;
mod shell;
pub mod text;

pub use screens::{App, SignInLink};
pub use shell::shell;

/// The cookie that remembers the chosen language (a BCP 47 tag). Not secret, and readable by scripts.
pub const LANGUAGE_COOKIE: &str = "lang";
