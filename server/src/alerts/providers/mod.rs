//! Several providers of one channel: which takes the next message, how fast, and which is left alone.
//!
//! ```text
//! Road (a channel) ── pick ──► Balancer (weights) ── passes ──► Breaker
//!   │ take                                                       
//!   ├──► Tap (tokens, shared by all nodes through the store)
//!   └──► the provider's adapter, in `channels`
//! ```

pub mod balance;
pub mod breaker;
pub mod canary;
pub mod config;
pub mod road;
pub mod tap;

/// The name that mails come under.
pub const SENDER_NAME: &str = "GST Network";
