//! A whole server within the test, under a clock that the test sets.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    otp::OtpRules,
    taxpayer::{Signatory, Taxpayer},
};
use axum::Router;
use reqwest::{Client, StatusCode};
use server::{
    alerts::{
        channels::{email::EmailConfig, sms_cdac::CdacConfig},
        providers::config::Plan,
        secret::Secret,
    },
    chance::{Chance, SeededChance},
    clock::{Clock, ManualClock, SteadyClock},
    consent::{Consents, SESSIONS_PER_GSP_MAX},
    demo::{
        cast::{self, GATEWAY_SECRET, Player},
        inbox::Inbox,
        seed, sms_sink,
        smtp_sink::SmtpSink,
    },
    house::{Control, House, Settings},
    nodes::Protection,
    store::{
        Retention, Store,
        port::{DeliverySearch, TAKEN_OVER},
    },
    wire_client::WireClient,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{database::Database, demo_server::client};

/// Deliveries owed in a test: more than there are.
const OWED_MAX: u32 = 1_000;
/// Looks, 20 ms apart, until something is given up: twenty seconds.
const LOOKS_MAX: u32 = 1_000;

/// A running server, its clocks, and what its providers took in.
pub(crate) struct ClockedHouse {
    pub(crate) url: String,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) consents: Arc<Consents>,
    pub(crate) clock: Arc<dyn Clock>,
    began: Timestamp,
    wall: ManualClock,
    counter: ManualClock,
    inbox: Inbox,
    chance: Arc<dyn Chance>,
    http: Client,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    _relay: SmtpSink,
    _folder: TempDir,
}

impl ClockedHouse {
    pub(crate) async fn start() -> Self {
        Self::start_with(Router::new(), |house| house).await
    }

    /// With more routes, and with a house that was changed before it runs.
    pub(crate) async fn start_with(more: Router, finish: impl FnOnce(House) -> House) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let database = folder.path().join("test.db").display().to_string();
        Self::start_on(database, 31, folder, more, finish).await
    }

    /// One of several over a database; each draws from a seed of its own.
    pub(crate) async fn start_over(database: &Database, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        Self::start_on(database.address.clone(), seed, folder, Router::new(), |house| house).await
    }

    async fn start_on(
        database: String,
        seed: u64,
        folder: TempDir,
        more: Router,
        finish: impl FnOnce(House) -> House,
    ) -> Self {
        let wall = ManualClock::at("2026-11-20T10:00:00Z".parse::<Timestamp>().expect("timestamp"));
        let counter = ManualClock::at(Timestamp::UNIX_EPOCH);
        let told = counter.clone();
        let elapsed = move || Duration::try_from(told.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
        let clock: Arc<dyn Clock> = Arc::new(SteadyClock::over(Arc::new(wall.clone()), Box::new(elapsed)));
        let (began, chance): (_, Arc<dyn Chance>) = (clock.now(), Arc::new(SeededChance::new(seed)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let inbox = Inbox::default();
        let relay = SmtpSink::start(inbox.clone(), clock.clone(), 0).await.expect("relay");
        let sms = CdacConfig {
            base_url: format!("{url}{}", sms_sink::BASE_PATH),
            username: "gstn".into(),
            password: Secret::new("password"),
            secure_key: Secret::new("key"),
        };
        let email =
            EmailConfig::on_this_machine(relay.address.port(), "no-reply@gst.example".parse().expect("address"));
        let house = House::build(Settings {
            database,
            retention: Retention::default(),
            root_key: [7; 32],
            public_url: url.clone(),
            sign_in_url: None,
            hand_off_key: rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519)
                .expect("key")
                .public_key_pem()
                .into_bytes(),
            site: folder.path().join("site"),
            fonts: server::paper::FOLDER.into(),
            providers: Plan::simple(&email, sms.clone()).expect("providers"),
            bounces: server::alerts::bounces::BounceSettings::default(),
            sms_templates: server::alerts::sms_template::SmsTemplates::draft().expect("drafts"),
            otp_rules: OtpRules::default(),
            sessions_per_gsp_max: SESSIONS_PER_GSP_MAX,
            control: Control::default(),
            node_name: "test".into(),
            protection: Protection::On,
            clock: clock.clone(),
            chance: chance.clone(),
        });
        let house = finish(house.await.expect("house"));
        seed::seed(&*house.store, &house.vault, &*chance, clock.now()).await.expect("sample data");
        let sink = sms_sink::SmsSink {
            inbox: inbox.clone(),
            account: Arc::new(sms),
            clock: clock.clone(),
            chance: chance.clone(),
            reporter: None,
        };
        let (store, consents, stop) = (house.store.clone(), house.consents.clone(), CancellationToken::new());
        let serving = tokio::spawn(house.run(listener, sink.router().merge(more), stop.clone()));
        Self {
            url,
            store,
            consents,
            clock,
            began,
            wall,
            counter,
            inbox,
            chance,
            http: client(),
            stop,
            serving,
            _relay: relay,
            _folder: folder,
        }
    }

    /// Somebody sets the wall clock; no time passes.
    pub(crate) fn set_wall_clock(&self, by: jiff::SignedDuration) {
        self.wall.advance(by);
    }

    /// Time passes, on all clocks.
    pub(crate) fn pass(&self, time: jiff::SignedDuration) {
        self.wall.advance(time);
        self.counter.advance(time);
    }

    /// An ASP has asked for a consent: its side of the wire, and the OTP that arrived.
    pub(crate) async fn asked(&self, player: &Player, taxpayer: &Taxpayer, to: &Signatory) -> (WireClient, String) {
        let (id, secret) = (&player.application.client_id, &player.client_secret);
        let asp = WireClient::new(&self.url, id, secret, &taxpayer.username, taxpayer.gstin, self.chance.clone());
        let mut asp = asp.expect("client");
        let before = self.inbox.otp_for(&to.mobile);
        asp.otp_request().await.expect("OTPREQUEST");
        for _ in 0..LOOKS_MAX {
            match self.inbox.otp_for(&to.mobile) {
                Some(otp) if Some(&otp) != before.as_ref() => return (asp, otp),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        panic!("no OTP arrived");
    }

    /// What the check answers to a call on a session.
    pub(crate) async fn check(&self, asp: &WireClient) -> StatusCode {
        let token = asp.session_token().expect("a session").expose();
        let request = self.http.get(format!("{}/v1/forward-auth", self.url)).bearer_auth(GATEWAY_SECRET);
        request.header("auth-token", token).send().await.expect("an answer").status()
    }

    /// Waits until nothing is owed to anybody; then everything that was owed since it started was taken over.
    pub(crate) async fn all_told(&self) {
        for _ in 0..LOOKS_MAX {
            let mut work = self.store.read().await.expect("read");
            let mut due = Vec::new();
            for channel in app::model::alert::Channel::ALL {
                due.extend(work.next_delivery_due(channel).await.expect("read"));
            }
            if due.is_empty() {
                let owed = work.find_deliveries(&self.owed()).await.expect("read");
                assert!(!owed.is_empty());
                assert!(owed.iter().all(|owed| TAKEN_OVER.contains(&owed.delivery.state)), "{owed:?}");
                return;
            }
            drop(work);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("an alert is still owed");
    }

    /// Everything that was owed since it started.
    fn owed(&self) -> DeliverySearch {
        DeliverySearch {
            since: self.began,
            until: None,
            states: Vec::new(),
            channel: None,
            kind: None,
            gstin: None,
            after: None,
            limit: OWED_MAX,
        }
    }

    /// Tells it to stop, and does not wait for that.
    pub(crate) fn tell_to_stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.serving.await.expect("the server").expect("it stops");
    }
}

/// The gateway of the sample data knows one secret; the players and the people are the cast's.
pub(crate) fn cast() -> (Vec<Player>, Vec<(Taxpayer, Signatory)>) {
    let people = cast::taxpayers().into_iter().map(|(taxpayer, _, signatory)| (taxpayer, signatory)).collect();
    (cast::players(), people)
}
