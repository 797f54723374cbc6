//! `alert_burst_waiting`: how many deliveries wait at most once a burst of three hundred consents a second is over and a hundred
//! a second go on, against how many waited at most before it.

use std::{sync::Arc, time::Duration};

use app::model::alert::Channel;
use server::store::{Store, open};
use tokio::time;

use super::{
    drained,
    giving::{CONSENTS_PER_SECOND, Scene, give},
};
use crate::{
    figure::{Figure, Goal},
    turns::Spread,
};

const TURNS: usize = 3;
const BURST_PER_SECOND: u64 = 300;
const STEADY_S: u64 = 10;
const BURST_S: u64 = 5;
/// How long a hundred a second go on until the queue is looked at again.
const SETTLING_S: u64 = 5;
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What half a second's consents owe on two channels: that many may be on their way at any moment.
const GOAL: f64 = 100.0;
const CONSENTS_PER_TURN: u64 = (2 * STEADY_S + SETTLING_S) * CONSENTS_PER_SECOND + BURST_S * BURST_PER_SECOND;

pub(crate) async fn measure() -> Figure {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path().join("burst.db").to_str().expect("text")).await.expect("database");
    let scene = Scene::start(&store, TURNS as u64 * CONSENTS_PER_TURN).await;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for turn in 0..TURNS as u64 {
        let (first, steady) = (turn * CONSENTS_PER_TURN, STEADY_S * CONSENTS_PER_SECOND);
        for n in first..first + CONSENTS_PER_TURN {
            scene.givers.ask(n).await;
        }
        let burst = first + steady + BURST_S * BURST_PER_SECOND;
        let settled = burst + SETTLING_S * CONSENTS_PER_SECOND;
        before.push(most_waiting(&store, give(&scene.givers, first..first + steady, CONSENTS_PER_SECOND)).await);
        give(&scene.givers, first + steady..burst, BURST_PER_SECOND).await;
        give(&scene.givers, burst..settled, CONSENTS_PER_SECOND).await;
        after.push(most_waiting(&store, give(&scene.givers, settled..settled + steady, CONSENTS_PER_SECOND)).await);
        drained(&*store, Channel::Email).await;
        drained(&*store, Channel::Sms).await;
    }
    scene.stop().await;
    store.close().await;
    Figure {
        name: "alert_burst_waiting",
        unit: "deliveries",
        value: Spread::of(after),
        floor: Spread::of(before),
        goal: Goal::ValueAtMost(GOAL),
        how: format!(
            "most that wait at {CONSENTS_PER_SECOND} consents/s, {SETTLING_S} s after {BURST_S} s of {BURST_PER_SECOND}/s, \
             against before it; both channels, SQLite; {TURNS} turns"
        ),
    }
}

/// How many deliveries wait at most while something goes on; one at least, so that it is a floor.
async fn most_waiting(store: &Arc<dyn Store>, meanwhile: impl Future) -> f64 {
    let mut most = 1;
    let looking = async {
        loop {
            let mut work = store.read().await.expect("read");
            let mut waiting = 0;
            for channel in Channel::ALL {
                waiting += work.waiting_deliveries(channel, 1_000_000).await.expect("count");
            }
            most = most.max(waiting);
            drop(work);
            time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        _ = meanwhile => f64::from(most),
        () = looking => unreachable!("it looks on and on"),
    }
}
