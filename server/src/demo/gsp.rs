//! The demo's GSPs as receivers of security events (RFC 8935): each token is checked with the keys that the server publishes,
//! and a page shows what was told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::model::{Timestamp, id::GspId, ist};
use askama::Template;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{cast, page};
use crate::{
    clock::Clock,
    push::{EVENT_TYPE, JWKS_PATH},
    registry::PUSH_AUTHORIZATION,
    store::{
        Store, StoreError,
        port::{PushRoad, PushTarget},
    },
    vault::Vault,
};

/// What the server shows the demo's GSPs. Known to all: the demo holds no real data.
const AUTHORIZATION_SHOWN: &str = "Bearer demo-gsp-secret";
/// Events kept; the oldest go first.
const EVENTS_MAX: usize = 100;
/// For reading the keys.
const KEYS_WITHIN: Duration = Duration::from_secs(5);

/// An event that a GSP took.
#[derive(Debug, Clone)]
struct Told {
    at: Timestamp,
    gsp: String,
    consent: String,
    reason: String,
    words: String,
    entity: String,
    kid: String,
}

/// What the demo's GSPs were told.
pub struct GspDesk {
    public_url: String,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    told: Mutex<VecDeque<Told>>,
}

#[derive(Deserialize)]
struct Claims {
    sub_id: SubjectId,
    events: std::collections::BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct SubjectId {
    id: String,
}

/// Why a token is not taken: RFC 8935 §2.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotTaken {
    AuthenticationFailed,
    InvalidAudience,
    InvalidKey,
    InvalidRequest,
}

impl IntoResponse for NotTaken {
    fn into_response(self) -> Response {
        let (err, description) = match self {
            Self::AuthenticationFailed => {
                ("authentication_failed", "The authorization is not the one that was agreed.")
            }
            Self::InvalidAudience => ("invalid_audience", "The token is not for this GSP, or not from this server."),
            Self::InvalidKey => ("invalid_key", "The server publishes no such key, or its keys cannot be read."),
            Self::InvalidRequest => ("invalid_request", "This is no security event about an end of a session."),
        };
        (StatusCode::BAD_REQUEST, Json(json!({ "err": err, "description": description }))).into_response()
    }
}

impl GspDesk {
    /// Of GSPs that are told by the server at this address.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn new(public_url: &str, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().timeout(KEYS_WITHIN).no_proxy().build()?;
        Ok(Self { public_url: public_url.to_owned(), http, clock, told: Mutex::default() })
    }

    /// Lets the server at `own_url` know where each GSP of the cast is told.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn register(store: &dyn Store, vault: &Vault, own_url: &str) -> Result<(), StoreError> {
        let mut work = store.write().await?;
        for gsp in cast::gsps() {
            let authorization_sealed = Some(vault.seal(PUSH_AUTHORIZATION, AUTHORIZATION_SHOWN.as_bytes()));
            let url = format!("{own_url}/demo/gsp/{}/events", gsp.id);
            work.put_push_road(gsp.id, Some(&PushRoad::Push(PushTarget { url, authorization_sealed }))).await?;
        }
        work.commit().await
    }

    /// `/demo/gsp` and the addresses that are called.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/demo/gsp", get(shown))
            .route("/demo/gsp/{gsp}/events", post(take))
            .with_state(Arc::new(self))
    }

    async fn keys(&self) -> Result<JwkSet, reqwest::Error> {
        self.http.get(format!("{}{JWKS_PATH}", self.public_url)).send().await?.json().await
    }

    /// What a GSP checks before it believes a token.
    async fn checked(&self, gsp: GspId, headers: &HeaderMap, token: &str) -> Result<Told, NotTaken> {
        if headers.get(AUTHORIZATION).is_none_or(|shown| shown != AUTHORIZATION_SHOWN) {
            return Err(NotTaken::AuthenticationFailed);
        }
        let named = cast::gsps().into_iter().find(|known| known.id == gsp).ok_or(NotTaken::InvalidAudience)?;
        let kid = decode_header(token).ok().and_then(|header| header.kid).ok_or(NotTaken::InvalidRequest)?;
        let keys = self.keys().await.map_err(|_| NotTaken::InvalidKey)?;
        let key = keys.find(&kid).and_then(|jwk| DecodingKey::from_jwk(jwk).ok()).ok_or(NotTaken::InvalidKey)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[format!("urn:uuid:{gsp}")]);
        validation.set_issuer(&[&self.public_url]);
        // A token of this kind says what happened; it does not run out (RFC 8417 §2.2).
        validation.set_required_spec_claims(&["aud", "iss"]);
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|_| NotTaken::InvalidAudience)?.claims;
        let event = claims.events.get(EVENT_TYPE).ok_or(NotTaken::InvalidRequest)?;
        let word = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Told {
            at: self.clock.now(),
            gsp: named.name,
            consent: claims.sub_id.id,
            reason: word("/reason"),
            words: word("/reason_user/en"),
            entity: word("/initiating_entity"),
            kid,
        })
    }
}

async fn take(
    State(desk): State<Arc<GspDesk>>,
    Path(gsp): Path<GspId>,
    headers: HeaderMap,
    token: String,
) -> Result<StatusCode, NotTaken> {
    let told = desk.checked(gsp, &headers, &token).await?;
    let mut kept = desk.told.lock().unwrap_or_else(PoisonError::into_inner);
    // At least once: the same token may come again.
    if !kept.iter().any(|known| known.consent == told.consent) {
        kept.truncate(EVENTS_MAX - 1);
        kept.push_front(told);
    }
    Ok(StatusCode::ACCEPTED)
}

struct Shown {
    at: String,
    told: Told,
}

#[derive(Template)]
#[template(path = "demo/gsp.html")]
struct GspPage {
    events: Vec<Shown>,
}

async fn shown(State(desk): State<Arc<GspDesk>>) -> Response {
    let kept = desk.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let shown = |told: Told| Shown { at: format!("{} IST", ist::second(told.at)), told };
    page(&GspPage { events: kept.into_iter().map(shown).collect() })
}
