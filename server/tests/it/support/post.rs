//! A whole server whose providers the test chooses, with consents to owe alerts about.

use std::{path::Path, time::Duration};

use std::sync::Arc;

use app::model::{
    alert::{Alert, Channel, Delivery, DeliveryState, Matter},
    consent::Consent,
    id::{AlertId, DeliveryId},
    otp::OtpRules,
    taxpayer::{Signatory, Taxpayer},
};
use axum::Router;
use serde_json::{Value, json};
use server::{
    alerts::{bounces::BounceSettings, providers::config::Plan},
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    consent::SESSIONS_PER_GSP_MAX,
    demo::{cast, seed},
    house::{Control, House, Settings},
    metrics,
    nodes::Protection,
    store::{
        Retention, Store,
        port::{DeliveryOfConsent, KeptAlert},
    },
};
use tokio::{net::TcpListener, task::JoinHandle, time};
use tokio_util::sync::CancellationToken;

use super::database::{Database, Engine};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const ROOT_KEY: [u8; 32] = [7; 32];

/// A running server.
pub(crate) struct Post {
    pub(crate) database: Database,
    pub(crate) store: Arc<dyn Store>,
    /// Where it serves.
    pub(crate) url: String,
    /// Where it tells metrics.
    pub(crate) watch: String,
    /// The consent that alerts are owed about, and to whom.
    pub(crate) consent: Consent,
    pub(crate) signatory: Signatory,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

/// A file of providers: one relay, one gateway in the generic shape, and whatever is to be different.
pub(crate) fn providers(relay_port: u16, gateway: &str, folder: &Path) -> Value {
    let secret = folder.join("secret");
    std::fs::write(&secret, "right\n").expect("file");
    json!({
        "email": [smtp("relay", relay_port)],
        "sms": [http("gateway", gateway)],
        "retry": { "wait_seconds": [1, 1, 1, 1, 1, 1], "jitter_percent": 0, "late_after_seconds": 600 },
        "dispatch": { "send_seconds": 5, "lease_seconds": 10 },
        "breaker": { "failures_max": 100 },
    })
}

/// A relay on this machine.
pub(crate) fn smtp(name: &str, port: u16) -> Value {
    json!({ "name": name, "kind": "smtp", "host": "127.0.0.1", "port": port, "security": "plain", "timeout_seconds": 1 })
}

/// A gateway in the generic shape: the reference in the body, the answer as JSON.
pub(crate) fn http(name: &str, url: &str) -> Value {
    json!({
        "name": name, "kind": "http", "method": "POST", "url": format!("{url}/send"), "escape": "text",
        "body": "{reference}", "success": { "contains": "taken" }, "timeout_seconds": 1,
    })
}

/// What a gateway says that took an SMS over.
pub(crate) const TAKEN: &str = r#"{"status":"taken"}"#;

impl Post {
    /// With these providers.
    pub(crate) async fn start(engine: Engine, providers: &Value) -> Self {
        // Boxed: a whole server is one future, and a test's stack is small.
        Box::pin(Self::start_with(engine, providers, BounceSettings::default())).await
    }

    /// The same, with mails that come back.
    pub(crate) async fn start_with(engine: Engine, providers: &Value, bounces: BounceSettings) -> Self {
        let database = Database::fresh(engine).await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        database
            .store
            .make_room(clock.now() - jiff::SignedDuration::from_hours(24 * 400), clock.now())
            .await
            .expect("room");
        let from = "no-reply@gst.example".parse().expect("address");
        let house = House::build(Settings {
            database: database.address.clone(),
            retention: Retention::default(),
            root_key: ROOT_KEY,
            public_url: "https://consent.example.in".into(),
            sign_in_url: None,
            hand_off_key: rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519)
                .expect("key")
                .public_key_pem()
                .into_bytes(),
            site: "site".into(),
            fonts: server::paper::FOLDER.into(),
            providers: Plan::parse(&providers.to_string(), &from).expect("providers"),
            bounces,
            sms_templates: server::alerts::sms_template::SmsTemplates::draft().expect("drafts"),
            otp_rules: OtpRules::default(),
            sessions_per_gsp_max: SESSIONS_PER_GSP_MAX,
            control: Control::default(),
            node_name: "test".into(),
            protection: Protection::On,
            clock: clock.clone(),
            chance: chance.clone(),
        });
        let house = Box::pin(house).await.expect("house").idle_for(Duration::from_millis(50));
        seed::seed(&*house.store, &house.vault, &*chance, clock.now()).await.expect("sample data");
        let (taxpayer, _, signatory): (Taxpayer, _, _) = cast::taxpayers().remove(0);
        let store = house.store.clone();
        let mut work = store.read().await.expect("read");
        let consents = work.list_consents(taxpayer.gstin, true, clock.now(), None).await.expect("read");
        drop(work);
        let consent = consents.into_iter().next().expect("a live consent").consent;
        let stop = CancellationToken::new();
        let (listener, watchers) = (port().await, port().await);
        let watch = format!("http://{}", watchers.local_addr().expect("address"));
        let watching = metrics::routes(house.watched(stop.clone()));
        tokio::spawn(async move { axum::serve(watchers, watching).await });
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let serving = tokio::spawn(house.run(listener, Router::new(), stop.clone()));
        Self { database, store, url, watch, consent, signatory, stop, serving }
    }

    /// So many alerts are owed from now on: the deliveries by mail, and by SMS.
    pub(crate) async fn owe(&self, count: usize) -> Vec<[Delivery; 2]> {
        owe(&*self.store, &self.consent, &self.signatory, count).await
    }

    /// The deliveries of what was owed; in no order.
    pub(crate) async fn deliveries(&self) -> Vec<DeliveryOfConsent> {
        let mut work = self.store.read().await.expect("read");
        let (gstin, consent) = (self.consent.gstin, self.consent.id);
        let alerts = work.alerts_of_consent(gstin, consent).await.expect("read");
        let each = alerts.into_iter().flat_map(|KeptAlert { alert, deliveries }| {
            deliveries.into_iter().map(move |delivery| DeliveryOfConsent { alert: alert.clone(), delivery })
        });
        each.collect()
    }

    pub(crate) async fn state(&self, delivery: &Delivery) -> Delivery {
        let mut all = self.deliveries().await.into_iter().map(|row| row.delivery);
        all.find(|kept| kept.id == delivery.id).expect("it is kept")
    }

    /// Waits until a delivery is in a state.
    pub(crate) async fn until(&self, delivery: &Delivery, state: DeliveryState) -> Delivery {
        let look = async {
            loop {
                let kept = self.state(delivery).await;
                if kept.state == state {
                    return kept;
                }
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        let found = time::timeout(PATIENCE, look).await;
        let Ok(found) = found else { panic!("it is {:?}, not {state:?}", self.state(delivery).await) };
        found
    }

    /// Waits until such a statement answers a number.
    pub(crate) async fn until_count(&self, statement: &'static str, wanted: i64) {
        let look = async {
            while self.database.count(statement).await != wanted {
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(time::timeout(PATIENCE, look).await.is_ok(), "{statement}: {}", self.database.count(statement).await);
    }

    /// Waits until nothing is owed any more.
    pub(crate) async fn until_nothing_waits(&self) {
        let waiting = "select count(*) from delivery where state in ('queued', 'sending', 'temporary_failure')";
        let look = async {
            while self.database.count(waiting).await > 0 {
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(time::timeout(PATIENCE, look).await.is_ok(), "{} still wait", self.database.count(waiting).await);
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.serving.await.expect("the server").expect("it stops");
    }
}

async fn port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("port")
}

/// So many alerts about a consent, written as a grant writes them.
pub(crate) async fn owe(
    store: &dyn Store,
    consent: &Consent,
    signatory: &Signatory,
    count: usize,
) -> Vec<[Delivery; 2]> {
    let (now, chance) = (SystemClock.now(), &SystemChance as &dyn Chance);
    let mut work = store.write().await.expect("write");
    let mut owed = Vec::new();
    for _ in 0..count {
        let (gstin, id) = (consent.gstin, AlertId(chance.id(now)));
        let alert = Alert { gstin, id, consent: Some(consent.id), matter: Matter::ConsentGiven, owed_at: now };
        let by = |channel| Delivery::owed(&alert, DeliveryId(chance.id(now)), channel, signatory.id);
        let deliveries = Channel::ALL.map(by);
        work.add_alert(&alert, &deliveries).await.expect("alert");
        owed.push(deliveries);
    }
    work.commit().await.expect("commit");
    owed
}
