//! Keeps this node's right: registers, renews, forgets what others changed, and says so.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::{sync::mpsc, task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Nodes, USED_FOR,
    lease::{Lease, RENEWED_EVERY},
};
use crate::store::{
    StoreError,
    port::{Change, Node, Position, Signal},
};

/// Changes that one renewal reads; where there are more, everything is forgotten.
const CHANGES_MAX: u32 = 10_000;
/// How long changes are kept after every node has read them, for who looks whether one was committed. By the wall clock,
/// which may be wrong: nobody rests on it.
const KEPT: SignedDuration = SignedDuration::from_mins(10);
/// How often old changes are taken away, counted in renewals.
const CLEARED_EVERY: i64 = 200;
/// Changes from the line that wait to be acknowledged together.
const BATCH_MAX: usize = 256;
/// The pause before a broken line is asked for again.
const PAUSE: Duration = Duration::from_millis(200);
/// Changes that wait to be acknowledged because calls cannot be written. What is beyond is waited out by others.
const UNCONFIRMED_MAX: usize = 10_000;

/// This node's place in the list, and how far it has read.
struct Standing {
    node: Node,
    position: Position,
    /// Read before, from that position on.
    seen: HashSet<Uuid>,
}

/// Why the right was not renewed.
#[derive(Debug, thiserror::Error)]
enum NotRenewed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the store does not answer")]
    Unanswered(#[from] time::error::Elapsed),
    /// Whoever cannot acknowledge must not be waited for as one who can.
    #[error("what was counted before a change cannot be written")]
    Unsettled,
}

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
        let mut standing: Option<Standing> = None;
        loop {
            every.tick().await;
            let renewed = match &standing {
                None => time::timeout(USED_FOR, self.register()).await.map(|done| done.map(Some)),
                Some(standing) => time::timeout(USED_FOR, self.renew(standing)).await,
            };
            match renewed.map_err(NotRenewed::from).and_then(|done| done) {
                Ok(renewed) => standing = renewed,
                Err(error) => tracing::warn!(%error, "the right to answer from memory could not be renewed"),
            }
        }
    }

    async fn register(&self) -> Result<Standing, NotRenewed> {
        self.memory.forget(None);
        self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // Nor may who cannot acknowledge come back to be waited for.
        self.memory.settle().await?;
        let (begun, at) = (self.clock.since_boot(), self.clock.now());
        let node = Node { id: self.chance.id(at), renewals: 0 };
        let mut work = self.store.keeper().await?;
        let position = work.register_node(node.id, &self.name, at).await?;
        work.commit().await?;
        self.set_lease(Some(Lease { node: node.id, begun }));
        Ok(Standing { node, position, seen: HashSet::new() })
    }

    /// One renewal; `None` where this node was retired. Everything committed before it is forgotten before the lease that
    /// it gives is used.
    async fn renew(&self, standing: &Standing) -> Result<Option<Standing>, NotRenewed> {
        let Standing { node, position, seen } = standing;
        if !self.confirm(node.id, &[]).await {
            return Err(NotRenewed::Unsettled);
        }
        let begun = self.clock.since_boot();
        let mut work = self.store.keeper().await?;
        let renewal = work.renew_node(node.id, *position, CHANGES_MAX).await?;
        if node.renewals % CLEARED_EVERY == 0 {
            work.forget_changes(self.clock.now() - KEPT).await?;
        }
        let nodes = work.nodes().await?;
        self.silence.seen(&nodes, self.clock.since_boot());
        work.commit().await?;
        let Some(renewal) = renewal else {
            tracing::warn!(node = %node.id, "this node was retired as silent; it registers again");
            self.set_lease(None);
            return Ok(None);
        };
        let fresh: Vec<Change> = renewal.changes.iter().filter(|change| !seen.contains(&change.id)).copied().collect();
        if renewal.forget_all {
            self.memory.forget(None);
        }
        for change in &fresh {
            self.memory.forget(change.gstin);
        }
        self.set_lease(Some(Lease { node: node.id, begun }));
        self.confirm(node.id, &fresh).await;
        let seen = renewal.changes.iter().map(|change| change.id).collect();
        Ok(Some(Standing { node: Node { renewals: node.renewals + 1, ..*node }, position: renewal.position, seen }))
    }

    /// Says that changes are forgotten, these and those before, once what was counted until now is written; whether it
    /// could say so.
    async fn confirm(&self, node: Uuid, changes: &[Change]) -> bool {
        let unconfirmed = || self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = {
            let mut waiting = unconfirmed();
            let room = UNCONFIRMED_MAX.saturating_sub(waiting.len());
            waiting.extend(changes.iter().take(room));
            waiting.clone()
        };
        if waiting.is_empty() {
            return true;
        }
        let settled = time::timeout(USED_FOR, self.memory.settle()).await;
        if !matches!(settled, Ok(Ok(()))) {
            tracing::warn!(?settled, "calls could not be written; a change is not confirmed");
            return false;
        }
        unconfirmed().retain(|change| !waiting.contains(change));
        let done: Vec<Signal> = waiting.iter().map(|change| Signal::Done { change: change.id, node }).collect();
        self.tell(&done).await;
        true
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
            let mut work = self.store.keeper().await?;
            let nodes = work.nodes().await?;
            if let Some(own) = nodes.into_iter().find(|known| known.id == node) {
                work.retire_node(own, self.clock.now()).await?;
            }
            work.commit().await
        };
        if let Err(error) = time::timeout(USED_FOR, given).await.map_err(NotRenewed::from).and_then(|done| Ok(done?)) {
            tracing::warn!(%error, "this node could not take itself off the list; others wait its lease out once");
        }
    }
}
