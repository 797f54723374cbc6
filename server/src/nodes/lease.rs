//! The right to answer from memory: how long it is used, and how long others wait for its end.

use std::time::Duration;

use uuid::Uuid;

/// The lease: within it a change holds everywhere, whatever became of a node that had the right to answer from memory.
pub const LEASE: Duration = Duration::from_millis(900);
/// How much of it a node uses, from the moment at which it began to renew.
pub const USED_FOR: Duration = Duration::from_millis(800);
/// How long others wait for a silent node, from its last renewal. What is more than [`USED_FOR`] is for clocks that run
/// apart: 5 % within a second is a hundred times what quartz does. What is left of [`LEASE`] is for writing things down.
pub const WAITED_FOR: Duration = Duration::from_millis(840);
/// How often a node renews: thrice within its use, so that one lost renewal costs nothing.
pub(super) const RENEWED_EVERY: Duration = Duration::from_millis(250);

/// A node's right, by its own clock since boot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    /// Under this name.
    pub(super) node: Uuid,
    /// When the renewal that gave it began: before the store could see it.
    pub(super) begun: Duration,
}

impl Lease {
    pub(super) fn holds(&self, since_boot: Duration) -> bool {
        since_boot.saturating_sub(self.begun) < USED_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_ends_before_anybody_stops_waiting_for_it() {
        let begun = Duration::from_secs(100);
        let lease = Lease { node: Uuid::nil(), begun };
        assert!(lease.holds(begun) && lease.holds(begun + RENEWED_EVERY * 3));
        assert!(!lease.holds(begun + USED_FOR));
        // A clock that is slow by five in a hundred still ends its lease first.
        assert!(USED_FOR.as_secs_f64() * 1.05 < WAITED_FOR.as_secs_f64() + 1e-9);
        assert!(WAITED_FOR < LEASE);
    }
}
