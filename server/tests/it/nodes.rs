//! Several servers over one store: what one ends, none lets pass; silent ones are waited out, and nobody twice.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    decide::{Claim, RefuseReason},
};
use jiff::SignedDuration;
use server::{
    clock::{Clock, ManualClock, SystemClock},
    consent::{Ended, Refused},
    enforce::Checked,
    store::port::{Change, NODES_MAX, Signal},
};
use uuid::Uuid;

use crate::support::{
    database::on_both_engines,
    node::{Node, live_nodes},
    world::World,
};

async fn a_silent_server_that_renewed_while_it_was_waited_for_stays_on_the_list(world: World) {
    let (node, silent) = (Node::start(&world).await, Uuid::from_u128(1));
    let mut work = world.store.write().await.expect("write");
    let position = work.register_node(silent, "silent", world.clock.now()).await.expect("registered");
    work.commit().await.expect("committed");
    // The first one has seen it for half a second, by its clock.
    let renewals = async || world.store.read().await.expect("read").nodes().await.expect("nodes")[1].renewals;
    let seen = renewals().await + 2;
    while renewals().await < seen {
        tokio::task::yield_now().await;
    }
    world.clock.advance(SignedDuration::from_millis(500));
    // It renews when it is asked, and says nothing: until it lost that right, the next change must wait for it, too.
    let (store, mut line) = (world.store.clone(), world.store.signals().await.expect("a line"));
    let renewing = tokio::spawn(async move {
        while !matches!(line.next().await.expect("a signal"), Signal::Changed(_)) {}
        let mut work = store.keeper().await.expect("write");
        work.renew_node(silent, position, 1).await.expect("renewed").expect("on the list");
        work.commit().await.expect("committed");
    });
    let granted = world.grant().await;
    let Ended::Receipt(_) = node.revoke(&world, &granted).await else { panic!("was live") };
    renewing.await.expect("renewed");
    assert_eq!(live_nodes(&world).await, 2, "nobody is retired who may still answer from memory");
}

/// OTPs of one application within the window that they are counted in.
const OTPS: usize = 4;

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
    work.register_node(Uuid::from_u128(1), "silent", world.clock.now()).await.expect("registered");
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

async fn an_otp_shown_to_two_servers_at_once_gives_one_consent(world: World) {
    let (one, other) = (Node::start(&world).await, Node::start(&world).await);
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    for _ in 0..OTPS {
        world.consents.request_otp(application, user).await.expect("OTP");
        let otp = world.otps.newest();
        let shown =
            tokio::join!(one.consents.grant(application, user, &otp), other.consents.grant(application, user, &otp));
        let (given, refused) = match shown {
            (Ok(given), refused) | (refused, Ok(given)) => (given, refused.err()),
            (Err(one), Err(other)) => panic!("neither: {one}, {other}"),
        };
        assert!(matches!(refused, Some(Refused::WrongOtp)), "it serves once: {refused:?}");
        assert_eq!(one.check(&given).await, Ok(()));
        let mut work = world.store.read().await.expect("read");
        let live = work.list_consents(world.taxpayer.gstin, true, world.clock.now(), None).await.expect("read");
        assert_eq!(live.len(), 1, "the one before was replaced");
    }
}

/// The world's time of day, and a count since boot that goes on by itself.
struct Running(ManualClock);

impl Clock for Running {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn since_boot(&self) -> Duration {
        SystemClock.since_boot()
    }
}

async fn where_there_are_more_servers_than_one_look_finds_every_lease_is_waited_out(world: World) {
    let many: Vec<_> = (1..).map(Uuid::from_u128).take(NODES_MAX).collect();
    let mut work = world.store.write().await.expect("write");
    for id in &many {
        work.register_node(*id, "one of many", world.clock.now()).await.expect("registered");
    }
    work.commit().await.expect("committed");
    // They have forgotten it as soon as they are asked to.
    let (store, mut line) = (world.store.clone(), world.store.signals().await.expect("a line"));
    tokio::spawn(async move {
        loop {
            if let Signal::Changed(Change { id: change, .. }) = line.next().await.expect("a signal") {
                let done: Vec<_> = many.iter().map(|node| Signal::Done { change, node: *node }).collect();
                store.announce(&done).await.expect("said");
            }
        }
    });
    let clock = || Arc::new(Running(world.clock.clone()));
    let (near, deaf) = (Node::start_by(&world, clock()).await, Node::start_by(&world, clock()).await);
    assert_eq!(live_nodes(&world).await, NODES_MAX, "these two are beyond what is found");
    let granted = world.grant().await;
    assert_eq!(deaf.check(&granted).await, Ok(()));
    // It neither hears nor renews any more, and answers for as long as it may.
    deaf.keeping.abort();
    deaf.keeping.await.expect_err("aborted");
    let Ended::Receipt(_) = near.revoke(&world, &granted).await else { panic!("was live") };
    let checked = deaf.checks.check(&granted.token, &Claim::default(), None).await.expect("an answer");
    assert!(matches!(checked, Checked::Refuse(RefuseReason::ConsentEnded)), "its lease is over: {checked:?}");
}

on_both_engines!(crate::support::world::World::new:
    a_revoke_on_one_server_is_obeyed_by_all_and_its_receipt_knows_their_last_call,
    a_refresh_closes_the_older_token_on_every_server,
    a_silent_server_is_waited_for_once_and_then_retired,
    a_silent_server_that_renewed_while_it_was_waited_for_stays_on_the_list,
    a_server_that_was_retired_forgets_everything_and_registers_again,
    without_its_lease_a_server_asks_the_store,
    an_otp_shown_to_two_servers_at_once_gives_one_consent,
    where_there_are_more_servers_than_one_look_finds_every_lease_is_waited_out,
);
