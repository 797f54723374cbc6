//! The demo's stand-ins for the portal, the providers and an ASP. None of its routes exist outside `demo`.

mod asp;
pub mod cast;
mod decisions;
pub mod flow;
pub mod gsp;
pub mod inbox;
mod inbox_page;
pub mod mail_parts;
mod past;
mod portal;
mod returns;
mod scene;
pub mod seed;
pub mod sms_sink;
pub mod smtp_sink;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    middleware,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use jsonwebtoken::EncodingKey;

pub use self::asp::Plays;
use self::inbox::Inbox;
use crate::{chance::Chance, clock::Clock, consent::Consents, enforce::Checks, gateway::Gateway, portal::same_origin};

/// What the demo's stand-ins work with.
pub struct Demo {
    /// Knows the applications.
    pub gateway: Arc<Gateway>,
    /// Decides the data calls.
    pub checks: Arc<Checks>,
    /// Knows the session keys.
    pub consents: Arc<Consents>,
    /// Draws reply keys and ids.
    pub chance: Arc<dyn Chance>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What the providers took over.
    pub inbox: Inbox,
    /// Signs hand-offs as the portal would.
    pub hand_off_key: EncodingKey,
    /// Where this server is reached.
    pub public_url: String,
    /// The ASPs that are being played.
    pub plays: Plays,
}

/// The demo's pages and its protected resource.
pub fn routes(demo: Arc<Demo>) -> Router {
    let public_url: Arc<str> = demo.public_url.as_str().into();
    Router::new()
        .route("/demo/portal", get(portal::choose).post(portal::sign_in))
        .route("/demo/inbox", get(inbox_page::page))
        .route("/demo/inbox.json", get(inbox_page::json))
        .route("/demo/inbox/{number}", get(inbox_page::mail))
        .route("/demo/asp", get(asp::ask))
        .route("/demo/asp/otp-request", post(asp::otp_request))
        .route("/demo/asp/auth-token", post(asp::auth_token))
        .route("/demo/asp/fetch", post(asp::fetch))
        .route("/demo/asp/refresh", post(asp::refresh))
        .route("/demo/asp/log-out", post(asp::log_out))
        .route(
            "/demo/demo.css",
            get(|| async { ([(CONTENT_TYPE, "text/css")], include_str!("../../templates/demo/demo.css")) }),
        )
        .route("/taxpayerapi/v1.0/returns", get(returns::returns))
        .layer(middleware::from_fn_with_state(public_url, same_origin))
        .with_state(demo)
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a demo page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
