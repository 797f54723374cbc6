//! What a witness remembers, in a file: replaced as a whole, so that a crash leaves the one before or the new one.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use app::model::merkle::{Hash, PublicKey};
use serde::{Deserialize, Serialize};

/// The log as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Its name.
    pub origin: String,
    /// Its leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// The key that signed that.
    pub key: PublicKey,
    /// The signed checkpoint: with it, anybody can be shown that the log was so.
    pub checkpoint: String,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadMemory {
    /// It cannot be read or written.
    #[error("the state file cannot be read or written")]
    File(#[from] io::Error),
    /// It is no state file.
    #[error("the state file is not what a witness wrote")]
    Unreadable(#[from] serde_json::Error),
}

impl Memory {
    /// Reads it; none where there is no such file yet.
    ///
    /// # Errors
    /// [`BadMemory`].
    pub fn read(file: &Path) -> Result<Option<Self>, BadMemory> {
        match fs::read(file) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`BadMemory`]; then the file is as it was.
    pub fn write(&self, file: &Path) -> Result<(), BadMemory> {
        let unfinished = file.with_added_extension("unfinished");
        let mut new = File::create(&unfinished)?;
        new.write_all(&serde_json::to_vec_pretty(self)?)?;
        new.sync_all()?;
        Ok(fs::rename(&unfinished, file)?)
    }
}
