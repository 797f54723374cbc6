//! What an SMS can be about: every alert, and the two codes.

use app::model::alert::AlertKind;
use serde::{Deserialize, Serialize};

/// What an SMS is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SmsKind {
    /// A code that never lies in the outbox.
    Code(Code),
    /// An alert.
    Alert(AlertKind),
}

/// A code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Agrees to a consent.
    Otp,
    /// Confirms a second contact.
    ContactCode,
}

impl SmsKind {
    /// The OTP.
    pub const OTP: Self = Self::Code(Code::Otp);
    /// The code of a second contact.
    pub const CONTACT_CODE: Self = Self::Code(Code::ContactCode);

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        AlertKind::ALL.iter().copied().map(Self::Alert).chain([Self::OTP, Self::CONTACT_CODE])
    }
}

impl std::fmt::Display for SmsKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = serde_json::to_value(self).map_err(|_| std::fmt::Error)?;
        f.pad(name.as_str().unwrap_or_default())
    }
}
