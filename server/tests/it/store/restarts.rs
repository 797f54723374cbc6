//! The database goes and comes back under a running server: what was acknowledged is there, and the server goes on.

use server::store::{Retention, Store, StoreError};

use crate::support::{
    database::{NOW, at},
    postgres::Cluster,
};

/// Uses a hand-off up, and says whether that was acknowledged.
async fn use_hand_off(store: &dyn Store, jti: &str) -> Result<bool, StoreError> {
    let mut work = store.write().await?;
    let first = work.use_hand_off(jti, at(NOW)).await?;
    work.commit().await?;
    Ok(first)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_a_restart_and_a_crash_of_the_database() {
    let cluster = Cluster::start();
    let store = server::store::open(&cluster.url("postgres")).await.expect("opens");
    store.housekeep(at(NOW), Retention::default()).await.expect("kept");
    for what in ["restart", "crash"] {
        assert!(use_hand_off(&*store, what).await.expect("acknowledged"));
        let mut open = store.write().await.expect("write");
        assert!(open.use_hand_off(&format!("{what}, not committed"), at(NOW)).await.expect("used"));
        if what == "restart" {
            cluster.restart();
        } else {
            cluster.kill();
            cluster.start_again();
        }
        assert!(open.commit().await.is_err(), "a unit of work does not outlive its database");
        // The connections of before are dead; each is found out once, by the first who draws it.
        let mut found_out = 0;
        while let Err(error) = use_hand_off(&*store, "probe").await {
            found_out += 1;
            assert!(found_out <= 16, "{what}: {error}");
        }
        assert!(!use_hand_off(&*store, what).await.expect("answered"), "{what}: it was used before");
        assert!(use_hand_off(&*store, &format!("{what}, not committed")).await.expect("answered"));
    }
}
