//! `alert_backlog_drain`: alerts a second over the last tenth of a long queue against its first tenth.

use std::{sync::Arc, time::Duration};

use app::model::alert::Channel;
use jiff::SignedDuration;
use server::{
    alerts::dispatcher::Wake,
    chance::SystemChance,
    seed::{Plan, seed},
    store::open,
    vault::Vault,
};
use tokio::time;

use super::{Running, consents, dispatcher, drained, no_gateway, owe_mails, relay::CountingRelay};
use crate::{
    figure::{Figure, Goal},
    givers::{SEED, now},
    turns::Spread,
};

const TAXPAYERS: u64 = 10_000;
/// Alerts written in one unit of work.
const WRITTEN_AT_ONCE: usize = 5_000;

#[expect(clippy::print_stderr, reason = "filling and draining take minutes")]
pub(crate) async fn measure(alerts: usize) -> Figure {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path().join("backlog.db").to_str().expect("text")).await.expect("database");
    let vault = Vault::new(&[7; 32], Arc::new(SystemChance));
    let plan = Plan { taxpayers: TAXPAYERS, consents: TAXPAYERS * 3, seed: SEED, now: now(), logs_since: Some(now()) };
    seed(store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
    let about = consents(&*store, TAXPAYERS, TAXPAYERS).await;
    let (began, mut owed) = (server::clock::stopwatch(), 0);
    let mut turn = about.iter().cycle();
    while owed < alerts {
        let some: Vec<_> = turn.by_ref().take(WRITTEN_AT_ONCE.min(alerts - owed)).cloned().collect();
        // Owed one after the other, as events happen.
        owe_mails(&*store, &some, now() - SignedDuration::from_millis(i64::try_from(alerts - owed).expect("few")))
            .await;
        owed += some.len();
    }
    eprintln!("{owed} alerts owed in {:.0} s", began.elapsed().as_secs_f64());
    let relay = CountingRelay::start().await;
    let resident_before = resident_mb();
    let running = Running::start(dispatcher(&store, &vault, Arc::new(Wake::default()), relay.port, no_gateway()));
    let (tenth, began) = (alerts / 10, server::clock::stopwatch());
    let (mut passed, mut resident) = (vec![(0, began)], resident_before);
    while passed.len() <= 10 {
        time::sleep(Duration::from_millis(2)).await;
        let taken = relay.taken();
        if taken >= passed.len() * tenth {
            passed.push((taken, server::clock::stopwatch()));
            resident = f64::max(resident, resident_mb());
            eprintln!("{taken} taken after {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    drained(&*store, Channel::Email).await;
    assert_eq!(relay.taken(), alerts, "each once");
    running.stop().await;
    store.close().await;
    let rate_of = |nth: usize| {
        let ((from, since), (to, until)) = (passed[nth - 1], passed[nth]);
        f64::from(u32::try_from(to - from).expect("few")) / until.duration_since(since).as_secs_f64()
    };
    Figure {
        name: "alert_backlog_drain",
        unit: "alerts/s",
        value: Spread::of(vec![rate_of(10)]),
        floor: Spread::of(vec![rate_of(1)]),
        goal: Goal::AtLeast(0.9),
        how: format!(
            "the last tenth of {alerts} due mails against the first (SQLite, SMTP on loopback); {:.0} MB more in memory",
            resident - resident_before
        ),
    }
}

/// Memory that this process holds, in MB; 0 where the system does not say.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1_024.0
}
