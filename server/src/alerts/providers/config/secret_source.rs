//! Where a secret is read from. It never stands in the file itself, which may lie in a repository.

use std::path::PathBuf;

use serde::Deserialize;

use crate::alerts::secret::Secret;

/// `{"file": "/run/secrets/relay"}` or `{"env": "RELAY_PASSWORD"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SecretSource {
    /// The content of a file, without the end of its line.
    File(PathBuf),
    /// A variable of the environment.
    Env(String),
}

impl SecretSource {
    /// Reads it.
    ///
    /// # Errors
    /// Why it cannot be read, without anything of it.
    pub(super) fn read(&self) -> Result<Secret, String> {
        let text = match self {
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?
            }
            Self::Env(name) => {
                std::env::var(name).map_err(|_| format!("the environment has no readable variable {name}"))?
            }
        };
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err("its secret is empty".into()),
            secret => Ok(Secret::new(secret)),
        }
    }
}
