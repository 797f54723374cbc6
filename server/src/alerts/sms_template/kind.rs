//! What an SMS can be about: every alert, what a second contact is told otherwise, and the two codes.

use app::model::alert::AlertKind;
use serde::{Deserialize, Serialize};

use crate::alerts::outbox::Role;

/// What an SMS is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SmsKind {
    /// A code that never lies in the outbox.
    Code(Code),
    /// An alert that says something else to a second contact.
    Copy(Copied),
    /// An alert.
    Alert(AlertKind),
}

/// What a second contact is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copied {
    /// A consent, without the code that ends it: that is the signatory's alone.
    ConsentGivenCopy,
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
    /// A consent, to a second contact.
    pub const GIVEN_COPY: Self = Self::Copy(Copied::ConsentGivenCopy);
    /// The code of a second contact.
    pub const CONTACT_CODE: Self = Self::Code(Code::ContactCode);

    /// How somebody is told of an alert.
    pub fn told_to(role: Role, kind: AlertKind) -> Self {
        match (role, kind) {
            (Role::SecondContact | Role::FormerContact, AlertKind::ConsentGiven) => Self::GIVEN_COPY,
            _ => Self::Alert(kind),
        }
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        AlertKind::ALL.iter().copied().map(Self::Alert).chain([Self::GIVEN_COPY, Self::OTP, Self::CONTACT_CODE])
    }
}

impl std::fmt::Display for SmsKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = serde_json::to_value(self).map_err(|_| std::fmt::Error)?;
        f.pad(name.as_str().unwrap_or_default())
    }
}
