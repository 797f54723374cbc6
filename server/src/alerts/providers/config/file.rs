//! The file of providers, as it is written.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use app::model::{
    alert::RetrySchedule,
    contact::{Email, Mobile},
};
use jiff::SignedDuration;
use serde::Deserialize;

use super::{
    BadProviders, PROVIDERS_MAX, Plan,
    callbacks::{InboundEntry, ReportsEntry},
    secret_source::SecretSource,
};
use crate::alerts::{
    channels::{
        BadChannel, EmailChannel, SmsChannel,
        email::{CONNECTIONS_MAX, EmailConfig, Security, SmtpChannel},
        http_call::Times,
        sms_cdac::{CdacChannel, CdacConfig},
        sms_generic::{Escape, GenericChannel, GenericConfig, Rule},
        sms_gupshup::{GupshupChannel, GupshupConfig},
        sms_msg91::{Msg91Channel, Msg91Config},
        sms_nic::{NicChannel, NicConfig},
    },
    dispatcher::Limits,
    inbound::MessageFields,
    providers::{
        balance::BalanceRules,
        breaker::BreakerRules,
        canary::{CanarySettings, CanarySms},
        road::{NOBODY, Provider},
        tap::Rate,
    },
    reports::{
        Door,
        shapes::{Fields, Shape},
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProvidersFile {
    email: Vec<Entry<Relay>>,
    sms: Vec<Entry<Gateway>>,
    #[serde(default)]
    balance: BalanceRules,
    #[serde(default)]
    breaker: BreakerRules,
    #[serde(default)]
    retry: Retry,
    #[serde(default)]
    dispatch: Dispatch,
    #[serde(default)]
    canary: Canary,
}

/// What every provider has, and what its kind has. Unknown names are refused by the kind.
#[derive(Debug, Deserialize)]
struct Entry<K> {
    name: String,
    #[serde(default = "one")]
    weight: u32,
    rate: Option<RateEntry>,
    reports: Option<ReportsEntry>,
    inbound: Option<InboundEntry>,
    #[serde(flatten)]
    kind: K,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateEntry {
    per_second: f64,
    burst: u32,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Relay {
    Smtp {
        host: String,
        port: u16,
        #[serde(default)]
        security: SecurityEntry,
        user: Option<String>,
        password: Option<SecretSource>,
        ca_file: Option<PathBuf>,
        timeout_seconds: Option<u32>,
        connections: Option<u32>,
    },
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SecurityEntry {
    #[default]
    Starttls,
    Tls,
    Plain,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Gateway {
    Cdac {
        url: String,
        user: String,
        password: SecretSource,
        key: SecretSource,
        timeout_seconds: Option<u32>,
    },
    Nic {
        url: String,
        user: String,
        pin: SecretSource,
        timeout_seconds: Option<u32>,
    },
    Msg91 {
        url: String,
        auth_key: SecretSource,
        #[serde(default)]
        flows: HashMap<String, String>,
        timeout_seconds: Option<u32>,
    },
    Gupshup {
        url: String,
        user: String,
        password: SecretSource,
        timeout_seconds: Option<u32>,
    },
    Http(Box<HttpGateway>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpGateway {
    url: String,
    method: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    escape: Escape,
    #[serde(default)]
    secrets: BTreeMap<String, SecretSource>,
    #[serde(default)]
    success: Rule,
    permanent: Option<Rule>,
    reference_pointer: Option<String>,
    timeout_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Retry {
    wait_seconds: Vec<u32>,
    jitter_percent: u8,
    late_after_seconds: u32,
}

impl Default for Retry {
    fn default() -> Self {
        let RetrySchedule { waits, jitter_percent, late_after } = RetrySchedule::default();
        let seconds = |span: SignedDuration| u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
        Self {
            wait_seconds: waits.into_iter().map(seconds).collect(),
            jitter_percent,
            late_after_seconds: seconds(late_after),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Dispatch {
    lane: u32,
    send_seconds: u32,
    lease_seconds: u32,
}

impl Default for Dispatch {
    fn default() -> Self {
        Self { lane: Limits::default().lane, send_seconds: 25, lease_seconds: 60 }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Canary {
    email: Option<String>,
    sms: Option<CanarySmsEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CanarySmsEntry {
    mobile: String,
    entity_id: String,
    header: String,
    template_id: String,
    text: String,
}

impl ProvidersFile {
    pub(super) fn plan(self, from: &Email) -> Result<Plan, BadProviders> {
        let whole = |reason: &str| Err(BadProviders::Whole(reason.into()));
        if self.email.is_empty() || self.sms.is_empty() {
            return whole("there must be at least one for email and one for sms");
        }
        if self.email.len() > PROVIDERS_MAX || self.sms.len() > PROVIDERS_MAX {
            return whole("there may be at most eight for each channel");
        }
        let names = self.email.iter().map(|entry| &entry.name).chain(self.sms.iter().map(|entry| &entry.name));
        let mut known = BTreeSet::new();
        if !names.clone().all(|name| known.insert(name)) {
            return whole("two have the same name");
        }
        if !names.clone().all(|name| is_name(name)) {
            return whole("a name is 1 to 32 small letters, digits and dashes, and not \"none\"");
        }
        let schedule = self.retry.schedule()?;
        let limits = self.dispatch.limits()?;
        check(self.balance, self.breaker)?;
        self.check_times(limits.send)?;
        let (mut sms, mut reports, mut inbound) = (Vec::new(), Vec::new(), Vec::new());
        for gateway in self.sms {
            let gateway = gateway.with_doors()?;
            sms.push(gateway.provider);
            reports.extend(gateway.reports);
            inbound.extend(gateway.inbound);
        }
        Ok(Plan {
            email: self.email.into_iter().map(|entry| entry.provider(from)).collect::<Result<_, _>>()?,
            sms,
            reports,
            inbound,
            balance: self.balance,
            breaker: self.breaker,
            schedule,
            limits,
            canary: self.canary.settings()?,
        })
    }
}

impl ProvidersFile {
    /// An attempt must outlast what its provider may take, or what hangs would be blamed on nobody.
    fn check_times(&self, send: Duration) -> Result<(), BadProviders> {
        // A relay is waited for twice: until it has greeted, and until it has the mail.
        let relays = self.email.iter().map(|Entry { name, kind: Relay::Smtp { timeout_seconds, .. }, .. }| {
            (name, "twice its timeout_seconds", 2, *timeout_seconds)
        });
        let gateways =
            self.sms.iter().map(|entry| (&entry.name, "its timeout_seconds", 1, entry.kind.timeout_seconds()));
        for (name, what, times, seconds) in relays.chain(gateways) {
            let longest = timeout(seconds).map_err(|reason| Entry::<Relay>::bad(name, reason))? * times;
            if send < longest {
                let reason = format!("dispatch's send_seconds must be at least {what}: {}", longest.as_secs());
                return Err(Entry::<Relay>::bad(name, reason));
            }
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    name != NOBODY
        && (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn check(balance: BalanceRules, breaker: BreakerRules) -> Result<(), BadProviders> {
    let balance_holds = (1..=100).contains(&balance.trouble_percent)
        && balance.step_points <= 100
        && balance.points_min <= 50
        && balance.window_seconds >= 5;
    if !balance_holds {
        return Err(BadProviders::Whole("the numbers of balance are out of bounds".into()));
    }
    let breaker_holds = breaker.failures_max >= 1
        && breaker.open_seconds_min >= 1
        && (breaker.open_seconds_min..=3_600).contains(&breaker.open_seconds_max);
    if breaker_holds { Ok(()) } else { Err(BadProviders::Whole("the numbers of breaker are out of bounds".into())) }
}

impl Retry {
    fn schedule(&self) -> Result<RetrySchedule, BadProviders> {
        let whole = |reason: &str| Err(BadProviders::Whole(reason.into()));
        if !(1..=20).contains(&self.wait_seconds.len()) || !self.wait_seconds.iter().all(|s| (1..=86_400).contains(s)) {
            return whole("retry has 1 to 20 waits of a second to a day");
        }
        if self.jitter_percent > 100 || !(1..=86_400).contains(&self.late_after_seconds) {
            return whole("retry's jitter is at most 100 percent, and late_after_seconds at most a day");
        }
        Ok(RetrySchedule {
            waits: self.wait_seconds.iter().map(|s| SignedDuration::from_secs((*s).into())).collect(),
            jitter_percent: self.jitter_percent,
            late_after: SignedDuration::from_secs(self.late_after_seconds.into()),
        })
    }
}

impl Dispatch {
    fn limits(&self) -> Result<Limits, BadProviders> {
        if !(1..=1_024).contains(&self.lane) || self.send_seconds < 1 || self.lease_seconds > 3_600 {
            return Err(BadProviders::Whole("the numbers of dispatch are out of bounds".into()));
        }
        // Half of the lease may be over when a message's turn comes.
        if self.lease_seconds < 2 * self.send_seconds {
            return Err(BadProviders::Whole("lease_seconds must be at least twice send_seconds".into()));
        }
        Ok(Limits {
            lane: self.lane,
            send: Duration::from_secs(self.send_seconds.into()),
            lease: SignedDuration::from_secs(self.lease_seconds.into()),
            ..Limits::default()
        })
    }
}

impl Canary {
    fn settings(self) -> Result<CanarySettings, BadProviders> {
        let bad = |what: &str| BadProviders::Whole(format!("the canary's {what}"));
        let email = self.email.map(|text| text.parse::<Email>()).transpose().map_err(|_| bad("email is no address"))?;
        let Some(CanarySmsEntry { mobile, entity_id, header, template_id, text }) = self.sms else {
            return Ok(CanarySettings { email, sms: None });
        };
        let mobile = mobile.parse::<Mobile>().map_err(|_| bad("mobile is no number of ten digits"))?;
        Ok(CanarySettings { email, sms: Some(CanarySms { mobile, entity_id, header, template_id, text }) })
    }
}

impl<K> Entry<K> {
    fn bad(name: &str, reason: impl Into<String>) -> BadProviders {
        BadProviders::Provider { name: name.into(), reason: reason.into() }
    }

    /// Name, weight and rate, checked, and the adapter that its kind makes.
    fn made<C: ?Sized>(self, make: impl FnOnce(K) -> Result<Arc<C>, String>) -> Result<Provider<C>, BadProviders> {
        let Self { name, weight, rate, kind, reports: _, inbound: _ } = self;
        if !(1..=10_000).contains(&weight) {
            return Err(Self::bad(&name, "its weight is not between 1 and 10,000"));
        }
        let rate = match rate {
            Some(RateEntry { per_second, burst }) => {
                let holds = (1.0 / 60.0..=10_000.0).contains(&per_second) && (1..=100_000).contains(&burst);
                if !holds {
                    return Err(Self::bad(
                        &name,
                        "its rate is not between one a minute and 10,000 a second, or its burst is none",
                    ));
                }
                Some(Rate { per_second, burst })
            }
            None => None,
        };
        let channel = make(kind).map_err(|reason| Self::bad(&name, reason))?;
        Ok(Provider { name: name.into(), weight, rate, reports: None, channel })
    }
}

fn timeout(seconds: Option<u32>) -> Result<Duration, String> {
    match seconds.unwrap_or(10) {
        seconds @ 1..=60 => Ok(Duration::from_secs(seconds.into())),
        _ => Err("its timeout_seconds is not between 1 and 60".into()),
    }
}

fn times(seconds: Option<u32>) -> Result<Times, String> {
    let call = timeout(seconds)?;
    Ok(Times { connect: call.min(Times::default().connect), call })
}

fn in_words(error: &BadChannel) -> String {
    error.to_string()
}

impl Entry<Relay> {
    fn provider(self, from: &Email) -> Result<Provider<dyn EmailChannel>, BadProviders> {
        if self.reports.is_some() || self.inbound.is_some() {
            return Err(Self::bad(&self.name, "a relay sends no reports: its bounces come as mails"));
        }
        self.made(|Relay::Smtp { host, port, security, user, password, ca_file, timeout_seconds, connections }| {
            let login = match (user, password) {
                (Some(user), Some(password)) => Some((user, password.read()?)),
                (None, None) => None,
                _ => return Err("user and password belong together".into()),
            };
            let connections_max = connections.unwrap_or(CONNECTIONS_MAX);
            if !(1..=512).contains(&connections_max) {
                return Err("its connections are not between 1 and 512".into());
            }
            let config = EmailConfig {
                host,
                port,
                security: match security {
                    SecurityEntry::Starttls => Security::StartTls,
                    SecurityEntry::Tls => Security::ImplicitTls,
                    SecurityEntry::Plain => Security::Plain,
                },
                login,
                ca_file,
                timeout: timeout(timeout_seconds)?,
                connections_max,
                from_name: super::super::SENDER_NAME.into(),
                from: from.clone(),
            };
            Ok(Arc::new(SmtpChannel::new(&config).map_err(|error| in_words(&error))?) as Arc<dyn EmailChannel>)
        })
    }
}

impl HttpGateway {
    fn channel(self) -> Result<Arc<dyn SmsChannel>, String> {
        let read = |(name, source): (String, SecretSource)| Ok::<_, String>((name, source.read()?));
        let config = GenericConfig {
            method: self.method,
            url: self.url,
            headers: self.headers,
            body: self.body,
            escape: self.escape,
            secrets: self.secrets.into_iter().map(read).collect::<Result<_, _>>()?,
            success: self.success,
            permanent: self.permanent,
            reference_pointer: self.reference_pointer,
        };
        Ok(Arc::new(GenericChannel::new(config, times(self.timeout_seconds)?).map_err(|error| in_words(&error))?))
    }
}

impl Gateway {
    fn timeout_seconds(&self) -> Option<u32> {
        match self {
            Self::Cdac { timeout_seconds, .. }
            | Self::Nic { timeout_seconds, .. }
            | Self::Msg91 { timeout_seconds, .. }
            | Self::Gupshup { timeout_seconds, .. } => *timeout_seconds,
            Self::Http(gateway) => gateway.timeout_seconds,
        }
    }

    /// How it writes its reports, if this kind of gateway has a usual form.
    fn reports(&self) -> Option<Shape> {
        match self {
            Self::Cdac { .. } | Self::Nic { .. } => Some(Shape::Fields(Fields::default())),
            Self::Msg91 { .. } => Some(Shape::Msg91),
            Self::Gupshup { .. } => Some(Shape::Gupshup),
            Self::Http(_) => None,
        }
    }

    /// How it passes on SMS that come in.
    fn inbound(&self) -> MessageFields {
        match self {
            Self::Cdac { .. } | Self::Nic { .. } => MessageFields::new("mobileno", "message"),
            Self::Msg91 { .. } => MessageFields::new("number", "message"),
            Self::Gupshup { .. } => MessageFields::new("msisdn", "content"),
            Self::Http(_) => MessageFields::new("from", "text"),
        }
    }
}

/// A gateway, and what it says by itself.
struct WithDoors {
    provider: Provider<dyn SmsChannel>,
    reports: Option<Door<Shape>>,
    inbound: Option<Door<MessageFields>>,
}

impl Entry<Gateway> {
    fn with_doors(mut self) -> Result<WithDoors, BadProviders> {
        let (reports, inbound, name) = (self.reports.take(), self.inbound.take(), self.name.clone());
        let (usual_reports, usual_inbound) = (self.kind.reports(), self.kind.inbound());
        let bad = |reason| Self::bad(&name, reason);
        let mut provider = self.provider()?;
        let reports = reports.map(|entry| entry.door(&name, usual_reports)).transpose().map_err(bad)?;
        let inbound = inbound.map(|entry| entry.door(&name, usual_inbound)).transpose().map_err(bad)?;
        let (reports, reporting) = reports.unzip();
        provider.reports = reporting;
        Ok(WithDoors { provider, reports, inbound })
    }

    fn provider(self) -> Result<Provider<dyn SmsChannel>, BadProviders> {
        self.made(|kind| {
            let channel: Arc<dyn SmsChannel> = match kind {
                Gateway::Cdac { url, user, password, key, timeout_seconds } => {
                    let (password, secure_key) = (password.read()?, key.read()?);
                    let config = CdacConfig { base_url: url, username: user, password, secure_key };
                    Arc::new(CdacChannel::new(config, times(timeout_seconds)?).map_err(|error| in_words(&error))?)
                }
                Gateway::Nic { url, user, pin, timeout_seconds } => {
                    let config = NicConfig { base_url: url, username: user, pin: pin.read()? };
                    Arc::new(NicChannel::new(config, times(timeout_seconds)?).map_err(|error| in_words(&error))?)
                }
                Gateway::Msg91 { url, auth_key, flows, timeout_seconds } => {
                    let config = Msg91Config { base_url: url, auth_key: auth_key.read()?, flows };
                    Arc::new(Msg91Channel::new(config, times(timeout_seconds)?).map_err(|error| in_words(&error))?)
                }
                Gateway::Gupshup { url, user, password, timeout_seconds } => {
                    let config = GupshupConfig { base_url: url, user_id: user, password: password.read()? };
                    Arc::new(GupshupChannel::new(config, times(timeout_seconds)?).map_err(|error| in_words(&error))?)
                }
                Gateway::Http(gateway) => gateway.channel()?,
            };
            Ok(channel)
        })
    }
}
