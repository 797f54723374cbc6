//! The log over all taxpayers: what it is called, how far it has grown, and the proof that an event is in it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
};

use app::model::{
    gstin::Gstin,
    merkle::{Checkpoint, Hash, Inclusion, NoEdge, Note, TileId, Tiles, inclusion_subtrees, tiles_of},
};

use super::signing::{SigningError, SigningKeys};
use crate::{
    chance::Chance,
    clock::Clock,
    store::{Reading, Store, StoreError, port::StoredCheckpoint},
    vault::Vault,
};

/// Why the log does not grow, or cannot prove.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store's tiles are not those of a tree of the size that it says.
    #[error("the ledger's tiles were tampered with, nothing more is signed: {0}")]
    Edge(#[from] NoEdge),
    /// What was signed is not what the tiles make of it.
    #[error("the ledger is not what was signed at {0} leaves, nothing more is signed: it was tampered with")]
    NotWhatWasSigned(u64),
    /// A checkpoint that cannot be read.
    #[error("the checkpoint at {0} leaves was tampered with, nothing more is signed")]
    Checkpoint(u64),
}

/// The log over all taxpayers.
pub struct Ledger {
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: Arc<SigningKeys>,
    /// The name under which its checkpoints are signed.
    pub(super) origin: String,
    /// When this node last made it grow, in microseconds.
    pub(super) grew_here_at: AtomicI64,
    /// The last round could not be written: the next one looks twice at what it places.
    pub(super) doubts: AtomicBool,
}

impl Ledger {
    /// The log in a store. A store whose log has no name yet is given this one; otherwise it keeps the one that it has.
    ///
    /// # Errors
    /// [`LedgerError`] where its keys cannot be read.
    pub async fn open(
        store: Arc<dyn Store>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        origin: &str,
    ) -> Result<Self, LedgerError> {
        let origin = name(&*store, origin).await?;
        let keys = SigningKeys::open(store.clone(), vault.clone(), clock.clone(), chance, origin.clone()).await?;
        Ok(Self {
            store,
            vault,
            clock,
            keys: Arc::new(keys),
            origin,
            grew_here_at: AtomicI64::new(i64::MIN),
            doubts: AtomicBool::new(false),
        })
    }

    /// The keys that sign checkpoints and receipts.
    pub fn keys(&self) -> &Arc<SigningKeys> {
        &self.keys
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The proof that an event of a taxpayer is in the log; none where no checkpoint covers it yet (it does within a second
    /// or two of its commit) or there is no such event.
    ///
    /// # Errors
    /// [`LedgerError`] where the store fails, or its log was tampered with.
    pub async fn inclusion(
        &self,
        work: &mut dyn Reading,
        gstin: Gstin,
        seq: i64,
    ) -> Result<Option<Inclusion>, LedgerError> {
        let Some(leaf) = work.leaf(gstin, seq).await? else { return Ok(None) };
        let Some(checkpoint) = work.newest_checkpoint().await? else { return Ok(None) };
        let Some(subtrees) = inclusion_subtrees(leaf.index, checkpoint.size) else { return Ok(None) };
        let tiles = read_tiles(work, &tiles_of(&subtrees, checkpoint.size)).await?;
        let proof: Option<Vec<_>> = subtrees.iter().map(|subtree| tiles.hash(*subtree)).collect();
        let proof = proof.ok_or(LedgerError::NotWhatWasSigned(checkpoint.size))?;
        Ok(Some(Inclusion { index: leaf.index, salt: leaf.salt, proof, checkpoint: checkpoint.note }))
    }
}

/// What a log is called whose server is reached at this address: the address without its scheme, so that nobody takes it
/// for a page.
pub fn origin(public_url: &str) -> String {
    let place = public_url.split_once("://").map_or(public_url, |(_, place)| place);
    format!("{}/ledger", place.trim_end_matches('/'))
}

async fn name(store: &dyn Store, origin: &str) -> Result<String, StoreError> {
    if let Some(origin) = store.read().await?.ledger().await?.origin {
        return Ok(origin);
    }
    let mut work = store.write().await?;
    match work.name_ledger(origin).await {
        Ok(()) => work.commit().await?,
        // Another server that started at the same time was first.
        Err(StoreError::Conflict) => drop(work),
        Err(error) => return Err(error),
    }
    let origin = store.read().await?.ledger().await?.origin;
    origin.ok_or(StoreError::Unreadable("a ledger without a name".into()))
}

/// Tiles as far as they are there.
pub(super) async fn read_tiles(work: &mut dyn Reading, ids: &BTreeSet<TileId>) -> Result<Tiles, StoreError> {
    let mut tiles = Tiles::default();
    for id in ids {
        if let Some(hashes) = read_tile(work, id.level, id.number).await? {
            tiles.put(id.level, id.number, hashes);
        }
    }
    Ok(tiles)
}

/// All hashes of a tile that there are.
pub(super) async fn read_tile(work: &mut dyn Reading, level: u8, number: u64) -> Result<Option<Vec<Hash>>, StoreError> {
    let found = work.ledger_tiles(level, number, 1).await?.pop();
    Ok(found.filter(|(found, _)| *found == number).map(|(_, hashes)| hashes))
}

/// What a stored checkpoint says.
pub(super) fn read_checkpoint(stored: &StoredCheckpoint) -> Result<Checkpoint, LedgerError> {
    let checkpoint = Note::parse(&stored.note).and_then(|note| Checkpoint::unsigned(&note)).ok();
    checkpoint.filter(|checkpoint| checkpoint.size == stored.size).ok_or(LedgerError::Checkpoint(stored.size))
}
