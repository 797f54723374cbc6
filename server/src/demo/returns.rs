//! A small protected resource, so that a real client can make a real data call:
//! `GET /taxpayerapi/v1.0/returns?action=RETSUM&gstin=…&ret_period=…`, answered encrypted.

use std::sync::Arc;

use app::model::decide::{Claim, RefuseReason};
use axum::{
    Json,
    extract::{Query, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Demo;
use crate::{
    enforce::{Checked, Fetch},
    gateway::{
        envelope::{ReplyKey, SessionKey, reply_data},
        errors::WireError,
        wire::{Headers, WireSecret},
    },
};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    action: String,
    ret_period: Option<String>,
}

pub(super) async fn returns(
    State(demo): State<Arc<Demo>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Json<Value> {
    Json(answer(&demo, asked, &headers).await.unwrap_or_else(WireError::body))
}

async fn answer(demo: &Demo, asked: Asked, headers: &HeaderMap) -> Result<Value, WireError> {
    let shown = Headers::parse(headers)?;
    let application = demo.gateway.application(&shown).await?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("auth-token").and_then(WireSecret::parse).ok_or(WireError::InvalidSession)?;
    let gstin = header("gstin").and_then(|text| text.parse().ok()).ok_or(WireError::DataGstin)?;
    let claim = Claim { gstin: Some(gstin), client_id: Some(application.client_id) };
    let period = header("ret_period").map(str::to_owned).or(asked.ret_period);
    let fetch = Fetch { api: "returns".into(), action: asked.action.clone(), period: period.clone() };
    match demo.checks.check(token.expose(), &claim, Some(fetch)).await.map_err(|_| WireError::TechnicalError)? {
        Checked::Pass(_) => {}
        Checked::Refuse(reason) => return Err(refusal(reason)),
    }
    let session = demo.consents.session_key(token.expose()).await?;
    let summary = json!({
        "gstin": gstin, "ret_period": period, "action": asked.action,
        "note": "made-up figures of the demo",
        "total_taxable_value_inr": 1_482_500, "total_tax_inr": 266_850,
    });
    let reply_key = ReplyKey(demo.chance.bytes());
    let reply = reply_data(summary.to_string().as_bytes(), &SessionKey(session), &reply_key);
    Ok(json!({ "status_cd": "1", "data": reply.data, "rek": reply.rek, "hmac": reply.hmac }))
}

/// What the wire says to a refused call: AUTH4033 where the taxpayer or the ASP ended it, AUTH4038 only where time did.
fn refusal(reason: RefuseReason) -> WireError {
    match reason {
        RefuseReason::ConsentEnded
        | RefuseReason::SessionClosed
        | RefuseReason::UnknownToken
        | RefuseReason::OtherApplication => WireError::InvalidSession,
        RefuseReason::OtherGstin => WireError::DataGstin,
        RefuseReason::ConsentExpired | RefuseReason::SessionExpired => WireError::SessionExpired,
        RefuseReason::Suspended
        | RefuseReason::AccessDisabled
        | RefuseReason::Frozen
        | RefuseReason::Blocked
        | RefuseReason::Paused
        | RefuseReason::ReturnNotAllowed
        | RefuseReason::OutsideHours
        | RefuseReason::DayFull => WireError::AccessDenied,
    }
}
