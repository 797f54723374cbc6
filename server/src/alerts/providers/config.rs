//! The providers of a server, out of its settings: a file with lists of relays and gateways, or one of each.

mod callbacks;
mod file;
mod secret_source;

use std::{path::Path, sync::Arc};

use app::model::{alert::RetrySchedule, contact::Email};

use super::{balance::BalanceRules, breaker::BreakerRules, canary::CanarySettings, road::Provider};
use crate::alerts::{
    channels::{
        BadChannel, EmailChannel, SmsChannel,
        email::{EmailConfig, SmtpChannel},
        http_call::Times,
        sms_cdac::{CdacChannel, CdacConfig},
    },
    dispatcher::Limits,
    inbound::MessageFields,
    reports::{Door, shapes::Shape},
};

/// Providers of one channel at most.
const PROVIDERS_MAX: usize = 8;

/// Who takes messages over, and by which rules.
pub struct Plan {
    /// Mail relays, at least one.
    pub email: Vec<Provider<dyn EmailChannel>>,
    /// SMS gateways, at least one.
    pub sms: Vec<Provider<dyn SmsChannel>>,
    /// Who of them sends delivery reports.
    pub reports: Vec<Door<Shape>>,
    /// Who of them passes on SMS that come in.
    pub inbound: Vec<Door<MessageFields>>,
    /// When weights move.
    pub balance: BalanceRules,
    /// When a provider is left alone.
    pub breaker: BreakerRules,
    /// When a delivery is tried again, and when it is late.
    pub schedule: RetrySchedule,
    /// How much is done at once.
    pub limits: Limits,
    /// Where the canary sends.
    pub canary: CanarySettings,
}

/// Settings of providers that cannot be used, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BadProviders {
    /// The file cannot be read.
    #[error("the file of providers {path} cannot be read: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file is not what it should be.
    #[error("the file of providers cannot be understood: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A provider's settings cannot be used.
    #[error("the provider {name:?} cannot be used: {reason}")]
    Provider {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
    /// The lists as a whole.
    #[error("the providers cannot be used: {0}")]
    Whole(String),
}

impl Plan {
    /// One relay and one gateway, by the usual rules.
    ///
    /// # Errors
    /// [`BadChannel`] where either cannot be used.
    pub fn simple(email: &EmailConfig, sms: CdacConfig) -> Result<Self, BadChannel> {
        Ok(Self {
            email: vec![provider("smtp", Arc::new(SmtpChannel::new(email)?))],
            sms: vec![provider("cdac", Arc::new(CdacChannel::new(sms, Times::default())?))],
            reports: Vec::new(),
            inbound: Vec::new(),
            balance: BalanceRules::default(),
            breaker: BreakerRules::default(),
            schedule: RetrySchedule::default(),
            limits: Limits::default(),
            canary: CanarySettings::default(),
        })
    }

    /// What a file says. `from` is the sender of mails.
    ///
    /// # Errors
    /// [`BadProviders`] says in a sentence what is wrong.
    pub fn read(path: &Path, from: &Email) -> Result<Self, BadProviders> {
        let text = std::fs::read_to_string(path).map_err(|error| BadProviders::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        Self::parse(&text, from)
    }

    /// The same, of a text. Secrets are read from where it says.
    pub fn parse(text: &str, from: &Email) -> Result<Self, BadProviders> {
        serde_json::from_str::<file::ProvidersFile>(text)?.plan(from)
    }
}

fn provider<C: ?Sized>(name: &str, channel: Arc<C>) -> Provider<C> {
    Provider { name: name.into(), weight: 1, rate: None, reports: None, channel }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let email: Vec<_> = self.email.iter().map(|provider| &provider.name).collect();
        let sms: Vec<_> = self.sms.iter().map(|provider| &provider.name).collect();
        f.debug_struct("Plan").field("email", &email).field("sms", &sms).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
