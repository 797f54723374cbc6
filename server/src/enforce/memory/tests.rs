use app::model::{
    Timestamp,
    access_window::AccessWindow,
    consent::Consent,
    controls::Controls,
    id::{ApplicationId, AspId, ConsentId, GspId},
    registry::{Application, Asp, Gsp, Standing},
    session::Session,
};

use super::*;
use crate::{clock::ManualClock, nodes::Memory as _, store};

const MUMBAI: &str = "27GSPMH0992G1ZF";
const CHENNAI: &str = "33GSPTN3741G1Z9";

fn facts(gstin: &str) -> Facts {
    let window = AccessWindow::new(gstin.parse().expect("gstin"), true, 360, 1).expect("window");
    let standing = Standing::Active;
    let application = Application {
        id: ApplicationId(uuid::Uuid::nil()),
        client_id: "l7xx01".into(),
        asp: Asp { id: AspId(uuid::Uuid::nil()), name: "Asp".into(), short_name: "Asp".into(), standing },
        gsp: Gsp { id: GspId(uuid::Uuid::nil()), name: "Gsp".into(), short_name: "Gsp".into(), standing },
        standing,
    };
    let id = ConsentId(uuid::Uuid::nil());
    let consent = Consent::grant(id, &window, application.id, Timestamp::UNIX_EPOCH).consent;
    Facts {
        session: Session::open(&consent, Timestamp::UNIX_EPOCH),
        consent,
        application,
        controls: Controls::of(window),
        rule: None,
        passed_today: 0,
    }
}

async fn memory() -> (tempfile::TempDir, Memory) {
    let folder = tempfile::tempdir().expect("folder");
    let store = store::open(&folder.path().join("memory.db").display().to_string()).await.expect("database");
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    (folder, Memory::new(Arc::new(Tally::new(store, Arc::new(clock)))))
}

fn token(n: u8) -> KeyedHash {
    KeyedHash([n; 32])
}

fn marked(memory: &Memory) -> Mark {
    memory.mark(|| true).expect("the right is there")
}

fn knows(memory: &Memory, n: u8) -> bool {
    memory.answer(&token(n), |_| ()).is_some()
}

#[tokio::test]
async fn forgetting_a_taxpayer_takes_every_token_of_it_and_no_other() {
    let (_folder, memory) = memory().await;
    for (n, gstin) in [(1, MUMBAI), (2, MUMBAI), (3, CHENNAI)] {
        let mark = marked(&memory);
        memory.admit(&token(n), facts(gstin), mark, |_| ()).expect("nothing changed");
    }
    memory.forget(MUMBAI.parse().ok());
    assert_eq!([1, 2, 3].map(|n| knows(&memory, n)), [false, false, true]);
    memory.forget(None);
    assert!(!knows(&memory, 3));
}

#[tokio::test]
async fn what_was_loaded_while_it_changed_is_not_kept() {
    let (_folder, memory) = memory().await;
    let mark = marked(&memory);
    memory.forget(CHENNAI.parse().ok());
    assert_eq!(memory.admit(&token(1), facts(MUMBAI), mark, |_| ()), Ok(()), "another taxpayer's change");
    let mark = marked(&memory);
    memory.forget(MUMBAI.parse().ok());
    assert_eq!(memory.admit(&token(1), facts(MUMBAI), mark, |_| ()), Err(Stale));
    let mark = marked(&memory);
    memory.forget(None);
    assert_eq!(memory.admit(&token(1), facts(MUMBAI), mark, |_| ()), Err(Stale), "everybody's change");
    assert!(!knows(&memory, 1));
}

#[tokio::test]
async fn a_load_that_outlasts_the_recent_changes_is_not_kept() {
    let (_folder, memory) = memory().await;
    let mark = marked(&memory);
    for _ in 0..=RECENT_MAX {
        memory.forget(CHENNAI.parse().ok());
    }
    assert_eq!(memory.admit(&token(1), facts(MUMBAI), mark, |_| ()), Err(Stale));
}

#[tokio::test]
async fn memory_is_bounded_and_keeps_what_is_asked_for() {
    let (_folder, memory) = memory().await;
    let facts = Arc::new(facts(MUMBAI));
    let mut inner = memory.lock();
    let numbered = |n: usize| {
        let mut token = [0; 32];
        token[..8].copy_from_slice(&n.to_be_bytes());
        token
    };
    for n in 0..TOKENS_MAX * 3 {
        inner.keep(numbered(n), facts.clone());
        assert!(inner.find(&numbered(0)).is_some(), "asked for each time");
    }
    assert!(inner.young.len() + inner.old.len() <= 2 * TOKENS_MAX);
    let listed = inner.tokens.values().map(HashSet::len).sum::<usize>();
    assert_eq!(listed, inner.young.len() + inner.old.len(), "the list of a taxpayer's tokens is as long as memory");
    assert!(inner.find(&numbered(1)).is_none());
}

#[tokio::test]
async fn what_is_loaded_while_a_right_is_got_anew_is_not_kept() {
    let (_folder, memory) = memory().await;
    assert!(memory.mark(|| false).is_none());
    // The right of before was over, and was looked at late: everything was forgotten for a new one meanwhile.
    let registers_again = || {
        memory.forget(None);
        true
    };
    let mark = memory.mark(registers_again).expect("it is there");
    assert_eq!(memory.admit(&token(1), facts(MUMBAI), mark, |_| ()), Err(Stale));
    assert!(!knows(&memory, 1));
}
