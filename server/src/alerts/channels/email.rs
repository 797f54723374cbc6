//! Mail over SMTP to one relay: over kept connections, authenticated, with TLS unless the relay is this machine itself.

use std::{path::PathBuf, time::Duration};

use app::model::{alert::Outcome, contact::Email, ist};
use async_trait::async_trait;
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, TlsParameters},
    },
};

use super::{
    BadChannel, EmailChannel, is_loopback,
    smtp_pool::{Failed, SmtpPool, Stage, Tls},
    temporary,
};
use crate::alerts::{message::Mail, providers::SENDER_NAME, secret::Secret};

/// For connecting and greeting, and for the answers to one mail, where the settings say nothing.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to the relay at once, where the settings say nothing: at five turns of 20 ms a mail, 600 mails a second.
pub const CONNECTIONS_MAX: u32 = 64;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Begins in the clear and must switch to TLS (port 587).
    StartTls,
    /// TLS from the first byte (port 465).
    ImplicitTls,
    /// None: refused unless the host is this machine itself.
    Plain,
}

/// The settings of a relay.
#[derive(Debug, Clone)]
pub struct EmailConfig {
    /// The relay's name, which its certificate must bear.
    pub host: String,
    /// The relay's port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User and password, where the relay asks for them.
    pub login: Option<(String, Secret)>,
    /// A PEM file with further certificate authorities, for a relay of one's own.
    pub ca_file: Option<PathBuf>,
    /// For connecting and greeting, and for the answers to one mail.
    pub timeout: Duration,
    /// Connections to the relay at once.
    pub connections_max: u32,
    /// The sender's name.
    pub from_name: String,
    /// The sender's address; its domain is the `Message-ID`'s too.
    pub from: Email,
}

impl EmailConfig {
    /// A relay on this machine, in the clear and without a log-in: for the demo and for tests.
    pub fn on_this_machine(port: u16, from: Email) -> Self {
        Self {
            host: "127.0.0.1".into(),
            port,
            security: Security::Plain,
            login: None,
            ca_file: None,
            timeout: TIMEOUT,
            connections_max: CONNECTIONS_MAX,
            from_name: SENDER_NAME.into(),
            from,
        }
    }
}

/// The SMTP channel.
#[derive(Debug)]
pub struct SmtpChannel {
    pool: SmtpPool,
    from: Mailbox,
}

impl SmtpChannel {
    /// Makes the channel; connects to nothing yet.
    pub fn new(config: &EmailConfig) -> Result<Self, BadChannel> {
        let tls = match config.security {
            Security::StartTls => Tls::Start(tls_parameters(config)?),
            Security::ImplicitTls => Tls::Implicit(tls_parameters(config)?),
            Security::Plain if is_loopback(&config.host) => Tls::None,
            Security::Plain => return Err(BadChannel::Unprotected { host: config.host.clone() }),
        };
        let login = config.login.as_ref();
        let login = login.map(|(user, password)| Credentials::new(user.clone(), password.reveal().to_owned()));
        let pool = SmtpPool::new(&config.host, config.port, tls, login, config.timeout, config.connections_max);
        let address: Address =
            config.from.as_str().parse().map_err(|_| BadChannel::Setting("the sender's address is none".into()))?;
        Ok(Self { pool, from: Mailbox::new(Some(config.from_name.clone()), address) })
    }

    fn message(&self, mail: &Mail) -> Result<Message, lettre::error::Error> {
        let to: Address = mail.to.as_str().parse().map_err(|_| lettre::error::Error::MissingTo)?;
        let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        let body = MultiPart::alternative()
            // Of our own making: the mail is the same to the byte in each attempt.
            .boundary(format!("part-{}", mail.reference.simple()))
            .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
            .singlepart(part(ContentType::TEXT_HTML, &mail.html));
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.clone()), to))
            .subject(&mail.subject)
            .message_id(Some(format!("<{}@{}>", mail.reference.hyphenated(), self.from.email.domain())))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("Content-Language", mail.language.tag()))
            .multipart(body)?;
        // Set last: the builder knows only dates in UTC and would put its own beside it.
        message.headers_mut().insert_raw(header("Date", &ist::rfc5322(mail.at)));
        Ok(message)
    }
}

#[async_trait]
impl EmailChannel for SmtpChannel {
    async fn send(&self, mail: &Mail) -> Outcome {
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(error) => return temporary(format!("the mail could not be built: {error}")),
        };
        let envelope = match envelope(&message, mail.return_path.as_deref()) {
            Ok(envelope) => envelope,
            Err(error) => return temporary(format!("the return path is no address: {error}")),
        };
        match self.pool.send(&envelope, &message.formatted()).await {
            // A relay's reply usually ends in its queue id; it is the text that its operator searches for.
            Ok(reply) => Outcome::Accepted { provider_ref: reply.first_line().map(str::to_owned) },
            Err(Failed::TimedOut) => temporary("SMTP: timed out"),
            Err(Failed::NotOffered) => temporary(NOT_OFFERED),
            Err(Failed::Smtp(stage, error)) => outcome(stage, &error),
        }
    }
}

/// From whom the relay takes it: bounces go there, while the header names the sender.
fn envelope(message: &Message, return_path: Option<&str>) -> Result<Envelope, String> {
    let envelope = message.envelope();
    let Some(return_path) = return_path else { return Ok(envelope.clone()) };
    let from: Address = return_path.parse().map_err(|error| format!("{error}"))?;
    Envelope::new(Some(from), envelope.to().to_vec()).map_err(|error| error.to_string())
}

fn tls_parameters(config: &EmailConfig) -> Result<TlsParameters, BadChannel> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let bad = |reason: String| BadChannel::CaFile { path: path.display().to_string(), reason };
        let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| bad(error.to_string()))?);
    }
    builder.build().map_err(|error| BadChannel::Setting(format!("TLS cannot be set up: {error}")))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

const NOT_OFFERED: &str = "SMTP: the relay does not offer what was asked for";

/// What a failure means. Only the codes are told: the relay's own words often repeat the address.
fn outcome(stage: Stage, error: &lettre::transport::smtp::Error) -> Outcome {
    let Some(status) = error.status() else {
        return temporary(match error {
            error if error.is_timeout() => "SMTP: timed out",
            error if error.is_tls() => "SMTP: TLS failed",
            error if error.is_client() => NOT_OFFERED,
            _ => "SMTP: no connection",
        });
    };
    let code = u16::from(status);
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let enhanced = words.split_whitespace().next().filter(|word| is_enhanced_code(word));
    let step = match stage {
        Stage::Connecting => "while connecting",
        Stage::Sender => "to the sender",
        Stage::Recipient => "to the recipient",
        Stage::Mail => "to the mail",
    };
    let detail = match enhanced {
        Some(enhanced) => format!("SMTP {code} {enhanced} {step}"),
        None => format!("SMTP {code} {step}"),
    };
    if speaks_of_recipient(stage, code, enhanced) { Outcome::Permanent { detail } } else { temporary(detail) }
}

/// Whether a refusal is for good because the recipient has no such mailbox. Everything else speaks of us, of the relay or of
/// what lies between (a wrong password, an address on a blocklist, a sender that it does not let): another relay may take
/// the same mail, so it is not lost.
fn speaks_of_recipient(stage: Stage, code: u16, enhanced: Option<&str>) -> bool {
    if !(500..600).contains(&code) {
        return false;
    }
    match (stage, enhanced) {
        (Stage::Connecting | Stage::Sender, _) | (Stage::Mail, None) => false,
        (Stage::Recipient | Stage::Mail, Some(enhanced)) => {
            // RFC 3463: a bad mailbox, system or syntax, one that moved, one that takes no mail at all (RFC 7505); 5.2 is
            // the mailbox itself.
            matches!(enhanced, "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10") || enhanced.starts_with("5.2.")
        }
        // RFC 5321 has no other codes for what is wrong with a mailbox.
        (Stage::Recipient, None) => matches!(code, 550..=553),
    }
}

/// `5.1.1` and its like (RFC 3463).
fn is_enhanced_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.len() <= 3 && part.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(host: &str, security: Security) -> EmailConfig {
        EmailConfig {
            host: host.into(),
            port: 25,
            security,
            login: Some(("relay".into(), Secret::new("hunter2"))),
            ca_file: None,
            timeout: TIMEOUT,
            connections_max: CONNECTIONS_MAX,
            from_name: "GST portal".into(),
            from: "no-reply@gst.example.in".parse().expect("email"),
        }
    }

    #[tokio::test]
    async fn without_tls_only_this_machine_is_spoken_to() {
        for (host, allowed) in [("localhost", true), ("127.0.0.1", true), ("[::1]", true), ("mail.example.in", false)] {
            assert_eq!(SmtpChannel::new(&config(host, Security::Plain)).is_ok(), allowed, "{host}");
        }
        assert!(SmtpChannel::new(&config("mail.example.in", Security::StartTls)).is_ok());
    }

    #[tokio::test]
    async fn a_password_is_never_shown() {
        let config = config("localhost", Security::Plain);
        let shown = format!("{config:?} {:?}", SmtpChannel::new(&config).expect("channel"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn only_what_is_said_of_the_recipient_is_for_good() {
        use Stage::{Connecting, Mail, Recipient, Sender};
        let table = [
            (Recipient, 550, Some("5.1.1"), true),
            (Recipient, 550, Some("5.1.10"), true),
            (Recipient, 552, Some("5.2.2"), true),
            (Mail, 552, Some("5.2.2"), true),
            (Recipient, 550, None, true),
            (Recipient, 553, None, true),
            // A blocklist, a sender that may not, a relay that is none for us: all of them ours to set right.
            (Recipient, 550, Some("5.7.1"), false),
            (Recipient, 553, Some("5.1.8"), false),
            (Recipient, 554, None, false),
            (Recipient, 450, Some("4.2.2"), false),
            (Recipient, 451, None, false),
            (Mail, 554, Some("5.7.1"), false),
            (Mail, 550, None, false),
            (Sender, 550, Some("5.1.1"), false),
            (Sender, 553, None, false),
            (Connecting, 550, Some("5.1.1"), false),
            (Connecting, 554, None, false),
            (Connecting, 535, Some("5.7.8"), false),
        ];
        for (stage, code, enhanced, for_good) in table {
            assert_eq!(speaks_of_recipient(stage, code, enhanced), for_good, "{stage:?} {code} {enhanced:?}");
        }
    }

    #[test]
    fn codes_of_relays_are_told_from_their_words() {
        assert!(is_enhanced_code("5.1.1") && is_enhanced_code("4.7.28"));
        for word in ["asha@example.in", "10.0.0.1", "5.1", "5.1.x", ""] {
            assert!(!is_enhanced_code(word), "{word}");
        }
    }
}
