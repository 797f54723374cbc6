//! Who still has to acknowledge which change.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use tokio::sync::oneshot;
use uuid::Uuid;

/// The changes of this node that wait for others.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<Uuid, Wait>>);

#[derive(Debug)]
struct Wait {
    missing: HashSet<Uuid>,
    all: Option<oneshot::Sender<()>>,
}

/// One change's wait; dropped, nobody waits any more.
pub(super) struct Awaited<'w> {
    change: Uuid,
    all: oneshot::Receiver<()>,
    waiting: &'w Waiting,
}

impl Waiting {
    /// Begins to wait for nodes, before they are asked.
    pub(super) fn on(&self, change: Uuid, nodes: impl IntoIterator<Item = Uuid>) -> Awaited<'_> {
        let (sender, all) = oneshot::channel();
        let wait = Wait { missing: nodes.into_iter().collect(), all: Some(sender) };
        self.lock().insert(change, wait);
        Awaited { change, all, waiting: self }
    }

    /// A node has acknowledged.
    pub(super) fn done(&self, change: Uuid, node: Uuid) {
        if let Some(wait) = self.lock().get_mut(&change) {
            wait.missing.remove(&node);
            if wait.missing.is_empty()
                && let Some(all) = wait.all.take()
            {
                // Whoever waited may have given up.
                let _ = all.send(());
            }
        }
    }

    /// Whether this node announced a change itself.
    pub(super) fn is_own(&self, change: Uuid) -> bool {
        self.lock().contains_key(&change)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Wait>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Awaited<'_> {
    /// Until all have acknowledged.
    pub(super) async fn all(&mut self) {
        // The sender lives in the map as long as this does.
        let _ = (&mut self.all).await;
    }

    /// Who has not.
    pub(super) fn missing(&self) -> HashSet<Uuid> {
        self.waiting.lock().get(&self.change).map(|wait| wait.missing.clone()).unwrap_or_default()
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        self.waiting.lock().remove(&self.change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_the_last_acknowledgement_and_knows_who_is_missing() {
        let waiting = Waiting::default();
        let [change, a, b] = [1, 2, 3].map(Uuid::from_u128);
        let mut awaited = waiting.on(change, [a, b]);
        waiting.done(change, a);
        waiting.done(change, a);
        waiting.done(Uuid::from_u128(9), b);
        assert_eq!(awaited.missing(), HashSet::from([b]));
        waiting.done(change, b);
        awaited.all().await;
        assert!(awaited.missing().is_empty());
        drop(awaited);
        assert!(waiting.lock().is_empty());
    }
}
