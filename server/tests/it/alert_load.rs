//! What is sized for a hundred consents a second and bursts of three hundred, in small: the queue does not grow while it
//! is asked for that much, and is empty soon after a burst. `make bench` measures it in full (`alert_burst_waiting`).

use std::time::Duration;

use tokio::time;

use crate::support::{
    database::{Engine, on_both_engines},
    gateway::{Does, Gateway},
    post::{Post, TAKEN, providers},
    relay::Relay,
};

/// A tenth of a second's worth at a hundred a second.
const STEADY: usize = 10;
const STEPS: usize = 20;
const BURST: usize = 300;
/// Tests run unoptimised and beside each other: what is asserted is that it drains, not how fast.
const DRAINED_MAX: Duration = Duration::from_secs(15);
const WAITING: &str = "select count(*) from delivery where state in ('queued', 'sending', 'temporary_failure')";

struct Town {
    post: Post,
    relay: Relay,
    gateway: Gateway,
    _folder: tempfile::TempDir,
}

impl Town {
    async fn new(engine: Engine) -> Self {
        let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
        let folder = tempfile::tempdir().expect("folder");
        let mut file = providers(relay.port, &gateway.url, folder.path());
        file["dispatch"] = serde_json::json!({});
        let post = Post::start(engine, &file).await;
        Self { post, relay, gateway, _folder: folder }
    }
}

async fn a_burst_on_top_of_a_steady_stream_drains(town: Town) {
    let mut every = time::interval(Duration::from_millis(100));
    for _ in 0..STEPS {
        every.tick().await;
        town.post.owe(STEADY).await;
    }
    town.post.owe(BURST).await;
    let began = server::clock::stopwatch();
    while town.post.database.count(WAITING).await > 0 {
        assert!(began.elapsed() < DRAINED_MAX, "{} wait", town.post.database.count(WAITING).await);
        time::sleep(Duration::from_millis(20)).await;
    }
    let all = STEPS * STEADY + BURST;
    assert_eq!((town.relay.taken().len(), town.gateway.count()), (all, all), "each once on each channel");
    town.post.stop().await;
}

on_both_engines!(super::Town::new: a_burst_on_top_of_a_steady_stream_drains);
