//! `/v1/inbound/{provider}`: where gateways pass on SMS that come in. The answer is the same for everybody and everything that
//! can be read, so that it tells nobody which numbers and codes there are.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{Message, MessageFields, StopDesk};
use crate::{
    alerts::reports::{Doors, heard, said::Read, unreadable},
    metrics::CallbackResult,
    problem::Problem,
};

/// Bytes of a body: gateways pass on one message at a time, or a few.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Messages in one body: each may have to wait until every server knows of an end.
const MESSAGES_MAX: usize = 20;

/// The endpoint.
pub fn routes(desk: Arc<StopDesk>, doors: Arc<Doors<MessageFields>>) -> Router {
    Router::new()
        .route("/v1/inbound/{provider}", post(inbound).get(inbound))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state((desk, doors))
}

async fn inbound(
    State((desk, doors)): State<(Arc<StopDesk>, Arc<Doors<MessageFields>>)>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let query = query.unwrap_or_default();
    let (fields, text) = match heard(&doors, &provider, &headers, &query, &body) {
        Ok(heard) => heard,
        Err(problem) => return problem.into_response(),
    };
    let read = Message::read_all(fields, &query, text).ok();
    let Some(Read { said: messages, unreadable: left }) = read.filter(|read| read.said.len() <= MESSAGES_MAX) else {
        if let Some(bodies) = doors.count(&provider, CallbackResult::Unreadable, 1) {
            tracing::warn!(provider, bodies, "what a gateway sent holds no SMS that can be read, or too many");
        }
        return unreadable(StatusCode::BAD_REQUEST).into_response();
    };
    if let Some(messages) = doors.count(&provider, CallbackResult::Unreadable, left) {
        tracing::warn!(provider, messages, "some inbound SMS cannot be read; those beside them were");
    }
    let mut all = true;
    for message in &messages {
        // Boxed: what an end takes is a large future, and a handler's is moved about on the stack.
        match Box::pin(desk.take(message)).await {
            Ok(()) => {
                // What asks for nothing is no reason for a line: people answer alerts.
                let known = message.from.is_some() && message.asked.is_some();
                let result = if known { CallbackResult::Taken } else { CallbackResult::Unknown };
                doors.count(&provider, result, 1);
            }
            Err(error) => {
                tracing::error!(provider, %error, "an inbound SMS could not be obeyed; the gateway sends it again");
                all = false;
            }
        }
    }
    if all { "OK".into_response() } else { Problem::UNAVAILABLE.into_response() }
}
