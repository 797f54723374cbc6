//! The listener for whoever watches: metrics, and whether this server lives and is ready. It is never the public one.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::encoding::text::encode;
use tokio::{sync::Mutex, time};
use tokio_util::sync::CancellationToken;

use super::metrics;
use crate::{
    alerts::{channels::Channels, providers::canary::Proofs},
    clock::Clock,
    nodes::Nodes,
    store::Store,
};

/// How long the store may take for what is asked here.
const STORE_MAX: Duration = Duration::from_secs(3);
/// What Prometheus calls the format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is looked at.
pub struct Watched {
    /// The queue, the canary, the nodes.
    pub store: Arc<dyn Store>,
    /// The providers.
    pub channels: Channels,
    /// What the canary can prove of them.
    pub proofs: Vec<Proofs>,
    /// This server among others.
    pub nodes: Arc<Nodes>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Told to stop, it is no longer ready.
    pub stop: CancellationToken,
}

type Shared = Arc<(Watched, Mutex<()>)>;

/// `/metrics`, `/healthz` and `/readyz`.
pub fn routes(watched: Watched) -> Router {
    Router::new()
        .route("/metrics", get(tell))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(Arc::new((watched, Mutex::default())))
}

async fn tell(State(shared): State<Shared>) -> Response {
    let (watched, one) = &*shared;
    // One at a time: many who watch cost the store no more than one.
    let _one = one.lock().await;
    match time::timeout(STORE_MAX, metrics().read(watched)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the store cannot say what waits"),
        Err(_) => tracing::warn!("the store takes too long to say what waits"),
    }
    let mut text = String::new();
    match encode(&mut text, &metrics().registry) {
        Ok(()) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Ready is who can answer: the store does, and nobody said stop.
async fn ready(State(shared): State<Shared>) -> Response {
    let watched = &shared.0;
    let asked = async { watched.store.read().await?.nodes().await };
    let answers = matches!(time::timeout(STORE_MAX, asked).await, Ok(Ok(_)));
    match (answers, watched.stop.is_cancelled()) {
        (true, false) => "ready\n".into_response(),
        (_, true) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response(),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response(),
    }
}
