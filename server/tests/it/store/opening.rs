//! Opening: by whom and how often ever, the tables are made once.

use server::store::{Retention, StoreError, open};
use sqlx::{Connection, PgConnection};

use super::given::{Given, gstin};
use crate::support::{
    database::{NOW, at, empty_postgres, on_both_engines},
    postgres::shared,
};

async fn a_database_that_is_opened_again_holds_what_it_held(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.store.close().await;
    let again = open(&given.database.address).await.expect("opens");
    let mut work = again.read().await.expect("read");
    assert_eq!(work.consent(gstin(0), consent.id).await.expect("read"), Some(consent));
}

async fn a_version_that_restarts_after_a_newer_one_has_migrated_opens_what_it_finds(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 select 9999, 'of a newer version', success, checksum, 1 from _sqlx_migrations where version = 1";
    given.database.run(newer).await.expect("recorded");
    let again = open(&given.database.address).await.expect("opens");
    let mut work = again.read().await.expect("read");
    assert_eq!(work.consent(gstin(0), consent.id).await.expect("read"), Some(consent));
}

async fn a_closed_store_answers_with_an_error(given: Given) {
    given.store.close().await;
    assert!(matches!(given.store.read().await.err(), Some(StoreError::Database(_))));
    assert!(matches!(given.store.write().await.err(), Some(StoreError::Database(_))));
}

async fn housekeeping_beside_traffic_changes_nothing_that_is_there(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.store.housekeep(given.now, Retention::default()).await.expect("kept");
    assert_eq!(given.read().await.consent(gstin(0), consent.id).await.expect("read"), Some(consent));
}

on_both_engines!(super::Given::new:
    a_database_that_is_opened_again_holds_what_it_held,
    a_version_that_restarts_after_a_newer_one_has_migrated_opens_what_it_finds,
    a_closed_store_answers_with_an_error,
    housekeeping_beside_traffic_changes_nothing_that_is_there,
);

#[tokio::test]
async fn four_nodes_that_open_an_empty_database_at_once_migrate_it_once() {
    let url = empty_postgres().await;
    for opened in futures::future::join_all((0..4).map(|_| open(&url))).await {
        opened.expect("opens").housekeep(at(NOW), Retention::default()).await.expect("kept");
    }
    let mut database = PgConnection::connect(&url).await.expect("connection");
    let (runs, versions): (i64, i64) =
        sqlx::query_as("select count(*), count(distinct version) from _sqlx_migrations where success")
            .fetch_one(&mut database)
            .await
            .expect("migrations");
    assert!(runs >= 1 && runs == versions, "{runs} runs of {versions} migrations");
}

#[tokio::test]
async fn the_unix_socket_leads_to_the_same_database() {
    let url = empty_postgres().await;
    open(&url).await.expect("opens").close().await;
    let name = url.rsplit('/').next().expect("a name");
    open(&shared().socket_url(name)).await.expect("opens").close().await;
}
