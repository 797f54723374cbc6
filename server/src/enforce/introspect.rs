//! `POST /v1/introspect`: token introspection (RFC 7662). An inactive token tells nothing but that.
//!
//! Besides `token`, the form may carry `client_id` and `gstin`, which must then be the token's own, and `api`,
//! `action`, `ret_period`: with `api`, the request stands for one call and is counted as such.

use std::sync::Arc;

use app::model::{decide::Claim, unusual};
use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{Checked, Checks, Fetch, authority};
use crate::problem::Problem;

/// What the form carries.
#[derive(Deserialize)]
pub(super) struct Question {
    token: String,
    client_id: Option<String>,
    gstin: Option<String>,
    api: Option<String>,
    action: Option<String>,
    ret_period: Option<String>,
    ip_usr: Option<String>,
}

pub(super) async fn introspect(
    State(checks): State<Arc<Checks>>,
    headers: HeaderMap,
    question: Result<Form<Question>, FormRejection>,
) -> Result<Response, Problem> {
    authority::gateway(&checks, &headers).await?;
    let Form(question) = question.map_err(|rejection| Problem::unreadable_form(rejection.status()))?;
    let inactive = || Json(json!({ "active": false })).into_response();
    let Ok(gstin) = question.gstin.as_deref().map(str::parse).transpose() else { return Ok(inactive()) };
    let claim = Claim { gstin, client_id: question.client_id };
    let network = question.ip_usr.as_deref().and_then(unusual::network);
    let fetch = question.api.map(|api| Fetch {
        api,
        action: question.action.unwrap_or_default(),
        period: question.ret_period,
        network,
    });
    match checks.check(&question.token, &claim, fetch).await.map_err(|_| Problem::UNAVAILABLE)? {
        Checked::Refuse(_) => Ok(inactive()),
        Checked::Pass(facts) => Ok(Json(json!({
            "active": true,
            "sub": facts.consent.gstin,
            "client_id": facts.application.client_id,
            "exp": facts.session.expires_at.as_second(),
            "iat": facts.session.issued_at.as_second(),
            "scope": "returns",
            "token_type": "auth-token",
            "consent_id": facts.consent.id,
        }))
        .into_response()),
    }
}
