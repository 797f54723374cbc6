//! `alert_latency_p95_ms`: from a consent to its acceptance by both providers while a hundred consents a second are given.

use std::time::Duration;

use app::model::alert::{Channel, DeliveryState};
use server::{seed::gstin, store::open};

use super::{
    drained,
    giving::{CONSENTS_PER_SECOND, Scene, give},
};
use crate::{
    figure::{Figure, Goal},
    givers::{Givers, now},
    turns::{Spread, p95_ms},
};

const TURNS: u64 = 5;
const SECONDS_PER_TURN: u64 = 6;
const CONSENTS_PER_TURN: u64 = CONSENTS_PER_SECOND * SECONDS_PER_TURN;
const TAXPAYERS: u64 = (TURNS + 1) * CONSENTS_PER_TURN;

pub(crate) async fn measure() -> Figure {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path().join("latency.db").to_str().expect("text")).await.expect("database");
    let scene = Scene::start(&store, TAXPAYERS).await;
    let givers = &scene.givers;
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let taxpayers = turn * CONSENTS_PER_TURN..(turn + 1) * CONSENTS_PER_TURN;
        for n in taxpayers.clone() {
            givers.ask(n).await;
        }
        // What is asked for is the time beside the grants: that of a grant with nobody else there is the floor.
        let grants = give(givers, taxpayers.clone(), CONSENTS_PER_SECOND).await;
        drained(&*store, Channel::Email).await;
        drained(&*store, Channel::Sms).await;
        if turn > 0 {
            values.push(p95_ms(latencies(givers, taxpayers).await));
            floors.push(p95_ms(grants));
        }
    }
    scene.stop().await;
    store.close().await;
    Figure {
        name: "alert_latency_p95_ms",
        unit: "ms",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: Goal::ValueAtMost(500.0),
        how: format!(
            "consent to acceptance, both channels, {CONSENTS_PER_SECOND} consents/s for {SECONDS_PER_TURN} s (SQLite), \
             p95, against the grant alone; {TURNS} turns"
        ),
    }
}

/// From the moment of each consent to the moment at which each provider took its alert over.
async fn latencies(givers: &Givers, taxpayers: std::ops::Range<u64>) -> Vec<Duration> {
    let mut work = givers.store.read().await.expect("read");
    let mut times = Vec::new();
    for n in taxpayers {
        let gstin = gstin(n, TAXPAYERS);
        let consents = work.list_consents(gstin, true, now(), None).await.expect("a page");
        for kept in work.alerts_of_consent(gstin, consents[0].consent.id).await.expect("alerts") {
            for delivery in kept.deliveries {
                assert_eq!(delivery.state, DeliveryState::Accepted);
                let accepted_at = delivery.accepted_at.expect("a moment");
                times.push(Duration::try_from(accepted_at.duration_since(kept.alert.owed_at)).expect("forth"));
            }
        }
    }
    assert!(times.len() as u64 >= 2 * CONSENTS_PER_TURN, "one a channel and signatory");
    times
}
