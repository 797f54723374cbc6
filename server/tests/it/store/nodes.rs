//! Nodes: who has read which change, and who may be taken for silent.

use std::time::Duration;

use jiff::SignedDuration;
use server::store::port::{Change, Node, Position, Renewal};
use uuid::Uuid;

use super::given::{Given, gstin};
use crate::support::database::{Engine, on_both_engines};

const LIMIT: u32 = 100;
const WAIT_MAX: Duration = Duration::from_secs(60);

fn node(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn ids(renewal: &Renewal) -> Vec<Uuid> {
    renewal.changes.iter().map(|change| change.id).collect()
}

impl Given {
    async fn registered(&self, number: u128) -> Position {
        let mut work = self.store.keeper().await.expect("write");
        let position = work.register_node(node(number), "node", self.now).await.expect("registered");
        work.commit().await.expect("commit");
        position
    }

    async fn renewed(&self, number: u128, since: Position) -> Option<Renewal> {
        let mut work = self.store.keeper().await.expect("write");
        let renewal = work.renew_node(node(number), since, LIMIT).await.expect("renewed");
        work.commit().await.expect("commit");
        renewal
    }

    async fn changed(&self) -> (Uuid, i64) {
        let change = Change { id: self.id(self.now), gstin: Some(gstin(0)) };
        let mut work = self.write().await;
        let place = work.add_change(&change, self.now).await.expect("added");
        work.commit().await.expect("commit");
        (change.id, place)
    }

    async fn cleared(&self) {
        let mut work = self.write().await;
        // A clock that is a day ahead.
        work.forget_changes(self.now + SignedDuration::from_hours(24)).await.expect("cleared");
        work.commit().await.expect("commit");
    }
}

async fn a_change_stays_until_every_node_has_read_it_whatever_a_clock_says(given: Given) {
    let (one, other) = (given.registered(1).await, given.registered(2).await);
    let (change, place) = given.changed().await;
    given.changed().await;
    let there = || async { given.read().await.has_change(change, place).await.expect("read") };
    let first = given.renewed(1, one).await.expect("on the list");
    assert!(ids(&first).contains(&change));
    given.cleared().await;
    assert!(there().await, "the answer to the one may be lost, and the other was told nothing");
    assert_eq!(ids(&given.renewed(1, one).await.expect("on the list")), ids(&first));

    let position = given.renewed(1, first.position).await.expect("on the list").position;
    given.renewed(1, position).await.expect("on the list");
    given.cleared().await;
    assert!(there().await, "the other has not read it");
    let second = given.renewed(2, other).await.expect("on the list");
    assert!(ids(&second).contains(&change));
    let mut positions = [position, second.position];
    let both = async {
        while there().await {
            for (number, position) in [1, 2].into_iter().zip(&mut positions) {
                *position = given.renewed(number, *position).await.expect("on the list").position;
            }
            given.cleared().await;
        }
    };
    // Positions stand still while anybody on the same server writes: other tests do.
    tokio::time::timeout(WAIT_MAX, both).await.expect("both have read it, and it goes");
}

async fn a_node_that_is_retired_keeps_no_change_and_renews_no_more(given: Given) {
    let position = given.registered(1).await;
    let seen = Node { id: node(1), renewals: 0 };
    given.renewed(1, position).await.expect("on the list");
    let mut work = given.write().await;
    assert!(!work.retire_node(seen, given.now).await.expect("asked"), "it has renewed since it was seen");
    assert!(work.retire_node(Node { renewals: 1, ..seen }, given.now).await.expect("asked"));
    work.commit().await.expect("commit");
    assert_eq!(given.renewed(1, position).await, None);
    assert_eq!(given.read().await.nodes().await.expect("read"), []);
}

async fn a_change_that_was_rolled_back_is_not_there(given: Given) {
    let change = Change { id: given.id(given.now), gstin: None };
    let mut work = given.write().await;
    let place = work.add_change(&change, given.now).await.expect("added");
    assert!(work.has_change(change.id, place).await.expect("read"));
    drop(work);
    assert!(!given.read().await.has_change(change.id, place).await.expect("read"));
}

on_both_engines!(super::Given::new:
    a_change_stays_until_every_node_has_read_it_whatever_a_clock_says,
    a_node_that_is_retired_keeps_no_change_and_renews_no_more,
    a_change_that_was_rolled_back_is_not_there,
);

/// Only where writers write beside each other.
#[tokio::test]
async fn a_change_that_commits_late_is_read_by_the_next_renewal() {
    let given = Given::new(Engine::Postgres).await;
    let mut position = given.registered(1).await;
    let late = Change { id: given.id(given.now), gstin: Some(gstin(0)) };
    let mut open = given.write().await;
    open.add_change(&late, given.now).await.expect("added");
    for _ in 0..3 {
        let (early, _) = given.changed().await;
        let renewal = given.renewed(1, position).await.expect("on the list");
        assert!(ids(&renewal).contains(&early) && !ids(&renewal).contains(&late.id));
        position = renewal.position;
    }
    open.commit().await.expect("commit");
    let renewal = given.renewed(1, position).await.expect("on the list");
    assert!(ids(&renewal).contains(&late.id), "it began before what was read, and was committed after it");
}

#[tokio::test]
async fn a_node_whose_renewal_is_under_way_is_not_taken_for_silent() {
    let given = Given::new(Engine::Postgres).await;
    let position = given.registered(1).await;
    let seen = given.read().await.nodes().await.expect("read")[0];
    let mut renewing = given.store.keeper().await.expect("write");
    renewing.renew_node(node(1), position, LIMIT).await.expect("renewed").expect("on the list");
    let retiring = async {
        let mut work = given.write().await;
        work.retire_node(seen, given.now).await.expect("asked")
    };
    let mut retiring = Box::pin(retiring);
    let early = tokio::time::timeout(Duration::from_millis(200), &mut retiring).await;
    assert!(early.is_err(), "whether it has renewed is not decided");
    renewing.commit().await.expect("commit");
    assert!(!retiring.await, "it has");
}

#[tokio::test]
async fn a_node_that_reads_on_at_another_server_forgets_everything() {
    let given = Given::new(Engine::Postgres).await;
    let position = given.registered(1).await;
    assert!(!given.renewed(1, position).await.expect("on the list").forget_all);
    // After a fail-over: ids are given out again that it has read past.
    let elsewhere = Position { server: position.server - 1, next: position.next + 1_000 };
    let renewal = given.renewed(1, elsewhere).await.expect("on the list");
    assert!(renewal.forget_all && renewal.position.server == position.server);
}
