//! `list_growth` and `history_growth`: how long the first page of *Access now* and of *History* takes in a large database
//! against a small one, for the same taxpayers' worth of rows. `seed_10m_s`: how long the large one took to fill, against
//! the same number of consents at the small one's pace.

use std::sync::Arc;

use app::model::{Timestamp, gstin::Gstin};
use server::{
    chance::SystemChance,
    seed::{Dice, Plan, gstin, seed},
    store::{Store, open},
    vault::Vault,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    figure::{Figure, Goal},
    givers::now,
    turns::{Spread, p95_ms},
};
use crate::support::postgres::Cluster;

const SMALL_CONSENTS: u64 = 100_000;
/// As many in both, so that one taxpayer has as much in the one as in the other.
const CONSENTS_PER_TAXPAYER: u64 = 10;
/// For ten million consents (issue 3).
const SEED_GOAL_S: f64 = 600.0;
/// What is looked at stays in PostgreSQL's own memory, of the small database and of the large one: a quarter of what a
/// machine has is what its manual advises, and this is less of the one that measures.
const BUFFERS: &str = "4GB";
const TURNS: usize = 11;
/// Taxpayers whose lists are looked at, the same in each turn: what is measured is the way to a page, not the disk.
const LOOKS_PER_TURN: u64 = 1_000;

struct Grown {
    store: Arc<dyn Store>,
    taxpayers: u64,
    now: Timestamp,
    seconds: f64,
}

pub(crate) async fn measure(consents: u64) -> [Figure; 3] {
    let cluster = Cluster::start_with_buffers(BUFFERS);
    let small = grown(&cluster, "small", SMALL_CONSENTS).await;
    let large = grown(&cluster, "large", consents).await;
    let (mut list, mut history) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for turn in 0..=TURNS {
        let times = [large.look(true).await, small.look(true).await, large.look(false).await, small.look(false).await];
        // The first turn fetches from the disk what the others then find in memory.
        if turn > 0 {
            list.0.push(times[0]);
            list.1.push(times[1]);
            history.0.push(times[2]);
            history.1.push(times[3]);
        }
    }
    large.store.close().await;
    small.store.close().await;
    let how =
        |what: &str| format!("first page of {what}, p95 at {consents} consents against {SMALL_CONSENTS}, PostgreSQL");
    let figure = |name, (values, floors), how| Figure {
        name,
        unit: "ms",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: Goal::AtMost(1.2),
        how,
    };
    #[expect(clippy::cast_precision_loss, reason = "a share of ten million")]
    let (share, pace) = (consents as f64 / 10_000_000.0, consents as f64 / SMALL_CONSENTS as f64);
    let seeded = Figure {
        name: "seed_10m_s",
        unit: "s",
        value: Spread::of(vec![large.seconds]),
        floor: Spread::of(vec![small.seconds * pace]),
        goal: Goal::ValueAtMost(SEED_GOAL_S * share),
        how: format!("{consents} consents by COPY on PostgreSQL; the goal for so many"),
    };
    [seeded, figure("list_growth", list, how("Access now")), figure("history_growth", history, how("History"))]
}

#[expect(clippy::print_stderr, reason = "filling takes minutes")]
async fn grown(cluster: &Cluster, name: &str, consents: u64) -> Grown {
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.expect("connection");
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.expect("database");
    connection.close().await.expect("closed");
    let store = open(&cluster.url(name)).await.expect("database");
    let vault = Vault::new(&[7; 32], Arc::new(SystemChance));
    let (taxpayers, now, began) = (consents / CONSENTS_PER_TAXPAYER, now(), server::clock::stopwatch());
    let plan = Plan { taxpayers, consents, seed: 1, now, logs_since: None };
    let made = seed(store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
    let seconds = began.elapsed().as_secs_f64();
    eprintln!("{} consents, {} rows made in {seconds:.0} s", made.consents, made.rows);
    Grown { store, taxpayers, now, seconds }
}

impl Grown {
    /// The first pages of as many taxpayers, spread over all; the time that 95 of a hundred stayed below, in ms.
    async fn look(&self, live: bool) -> f64 {
        let dice = Dice::new(2, 2);
        let mut times = Vec::new();
        for _ in 0..LOOKS_PER_TURN {
            let taxpayer: Gstin = gstin(dice.below(self.taxpayers), self.taxpayers);
            let began = server::clock::stopwatch();
            let mut work = self.store.read().await.expect("read");
            work.list_consents(taxpayer, live, self.now, None).await.expect("a page");
            drop(work);
            times.push(began.elapsed());
        }
        p95_ms(times)
    }
}
