//! How the log grows: every second one node takes the leaves that are owed, gives them their places, extends the tiles and
//! signs the new root, all in one transaction. Whoever writes an event never waits for it.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use app::model::{
    Timestamp,
    merkle::{Checkpoint, Edge, Tiles, event_leaf},
};
use jiff::SignedDuration;
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{
    chain::salt,
    log::{Ledger, LedgerError, read_checkpoint, read_tile},
};
use crate::store::{
    Reading, StoreError,
    port::{ChainLink, LedgerState, OwedLeaf, StoredCheckpoint},
};

/// How often a node looks whether leaves are owed.
const PACE: Duration = Duration::from_secs(1);
/// Where another node has just made it grow, this one need not.
const RECENTLY: SignedDuration = SignedDuration::from_millis(500);
/// Leaves that get their places in one transaction.
const BATCH_MAX: u32 = 1024;
/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grown {
    /// Leaves that got their places.
    pub leaves: u64,
    /// Whether more are owed, as far as one round looks.
    pub more: bool,
}

const NOTHING: Grown = Grown { leaves: 0, more: false };

impl Ledger {
    /// Makes the log grow at its pace until it is told to stop.
    pub async fn keep_growing(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let pause = match self.catch_up(&stop).await {
                // Another node was faster.
                Ok(()) | Err(LedgerError::Store(StoreError::Conflict)) => PACE,
                Err(error) => {
                    tracing::error!(%error, "the ledger does not grow");
                    PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = time::sleep(pause) => {}
            }
        }
    }

    async fn catch_up(&self, stop: &CancellationToken) -> Result<(), LedgerError> {
        if self.is_due().await? {
            while self.grow().await?.more && !stop.is_cancelled() {}
        }
        Ok(())
    }

    /// Whether there is something to do, and nobody has just done it: looking costs no lock.
    async fn is_due(&self) -> Result<bool, LedgerError> {
        let mut work = self.store.read().await?;
        let LedgerState { size, grown_at, .. } = work.ledger().await?;
        if grown_at.is_some_and(|grown_at| self.grew_elsewhere_recently(grown_at)) {
            return Ok(false);
        }
        self.read_new_keys(&mut *work).await?;
        let signed = work.newest_checkpoint().await?;
        Ok(!self.is_signed(size, signed.as_ref()) || !work.owed_leaves(1).await?.is_empty())
    }

    fn grew_elsewhere_recently(&self, grown_at: Timestamp) -> bool {
        let ago = self.clock.now().duration_since(grown_at);
        grown_at.as_microsecond() != self.grew_here_at.load(Ordering::Relaxed)
            && (SignedDuration::ZERO..RECENTLY).contains(&ago)
    }

    /// One round, unless another node is at it: gives owed leaves their places, and signs what the tree has become.
    ///
    /// # Errors
    /// [`LedgerError`]; then nothing changed.
    pub async fn grow(&self) -> Result<Grown, LedgerError> {
        let mut work = self.store.write().await?;
        let Some(LedgerState { size, .. }) = work.hold_ledger().await? else { return Ok(NOTHING) };
        let now = self.clock.now();
        let owed = work.owed_leaves(BATCH_MAX).await?;
        let more = owed.len() >= BATCH_MAX as usize;
        let owed = self.placeable(&mut *work, owed).await?;
        let signed = work.newest_checkpoint().await?;
        self.read_new_keys(&mut *work).await?;
        if owed.is_empty() && self.is_signed(size, signed.as_ref()) {
            return Ok(NOTHING);
        }
        let mut edge = self.edge(&mut *work, size, signed.as_ref()).await?;
        let mut tiles = Vec::new();
        for owed in &owed {
            edge.push(event_leaf(owed.salt, owed.hash), &mut tiles);
        }
        if !owed.is_empty() {
            tiles.extend(edge.tiles());
            if let Err(error) = work.place_leaves(size, &owed).await {
                self.doubts.store(true, Ordering::Relaxed);
                return Err(error.into());
            }
            work.put_ledger_tiles(&tiles).await?;
            work.grow_ledger(size, edge.size(), now).await?;
        }
        work.add_checkpoint(&self.sign(&edge, signed.as_ref(), now)).await?;
        work.commit().await?;
        self.grew_here_at.store(now.as_microsecond(), Ordering::Relaxed);
        Ok(Grown { leaves: owed.len() as u64, more })
    }

    /// Those that can be given a place: made by the server, and without a place until now. Nobody is owed twice, unless
    /// somebody meddled; so that is looked for only after a round that could not be written.
    async fn placeable(&self, work: &mut dyn Reading, owed: Vec<OwedLeaf>) -> Result<Vec<OwedLeaf>, StoreError> {
        let doubts = self.doubts.swap(false, Ordering::Relaxed);
        let (mut seen, mut placeable) = (HashSet::new(), Vec::with_capacity(owed.len()));
        for owed in owed {
            let twice =
                !seen.insert((owed.gstin, owed.seq)) || doubts && work.leaf(owed.gstin, owed.seq).await?.is_some();
            if twice {
                tracing::error!(gstin = %owed.gstin, seq = owed.seq, "a leaf is owed twice, and gets no second place");
            } else if self.made_here(&owed) {
                placeable.push(owed);
            }
        }
        Ok(placeable)
    }

    /// Whether the server itself owed this leaf. Who writes to the database alone cannot know the salt.
    fn made_here(&self, owed: &OwedLeaf) -> bool {
        let made = salt(&self.vault, owed.gstin, ChainLink { seq: owed.seq, hash: owed.hash }) == owed.salt;
        if !made {
            tracing::error!(gstin = %owed.gstin, seq = owed.seq, "a leaf was not made by this server, and gets no place");
        }
        made
    }

    /// A key that was made elsewhere signs from the next checkpoint on.
    async fn read_new_keys(&self, work: &mut dyn Reading) -> Result<(), LedgerError> {
        let newest = work.signing_keys().await?.last().map(|key| key.number);
        if newest != Some(self.keys.newest().0) {
            self.keys.reload().await?;
        }
        Ok(())
    }

    /// Whether the tree of this size is signed with the newest key.
    fn is_signed(&self, size: u64, signed: Option<&StoredCheckpoint>) -> bool {
        let signed = signed.filter(|signed| signed.size == size);
        signed.is_some_and(|signed| Checkpoint::signed(&signed.note, &self.origin, &[self.keys.newest().1]).is_ok())
    }

    /// The tree's right edge, which must still be what was signed last: nobody gets a signature for another history.
    async fn edge(
        &self,
        work: &mut dyn Reading,
        size: u64,
        signed: Option<&StoredCheckpoint>,
    ) -> Result<Edge, LedgerError> {
        if let Some(signed) = signed
            && edge_at(work, signed.size).await?.root() != read_checkpoint(signed)?.root
        {
            return Err(LedgerError::NotWhatWasSigned(signed.size));
        }
        edge_at(work, size).await
    }

    fn sign(&self, edge: &Edge, before: Option<&StoredCheckpoint>, now: Timestamp) -> StoredCheckpoint {
        let checkpoint = Checkpoint { origin: self.origin.clone(), size: edge.size(), root: edge.root() };
        let (key, signature) = self.keys.sign_note(&checkpoint.text());
        // The same tree is signed again after a rotation: never at the same moment, whatever the clock says.
        let again = before.filter(|before| before.size == edge.size());
        let after = again.map(|before| before.signed_at + SignedDuration::from_micros(1));
        StoredCheckpoint {
            size: edge.size(),
            signed_at: after.map_or(now, |after| after.max(now)),
            note: checkpoint.note(&key, &signature),
        }
    }
}

async fn edge_at(work: &mut dyn Reading, size: u64) -> Result<Edge, LedgerError> {
    let mut tiles = Tiles::default();
    for place in Edge::places(size) {
        if let Some(hashes) = read_tile(work, place.level, place.number).await? {
            tiles.put(place.level, place.number, hashes);
        }
    }
    Ok(Edge::from_tiles(size, &tiles)?)
}
