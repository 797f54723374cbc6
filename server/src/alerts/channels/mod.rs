//! The roads out: one trait a channel, one file a provider.

pub(in crate::alerts) mod answer;
pub mod email;
pub mod http_call;
pub mod sms_cdac;
pub mod sms_generic;
pub mod sms_gupshup;
pub mod sms_msg91;
pub mod sms_nic;
mod smtp_pool;

use std::{fmt, sync::Arc};

use app::model::alert::Outcome;
use async_trait::async_trait;

use super::{
    message::{Mail, Sms},
    providers::road::Road,
};

/// Sends mails.
#[async_trait]
pub trait EmailChannel: Send + Sync {
    /// Hands one mail over. Never fails otherwise than by its outcome; details carry no contact data.
    async fn send(&self, mail: &Mail) -> Outcome;
}

/// Sends SMS.
#[async_trait]
pub trait SmsChannel: Send + Sync {
    /// Hands one SMS over. Never fails otherwise than by its outcome; details carry no contact data.
    async fn send(&self, sms: &Sms) -> Outcome;
}

/// The channels in use, each over its providers.
#[derive(Clone)]
pub struct Channels {
    /// For mails.
    pub email: Arc<Road<dyn EmailChannel>>,
    /// For SMS.
    pub sms: Arc<Road<dyn SmsChannel>>,
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channels({:?}, {:?})", self.email, self.sms)
    }
}

/// A channel's settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadChannel {
    /// Passwords and contacts would travel in the clear.
    #[error("{host}: without TLS only this machine itself may be spoken to; use STARTTLS or TLS (https)")]
    Unprotected {
        /// To where.
        host: String,
    },
    /// A file with certificates that cannot be read.
    #[error("the CA file {path} cannot be used: {reason}")]
    CaFile {
        /// Which file.
        path: String,
        /// Why.
        reason: String,
    },
    /// Anything else in the settings.
    #[error("{0}")]
    Setting(String),
}

/// Whether a host is this machine itself.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn temporary(detail: impl Into<String>) -> Outcome {
    Outcome::temporary(detail)
}
