//! GSPs as they are told over HTTP: called (RFC 8935) or fetching (RFC 8936), by a whole server.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use app::model::{
    gstin::Gstin,
    id::{ConsentId, GspId, SignatoryId},
    security_event::{SecurityEvent, SecurityEventState},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use server::{
    demo::cast,
    ledger::Scribe,
    push::{EVENT_TYPE, JWKS_PATH, POLL_PATH, jti},
    store::port::{OwedSecurityEvent, PushRoad, PushTarget},
    vault::{Purpose, Vault},
};
use tokio::{net::TcpListener, sync::mpsc};

use crate::support::{demo_server::DemoServer, house::ClockedHouse};

/// Looks, 20 ms apart: twenty seconds.
const LOOKS_MAX: u32 = 1_000;
const AUTHORIZATION: &str = "Bearer the-secret-that-lets-us-in";
const SECRET: &str = "a-secret-to-fetch-with";

/// A GSP that is called: what it got, and what it answers; 202 where nothing else was asked of it.
#[derive(Clone)]
struct Receiver {
    got: mpsc::UnboundedSender<(HeaderMap, String)>,
    answers: Arc<Mutex<VecDeque<Response>>>,
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, token: String) -> Response {
    receiver.got.send((headers, token)).expect("somebody listens");
    receiver.answers.lock().expect("answers").pop_front().unwrap_or_else(|| StatusCode::ACCEPTED.into_response())
}

/// A server, the GSP of one application, and a consent through it.
struct Scene {
    house: ClockedHouse,
    vault: Vault,
    gsp: GspId,
    got: mpsc::UnboundedReceiver<(HeaderMap, String)>,
    answers: Arc<Mutex<VecDeque<Response>>>,
    url: String,
    gstin: Gstin,
    signatory: SignatoryId,
}

impl Scene {
    async fn new() -> Self {
        let (sender, got) = mpsc::unbounded_channel();
        let receiver = Receiver { got: sender, answers: Arc::default() };
        let answers = receiver.answers.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/events", listener.local_addr().expect("address"));
        let app = Router::new().route("/events", post(take)).with_state(receiver);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut vault = None;
        let house = ClockedHouse::start_with(Router::new(), |house| {
            vault = Some(house.vault.clone());
            house.idle_for(Duration::from_millis(20)).calling_this_machine().expect("HTTP")
        })
        .await;
        let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer without a past");
        let gsp = cast::players()[0].application.gsp.id;
        let vault = vault.expect("the house was built");
        Self { house, vault, gsp, got, answers, url, gstin: taxpayer.gstin, signatory: signatory.id }
    }

    async fn road(&self, gsp: GspId, road: PushRoad) {
        let mut work = self.house.store.write().await.expect("write");
        work.put_push_road(gsp, Some(&road)).await.expect("road");
        work.commit().await.expect("commit");
    }

    async fn called(&self) {
        let authorization_sealed = Some(self.vault.seal("gsp_push.authorization", AUTHORIZATION.as_bytes()));
        self.road(self.gsp, PushRoad::Push(PushTarget { url: self.url.clone(), authorization_sealed })).await;
    }

    async fn fetching(&self, gsp: GspId, secret: &str) {
        self.road(gsp, PushRoad::Poll(self.vault.hash(Purpose::Secret, secret.as_bytes()))).await;
    }

    /// A consent through an application, later than those before.
    async fn granted(&self, player: usize) -> ConsentId {
        self.house.pass(SignedDuration::from_millis(1));
        let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer");
        let (mut asp, otp) = self.house.asked(&cast::players()[player], &taxpayer, &signatory).await;
        asp.auth_token(&otp).await.expect("AUTHTOKEN");
        let mut work = self.house.store.read().await.expect("read");
        let now = self.house.clock.now();
        work.list_consents(self.gstin, true, now, None).await.expect("read")[0].consent.id
    }

    async fn revoked(&self, id: ConsentId) {
        self.house.consents.revoke(self.gstin, id, self.signatory).await.expect("revoked");
    }

    async fn event(&self, id: ConsentId) -> SecurityEvent {
        let mut work = self.house.store.read().await.expect("read");
        work.security_event(self.gstin, id).await.expect("read").expect("owed")
    }

    /// The event, once it is in a state.
    async fn event_in(&self, id: ConsentId, state: SecurityEventState) -> SecurityEvent {
        for _ in 0..LOOKS_MAX {
            let event = self.event(id).await;
            if event.state == state {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {state:?}: {:?}", self.event(id).await);
    }

    /// The claims of a token, checked with what the server publishes by software that knows nothing of it.
    async fn claims(&self, gsp: GspId, token: &str) -> Value {
        let http = reqwest::Client::new();
        let keys: JwkSet = http
            .get(format!("{}{JWKS_PATH}", self.house.url))
            .send()
            .await
            .expect("answer")
            .json()
            .await
            .expect("a JWK set");
        let header = decode_header(token).expect("a header");
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("secevent+jwt")));
        let jwk = keys.find(&header.kid.expect("a key's name")).expect("a published key");
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[format!("urn:uuid:{gsp}")]);
        validation.set_issuer(&[&self.house.url]);
        validation.set_required_spec_claims(&["aud", "iss"]);
        validation.validate_exp = false;
        decode(token, &DecodingKey::from_jwk(jwk).expect("a key"), &validation).expect("it verifies").claims
    }

    async fn poll(&self, secret: &str, asked: Value) -> (u16, Value) {
        let http = reqwest::Client::new();
        let request = http.post(format!("{}{POLL_PATH}", self.house.url)).bearer_auth(secret).json(&asked);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

#[tokio::test]
async fn a_revoke_is_told_to_the_gsp_once_it_holds_in_a_token_that_any_library_verifies() {
    let mut scene = Scene::new().await;
    scene.called().await;
    let id = scene.granted(0).await;
    scene.revoked(id).await;
    let (headers, token) = scene.got.recv().await.expect("a call");
    let mut work = scene.house.store.read().await.expect("read");
    let ending = work.ending(scene.gstin, id).await.expect("read").expect("it holds everywhere before it is told");
    let ended = work.consent(scene.gstin, id).await.expect("read").expect("kept").ended.expect("ended");
    drop(work);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("application/secevent+jwt"));
    assert_eq!(header("authorization"), Some(AUTHORIZATION));
    let claims = scene.claims(scene.gsp, &token).await;
    assert_eq!(claims["jti"], jti(id));
    assert_eq!(claims["iat"], ending.effective_at.as_second());
    assert_eq!(claims["sub_id"], json!({ "format": "opaque", "id": id }));
    assert_eq!(claims["txn"].as_str().map(str::len), Some(32));
    let event = &claims["events"][EVENT_TYPE];
    assert_eq!(event["event_timestamp"], ended.at.as_second());
    assert_eq!((&event["initiating_entity"], &event["reason"]), (&json!("user"), &json!("revoked")));
    assert!(event["reason_user"]["hi"].is_string() && event["reason_admin"]["en"].is_string());
    assert_eq!(event["client_id"], cast::players()[0].application.client_id);
    // Whose consent it was is nobody's business but theirs.
    let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer");
    for personal in [taxpayer.gstin.as_str(), &taxpayer.username, &taxpayer.trade_name, &signatory.name] {
        assert!(!claims.to_string().contains(personal), "{personal}");
    }
    let told = scene.event_in(id, SecurityEventState::Accepted).await;
    assert_eq!(told.attempts, 1);
    scene.house.stop().await;
}

#[tokio::test]
async fn an_end_whose_server_died_before_it_held_is_told_once_it_holds() {
    let mut scene = Scene::new().await;
    scene.called().await;
    let id = scene.granted(0).await;
    // What a server commits before it waits for the others; then it dies.
    let mut work = scene.house.store.write().await.expect("write");
    work.lock_taxpayer(scene.gstin).await.expect("held");
    let consent = work.consent(scene.gstin, id).await.expect("read").expect("given");
    let at = scene.house.clock.now();
    let moved = consent.revoke(scene.signatory, at).expect("live");
    work.update_consent(&moved.consent).await.expect("updated");
    work.close_sessions(scene.gstin, id, at).await.expect("closed");
    Scribe::new(scene.vault.clone()).append(&mut *work, &moved.event).await.expect("event");
    let (gstin, application, due_at) = (scene.gstin, consent.application, at + SignedDuration::from_secs(5));
    let owed = OwedSecurityEvent { gstin, consent: id, application, at, due_at };
    work.owe_security_event(&owed).await.expect("owed");
    work.commit().await.expect("commit");
    scene.house.pass(SignedDuration::from_secs(6));
    let (_, token) = scene.got.recv().await.expect("a call");
    assert_eq!(scene.claims(scene.gsp, &token).await["jti"], jti(id));
    let mut work = scene.house.store.read().await.expect("read");
    let ending = work.ending(scene.gstin, id).await.expect("read").expect("somebody made sure that it holds");
    assert!(ending.effective_at >= due_at);
    drop(work);
    scene.house.stop().await;
}

#[tokio::test]
async fn a_gsp_that_is_busy_is_left_alone_as_long_as_it_asks_and_then_told_the_same() {
    let mut scene = Scene::new().await;
    scene.called().await;
    let busy = (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "100")]).into_response();
    scene.answers.lock().expect("answers").push_back(busy);
    let id = scene.granted(0).await;
    scene.revoked(id).await;
    let (_, first) = scene.got.recv().await.expect("a call");
    let failed = scene.event_in(id, SecurityEventState::TemporaryFailure).await;
    assert!(failed.due_at >= scene.house.clock.now() + SignedDuration::from_secs(99), "{failed:?}");
    scene.house.pass(SignedDuration::from_secs(101));
    let (_, second) = scene.got.recv().await.expect("a second call");
    assert_eq!(first, second);
    assert_eq!(scene.event_in(id, SecurityEventState::Accepted).await.attempts, 2);
    scene.house.stop().await;
}

#[tokio::test]
async fn what_a_gsp_refuses_for_good_is_written_down_and_not_tried_again() {
    let mut scene = Scene::new().await;
    scene.called().await;
    let refusal = (StatusCode::BAD_REQUEST, r#"{"err":"invalid_audience","description":"not us"}"#).into_response();
    scene.answers.lock().expect("answers").push_back(refusal);
    let id = scene.granted(0).await;
    scene.revoked(id).await;
    scene.got.recv().await.expect("a call");
    let refused = scene.event_in(id, SecurityEventState::PermanentFailure).await;
    assert_eq!(refused.attempts, 1);
    scene.house.pass(SignedDuration::from_hours(48));
    // Another one goes out, and that is the only call.
    let other = scene.granted(1).await;
    assert_ne!(cast::players()[1].application.gsp.id, scene.gsp);
    scene.revoked(other).await;
    let next = scene.granted(2).await;
    assert_eq!(cast::players()[2].application.gsp.id, scene.gsp);
    scene.revoked(next).await;
    let (_, token) = scene.got.recv().await.expect("a call");
    assert_eq!(scene.claims(scene.gsp, &token).await["jti"], jti(next));
    assert_eq!(scene.event(other).await.state, SecurityEventState::NotWanted);
    scene.house.stop().await;
}

#[tokio::test]
async fn a_gsp_fetches_its_own_events_until_it_acknowledges_or_refuses_them() {
    let scene = Scene::new().await;
    let other = cast::players()[1].application.gsp.id;
    scene.fetching(scene.gsp, SECRET).await;
    scene.fetching(other, "another-secret-to-fetch-with").await;
    let (mine, second, theirs) = (scene.granted(0).await, scene.granted(2).await, scene.granted(1).await);
    for id in [mine, second, theirs] {
        scene.revoked(id).await;
        scene.house.pass(SignedDuration::from_millis(1));
    }
    let now = json!({ "returnImmediately": true });
    for wrong in ["", "another", AUTHORIZATION] {
        assert_eq!(scene.poll(wrong, now.clone()).await.0, 401);
    }
    assert_eq!(scene.poll(SECRET, json!([])).await.0, 400);
    assert_eq!(scene.poll(SECRET, json!({ "maxEvents": -1 })).await.0, 400);
    let (status, one) = scene.poll(SECRET, json!({ "returnImmediately": true, "maxEvents": 1 })).await;
    assert_eq!((status, &one["moreAvailable"]), (200, &json!(true)));
    let sets = one["sets"].as_object().expect("tokens");
    assert_eq!(sets.keys().collect::<Vec<_>>(), [&jti(mine)]);
    scene.claims(scene.gsp, sets[&jti(mine)].as_str().expect("a token")).await;
    // Acknowledging what is another's does nothing to it.
    let acknowledged = json!({ "ack": [jti(mine), jti(theirs), "rubbish"], "maxEvents": 0 });
    assert_eq!(scene.poll(SECRET, acknowledged).await.1["sets"], json!({}));
    let (_, rest) = scene.poll(SECRET, now.clone()).await;
    assert_eq!(rest["sets"].as_object().expect("tokens").keys().collect::<Vec<_>>(), [&jti(second)]);
    assert_eq!(rest["moreAvailable"], json!(false));
    let refusing =
        json!({ "setErrs": { jti(second): { "err": "invalid_key", "description": "?" } }, "returnImmediately": true });
    assert_eq!(scene.poll(SECRET, refusing).await.1["sets"], json!({}));
    for (id, state) in [
        (mine, SecurityEventState::Accepted),
        (second, SecurityEventState::PermanentFailure),
        (theirs, SecurityEventState::Queued),
    ] {
        assert_eq!(scene.event(id).await.state, state);
    }
    let (_, others) = scene.poll("another-secret-to-fetch-with", now).await;
    assert_eq!(others["sets"].as_object().expect("tokens").keys().collect::<Vec<_>>(), [&jti(theirs)]);
    scene.house.stop().await;
}

#[tokio::test]
async fn a_poll_that_waits_is_answered_as_soon_as_an_end_holds() {
    let scene = Scene::new().await;
    scene.fetching(scene.gsp, SECRET).await;
    let id = scene.granted(0).await;
    let (answered, ()) = tokio::join!(scene.poll(SECRET, json!({})), scene.revoked(id));
    assert_eq!(answered.0, 200);
    assert_eq!(answered.1["sets"].as_object().expect("tokens").keys().collect::<Vec<_>>(), [&jti(id)]);
    // Nor does one that waits hold a stop up.
    let asked = json!({ "ack": [jti(id)] });
    let (answered, ()) = tokio::join!(scene.poll(SECRET, asked), async {
        scene.event_in(id, SecurityEventState::Accepted).await;
        scene.house.tell_to_stop();
    });
    assert_eq!(answered, (200, json!({ "sets": {}, "moreAvailable": false })));
    scene.house.stop().await;
}

#[tokio::test]
async fn the_demos_gsp_shows_what_it_was_told_and_the_wire_named_the_same_consent() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    server.revoked(&granted).await;
    let page = server.page_with("/demo/gsp", "", "a session was revoked", 1).await;
    assert!(
        page.contains("You ended this access on the GST portal.") && page.contains("<code>revoked</code>"),
        "{page}"
    );
    let id = granted.asp.consent_id().expect("the wire named it").to_owned();
    assert!(page.contains(&id), "{id}");
}
