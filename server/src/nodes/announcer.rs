//! Makes a committed change hold everywhere: asks every node to forget, waits for each, or for its lease to end.

use std::{pin::pin, time::Duration};

use app::model::{Timestamp, gstin::Gstin};
use futures::future;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::{Nodes, Protection, WAITED_FOR};
use crate::{
    metrics::metrics,
    store::{
        Store, StoreError,
        port::{Change, NODES_MAX, Node, Signal},
    },
};

/// How long it is tried to take a silent node off the list after its lease is over. Whoever waits for the change waits
/// for this, too; it is for the next change, which need not wait for the same node again.
const RETIRED_WITHIN: Duration = Duration::from_millis(50);

/// From when a wait is measured.
#[expect(clippy::disallowed_methods, reason = "several waits have one end, and none of them decides anything by it")]
fn this_moment() -> Instant {
    Instant::now()
}

/// Makes a committed change hold everywhere for somebody who is no node and hears no acknowledgement: every lease is
/// waited out.
pub async fn wait_out(store: &dyn Store, change: Change) {
    let over = this_moment() + WAITED_FOR;
    if let Ok(Err(error)) = timeout_at(over, store.announce(&[Signal::Changed(change)])).await {
        tracing::warn!(%error, "a signal could not be sent; the others learn by renewing");
    }
    sleep_until(over).await;
}

impl Nodes {
    /// A change to be recorded in the unit of work that makes it.
    pub fn change(&self, whom: Option<Gstin>, at: Timestamp) -> Change {
        Change { id: self.chance.id(at), gstin: whom }
    }

    /// Waits until no node answers from what it knew before a change that is committed. From the moment that this
    /// returns, the change holds everywhere. It takes [`WAITED_FOR`] at the longest, and a moment to retire who was
    /// silent. It cannot fail: where nobody answers, not even the store, the leases end by themselves.
    pub async fn make_effective(&self, change: Change) -> Timestamp {
        let began = self.clock.since_boot();
        // Every lease that was begun before the change is over then: it was begun before now.
        let last = this_moment() + WAITED_FOR;
        self.memory.forget(change.gstin);
        let asked = async {
            match timeout_at(last, self.others()).await {
                Ok(Ok(others)) if others.is_empty() => {}
                Ok(Ok(others)) if others.len() + 1 < NODES_MAX => self.wait_for(change, &others, last).await,
                // The list may be full, and whoever is beyond it is neither known nor waited for. Whoever is on it and silent
                // is taken off all the same, for the next change.
                Ok(Ok(others)) => {
                    tracing::warn!(nodes = others.len(), "the list of nodes is full: every lease is waited out");
                    future::join(self.wait_for(change, &others, last), self.until_over(last)).await;
                }
                unknown => {
                    tracing::warn!(?unknown, "it is not known who answers from memory: every lease is waited out");
                    self.until_over(last).await;
                }
            }
        };
        let ((), settled) = future::join(asked, timeout_at(last, self.memory.settle())).await;
        if !matches!(settled, Ok(Ok(()))) {
            tracing::warn!(?settled, "calls counted before a change could not be written yet");
        }
        metrics().effective_after(self.clock.since_boot().saturating_sub(began));
        self.clock.now()
    }

    /// Waits until every lease is over that was begun before a change.
    async fn until_over(&self, last: Instant) {
        if self.protection == Protection::On {
            sleep_until(last).await;
        }
    }

    async fn wait_for(&self, change: Change, others: &[Node], last: Instant) {
        let mut awaited = self.waiting.on(change.id, others.iter().map(|node| node.id));
        if self.protection == Protection::Off {
            return self.tell(&[Signal::Changed(change)]).await;
        }
        let (now, since_boot) = (this_moment(), self.clock.since_boot());
        // When each of those who say nothing has lost its right.
        let over = |node: &Node| (now + self.silence.left(node, since_boot)).min(last);
        let mut silent: Vec<_> = others.iter().map(|node| (*node, over(node))).collect();
        let signals = [Signal::Changed(change)];
        let mut tell = pin!(self.tell(&signals));
        let mut told = false;
        loop {
            let missing = awaited.missing();
            silent.retain(|(node, _)| missing.contains(&node.id));
            let Some(next) = silent.iter().map(|(_, over)| *over).min().map(|over| over.min(last)) else { return };
            let all = async {
                if !told {
                    tell.as_mut().await;
                    told = true;
                }
                awaited.all().await;
            };
            if timeout_at(next, all).await.is_ok() {
                return;
            }
            for (node, over) in &mut silent {
                if *over > next {
                    continue;
                }
                // Whoever is retired has not renewed since it was seen, and does not: what it had is over.
                if let Ok(Ok(true)) = timeout(RETIRED_WITHIN, self.retire(*node)).await {
                    tracing::warn!(node = %node.id, "a node is silent and was retired");
                    self.waiting.done(change.id, node.id);
                    continue;
                }
                // It has renewed; it answers, or what it had before the change ends with the rest. What it has now outlasts
                // this wait, so that the next change must find it on the list.
                *over = this_moment() + WAITED_FOR;
            }
            if next >= last {
                return;
            }
        }
    }

    /// Every node but this one, of the first [`NODES_MAX`]. A node that registers after this was read has loaded nothing
    /// before the change.
    async fn others(&self) -> Result<Vec<Node>, StoreError> {
        let mut nodes = self.store.keeper().await?.nodes().await?;
        self.silence.seen(&nodes, self.clock.since_boot());
        let own = self.id();
        nodes.retain(|node| Some(node.id) != own);
        Ok(nodes)
    }

    /// Takes a node off the list, unless it has renewed since it was seen.
    async fn retire(&self, seen: Node) -> Result<bool, StoreError> {
        let mut work = self.store.keeper().await?;
        let retired = work.retire_node(seen, self.clock.now()).await?;
        work.commit().await?;
        Ok(retired)
    }
}
