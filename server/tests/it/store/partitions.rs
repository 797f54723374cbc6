//! The parts of PostgreSQL's tables: made ahead, taken away in one piece, and never a row in the wrong place.

use std::{collections::BTreeSet, process::Output, time::Duration};

use app::model::usage::Call;
use server::store::{Retention, StoreError, open};
use sqlx::{Connection, PgConnection};

use super::given::{Given, gstin};
use crate::support::{
    database::{Engine, NOW, at, empty_postgres},
    process::asp_access,
};

const LONGER_THAN_A_LOCK_IS_WAITED_FOR: Duration = Duration::from_secs(4);

#[tokio::test]
async fn room_is_made_for_the_months_ahead_and_once() {
    let store = open(&empty_postgres().await).await.expect("opens");
    let first = store.housekeep(at(NOW), Retention::default()).await.expect("kept");
    assert_eq!(first.made.iter().collect::<BTreeSet<_>>(), first.present.iter().collect());
    for name in ["consent_2026", "consent_2027", "event_2026_11", "event_2027_03", "call_2027_03", "usage_2026_12"] {
        assert!(first.made.contains(&name.to_owned()), "{name} is missing in {:?}", first.made);
    }
    let second = store.housekeep(at(NOW), Retention::default()).await.expect("kept");
    assert_eq!((second.made, second.detached, second.present), (vec![], vec![], first.present));
}

#[tokio::test]
async fn nodes_that_keep_house_at_once_make_each_part_once() {
    let url = empty_postgres().await;
    let store = open(&url).await.expect("opens");
    let kept = futures::future::join_all((0..4).map(|_| store.housekeep(at(NOW), Retention::default()))).await;
    let kept: Vec<_> = kept.into_iter().map(|kept| kept.expect("kept")).collect();
    assert_eq!(kept.iter().filter(|kept| !kept.made.is_empty()).count(), 1);
    assert!(kept.iter().all(|one| one.present == kept[0].present));
}

#[tokio::test]
async fn a_row_that_has_no_place_is_refused_and_not_swallowed() {
    let given = Given::new(Engine::Postgres).await;
    let moved = given.grant(0, 0, at("2031-01-01T00:00:00Z"));
    let refused = given.write().await.add_consent(&moved.consent).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    given.store.make_room(moved.consent.granted_at, moved.consent.granted_at).await.expect("room");
    given.write().await.add_consent(&moved.consent).await.expect("has a place now");
}

#[tokio::test]
async fn what_is_past_its_retention_is_detached_with_its_rows_and_the_rest_stays() {
    let given = Given::new(Engine::Postgres).await;
    let (gone, kept) = (at("2018-12-31T12:00:00Z"), at("2019-01-01T12:00:00Z"));
    given.store.make_room(gone, kept).await.expect("room");
    let (gone, kept) = (given.granted(0, 0, gone).await, given.granted(0, 1, kept).await);
    let call = Call {
        gstin: gstin(0),
        consent: kept.id,
        at: kept.granted_at,
        api: "returns".into(),
        action: "RETSUM".into(),
        period: None,
        refused: None,
    };
    let mut work = given.write().await;
    work.add_calls(&[(given.id(call.at), call.clone())]).await.expect("call");
    work.commit().await.expect("commit");

    let done = given.store.housekeep(given.now, Retention::default()).await.expect("kept");
    for name in ["consent_2018", "event_2018_12", "usage_2018_12", "call_2018_12", "call_2019_01", "attempt_2019_01"] {
        assert!(done.detached.contains(&name.to_owned()), "{name} is missing in {:?}", done.detached);
    }
    for name in ["consent_2019", "event_2019_01", "usage_2019_01", "call_2025_11"] {
        assert!(done.present.contains(&name.to_owned()), "{name} is missing in {:?}", done.present);
    }
    let mut work = given.read().await;
    assert_eq!(work.consent(gstin(0), gone.id).await.expect("read"), None);
    assert!(work.calls(gstin(0), kept.id, None).await.expect("read").is_empty());
    assert_eq!(work.usage(gstin(0), kept.id).await.expect("read").passed, 1, "totals stay as long as the consent");
    assert_eq!(work.events(gstin(0), kept.id).await.expect("read").len(), 1);
    assert_eq!(work.consent(gstin(0), kept.id).await.expect("read"), Some(kept));
    drop(work);
    assert_eq!(given.database.count("select count(*) from consent_2018").await, 1, "nothing is deleted");
    given.granted(0, 0, given.now).await;
    let again = given.store.housekeep(given.now, Retention::default()).await.expect("kept");
    assert_eq!(again.detached, Vec::<String>::new());
}

#[tokio::test]
async fn a_part_is_detached_when_those_who_read_it_are_done_however_long_they_take() {
    let given = Given::new(Engine::Postgres).await;
    given.store.make_room(at("2018-12-01T00:00:00Z"), at("2018-12-31T00:00:00Z")).await.expect("room");
    // A backup or a verify: a snapshot that is kept.
    let mut database = PgConnection::connect(&given.database.address).await.expect("connection");
    let mut reading = database.begin().await.expect("begin");
    sqlx::query("select from event_2018_12").execute(&mut *reading).await.expect("read");
    let mut keeping = given.store.housekeep(given.now, Retention::default());
    let early = tokio::time::timeout(LONGER_THAN_A_LOCK_IS_WAITED_FOR, &mut keeping).await;
    assert!(early.is_err(), "it waits for who reads, and does not give up: {early:?}");
    reading.rollback().await.expect("rollback");
    let kept = keeping.await.expect("kept");
    assert!(kept.detached.contains(&"event_2018_12".to_owned()), "{:?}", kept.detached);
}

fn partitions(database: &str, more: &[&str]) -> Output {
    asp_access().args(["partitions", "--database", database]).args(more).output().expect("runs")
}

#[tokio::test]
async fn the_command_prints_what_is_there_and_refuses_a_retention_below_a_year() {
    let url = empty_postgres().await;
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let first = partitions(&url, &[]);
    assert!(first.status.success() && said(&first).contains("(made now)"), "{first:?}");
    let second = partitions(&url, &[]);
    assert_eq!(said(&second), said(&first).replace(" (made now)", ""));
    let refused = partitions(&url, &["--retain-logs-years", "0"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("one year at least"), "{refused:?}");
}
