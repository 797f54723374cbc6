//! Connections to a mail relay, kept for the next mail.
//!
//! The library's own pool takes a connection back in whatever state it is: given up in the middle of a mail, the answers of
//! that mail would be taken for those of the next one, and a mail that never arrived would count as accepted. Here a
//! connection comes back only when the relay's last answer has been read, every wait has an end, and no more connections
//! than allowed are open at once.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands,
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};
use tokio::{sync::Semaphore, time};

use crate::clock::{Clock, SystemClock};

/// A relay may close what was idle for so long (RFC 5321 §4.5.3.2.7 asks for five minutes): it is tried before its use.
const TRIED_AFTER: Duration = Duration::from_secs(2);
/// An idle connection is closed after so long.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// How the connection is protected.
#[derive(Clone)]
pub(super) enum Tls {
    /// Not at all.
    None,
    /// It must switch to TLS.
    Start(TlsParameters),
    /// From the first byte.
    Implicit(TlsParameters),
}

/// Why a mail was not sent.
#[derive(Debug)]
pub(super) enum Failed {
    /// Connecting, or the relay's answers, took too long.
    TimedOut,
    /// The relay does not say that it can take such a mail.
    NotOffered,
    /// Anything else.
    Smtp(Stage, Error),
}

/// How far a mail had come when it failed: the same code means something else at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Greeting, TLS, log-in: no mail was spoken of yet.
    Connecting,
    /// The sender was named.
    Sender,
    /// The recipient was named.
    Recipient,
    /// The mail itself was handed over.
    Mail,
}

/// The connections to one relay.
pub(super) struct SmtpPool {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) login: Option<Credentials>,
    /// For connecting and greeting, and for the answers to one mail.
    pub(super) timeout: Duration,
    /// With the time since boot at which each was used last: a relay's patience is measured on the machine's own clock.
    idle: Mutex<Vec<(Duration, AsyncSmtpConnection)>>,
    slots: Semaphore,
}

impl SmtpPool {
    pub(super) fn new(
        host: &str,
        port: u16,
        tls: Tls,
        login: Option<Credentials>,
        timeout: Duration,
        connections_max: u32,
    ) -> Self {
        let slots = Semaphore::new(usize::try_from(connections_max).unwrap_or(1));
        Self { host: host.to_owned(), port, tls, login, timeout, idle: Mutex::default(), slots }
    }

    /// Sends one mail.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<Response, Failed> {
        // Only closed with the pool itself; then there is nobody to wait.
        let Ok(_slot) = self.slots.acquire().await else { return Err(Failed::TimedOut) };
        let connecting = async { self.connection().await.map_err(|error| Failed::Smtp(Stage::Connecting, error)) };
        let mut connection = self.in_time(connecting).await?;
        let response = self.in_time(hand_over(&mut connection, envelope, mail)).await?;
        self.idle().push((SystemClock.since_boot(), connection));
        Ok(response)
    }

    async fn in_time<T>(&self, what: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
        time::timeout(self.timeout, what).await.unwrap_or(Err(Failed::TimedOut))
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        while let Some((since, mut connection)) = self.take_idle() {
            if age(since) < TRIED_AFTER || connection.test_connected().await {
                return Ok(connection);
            }
        }
        let (hello, address) = (ClientId::default(), (self.host.as_str(), self.port));
        let from_first = match &self.tls {
            Tls::Implicit(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Start(_) => None,
        };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout), &hello, from_first, None).await?;
        if let Tls::Start(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &hello).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await?;
        }
        Ok(connection)
    }

    /// The one that was used last, so that those which are not needed grow old; and forgets those that have.
    fn take_idle(&self) -> Option<(Duration, AsyncSmtpConnection)> {
        let mut idle = self.idle();
        let taken = idle.pop();
        idle.retain(|(since, _)| age(*since) < IDLE_MAX);
        taken
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Duration, AsyncSmtpConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One mail over a connection, step by step: the library's own way does not tell at which step the relay refused.
async fn hand_over(connection: &mut AsyncSmtpConnection, envelope: &Envelope, mail: &[u8]) -> Result<Response, Failed> {
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let beyond_ascii = addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii());
    let mut parameters = Vec::new();
    for (needed, extension, parameter) in [
        (beyond_ascii, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight),
        (!mail.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
    ] {
        if needed && !connection.server_info().supports_feature(extension) {
            return Err(Failed::NotOffered);
        }
        if needed {
            parameters.push(parameter);
        }
    }
    let handed_over = steps(connection, envelope, parameters, mail).await;
    if handed_over.is_err() {
        connection.abort().await;
    }
    handed_over.map_err(|(stage, error)| Failed::Smtp(stage, error))
}

async fn steps(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    parameters: Vec<MailParameter>,
    mail: &[u8],
) -> Result<Response, (Stage, Error)> {
    let at = |stage: Stage| move |error: Error| (stage, error);
    let sender = commands::Mail::new(envelope.from().cloned(), parameters);
    connection.command(sender).await.map_err(at(Stage::Sender))?;
    for to in envelope.to() {
        connection.command(commands::Rcpt::new(to.clone(), Vec::new())).await.map_err(at(Stage::Recipient))?;
    }
    connection.command(commands::Data).await.map_err(at(Stage::Mail))?;
    connection.message(mail).await.map_err(at(Stage::Mail))
}

fn age(since: Duration) -> Duration {
    SystemClock.since_boot().saturating_sub(since)
}

impl std::fmt::Debug for SmtpPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpPool({}:{})", self.host, self.port)
    }
}
