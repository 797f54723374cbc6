//! How long the others have been silent, by this node's own clock since boot.
//!
//! No wall clock says it, not even the database's: set forward, or another one after a fail-over, it would end a lease
//! before its time. A node that has renewed *n* times began to do so before anybody could see that number, so that
//! its lease is over at the latest one term after it was first seen.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use super::WAITED_FOR;
use crate::store::port::Node;

/// What was seen of the others, and when first.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<HashMap<Uuid, (i64, Duration)>>);

impl Silence {
    /// Notes every node that there is, read before this moment.
    pub(super) fn seen(&self, nodes: &[Node], since_boot: Duration) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *seen);
        for node in nodes {
            let first = before.remove(&node.id).filter(|(renewals, _)| *renewals == node.renewals);
            seen.insert(node.id, first.unwrap_or((node.renewals, since_boot)));
        }
    }

    /// How long until the lease of a node is over, if it does not renew again and nothing of it is under way.
    pub(super) fn left(&self, node: &Node, since_boot: Duration) -> Duration {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = seen.get(&node.id).filter(|(renewals, _)| *renewals == node.renewals);
        let silent = first.map_or(Duration::ZERO, |(_, first)| since_boot.saturating_sub(*first));
        WAITED_FOR.saturating_sub(silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_node_is_waited_for_from_when_its_last_renewal_was_first_seen() {
        let silence = Silence::default();
        let node = |renewals| Node { id: Uuid::from_u128(1), renewals };
        let at = Duration::from_millis;
        assert_eq!(silence.left(&node(1), at(5_000)), WAITED_FOR, "never seen");
        silence.seen(&[node(1)], at(5_000));
        silence.seen(&[node(1)], at(5_250));
        assert_eq!(silence.left(&node(1), at(5_300)), WAITED_FOR.saturating_sub(at(300)));
        assert_eq!(silence.left(&node(1), at(9_000)), Duration::ZERO);
        assert_eq!(silence.left(&node(2), at(5_300)), WAITED_FOR, "it has renewed since");
        silence.seen(&[node(2)], at(5_400));
        assert_eq!(silence.left(&node(2), at(5_500)), WAITED_FOR.saturating_sub(at(100)));
        silence.seen(&[], at(5_600));
        assert_eq!(silence.left(&node(2), at(5_700)), WAITED_FOR, "it was retired, and is forgotten");
    }
}
