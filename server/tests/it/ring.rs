//! From consent to the providers: an alert leaves because its consent rings, not because somebody looks around.

use std::{sync::Arc, time::Duration};

use app::model::{alert::Channel, otp::OtpRules};
use server::{
    alerts::{
        channels::{email::EmailConfig, sms_cdac::CdacConfig},
        providers::config::Plan,
        secret::Secret,
    },
    chance::SystemChance,
    clock::SystemClock,
    consent::SESSIONS_PER_GSP_MAX,
    demo::{
        cast,
        inbox::Inbox,
        seed,
        sms_sink::{BASE_PATH, SmsSink},
        smtp_sink::SmtpSink,
    },
    house::{Control, House, Settings},
    nodes::Protection,
    store::Retention,
    wire_client::WireClient,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle, time};
use tokio_util::sync::{CancellationToken, DropGuard};

/// So long nobody looks: what arrives in a test was rung for.
const IDLE: Duration = Duration::from_hours(1);
/// A test that waits longer has lost a ring. The promise itself is 2 seconds; what is proven here is that nothing on
/// the way waits for a clock at all.
const LOST: Duration = Duration::from_secs(60);
/// Consents, one after the other: the lanes fall asleep in between.
const ROUNDS: usize = 5;

/// A server in this process whose dispatcher sleeps unless it is rung for, and the providers' inbox.
struct Sleeper {
    url: String,
    inbox: Inbox,
    _relay: SmtpSink,
    _folder: TempDir,
    _stop: DropGuard,
    _run: JoinHandle<std::io::Result<()>>,
}

impl Sleeper {
    async fn start() -> Self {
        let (clock, chance, inbox) = (Arc::new(SystemClock), Arc::new(SystemChance), Inbox::default());
        let folder = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let relay = SmtpSink::start(inbox.clone(), clock.clone(), 0).await.expect("relay");
        let sms = CdacConfig {
            base_url: format!("{url}{BASE_PATH}"),
            username: "test".into(),
            password: Secret::new("password"),
            secure_key: Secret::new("key"),
        };
        let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key");
        let email = EmailConfig::on_this_machine(relay.address.port(), "no-reply@gst.example".parse().expect("email"));
        let house = House::build(Settings {
            database: folder.path().join("test.db").display().to_string(),
            root_key: [7; 32],
            public_url: url.clone(),
            sign_in_url: None,
            hand_off_key: portal.public_key_pem().into_bytes(),
            site: folder.path().to_owned(),
            fonts: server::paper::FOLDER.into(),
            providers: Plan::simple(&email, sms.clone()).expect("providers"),
            bounces: server::alerts::bounces::BounceSettings::default(),
            sms_templates: server::alerts::sms_template::SmsTemplates::draft().expect("drafts"),
            otp_rules: OtpRules::default(),
            sessions_per_gsp_max: SESSIONS_PER_GSP_MAX,
            control: Control::default(),
            node_name: "sleeper".into(),
            protection: Protection::On,
            retention: Retention::default(),
            clock: clock.clone(),
            chance: chance.clone(),
        });
        let house = house.await.expect("a house").idle_for(IDLE);
        let now = server::clock::Clock::now(&*clock);
        seed::seed(&*house.store, &house.vault, &*chance, now).await.expect("sample data");
        let gateway = SmsSink { inbox: inbox.clone(), account: Arc::new(sms), clock, chance, reporter: None };
        let stop = CancellationToken::new();
        let run = tokio::spawn(house.run(listener, gateway.router(), stop.clone()));
        Self { url, inbox, _relay: relay, _folder: folder, _stop: stop.drop_guard(), _run: run }
    }

    /// The first message of a channel that holds all these words.
    async fn arrived(&self, channel: Channel, to: &str, words: &[&str]) {
        let told = |text: &str| words.iter().all(|word| text.contains(word));
        let wanted = self.inbox.first(|item| {
            let text = item.subject.as_deref().unwrap_or(&item.text);
            item.channel == channel && item.to == to && told(text)
        });
        time::timeout(LOST, wanted).await.unwrap_or_else(|_| panic!("a ring was lost: no {channel:?} with {words:?}"));
    }
}

#[tokio::test]
async fn an_alert_leaves_on_every_channel_because_its_consent_rang() {
    let sleeper = Sleeper::start().await;
    let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer");
    let (mobile, email) = (signatory.mobile.as_str(), signatory.email.as_str());
    for player in cast::players().into_iter().take(ROUNDS) {
        let application = &player.application;
        let (short, name) = (application.asp.short_name.as_str(), application.asp.name.as_str());
        let chance = Arc::new(SystemChance);
        let (id, secret) = (&application.client_id, &player.client_secret);
        let asp = WireClient::new(&sleeper.url, id, secret, &taxpayer.username, taxpayer.gstin, chance);
        let mut asp = asp.expect("a client");
        asp.otp_request().await.expect("OTPREQUEST");
        sleeper.arrived(Channel::Sms, mobile, &["is the OTP to let", short]).await;
        let otp = sleeper.inbox.otp_for(&signatory.mobile).expect("an OTP");
        asp.auth_token(&otp).await.expect("AUTHTOKEN");
        sleeper.arrived(Channel::Sms, mobile, &["got OTP consent", short]).await;
        sleeper.arrived(Channel::Email, email, &["can now access", name]).await;
    }
}
