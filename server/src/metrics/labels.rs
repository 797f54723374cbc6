//! By what is counted. Every label has few values: providers are those of the settings.

use prometheus_client::encoding::EncodeLabelSet;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Attempt {
    pub(super) channel: &'static str,
    pub(super) provider: String,
    pub(super) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByProvider {
    pub(super) channel: &'static str,
    pub(super) provider: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByChannel {
    pub(super) channel: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByDecision {
    pub(super) decision: String,
}

/// What came of something that a provider told us by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackResult {
    /// It was heard, or says nothing new.
    Taken,
    /// Who sent it did not show that it may.
    Unauthorised,
    /// It is not in the form that it should have.
    Unreadable,
    /// It can be read, and nobody knows what it means.
    Unknown,
}

impl CallbackResult {
    /// As a label has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Unauthorised => "unauthorised",
            Self::Unreadable => "unreadable",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByCallback {
    pub(super) kind: &'static str,
    pub(super) provider: String,
    pub(super) result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByProof {
    pub(super) provider: String,
    pub(super) proof: &'static str,
}
