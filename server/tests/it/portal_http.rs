//! The portal's side over HTTP: the hand-off, the cookie, the guards, and what a browser is told.

use std::{collections::BTreeMap, process::Stdio};

use app::model::{gstin::Gstin, id::ConsentId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ED25519};
use reqwest::{Client, Method, Response, StatusCode, header};
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
        roles: BTreeMap::new(),
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
}

#[tokio::test]
async fn no_route_of_the_demo_exists_outside_it() {
    let (served, demo) = (Served::start(), DemoServer::start());
    // Where they are named: what is added there is asked for here.
    let [routes, sms] = [include_str!("../../src/demo/mod.rs"), include_str!("../../src/demo/sms_sink.rs")];
    let named = [routes, sms].into_iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let named = named.map(|text| text.replace("{BASE_PATH}", "/demo/provider").replace("{number}", "0"));
    let paths: Vec<_> = named.filter(|text| text.starts_with("/demo/") || text.starts_with("/taxpayerapi/")).collect();
    assert!(paths.len() >= 13, "{paths:?}");
    for path in paths.iter().filter(|path| *path != "/demo/provider") {
        for method in [Method::GET, Method::POST] {
            let ask = |http: &Client, url: &str| {
                let request = http.request(method.clone(), format!("{url}{path}"));
                request.header(header::ORIGIN, if url == demo.url { url } else { PUBLIC_URL }).send()
            };
            let outside = ask(&served.http, &served.url).await.expect("answer").status();
            // A page that nobody has is only fetched.
            assert!(
                [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&outside),
                "{method} {path}: {outside}"
            );
        }
        let inside = demo.get(path).send().await.expect("answer");
        let is_page = inside.status() == StatusCode::NOT_FOUND && inside.text().await.expect("text").contains("<main");
        assert!(!is_page, "{path} is a route of the demo");
    }
}

#[tokio::test]
async fn a_person_whose_hand_off_fails_reads_what_to_do_next_and_a_machine_reads_json() {
    let server = Served::start();
    let post = |accept: &'static str, body: &'static str, language: &'static str| {
        let request = server.http.post(format!("{}/hand-off", server.url)).header(header::ACCEPT, accept);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.header(header::ACCEPT_LANGUAGE, language).body(body).send()
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    let answer = post(browser, "token=x", "en").await.expect("answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.expect("text");
    assert!(page.contains("<h1>You could not be signed in</h1>") && page.contains("Manage API Access"), "{page}");
    assert!(page.contains("<html lang=\"en\" dir=\"ltr\">") && !page.contains("urn:"), "{page}");
    let hindi = post(browser, "token=x", "hi").await.expect("answer").text().await.expect("text");
    assert!(hindi.contains("<html lang=\"hi\" dir=\"ltr\">") && hindi.contains("आप साइन इन नहीं हो सके"), "{hindi}");
    let no_form = post(browser, "nonsense", "en").await.expect("answer");
    assert_eq!(no_form.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(no_form.text().await.expect("text").contains("<h1>That did not work</h1>"));
    for accept in ["*/*", "application/json"] {
        let answer = post(accept, "token=x", "en").await.expect("answer");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{accept}");
    }
}

#[tokio::test]
async fn the_demos_forms_take_nothing_from_another_site() {
    let server = DemoServer::start();
    let signatory = cast::taxpayers()[5].2.id.to_string();
    for path in ["portal", "asp/otp-request", "asp/auth-token", "asp/fetch", "asp/refresh", "asp/log-out"] {
        let post = || server.post(&format!("/demo/{path}")).form(&[("signatory", &signatory)]);
        for request in [
            post(),
            post().header(header::ORIGIN, "https://evil.example"),
            post().header("sec-fetch-site", "cross-site"),
        ] {
            assert_eq!(request.send().await.expect("answer").status(), StatusCode::FORBIDDEN, "{path}");
        }
        let ours = post().header(header::ORIGIN, &server.url).send().await.expect("answer");
        assert_ne!(ours.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn files_are_the_same_for_everybody_and_kept_for_ever_also_by_who_is_signed_in() {
    let server = DemoServer::start();
    let folder = server.site.path().join("pkg");
    std::fs::create_dir_all(&folder).expect("folder");
    std::fs::write(folder.join("asp-access.0123456789abcdef.css"), "body{}").expect("file");
    let cookie = server.sign_in(&cast::taxpayers()[5].2).await;
    let database = SqliteConnectOptions::new().filename(server.data.path().join("asp-access.db"));
    let mut database = database.connect().await.expect("the demo's database");
    sqlx::query("alter table portal_session rename to gone").execute(&mut database).await.expect("renamed");
    for path in ["/pkg/asp-access.0123456789abcdef.css", "/favicon.svg"] {
        let answer = server.get(path).header(header::COOKIE, &cookie).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path} is read without asking who reads it");
        let kept = answer.headers().get("cache-control").map(|value| value.to_str().expect("text"));
        assert_eq!(kept, path.starts_with("/pkg").then_some("public, max-age=31536000, immutable"), "{path}");
    }
    let missing = server.get("/pkg/asp-access.fedcba9876543210.css").send().await.expect("answer");
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(missing.headers().get("cache-control").is_none(), "what is missing may be there with the next server");
    let page = server.get("/").header(header::COOKIE, &cookie).header(header::ACCEPT, "text/html").send();
    let page = page.await.expect("answer");
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().await.expect("text").contains("<h1>We cannot answer right now</h1>"));
}

#[tokio::test]
async fn a_stranger_who_knows_every_id_changes_nothing_and_reads_nothing() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let cast = cast::taxpayers();
    let (theirs, mine) = (granted.gstin(), cast[0].0.gstin);
    let (owner, stranger) = (server.sign_in(&granted.signatory).await, server.sign_in(&cast[0].2).await);
    let real = server.consent_on(&format!("/access/{theirs}"), theirs, &owner).await;
    let unknown = ConsentId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)).to_string();
    for gstin in [theirs, mine] {
        let mut answers = Vec::new();
        for id in [&real, &unknown] {
            let revoke = server.revoke(gstin, id, &stranger).header(header::ORIGIN, &server.url);
            let answer = revoke.header(header::ACCEPT, "application/json").send().await.expect("answer");
            answers.push((answer.status(), answer.text().await.expect("text")));
            for read in ["consent", "calls", "receipt", "told-of-consent"] {
                let (status, text) = server.page(&format!("/api/{read}?gstin={gstin}&id={id}"), &stranger).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{read} of {gstin} {id}: {text}");
            }
        }
        assert_eq!(answers[0], answers[1], "a consent that is not theirs is like none");
    }
    for list in ["access-now", "history", "told"] {
        assert_eq!(
            server.page(&format!("/api/{list}?gstin={theirs}"), &stranger).await.0,
            StatusCode::NOT_FOUND,
            "{list}"
        );
    }
    assert_eq!(server.introspect(&granted.token()).await["active"], true, "the consent is as it was");
    assert_eq!(server.page(&format!("/api/calls?gstin={theirs}&id={real}"), &owner).await.0, StatusCode::OK);
    assert_eq!(server.page(&format!("/api/calls?gstin={theirs}&id={unknown}"), &owner).await.0, StatusCode::NOT_FOUND);
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
