//! Tests of the client against a small wire with the real envelope, over a socket.

use std::sync::{LazyLock, Mutex};

use app::model::Timestamp;
use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::*;
use crate::{
    chance::SeededChance,
    gateway::{
        envelope::{ReplyKey, open_app_key, open_refreshed_app_key, open_under, reply_data},
        errors::WireError,
        keys::{Keyring, WireKey, generate},
        wire::{Headers, Request, ok, token_reply},
    },
};

const SECRET: &str = "fedcba9876543210fedcba9876543210";
const CLIENT_ID: &str = "l7xx0123456789abcdef0123456789abcdef";
const GSTIN: &str = "27GSPMH0992G1ZF";

static KEY: LazyLock<WireKey> = LazyLock::new(|| generate(now(), &SeededChance::new(1)));

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

struct SmallWire {
    keyring: Keyring,
    session: Mutex<Option<(String, SessionKey)>>,
    chance: SeededChance,
}

impl SmallWire {
    fn chance(&self) -> &dyn Chance {
        &self.chance
    }

    fn grant(&self, app_key: &AppKey) -> Value {
        let token = hex::encode(self.chance().bytes::<16>());
        let sek = SessionKey(self.chance().bytes());
        let reply = token_reply(&WireSecret::parse(&token).unwrap(), 360, &seal_under(app_key, &sek.0));
        *self.session.lock().unwrap() = Some((token, sek));
        reply
    }

    fn session_key(&self, token: &str) -> Result<SessionKey, WireError> {
        let session = self.session.lock().unwrap();
        session.as_ref().filter(|(t, _)| t == token).map(|(_, k)| k.clone()).ok_or(WireError::InvalidSession)
    }

    fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Result<Value, WireError> {
        let headers = Headers::parse(headers)?;
        assert_eq!((headers.client_id.as_str(), headers.state_cd.as_str()), (CLIENT_ID, "27"));
        let open = |sealed: &str| open_app_key(&self.keyring, sealed).map_err(|_| WireError::InvalidAppKey);
        match Request::parse(body)? {
            Request::OtpRequest { app_key, .. } => open(&app_key).map(|_| ok()),
            Request::AuthToken { app_key, otp, .. } => {
                let app_key = open(&app_key)?;
                let otp = open_under(&app_key, &otp).map_err(|_| WireError::InvalidOtp)?;
                if otp == b"575757" { Ok(self.grant(&app_key)) } else { Err(WireError::InvalidOtp) }
            }
            Request::RefreshToken { app_key, auth_token, .. } => {
                let sek = self.session_key(auth_token.expose())?;
                let app_key = open_refreshed_app_key(&sek, &app_key).map_err(|_| WireError::InvalidAppKey)?;
                Ok(self.grant(&app_key))
            }
            Request::LogOut { auth_token, .. } => {
                self.session_key(auth_token.expose())?;
                *self.session.lock().unwrap() = None;
                Ok(ok())
            }
        }
    }
}

async fn authenticate(State(wire): State<Arc<SmallWire>>, headers: HeaderMap, body: Bytes) -> Response {
    wire.answer(&headers, &body).map(axum::Json).into_response()
}

async fn returns(State(wire): State<Arc<SmallWire>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let token = headers["auth-token"].to_str().unwrap();
    let sealed = wire.session_key(token).map(|sek| {
        let json = json!({"query": query, "username": headers["username"].to_str().unwrap()}).to_string();
        let mut reply = json!(reply_data(json.as_bytes(), &sek, &ReplyKey(wire.chance().bytes())));
        reply["status_cd"] = json!("1");
        axum::Json(reply)
    });
    sealed.into_response()
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn small_wire() -> String {
    let keyring = Keyring::new(vec![KEY.clone()], now()).unwrap();
    let wire = SmallWire { keyring, session: Mutex::new(None), chance: SeededChance::new(2) };
    let router = Router::new()
        .route(
            "/taxpayerapi/certificate",
            get(async |State(w): State<Arc<SmallWire>>| w.keyring.certificate_pem().to_owned()),
        )
        .route("/taxpayerapi/v1.0/authenticate", post(authenticate))
        .route("/taxpayerapi/v1.0/returns", get(returns))
        .with_state(Arc::new(wire));
    serve(router).await
}

fn client(url: &str) -> WireClient {
    let chance = Arc::new(SeededChance::new(3));
    WireClient::new(url, CLIENT_ID, SECRET, "gstuser", GSTIN.parse().unwrap(), chance).unwrap()
}

fn code(error: WireClientError) -> String {
    match error {
        WireClientError::Refused { error_cd, .. } => error_cd,
        other => other.to_string(),
    }
}

#[tokio::test]
async fn an_asp_obtains_consent_fetches_refreshes_and_logs_out() {
    let mut asp = client(&small_wire().await);
    asp.otp_request().await.unwrap();
    assert_eq!(code(asp.auth_token("000000").await.unwrap_err()), "AUTH4034");
    asp.auth_token("575757").await.unwrap();
    let expected = json!({"query": format!("action=RETSUM&gstin={GSTIN}&ret_period=102025"), "username": "gstuser"});
    assert_eq!(asp.returns_summary("102025").await.unwrap(), expected);

    let first = asp.session_token().unwrap().clone();
    asp.refresh().await.unwrap();
    assert_ne!(asp.session_token(), Some(&first));
    assert_eq!(asp.returns_summary("102025").await.unwrap(), expected);

    asp.log_out().await.unwrap();
    assert_eq!(asp.session_token(), None);
}

#[tokio::test]
async fn a_revoked_session_keeps_the_wires_code() {
    let url = small_wire().await;
    let mut asp = client(&url);
    asp.otp_request().await.unwrap();
    asp.auth_token("575757").await.unwrap();
    // A second consent of the same taxpayer replaces the first session in this small wire.
    let mut other = client(&url);
    other.otp_request().await.unwrap();
    other.auth_token("575757").await.unwrap();
    assert_eq!(code(asp.returns_summary("102025").await.unwrap_err()), "AUTH4033");
    assert_eq!(code(asp.refresh().await.unwrap_err()), "AUTH4033");
    assert_eq!(code(asp.log_out().await.unwrap_err()), "AUTH4033");
}

#[tokio::test]
async fn a_step_before_its_time_calls_nobody() {
    let mut asp = client("http://127.0.0.1:1");
    assert!(matches!(asp.auth_token("575757").await, Err(WireClientError::TooEarly(_))));
    assert!(matches!(asp.refresh().await, Err(WireClientError::TooEarly(_))));
    assert!(matches!(asp.returns_summary("102025").await, Err(WireClientError::TooEarly(_))));
    assert!(matches!(asp.otp_request().await, Err(WireClientError::Unreachable(_))));
}

#[tokio::test]
async fn an_answer_that_is_none_of_the_wire_is_told_apart() {
    let url = serve(Router::new().fallback(async || "<html>maintenance</html>")).await;
    assert!(matches!(client(&url).otp_request().await, Err(WireClientError::BadReply(_))));
}

#[test]
fn debug_shows_no_secret() {
    assert!(!format!("{:?}", client("http://127.0.0.1:1")).contains(SECRET));
}
