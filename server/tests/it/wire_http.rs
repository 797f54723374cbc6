//! The GST wire over HTTP: each fault has its code, every answer is HTTP 200, and bad app keys look alike.

use std::{process::Command, sync::Arc};

use app::model::Timestamp;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::{
    chance::{Chance, SystemChance},
    clock::ManualClock,
    demo::cast,
    gateway::{
        envelope::{AppKey, DataReply, SessionKey, open_app_key, open_data, open_session_key, seal_under},
        key_store::{KeyStore, OVERLAP},
        keys,
    },
    store,
    vault::Vault,
    wire_client::WireClientError,
};

use crate::support::{demo_server::DemoServer, process::asp_access, sealing::seal_to};

const V1: &str = "/taxpayerapi/v1.0/authenticate";
const APP_KEY: AppKey = AppKey([7; 32]);
const SHAPE: &str = "every answer of the wire is HTTP 200";

/// The headers of an honest call of the first player about the last taxpayer.
fn headers() -> Vec<(&'static str, String)> {
    let player = cast::players().remove(0);
    let (taxpayer, _, _) = cast::taxpayers().pop().expect("taxpayers");
    vec![
        ("clientid", player.application.client_id),
        ("client-secret", player.client_secret),
        ("state-cd", taxpayer.gstin.state().to_owned()),
        ("ip-usr", "127.0.0.1".to_owned()),
        ("txn", "1".to_owned()),
    ]
}

fn with(name: &str, value: &str) -> Vec<(&'static str, String)> {
    let replaced = |(known, old)| if known == name { (known, value.to_owned()) } else { (known, old) };
    headers().into_iter().map(replaced).collect()
}

fn without(name: &str) -> Vec<(&'static str, String)> {
    headers().into_iter().filter(|(known, _)| *known != name).collect()
}

async fn ask_at(server: &DemoServer, path: &str, headers: &[(&str, String)], body: impl Into<reqwest::Body>) -> String {
    let mut request = server.post(path).header("content-type", "application/json").body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK, "{SHAPE}");
    answer.text().await.expect("text")
}

async fn ask(server: &DemoServer, headers: &[(&str, String)], body: impl Into<reqwest::Body>) -> String {
    ask_at(server, V1, headers, body).await
}

/// The code of a refusal, or `1` of a success.
fn code(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    let code = answer.pointer("/error/error_cd").unwrap_or(&answer["status_cd"]);
    code.as_str().expect("a string").to_owned()
}

fn otp_request(app_key: &str) -> Value {
    json!({"action": "OTPREQUEST", "username": "arora.dl", "app_key": app_key})
}

#[tokio::test]
async fn each_fault_of_a_request_has_its_code_and_none_is_a_server_error() {
    let server = DemoServer::start();
    let good = seal_to(&server.certificate().await, &[7; 32]);
    let honest = || otp_request(&good);
    let changed = |name: &str, value: Value| {
        let mut body = honest();
        body[name] = value;
        body.to_string()
    };
    let garbage = |action: &str, token: &str| {
        json!({"action": action, "username": "arora.dl", "app_key": "AAAA", "auth_token": token}).to_string()
    };
    let unknown_token = "0".repeat(32);
    let long = "x".repeat(65 * 1024);
    for (what, headers, body, expected) in [
        ("honest", headers(), honest().to_string(), "1"),
        ("not JSON", headers(), "<xml/>".into(), "AUTH4040"),
        ("no object", headers(), "[1]".into(), "AUTH4040"),
        ("no UTF-8 text", headers(), "\"\\ud800\"".into(), "AUTH4040"),
        ("empty body", headers(), String::new(), "AUTH4040"),
        ("65 KiB of text", headers(), long.clone(), "GEN5007"),
        ("65 KiB in a field", headers(), changed("app_key", json!(long)), "GEN5007"),
        ("a megabyte", headers(), changed("app_key", json!("x".repeat(1 << 20))), "GEN5007"),
        ("a megabyte from nobody", Vec::new(), "x".repeat(1 << 20), "AUT4031"),
        ("action is a number", headers(), changed("action", json!(1)), "GEN5007"),
        ("username is a list", headers(), changed("username", json!(["arora.dl"])), "GEN5007"),
        ("app_key is an object", headers(), changed("app_key", json!({})), "GEN5007"),
        ("action is null", headers(), changed("action", Value::Null), "GEN5001"),
        ("no clientid", without("clientid"), honest().to_string(), "AUT4031"),
        ("no client-secret", without("client-secret"), honest().to_string(), "AUT4032"),
        ("no state-cd", without("state-cd"), honest().to_string(), "AUTH4041"),
        ("no txn", without("txn"), honest().to_string(), "GEN5001"),
        ("no ip-usr, which decides nothing", without("ip-usr"), honest().to_string(), "1"),
        ("no header at all", Vec::new(), honest().to_string(), "AUT4031"),
        ("malformed clientid", with("clientid", "me"), honest().to_string(), "AUT4033"),
        ("unknown clientid", with("clientid", &format!("l7xx{unknown_token}")), honest().to_string(), "AUT4033"),
        ("wrong secret", with("client-secret", &unknown_token), honest().to_string(), "AUT4034"),
        ("another state", with("state-cd", "27"), honest().to_string(), "AUTH4041"),
        ("no state", with("state-cd", "Delhi"), honest().to_string(), "AUTH4041"),
        ("unknown user", headers(), changed("username", json!("nobody")), "AUTH4032"),
        ("unknown action", headers(), changed("action", json!("DROP TABLE")), "AUTH4035"),
        ("refresh with a malformed token", headers(), garbage("REFRESHTOKEN", "'; --"), "AUTH4033"),
        ("refresh with an unknown token", headers(), garbage("REFRESHTOKEN", &unknown_token), "AUTH4033"),
        ("log-out with a malformed token", headers(), garbage("LOGOUT", "x"), "AUTH4033"),
        ("log-out with an unknown token", headers(), garbage("LOGOUT", &unknown_token), "AUTH4033"),
        (
            "an OTP in clear",
            headers(),
            { json!({"action": "AUTHTOKEN", "username": "arora.dl", "app_key": good, "otp": "123456"}).to_string() },
            "AUTH4034",
        ),
    ] {
        assert_eq!(code(&ask(&server, &headers, body).await), expected, "{what}");
    }
}

#[tokio::test]
async fn the_older_version_and_doubled_slashes_reach_the_same_endpoint() {
    let server = DemoServer::start();
    let body = otp_request(&seal_to(&server.certificate().await, &[7; 32])).to_string();
    for path in [V1, "/taxpayerapi/v0.2/authenticate", "//taxpayerapi//v1.0/authenticate"] {
        assert_eq!(code(&ask_at(&server, path, &headers(), body.clone()).await), "1", "{path}");
        assert_eq!(code(&ask_at(&server, path, &headers(), "{}").await), "GEN5001", "{path}");
    }
}

#[tokio::test]
async fn whatever_reaches_the_endpoint_is_answered_in_the_words_of_the_wire() {
    let server = DemoServer::start();
    let body = otp_request(&seal_to(&server.certificate().await, &[7; 32])).to_string();
    for slash in ["/taxpayerapi/v1.0/authenticate/", "/taxpayerapi/v0.2/authenticate//"] {
        assert_eq!(code(&ask_at(&server, slash, &headers(), body.clone()).await), "1", "{slash}");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = server.http.request(method.clone(), format!("{}{V1}", server.url)).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK, "{method}: {SHAPE}");
        assert_eq!(code(&answer.text().await.expect("text")), "AUTH4040", "{method}");
    }
}

#[tokio::test]
async fn every_app_key_that_does_not_open_gets_the_same_bytes() {
    let server = DemoServer::start();
    let certificate = server.certificate().await;
    let chance: &dyn Chance = &SystemChance;
    let foreign = keys::generate("2026-11-24T00:00:00Z".parse().expect("timestamp"), chance).certificate_pem;
    let mut padding = chance.bytes::<256>();
    padding[0] = 0;
    for action in ["OTPREQUEST", "AUTHTOKEN"] {
        let mut answers = Vec::new();
        for app_key in [
            "no base64!".to_owned(),
            "AAAA".to_owned(),
            seal_to(&certificate, &[7; 31]),
            seal_to(&certificate, &[7; 33]),
            BASE64_STANDARD.encode(padding),
            BASE64_STANDARD.encode([0xff; 256]),
            seal_to(&foreign, &[7; 32]),
        ] {
            let body = json!({"action": action, "username": "arora.dl", "app_key": app_key, "otp": "AAAA"});
            answers.push(ask(&server, &headers(), body.to_string()).await);
        }
        assert_eq!(code(&answers[0]), "AUTH4036");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

fn refusal(answer: Result<(), WireClientError>) -> String {
    match answer {
        Err(WireClientError::Refused { error_cd, .. }) => error_cd,
        other => panic!("not refused: {other:?}"),
    }
}

/// What REFRESHTOKEN and LOGOUT answer to who holds a token and its session key.
async fn answers_to(server: &DemoServer, session: &(String, SessionKey)) -> [String; 2] {
    let (token, sek) = session;
    let app_key = seal_under(sek, &[7; 32]);
    let body = |action, app_key| {
        json!({"action": action, "username": "arora.dl", "app_key": app_key, "auth_token": token}).to_string()
    };
    let refresh = ask(server, &headers(), body("REFRESHTOKEN", app_key.as_str())).await;
    let unopened = ask(server, &headers(), body("REFRESHTOKEN", "AAAA")).await;
    assert_eq!(code(&unopened), code(&refresh), "what became of a session is told before its key is used");
    let log_out = ask(server, &headers(), body("LOGOUT", app_key.as_str())).await;
    [code(&refresh), code(&log_out)]
}

/// The token and the session key of a reply that is sealed under [`APP_KEY`].
fn session_of(reply: &str) -> (String, SessionKey) {
    let reply: Value = serde_json::from_str(reply).expect("JSON");
    let text = |name: &str| reply[name].as_str().unwrap_or_else(|| panic!("{name} in {reply}"));
    (text("auth_token").to_owned(), open_session_key(&APP_KEY, text("sek")).expect("it opens"))
}

#[tokio::test]
async fn a_wrong_otp_is_refused_and_the_right_one_still_serves_once() {
    let server = DemoServer::start();
    let (mut granted, otp) = server.asked(0, 5).await;
    let last = if otp.ends_with('0') { "1" } else { "0" };
    assert_eq!(refusal(granted.asp.auth_token(&format!("{}{last}", &otp[..5])).await), "AUTH4034");
    granted.asp.auth_token(&otp).await.expect("AUTHTOKEN");
    assert_eq!(refusal(granted.asp.auth_token(&otp).await), "AUTH4034");
}

#[tokio::test]
async fn a_session_is_renewed_once_and_given_back_once() {
    let server = DemoServer::start();
    let first = obtained(&server).await;
    let renew = json!({
        "action": "REFRESHTOKEN", "username": "arora.dl", "auth_token": first.0,
        "app_key": seal_under(&first.1, &APP_KEY.0),
    });
    let second = session_of(&ask(&server, &headers(), renew.to_string()).await);
    assert!(first != second);
    assert_eq!(answers_to(&server, &first).await, ["AUTH4033", "AUTH4033"], "the session that was renewed");
    let give_back = json!({
        "action": "LOGOUT", "username": "arora.dl", "auth_token": second.0,
        "app_key": seal_under(&second.1, &APP_KEY.0),
    });
    assert_eq!(code(&ask(&server, &headers(), give_back.to_string()).await), "1", "the new session was alive");
    assert_eq!(answers_to(&server, &second).await, ["AUTH4033", "AUTH4033"], "the session that was given back");
}

/// The token and the session key of a consent that the first player obtained from the last taxpayer.
async fn obtained(server: &DemoServer) -> (String, SessionKey) {
    let (_, otp) = server.asked(0, 5).await;
    let sealed = seal_to(&server.certificate().await, &APP_KEY.0);
    let otp = seal_under(&APP_KEY, otp.as_bytes());
    let body = json!({"action": "AUTHTOKEN", "username": "arora.dl", "app_key": sealed, "otp": otp});
    session_of(&ask(server, &headers(), body.to_string()).await)
}

const RETURNS: &str = "/taxpayerapi/v1.0/returns?action=RETSUM&ret_period=102026";

/// What the demo's resource answers to a data call with these headers besides those of every call.
async fn fetched(server: &DemoServer, address: &str, common: &[(&str, String)], own: &[(&str, &str)]) -> String {
    let mut request = server.get(address);
    for (name, value) in common {
        request = request.header(*name, value);
    }
    for (name, value) in own {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK, "{SHAPE}");
    answer.text().await.expect("text")
}

#[tokio::test]
async fn a_data_call_is_answered_under_the_session_key_and_each_fault_of_it_has_its_code() {
    let server = DemoServer::start();
    let session = obtained(&server).await;
    let token = session.0.as_str();
    let (mine, theirs) = (cast::taxpayers().remove(5).0, cast::taxpayers().remove(0).0);
    let (gstin, username) = (mine.gstin.as_str(), mine.username.as_str());
    let honest = [("auth-token", token), ("username", username), ("gstin", gstin)];

    let reply = fetched(&server, &format!("{RETURNS}&gstin={gstin}"), &headers(), &honest).await;
    let sealed: DataReply = serde_json::from_str(&reply).expect("data, rek and hmac");
    let data: Value = serde_json::from_slice(&open_data(&sealed, &session.1).expect("it opens")).expect("JSON");
    assert_eq!(
        (&data["gstin"], &data["ret_period"], &data["action"]),
        (&json!(gstin), &json!("102026"), &json!("RETSUM"))
    );

    let own = |name: &str, value: Option<&'static str>| -> Vec<(&str, &str)> {
        let kept = honest.into_iter().filter(|(known, _)| *known != name);
        kept.chain(value.map(|value| (honest[honest.iter().position(|(n, _)| *n == name).expect("one")].0, value)))
            .collect()
    };
    let (their_gstin, their_name) = (theirs.gstin.as_str(), theirs.username.as_str());
    for (what, address, common, own, expected) in [
        ("no token", RETURNS, headers(), own("auth-token", None), "RET11407"),
        ("a malformed token", RETURNS, headers(), own("auth-token", Some("x")), "RET11407"),
        (
            "an unknown token",
            RETURNS,
            headers(),
            own("auth-token", Some("00000000000000000000000000000000")),
            "AUTH4033",
        ),
        ("no user", RETURNS, headers(), own("username", None), "RET11409"),
        ("an unknown user", RETURNS, headers(), own("username", Some("nobody")), "RET11409"),
        ("another user", RETURNS, headers(), vec![honest[0], ("username", their_name), honest[2]], "RET11402"),
        ("no GSTIN", RETURNS, headers(), own("gstin", None), "RET11410"),
        ("a malformed GSTIN", RETURNS, headers(), own("gstin", Some("07")), "RET11410"),
        (
            "another GSTIN",
            RETURNS,
            with("state-cd", "27"),
            vec![honest[0], honest[1], ("gstin", their_gstin)],
            "RET11410",
        ),
        (
            "another GSTIN in the address",
            "/taxpayerapi/v1.0/returns?gstin=27GSPMH0992G1ZF",
            headers(),
            honest.to_vec(),
            "RET11410",
        ),
        ("no state", RETURNS, without("state-cd"), honest.to_vec(), "RET11404"),
        ("another state", RETURNS, with("state-cd", "27"), honest.to_vec(), "RET11404"),
        ("no txn", RETURNS, without("txn"), honest.to_vec(), "RET11408"),
        ("no client id", RETURNS, without("clientid"), honest.to_vec(), "AUT4031"),
        ("an action twice", "/taxpayerapi/v1.0/returns?action=A&action=B", headers(), honest.to_vec(), "GEN5007"),
        (
            "another period than its header",
            RETURNS,
            headers(),
            [&honest[..], &[("ret_period", "092026")]].concat(),
            "GEN5007",
        ),
    ] {
        assert_eq!(code(&fetched(&server, address, &common, &own).await), expected, "{what}");
    }
    // Over is over, whoever's name comes with it: RET11402 would make real clients ask for an OTP.
    let give_back = json!({"action": "LOGOUT", "username": username, "auth_token": token, "app_key": "AAAA"});
    assert_eq!(code(&ask(&server, &headers(), give_back.to_string()).await), "1");
    for own in [honest.to_vec(), vec![honest[0], ("username", their_name), honest[2]]] {
        assert_eq!(code(&fetched(&server, RETURNS, &headers(), &own).await), "AUTH4033");
    }
}

#[tokio::test]
async fn a_session_that_the_taxpayer_revoked_is_refused_with_one_code_however_it_is_shown() {
    let server = DemoServer::start();
    let session = obtained(&server).await;
    let (taxpayer, _, signatory) = cast::taxpayers().remove(5);
    let cookie = server.sign_in(&signatory).await;
    let id = server.consent_on(&format!("/access/{}", taxpayer.gstin), taxpayer.gstin, &cookie).await;
    let request = server.revoke(taxpayer.gstin, &id, &cookie).header("origin", &server.url);
    assert!(request.send().await.expect("answer").status().is_redirection());
    assert_eq!(answers_to(&server, &session).await, ["AUTH4033", "AUTH4033"]);
}

#[tokio::test]
async fn a_key_rotated_beside_the_server_leaves_the_running_one_at_work_until_it_reads_again() {
    let server = DemoServer::start();
    let before = server.certificate().await;
    let mut rotate: Command = asp_access();
    rotate.arg("rotate-wire-key").arg("--database").arg(server.data.path().join("asp-access.db"));
    let made = rotate.arg("--root-key-file").arg(server.data.path().join("root.key")).output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let new = String::from_utf8(made.stdout).expect("text");
    assert!(new.starts_with("-----BEGIN CERTIFICATE-----") && new != before);
    assert_eq!(server.certificate().await, before);
    server.grant(0, 5).await;
}

#[tokio::test]
async fn an_app_key_under_the_replaced_certificate_opens_in_the_overlap_and_not_after_it() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store::open(folder.path().join("test.db").to_str().expect("a path of text")).await.expect("database");
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let clock = ManualClock::at("2026-11-20T10:00:00Z".parse::<Timestamp>().expect("timestamp"));
    let vault = Vault::new(&[7; 32], chance.clone());
    let open = || KeyStore::open(store.clone(), vault.clone(), Arc::new(clock.clone()), chance.clone());
    let (serving, rotating) = (open().await.expect("keys"), open().await.expect("keys"));
    let old = serving.ring().certificate_pem().to_owned();
    let sealed = seal_to(&old, &[7; 32]);
    let opens = |sealed: &str| open_app_key(&serving.ring(), sealed).is_ok_and(|key| key == AppKey([7; 32]));

    clock.advance(SignedDuration::from_hours(1));
    rotating.rotate().await.expect("rotated");
    assert_eq!(serving.ring().certificate_pem(), old, "not before it reads again");
    serving.reload().await.expect("keys");
    let new = serving.ring().certificate_pem().to_owned();
    assert_ne!(new, old);
    assert_eq!(rotating.ring().certificate_pem(), new);
    assert!(opens(&sealed) && opens(&seal_to(&new, &[7; 32])));

    clock.advance(OVERLAP - SignedDuration::from_secs(1));
    serving.reload().await.expect("keys");
    assert!(opens(&sealed), "the last second of the overlap");
    clock.advance(SignedDuration::from_secs(1));
    serving.reload().await.expect("keys");
    assert!(!opens(&sealed), "after the overlap");
    assert!(opens(&seal_to(&new, &[7; 32])));
}
