//! Who is killed while it sends keeps its lease, and no longer than the lease's term: then the other server sends, and not
//! before.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    time::Duration,
};

use app::model::{Timestamp, alert::Channel};
use serde_json::json;
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    demo::{cast, seed},
    store::Store,
    vault::Vault,
};
use tempfile::TempDir;
use tokio::time;

use crate::support::{
    database::{Database, Engine},
    gateway::{Does, Gateway},
    post::{ROOT_KEY, TAKEN, owe, providers},
    process::Process,
    relay::Relay,
    serve::serve_with,
};

const LEASE_SECONDS: i64 = 10;
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, and the SMS gateway that it alone uses.
struct Server {
    gateway: Gateway,
    _process: Process,
    _folder: TempDir,
}

impl Server {
    async fn start(database: &str, relay: &Relay) -> Self {
        let (folder, gateway) = (tempfile::tempdir().expect("folder"), Gateway::start(Does::Hangs).await);
        let mut file = providers(relay.port, &gateway.url, folder.path());
        file["dispatch"] = json!({ "send_seconds": LEASE_SECONDS / 2, "lease_seconds": LEASE_SECONDS });
        file["sms"][0]["timeout_seconds"] = (LEASE_SECONDS / 2).into();
        let providers = folder.path().join("providers.json");
        std::fs::write(&providers, file.to_string()).expect("file");
        let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key").public_key_pem();
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|held| held.local_addr());
        let address = held.expect("a free port").to_string();
        let mut command = serve_with(folder.path(), database, &portal, &providers);
        let process = Process(command.args(["--listen", &address]).spawn().expect("the server starts"));
        let listens = async {
            while reqwest::get(format!("http://{address}/v1/forward-auth")).await.is_err() {
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        time::timeout(PATIENCE, listens).await.expect("it listens");
        Self { gateway, _process: process, _folder: folder }
    }
}

/// When the one SMS is due: a running lease counts as due at its end.
async fn due(store: &dyn Store) -> Option<Timestamp> {
    store.read().await.expect("read").next_delivery_due(Channel::Sms).await.expect("read")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_was_sending_is_sent_by_the_other_when_its_lease_is_over_and_not_before() {
    let database = Database::fresh(Engine::Postgres).await;
    let (store, chance): (_, Arc<dyn Chance>) = (database.store.clone(), Arc::new(SystemChance));
    let vault = Vault::new(&ROOT_KEY, chance.clone());
    seed::seed(&*store, &vault, &*chance, SystemClock.now()).await.expect("sample data");
    let (taxpayer, _, signatory) = cast::taxpayers().remove(0);
    let mut work = store.read().await.expect("read");
    let live = work.list_consents(taxpayer.gstin, true, SystemClock.now(), None).await.expect("read");
    drop(work);

    let relay = Relay::start().await;
    let (one, other) = (Server::start(&database.address, &relay).await, Server::start(&database.address, &relay).await);

    owe(&*store, &live[0].consent, &signatory, 1).await;
    let (holder, other) = tokio::select! {
        () = one.gateway.until_asked(1) => (one, other),
        () = other.gateway.until_asked(1) => (other, one),
    };
    let leased_until = due(&*store).await.expect("it is being sent");
    other.gateway.usually(Does::says(200, TAKEN));
    let sent = holder.gateway.asked().remove(0).body;
    drop(holder);
    assert!(SystemClock.now() < leased_until, "it dies in the middle of its lease");

    other.gateway.until_asked(1).await;
    assert!(SystemClock.now() >= leased_until, "it was still another's to send");
    assert_eq!(other.gateway.asked().remove(0).body, sent, "it is the same one");
    let settled = async {
        while due(&*store).await.is_some() {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(PATIENCE, settled).await.expect("it is written down");
    assert_eq!(other.gateway.count(), 1, "once by each");
}
