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

use super::{Doors, Intake, shapes::Shape};
use crate::problem::Problem;

/// Bytes of a body: five hundred reports of a hundred bytes.
pub(in crate::alerts) const BODY_BYTES_MAX: usize = 64 * 1024;

/// The secret is not that of this provider, or there is no such provider: told as one.
pub(in crate::alerts) const UNAUTHORISED: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    kind: "unauthorised",
    title: "Show the secret that this provider was given. Nothing was done.",
};

/// What was sent is not in the provider's form.
pub(in crate::alerts) const fn unreadable(status: StatusCode) -> Problem {
    Problem { status, kind: "unreadable-report", title: "This is not what this provider sends. Nothing was done." }
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
    let Some(shape) = doors.open(&provider, &headers, &query) else { return UNAUTHORISED.into_response() };
    let body = match body {
        Ok(body) => body,
        Err(refused) => return unreadable(refused.status()).into_response(),
    };
    let said = match std::str::from_utf8(&body).map(|body| shape.read(&query, body)) {
        Ok(Ok(said)) => said,
        Ok(Err(why)) => {
            tracing::warn!(provider, %why, "a report cannot be read");
            return unreadable(StatusCode::BAD_REQUEST).into_response();
        }
        Err(_) => return unreadable(StatusCode::BAD_REQUEST).into_response(),
    };
    match intake.hear(&provider, &said).await {
        Ok(()) => "OK".into_response(),
        Err(error) => {
            tracing::error!(provider, %error, "reports could not be written down; the gateway sends them again");
            Problem::UNAVAILABLE.into_response()
        }
    }
}
