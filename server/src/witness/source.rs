//! What a witness reads of a log, over HTTP: bounded in time and in bytes, and not believed.

use std::{collections::BTreeSet, time::Duration};

use app::model::merkle::{Hash, PublicKeys, TileId, Tiles};
use reqwest::{Client, redirect::Policy};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
const CHECKPOINT_BYTES_MAX: usize = 64 * 1024;
/// Some thousand keys.
const KEYS_BYTES_MAX: usize = 1024 * 1024;
const HASH_BYTES: usize = 32;

/// Why nothing was seen. It says nothing about the log.
#[derive(Debug, thiserror::Error)]
pub enum CannotRead {
    /// Nobody answers, or not with what was asked for.
    #[error("{0} cannot be read")]
    Http(String, #[source] reqwest::Error),
    /// The answer is longer than it may be, or no text.
    #[error("{0} answers something else than a log does")]
    Unexpected(String),
}

/// A log's public addresses.
#[derive(Debug, Clone)]
pub struct Source {
    http: Client,
    url: String,
}

impl Source {
    /// The log of the server at this address.
    ///
    /// # Errors
    /// [`CannotRead`] where no client can be made.
    pub fn new(url: &str) -> Result<Self, CannotRead> {
        let url = format!("{}/ledger", url.trim_end_matches('/'));
        let http = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        Ok(Self { http: http.map_err(|error| CannotRead::Http(url.clone(), error))?, url })
    }

    async fn get(&self, path: &str, bytes_max: usize) -> Result<Vec<u8>, CannotRead> {
        let url = format!("{}/{path}", self.url);
        let failed = |error| CannotRead::Http(url.clone(), error);
        let mut answer =
            self.http.get(&url).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > bytes_max {
                return Err(CannotRead::Unexpected(url));
            }
        }
        Ok(body)
    }

    /// The newest checkpoint, as a note.
    pub(super) async fn checkpoint(&self) -> Result<String, CannotRead> {
        let body = self.get("checkpoint", CHECKPOINT_BYTES_MAX).await?;
        String::from_utf8(body).map_err(|_| CannotRead::Unexpected(format!("{}/checkpoint", self.url)))
    }

    /// The keys that the log publishes.
    pub(super) async fn keys(&self) -> Result<PublicKeys, CannotRead> {
        let body = self.get("keys", KEYS_BYTES_MAX).await?;
        serde_json::from_slice(&body).map_err(|_| CannotRead::Unexpected(format!("{}/keys", self.url)))
    }

    /// Tiles.
    pub(super) async fn tiles(&self, ids: &BTreeSet<TileId>) -> Result<Tiles, CannotRead> {
        let mut tiles = Tiles::default();
        for id in ids {
            let bytes = usize::from(id.width) * HASH_BYTES;
            let body = self.get(&id.path(), bytes).await?;
            let (hashes, rest) = body.as_chunks::<HASH_BYTES>();
            if hashes.len() != usize::from(id.width) || !rest.is_empty() {
                return Err(CannotRead::Unexpected(format!("{}/{}", self.url, id.path())));
            }
            tiles.put(id.level, id.number, hashes.iter().copied().map(Hash).collect());
        }
        Ok(tiles)
    }
}
