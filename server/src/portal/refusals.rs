//! The status of a refused server function. The framework answers 500 to each; the body says which it was, and so must
//! the status: to caches, to logs, and to whoever counts a server's errors.

use app::api::ServiceError;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

/// Bytes of a refusal; the longest there is has about a hundred.
const REFUSAL_BYTES_MAX: usize = 4096;

/// Gives a refusal its status. A form's answer, which leads back to its page, has none and passes as it is.
pub(super) async fn with_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let refused = response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    if !refused {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, REFUSAL_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(refusal) = serde_json::from_slice::<ServiceError>(&body) {
        parts.status = refusal.status();
    }
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_counts_as_an_error_of_the_server_but_the_one_that_is() {
        for (refusal, expected) in [
            (ServiceError::NotSignedIn, 401),
            (ServiceError::NotFound, 404),
            (ServiceError::Conflict, 409),
            (ServiceError::Unavailable { request_id: "0123456789ab".into() }, 503),
            (ServiceError::Unreadable, 400),
        ] {
            assert_eq!(refusal.status().as_u16(), expected, "{refusal:?}");
        }
    }
}
