//! What serves once, is bounded, or is over, is so on every server of a database.

use std::{sync::Arc, time::Duration};

use app::model::{Timestamp, alert::Channel};
use futures::{StreamExt, stream};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, StatusCode, header, redirect};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    demo::{
        cast::{GATEWAY_SECRET, Player},
        inbox::Inbox,
        smtp_sink::SmtpSink,
    },
    portal::Claims,
    wire_client::{WireClient, WireClientError},
};
use tokio::time;

use crate::support::{
    database::{Database, Engine},
    fleet::Fleet,
    lane::{self, Lane},
    serve::{PUBLIC_URL, Providers},
    sms_gateway,
};

/// OTPs that a taxpayer may be sent in the servers' window.
const OTPS_MAX: usize = 6;
/// Wrong answers that an OTP outlives (`app/src/model/otp.rs` gives three tries).
const WRONG_ANSWERS: usize = 3;
const OTP_MAX: Duration = Duration::from_secs(20);
/// Calls a day that a consent may make, calls that are made, and so many of them at once.
const CALLS_A_DAY: usize = 23;
const CALLS: usize = 120;
const CALLS_AT_ONCE: usize = 12;

/// Two servers over one PostgreSQL, and two taxpayers.
struct Scene {
    urls: Vec<String>,
    lanes: Vec<Lane>,
    player: Player,
    inbox: Inbox,
    http: Client,
    fleet: Fleet,
    _relay: SmtpSink,
    database: Database,
}

impl Scene {
    async fn open() -> Self {
        let database = Database::fresh(Engine::Postgres).await;
        let inbox = Inbox::default();
        let relay = SmtpSink::start(inbox.clone(), Arc::new(SystemClock), 0).await.expect("relay");
        let sms_url = sms_gateway::start(inbox.clone(), Arc::new(SystemChance)).await;
        let player = lane::register(&*database.store).await;
        let lanes = vec![Lane::open(0, &*database.store).await, Lane::open(1, &*database.store).await];
        let max = OTPS_MAX.to_string();
        let arguments = ["--otp-requests-per-taxpayer-max", max.as_str(), "--smtp-security", "plain"];
        let providers = Providers { smtp_port: relay.address.port(), sms_url };
        let fleet = Fleet::start(&vec![database.address.clone(); 2], providers, &arguments).await;
        let http = Client::builder().redirect(redirect::Policy::none()).build().expect("client");
        Self { urls: fleet.urls(), lanes, player, inbox, http, fleet, _relay: relay, database }
    }

    /// The ASP's side of the wire to one of the servers.
    fn asp(&self, lane: &Lane, server: usize) -> WireClient {
        let (id, secret) = (&self.player.application.client_id, &self.player.client_secret);
        let (user, gstin) = (&lane.taxpayer.username, lane.taxpayer.gstin);
        WireClient::new(&self.urls[server % 2], id, secret, user, gstin, Arc::new(SystemChance)).expect("a client")
    }

    /// The OTP that was sent since.
    async fn otp(&self, lane: &Lane, since: Timestamp) -> String {
        let to = lane.signatory.mobile.as_str();
        let sent = self.inbox.first(|item| {
            item.channel == Channel::Sms && item.at >= since && item.to == to && item.text.contains("is the OTP")
        });
        let sent = time::timeout(OTP_MAX, sent).await.expect("an OTP arrives");
        sent.text.split_whitespace().next().expect("an OTP").to_owned()
    }

    /// What the portal hands to the browser of a signatory.
    fn hand_off(&self, lane: &Lane) -> String {
        let (chance, now): (&dyn Chance, _) = (&SystemChance, SystemClock.now());
        let claims = Claims {
            iss: "gst-portal".into(),
            aud: PUBLIC_URL.into(),
            sub: lane.signatory.id,
            name: lane.signatory.name.clone(),
            gstins: vec![lane.taxpayer.gstin],
            roles: std::collections::BTreeMap::new(),
            jti: chance.id(now).to_string(),
            iat: now.as_second(),
            exp: now.as_second() + 60,
        };
        let key = EncodingKey::from_ed_pem(self.fleet.portal_key().as_bytes()).expect("a key");
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key).expect("signed")
    }

    /// What a server answers to somebody who wants to see who has access.
    async fn page(&self, lane: &Lane, server: usize, cookie: &str) -> StatusCode {
        let page = format!("{}/access/{}", self.urls[server], lane.taxpayer.gstin);
        self.http.get(page).header(header::COOKIE, cookie).send().await.expect("an answer").status()
    }
}

impl Scene {
    /// An API gateway's question about a call on a token, to one of the servers.
    async fn call(&self, server: usize, token: &str) -> StatusCode {
        let asked = self.http.get(format!("{}/v1/forward-auth", self.urls[server % 2])).bearer_auth(GATEWAY_SECRET);
        let asked = asked.header("auth-token", token).header("x-original-uri", "/returns?action=RETSUM");
        asked.send().await.expect("an answer").status()
    }
}

fn is_refused(answer: &Result<(), WireClientError>, code: &str) -> bool {
    matches!(answer, Err(WireClientError::Refused { error_cd, .. }) if error_cd == code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_off_opens_one_session_on_one_server_and_signing_out_ends_it_on_all() {
    let scene = Scene::open().await;
    let lane = &scene.lanes[0];
    for _ in 0..5 {
        let form = [("token", scene.hand_off(lane))];
        let shown = scene.urls.iter().map(|url| scene.http.post(format!("{url}/hand-off")).form(&form).send());
        let answers: Vec<_> = futures::future::join_all(shown).await.into_iter().map(Result::unwrap).collect();
        let mut statuses: Vec<_> = answers.iter().map(reqwest::Response::status).collect();
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED], "shown to both at once, it opens once");
        let cookie = answers.iter().find_map(|answer| answer.headers().get(header::SET_COOKIE)).expect("a cookie");
        let cookie = cookie.to_str().expect("text").split(';').next().expect("a value").to_owned();
        for server in 0..2 {
            assert_eq!(scene.page(lane, server, &cookie).await, StatusCode::OK, "whoever opened it");
        }
        let left = scene.http.post(format!("{}/api/sign-out", scene.urls[0]));
        let left = left.header(header::COOKIE, &cookie).header(header::ORIGIN, PUBLIC_URL).send().await;
        assert!(!left.expect("an answer").status().is_server_error());
        for server in 0..2 {
            assert_eq!(scene.page(lane, server, &cookie).await, StatusCode::UNAUTHORIZED);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_at_an_otp_and_otps_of_a_taxpayer_are_counted_over_all_servers() {
    let scene = Scene::open().await;
    let lane = &scene.lanes[0];
    let asked_at = SystemClock.now();
    let mut asp = scene.asp(lane, 0);
    asp.otp_request().await.expect("OTPREQUEST");
    let right = scene.otp(lane, asked_at).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for server in 0..WRONG_ANSWERS {
        asp.turn_to(&scene.urls[server % 2]);
        let answer = asp.auth_token(wrong).await;
        assert!(is_refused(&answer, "AUTH4034"), "{answer:?}");
    }
    for url in &scene.urls {
        asp.turn_to(url);
        let answer = asp.auth_token(&right).await;
        assert!(is_refused(&answer, "AUTH4034"), "no try is left on either: {answer:?}");
    }
    // One was asked for above; one application has half of what all may ask together.
    for server in 1..OTPS_MAX / 2 {
        scene.asp(lane, server).otp_request().await.expect("within the limit, on whichever server");
    }
    for server in 0..2 {
        let answer = scene.asp(lane, server).otp_request().await;
        assert!(is_refused(&answer, "AUTH403"), "beyond it on either: {answer:?}");
    }
    // Another taxpayer has a count of its own, and an OTP that was asked for here can be shown there.
    let (other, asked_at) = (&scene.lanes[1], SystemClock.now());
    let mut asp = scene.asp(other, 0);
    asp.otp_request().await.expect("OTPREQUEST");
    let otp = scene.otp(other, asked_at).await;
    asp.turn_to(&scene.urls[1]);
    asp.auth_token(&otp).await.expect("AUTHTOKEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_calls_on_both_servers_at_once_just_as_many_pass_as_are_allowed_a_day() {
    let scene = Scene::open().await;
    let (lane, asked_at) = (&scene.lanes[0], SystemClock.now());
    let mut asp = scene.asp(lane, 0);
    asp.otp_request().await.expect("OTPREQUEST");
    let otp = scene.otp(lane, asked_at).await;
    asp.auth_token(&otp).await.expect("AUTHTOKEN");
    let token = asp.session_token().expect("a session").expose().to_owned();
    // Both remember it without a limit; these two count.
    for server in 0..2 {
        assert_eq!(scene.call(server, &token).await, StatusCode::OK);
    }
    let id = {
        let mut work = scene.database.store.read().await.expect("read");
        let live = work.list_consents(lane.taxpayer.gstin, true, SystemClock.now(), None).await.expect("read");
        live[0].consent.id.to_string()
    };
    let limits = [
        ("gstin", lane.taxpayer.gstin.to_string()),
        ("id", id),
        ("version", "1".into()),
        ("calls_a_day", CALLS_A_DAY.to_string()),
    ];
    let limited = lane.signed_in(scene.http.post(format!("{}/api/restrict", scene.urls[0])).form(&limits)).send();
    assert!(limited.await.expect("an answer").status().is_success());
    let calls = (0..CALLS).map(|call| scene.call(call, &token));
    let answers: Vec<_> = stream::iter(calls).buffer_unordered(CALLS_AT_ONCE).collect().await;
    let passed = answers.iter().filter(|status| **status == StatusCode::OK).count();
    let refused = answers.iter().filter(|status| **status == StatusCode::FORBIDDEN).count();
    assert_eq!((passed, refused), (CALLS_A_DAY - 2, CALLS - (CALLS_A_DAY - 2)), "{answers:?}");
    for server in 0..2 {
        assert_eq!(scene.call(server, &token).await, StatusCode::FORBIDDEN, "the day is full on both");
    }
}
