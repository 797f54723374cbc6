//! Who takes mails and SMS over: one relay and one gateway by options, or a file with lists of both.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use app::model::contact::Email;
use clap::{Args, ValueEnum};
use server::alerts::{
    channels::{
        email::{CONNECTIONS_MAX, EmailConfig, Security, TIMEOUT},
        sms_cdac::CdacConfig,
    },
    providers::{SENDER_NAME, config::Plan},
    secret::Secret,
};

/// How the connection to the mail relay is protected.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SmtpSecurity {
    /// STARTTLS (port 587)
    Starttls,
    /// TLS from the first byte (port 465)
    Tls,
    /// None: for a relay on this machine only
    Plain,
}

/// The settings of providers.
#[derive(Debug, Args)]
pub(super) struct Providers {
    /// A JSON file with lists of mail relays and SMS gateways, in place of the single ones below
    #[arg(long = "providers", env = "ASP_ACCESS_PROVIDERS_FILE")]
    file: Option<PathBuf>,
    /// The mail relay
    #[arg(long, env = "ASP_ACCESS_SMTP_HOST")]
    smtp_host: Option<String>,
    /// Its port
    #[arg(long, env = "ASP_ACCESS_SMTP_PORT", default_value_t = 587)]
    smtp_port: u16,
    /// How the connection to it is protected
    #[arg(long, env = "ASP_ACCESS_SMTP_SECURITY", value_enum, default_value = "starttls")]
    smtp_security: SmtpSecurity,
    /// The user at the relay
    #[arg(long, env = "ASP_ACCESS_SMTP_USER", requires = "smtp_password_file")]
    smtp_user: Option<String>,
    /// A file with the password at the relay
    #[arg(long, env = "ASP_ACCESS_SMTP_PASSWORD_FILE")]
    smtp_password_file: Option<PathBuf>,
    /// Further certificate authorities for the relay, PEM
    #[arg(long, env = "ASP_ACCESS_SMTP_CA_FILE")]
    smtp_ca_file: Option<PathBuf>,
    /// The sender of mails
    #[arg(long, env = "ASP_ACCESS_MAIL_FROM")]
    mail_from: String,
    /// The SMS gateway (C-DAC Mobile Seva): what stands before /esms/sendsmsrequestDLT
    #[arg(long, env = "ASP_ACCESS_SMS_URL")]
    sms_url: Option<String>,
    /// The user at the gateway
    #[arg(long, env = "ASP_ACCESS_SMS_USER")]
    sms_user: Option<String>,
    /// A file with the password at the gateway
    #[arg(long, env = "ASP_ACCESS_SMS_PASSWORD_FILE")]
    sms_password_file: Option<PathBuf>,
    /// A file with the secure key of the gateway
    #[arg(long, env = "ASP_ACCESS_SMS_KEY_FILE")]
    sms_key_file: Option<PathBuf>,
}

fn secret(file: &Path) -> Result<Secret> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

impl Providers {
    /// What they come to.
    pub(super) fn plan(self) -> Result<Plan> {
        let from: Email = self.mail_from.parse().context("the sender of mails is no address")?;
        let single = self.smtp_host.is_some() || self.sms_url.is_some();
        match &self.file {
            Some(_) if single => bail!("give a file of providers, or one relay and one gateway, not both"),
            Some(file) => Ok(Plan::read(file, &from)?),
            None => self.single(from),
        }
    }

    fn single(self, from: Email) -> Result<Plan> {
        let (Some(host), Some(base_url), Some(username), Some(password), Some(key)) =
            (self.smtp_host, self.sms_url, self.sms_user, self.sms_password_file, self.sms_key_file)
        else {
            bail!(
                "--smtp-host, --sms-url, --sms-user, --sms-password-file and --sms-key-file are needed, or --providers \
                 with a file"
            )
        };
        let login = match (self.smtp_user, &self.smtp_password_file) {
            (Some(user), Some(file)) => Some((user, secret(file)?)),
            _ => None,
        };
        let email = EmailConfig {
            host,
            port: self.smtp_port,
            security: match self.smtp_security {
                SmtpSecurity::Starttls => Security::StartTls,
                SmtpSecurity::Tls => Security::ImplicitTls,
                SmtpSecurity::Plain => Security::Plain,
            },
            login,
            ca_file: self.smtp_ca_file,
            timeout: TIMEOUT,
            connections_max: CONNECTIONS_MAX,
            from_name: SENDER_NAME.into(),
            from,
        };
        let sms = CdacConfig { base_url, username, password: secret(&password)?, secure_key: secret(&key)? };
        Plan::simple(&email, sms).context("the relay or the gateway cannot be used")
    }
}
