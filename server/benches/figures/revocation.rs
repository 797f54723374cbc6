//! `revoke_effective_ms`, `revoke_effective_paused_ms`: from the taxpayer's click to the answer that no server of three
//! accepts any more, against the same click on servers that promise nothing. `stale_accepts`: checks that passed all the
//! same, against those servers.

use std::{sync::atomic::Ordering, time::Duration};

use app::model::id::ConsentId;
use reqwest::{Client, StatusCode, redirect};
use server::nodes::LEASE;

use super::{
    figure::{Figure, Goal},
    turns::{Spread, p99_ms},
};
use crate::support::{
    database::{Database, Engine},
    fleet::Fleet,
    lane,
    revokes::{Trial, Turns, check_decisions},
    serve::Providers,
};

const SERVERS: usize = 3;
const TURNS: usize = 5;
const REVOKES_PER_TURN: usize = 200;
/// Each waits for a lease.
const REVOKES_PAUSED_PER_TURN: usize = 10;
/// Decisions that the checker watches, with servers failing meanwhile, and without.
const DECISIONS_CHECKED: usize = 3_000;
/// A server fails after each so many of them: three faults, one of each kind.
const FAULT_EVERY: usize = 900;
/// How long a server may take to register again after it was stopped.
const LISTED_MAX: Duration = Duration::from_secs(30);
/// Milliseconds (issue 3).
const GOAL_MS: f64 = 50.0;

/// A fleet over its own database, and one taxpayer.
struct Scene {
    fleet: Fleet,
    http: Client,
    turns: Turns,
    database: Database,
}

impl Scene {
    async fn open(arguments: &[&str]) -> Self {
        let database = Database::fresh(Engine::Postgres).await;
        lane::register(&*database.store).await;
        let urls = vec![database.address.clone(); SERVERS];
        let fleet = Fleet::start(&urls, Providers::none(), arguments).await;
        let turns = Turns::open(0, database.store.clone()).await;
        let client = Client::builder().redirect(redirect::Policy::none()).build().expect("client");
        Self { fleet, http: client, turns, database }
    }

    /// How long each of so many revokes took until it was acknowledged.
    async fn revokes(&self, count: usize, paused: Option<usize>) -> Vec<Duration> {
        let urls = self.fleet.urls();
        let mut times = Vec::new();
        for _ in 0..count {
            self.all_on_the_list().await;
            let granted = self.turns.grant().await;
            if let Some(server) = paused {
                self.fleet.pause(server);
            }
            let began = server::clock::stopwatch();
            self.click(&urls[0], granted.consent.id).await;
            times.push(began.elapsed());
            if let Some(server) = paused {
                self.fleet.resume(server);
            }
        }
        times
    }

    /// The taxpayer's click on *Revoke*, until it is acknowledged.
    async fn click(&self, url: &str, consent: ConsentId) {
        let form = [("gstin", self.turns.lane.taxpayer.gstin.to_string()), ("id", consent.to_string())];
        let click = self.turns.lane.signed_in(self.http.post(format!("{url}/api/revoke")).form(&form));
        assert_eq!(click.send().await.expect("an answer").status(), StatusCode::OK);
    }

    /// Until every server may answer from memory: one that is not waited for tells nothing.
    async fn all_on_the_list(&self) {
        let waiting = async {
            while self.database.store.read().await.expect("read").nodes().await.expect("nodes").len() < SERVERS {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LISTED_MAX, waiting).await.expect("every server registers again");
    }
}

pub(crate) async fn measure() -> Vec<Figure> {
    let (kept, bare) = (Scene::open(&[]).await, Scene::open(&["--without-leases"]).await);
    let (mut alive, mut floors, mut paused) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        alive.push(p99_ms(kept.revokes(REVOKES_PER_TURN, None).await));
        floors.push(p99_ms(bare.revokes(REVOKES_PER_TURN, None).await));
        paused.push(p99_ms(kept.revokes(REVOKES_PAUSED_PER_TURN, Some(SERVERS - 1)).await));
    }
    drop((kept, bare));
    let floor = Spread::of(floors);
    let trial = Trial { decisions: DECISIONS_CHECKED, fault_every: FAULT_EVERY, until_stale: false };
    let (found, unprotected) = (check_decisions(&[], trial).await, check_decisions(&["--without-leases"], trial).await);
    assert!(unprotected.stale.load(Ordering::Relaxed) > 0, "without leases the checker finds what it is looking for");
    let stale = |count: usize| Spread::of(vec![f64::from(u32::try_from(count).expect("few"))]);
    vec![
        Figure {
            name: "revoke_effective_ms",
            unit: "ms",
            value: Spread::of(alive),
            floor,
            goal: Goal::ValueAtMost(GOAL_MS),
            how: format!(
                "p99 of {REVOKES_PER_TURN} revokes, {SERVERS} servers alive, against servers without leases; {TURNS} turns"
            ),
        },
        Figure {
            name: "revoke_effective_paused_ms",
            unit: "ms",
            value: Spread::of(paused),
            floor,
            goal: Goal::ValueAtMost(LEASE.as_secs_f64() * 1_000.0),
            how: format!(
                "the same with one of them stopped, {REVOKES_PAUSED_PER_TURN} revokes a turn; the goal is the lease"
            ),
        },
        Figure {
            name: "stale_accepts",
            unit: "checks",
            value: stale(found.stale.load(Ordering::Relaxed)),
            floor: stale(unprotected.stale.load(Ordering::Relaxed)),
            goal: Goal::ValueAtMost(0.0),
            how: format!(
                "of {DECISIONS_CHECKED} decisions while servers fail, against servers without leases that fail alike"
            ),
        },
    ]
}
