//! The ledger: leaves and their places, tiles, checkpoints, and the keys that sign them.

use app::model::{
    Timestamp,
    gstin::Gstin,
    merkle::{Hash, Salt, Tile},
};
use async_trait::async_trait;

use super::StoreError;

/// A leaf that is written with its event; its place in the tree is given later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedLeaf {
    /// Where it waits: only its store knows what the number means.
    pub position: i64,
    /// Whose event.
    pub gstin: Gstin,
    /// The event's place in the taxpayer's chain.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// The chain's hash.
    pub hash: [u8; 32],
    /// The leaf's salt.
    pub salt: Salt,
}

/// An event's place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafRow {
    /// Whose event.
    pub gstin: Gstin,
    /// The event's place in the taxpayer's chain.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// 0 for the tree's first leaf.
    pub index: u64,
    /// The leaf's salt.
    pub salt: Salt,
}

/// How far the tree has grown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerState {
    /// The name under which it is signed; none before a server first ran on it.
    pub origin: Option<String>,
    /// Leaves.
    pub size: u64,
    /// When it last grew.
    pub grown_at: Option<Timestamp>,
}

/// A root that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// Leaves under the root.
    pub size: u64,
    /// When.
    pub signed_at: Timestamp,
    /// The signed note.
    pub note: String,
}

/// A signing key as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSigningKey {
    /// 1 for the first.
    pub number: u32,
    /// The public half.
    pub public_key: [u8; 32],
    /// The private half, sealed.
    pub seed_sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The signature of the key before; the first one has none.
    pub vouched_for: Option<[u8; 64]>,
}

/// Reads of the ledger.
#[async_trait]
pub trait ReadLedger: Send {
    /// How far it has grown.
    async fn ledger(&mut self) -> Result<LedgerState, StoreError>;

    /// The checkpoint of the largest tree, the last one signed.
    async fn newest_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError>;

    /// The checkpoints after one (by size, then by moment), at most so many.
    async fn checkpoints_after(
        &mut self,
        after: Option<(u64, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<StoredCheckpoint>, StoreError>;

    /// The tiles of a level from one on that there are, in order, at most so many; of each its number and its hashes.
    async fn ledger_tiles(&mut self, level: u8, from: u64, limit: u32) -> Result<Vec<(u64, Vec<Hash>)>, StoreError>;

    /// An event's place; none where it has not got one yet, or there is no such event.
    async fn leaf(&mut self, gstin: Gstin, seq: i64) -> Result<Option<LeafRow>, StoreError>;

    /// The places from one (included) to another (not included), in order. They are as many as the span is long, unless
    /// somebody meddled: at most twice as many are read.
    async fn leaves_between(&mut self, from: u64, to: u64) -> Result<Vec<LeafRow>, StoreError>;

    /// The leaves that may be given their places now, in the order in which they shall get them, at most so many: none can
    /// come any more that would have to stand before one of them.
    async fn owed_leaves(&mut self, limit: u32) -> Result<Vec<OwedLeaf>, StoreError>;

    /// The signing keys, the first one first.
    async fn signing_keys(&mut self) -> Result<Vec<StoredSigningKey>, StoreError>;
}

/// Writes of the ledger.
#[async_trait]
pub trait WriteLedger: Send {
    /// Holds the ledger, so that nobody else makes it grow, until the unit of work ends; none where somebody else has it.
    async fn hold_ledger(&mut self) -> Result<Option<LedgerState>, StoreError>;

    /// Names it, once and for all.
    async fn name_ledger(&mut self, origin: &str) -> Result<(), StoreError>;

    /// Owes a leaf to an event that was written without one; where it waits is the store's to say.
    async fn owe_leaf(&mut self, leaf: &OwedLeaf) -> Result<(), StoreError>;

    /// Gives owed leaves their places, side by side from this index on; then they are owed no more.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of them is not owed any more.
    async fn place_leaves(&mut self, from: u64, leaves: &[OwedLeaf]) -> Result<(), StoreError>;

    /// Adds tiles, and what is new at the end of those that are there.
    async fn put_ledger_tiles(&mut self, tiles: &[Tile]) -> Result<(), StoreError>;

    /// Makes it this large.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it has another size than before.
    async fn grow_ledger(&mut self, before: u64, after: u64, at: Timestamp) -> Result<(), StoreError>;

    /// Adds a checkpoint.
    async fn add_checkpoint(&mut self, checkpoint: &StoredCheckpoint) -> Result<(), StoreError>;

    /// Adds a signing key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where there is one of this number.
    async fn add_signing_key(&mut self, key: &StoredSigningKey) -> Result<(), StoreError>;
}
