//! `ledger_cost`: grants with the ledger against the same grants without it: no hash, no leaf, nothing that grows. With it, a
//! turn is over when every leaf has its place in the tree and the tree is signed, so that all that the ledger costs falls
//! into it.

use std::sync::Arc;

use server::{
    chance::SystemChance,
    clock::{SystemClock, stopwatch},
    ledger::Ledger,
    store::{Retention, Store, open},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use super::{
    figure::{Figure, Goal},
    givers::{Givers, now},
    turns::{Spread, rate},
};
use crate::support::postgres::Cluster;

const GOAL: Goal = Goal::AtLeast(0.85);
const TURNS: u64 = 7;
/// Grants of a client in a turn: on PostgreSQL the ledger grows several times meanwhile.
const GRANTS_PER_CLIENT: u64 = 300;
/// Grants at once; the store has more connections.
const CLIENTS_POSTGRES: u64 = 8;
/// SQLite has one writer, whoever waits for it.
const CLIENTS_SQLITE: u64 = 2;

pub(crate) async fn measure() -> Vec<Figure> {
    let cluster = Cluster::start();
    let (with, without) = (database(&cluster, "with_ledger").await, database(&cluster, "without").await);
    let postgres = compare("ledger_cost", "PostgreSQL", CLIENTS_POSTGRES, with, without).await;
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (with, without) = (open(&file("with.db")).await, open(&file("without.db")).await);
    let (with, without) = (with.expect("database"), without.expect("database"));
    let sqlite = compare("ledger_cost_sqlite", "SQLite", CLIENTS_SQLITE, with, without).await;
    vec![postgres, sqlite]
}

async fn database(cluster: &Cluster, name: &str) -> Arc<dyn Store> {
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.expect("connection");
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.expect("database");
    connection.close().await.expect("closed");
    let store = open(&cluster.url(name)).await.expect("database");
    store.housekeep(now(), Retention::default()).await.expect("room");
    store
}

async fn compare(
    name: &'static str,
    engine: &str,
    clients: u64,
    with: Arc<dyn Store>,
    without: Arc<dyn Store>,
) -> Figure {
    let per_turn = clients * GRANTS_PER_CLIENT;
    let taxpayers = TURNS * per_turn;
    let with = Arc::new(Givers::new(with, taxpayers).await);
    let without = Arc::new(Givers::new(without, taxpayers).await.without_proof());
    for n in 0..taxpayers {
        with.ask(n).await;
        without.ask(n).await;
    }
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(SystemChance));
    let ledger = Ledger::open(with.store.clone(), with.vault.clone(), clock, chance, "bench/ledger").await;
    let ledger = Arc::new(ledger.expect("a ledger"));
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let began = stopwatch();
        let stop = CancellationToken::new();
        let growing = tokio::spawn(ledger.clone().keep_growing(stop.clone()));
        grants(&with, turn, clients).await;
        stop.cancel();
        growing.await.expect("it stops");
        while ledger.grow().await.expect("it grows").more {}
        values.push(rate(usize::try_from(per_turn).expect("few"), began));
        let began = stopwatch();
        grants(&without, turn, clients).await;
        floors.push(rate(usize::try_from(per_turn).expect("few"), began));
    }
    let grown = with.store.read().await.expect("read").ledger().await.expect("read").size;
    assert_eq!(grown, taxpayers, "every grant has its leaf");
    with.store.close().await;
    without.store.close().await;
    Figure {
        name,
        unit: "grants/s",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: GOAL,
        how: format!(
            "{engine}, {clients} at once, with leaves placed and signed, against without; {TURNS} × {per_turn}"
        ),
    }
}

async fn grants(givers: &Arc<Givers>, turn: u64, clients: u64) {
    let giving = (0..clients).map(|client| {
        let givers = givers.clone();
        tokio::spawn(async move {
            let first = (turn * clients + client) * GRANTS_PER_CLIENT;
            for n in first..first + GRANTS_PER_CLIENT {
                givers.give(n).await;
            }
        })
    });
    for done in futures::future::join_all(giving).await {
        done.expect("grants");
    }
}
