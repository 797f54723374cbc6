//! What happens to many servers on one PostgreSQL, each time while consents are given and ended: afterwards everything
//! acknowledged is there once, everything owed was sent, and the whole database keeps its rules.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use reqwest::{StatusCode, header};
use server::{
    chance::{Chance, SeededChance},
    store::open,
};
use sqlx::{Connection, PgConnection};
use tokio::{task::spawn_blocking, time};

use crate::support::{
    course::Course,
    database::{Database, Engine, administer},
    link::Link,
    postgres::Cluster,
};

const SEED: u64 = 0x0fa1;
/// How long a replica may take to catch up, on a busy machine.
const REPLICA_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Servers that are killed, one after the other.
const KILLS: u32 = 12;
/// Between two failures so many grants and revokes are acknowledged.
const STEPS_BETWEEN: usize = 12;
/// A kill follows within so many milliseconds: within the transaction, the dispatch or the answer.
const MILLIS_BEFORE_KILL: u32 = 25;
/// Readers that want a connection at once: each of two servers has sixteen, and gives as many up after the wait for a
/// lock (3 s) as after the wait for a connection (5 s).
const READERS: usize = 160;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_killed() {
    let database = Database::fresh(Engine::Postgres).await;
    let course = Course::start(&vec![database.address.clone(); 3], database.store.clone()).await;
    let kills = async {
        let chance: &dyn Chance = &SeededChance::new(SEED);
        for _ in 0..KILLS {
            course.after(STEPS_BETWEEN).await;
            time::sleep(Duration::from_millis(chance.below(MILLIS_BEFORE_KILL).into())).await;
            let server = chance.below(3) as usize;
            course.fleet.write().await.kill(server);
            course.fleet.write().await.run(server);
            course.fleet.read().await.until_ready(server).await;
        }
    };
    let acknowledged = course.during(kills).await;
    course.check(&acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_restarts_and_crashes() {
    let cluster = Arc::new(spawn_blocking(Cluster::start).await.expect("cluster"));
    let url = cluster.url("postgres");
    let store = open(&url).await.expect("database");
    let course = Course::start(&vec![url; 2], store).await;
    let outages = async {
        for outage in [Cluster::restart, Cluster::crash, Cluster::restart, Cluster::crash] {
            course.after(STEPS_BETWEEN).await;
            let cluster = cluster.clone();
            spawn_blocking(move || outage(&cluster)).await.expect("it starts again");
        }
        course.after(STEPS_BETWEEN).await;
    };
    let acknowledged = course.during(outages).await;
    course.check(&acknowledged).await;
}

/// Until the replica is one that commits wait for.
async fn until_synchronous(primary: &Cluster) {
    let mut database = PgConnection::connect(&primary.url("postgres")).await.expect("connection");
    let synchronous = async {
        let asked = "select exists (select from pg_stat_replication where sync_state = 'sync')";
        while !sqlx::query_scalar::<_, bool>(asked).fetch_one(&mut database).await.expect("asked") {
            time::sleep(LOOK_EVERY).await;
        }
    };
    time::timeout(REPLICA_MAX, synchronous).await.expect("the replica is synchronous");
}

/// That they do: while it stands still, none is acknowledged.
async fn commits_wait_for(primary: &Cluster, replica: &Cluster) {
    let mut database = PgConnection::connect(&primary.url("postgres")).await.expect("connection");
    sqlx::query("create table waits (n bigint)").execute(&mut database).await.expect("table");
    replica.pause();
    let mut commit = Box::pin(sqlx::query("insert into waits values (1)").execute(&mut database));
    let early = time::timeout(Duration::from_secs(1), &mut commit).await;
    replica.resume();
    assert!(early.is_err(), "a commit was acknowledged without the replica");
    time::timeout(REPLICA_MAX, commit).await.expect("the replica goes on").expect("committed");
    administer(primary, "drop table waits".into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_primary_dies_and_its_synchronous_replica_takes_over() {
    let (primary, replica) = spawn_blocking(|| {
        let primary = Cluster::start();
        let replica = primary.replica();
        (primary, replica)
    })
    .await
    .expect("clusters");
    // From now on a commit is acknowledged when the replica holds it, too.
    administer(&primary, "alter system set synchronous_standby_names = '*'".into()).await;
    administer(&primary, "select pg_reload_conf()".into()).await;
    until_synchronous(&primary).await;
    commits_wait_for(&primary, &replica).await;
    // The address that moves with the primary.
    let link = Link::to((Ipv4Addr::LOCALHOST, primary.port()).into()).await;
    let url = primary.url("postgres").replace(&primary.port().to_string(), &link.address.port().to_string());
    let course = Course::start(&vec![url.clone(); 2], open(&url).await.expect("database")).await;
    let failover = async {
        course.after(3 * STEPS_BETWEEN).await;
        spawn_blocking(move || primary.kill()).await.expect("killed");
        administer(&replica, "select pg_promote()".into()).await;
        link.lead_to((Ipv4Addr::LOCALHOST, replica.port()).into());
        course.after(3 * STEPS_BETWEEN).await;
    };
    let acknowledged = course.during(failover).await;
    course.check(&acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_is_taken() {
    let database = Database::fresh(Engine::Postgres).await;
    let course = Course::start(&vec![database.address.clone(); 2], database.store.clone()).await;
    let exhaustion = async {
        course.after(STEPS_BETWEEN).await;
        let mut holder = PgConnection::connect(&database.address).await.expect("connection");
        let mut held = holder.begin().await.expect("begin");
        sqlx::query("lock table consent in access exclusive mode").execute(&mut *held).await.expect("locked");
        let urls = course.urls().await;
        let readers = (0..READERS).map(|reader| {
            let lane = &course.lanes[reader % course.lanes.len()];
            let url = format!("{}/api/access-now?gstin={}", urls[reader % urls.len()], lane.taxpayer.gstin);
            let cookie = format!("__Host-asp-access={}", lane.cookie);
            course.http.get(url).header(header::COOKIE, cookie).send()
        });
        for answer in futures::future::join_all(readers).await {
            assert_eq!(answer.expect("an answer, in time").status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        // Beside those that waited for the lock, there were some that got no connection at all.
        let fleet = course.fleet.read().await;
        for server in 0..urls.len() {
            let log = fleet.log(server);
            assert!(log.contains("PoolTimedOut"), "server {server} had connections left: {log}");
        }
        drop(fleet);
        held.rollback().await.expect("rollback");
        course.after(3 * STEPS_BETWEEN).await;
    };
    let acknowledged = course.during(exhaustion).await;
    course.check(&acknowledged).await;
}
