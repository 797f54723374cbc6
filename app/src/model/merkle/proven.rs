//! An event's place in the log, with everything that proves it to somebody who only has the public key.

use serde::{Deserialize, Serialize};

use super::{
    checkpoint::{Checkpoint, NotSigned},
    hash::Hash,
    key::PublicKey,
    leaf::{Salt, event_leaf},
    proof::{DoesNotFollow, verify_inclusion},
};

/// Where an event stands in the log, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// Its leaf: 0 for the log's first.
    pub index: u64,
    /// The leaf's salt.
    pub salt: Salt,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub proof: Vec<Hash>,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
}

/// Why a proof does not prove.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] NotSigned),
    /// The way from the leaf to the root.
    #[error(
        "the event is not in the log that the checkpoint speaks of: it, its salt, its place or its proof was changed"
    )]
    NotInTheLog,
}

impl Inclusion {
    /// Whether the event of this chain hash is in the log of this name, and the checkpoint that says so.
    ///
    /// # Errors
    /// [`NotProven`].
    pub fn check(&self, chain_hash: [u8; 32], origin: &str, keys: &[PublicKey]) -> Result<Checkpoint, NotProven> {
        let (checkpoint, _) = Checkpoint::signed(&self.checkpoint, origin, keys)?;
        let leaf = event_leaf(self.salt, chain_hash);
        verify_inclusion(self.index, checkpoint.size, leaf, &self.proof, checkpoint.root)
            .map_err(|DoesNotFollow| NotProven::NotInTheLog)?;
        Ok(checkpoint)
    }
}
