//! `/v1/forward-auth`: the check for nginx `auth_request`, Envoy and Traefik. 200 lets the call pass.
//!
//! The gateway forwards the call's own headers (`auth-token`, `clientid`, `gstin`, `ret_period`) and its address: as
//! `X-Original-URI` (nginx), as `X-Forwarded-Uri` (Traefik), or after our own path and with its own method (Envoy). It
//! shows its secret as a bearer token.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::{Checked, Checks, authority, told::Told};
use crate::problem::Problem;

const REFUSED: Problem =
    Problem { status: StatusCode::FORBIDDEN, kind: "refused", title: "This call may not pass. See x-refuse-reason." };
/// The reason beside those of the model: what was told of the call can be read in two ways.
const UNCLEAR: &str = "unclear";
const UNKNOWN_TOKEN: &str = "unknown_token";

pub(super) async fn forward_auth(
    State(checks): State<Arc<Checks>>,
    asked_at: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    authority::gateway(&checks, &headers).await?;
    let refuse = |reason: String| Ok(([("x-refuse-reason", reason)], REFUSED).into_response());
    let Ok(Told { token, claim, fetch }) = Told::read(&headers, &asked_at) else { return refuse(UNCLEAR.into()) };
    let Some(token) = token else { return refuse(UNKNOWN_TOKEN.into()) };
    match checks.check(&token, &claim, Some(fetch)).await.map_err(|_| Problem::UNAVAILABLE)? {
        Checked::Refuse(reason) => {
            let name = serde_json::to_value(reason).ok().and_then(|name| name.as_str().map(str::to_owned));
            refuse(name.unwrap_or_default())
        }
        Checked::Pass(facts) => Ok([
            ("x-consent-id", facts.consent.id.to_string()),
            ("x-gstin", facts.consent.gstin.to_string()),
            ("x-client-id", facts.application.client_id.clone()),
        ]
        .into_response()),
    }
}
