//! Guards in front of the screen: who may make it do something, and what a browser may do with it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header::ORIGIN},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

const CROSS_SITE: Problem = Problem {
    status: StatusCode::FORBIDDEN,
    kind: "cross-site",
    title: "This request came from another site, so nothing was done.",
};

/// Lets a state-changing request through only from our own pages: by `Sec-Fetch-Site` where the browser sends it,
/// else by `Origin`, which must be our public URL. A request with neither is refused.
pub(crate) async fn same_origin(State(public_url): State<Arc<str>>, request: Request, next: Next) -> Response {
    if is_ours(&request, &public_url) { next.run(request).await } else { CROSS_SITE.into_response() }
}

fn is_ours(request: &Request, public_url: &str) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == public_url,
        (None, None) => false,
    }
}

/// What every answer says to a browser. A page that needs scripts brings its own policy, with a nonce.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // Not "no-referrer": without scripts, a form leads back to the page that it came from.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
