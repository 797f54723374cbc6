//! What GSPs ask of us: the keys that check the tokens, and their events.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{Polls, jwks, poll::poll};
use crate::problem::Problem;

/// Where the public keys are.
pub const JWKS_PATH: &str = "/push/jwks.json";
/// Where GSPs fetch their events.
pub const POLL_PATH: &str = "/push/poll";
/// Bytes of a poll: a thousand acknowledgements.
const POLL_BYTES_MAX: usize = 256 * 1024;

/// `/push/jwks.json` and `/push/poll`.
pub fn routes(polls: Arc<Polls>) -> Router {
    Router::new()
        .route(JWKS_PATH, get(keys))
        .route(POLL_PATH, post(poll).layer(DefaultBodyLimit::max(POLL_BYTES_MAX)))
        .with_state(polls)
}

async fn keys(State(polls): State<Arc<Polls>>) -> Result<Response, Problem> {
    let keys = &polls.sets.keys;
    // Read anew: a token may be signed with a key that another server has just made.
    keys.reload().await.map_err(|error| {
        tracing::error!(%error, "the signing keys could not be read");
        Problem::UNAVAILABLE
    })?;
    Ok(([(CACHE_CONTROL, "public, max-age=60")], Json(jwks(&keys.published()))).into_response())
}
