//! Makes a committed change hold everywhere: asks every node to forget, waits for each, or for its lease to end.

use app::model::{Timestamp, gstin::Gstin};
use futures::future;
use tokio::time;

use super::{Nodes, Protection, WAITED_FOR};
use crate::{
    metrics::metrics,
    store::{
        StoreError,
        port::{Change, Node, Signal},
    },
};

impl Nodes {
    /// A change to be recorded in the unit of work that makes it.
    pub fn change(&self, whom: Option<Gstin>, at: Timestamp) -> Change {
        Change { id: self.chance.id(at), gstin: whom }
    }

    /// Waits until no node answers from what it knew before a change that is committed. From the moment that this
    /// returns, the change holds everywhere. It takes no longer than [`WAITED_FOR`], and cannot fail: where nobody
    /// answers, not even the store, the leases end by themselves.
    pub async fn make_effective(&self, change: Change) -> Timestamp {
        let began = self.clock.since_boot();
        self.memory.forget(change.gstin);
        let asked = async {
            let others = match self.others().await {
                Ok(others) => others,
                Err(error) => {
                    tracing::warn!(%error, "it is not known who answers from memory: every lease is waited out");
                    if self.protection == Protection::On {
                        time::sleep(WAITED_FOR).await;
                    }
                    return;
                }
            };
            if !others.is_empty() {
                self.wait_for(change, &others).await;
            }
        };
        let ((), settled) = future::join(asked, self.memory.settle()).await;
        if let Err(error) = settled {
            tracing::warn!(%error, "calls counted before a change could not be written yet");
        }
        metrics().effective_after(self.clock.since_boot().saturating_sub(began));
        self.clock.now()
    }

    async fn wait_for(&self, change: Change, others: &[Node]) {
        let mut awaited = self.waiting.on(change.id, others.iter().map(|node| node.id));
        let asked = async {
            self.tell(&[Signal::Changed(change)]).await;
            awaited.all().await;
        };
        if self.protection == Protection::Off {
            return self.tell(&[Signal::Changed(change)]).await;
        }
        if time::timeout(WAITED_FOR, asked).await.is_ok() {
            return;
        }
        let missing = awaited.missing();
        for silent in others.iter().filter(|node| missing.contains(&node.id)) {
            match self.retire(*silent).await {
                Ok(true) => tracing::warn!(node = %silent.id, "a node is silent and was retired"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, node = %silent.id, "a silent node could not be retired"),
            }
        }
    }

    /// Every node but this one. A node that registers after this was read has loaded nothing before the change.
    async fn others(&self) -> Result<Vec<Node>, StoreError> {
        let mut nodes = self.store.read().await?.nodes().await?;
        let own = self.id();
        nodes.retain(|node| Some(node.id) != own);
        Ok(nodes)
    }

    /// Takes a node off the list, unless it has renewed since it was seen.
    async fn retire(&self, seen: Node) -> Result<bool, StoreError> {
        let mut work = self.store.write().await?;
        let retired = work.retire_node(seen, self.clock.now()).await?;
        work.commit().await?;
        Ok(retired)
    }
}
