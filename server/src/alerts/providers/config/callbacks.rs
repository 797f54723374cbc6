//! What a gateway says to us by itself: its delivery reports, and SMS that come in. Each has a secret of its own.

use jiff::SignedDuration;
use serde::Deserialize;

use super::secret_source::SecretSource;
use crate::alerts::{
    inbound::MessageFields,
    providers::road::Reporting,
    reports::{
        Door,
        shapes::{Fields, Shape},
    },
    secret::Secret,
};

/// Characters of a secret at least: it is all that stands between the public and a state that a taxpayer reads.
const SECRET_CHARACTERS_MIN: usize = 16;
/// Seconds after which a report is missing, at least and at most.
const EXPECTED_SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;

/// `"reports"` of a gateway.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportsEntry {
    secret: SecretSource,
    expected_seconds: Option<u32>,
    fields: Option<Fields>,
}

/// `"inbound"` of a gateway.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InboundEntry {
    secret: SecretSource,
    fields: Option<MessageFields>,
}

fn read(source: &SecretSource) -> Result<Secret, String> {
    let secret = source.read()?;
    if secret.reveal().chars().count() < SECRET_CHARACTERS_MIN {
        return Err(format!("a secret of reports or of inbound SMS has {SECRET_CHARACTERS_MIN} characters at least"));
    }
    Ok(secret)
}

impl ReportsEntry {
    /// Where reports come in, and when one is missed. `usual` is the form of this kind of gateway, where it has one.
    pub(super) fn door(self, provider: &str, usual: Option<Shape>) -> Result<(Door<Shape>, Reporting), String> {
        let shape = self.fields.map(Shape::Fields).or(usual);
        let shape = shape.ok_or("its reports need fields: this kind of gateway has no usual form")?;
        if self.expected_seconds.is_some_and(|seconds| !EXPECTED_SECONDS.contains(&seconds)) {
            return Err("its reports are expected within a second to a day".into());
        }
        let within = self.expected_seconds.map(|seconds| SignedDuration::from_secs(seconds.into()));
        let door = Door { provider: provider.into(), secret: read(&self.secret)?, shape };
        Ok((door, Reporting { within }))
    }
}

impl InboundEntry {
    /// Where SMS come in.
    pub(super) fn door(self, provider: &str, usual: MessageFields) -> Result<Door<MessageFields>, String> {
        let shape = self.fields.unwrap_or(usual);
        Ok(Door { provider: provider.into(), secret: read(&self.secret)?, shape })
    }
}
