//! A small protected resource, so that a real client can make a real data call:
//! `GET /taxpayerapi/v1.0/returns?action=RETSUM&gstin=…&ret_period=…`, answered encrypted.

use std::sync::Arc;

use app::model::decide::{Claim, RefuseReason};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri},
};
use serde_json::{Value, json};

use super::Demo;
use crate::{
    enforce::{Address, Checked, Unclear},
    gateway::{
        data_call::DataCall,
        envelope::{ReplyKey, SessionKey, reply_data},
        errors::WireError,
    },
};

pub(super) async fn returns(State(demo): State<Arc<Demo>>, asked_at: Uri, headers: HeaderMap) -> Json<Value> {
    Json(answer(&demo, &asked_at, &headers).await.unwrap_or_else(WireError::body))
}

async fn answer(demo: &Demo, asked_at: &Uri, headers: &HeaderMap) -> Result<Value, WireError> {
    let call = DataCall::parse(headers)?;
    let application = demo.gateway.application(&call.headers).await?;
    let address = asked_at.path_and_query().map_or("", |address| address.as_str());
    let address = Address::read(address, call.period.as_deref()).map_err(|Unclear| WireError::ParameterMalformed)?;
    if address.gstin.as_deref().is_some_and(|gstin| gstin != call.gstin.as_str()) {
        return Err(WireError::DataGstin);
    }
    let claim = Claim { gstin: Some(call.gstin), client_id: Some(application.client_id) };
    let token = call.auth_token.expose();
    let check = |fetch| demo.checks.check(token, &claim, fetch);
    // A look first, so that a session that is over says so before the user is looked at: on RET11402 real clients ask for
    // an OTP at once.
    if let Ok(Checked::Pass(_)) = check(None).await {
        demo.gateway.may_act(&call.username, call.gstin).await?;
    }
    match check(Some(address.fetch.clone())).await.map_err(|_| WireError::TechnicalError)? {
        Checked::Pass(_) => {}
        Checked::Refuse(reason) => return Err(refusal(reason)),
    }
    let session = demo.consents.session_key(token).await?;
    let summary = json!({
        "gstin": call.gstin, "ret_period": address.fetch.period, "action": address.fetch.action,
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
