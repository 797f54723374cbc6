//! `commit_postgres`: grants side by side, against pgbench with a script of the same statements and as many clients.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use server::{
    seed::applications,
    store::{Retention, open},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::{
    figure::{Figure, Goal},
    givers::{Givers, SEED, now},
    turns::{Spread, rate},
};
use crate::support::postgres::Cluster;

const TURNS: u64 = 7;
/// Grants at once; the store has more connections.
const CLIENTS: u64 = 8;
const GRANTS_PER_CLIENT: u64 = 100;
const GRANTS_PER_TURN: u64 = CLIENTS * GRANTS_PER_CLIENT;
const TAXPAYERS: u64 = TURNS * GRANTS_PER_TURN;

/// The floor: the same statements in the same order (a test compares them with what a grant says).
const SCRIPT: &str = include_str!("grant.sql");

pub(crate) async fn measure() -> Figure {
    let cluster = Cluster::start();
    let whole = filled(&cluster, "whole").await;
    let bare = filled(&cluster, "bare").await;
    for n in 0..TAXPAYERS {
        whole.ask(n).await;
        bare.ask(n).await;
    }
    bare.store.close().await;
    let folder = tempfile::tempdir().expect("folder");
    let script = folder.path().join("grant.sql");
    std::fs::write(&script, SCRIPT).expect("the script");
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let began = server::clock::stopwatch();
        futures::future::join_all((0..CLIENTS).map(|client| {
            let whole = whole.clone();
            tokio::spawn(async move {
                let first = turn * GRANTS_PER_TURN + client * GRANTS_PER_CLIENT;
                for n in first..first + GRANTS_PER_CLIENT {
                    whole.give(n).await;
                }
            })
        }))
        .await
        .into_iter()
        .for_each(|done| done.expect("grants"));
        values.push(rate(usize::try_from(GRANTS_PER_TURN).expect("few"), began));
        floors.push(pgbench(&cluster.url("bare"), &script, turn));
    }
    whole.store.close().await;
    Figure {
        name: "commit_postgres",
        unit: "grants/s",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: Goal::AtLeast(0.6),
        how: format!("{CLIENTS} at once, against pgbench with the same statements; {TURNS} × {GRANTS_PER_TURN}"),
    }
}

async fn filled(cluster: &Cluster, name: &str) -> Arc<Givers> {
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.expect("connection");
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.expect("database");
    connection.close().await.expect("closed");
    let store = open(&cluster.url(name)).await.expect("database");
    store.housekeep(now(), Retention::default()).await.expect("room");
    Arc::new(Givers::new(store, TAXPAYERS).await)
}

fn program(name: &str) -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> =
        debian.map(|entry| entry.path().join("bin").join(name)).filter(|file| file.is_file()).collect();
    debian.sort();
    debian.pop().unwrap_or_else(|| name.into())
}

/// Grants a second, as pgbench says.
fn pgbench(url: &str, script: &Path, turn: u64) -> f64 {
    let at = now();
    let millis = u128::from(at.as_millisecond().unsigned_abs());
    let application = &applications(SEED)[0];
    let id = Uuid::from_u128(millis << 80 | 0x7000 << 64 | 0x8000 << 48).to_string();
    let done = Command::new(program("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--client", &CLIENTS.to_string(), "--jobs=2"])
        .args(["--transactions", &GRANTS_PER_CLIENT.to_string(), "--define=k=0"])
        .arg(format!("--define=turn={turn}"))
        .arg(format!("--define=now_micros={}", at.as_microsecond()))
        .arg(format!("--define=prefix={}", &id[..24]))
        .arg(format!("--define=application={}", application.id))
        .arg(format!("--define=asp={}", application.asp.id))
        .arg(format!("--define=gsp={}", application.gsp.id))
        .arg("--file")
        .arg(script)
        .arg(url)
        .output()
        .expect("pgbench runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    match rate {
        Some(rate) if done.status.success() && said.contains("failed transactions: 0") => rate,
        _ => panic!("pgbench failed: {said}{}", String::from_utf8_lossy(&done.stderr)),
    }
}
