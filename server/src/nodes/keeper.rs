//! Keeps this node's right: registers, renews, forgets what others changed, and says so.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::{sync::mpsc, task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Nodes,
    lease::{Lease, RENEWED_EVERY},
};
use crate::store::{
    StoreError,
    port::{Change, Node, Position, Signal},
};

/// Changes that one renewal reads; where there are more, everything is forgotten.
const CHANGES_MAX: u32 = 10_000;
/// How long changes are kept for nodes that renew late; later than that, a node has long lost its right.
const KEPT: SignedDuration = SignedDuration::from_mins(10);
/// How often old changes are taken away, counted in renewals.
const CLEARED_EVERY: i64 = 200;
/// Changes from the line that wait to be acknowledged together.
const BATCH_MAX: usize = 256;
/// The pause before a broken line is asked for again.
const PAUSE: Duration = Duration::from_millis(200);

impl Nodes {
    /// Keeps the right until told to stop, then gives it back, so that nobody waits for this node.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let (changes, heard) = mpsc::channel(BATCH_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().listen(changes, stop.clone()));
        tasks.spawn(self.clone().acknowledge(heard));
        stop.run_until_cancelled(self.renew_for_ever()).await;
        self.give_back().await;
        while tasks.join_next().await.is_some() {}
    }

    async fn renew_for_ever(&self) {
        let mut every = time::interval(RENEWED_EVERY);
        every.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut standing: Option<(Node, Position, HashSet<Uuid>)> = None;
        loop {
            every.tick().await;
            standing = match standing.take() {
                None => self.register().await,
                Some((node, position, seen)) => match self.renew(node, position, &seen).await {
                    Ok(renewed) => renewed,
                    Err(error) => {
                        tracing::warn!(%error, "the right to answer from memory could not be renewed");
                        Some((node, position, seen))
                    }
                },
            };
        }
    }

    async fn register(&self) -> Option<(Node, Position, HashSet<Uuid>)> {
        self.memory.forget(None);
        let (begun, at) = (self.clock.since_boot(), self.clock.now());
        let node = Node { id: self.chance.id(at), renewals: 0 };
        let registered = async {
            let mut work = self.store.write().await?;
            let position = work.register_node(node.id, &self.name, at).await?;
            work.commit().await?;
            Ok::<_, StoreError>(position)
        };
        match registered.await {
            Ok(position) => {
                self.set_lease(Some(Lease { node: node.id, begun }));
                Some((node, position, HashSet::new()))
            }
            Err(error) => {
                tracing::warn!(%error, "this node could not register");
                None
            }
        }
    }

    /// One renewal. Everything committed before it is forgotten before the lease that it gives is used.
    async fn renew(
        &self,
        node: Node,
        since: Position,
        seen: &HashSet<Uuid>,
    ) -> Result<Option<(Node, Position, HashSet<Uuid>)>, StoreError> {
        let begun = self.clock.since_boot();
        let mut work = self.store.write().await?;
        let renewal = work.renew_node(node.id, since, CHANGES_MAX).await?;
        if node.renewals % CLEARED_EVERY == 0 {
            work.forget_changes(self.clock.now() - KEPT).await?;
        }
        work.commit().await?;
        let Some(renewal) = renewal else {
            tracing::warn!(node = %node.id, "this node was retired as silent; it registers again");
            self.set_lease(None);
            return Ok(None);
        };
        let fresh: Vec<Change> = renewal.changes.iter().filter(|change| !seen.contains(&change.id)).copied().collect();
        if renewal.too_many {
            self.memory.forget(None);
        }
        for change in &fresh {
            self.memory.forget(change.gstin);
        }
        self.set_lease(Some(Lease { node: node.id, begun }));
        self.confirm(node.id, &fresh).await;
        let seen = renewal.changes.iter().map(|change| change.id).collect();
        Ok(Some((Node { renewals: node.renewals + 1, ..node }, renewal.position, seen)))
    }

    /// Says that changes are forgotten, once what was counted before is written.
    async fn confirm(&self, node: Uuid, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        if let Err(error) = self.memory.settle().await {
            tracing::warn!(%error, "calls could not be written; a change is not confirmed");
            return;
        }
        let done: Vec<Signal> = changes.iter().map(|change| Signal::Done { change: change.id, node }).collect();
        self.tell(&done).await;
    }

    /// Reads the line: others' changes are forgotten at once, acknowledgements end waits.
    async fn listen(self: Arc<Self>, changes: mpsc::Sender<Change>, stop: CancellationToken) {
        let listening = async {
            loop {
                if let Err(error) = self.hear(&changes).await {
                    tracing::warn!(%error, "the line to the other nodes is broken");
                }
                time::sleep(PAUSE).await;
            }
        };
        stop.run_until_cancelled(listening).await;
    }

    async fn hear(&self, changes: &mpsc::Sender<Change>) -> Result<(), StoreError> {
        let mut line = self.store.signals().await?;
        self.listening.notify_one();
        loop {
            match line.next().await? {
                Signal::Done { change, node } => self.waiting.done(change, node),
                // What this node announced it forgot first of all.
                Signal::Changed(change) if self.waiting.is_own(change.id) => {}
                Signal::Changed(change) => {
                    self.memory.forget(change.gstin);
                    // Full: the renewal acknowledges it.
                    let _ = changes.try_send(change);
                }
            }
        }
    }

    /// Acknowledges what was heard, as many at once as there are.
    async fn acknowledge(self: Arc<Self>, mut heard: mpsc::Receiver<Change>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while heard.recv_many(&mut batch, BATCH_MAX).await > 0 {
            if let Some(node) = self.id() {
                self.confirm(node, &batch).await;
            }
            batch.clear();
        }
    }

    async fn give_back(&self) {
        let Some(node) = self.id() else { return };
        self.set_lease(None);
        let given = async {
            let mut work = self.store.write().await?;
            let nodes = work.nodes().await?;
            if let Some(own) = nodes.into_iter().find(|known| known.id == node) {
                work.retire_node(own, self.clock.now()).await?;
            }
            work.commit().await
        };
        if let Err(error) = given.await {
            tracing::warn!(%error, "this node could not take itself off the list; others wait its lease out once");
        }
    }
}
