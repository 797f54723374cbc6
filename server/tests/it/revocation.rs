//! A call that passes after a revoke, a block, a freeze or a pause was acknowledged is what must not be. With the leases off
//! the checker must find some; with them on, none, while servers are paused, killed and cut off from the database.

use crate::support::revokes::{Trial, check_decisions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leases_calls_pass_after_what_forbids_them_was_acknowledged() {
    // Each server that is paused or cut off answers from a memory that nobody could correct.
    let trial = Trial { decisions: 5_000, fault_every: 50, until_stale: true };
    let found = check_decisions(&["--without-leases"], trial).await;
    assert!(found.stale.into_inner() > 0, "the checker finds what it is looking for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_leases_none_of_ten_thousand_decisions_is_passed_by_while_servers_fail() {
    let trial = Trial { decisions: 10_000, fault_every: 1_000, until_stale: false };
    let found = check_decisions(&[], trial).await;
    assert!(found.decisions.into_inner() >= trial.decisions);
    assert!(found.warm.into_inner() > trial.decisions, "every server was asked before");
    let faults = found.faults.map(std::sync::atomic::AtomicUsize::into_inner);
    assert!(faults.iter().all(|&times| times >= 2), "paused, killed, cut off: {faults:?}");
    assert!(found.unanswered.into_inner() > 0, "and it was felt");
    assert_eq!(found.stale.into_inner(), 0);
}
