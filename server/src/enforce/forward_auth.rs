//! `GET /v1/forward-auth`: the check for nginx `auth_request`, Envoy and Traefik. 200 lets the call pass.
//!
//! The gateway forwards the call's own headers (`auth-token`, `clientid`, `gstin`, `ret_period`) and its address
//! as `X-Original-URI` (nginx) or `X-Forwarded-Uri` (Traefik, Envoy), and shows its secret as a bearer token.

use std::sync::Arc;

use app::model::decide::{Claim, RefuseReason};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::{Checked, Checks, Fetch, authority};
use crate::problem::Problem;

const REFUSED: Problem =
    Problem { status: StatusCode::FORBIDDEN, kind: "refused", title: "This call may not pass. See x-refuse-reason." };

pub(super) async fn forward_auth(State(checks): State<Arc<Checks>>, headers: HeaderMap) -> Result<Response, Problem> {
    authority::gateway(&checks, &headers).await?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let refuse = |reason: RefuseReason| {
        let name = serde_json::to_value(reason).ok().and_then(|name| name.as_str().map(str::to_owned));
        ([("x-refuse-reason", name.unwrap_or_default())], REFUSED).into_response()
    };
    let (Some(token), Ok(gstin)) = (header("auth-token"), header("gstin").map(str::parse).transpose()) else {
        return Ok(refuse(RefuseReason::UnknownToken));
    };
    let claim = Claim { gstin, client_id: header("clientid").map(str::to_owned) };
    let address = header("x-original-uri").or_else(|| header("x-forwarded-uri")).unwrap_or_default();
    let fetch = fetch_of(address, header("ret_period"));
    match checks.check(token, &claim, Some(fetch)).await.map_err(|_| Problem::UNAVAILABLE)? {
        Checked::Refuse(reason) => Ok(refuse(reason)),
        Checked::Pass(facts) => Ok([
            ("x-consent-id", facts.consent.id.to_string()),
            ("x-gstin", facts.consent.gstin.to_string()),
            ("x-client-id", facts.application.client_id.clone()),
        ]
        .into_response()),
    }
}

/// What an address such as `/taxpayerapi/v1.0/returns?action=RETSUM&ret_period=072026` fetches.
pub(crate) fn fetch_of(address: &str, period: Option<&str>) -> Fetch {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let asked = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    Fetch {
        api: path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("unknown").to_owned(),
        action: asked("action").unwrap_or_default().to_owned(),
        period: period.or_else(|| asked("ret_period")).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_what_is_fetched() {
        let fetch = fetch_of("//taxpayerapi/v1.0/returns?action=RETSUM&ret_period=072026", None);
        assert_eq!(
            (fetch.api.as_str(), fetch.action.as_str(), fetch.period.as_deref()),
            ("returns", "RETSUM", Some("072026"))
        );
        assert_eq!(fetch_of("", Some("082026")).period.as_deref(), Some("082026"));
        assert_eq!(fetch_of("", None).api, "unknown");
    }
}
