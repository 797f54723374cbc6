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
/// Servers that are killed, one after the other.
const KILLS: u32 = 12;
/// Between two failures so many grants and revokes are acknowledged.
const STEPS_BETWEEN: usize = 12;
/// A kill follows within so many milliseconds: within the transaction, the dispatch or the answer.
const MILLIS_BEFORE_KILL: u32 = 25;
/// Readers that want a connection at once: more than two servers have.
const READERS: usize = 60;

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
        held.rollback().await.expect("rollback");
        course.after(3 * STEPS_BETWEEN).await;
    };
    let acknowledged = course.during(exhaustion).await;
    course.check(&acknowledged).await;
}
