//! Who is signed in: a hand-off serves once, a session until it ends.

use app::model::id::SignatoryId;
use jiff::SignedDuration;
use server::{store::port::Person, vault::KeyedHash};
use uuid::Uuid;

use super::given::{Given, gstin};
use crate::support::database::on_both_engines;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn of_racing_hand_offs_one_serves(given: Given) {
    let given = &given;
    let used = futures::future::join_all((0..8).map(|_| async move {
        let mut work = given.write().await;
        let first = work.use_hand_off("jti", given.now + HOUR).await.expect("used");
        work.commit().await.expect("commit");
        first
    }));
    assert_eq!(used.await.into_iter().filter(|first| *first).count(), 1);
    assert!(given.write().await.use_hand_off("another", given.now + HOUR).await.expect("used"));
}

async fn a_hand_off_that_was_not_committed_still_serves(given: Given) {
    for _ in 0..2 {
        assert!(given.write().await.use_hand_off("jti", given.now + HOUR).await.expect("used"));
    }
}

async fn a_session_serves_until_its_time_is_over_or_it_is_ended(given: Given) {
    let person = Person {
        signatory: SignatoryId(Uuid::from_u128(5)),
        name: "Asha".into(),
        gstins: vec![gstin(0), gstin(1)],
        roles: std::collections::BTreeMap::default(),
    };
    let (kept, ended) = (KeyedHash([1; 32]), KeyedHash([2; 32]));
    let mut work = given.write().await;
    for cookie in [kept, ended] {
        work.add_portal_session(cookie, &person, given.now, given.now + HOUR).await.expect("session");
    }
    work.end_portal_session(ended, given.now).await.expect("ended");
    work.end_portal_session(KeyedHash([3; 32]), given.now).await.expect("an unknown one stays unknown");
    work.commit().await.expect("commit");
    let mut work = given.read().await;
    let last = given.now + HOUR - SignedDuration::from_micros(1);
    assert_eq!(work.portal_session(kept, last).await.expect("read"), Some(person));
    assert_eq!(work.portal_session(kept, given.now + HOUR).await.expect("read"), None);
    assert_eq!(work.portal_session(ended, given.now).await.expect("read"), None);
}

on_both_engines!(super::Given::new:
    of_racing_hand_offs_one_serves,
    a_hand_off_that_was_not_committed_still_serves,
    a_session_serves_until_its_time_is_over_or_it_is_ended,
);
