//! A witness before a log over HTTP: what it accepts, and what it raises the alarm for.

use std::{path::Path, process::Output, sync::Arc, time::Duration};

use app::model::{
    consent::Consent,
    id::ConsentId,
    merkle::{PublicKey, PublicKeys},
};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    demo::{cast, seed},
    ledger::{self, Ledger, Scribe},
    store::{Store, open},
    vault::Vault,
    witness::{Alarm, LookError, Memory, Seen, Source, look},
};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::support::{demo_server::DemoServer, process::asp_access};

const ORIGIN: &str = "consent.example.in/ledger";

/// A log and the server that shows it.
struct Shown {
    folder: TempDir,
    store: Arc<dyn Store>,
    ledger: Arc<Ledger>,
    source: Source,
    url: String,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Shown {
    /// One with the sample data in it.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let store = open(folder.path().join("log.db").to_str().expect("text")).await.expect("database");
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let now = SystemClock.now();
        seed::seed(&*store, &vault(), &*chance, now).await.expect("sample data");
        let shown = Self::over(folder, store, [7; 32]).await;
        shown.grow().await;
        shown
    }

    async fn over(folder: TempDir, store: Arc<dyn Store>, root_key: [u8; 32]) -> Self {
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let vault = Vault::new(&root_key, chance.clone());
        let ledger = Ledger::open(store.clone(), vault, Arc::new(SystemClock), chance, ORIGIN).await.expect("a ledger");
        let ledger = Arc::new(ledger);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let router = ledger::routes(ledger.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Self { folder, store, ledger, source: Source::new(&url).expect("a client"), url, serving }
    }

    /// The same log, which from now on is told another story: the same database and the same keys, copied.
    async fn copied(&self) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let (from, to) = (self.folder.path().join("log.db"), folder.path().join("log.db"));
        server::store::backup(from.to_str().expect("text"), &to).await.expect("a copy");
        let store = open(to.to_str().expect("text")).await.expect("database");
        Self::over(folder, store, [7; 32]).await
    }

    async fn grow(&self) {
        while self.ledger.grow().await.expect("it grows").more {}
    }

    /// Events of a taxpayer, in the log.
    async fn happened(&self, nth: usize, events: usize) {
        let chance: &dyn Chance = &SystemChance;
        let (_, window, _) = cast::taxpayers().remove(nth);
        let application = cast::players()[0].application.id;
        let now = SystemClock.now();
        let mut work = self.store.write().await.expect("write");
        work.lock_taxpayer(window.gstin).await.expect("held");
        for _ in 0..events {
            let id = ConsentId(chance.id(now));
            let moved = Consent::grant(id, &window, application, now);
            Scribe::new(vault()).append(&mut *work, &moved.event).await.expect("event");
        }
        work.commit().await.expect("commit");
        self.grow().await;
    }

    async fn seen_by(&self, remembered: &Memory) -> Result<Seen, LookError> {
        look(&self.source, Some(remembered), None).await
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn vault() -> Vault {
    Vault::new(&[7; 32], Arc::new(SystemChance))
}

async fn first(shown: &Shown) -> Memory {
    let seen = look(&shown.source, None, None).await.expect("seen");
    assert!(matches!(seen, Seen::First(_)));
    seen.memory().clone()
}

fn alarm(seen: Result<Seen, LookError>) -> Alarm {
    match seen {
        Err(LookError::Alarm(alarm)) => alarm,
        other => panic!("no alarm: {other:?}"),
    }
}

#[tokio::test]
async fn a_log_that_only_grows_is_followed() {
    let shown = Shown::new().await;
    let mut remembered = first(&shown).await;
    assert!(matches!(shown.seen_by(&remembered).await, Ok(Seen::Same(_))));
    for events in [1, 300, 2] {
        shown.happened(0, events).await;
        let seen = shown.seen_by(&remembered).await.expect("honest");
        assert!(matches!(&seen, Seen::Grown { before, .. } if *before == remembered.size), "{seen:?}");
        assert_eq!(seen.memory().size, remembered.size + events as u64);
        remembered = seen.memory().clone();
    }
}

#[tokio::test]
async fn two_stories_of_one_length_are_a_fork() {
    let shown = Shown::new().await;
    let other = shown.copied().await;
    shown.happened(0, 2).await;
    other.happened(1, 2).await;
    let remembered = first(&shown).await;
    let size = remembered.size;
    let alarm = alarm(other.seen_by(&remembered).await);
    assert!(matches!(alarm, Alarm::Fork { size: of, .. } if of == size), "{alarm}");
}

#[tokio::test]
async fn a_longer_story_that_does_not_begin_as_the_one_before_is_a_rewrite() {
    let shown = Shown::new().await;
    let other = shown.copied().await;
    shown.happened(0, 2).await;
    other.happened(1, 300).await;
    let remembered = first(&shown).await;
    let alarm = alarm(other.seen_by(&remembered).await);
    assert!(matches!(alarm, Alarm::Rewritten { .. }), "{alarm}");
}

#[tokio::test]
async fn a_shorter_story_is_seen() {
    let shown = Shown::new().await;
    let before = shown.copied().await;
    shown.happened(0, 1).await;
    let remembered = first(&shown).await;
    let alarm = alarm(before.seen_by(&remembered).await);
    assert_eq!(alarm, Alarm::CutBack { before: remembered.size, now: remembered.size - 1 });
}

#[tokio::test]
async fn a_new_key_is_accepted_where_the_old_one_vouches_for_it() {
    let shown = Shown::new().await;
    let remembered = first(&shown).await;
    for _ in 0..2 {
        shown.ledger.keys().rotate().await.expect("rotated");
    }
    shown.happened(0, 1).await;
    let seen = shown.seen_by(&remembered).await.expect("vouched for");
    assert_ne!(seen.memory().key, remembered.key);
    assert!(matches!(look(&shown.source, None, Some(remembered.key)).await, Ok(Seen::First(_))));
}

#[tokio::test]
async fn a_new_key_that_nobody_vouches_for_is_not() {
    let shown = Shown::new().await;
    let remembered = first(&shown).await;
    // Another log of the same name, under a key of its own.
    let impostor = Shown::new().await;
    impostor.happened(0, 3).await;
    assert_eq!(alarm(impostor.seen_by(&remembered).await), Alarm::UnknownKey { trusted: remembered.key });
    let given: PublicKey = remembered.key;
    assert_eq!(alarm(look(&impostor.source, None, Some(given)).await), Alarm::UnknownKey { trusted: given });
}

#[tokio::test]
async fn tiles_that_are_not_what_was_signed_are_seen() {
    let shown = Shown::new().await;
    let remembered = first(&shown).await;
    shown.happened(0, 1).await;
    let file = shown.folder.path().join("log.db");
    let mut file = SqliteConnection::connect(file.to_str().expect("text")).await.expect("database");
    sqlx::raw_sql("drop trigger ledger_tile_only_grows; update ledger_tile set hashes = zeroblob(length(hashes))")
        .execute(&mut file)
        .await
        .expect("tampered");
    let alarm = alarm(shown.seen_by(&remembered).await);
    assert_eq!(alarm, Alarm::NotWhatWasSigned { now: remembered.size + 1 });
}

fn witness(url: &str, state: &Path) -> Output {
    asp_access().args(["witness", "--once", "--url", url, "--state"]).arg(state).output().expect("it runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_says_by_its_exit_code_what_it_saw_and_keeps_what_it_remembers() {
    let shown = Shown::new().await;
    let other = shown.copied().await;
    let state = shown.folder.path().join("state.json");
    let look = async |url: &str| {
        let (url, state) = (url.to_owned(), state.clone());
        tokio::task::spawn_blocking(move || witness(&url, &state)).await.expect("it ran")
    };
    let seen = look(&shown.url).await;
    assert_eq!(seen.status.code(), Some(0), "{seen:?}");
    assert!(String::from_utf8_lossy(&seen.stdout).contains("seen for the first time"));
    shown.happened(0, 3).await;
    let grown = look(&shown.url).await;
    assert!(String::from_utf8_lossy(&grown.stdout).contains("are in it unchanged"), "{grown:?}");
    let remembered = std::fs::read(&state).expect("the state");

    other.happened(1, 3).await;
    let forked = look(&other.url).await;
    assert_eq!(forked.status.code(), Some(1), "{forked:?}");
    assert!(String::from_utf8_lossy(&forked.stderr).contains("Fork: of "), "{forked:?}");
    assert_eq!(std::fs::read(&state).expect("the state"), remembered, "it is the proof");

    let silent = look("http://127.0.0.1:9").await;
    assert_eq!(silent.status.code(), Some(2), "{silent:?}");
    std::fs::write(&state, "{}").expect("written");
    let unreadable = look(&shown.url).await;
    assert_eq!(unreadable.status.code(), Some(2), "{unreadable:?}");
}

#[tokio::test]
async fn what_is_served_is_cacheable_as_long_as_it_holds_and_nothing_else_is_there() {
    let shown = Shown::new().await;
    let http = reqwest::Client::new();
    let size = first(&shown).await.size;
    for (path, status, caching) in [
        ("checkpoint".to_owned(), 200, "public, max-age=1"),
        ("keys".into(), 200, "public, max-age=60"),
        ("tile/0/000".into(), 200, "public, max-age=31536000, immutable"),
        (format!("tile/0/001.p/{}", size - 256), 200, "public, max-age=31536000, immutable"),
        (format!("tile/0/001.p/{}", size - 255), 404, ""),
        ("tile/0/001".into(), 404, ""),
        ("tile/0/002.p/1".into(), 404, ""),
        ("tile/1/000.p/1".into(), 200, "public, max-age=31536000, immutable"),
        ("tile/entries/000".into(), 404, ""),
        ("tile/0/0".into(), 404, ""),
    ] {
        let answer = http.get(format!("{}/ledger/{path}", shown.url)).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let told = answer.headers().get("cache-control").map_or("", |value| value.to_str().expect("text"));
        assert_eq!(told, caching, "{path}");
    }
}

#[tokio::test]
async fn a_key_rotated_beside_a_running_server_signs_within_seconds_and_is_vouched_for() {
    let server = DemoServer::start();
    let source = Source::new(&server.url).expect("a client");
    let remembered = soon(async || look(&source, None, None).await.ok()).await.memory().clone();
    server.grant(0, 0).await;
    let grown = soon(async || {
        let seen = look(&source, Some(&remembered), None).await.expect("honest");
        matches!(seen, Seen::Grown { .. }).then_some(seen)
    });
    let remembered = grown.await.memory().clone();
    let mut rotate = asp_access();
    rotate.arg("rotate-signing-key").arg("--database").arg(server.data.path().join("asp-access.db"));
    let made = rotate.arg("--root-key-file").arg(server.data.path().join("root.key")).output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let published: PublicKeys = serde_json::from_slice(&made.stdout).expect("the public keys");
    let new = published.keys.last().expect("a key").public_key;
    assert_ne!(new, remembered.key);
    let seen = soon(async || {
        let seen = look(&source, Some(&remembered), None).await.expect("honest");
        (seen.memory().key == new).then_some(seen)
    });
    assert_eq!(seen.await.memory().size, remembered.size, "the same log, signed anew");
}

/// What comes about within twenty seconds.
async fn soon<T>(look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(seen) = look().await {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not come about");
}
