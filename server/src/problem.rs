//! Errors to machines: `application/problem+json` (RFC 9457) with a stable `type`; nothing internal leaks.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The last part of the `type`, stable.
    pub kind: &'static str,
    /// What a person reads.
    pub title: &'static str,
}

impl Problem {
    /// The store or a key failed: nothing was decided, so nothing passes.
    pub const UNAVAILABLE: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        kind: "unavailable",
        title: "The server cannot answer now. Try again.",
    };

    /// What was posted is not the form that this address takes, or is too large.
    pub const fn unreadable_form(status: StatusCode) -> Self {
        Self { status, kind: "unreadable-form", title: "This is not the form that is expected here. Nothing was done." }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("urn:asp-access:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
        });
        let mut response = (self.status, Json(body)).into_response();
        // For what stands in front: a person is told in other words.
        response.extensions_mut().insert(self);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
