//! What nodes share about providers: tokens are given out once, however many ask at the same time, and proofs only grow.

use futures::future::join_all;
use jiff::SignedDuration;
use server::store::port::Pace;

use super::given::Given;
use crate::support::database::on_both_engines;

/// Ten a second, twenty at once, two seconds ahead.
const PACE: Pace = Pace { every_micros: 100_000, burst: 20, ahead_micros: 2_000_000 };

impl Given {
    async fn given_out(&self, count: u32, second: i64) -> Option<i64> {
        let now = self.now + SignedDuration::from_secs(second);
        let mut work = self.write().await;
        let given = work.give_out("gateway", PACE, count, now).await.expect("asked");
        work.commit().await.expect("commit");
        given.map(|until| (until.as_microsecond() - self.now.as_microsecond()) / 100_000)
    }
}

async fn tokens_are_given_out_up_to_a_burst_and_some_ahead_and_again_as_time_passes(given: Given) {
    assert_eq!(given.given_out(20, 0).await, Some(20));
    assert_eq!(given.given_out(20, 0).await, Some(40), "two seconds ahead");
    assert_eq!(given.given_out(1, 0).await, None);
    assert_eq!(given.given_out(10, 1).await, Some(50));
    assert_eq!(given.given_out(1, 1).await, None);
    assert_eq!(given.given_out(1, 3_600).await, Some(36_001), "what nobody took in an hour is not saved up");
}

async fn nodes_that_ask_at_once_never_get_more_than_there_is(given: Given) {
    let given = &given;
    let answers = join_all((0..60).map(|_| given.given_out(1, 0))).await;
    let mut until: Vec<_> = answers.into_iter().flatten().collect();
    until.sort_unstable();
    assert_eq!(until, (1..=40).collect::<Vec<_>>());
}

async fn the_canarys_message_is_claimed_by_one_node_a_minute(given: Given) {
    let minute = SignedDuration::from_mins(1);
    let given = &given;
    let claim = |at| async move {
        let mut work = given.write().await;
        let mine = work.claim_canary("relay", "m-1", at, at - minute).await.expect("claimed");
        work.commit().await.expect("commit");
        mine
    };
    let claims = join_all((0..5).map(|_| claim(given.now))).await;
    assert_eq!(claims.iter().filter(|mine| **mine).count(), 1);
    assert!(!claim(given.now + SignedDuration::from_secs(59)).await);
    assert!(claim(given.now + minute).await);
}

async fn proofs_of_the_canary_never_go_back(given: Given) {
    let at = |seconds| given.now + SignedDuration::from_secs(seconds);
    let mut work = given.write().await;
    assert!(work.claim_canary("relay", "m-1", at(0), at(-60)).await.expect("claimed"));
    work.canary_accepted("relay", at(1), Some("r-1")).await.expect("written");
    for seconds in [9, 5] {
        assert!(work.canary_delivered("relay", "r-1", at(seconds)).await.expect("written"));
    }
    for (provider, reference) in [("unknown", "r-1"), ("relay", "r-0")] {
        assert!(!work.canary_delivered(provider, reference, at(99)).await.expect("of none"));
    }
    work.commit().await.expect("commit");
    let rows = given.read().await.canaries().await.expect("read");
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].sent_at, rows[0].accepted_at, rows[0].delivered_at), (at(0), Some(at(1)), Some(at(9))));
}

async fn the_canarys_messages_are_known_by_both_their_names_for_an_hour(given: Given) {
    let at = |minutes| given.now + SignedDuration::from_mins(minutes);
    let mut work = given.write().await;
    assert!(work.claim_canary("one", "ours-1", at(0), at(-1)).await.expect("claimed"));
    assert!(work.canary_delivered("one", "ours-1", at(0)).await.expect("written"), "before it is accepted");
    work.canary_accepted("one", at(0), Some("theirs-1")).await.expect("written");
    assert!(work.claim_canary("one", "ours-2", at(1), at(0)).await.expect("claimed"));
    for late in ["theirs-1", "ours-1", "ours-2"] {
        assert!(work.canary_delivered("one", late, at(2)).await.expect("written"), "{late}");
        assert!(!work.canary_delivered("other", late, at(2)).await.expect("written"), "{late}");
    }
    assert!(work.claim_canary("one", "ours-3", at(61), at(60)).await.expect("claimed"));
    assert!(!work.canary_delivered("one", "ours-1", at(61)).await.expect("written"), "an hour ago");
    assert!(work.canary_delivered("one", "ours-2", at(61)).await.expect("written"));
}

on_both_engines!(super::Given::new:
    the_canarys_messages_are_known_by_both_their_names_for_an_hour,
    tokens_are_given_out_up_to_a_burst_and_some_ahead_and_again_as_time_passes,
    nodes_that_ask_at_once_never_get_more_than_there_is,
    the_canarys_message_is_claimed_by_one_node_a_minute,
    proofs_of_the_canary_never_go_back,
);
