//! A backup that is taken while the server works, and what is in it when it is restored.

use std::{
    path::Path,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use app::model::{gstin::Gstin, id::ConsentId, otp::OtpRules};
use reqwest::StatusCode;
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    consent::Consents,
    demo::{cast, seed},
    enforce::Remembering,
    nodes::Protection,
    store::{Retention, Store, open, open_to_read},
    vault::Vault,
    verify::verify,
};
use tokio::sync::mpsc;

use crate::support::{demo_server::DemoServer, postgres::Cluster, process::asp_access, world::Pigeonhole};

/// Consents that are acknowledged before the backup begins; more follow while it is taken.
const CONSENTS_BEFORE: usize = 40;

/// Takes consents by itself, one after the other, and tells of each.
struct Load {
    acknowledged: mpsc::UnboundedReceiver<(Gstin, ConsentId)>,
    stop: Arc<AtomicBool>,
    asking: tokio::task::JoinHandle<()>,
}

impl Load {
    async fn on(store: Arc<dyn Store>) -> Self {
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let vault = Vault::new(&[7; 32], chance.clone());
        seed::seed(&*store, &vault, &*chance, SystemClock.now()).await.expect("sample data");
        let otps = Arc::new(Pigeonhole::default());
        let rules = OtpRules { requests_per_taxpayer_max: 1_000_000, ..OtpRules::default() };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let nodes = Remembering::new("backup", Protection::On, &store, &clock, &chance).nodes;
        let consents = Consents::new(store, vault, clock, chance, otps.clone(), nodes, Arc::new(|| ()), rules);
        let (tell, acknowledged) = mpsc::unbounded_channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let asking = tokio::spawn(async move {
            let (players, people) = (cast::players(), cast::taxpayers());
            let pairs = (0..).map(|turn| (&players[turn % players.len()], &people[turn % people.len()].0));
            for (player, taxpayer) in pairs.take_while(|_| !stopped.load(Ordering::SeqCst)) {
                consents.request_otp(&player.application, &taxpayer.username).await.expect("OTP");
                let granted = consents.grant(&player.application, &taxpayer.username, &otps.newest()).await;
                tell.send((taxpayer.gstin, granted.expect("consent").consent.id)).expect("the test listens");
            }
        });
        Self { acknowledged, stop, asking }
    }

    /// So many that were acknowledged.
    async fn take(&mut self, consents: usize) -> Vec<(Gstin, ConsentId)> {
        let mut taken = Vec::new();
        while taken.len() < consents {
            taken.push(self.acknowledged.recv().await.expect("the load goes on"));
        }
        taken
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.asking.await.expect("the load");
    }
}

/// Nothing in a restored database breaks a rule, and these consents are in it.
async fn is_whole(address: &str, acknowledged: &[(Gstin, ConsentId)]) {
    let store = open_to_read(address).await.expect("restored");
    let mut found = Vec::new();
    verify(&*store, SystemClock.now(), &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, [], "{address}");
    let mut work = store.read().await.expect("read");
    for (gstin, id) in acknowledged {
        assert!(work.consent(*gstin, *id).await.expect("read").is_some(), "{address} lacks consent {gstin}/{id}");
    }
    drop(work);
    store.close().await;
    // And it serves: it can be opened for writing, and housekeeping finds its tables.
    let store = open(address).await.expect("opens");
    store.housekeep(SystemClock.now(), Retention::default()).await.expect("housekeeping");
    store.write().await.expect("a unit of work").commit().await.expect("commit");
    store.close().await;
}

fn back_up(database: &Path, to: &Path) -> Output {
    asp_access().args(["backup", "--database"]).arg(database).arg("--to").arg(to).output().expect("backup runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_sqlite_file_in_use_holds_everything_acknowledged_before() {
    let folder = tempfile::tempdir().expect("folder");
    let (database, copy) = (folder.path().join("live.db"), folder.path().join("copy.db"));
    let store = open(database.to_str().expect("text")).await.expect("database");
    let mut load = Load::on(store.clone()).await;
    let before = load.take(CONSENTS_BEFORE).await;
    let (from, to) = (database.clone(), copy.clone());
    let done = tokio::task::spawn_blocking(move || back_up(&from, &to)).await.expect("backup");
    assert!(done.status.success(), "{done:?}");
    load.take(1).await;
    load.stop().await;
    store.close().await;
    is_whole(copy.to_str().expect("text"), &before).await;
    is_whole(database.to_str().expect("text"), &before).await;

    let again = back_up(&database, &copy);
    assert!(!again.status.success(), "nothing is overwritten");
    let none = back_up(&folder.path().join("none.db"), &folder.path().join("other.db"));
    assert!(
        !none.status.success() && !folder.path().join("none.db").exists() && !folder.path().join("other.db").exists()
    );
}

#[tokio::test]
async fn a_server_on_a_restored_copy_knows_the_sessions_that_were_open() {
    let server = DemoServer::start();
    let granted = server.grant(0, 0).await;
    let restored = tempfile::tempdir().expect("folder");
    let done = back_up(&server.data.path().join("asp-access.db"), &restored.path().join("asp-access.db"));
    assert!(done.status.success(), "{done:?}");
    std::fs::copy(server.data.path().join("root.key"), restored.path().join("root.key")).expect("the root key");
    drop(server.kill());
    let server = DemoServer::start_in(restored, asp_access());
    let answer = server.introspect(&granted.token()).await;
    assert_eq!(answer["active"], true);
    server.revoked(&granted).await;
    assert_eq!(server.check(&granted).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_backup_and_a_dump_of_postgres_in_use_hold_everything_acknowledged_before() {
    let cluster = Arc::new(Cluster::start());
    let store = open(&cluster.url("postgres")).await.expect("database");
    store.housekeep(SystemClock.now(), Retention::default()).await.expect("room");
    let mut load = Load::on(store.clone()).await;
    let before_backup = load.take(CONSENTS_BEFORE).await;
    let busy = cluster.clone();
    let restored = tokio::task::spawn_blocking(move || busy.restored_from_backup()).await.expect("backup");
    let before_dump = load.take(CONSENTS_BEFORE).await;
    let busy = cluster.clone();
    tokio::task::spawn_blocking(move || busy.restored_from_dump("postgres", "restored")).await.expect("dump");
    load.take(1).await;
    load.stop().await;
    store.close().await;
    is_whole(&restored.url("postgres"), &before_backup).await;
    is_whole(&cluster.url("restored"), &before_dump).await;
}
