//! `asp-access demo`: the whole main job on one machine, with sample data and stand-ins for what is outside.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use app::model::otp::OtpRules;
use clap::Args;
use jiff::SignedDuration;
use jsonwebtoken::EncodingKey;
use rcgen::{KeyPair, PKCS_ED25519};
use server::{
    alerts::{
        bounces::BounceSettings,
        channels::{email::EmailConfig, sms_cdac::CdacConfig},
        inbound::MessageFields,
        providers::{config::Plan, road::Reporting},
        reports::{
            Door,
            shapes::{Fields, Shape},
        },
        secret::Secret,
    },
    chance::{Chance, SystemChance},
    clock::{Clock, SteadyClock},
    consent::SESSIONS_PER_GSP_MAX,
    demo::{self, Reporter, gsp::GspDesk, inbox::Inbox, seed, sms_sink, smtp_sink::SmtpSink},
    house::{Control, House, Settings},
    nodes::Protection,
    store::Retention,
};

/// How [`Plan::simple`] calls the gateway.
const PROVIDER: &str = "cdac";
/// After so long without a report an officer is told.
const REPORT_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// The settings of the demo.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The port on 127.0.0.1
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// The folder for the database and its key
    #[arg(long, env = "ASP_ACCESS_DATA", default_value = "data")]
    data: PathBuf,
    /// Where browsers reach it, if not at its port: what stands in front of several servers
    #[arg(long)]
    public_url: Option<String>,
    /// The port of the mail relay, for other servers that send to the same inbox
    #[arg(long, default_value_t = 0)]
    smtp_port: u16,
    /// Another database than an SQLite file in that folder: `postgres://user@host/database`
    // Not from the environment, where the address of a database that is no demo may stand.
    #[arg(long)]
    database: Option<String>,
    /// The folder with the browser's half
    #[arg(long, env = "ASP_ACCESS_SITE", default_value = "target/site")]
    site: PathBuf,
    /// The folder with Noto Sans and Noto Sans Devanagari, for PDF (Debian: fonts-noto-core)
    #[arg(long, env = "ASP_ACCESS_FONTS", default_value = server::paper::FOLDER)]
    fonts: PathBuf,
}

impl Demo {
    #[expect(clippy::print_stdout, reason = "the address to open is what this command prints")]
    pub(super) async fn run(self) -> Result<()> {
        let (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>) =
            (Arc::new(SteadyClock::of_this_machine()), Arc::new(SystemChance));
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make the folder {}", self.data.display()))?;
        let listener = super::listen(SocketAddr::from(([127, 0, 0, 1], self.port))).await?;
        let own_url = format!("http://{}", listener.local_addr()?);
        let public_url = self.public_url.unwrap_or_else(|| own_url.clone());
        let inbox = Inbox::default();
        let bounces = self.data.join("bounces");
        let relay = SmtpSink::start_with(inbox.clone(), clock.clone(), self.smtp_port, Some(bounces.clone())).await?;
        let portal_key = KeyPair::generate_for(&PKCS_ED25519)?;
        // For other servers that the same portal hands over to.
        std::fs::write(self.data.join("portal.pem"), portal_key.public_key_pem())?;
        let sms = CdacConfig {
            base_url: format!("{own_url}{}", sms_sink::BASE_PATH),
            username: "demo".into(),
            password: Secret::new("demo-password"),
            secure_key: Secret::new("demo-secure-key"),
        };
        let email = EmailConfig::on_this_machine(relay.address.port(), "no-reply@gst.example".parse()?);
        let secret = || Secret::new(hex::encode(chance.bytes::<16>()));
        let reporter = Reporter {
            server_url: own_url.clone(),
            provider: PROVIDER.into(),
            reports: secret(),
            inbound: secret(),
            http: reqwest::Client::new(),
        };
        let house = House::build(Settings {
            database: self.database.unwrap_or_else(|| format!("sqlite:{}", self.data.join("asp-access.db").display())),
            retention: Retention::default(),
            root_key: super::root_key::read_or_make(&self.data.join("root.key"))?,
            public_url: public_url.clone(),
            sign_in_url: Some("/demo/portal".into()),
            hand_off_key: portal_key.public_key_pem().into_bytes(),
            site: self.site,
            fonts: self.fonts,
            providers: with_reports(Plan::simple(&email, sms.clone())?, &reporter),
            bounces: BounceSettings { address: Some("bounces@gst.example".parse()?), folder: Some(bounces) },
            sms_templates: server::alerts::sms_template::SmsTemplates::draft()?,
            // Whoever plays asks more often than a taxpayer should be asked.
            otp_rules: OtpRules { requests_per_taxpayer_max: 1_000, ..OtpRules::default() },
            sessions_per_gsp_max: SESSIONS_PER_GSP_MAX,
            control: Control::default(),
            node_name: "demo".into(),
            protection: Protection::On,
            clock: clock.clone(),
            chance: chance.clone(),
        })
        .await?
        .calling_this_machine()?;
        if seed::seed_with_decisions(&*house.store, &house.vault, &*chance, clock.now()).await? {
            println!("Wrote the sample data into the database.");
        }
        GspDesk::register(&*house.store, &house.vault, &own_url).await?;
        let gsps = GspDesk::new(&public_url, clock.clone())?;
        let stand_ins = demo::Demo {
            gateway: house.gateway.clone(),
            checks: house.checks.clone(),
            consents: house.consents.clone(),
            chance: chance.clone(),
            clock: clock.clone(),
            inbox: inbox.clone(),
            hand_off_key: EncodingKey::from_ed_pem(portal_key.serialize_pem().as_bytes())?,
            public_url: public_url.clone(),
            reporter: reporter.clone(),
            plays: demo::Plays::default(),
        };
        let gateway = sms_sink::SmsSink { inbox, account: Arc::new(sms), clock, chance, reporter: Some(reporter) };
        let more = demo::routes(Arc::new(stand_ins)).merge(gateway.router()).merge(gsps.routes());
        println!("Open {public_url}/ (Ctrl-C stops it). Play the ASP: {public_url}/demo/asp");
        Ok(house.run(listener, more, super::stop_signal()?).await?)
    }
}

/// The one gateway reports what it takes, within half a minute, and passes SMS on.
fn with_reports(mut plan: Plan, reporter: &Reporter) -> Plan {
    let provider = PROVIDER.to_owned();
    for gateway in &mut plan.sms {
        gateway.reports = Some(Reporting { within: Some(REPORT_WITHIN) });
    }
    let shape = Shape::Fields(Fields::default());
    plan.reports.push(Door { provider: provider.clone(), secret: reporter.reports.clone(), shape });
    let shape = MessageFields::new("mobileno", "message");
    plan.inbound.push(Door { provider, secret: reporter.inbound.clone(), shape });
    plan
}
