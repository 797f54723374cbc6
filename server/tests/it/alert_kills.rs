//! The real server is killed when providers have taken messages over and it could not write that down yet: each message
//! comes once more for each such kill, under the same name, and not more often.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    demo::{cast, seed},
    store::{self, Store},
    vault::Vault,
};
use sqlx::{Connection, SqliteConnection};
use tokio::{sync::Semaphore, time};

use crate::support::{
    gateway::{Does, Gateway},
    post::{ROOT_KEY, TAKEN, owe, providers},
    process::{Process, asp_access},
    relay::Relay,
    serve::serve_with,
};

const ALERTS: usize = 40;
/// SMS that are in flight at each kill.
const IN_FLIGHT: usize = 4;
const KILLS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|held| held.local_addr()).expect("a free port").port()
}

/// The taxpayer of the sample data, with alerts owed.
async fn prepare(database: &str) {
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let store: Arc<dyn Store> = store::open(database).await.expect("database");
    let now = SystemClock.now();
    seed::seed(&*store, &Vault::new(&ROOT_KEY, chance.clone()), &*chance, now).await.expect("sample data");
    let (taxpayer, _, signatory) = cast::taxpayers().remove(0);
    let mut work = store.read().await.expect("read");
    let consents = work.list_consents(taxpayer.gstin, true, now, None).await.expect("read");
    drop(work);
    owe(&*store, &consents[0].consent, &signatory, ALERTS).await;
    store.close().await;
}

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let look = async {
        while !is_so().await {
            time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(time::timeout(PATIENCE, look).await.is_ok(), "{what}");
}

/// What the running server has counted of accepted SMS.
async fn accepted_sms(watch: u16) -> usize {
    let Ok(answer) = reqwest::get(format!("http://127.0.0.1:{watch}/metrics")).await else { return 0 };
    let text = answer.text().await.expect("text");
    let mark = "asp_access_attempts_total{channel=\"sms\",provider=\"gateway\",outcome=\"accepted\"} ";
    text.lines().find_map(|line| line.strip_prefix(mark)).map_or(0, |count| count.parse().expect("a number"))
}

struct Setup<'a> {
    folder: &'a Path,
    database: &'a str,
    portal: &'a str,
    watch: u16,
}

impl Setup<'_> {
    fn start(&self) -> Process {
        let mut command = serve_with(self.folder, self.database, self.portal, &self.folder.join("providers.json"));
        command.args(["--listen", &format!("127.0.0.1:{}", free_port())]);
        command.args(["--metrics-listen", &format!("127.0.0.1:{}", self.watch)]);
        Process(command.spawn().expect("the server starts"))
    }
}

fn times_of(names: impl IntoIterator<Item = String>) -> HashMap<String, usize> {
    names.into_iter().fold(HashMap::new(), |mut times, name| {
        *times.entry(name).or_default() += 1;
        times
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_acceptance_and_commit_repeats_each_message_at_most_once() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("test.db").display().to_string();
    prepare(&database).await;
    let (relay, gateway) = (Relay::start().await, Gateway::start(Does::Hangs).await);
    let mut file = providers(relay.port, &gateway.url, folder.path());
    // Leases are short, so that what a killed server held is soon sent again.
    file["dispatch"] = json!({ "lane": IN_FLIGHT, "send_seconds": 10, "lease_seconds": 20 });
    file["sms"][0]["timeout_seconds"] = 10.into();
    std::fs::write(folder.path().join("providers.json"), file.to_string()).expect("file");
    let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key").public_key_pem();

    let mut looking = SqliteConnection::connect(&database).await.expect("connection");
    for _ in 0..KILLS {
        let before = gateway.count();
        let gate = Arc::new(Semaphore::new(0));
        gateway.usually(Does::Waits(gate.clone(), TAKEN.into()));
        let setup = Setup { folder: folder.path(), database: &database, portal: &portal, watch: free_port() };
        let server = setup.start();
        until("SMS are in flight", async || gateway.count() >= before + IN_FLIGHT).await;
        // From here on nothing can be written down.
        let mut lock = looking.begin_with("begin immediate").await.expect("the lock");
        gate.add_permits(IN_FLIGHT);
        until("they are accepted, and the server knows", async || accepted_sms(setup.watch).await == IN_FLIGHT).await;
        drop(server);
        let unsettled: i64 =
            sqlx::query_scalar("select count(*) from delivery where channel = 'sms' and state = 'sending'")
                .fetch_one(&mut *lock)
                .await
                .expect("count");
        lock.rollback().await.expect("given back");
        assert!(unsettled >= i64::try_from(IN_FLIGHT).expect("few"), "what was accepted is not written down");
    }
    gateway.usually(Does::says(200, TAKEN));
    let setup = Setup { folder: folder.path(), database: &database, portal: &portal, watch: free_port() };
    let server = setup.start();
    until("nothing waits any more", async || {
        let waiting = "select count(*) from delivery where state in ('queued', 'sending', 'temporary_failure')";
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut looking).await.expect("count") == 0
    })
    .await;
    drop(server);

    let kept: i64 = sqlx::query_scalar("select count(*) from delivery where state <> 'accepted'")
        .fetch_one(&mut looking)
        .await
        .expect("count");
    assert_eq!(kept, 0, "all are accepted");
    let (sms, mails) = (times_of(gateway.asked().into_iter().map(|asked| asked.body)), times_of(relay.taken()));
    for (what, times) in [("SMS", &sms), ("mails", &mails)] {
        assert_eq!(times.len(), ALERTS, "{what}: none is lost, and none has two names");
        assert!(times.values().all(|times| *times <= 1 + KILLS), "{what}: {times:?}");
    }
    let repeats: usize = sms.values().map(|times| times - 1).sum();
    assert!(
        (KILLS * IN_FLIGHT..=KILLS * 2 * IN_FLIGHT).contains(&repeats),
        "each that was in flight, once a kill: {repeats}"
    );
}

#[test]
fn settings_that_cannot_be_used_refuse_the_start_with_one_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("test.db").display().to_string();
    let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key").public_key_pem();
    let mut file: Value = providers(9, "http://127.0.0.1:9", folder.path());
    file["sms"][0]["url"] = "http://sms.example.in/send?key=hunter2".into();
    let path = folder.path().join("providers.json");
    std::fs::write(&path, file.to_string()).expect("file");
    let mut command = serve_with(folder.path(), &database, &portal, &path);
    let refused = command.stdout(Stdio::null()).output().expect("it runs");
    let said = String::from_utf8(refused.stderr).expect("text");
    assert!(!refused.status.success());
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains("\"gateway\"") && said.contains("without TLS") && !said.contains("hunter2"), "{said}");

    let nothing =
        asp_access().args(["serve", "--database", &database, "--mail-from", "a@b.in"]).output().expect("runs");
    assert!(!nothing.status.success());
}
