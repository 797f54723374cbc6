//! The checker of revokes: asks every server about a token without a pause while it is revoked. A check that began after the
//! revoke was acknowledged and passes is stale. With the leases off it must find some; with them on, none, while
//! servers are paused, killed and cut off from the database.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::model::otp::OtpRules;
use reqwest::{Client, StatusCode, redirect};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    consent::{Consents, Granted, OtpPoster, OtpToSend},
    demo::cast::{self, GATEWAY_SECRET, Player},
    enforce::Remembering,
    nodes::Protection,
    store::Store,
};
use tokio::{sync::RwLock, task::JoinSet};

use super::{
    database::{Database, Engine},
    fleet::Fleet,
    lane::{self, Lane},
    link::Link,
    serve::Providers,
};

const SERVERS: usize = 3;
/// Taxpayers, each with one consent at a time.
const LANES: usize = 8;
/// How long a fault lasts: three leases.
const FAULT: Duration = Duration::from_secs(3);
/// Between two checks of one token by one server: a faster hammer only starves the servers that it tests.
const HAMMER_EVERY: Duration = Duration::from_millis(10);
/// A server that does not answer within so long is asked beside the rest.
const PATIENCE: Duration = Duration::from_millis(400);

/// Keeps the one OTP of its lane.
#[derive(Default)]
struct Slot(std::sync::Mutex<String>);

impl OtpPoster for Slot {
    fn post(&self, otp: &OtpToSend<'_>) -> bool {
        otp.otp.clone_into(&mut self.0.lock().expect("lock"));
        true
    }
}

/// A taxpayer and its ASP, who gives and takes back one consent after the other.
pub(crate) struct Turns {
    pub(crate) lane: Lane,
    player: Player,
    slot: Arc<Slot>,
    consents: Consents,
}

/// What is known in the end.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) revokes: AtomicUsize,
    pub(crate) stale: AtomicUsize,
    /// Checks that passed before their revoke: memory was really there to go stale.
    pub(crate) warm: AtomicUsize,
    /// Checks that answered neither pass nor refuse: a server was down, or said that it does not know.
    pub(crate) unanswered: AtomicUsize,
    /// Servers that were paused, killed, and cut off from the database, each for its time.
    pub(crate) faults: [AtomicUsize; 3],
}

/// A check: whether it passed; `None` where nobody answered.
async fn check(http: &Client, url: &str, token: &str) -> Option<bool> {
    let asked = http.post(format!("{url}/v1/introspect")).bearer_auth(GATEWAY_SECRET).form(&[("token", token)]);
    let answer = asked.send().await.ok()?;
    if answer.status() != StatusCode::OK {
        return None;
    }
    let answer: serde_json::Value = answer.json().await.ok()?;
    answer["active"].as_bool()
}

impl Turns {
    pub(crate) async fn open(number: usize, store: Arc<dyn Store>) -> Self {
        let (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>) = (Arc::new(SystemClock), Arc::new(SystemChance));
        let lane = Lane::open(number, &*store).await;
        let slot = Arc::new(Slot::default());
        let nodes = Remembering::new("checker", Protection::On, &store, &clock, &chance).nodes;
        let rules = OtpRules {
            requests_per_taxpayer_max: 1_000_000,
            requests_per_application_max: 1_000_000,
            ..OtpRules::default()
        };
        let consents = Consents::new(store, lane::vault(), clock, chance, slot.clone(), nodes, Arc::new(|| ()), rules);
        Self { lane, player: cast::players().remove(0), slot, consents }
    }

    pub(crate) async fn grant(&self) -> Granted {
        let (application, user) = (&self.player.application, &self.lane.taxpayer.username);
        self.consents.request_otp(application, user).await.expect("OTP");
        let otp = self.slot.0.lock().expect("lock").clone();
        self.consents.grant(application, user, &otp).await.expect("consent")
    }

    /// One consent from its grant to its end, and what the servers said meanwhile.
    async fn turn(&self, fleet: &RwLock<Fleet>, http: &Client, found: &Arc<Found>, late: &mut JoinSet<()>, by: usize) {
        let granted = self.grant().await;
        let urls = fleet.read().await.urls();
        let warm = urls.iter().map(|url| tokio::time::timeout(PATIENCE, check(http, url, &granted.token)));
        let warm = futures::future::join_all(warm).await;
        found.warm.fetch_add(warm.iter().filter(|answer| matches!(answer, Ok(Some(true)))).count(), Ordering::Relaxed);

        let (acknowledged, heard) = tokio::sync::watch::channel(false);
        let mut hammers = JoinSet::new();
        for url in &urls {
            let (http, url, token) = (http.clone(), url.clone(), granted.token.clone());
            let (mut heard, found) = (heard.clone(), found.clone());
            hammers.spawn(async move {
                loop {
                    let known_before = *heard.borrow_and_update();
                    let passed = check(&http, &url, &token).await;
                    if passed.is_none() {
                        found.unanswered.fetch_add(1, Ordering::Relaxed);
                    }
                    if known_before {
                        found.stale.fetch_add(usize::from(passed == Some(true)), Ordering::Relaxed);
                        return;
                    }
                    // The next blow falls at the acknowledgement, where a stale answer would show, or soon.
                    let _ = tokio::time::timeout(HAMMER_EVERY, heard.changed()).await;
                }
            });
        }
        self.lane.revoke(&urls, http, granted.consent.id, by).await;
        acknowledged.send_replace(true);
        found.revokes.fetch_add(1, Ordering::Relaxed);
        let all = async { while hammers.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            // A server is paused: its answer still counts, but nobody waits for it here.
            late.spawn(async move { while hammers.join_next().await.is_some() {} });
        }
    }
}

/// How much is tried.
#[derive(Clone, Copy)]
pub(crate) struct Trial {
    /// At most so many revokes.
    pub(crate) revokes: usize,
    /// A server fails after each so many.
    pub(crate) fault_every: usize,
    /// Whether the first stale accept ends it.
    pub(crate) until_stale: bool,
}

/// Revokes consents on a fleet while its servers fail in turn.
pub(crate) async fn check_revokes(arguments: &[&str], trial: Trial) -> Found {
    let database = Database::fresh(Engine::Postgres).await;
    let (direct, store) = (database.address.clone(), database.store.clone());
    let (port, name) = direct.rsplit_once(':').and_then(|(_, rest)| rest.split_once('/')).expect("an address");
    let link = Link::to((Ipv4Addr::LOCALHOST, port.parse::<u16>().expect("a port")).into()).await;
    let linked = direct.replace(&format!(":{port}/{name}"), &format!(":{}/{name}", link.address.port()));
    lane::register(&*store).await;

    let urls: [String; SERVERS] = [direct.clone(), direct.clone(), linked];
    let fleet = Arc::new(RwLock::new(Fleet::start(&urls, Providers::none(), arguments).await));
    let found = Arc::new(Found::default());
    let client = Client::builder().redirect(redirect::Policy::none()).timeout(Duration::from_secs(20));
    let http = client.build().expect("client");
    let turns = Arc::new(AtomicUsize::new(0));
    let mut lanes = JoinSet::new();
    for number in 0..LANES {
        let lane = Turns::open(number, store.clone()).await;
        let (fleet, http, found, turns) = (fleet.clone(), http.clone(), found.clone(), turns.clone());
        lanes.spawn(async move {
            let mut unheard = JoinSet::new();
            loop {
                let turn = turns.fetch_add(1, Ordering::Relaxed);
                let found_one = trial.until_stale && found.stale.load(Ordering::Relaxed) > 0;
                if turn >= trial.revokes || found_one {
                    break;
                }
                lane.turn(&fleet, &http, &found, &mut unheard, turn).await;
            }
            while let Some(ended) = unheard.join_next().await {
                ended.expect("a late answer");
            }
        });
    }
    let felt: [AtomicUsize; 3] = Default::default();
    let failing = async {
        for fault in 0.. {
            while turns.load(Ordering::Relaxed) < (fault + 1) * trial.fault_every {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            match fault % 3 {
                0 => {
                    fleet.read().await.pause(0);
                    tokio::time::sleep(FAULT).await;
                    fleet.read().await.resume(0);
                }
                1 => {
                    fleet.write().await.kill(1);
                    tokio::time::sleep(FAULT).await;
                    fleet.write().await.run(1);
                    fleet.read().await.until_ready(1).await;
                }
                _ => {
                    link.cut();
                    tokio::time::sleep(FAULT).await;
                    link.mend();
                }
            }
            felt[fault % 3].fetch_add(1, Ordering::Relaxed);
        }
    };
    let all = async {
        while let Some(lane) = lanes.join_next().await {
            lane.expect("a lane");
        }
    };
    tokio::select! {
        () = all => {}
        () = failing => {}
    }
    let mut found = Arc::into_inner(found).expect("every lane is done");
    found.faults = felt.each_ref().map(|times| AtomicUsize::new(times.load(Ordering::Relaxed)));
    found
}
