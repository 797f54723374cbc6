//! What is owed to a signatory, and how it gets there.
//!
//! ```text
//! one transaction writes the deliveries ──► Outbox (the store) ──lease──► Dispatcher ──► Composer ──► a channel
//!                                             ▲                                │
//!                                             └──────── settle (outcome) ──────┘
//! an OTP ──► OtpPost (memory only: an OTP is never stored in the clear) ──► Composer ──► both channels
//! ```

pub mod bounces;
pub mod callbacks;
pub mod channels;
pub mod dispatcher;
mod escalate;
pub mod inbound;
pub mod kept_outbox;
#[cfg(test)]
mod memory;
pub mod message;
pub mod otp_post;
pub mod outbox;
pub mod owe;
pub mod providers;
pub mod reports;
pub mod secret;
pub mod segments;
mod seldom;
pub mod sms_template;
pub mod stop_code;
mod text;

pub use text::speaks;
