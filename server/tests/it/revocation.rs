//! A call that passes after its consent's end was acknowledged is what must not be. With the leases off the checker must
//! find some; with them on, none, while servers are paused, killed and cut off from the database.

use crate::support::revokes::check_revokes;

/// Revokes with the leases on.
const REVOKES: usize = 10_000;
/// Revokes with the leases off: each has the chance to find a stale accept.
const UNPROTECTED_REVOKES: usize = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leases_calls_pass_after_a_revoke_was_acknowledged() {
    let found = check_revokes(&["--without-leases"], UNPROTECTED_REVOKES, false).await;
    assert!(found.stale.into_inner() > 0, "the checker finds what it is looking for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_leases_none_of_ten_thousand_revokes_is_passed_by_while_servers_fail() {
    let found = check_revokes(&[], REVOKES, true).await;
    assert_eq!(found.revokes.into_inner(), REVOKES);
    assert!(found.warm.into_inner() > REVOKES, "every server was asked before");
    let faults = found.faults.map(std::sync::atomic::AtomicUsize::into_inner);
    assert!(faults.iter().all(|&times| times >= 2), "paused, killed, cut off: {faults:?}");
    assert!(found.unanswered.into_inner() > 0, "and it was felt");
    assert_eq!(found.stale.into_inner(), 0);
}
