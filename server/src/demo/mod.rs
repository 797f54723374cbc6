//! The demo's stand-ins for the portal, the providers and an ASP. None of its routes exist outside `demo`.

pub mod cast;
pub mod seed;
