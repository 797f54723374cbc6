//! Several servers over one store: what one ends, none lets pass; silent ones are waited out, and nobody twice.

use std::time::Duration;

use app::model::decide::{Claim, RefuseReason};
use jiff::SignedDuration;
use server::{clock::Clock, consent::Ended, enforce::Checked};

use crate::support::{
    database::on_both_engines,
    node::{Node, live_nodes},
    world::World,
};

async fn a_revoke_on_one_server_is_obeyed_by_all_and_its_receipt_knows_their_last_call(world: World) {
    let nodes = vec![Node::start(&world).await, Node::start(&world).await, Node::start(&world).await];
    let granted = world.grant().await;
    for node in &nodes {
        world.clock.advance(SignedDuration::from_millis(10));
        assert_eq!(node.check(&granted).await, Ok(()));
    }
    let last = world.clock.now();
    world.clock.advance(SignedDuration::from_millis(10));
    let Ended::Receipt(receipt) = nodes[0].revoke(&world, &granted).await else { panic!("was live") };
    assert_eq!(receipt.last_passed_at, Some(last), "counted by the third, written before it acknowledged");
    for node in &nodes {
        assert_eq!(node.check(&granted).await, Err(RefuseReason::ConsentEnded));
    }
    for node in nodes {
        node.stop().await;
    }
    assert_eq!(live_nodes(&world).await, 0, "who stops says so");
}

async fn a_refresh_closes_the_older_token_on_every_server(world: World) {
    let (one, other) = (Node::start(&world).await, Node::start(&world).await);
    let granted = world.grant().await;
    assert_eq!(other.check(&granted).await, Ok(()));
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    let refreshed = one.consents.refresh(application, user, &granted.token).await.expect("live");
    assert_eq!(other.check(&granted).await, Err(RefuseReason::SessionClosed));
    assert_eq!(other.check(&refreshed).await, Ok(()));
}

async fn a_silent_server_is_waited_for_once_and_then_retired(world: World) {
    let node = Node::start(&world).await;
    let mut work = world.store.write().await.expect("write");
    work.register_node(uuid::Uuid::from_u128(1), "silent", world.clock.now()).await.expect("registered");
    work.commit().await.expect("committed");
    assert_eq!(live_nodes(&world).await, 2);
    let granted = world.grant().await;
    let Ended::Receipt(_) = node.revoke(&world, &granted).await else { panic!("was live") };
    assert_eq!(live_nodes(&world).await, 1, "the silent one is off the list");
}

async fn a_server_that_was_retired_forgets_everything_and_registers_again(world: World) {
    let node = Node::start(&world).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    let mut work = world.store.write().await.expect("write");
    let own = work.nodes().await.expect("nodes")[0];
    assert!(work.retire_node(own, world.clock.now()).await.expect("retired"));
    work.commit().await.expect("committed");
    let registered = async {
        while live_nodes(&world).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), registered).await.expect("registers again");
    let again = world.store.read().await.expect("read").nodes().await.expect("nodes")[0];
    assert_ne!(again.id, own.id);
    assert_eq!(node.check(&granted).await, Ok(()), "from the store, or loaded anew");
}

async fn without_its_lease_a_server_asks_the_store(world: World) {
    let node = Node::start(&world).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    // It hears nothing of this: the end is written by hand, without a change or a signal.
    let mut work = world.store.write().await.expect("write");
    let ended = granted.consent.revoke(world.signatory.id, world.clock.now()).expect("live");
    work.update_consent(&ended.consent).await.expect("updated");
    work.commit().await.expect("committed");
    assert_eq!(node.check(&granted).await, Ok(()), "remembered, for as long as the lease holds");
    node.stop.cancel();
    node.keeping.await.expect("stopped");
    assert!(!node.nodes.may_answer_from_memory());
    let checked = node.checks.check(&granted.token, &Claim::default(), None).await.expect("an answer");
    assert!(matches!(checked, Checked::Refuse(RefuseReason::ConsentEnded)));
}

on_both_engines!(crate::support::world::World::new:
    a_revoke_on_one_server_is_obeyed_by_all_and_its_receipt_knows_their_last_call,
    a_refresh_closes_the_older_token_on_every_server,
    a_silent_server_is_waited_for_once_and_then_retired,
    a_server_that_was_retired_forgets_everything_and_registers_again,
    without_its_lease_a_server_asks_the_store,
);
