//! Servers whose clocks, calls, connections or links are not in order: what was acknowledged holds on them, too.

use std::{
    net::Ipv4Addr,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use app::model::{decide::RefuseReason, otp::OtpRules};
use jiff::SignedDuration;
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, ManualClock, SystemClock},
    consent::{Ended, SESSIONS_PER_GSP_MAX},
    demo::cast,
    enforce::{Checked, Unanswered},
    registry::RegistryFile,
    store::{Store, StoreError, open},
    vault::Vault,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::{
    sync::Notify,
    task::{self, spawn_blocking},
    time,
};

use crate::support::{
    database::{Database, Engine, administer, on_both_engines},
    decision::Decision,
    link::Link,
    node::{Node, live_nodes},
    postgres::Cluster,
    world::World,
};

/// Connections that units of work share (`server/src/store/postgres/connect.rs`).
const CONNECTIONS: usize = 16;
/// Longer than any wait has a right to be: for a connection, for an answer, for the next renewal.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// Several leases.
const LEASES: Duration = Duration::from_secs(3);

async fn a_receipt_is_not_given_before_the_end_holds_though_its_readers_clock_is_ahead(world: World) {
    let node = Node::start(&world).await;
    let ahead = world.clock.set_apart(SignedDuration::from_secs(5));
    let reader = Node::start_over(&world, world.store.clone(), &ahead).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    Decision::Revoke.left_by_one_who_died(&world, &granted).await;
    assert_eq!(node.check(&granted).await, Ok(()), "it has not heard of it");
    let receipt = reader.consents.receipt(granted.consent.gstin, granted.consent.id).await.expect("read");
    let receipt = receipt.expect("it was ended");
    assert_eq!(node.check(&granted).await, Err(RefuseReason::ConsentEnded), "the receipt says that it holds");
    assert!(receipt.effective_at >= receipt.ending.at);
    let again = node.consents.receipt(granted.consent.gstin, granted.consent.id).await.expect("read");
    assert_eq!(again, Some(receipt), "the same each time");
}

async fn an_end_that_holds_is_acknowledged_though_its_receipt_cannot_be_written(world: World) {
    let granted = world.grant().await;
    assert_eq!(world.check(&granted).await, Ok(()));
    world.database.run("alter table ending rename to ending_gone").await.expect("renamed");
    let revoked = || world.consents.revoke(granted.consent.gstin, granted.consent.id, world.signatory.id);
    assert_eq!(revoked().await.expect("it happened"), Ended::ReceiptFollows, "no receipt that says too little");
    assert_eq!(world.check(&granted).await, Err(RefuseReason::ConsentEnded));
    world.consents.receipt(granted.consent.gstin, granted.consent.id).await.expect_err("it cannot be read");
    world.database.run("alter table ending_gone rename to ending").await.expect("renamed");
    let receipt = world.consents.receipt(granted.consent.gstin, granted.consent.id).await.expect("read");
    assert!(receipt.expect("it was ended").last_passed_at.is_some());
}

async fn a_server_that_cannot_write_what_it_counted_is_waited_for_once_and_taken_off_the_list(world: World) {
    let (well, ill) = (Node::start(&world).await, Node::start(&world).await);
    let granted = world.grant().await;
    world.database.run("alter table call rename to call_gone").await.expect("renamed");
    // Nobody runs the task that writes calls here: the first who has to is whoever is asked to forget.
    assert_eq!(ill.check(&granted).await, Ok(()));
    well.revoke(&world, &granted).await;
    assert_eq!(ill.ask(&granted).await.ok().map(|checked| matches!(checked, Checked::Pass(_))), Some(false));
    assert_eq!(live_nodes(&world).await, 1, "it is off the list, and does not come back before it can write");
    world.database.run("alter table call_gone rename to call").await.expect("renamed");
    let back = async {
        while live_nodes(&world).await < 2 {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(WAIT_MAX, back).await.expect("it comes back");
    let mut work = world.store.read().await.expect("read");
    let usage = work.usage(granted.consent.gstin, granted.consent.id).await.expect("read");
    assert_eq!(usage.passed, 1, "what it had counted is written");
}

/// Draws; where it is told to, the server stands still before it does, for longer than its right lasts.
struct Stopping {
    clock: ManualClock,
    stops: AtomicBool,
}

impl Chance for Stopping {
    fn fill(&self, buffer: &mut [u8]) {
        if self.stops.load(Ordering::SeqCst) {
            self.clock.advance(SignedDuration::from_secs(1));
        }
        SystemChance.fill(buffer);
    }
}

async fn a_server_that_stood_still_while_it_answered_lets_nothing_pass(world: World) {
    let stopping = Arc::new(Stopping { clock: world.clock.clone(), stops: false.into() });
    let node = Node::start_drawing(&world, stopping.clone()).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    node.checks.tally.write().await.expect("written");
    stopping.stops.store(true, Ordering::SeqCst);
    let answer = node.ask(&granted).await;
    assert!(matches!(answer, Err(Unanswered::Lapsed)), "its end may have been acknowledged meanwhile: {answer:?}");
    // Without its right it asks the store, and what it read there is as old in the end.
    node.stop.cancel();
    node.until(false).await;
    let answer = node.ask(&granted).await;
    assert!(matches!(answer, Err(Unanswered::Lapsed)), "a suspension may have been acknowledged: {answer:?}");
    stopping.stops.store(false, Ordering::SeqCst);
    assert_eq!(node.check(&granted).await, Ok(()));
}

async fn what_an_import_replaces_or_suspends_is_in_no_servers_memory_when_it_is_done(world: World) {
    let nodes = vec![Node::start(&world).await, Node::start(&world).await];
    let granted = world.grant().await;
    let headers = [("authorization", format!("Bearer {}", cast::GATEWAY_SECRET))];
    let headers = headers.iter().map(|(name, value)| (name.parse().expect("name"), value.parse().expect("value")));
    let headers: axum::http::HeaderMap = headers.collect();
    for node in &nodes {
        assert_eq!(node.check(&granted).await, Ok(()));
        assert!(node.checks.gateway(&headers).await.is_ok());
    }
    let asp = &world.player.application.asp;
    let mut work = world.store.read().await.expect("read");
    let vault = Vault::new(&[7; 32], Arc::new(SystemChance));
    let known = vault.hash(server::vault::Purpose::Secret, cast::GATEWAY_SECRET.as_bytes());
    let gateway = work.gateway(known).await.expect("read").expect("the sample data's");
    drop(work);
    let file = serde_json::json!({
        "asps": [{"id": asp.id, "name": asp.name, "short_name": asp.short_name, "standing": "suspended"}],
        "gateways": [{"name": gateway, "secret": "another secret of sixteen"}],
    });
    let file = RegistryFile::parse(&file.to_string(), &crate::registry::drafts()).expect("a registry");
    file.import(&*world.store, &vault, &SystemClock, &SystemChance).await.expect("imported");
    for node in &nodes {
        assert_eq!(node.check(&granted).await, Err(RefuseReason::Suspended));
        assert!(node.checks.gateway(&headers).await.is_err(), "the old secret opens nothing");
    }
}

on_both_engines!(crate::support::world::World::new:
    a_receipt_is_not_given_before_the_end_holds_though_its_readers_clock_is_ahead,
    an_end_that_holds_is_acknowledged_though_its_receipt_cannot_be_written,
    a_server_that_cannot_write_what_it_counted_is_waited_for_once_and_taken_off_the_list,
    a_server_that_stood_still_while_it_answered_lets_nothing_pass,
    what_an_import_replaces_or_suspends_is_in_no_servers_memory_when_it_is_done,
);

/// Draws; where it is told to, the call that it draws for stands still until it is told to go on.
#[derive(Default)]
struct Halting {
    halts: AtomicBool,
    halted: Notify,
    going: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Chance for Halting {
    fn fill(&self, buffer: &mut [u8]) {
        if self.halts.swap(false, Ordering::SeqCst) {
            self.halted.notify_one();
            let going = self.going.lock().expect("lock").take().expect("told when to go on");
            task::block_in_place(|| going.recv_timeout(WAIT_MAX)).expect("it is told to go on");
        }
        SystemChance.fill(buffer);
    }
}

/// Until somebody waits for a row that another holds.
async fn somebody_waits(world: &World) {
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.database.count(waiting).await == 0 {
        time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_decision_waits_for_a_call_that_a_server_without_its_right_is_answering() {
    let world = World::new(Engine::Postgres).await;
    let (halting, other) = (Arc::new(Halting::default()), Node::start(&world).await);
    let node = Arc::new(Node::start_drawing(&world, halting.clone()).await);
    node.stop.cancel();
    node.until(false).await;
    for decision in [Decision::Freeze, Decision::Block, Decision::Pause] {
        let granted = Arc::new(world.grant().await);
        let (go, going) = mpsc::channel();
        *halting.going.lock().expect("lock") = Some(going);
        halting.halts.store(true, Ordering::SeqCst);
        let asked = tokio::spawn({
            let (node, granted) = (node.clone(), granted.clone());
            async move { node.check(&granted).await }
        });
        halting.halted.notified().await;
        // It has read everything, and is about to count.
        let mut deciding = pin!(decision.make(&world, &other.consents, &granted));
        tokio::select! {
            () = &mut deciding => panic!("{decision:?} was acknowledged, and the call may pass yet"),
            () = somebody_waits(&world) => {}
        }
        go.send(()).expect("it stands still");
        assert_eq!(asked.await.expect("asked"), Ok(()), "it was first");
        time::timeout(WAIT_MAX, deciding).await.expect("neither waits for the other for ever");
        assert_eq!(node.check(&granted).await, Err(decision.reason()));
        decision.take_back(&world, &other.consents).await;
    }
}

#[tokio::test]
async fn a_call_that_the_database_never_takes_does_not_keep_the_others_waiting() {
    let world = World::new(Engine::Postgres).await;
    let node = Node::start(&world).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    node.checks.tally.write().await.expect("written");
    // In ten years there is no part of the table: a row from there is refused, today and tomorrow.
    let far = SignedDuration::from_hours(24 * 365 * 10);
    world.clock.advance(far);
    node.until(true).await;
    assert!(node.check(&granted).await.is_err(), "it has expired");
    world.clock.advance(-far);
    assert_eq!(node.check(&granted).await, Ok(()));
    node.checks.tally.write().await.expect("all but one can be written");
    let usage = || async {
        let mut work = world.store.read().await.expect("read");
        work.usage(granted.consent.gstin, granted.consent.id).await.expect("read")
    };
    assert_eq!((usage().await.passed, usage().await.refused), (2, 0));
    // When there is a place for it, it is written, too.
    world.store.make_room(world.clock.now() + far, world.clock.now() + far).await.expect("room");
    world.clock.advance(SignedDuration::from_secs(10));
    node.checks.tally.write().await.expect("written");
    assert_eq!((usage().await.passed, usage().await.refused), (2, 1));
}

#[tokio::test]
async fn a_server_keeps_its_right_and_answers_from_memory_while_every_connection_is_taken() {
    let world = World::new(Engine::Postgres).await;
    let node = Node::start(&world).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    let mut taken = Vec::new();
    for _ in 0..CONNECTIONS {
        taken.push(world.store.write().await.expect("a connection"));
    }
    let refused = world.store.read().await.err();
    assert!(matches!(refused, Some(StoreError::Database(sqlx::Error::PoolTimedOut))), "{refused:?}");
    // Waiting for it took longer than a lease.
    assert!(node.nodes.may_answer_from_memory());
    assert_eq!(node.check(&granted).await, Ok(()));
    node.checks.tally.write().await.expect("what it counts is written");
    drop(taken);
    node.revoke(&world, &granted).await;
    assert_eq!(node.check(&granted).await, Err(RefuseReason::ConsentEnded));
}

/// A world, and a server that reaches its database over a link.
async fn linked() -> (World, Link, Arc<dyn Store>, Node) {
    let world = World::new(Engine::Postgres).await;
    let (port, name) =
        world.database.address.rsplit_once(':').and_then(|(_, rest)| rest.split_once('/')).expect("an address");
    let link = Link::to((Ipv4Addr::LOCALHOST, port.parse::<u16>().expect("a port")).into()).await;
    let far = world.database.address.replace(&format!(":{port}/{name}"), &format!(":{}/{name}", link.address.port()));
    let store = open(&far).await.expect("database");
    let node = Node::start_over(&world, store.clone(), &world.clock).await;
    (world, link, store, node)
}

#[tokio::test]
async fn behind_a_link_that_went_mute_a_server_answers_in_time_and_comes_back_on_a_new_one() {
    let (world, link, store, node) = linked().await;
    let near = Node::start(&world).await;
    let granted = world.grant().await;
    assert_eq!(node.check(&granted).await, Ok(()));
    // Every connection is in use when the link goes mute, and in the middle of something.
    let mut taken = Vec::new();
    for _ in 0..CONNECTIONS {
        taken.push(store.write().await.expect("a connection"));
    }
    link.cut();
    let asked = taken.into_iter().map(|mut work| async move { work.taxpayers_count().await.map(drop) });
    let asked = tokio::spawn(futures::future::join_all(asked));
    // Leases are measured by a clock that stands here; the wall does not.
    let Ended::Receipt(_) = near.revoke(&world, &granted).await else { panic!("was live") };
    assert_eq!(live_nodes(&world).await, 1);
    world.clock.advance(SignedDuration::try_from(LEASES).expect("seconds"));
    let answer = time::timeout(WAIT_MAX, node.ask(&granted)).await.expect("an answer in time");
    assert!(matches!(answer, Err(Unanswered::Store(_))), "nothing passes: {answer:?}");
    let answers = time::timeout(WAIT_MAX, asked).await.expect("each wait has an end").expect("asked");
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Database(sqlx::Error::Io(_))))));

    link.mend_without_reset();
    node.until(true).await;
    assert_eq!(node.check(&granted).await, Err(RefuseReason::ConsentEnded));
    let mut again = Vec::new();
    for _ in 0..CONNECTIONS {
        let connection = time::timeout(WAIT_MAX, store.write()).await.expect("in time");
        again.push(connection.expect("none of the mute ones keeps its place"));
    }
    drop(again);
    // It hears the others again: whoever ends something need not wait for a renewal, and learns its last call.
    let next = world.grant().await;
    assert_eq!(node.check(&next).await, Ok(()));
    let Ended::Receipt(receipt) = near.revoke(&world, &next).await else { panic!("was live") };
    assert!(receipt.last_passed_at.is_some());
    assert_eq!(node.check(&next).await, Err(RefuseReason::ConsentEnded));
}

/// Ends the sessions that wait for a replica to confirm a commit, which has happened by then; their clients hear nothing.
async fn end_commits_that_wait(cluster: &Cluster) {
    let mut database = PgConnection::connect(&cluster.url("postgres")).await.expect("connection");
    let waiting = async {
        loop {
            let ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'";
            let ended: i64 = sqlx::query_scalar(AssertSqlSafe(ended)).fetch_one(&mut database).await.expect("asked");
            if ended > 0 {
                return;
            }
            time::sleep(Duration::from_millis(10)).await;
        }
    };
    time::timeout(WAIT_MAX, waiting).await.expect("a commit waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoke_whose_commit_was_not_answered_is_acknowledged_where_it_happened() {
    let cluster = spawn_blocking(Cluster::start).await.expect("cluster");
    let world = World::over(Database::of(&cluster).await, OtpRules::default(), SESSIONS_PER_GSP_MAX).await;
    let granted = world.grant().await;
    administer(&cluster, "alter system set synchronous_standby_names = 'nobody'".into()).await;
    administer(&cluster, "select pg_reload_conf()".into()).await;
    let revoking = world.consents.revoke(granted.consent.gstin, granted.consent.id, world.signatory.id);
    let losing = async {
        end_commits_that_wait(&cluster).await;
        administer(&cluster, "alter system reset synchronous_standby_names".into()).await;
        administer(&cluster, "select pg_reload_conf()".into()).await;
    };
    let (revoked, ()) = tokio::join!(revoking, losing);
    assert!(matches!(revoked, Ok(Ended::Receipt(_))), "{revoked:?}");
    let mut work = world.store.read().await.expect("read");
    let events = work.events(granted.consent.gstin, granted.consent.id).await.expect("read");
    assert_eq!(events.len(), 2, "given and revoked, once each: {events:?}");
}
