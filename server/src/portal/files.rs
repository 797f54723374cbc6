//! The files of the browser's half, and the icon: the same for everybody.

use axum::{
    Router,
    http::{
        HeaderValue, Response,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    routing::get,
};
use tower::ServiceBuilder;
use tower_http::{
    services::{ServeDir, fs::ServeFileSystemResponseBody},
    set_header::SetResponseHeaderLayer,
};

use super::Portal;

const FAVICON: &str = include_str!("../../../style/assets/favicon.svg");

/// File names carry a hash of their content: what a phone has fetched once, it never fetches again.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Not what is missing: while servers are replaced, the next one may have it.
fn how_long<B>(response: &Response<B>) -> Option<HeaderValue> {
    response.status().is_success().then_some(FOREVER)
}

pub(super) fn routes(portal: &Portal) -> Router {
    let files = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, how_long::<ServeFileSystemResponseBody>))
        .service(ServeDir::new(portal.site.join("pkg")).precompressed_br().precompressed_gzip());
    Router::new()
        .nest_service("/pkg", files)
        .route("/favicon.svg", get(|| async { ([(CONTENT_TYPE, "image/svg+xml")], FAVICON) }))
}
