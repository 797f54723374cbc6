//! The log over HTTP, for witnesses and whoever else wants to check: its newest checkpoint, its tiles (C2SP tlog-tiles) and
//! its keys. Everything here is public; nothing tells whose event a leaf is.

use std::sync::Arc;

use app::model::merkle::{Hash, TileId};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Ledger, log::read_tile};
use crate::{problem::Problem, store::StoreError};

/// A tile of so many hashes never changes: a wider one has another address.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A checkpoint is outdated by the next.
const ONE_SECOND: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// A new key signs at once: whoever meets one asks again.
const ONE_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

const NOT_THERE: Problem =
    Problem { status: StatusCode::NOT_FOUND, kind: "not-in-the-ledger", title: "The ledger has no such part (yet)." };

/// `/ledger/checkpoint`, `/ledger/tile/…` and `/ledger/keys`.
pub fn routes(ledger: Arc<Ledger>) -> Router {
    Router::new()
        .route("/ledger/checkpoint", get(checkpoint))
        .route("/ledger/tile/{*tile}", get(tile))
        .route("/ledger/keys", get(keys))
        .with_state(ledger)
}

async fn checkpoint(State(ledger): State<Arc<Ledger>>) -> Result<Response, Problem> {
    let newest = async { ledger.store.read().await?.newest_checkpoint().await };
    let checkpoint = newest.await.map_err(|error| unavailable(&error))?.ok_or(NOT_THERE)?;
    Ok(([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, ONE_SECOND)], checkpoint.note).into_response())
}

async fn tile(State(ledger): State<Arc<Ledger>>, Path(tile): Path<String>) -> Result<Response, Problem> {
    let id = TileId::from_path(&format!("tile/{tile}")).ok_or(NOT_THERE)?;
    let found = async { read_tile(&mut *ledger.store.read().await?, id.level, id.number).await };
    let hashes = found.await.map_err(|error| unavailable(&error))?.ok_or(NOT_THERE)?;
    let hashes = hashes.get(..usize::from(id.width)).ok_or(NOT_THERE)?;
    let bytes: Vec<u8> = hashes.iter().flat_map(|Hash(hash)| *hash).collect();
    Ok(([(CONTENT_TYPE, BYTES), (CACHE_CONTROL, FOREVER)], bytes).into_response())
}

async fn keys(State(ledger): State<Arc<Ledger>>) -> Result<Response, Problem> {
    // Read anew: a checkpoint may be signed with a key that another server has just made.
    ledger.keys.reload().await.map_err(|error| {
        tracing::error!(%error, "the signing keys could not be read");
        Problem::UNAVAILABLE
    })?;
    Ok(([(CACHE_CONTROL, ONE_MINUTE)], Json(ledger.keys.published())).into_response())
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "the ledger could not be read");
    Problem::UNAVAILABLE
}
