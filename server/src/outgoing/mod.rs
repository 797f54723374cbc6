//! Calls to addresses that somebody else chose: only to public addresses, whatever a name resolves to (server-side request
//! forgery, OWASP SSRF).

mod address;
mod client;
mod resolver;

pub use self::{
    address::is_public,
    client::{Loopback, NotAllowed, Outgoing, address, not_public},
    resolver::{LookUp, NotPublic},
};
