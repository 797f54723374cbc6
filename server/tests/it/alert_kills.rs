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
use tempfile::TempDir;
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

/// A server, its providers, and a view into its database.
struct Stage {
    folder: TempDir,
    database: String,
    portal: String,
    relay: Relay,
    gateway: Gateway,
    looking: SqliteConnection,
}

/// What was in flight when a server was killed: leased, so that a provider may have it, and not written down as sent.
#[derive(Debug, Default)]
struct InFlight {
    sms: usize,
    mails: usize,
}

/// What providers took, by message: how often.
struct Taken {
    sms: HashMap<String, usize>,
    mails: HashMap<String, usize>,
}

fn repeats(times: &HashMap<String, usize>) -> usize {
    times.values().map(|times| times - 1).sum()
}

impl Stage {
    async fn set() -> Self {
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
        let looking = SqliteConnection::connect(&database).await.expect("connection");
        Self { folder, database, portal, relay, gateway, looking }
    }

    /// A server, and where it tells metrics.
    fn server(&self) -> (Process, u16) {
        let watch = free_port();
        let setup = Setup { folder: self.folder.path(), database: &self.database, portal: &self.portal, watch };
        (setup.start(), watch)
    }

    /// Starts a server, and kills it when the gateway has accepted SMS and nothing of that could be written down.
    async fn kill_one(&mut self) -> InFlight {
        let before = self.gateway.count();
        let gate = Arc::new(Semaphore::new(0));
        self.gateway.usually(Does::Waits(gate.clone(), TAKEN.into()));
        let (server, watch) = self.server();
        let gateway = self.gateway.clone();
        until("SMS are in flight", async || gateway.count() >= before + IN_FLIGHT).await;
        // From here on nothing can be written down.
        let mut lock = self.looking.begin_with("begin immediate").await.expect("the lock");
        gate.add_permits(IN_FLIGHT);
        until("they are accepted, and the server knows", async || accepted_sms(watch).await == IN_FLIGHT).await;
        drop(server);
        let mut in_flight = InFlight::default();
        for (channel, count) in [("sms", &mut in_flight.sms), ("email", &mut in_flight.mails)] {
            let unsettled: i64 =
                sqlx::query_scalar("select count(*) from delivery where channel = ? and state = 'sending'")
                    .bind(channel)
                    .fetch_one(&mut *lock)
                    .await
                    .expect("count");
            *count = usize::try_from(unsettled).expect("a count");
        }
        lock.rollback().await.expect("given back");
        assert!(in_flight.sms >= IN_FLIGHT, "what was accepted is not written down");
        in_flight
    }

    /// Lets a server send everything that is left; what the providers took in all.
    async fn let_one_finish(mut self) -> Taken {
        self.gateway.usually(Does::says(200, TAKEN));
        let (server, _) = self.server();
        let looking = &mut self.looking;
        until("nothing waits any more", async || {
            let waiting = "select count(*) from delivery where state in ('queued', 'sending', 'temporary_failure')";
            sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *looking).await.expect("count") == 0
        })
        .await;
        drop(server);
        let kept: i64 = sqlx::query_scalar("select count(*) from delivery where state <> 'accepted'")
            .fetch_one(&mut self.looking)
            .await
            .expect("count");
        assert_eq!(kept, 0, "all are accepted");
        let sms = times_of(self.gateway.asked().into_iter().map(|asked| asked.body));
        let taken = Taken { sms, mails: times_of(self.relay.taken()) };
        for (what, times) in [("SMS", &taken.sms), ("mails", &taken.mails)] {
            assert_eq!(times.len(), ALERTS, "{what}: none is lost, and none has two names");
        }
        taken
    }
}

#[expect(clippy::print_stdout, reason = "the count is what this test is for")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_acceptance_and_commit_repeats_what_was_in_flight_once_and_nothing_else() {
    let mut stage = Stage::set().await;
    let in_flight = stage.kill_one().await;
    let taken = stage.let_one_finish().await;
    let (sms, mails) = (repeats(&taken.sms), repeats(&taken.mails));
    println!("in flight at the kill: {in_flight:?}; repeated: {sms} SMS, {mails} mails");
    for (what, times) in [("SMS", &taken.sms), ("mails", &taken.mails)] {
        assert!(times.values().all(|times| *times <= 2), "{what}: {times:?}");
    }
    assert!((IN_FLIGHT..=in_flight.sms).contains(&sms), "SMS: {sms} of {in_flight:?}");
    assert!(mails <= in_flight.mails, "mails: {mails} of {in_flight:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kill_between_acceptance_and_commit_repeats_what_was_in_flight_at_most_once() {
    let (mut stage, mut in_flight) = (Stage::set().await, InFlight::default());
    for _ in 0..KILLS {
        let InFlight { sms, mails } = stage.kill_one().await;
        in_flight = InFlight { sms: in_flight.sms + sms, mails: in_flight.mails + mails };
    }
    let taken = stage.let_one_finish().await;
    for (what, times) in [("SMS", &taken.sms), ("mails", &taken.mails)] {
        assert!(times.values().all(|times| *times <= 1 + KILLS), "{what}: {times:?}");
    }
    let (sms, mails) = (repeats(&taken.sms), repeats(&taken.mails));
    assert!((KILLS * IN_FLIGHT..=in_flight.sms).contains(&sms), "SMS: {sms} of {in_flight:?}");
    assert!(mails <= in_flight.mails, "mails: {mails} of {in_flight:?}");
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
