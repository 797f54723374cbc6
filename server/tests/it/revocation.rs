//! A call that passes after its consent's end was acknowledged is what must not be. With the leases off the checker must
//! find some; with them on, none, while servers are paused, killed and cut off from the database.

use crate::support::revokes::{Trial, check_revokes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leases_calls_pass_after_a_revoke_was_acknowledged() {
    // Each server that is paused or cut off answers from a memory that nobody could correct.
    let trial = Trial { revokes: 5_000, fault_every: 50, until_stale: true };
    let found = check_revokes(&["--without-leases"], trial).await;
    assert!(found.stale.into_inner() > 0, "the checker finds what it is looking for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_leases_none_of_ten_thousand_revokes_is_passed_by_while_servers_fail() {
    let trial = Trial { revokes: 10_000, fault_every: 1_000, until_stale: false };
    let found = check_revokes(&[], trial).await;
    assert_eq!(found.revokes.into_inner(), trial.revokes);
    assert!(found.warm.into_inner() > trial.revokes, "every server was asked before");
    let faults = found.faults.map(std::sync::atomic::AtomicUsize::into_inner);
    assert!(faults.iter().all(|&times| times >= 2), "paused, killed, cut off: {faults:?}");
    assert!(found.unanswered.into_inner() > 0, "and it was felt");
    assert_eq!(found.stale.into_inner(), 0);
}
