//! One look: what the log says of itself now, against what is remembered of it.

use std::fmt;

use app::model::merkle::{
    Checkpoint, Edge, Hash, NoEdge, NotSigned, NotVouchedFor, Note, PublicKey, consistency_subtrees, tiles_of,
    verify_consistency,
};

use super::{
    Memory,
    source::{CannotRead, Source},
};

/// What was seen where nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The log, for the first time: it is believed.
    First(Memory),
    /// The log as it was.
    Same(Memory),
    /// The log, with more leaves after those that were there before.
    Grown {
        /// Leaves before.
        before: u64,
        /// How it is now.
        now: Memory,
    },
}

impl Seen {
    /// What to remember.
    pub fn memory(&self) -> &Memory {
        match self {
            Self::First(memory) | Self::Same(memory) | Self::Grown { now: memory, .. } => memory,
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Memory { origin, size, root, key, .. } = self.memory();
        write!(f, "{origin}: {size} leaves, root {root}, signed by key {}", key.id())?;
        match self {
            Self::First(_) => write!(f, "; seen for the first time, and believed"),
            Self::Same(_) => write!(f, "; as before"),
            Self::Grown { before, .. } => write!(f, "; the {before} leaves from before are in it unchanged"),
        }
    }
}

/// What must not be: keep the state file, it holds the proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// What it shows is not signed as it must be.
    #[error("What the log shows is not signed as it must be: {0}.")]
    NotSigned(NotSigned),
    /// Signed by a key that has nothing to do with the one that is trusted.
    #[error("The log is signed by a key that the trusted key {trusted} does not vouch for.")]
    UnknownKey {
        /// The trusted one.
        trusted: PublicKey,
    },
    /// A key in the list of keys that the one before does not vouch for.
    #[error("The log publishes a key that it cannot vouch for: {0}.")]
    NotVouchedFor(NotVouchedFor),
    /// Two logs in one.
    #[error("Fork: of {size} leaves the log once said that their root is {before}, and now says that it is {now}.")]
    Fork {
        /// Leaves.
        size: u64,
        /// What it said.
        before: Hash,
        /// What it says.
        now: Hash,
    },
    /// Fewer leaves than before.
    #[error("Leaves were taken away: the log had {before} and now has {now}.")]
    CutBack {
        /// As it was.
        before: u64,
        /// As it is.
        now: u64,
    },
    /// The leaves from before are not in it as they were.
    #[error(
        "History was rewritten: the {before} leaves that the log had are not the first ones of the {now} that it has now."
    )]
    Rewritten {
        /// As it was.
        before: u64,
        /// As it is.
        now: u64,
    },
    /// The tiles are not what was signed.
    #[error("The log's tiles are not what it signed: {now} leaves do not have the root of the checkpoint.")]
    NotWhatWasSigned {
        /// Leaves.
        now: u64,
    },
}

/// Why a look did not end well.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The log could not be read; it says nothing about it.
    #[error(transparent)]
    CannotRead(#[from] CannotRead),
    /// Something is wrong with the log.
    #[error(transparent)]
    Alarm(#[from] Alarm),
}

/// Looks at a log that is remembered so, or that was never seen; `trusted` is a key to begin with, given from elsewhere.
///
/// # Errors
/// [`LookError::Alarm`] where the log is not the one that is remembered, only longer.
pub async fn look(source: &Source, remembered: Option<&Memory>, trusted: Option<PublicKey>) -> Result<Seen, LookError> {
    let note = source.checkpoint().await?;
    let (checkpoint, key) = match remembered {
        Some(before) => signed(source, &note, &before.origin, before.key).await?,
        None => first(source, &note, trusted).await?,
    };
    let Checkpoint { origin, size, root } = checkpoint;
    let now = Memory { origin, size, root, key, checkpoint: note };
    let Some(before) = remembered else {
        whole(source, &now).await?;
        return Ok(Seen::First(now));
    };
    if size < before.size {
        return Err(Alarm::CutBack { before: before.size, now: size }.into());
    }
    if size == before.size {
        let same = root == before.root;
        return if same {
            Ok(Seen::Same(now))
        } else {
            Err(Alarm::Fork { size, before: before.root, now: root }.into())
        };
    }
    whole(source, &now).await?;
    let subtrees = consistency_subtrees(before.size, size).unwrap_or_default();
    let tiles = source.tiles(&tiles_of(&subtrees, size)).await?;
    let proof: Option<Vec<_>> = subtrees.iter().map(|subtree| tiles.hash(*subtree)).collect();
    let grown = proof.is_some_and(|proof| verify_consistency((before.size, before.root), (size, root), &proof).is_ok());
    if grown {
        Ok(Seen::Grown { before: before.size, now })
    } else {
        Err(Alarm::Rewritten { before: before.size, now: size }.into())
    }
}

/// The tiles at the edge make the root that was signed.
async fn whole(source: &Source, now: &Memory) -> Result<(), LookError> {
    let tiles = source.tiles(&Edge::places(now.size).into_iter().collect()).await?;
    match Edge::from_tiles(now.size, &tiles) {
        Ok(edge) if edge.root() == now.root => Ok(()),
        Ok(_) | Err(NoEdge { .. }) => Err(Alarm::NotWhatWasSigned { now: now.size }.into()),
    }
}

/// A checkpoint by the key that is trusted, or by one that it vouches for.
async fn signed(
    source: &Source,
    note: &str,
    origin: &str,
    trusted: PublicKey,
) -> Result<(Checkpoint, PublicKey), LookError> {
    match Checkpoint::signed(note, origin, &[trusted]) {
        Ok(signed) => Ok(signed),
        Err(NotSigned::UnknownKey) => {
            let keys = source.keys().await?.trusted_through(trusted).map_err(Alarm::NotVouchedFor)?;
            match Checkpoint::signed(note, origin, &keys) {
                Ok(signed) => Ok(signed),
                Err(NotSigned::UnknownKey) => Err(Alarm::UnknownKey { trusted }.into()),
                Err(error) => Err(Alarm::NotSigned(error).into()),
            }
        }
        Err(error) => Err(Alarm::NotSigned(error).into()),
    }
}

/// A checkpoint of a log that was never seen: by the key that was given, or by one that the log itself names.
async fn first(source: &Source, note: &str, trusted: Option<PublicKey>) -> Result<(Checkpoint, PublicKey), LookError> {
    let origin = Note::parse(note).and_then(|note| Checkpoint::unsigned(&note));
    let origin = origin.map_err(|error| Alarm::NotSigned(error.into()))?.origin;
    if let Some(trusted) = trusted {
        return signed(source, note, &origin, trusted).await;
    }
    let keys = source.keys().await?.keys;
    let keys: Vec<_> = keys.iter().map(|key| key.public_key).collect();
    Ok(Checkpoint::signed(note, &origin, &keys).map_err(Alarm::NotSigned)?)
}
