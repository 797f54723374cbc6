//! `asp-access serve`: the server, with everything outside it named by its settings.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use app::model::otp::OtpRules;
use axum::Router;
use clap::{Args, ValueEnum};
use server::{
    alerts::{
        channels::{
            email::{EmailConfig, Security},
            sms_cdac::CdacConfig,
        },
        secret::Secret,
    },
    chance::SystemChance,
    clock::SteadyClock,
    consent::SESSIONS_PER_GSP_MAX,
    house::{House, Settings},
    nodes::Protection,
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

/// The settings of the server.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; TLS ends in front of it
    #[arg(long, env = "ASP_ACCESS_LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    #[command(flatten)]
    retention: super::partitions::RetentionYears,
    /// A file with 64 hexadecimal digits, mode 600: what every secret is kept under
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
    /// Where browsers reach this server (an https address without a path)
    #[arg(long, env = "ASP_ACCESS_PUBLIC_URL")]
    public_url: String,
    /// Where a person signs in to the portal
    #[arg(long, env = "ASP_ACCESS_SIGN_IN_URL")]
    sign_in_url: Option<String>,
    /// The portal's Ed25519 public key, PEM
    #[arg(long, env = "ASP_ACCESS_HAND_OFF_KEY_FILE")]
    hand_off_key_file: PathBuf,
    /// The folder with the browser's half
    #[arg(long, env = "ASP_ACCESS_SITE", default_value = "target/site")]
    site: PathBuf,
    /// The folder with Noto Sans and Noto Sans Devanagari, for PDF (Debian: fonts-noto-core)
    #[arg(long, env = "ASP_ACCESS_FONTS", default_value = server::paper::FOLDER)]
    fonts: PathBuf,
    /// The mail relay
    #[arg(long, env = "ASP_ACCESS_SMTP_HOST")]
    smtp_host: String,
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
    sms_url: String,
    /// The user at the gateway
    #[arg(long, env = "ASP_ACCESS_SMS_USER")]
    sms_user: String,
    /// A file with the password at the gateway
    #[arg(long, env = "ASP_ACCESS_SMS_PASSWORD_FILE")]
    sms_password_file: PathBuf,
    /// A file with the secure key of the gateway
    #[arg(long, env = "ASP_ACCESS_SMS_KEY_FILE")]
    sms_key_file: PathBuf,
    /// OTPs that may be asked for one taxpayer, over all applications, in ten minutes
    #[arg(long, env = "ASP_ACCESS_OTP_REQUESTS_PER_TAXPAYER_MAX", default_value_t = OtpRules::default().requests_per_taxpayer_max)]
    otp_requests_per_taxpayer_max: u32,
    /// Live sessions that a taxpayer may have through one GSP
    #[arg(long, env = "ASP_ACCESS_SESSIONS_PER_GSP_MAX", default_value_t = SESSIONS_PER_GSP_MAX)]
    sessions_per_gsp_max: u32,
    /// How this server is called among others
    #[arg(long, env = "ASP_ACCESS_NODE_NAME", default_value = "node")]
    node_name: String,
    /// Answer from memory for ever. Unsafe: for the checker that shows what the leases are for
    #[arg(long, hide = true)]
    without_leases: bool,
}

fn secret(file: &Path) -> Result<Secret> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

impl Serve {
    pub(super) async fn run(self: Box<Self>) -> Result<()> {
        if self.without_leases {
            tracing::error!("leases are off: calls may pass on ended consents; never serve taxpayers like this");
        }
        let login = match (&self.smtp_user, &self.smtp_password_file) {
            (Some(user), Some(file)) => Some((user.clone(), secret(file)?)),
            _ => None,
        };
        let email = EmailConfig {
            host: self.smtp_host,
            port: self.smtp_port,
            security: match self.smtp_security {
                SmtpSecurity::Starttls => Security::StartTls,
                SmtpSecurity::Tls => Security::ImplicitTls,
                SmtpSecurity::Plain => Security::Plain,
            },
            login,
            ca_file: self.smtp_ca_file,
            from_name: "GST Network".into(),
            from: self.mail_from.parse()?,
        };
        let sms = CdacConfig {
            base_url: self.sms_url,
            username: self.sms_user,
            password: secret(&self.sms_password_file)?,
            secure_key: secret(&self.sms_key_file)?,
        };
        let listener = super::listen(self.listen).await?;
        let house = House::build(Settings {
            database: self.database,
            retention: self.retention.parse()?,
            root_key: super::root_key::read(&self.root_key_file)?,
            public_url: self.public_url.trim_end_matches('/').to_owned(),
            sign_in_url: self.sign_in_url,
            hand_off_key: std::fs::read(&self.hand_off_key_file)
                .with_context(|| format!("cannot read {}", self.hand_off_key_file.display()))?,
            site: self.site,
            fonts: self.fonts,
            email,
            sms,
            otp_rules: OtpRules {
                requests_per_taxpayer_max: self.otp_requests_per_taxpayer_max,
                ..OtpRules::default()
            },
            sessions_per_gsp_max: self.sessions_per_gsp_max,
            node_name: self.node_name,
            protection: if self.without_leases { Protection::Off } else { Protection::On },
            clock: Arc::new(SteadyClock::of_this_machine()),
            chance: Arc::new(SystemChance),
        })
        .await?;
        tracing::info!(address = %listener.local_addr()?, "serving");
        Ok(house.run(listener, Router::new(), super::stop_signal()?).await?)
    }
}
