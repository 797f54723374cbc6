//! The checker of revokes, and of what else takes access away: asks every server about a token without a pause while its
//! consent is paused, frozen, revoked or blocked. A check that began after that was acknowledged and passes is stale. With the leases off it must find some; with them on, none, while
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
use tokio::{sync::RwLock, task::JoinSet, time};

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
    /// Decisions that were acknowledged.
    pub(crate) decisions: AtomicUsize,
    pub(crate) stale: AtomicUsize,
    /// Checks that passed before their decision: memory was really there to go stale.
    pub(crate) warm: AtomicUsize,
    /// Checks that answered neither pass nor refuse: a server was down, or said that it does not know.
    pub(crate) unanswered: AtomicUsize,
    /// Servers that were paused, killed, and cut off from the database, each for its time.
    pub(crate) faults: [AtomicUsize; 3],
}

/// How a gateway asks.
#[derive(Clone, Copy)]
enum Way {
    Introspect,
    ForwardAuth,
}

impl Way {
    /// By turns.
    fn of(number: usize) -> Self {
        if number.is_multiple_of(2) { Self::Introspect } else { Self::ForwardAuth }
    }

    /// A check: whether it passed; `None` where nobody answered.
    async fn check(self, http: &Client, url: &str, token: &str) -> Option<bool> {
        match self {
            Self::Introspect => {
                let asked = http.post(format!("{url}/v1/introspect")).bearer_auth(GATEWAY_SECRET);
                let answer = asked.form(&[("token", token)]).send().await.ok()?;
                if answer.status() != StatusCode::OK {
                    return None;
                }
                let answer: serde_json::Value = answer.json().await.ok()?;
                answer["active"].as_bool()
            }
            Self::ForwardAuth => {
                let asked = http.get(format!("{url}/v1/forward-auth")).bearer_auth(GATEWAY_SECRET);
                match asked.header("auth-token", token).send().await.ok()?.status() {
                    StatusCode::OK => Some(true),
                    StatusCode::FORBIDDEN => Some(false),
                    _ => None,
                }
            }
        }
    }
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

    /// Two consents: one is paused, frozen and revoked, of the other one the ASP is blocked. A pause and a freeze are taken
    /// back when every server has answered: a later answer would be right to pass.
    async fn turn(&self, fleet: &RwLock<Fleet>, http: &Client, found: &Arc<Found>, late: &mut JoinSet<()>, by: usize) {
        let urls = fleet.read().await.urls();
        let granted = self.grant().await;
        let watched = Watched { urls: &urls, http, found, token: &granted.token };
        let decide = |function, fields: Vec<(&'static str, String)>| {
            let (who, urls) = (&self.lane, &urls);
            async move { who.decide(urls, http, function, &fields, by).await }
        };
        let id = || ("id", granted.consent.id.to_string());

        let (paused, asked) = watched.during(decide("pause", vec![id()]), by).await;
        asked.join_all().await;
        decide("resume", vec![id(), version(&paused["version"])]).await;
        let (frozen, asked) = watched.during(decide("freeze", vec![]), by + 1).await;
        asked.join_all().await;
        decide("thaw", vec![version(&frozen["controls"]["window"]["version"])]).await;
        let ((), asked) = watched.during(self.lane.revoke(&urls, http, granted.consent.id, by), by).await;
        let_answer(asked, late).await;

        let granted = self.grant().await;
        let watched = Watched { token: &granted.token, ..watched };
        let asp = || ("asp", self.player.application.asp.id.to_string());
        let block = vec![asp(), ("version", "0".into()), ("rule", "blocked".into())];
        let (blocked, asked) = watched.during(decide("rule-asp", block), by + 1).await;
        let_answer(asked, late).await;
        decide("rule-asp", vec![asp(), version(&blocked["controls"]["window"]["version"])]).await;
    }
}

/// What a decision that gives has to show.
fn version(held: &serde_json::Value) -> (&'static str, String) {
    ("version", held.to_string())
}

/// A consent about which every server is asked.
#[derive(Clone, Copy)]
struct Watched<'t> {
    urls: &'t [String],
    http: &'t Client,
    found: &'t Arc<Found>,
    token: &'t str,
}

impl Watched<'_> {
    /// Asks without a pause until a decision is acknowledged, and each server once more after it, by turns in one way and in
    /// the other. What was decided, and who has not answered yet.
    async fn during<T>(self, deciding: impl Future<Output = T>, first: usize) -> (T, JoinSet<()>) {
        let Self { urls, http, found, token } = self;
        let warm = urls.iter().map(|url| time::timeout(PATIENCE, Way::Introspect.check(http, url, token)));
        let warm = futures::future::join_all(warm).await;
        found.warm.fetch_add(warm.iter().filter(|answer| matches!(answer, Ok(Some(true)))).count(), Ordering::Relaxed);

        let (acknowledged, heard) = tokio::sync::watch::channel(false);
        let mut hammers = JoinSet::new();
        for (server, url) in urls.iter().enumerate() {
            let (http, url, token) = (http.clone(), url.clone(), token.to_owned());
            let (mut heard, found) = (heard.clone(), found.clone());
            hammers.spawn(async move {
                for blow in first + server.. {
                    let known_before = *heard.borrow_and_update();
                    let passed = Way::of(blow).check(&http, &url, &token).await;
                    if passed.is_none() {
                        found.unanswered.fetch_add(1, Ordering::Relaxed);
                    }
                    if known_before {
                        found.stale.fetch_add(usize::from(passed == Some(true)), Ordering::Relaxed);
                        return;
                    }
                    // The next blow falls at the acknowledgement, where a stale answer would show, or soon.
                    let _ = time::timeout(HAMMER_EVERY, heard.changed()).await;
                }
            });
        }
        let decided = deciding.await;
        acknowledged.send_replace(true);
        found.decisions.fetch_add(1, Ordering::Relaxed);
        (decided, hammers)
    }
}

/// Waits for the last answers about what is over for good. A server may be paused: its answer still counts, but nobody
/// waits for it here.
async fn let_answer(mut hammers: JoinSet<()>, late: &mut JoinSet<()>) {
    let all = async { while hammers.join_next().await.is_some() {} };
    if time::timeout(PATIENCE, all).await.is_err() {
        late.spawn(async move { while hammers.join_next().await.is_some() {} });
    }
}

/// How much is tried.
#[derive(Clone, Copy)]
pub(crate) struct Trial {
    /// Decisions, a few more where several are under way.
    pub(crate) decisions: usize,
    /// A server fails after each so many.
    pub(crate) fault_every: usize,
    /// Whether the first stale accept ends it.
    pub(crate) until_stale: bool,
}

/// Takes access away on a fleet, again and again, while its servers fail in turn.
pub(crate) async fn check_decisions(arguments: &[&str], trial: Trial) -> Found {
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
                let enough = found.decisions.load(Ordering::Relaxed) >= trial.decisions;
                let found_one = trial.until_stale && found.stale.load(Ordering::Relaxed) > 0;
                if enough || found_one {
                    break;
                }
                let turn = turns.fetch_add(1, Ordering::Relaxed);
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
            while found.decisions.load(Ordering::Relaxed) < (fault + 1) * trial.fault_every {
                time::sleep(Duration::from_millis(20)).await;
            }
            match fault % 3 {
                0 => {
                    fleet.read().await.pause(0);
                    time::sleep(FAULT).await;
                    fleet.read().await.resume(0);
                }
                1 => {
                    fleet.write().await.kill(1);
                    time::sleep(FAULT).await;
                    fleet.write().await.run(1);
                    fleet.read().await.until_ready(1).await;
                }
                _ => {
                    link.cut();
                    time::sleep(FAULT).await;
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
