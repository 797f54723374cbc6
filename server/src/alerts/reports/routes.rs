//! `/v1/reports/{provider}`: where gateways send their delivery reports, by `POST`, or by `GET` where they know no better.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{Doors, Intake, said::Read, shapes::Shape};
use crate::{metrics::CallbackResult, problem::Problem};

/// Bytes of a body: five hundred reports of a hundred bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The secret is not that of this provider, or there is no such provider: told as one.
const UNAUTHORISED: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    kind: "unauthorised",
    title: "Show the secret that this provider was given. Nothing was done.",
};

/// What was sent is not in the provider's form.
pub(in crate::alerts) const fn unreadable(status: StatusCode) -> Problem {
    Problem { status, kind: "unreadable-report", title: "This is not what this provider sends. Nothing was done." }
}

/// What a provider sent, and how it is read, once it showed its secret; else what it is answered.
pub(in crate::alerts) fn heard<'r, S>(
    doors: &'r Doors<S>,
    provider: &str,
    headers: &HeaderMap,
    query: &str,
    body: &'r Result<Bytes, BytesRejection>,
) -> Result<(&'r S, &'r str), Problem> {
    let how = doors.open(provider, headers, query).ok_or_else(|| {
        if let Some(times) = doors.count(provider, CallbackResult::Unauthorised, 1) {
            let provider = doors.named(provider);
            tracing::warn!(provider, times, "somebody called without this provider's secret and was refused");
        }
        UNAUTHORISED
    })?;
    let body = body.as_ref().map_err(|refused| {
        if let Some(bodies) = doors.count(provider, CallbackResult::Unreadable, 1) {
            tracing::warn!(provider, bodies, %refused, "what a gateway sent cannot be taken in");
        }
        unreadable(refused.status())
    })?;
    let text = std::str::from_utf8(body).map_err(|_| {
        if let Some(bodies) = doors.count(provider, CallbackResult::Unreadable, 1) {
            tracing::warn!(provider, bodies, "what a gateway sent is no text");
        }
        unreadable(StatusCode::BAD_REQUEST)
    })?;
    Ok((how, text))
}

/// The endpoint.
pub fn routes(intake: Arc<Intake>, doors: Arc<Doors<Shape>>) -> Router {
    Router::new()
        .route("/v1/reports/{provider}", post(reports).get(reports))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state((intake, doors))
}

/// Answers alike, whether what is named is known or not.
async fn reports(
    State((intake, doors)): State<(Arc<Intake>, Arc<Doors<Shape>>)>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let query = query.unwrap_or_default();
    let read = match heard(&doors, &provider, &headers, &query, &body).map(|(shape, text)| shape.read(&query, text)) {
        Ok(Ok(read)) => read,
        Ok(Err(why)) => {
            if let Some(bodies) = doors.count(&provider, CallbackResult::Unreadable, 1) {
                tracing::warn!(provider, bodies, %why, "what a gateway sent holds no report that can be read");
            }
            return unreadable(StatusCode::BAD_REQUEST).into_response();
        }
        Err(problem) => return problem.into_response(),
    };
    let Read { said, unreadable } = read;
    if let Some(reports) = doors.count(&provider, CallbackResult::Unreadable, unreadable) {
        tracing::warn!(provider, reports, "some reports cannot be read; those beside them were");
    }
    let unknown: Vec<_> = said.iter().filter_map(|said| said.unknown.as_deref()).collect();
    if let Some(reports) = doors.count(&provider, CallbackResult::Unknown, unknown.len()) {
        let word = unknown.first().copied();
        tracing::warn!(provider, reports, word, "a gateway's word for a state is not known; name it in its `fields`");
    }
    let known = said.len() - unknown.len();
    match intake.hear(&provider, &said).await {
        Ok(()) => {
            doors.count(&provider, CallbackResult::Taken, known);
            "OK".into_response()
        }
        Err(error) => {
            tracing::error!(provider, %error, "reports could not be written down; the gateway sends them again");
            Problem::UNAVAILABLE.into_response()
        }
    }
}
