//! The portal's side over HTTP: the hand-off, the cookie, the guards, and what a browser is told.

use std::process::Stdio;

use app::model::{gstin::Gstin, id::ConsentId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ED25519};
use reqwest::{Client, Response, StatusCode, header};
use server::{
    clock::{Clock, SystemClock},
    demo::cast,
    portal::Claims,
};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{
    demo_server::{DemoServer, between, client},
    process::{Process, word_after},
    serve::{PUBLIC_URL, Providers, serve},
};

/// `asp-access serve` on a free port, with a portal whose key the test holds.
struct Served {
    url: String,
    http: Client,
    portal: EncodingKey,
    _house: TempDir,
    _process: Process,
}

impl Served {
    fn start() -> Self {
        let house = tempfile::tempdir().expect("folder");
        let pair = KeyPair::generate_for(&PKCS_ED25519).expect("key");
        let database = house.path().join("test.db").display().to_string();
        let mut command = serve(house.path(), &database, &pair.public_key_pem(), &Providers::none());
        let mut process = Process(
            command.args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().expect("the server starts"),
        );
        let address = word_after("serving address=", process.0.stderr.take().expect("its log"));
        let portal = key_of(&pair);
        Self { url: format!("http://{address}"), http: client(), portal, _house: house, _process: process }
    }

    async fn hand_off(&self, token: &str) -> Response {
        let form = [("token", token)];
        self.http.post(format!("{}/hand-off", self.url)).form(&form).send().await.expect("answer")
    }
}

fn key_of(pair: &KeyPair) -> EncodingKey {
    EncodingKey::from_ed_pem(pair.serialize_pem().as_bytes()).expect("key")
}

fn claims() -> Claims {
    let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("taxpayers");
    let now = SystemClock.now().as_second();
    Claims {
        iss: "gst-portal".into(),
        aud: PUBLIC_URL.into(),
        sub: signatory.id,
        name: signatory.name,
        gstins: vec![taxpayer.gstin],
        jti: "hand-off-1".into(),
        iat: now,
        exp: now + 60,
    }
}

fn signed(claims: &Claims, key: &EncodingKey) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, key).expect("a token")
}

#[tokio::test]
async fn a_hand_off_serves_once_and_only_the_portals_own_fresh_one_does() {
    let server = Served::start();
    let now = claims().iat;
    let stranger = key_of(&KeyPair::generate_for(&PKCS_ED25519).expect("key"));
    let by_secret = EncodingKey::from_secret(b"secret");
    for (what, token) in [
        ("expired", signed(&Claims { iat: now - 61, exp: now - 1, ..claims() }, &server.portal)),
        ("from the future", signed(&Claims { iat: now + 30, exp: now + 60, ..claims() }, &server.portal)),
        ("too long a life", signed(&Claims { exp: now + 3_600, ..claims() }, &server.portal)),
        ("another audience", signed(&Claims { aud: "https://other.example".into(), ..claims() }, &server.portal)),
        ("another issuer", signed(&Claims { iss: "me".into(), ..claims() }, &server.portal)),
        ("nobody's registrations", signed(&Claims { gstins: Vec::new(), ..claims() }, &server.portal)),
        ("another key", signed(&claims(), &stranger)),
        ("a shared secret", jsonwebtoken::encode(&Header::default(), &claims(), &by_secret).expect("a token")),
        ("cut", signed(&claims(), &server.portal).rsplit_once('.').expect("parts").0.to_owned() + "."),
        ("no token", "x".into()),
        ("empty", String::new()),
    ] {
        let answer = server.hand_off(&token).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        assert!(answer.headers().get(header::SET_COOKIE).is_none(), "{what}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{what}");
    }
    let token = signed(&claims(), &server.portal);
    let answer = server.hand_off(&token).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text");
    assert!(cookie.starts_with("__Host-asp-access="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}");
    }
    assert_eq!(server.hand_off(&token).await.status(), StatusCode::UNAUTHORIZED, "a second time");
    for path in ["/demo/asp", "/demo/portal", "/demo/inbox.json", "/taxpayerapi/v1.0/returns"] {
        let status = server.http.get(format!("{}{path}", server.url)).send().await.expect("answer").status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path} outside the demo");
    }
}

#[tokio::test]
async fn a_revoke_from_another_site_does_nothing() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let (gstin, signatory) = (granted.gstin(), &granted.signatory);
    let token = server.hand_off(signatory).await;
    let answer = server.post("/hand-off").form(&[("token", &token)]).send().await.expect("answer");
    let set = answer.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
    assert!(set.contains("; HttpOnly") && set.contains("; SameSite=Lax"), "{set}");
    let cookie = set.split(';').next().expect("a cookie");
    let id = server.consent_on(&format!("/access/{gstin}"), gstin, cookie).await;
    let ours = server.url.clone();
    for (what, headers) in [
        ("another site", vec![("sec-fetch-site", "cross-site")]),
        ("another host of the site", vec![("sec-fetch-site", "same-site")]),
        ("another site that claims our origin", vec![("sec-fetch-site", "cross-site"), ("origin", &*ours)]),
        ("another origin", vec![("origin", "https://evil.example")]),
        ("no origin", vec![("origin", "null")]),
        ("neither header", vec![]),
    ] {
        let request = server.revoke(gstin, &id, cookie);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = request.send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{what}");
        assert_eq!(server.introspect(&granted.token()).await["active"], true, "{what}");
    }
    // Ours, but from nobody.
    let answer = server.revoke(gstin, &id, "").header(header::ORIGIN, &ours).send().await.expect("answer");
    assert!(!answer.headers().get(header::LOCATION).is_some_and(|to| to.as_bytes().ends_with(b"/receipt")));
    assert_eq!(server.introspect(&granted.token()).await["active"], true, "without a cookie");
    server.revoked(&granted).await;
    assert_eq!(server.introspect(&granted.token()).await["active"], false);
}

/// A page without what differs from one answer to the next: its nonce, and the id that was asked for.
fn without_nonce(page: &str, id: &str) -> String {
    let nonce = between(page, "nonce=\"", "\"").expect("a page has a nonce");
    page.replace(nonce, "NONCE").replace(id, "ID")
}

#[tokio::test]
async fn another_taxpayers_consent_answers_like_one_that_does_not_exist() {
    let server = DemoServer::start();
    let cast = cast::taxpayers();
    let (theirs, mine): (Gstin, Gstin) = (cast[0].0.gstin, cast[5].0.gstin);
    let their_cookie = server.sign_in(&cast[0].2).await;
    let real = server.consent_on(&format!("/access/{theirs}/history"), theirs, &their_cookie).await;
    let unknown = ConsentId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)).to_string();
    let cookie = server.sign_in(&cast[5].2).await;
    for gstin in [theirs, mine] {
        for page in ["", "/revoke", "/receipt"] {
            let path = |id: &str| format!("/access/{gstin}/consents/{id}{page}");
            let (status, hidden) = server.page(&path(&real), &cookie).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{page}");
            let (status, missing) = server.page(&path(&unknown), &cookie).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{page}");
            assert_eq!(without_nonce(&hidden, &real), without_nonce(&missing, &unknown), "{page}");
        }
        let api = |id: &str| format!("/api/consent?gstin={gstin}&id={id}");
        let (hidden, missing) = (server.page(&api(&real), &cookie).await, server.page(&api(&unknown), &cookie).await);
        assert_eq!(hidden, missing);
        assert_eq!(hidden.0, StatusCode::NOT_FOUND);
    }
    let path = format!("/access/{theirs}/consents/{real}");
    assert_eq!(server.page(&path, &their_cookie).await.0, StatusCode::OK, "its owner sees it");
    for cookie in ["", "asp-access=", &format!("asp-access={}", "0".repeat(64))] {
        for path in [&path, &format!("/access/{mine}"), &format!("/access/{mine}/history")] {
            assert_eq!(server.page(path, cookie).await.0, StatusCode::UNAUTHORIZED, "{path} with {cookie:?}");
        }
    }
}

#[tokio::test]
async fn every_kind_of_answer_tells_the_browser_what_it_may_not_do() {
    let server = DemoServer::start();
    let cast = cast::taxpayers();
    let cookie = server.sign_in(&cast[5].2).await;
    let mine = format!("/access/{}", cast[5].0.gstin);
    for (what, request) in [
        ("home", server.get("/")),
        ("a page", server.get(&mine).header(header::COOKIE, &cookie)),
        ("a page without a cookie", server.get(&mine)),
        ("no page", server.get("/nowhere")),
        ("the icon", server.get("/favicon.svg")),
        ("no file", server.get("/pkg/nothing.js")),
        ("a server function", server.get("/api/me")),
        ("a refused revoke", server.post("/api/revoke")),
        ("a bad hand-off", server.post("/hand-off").form(&[("token", "x")])),
        ("no form", server.post("/hand-off")),
        ("the wrong method", server.get("/v1/introspect")),
        ("a check", server.get("/v1/forward-auth")),
        ("the certificate", server.get("/taxpayerapi/certificate")),
        ("the wire", server.post("/taxpayerapi/v1.0/authenticate")),
        ("the demo", server.get("/demo/asp")),
    ] {
        let answer = request.send().await.expect("answer");
        let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(name), value, "{what}: {name}");
        }
        assert!(!header("permissions-policy").is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_refused_server_function_says_by_its_status_why() {
    let server = DemoServer::start();
    let (taxpayer, _, signatory) = cast::taxpayers().remove(0);
    let (gstin, cookie) = (taxpayer.gstin, server.sign_in(&signatory).await);
    let list = format!("/api/access-now?gstin={gstin}");
    assert_eq!(server.page(&list, "").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.page(&list, &cookie).await.0, StatusCode::OK);
    for unreadable in ["/api/access-now", "/api/access-now?gstin=27", &format!("{list}&after=x")] {
        let (status, text) = server.page(unreadable, &cookie).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{unreadable}: {text}");
    }
    // The sample data's consents of a month ago: some ran out, and what is over cannot be ended.
    let (_, history) = server.page(&format!("/api/history?gstin={gstin}"), &cookie).await;
    let history: serde_json::Value = serde_json::from_str(&history).expect("JSON");
    let rows = history["page"]["rows"].as_array().expect("rows");
    let expired = rows.iter().find(|row| row["consent"]["ended"].is_null()).expect("one ran out");
    let revoke = |accept: &str| {
        let form = [("gstin", gstin.to_string()), ("id", expired["consent"]["id"].as_str().expect("id").to_owned())];
        let request = server.post("/api/revoke").form(&form).header(header::COOKIE, &cookie);
        let request = request.header(header::ORIGIN, &server.url).header(header::ACCEPT, accept);
        request.header(header::REFERER, format!("{}/access/{gstin}", server.url)).send()
    };
    assert_eq!(revoke("application/json").await.expect("answer").status(), StatusCode::CONFLICT);
    let without_scripts = revoke("text/html").await.expect("answer");
    assert!(without_scripts.status().is_redirection(), "a form leads back to its page");
}

#[tokio::test]
async fn a_store_that_fails_is_told_by_a_status_and_an_id_and_by_nothing_internal() {
    let server = DemoServer::start();
    let (taxpayer, _, signatory) = cast::taxpayers().remove(0);
    let cookie = server.sign_in(&signatory).await;
    let database = SqliteConnectOptions::new().filename(server.data.path().join("asp-access.db"));
    let mut database = database.connect().await.expect("the demo's database");
    sqlx::query("alter table consent rename to gone").execute(&mut database).await.expect("renamed");
    let (status, text) = server.page(&format!("/api/access-now?gstin={}", taxpayer.gstin), &cookie).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
    let refusal: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(refusal["error"], "unavailable");
    let id = refusal["request_id"].as_str().expect("an id");
    assert!(id.len() == 12 && !text.contains("table"), "{text}");
    let (status, page) = server.page(&format!("/access/{}", taxpayer.gstin), &cookie).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("Request id") && !page.contains("no such table"));
}
