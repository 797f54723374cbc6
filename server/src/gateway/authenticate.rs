//! `POST …/authenticate`: the one endpoint by which a GSP obtains, renews and gives back consent for its ASPs.
//!
//! Every answer is HTTP 200, also a refusal, also to a body that does not arrive: real clients read it only then.

use std::sync::Arc;

use app::model::{consent::Refusal, gstin::Gstin, id::ConsentId, registry::Application};
use axum::{Extension, Json, body::Body, extract::State, http::HeaderMap, response::IntoResponse};
use futures::StreamExt;
use serde_json::Value;

use super::{
    Gateway, envelope,
    envelope::{AppKey, SessionKey},
    errors::WireError,
    openings::NotOpened,
    wire::{self, BODY_BYTES_MAX, Headers, Request, WireSecret},
};
use crate::{
    bodies::OwnWords,
    consent::{Granted, Refused},
    vault::Purpose,
};

impl From<Refused> for WireError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::UnknownUser => Self::InvalidUser,
            Refused::MayNotAsk(_) => Self::AccessDenied,
            // The table has no code for "too often"; this one is the nearest, and no client fires a new OTP on it.
            Refused::TooManySessions | Refused::TooManyRequests => Self::TooManySessions,
            Refused::BadAppKey => Self::InvalidAppKey,
            Refused::WrongOtp => Self::InvalidOtp,
            // Not AUTH4038: real clients answer that with an OTPREQUEST, and who just revoked would get an OTP.
            Refused::Over(Refusal::Expired) => Self::SessionExpired,
            // On any other code a real client asks for a new OTP at once, which a taxpayer who ended or paused it does not want.
            Refused::UnknownSession | Refused::UnknownConsent | Refused::Over(_) => Self::InvalidSession,
            Refused::NotSent | Refused::NotYours(_) | Refused::Undecidable(_) | Refused::Outdated => {
                Self::TechnicalError
            }
            Refused::Store(error) => {
                tracing::error!(%error, ?error, "the wire could not be answered");
                Self::TechnicalError
            }
        }
    }
}

pub(super) async fn authenticate(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    body: Body,
) -> impl IntoResponse {
    let Reply { body, consent } = answer(&gateway, &headers, body).await.unwrap_or_else(|error| error.body().into());
    // In a header of its own: clients read the body by its fields, and pass over headers that they do not know.
    let headers = consent.map(|id| [(CONSENT_ID, id.to_string())]);
    (Extension(OwnWords), headers, Json(body))
}

/// Names the consent of a session in the answer that gives the session out: what tells the GSP of its end names the same.
const CONSENT_ID: &str = "consent-id";

/// What is answered, and the consent of the session that it gives out.
struct Reply {
    body: Value,
    consent: Option<ConsentId>,
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self { body, consent: None }
    }
}

/// Bytes of a body that are read at most, and not kept, so that a refusal arrives.
const READ_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Reads a body to its end before anything is answered: a connection that closes on a client that still sends is
/// reset, and the client then sees no refusal.
async fn read(body: Body) -> Result<Vec<u8>, WireError> {
    let (mut stream, mut kept, mut seen) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        // It came too late or not whole: to be sent again.
        let chunk = chunk.map_err(|_| WireError::TechnicalError)?;
        seen += chunk.len();
        if seen <= BODY_BYTES_MAX {
            kept.extend_from_slice(&chunk);
        } else if seen > READ_BYTES_MAX {
            break;
        }
    }
    if seen <= BODY_BYTES_MAX { Ok(kept) } else { Err(WireError::ParameterMalformed) }
}

async fn answer(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Reply, WireError> {
    let body = read(body).await;
    let headers = Headers::parse(headers)?;
    let application = gateway.application(&headers).await?;
    let request = Request::parse(&body?)?;
    gateway.in_state(&headers.state_cd, request.username()).await?;
    match request {
        Request::OtpRequest { username, app_key } => {
            // Opened only to tell a client with a stale certificate so before the taxpayer gets an OTP in vain.
            open_app_key(gateway, &application, app_key).await?;
            gateway.consents.request_otp(&application, &username).await?;
            Ok(wire::ok().into())
        }
        Request::AuthToken { username, app_key, otp } => {
            let app_key = open_app_key(gateway, &application, app_key).await?;
            let otp = envelope::open_under(&app_key, &otp).map_err(|_| WireError::InvalidOtp)?;
            let otp = String::from_utf8(otp).map_err(|_| WireError::InvalidOtp)?;
            let granted = gateway.consents.grant(&application, &username, &otp).await?;
            token(gateway, &granted, &app_key)
        }
        Request::RefreshToken { username, app_key, auth_token } => {
            let open = |key| envelope::open_refreshed_app_key(&SessionKey(key), &app_key).ok();
            let (granted, app_key) =
                gateway.consents.refresh_under_key(&application, &username, auth_token.expose(), open).await?;
            token(gateway, &granted, &app_key)
        }
        Request::LogOut { username, auth_token, .. } => {
            gateway.consents.log_out(&application, &username, auth_token.expose()).await?;
            Ok(wire::ok().into())
        }
    }
}

async fn open_app_key(gateway: &Gateway, by: &Application, sealed: String) -> Result<AppKey, WireError> {
    let (ring, now) = (gateway.keys.ring(), gateway.clock.now());
    gateway.openings.open(ring, sealed, by.id, now).await.map_err(|why| match why {
        NotOpened::BadKey => WireError::InvalidAppKey,
        // Whatever this key would have been: nothing was opened, so nothing is told.
        NotOpened::TooManyBad => WireError::TooManySessions,
        NotOpened::Unknown(error) => WireError::from(Refused::Store(error)),
    })
}

fn token(gateway: &Gateway, granted: &Granted, app_key: &AppKey) -> Result<Reply, WireError> {
    let token = WireSecret::parse(&granted.token).ok_or(WireError::TechnicalError)?;
    let minutes = granted.session.minutes_left(gateway.clock.now());
    let minutes = u32::try_from(minutes).map_err(|_| WireError::TechnicalError)?;
    let body = wire::token_reply(&token, minutes, &envelope::seal_under(app_key, &granted.session_key));
    Ok(Reply { body, consent: Some(granted.consent.id) })
}

impl Gateway {
    /// The application of a client id whose secret fits, compared in constant time.
    pub(crate) async fn application(&self, headers: &Headers) -> Result<Application, WireError> {
        let found = async { self.store.read().await?.application_by_client_id(&headers.client_id).await };
        let found = found.await.map_err(|error| WireError::from(Refused::Store(error)))?;
        let registered = found.ok_or(WireError::ClientIdInvalid)?;
        let shown = self.vault.hash(Purpose::Secret, headers.client_secret.expose().as_bytes());
        if shown.matches(&registered.secret_hash) {
            Ok(registered.application)
        } else {
            Err(WireError::ClientSecretInvalid)
        }
    }

    /// A data call must name the taxpayer whose data it asks for.
    pub(crate) async fn may_act(&self, username: &str, for_gstin: Gstin) -> Result<(), WireError> {
        let found = async { self.store.read().await?.taxpayer_by_username(username).await };
        let found = found.await.map_err(|error| WireError::from(Refused::Store(error)))?;
        let taxpayer = found.ok_or(WireError::DataUsername)?;
        if taxpayer.gstin == for_gstin { Ok(()) } else { Err(WireError::UnauthorisedUser) }
    }

    /// The state code must be that of the taxpayer's GSTIN.
    async fn in_state(&self, state_cd: &str, username: &str) -> Result<(), WireError> {
        let found = async { self.store.read().await?.taxpayer_by_username(username).await };
        let found = found.await.map_err(|error| WireError::from(Refused::Store(error)))?;
        let taxpayer = found.ok_or(WireError::InvalidUser)?;
        if taxpayer.gstin.state() == state_cd { Ok(()) } else { Err(WireError::InvalidStateCode) }
    }
}

#[cfg(test)]
mod tests {
    use app::model::controls::AskRefusal;

    use super::*;
    use crate::store::StoreError;

    #[test]
    fn every_refusal_has_the_code_on_which_clients_do_the_right_thing() {
        for (refused, code) in [
            (Refused::UnknownUser, "AUTH4032"),
            (Refused::MayNotAsk(AskRefusal::AccessDisabled), "AUTH4037"),
            (Refused::MayNotAsk(AskRefusal::Suspended), "AUTH4037"),
            (Refused::MayNotAsk(AskRefusal::Blocked), "AUTH4037"),
            (Refused::MayNotAsk(AskRefusal::Frozen), "AUTH4037"),
            (Refused::Over(Refusal::Paused), "AUTH4033"),
            (Refused::TooManyRequests, "AUTH403"),
            (Refused::TooManySessions, "AUTH403"),
            (Refused::WrongOtp, "AUTH4034"),
            (Refused::BadAppKey, "AUTH4036"),
            (Refused::NotSent, "TEC4001"),
            (Refused::UnknownSession, "AUTH4033"),
            (Refused::UnknownConsent, "AUTH4033"),
            (Refused::Over(Refusal::Ended), "AUTH4033"),
            (Refused::Over(Refusal::Expired), "AUTH4038"),
            (Refused::Store(StoreError::Conflict), "TEC4001"),
        ] {
            let said = format!("{refused:?}");
            assert_eq!(WireError::from(refused).code(), code, "{said}");
        }
    }
}
