//! `asp-access serve`: the server, with everything outside it named by its settings.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use app::model::{contact::Email, otp::OtpRules};
use axum::Router;
use clap::Args;
use server::{
    alerts::bounces::BounceSettings,
    chance::SystemChance,
    clock::SteadyClock,
    consent::SESSIONS_PER_GSP_MAX,
    house::{House, Settings},
    metrics,
    nodes::Protection,
};

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
    /// Where to listen for whoever watches: /metrics, /healthz, /readyz; never where the public can reach it
    #[arg(long, env = "ASP_ACCESS_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    providers: super::providers::Providers,
    /// Each alert's mail gets a return path of its own under this address, like bounces@example.in
    #[arg(long, env = "ASP_ACCESS_RETURN_PATH")]
    return_path: Option<Email>,
    /// A Maildir that the mail server drops what comes to these return paths into
    #[arg(long, env = "ASP_ACCESS_BOUNCES", requires = "return_path")]
    bounces: Option<PathBuf>,
    /// A JSON file with the SMS templates as the operators registered them; without it, the drafts
    #[arg(long, env = "ASP_ACCESS_SMS_TEMPLATES")]
    sms_templates: Option<PathBuf>,
    /// OTPs that may be asked for one taxpayer, over all applications, in ten minutes
    #[arg(long, env = "ASP_ACCESS_OTP_REQUESTS_PER_TAXPAYER_MAX", default_value_t = OtpRules::default().requests_per_taxpayer_max)]
    otp_requests_per_taxpayer_max: u32,
    /// Live sessions that a taxpayer may have through one GSP
    #[arg(long, env = "ASP_ACCESS_SESSIONS_PER_GSP_MAX", default_value_t = SESSIONS_PER_GSP_MAX)]
    sessions_per_gsp_max: u32,
    #[command(flatten)]
    control: super::control::ControlSettings,
    /// How this server is called among others
    #[arg(long, env = "ASP_ACCESS_NODE_NAME", default_value = "node")]
    node_name: String,
    /// Answer from memory for ever. Unsafe: for the checker that shows what the leases are for
    #[arg(long, hide = true)]
    without_leases: bool,
}

impl Serve {
    pub(super) async fn run(self: Box<Self>) -> Result<()> {
        if self.without_leases {
            tracing::error!("leases are off: calls may pass on ended consents; never serve taxpayers like this");
        }
        let providers = self.providers.plan()?;
        let sms_templates = super::templates::read(self.sms_templates.as_deref())?;
        let listener = super::listen(self.listen).await?;
        let watchers = match self.metrics_listen {
            Some(address) => Some(super::listen(address).await?),
            None => None,
        };
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
            providers,
            bounces: BounceSettings { address: self.return_path, folder: self.bounces },
            sms_templates,
            otp_rules: OtpRules {
                requests_per_taxpayer_max: self.otp_requests_per_taxpayer_max,
                ..OtpRules::default()
            },
            sessions_per_gsp_max: self.sessions_per_gsp_max,
            control: self.control.into(),
            node_name: self.node_name,
            protection: if self.without_leases { Protection::Off } else { Protection::On },
            clock: Arc::new(SteadyClock::of_this_machine()),
            chance: Arc::new(SystemChance),
        })
        .await?;
        let stop = super::stop_signal()?;
        if let Some(watchers) = watchers {
            tracing::info!(address = %watchers.local_addr()?, "telling metrics");
            let routes = metrics::routes(house.watched(stop.clone()));
            tokio::spawn(async move { axum::serve(watchers, routes).await });
        }
        tracing::info!(address = %listener.local_addr()?, "serving");
        Ok(house.run(listener, Router::new(), stop).await?)
    }
}
