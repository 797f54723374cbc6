//! The check over HTTP, as an API gateway asks it: by introspection, by forward-auth, and a real nginx in front.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use axum::{Router, http::HeaderMap};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::json;
use server::demo::cast::GATEWAY_SECRET;
use tempfile::TempDir;

use crate::support::{
    demo_server::{DemoServer, Granted, between, client},
    process::Process,
};

const NGINX: &str = "/usr/sbin/nginx";
const CALL: &str = "/taxpayerapi/v1.0/returns?action=RETSUM&ret_period=102026";

/// The headers of a data call.
fn as_asp(request: RequestBuilder, granted: &Granted) -> RequestBuilder {
    let request = request.header("auth-token", granted.token()).header("gstin", granted.gstin().as_str());
    request.header("clientid", &granted.player.application.client_id)
}

fn header_of<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

#[tokio::test]
async fn only_a_gateway_that_shows_its_secret_may_ask() {
    let server = DemoServer::start();
    for (what, authorization) in [
        ("no secret", None),
        ("another secret", Some("Bearer another")),
        ("an empty one", Some("Bearer ")),
        ("another scheme", Some("Basic demo-gateway-secret")),
    ] {
        for request in [server.post("/v1/introspect").form(&[("token", "x")]), server.get("/v1/forward-auth")] {
            let request = authorization.into_iter().fold(request, |r, value| r.header(header::AUTHORIZATION, value));
            let answer = request.send().await.expect("answer");
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
            assert_eq!(header_of(&answer, "content-type"), Some("application/problem+json"), "{what}");
            let text = answer.text().await.expect("text");
            assert!(text.contains("urn:asp-access:problem:not-a-gateway"), "{what}: {text}");
        }
    }
}

#[tokio::test]
async fn introspection_tells_about_a_live_token_and_nothing_about_any_other() {
    let server = DemoServer::start();
    let inactive = json!({"active": false});
    for unknown in ["", "x", &"0".repeat(32)] {
        assert_eq!(server.introspect(unknown).await, inactive, "{unknown:?}");
    }
    let granted = server.grant(0, 5).await;
    let live = server.introspect(&granted.token()).await;
    assert_eq!(live["active"], true);
    assert_eq!(live["sub"], granted.gstin().as_str());
    assert_eq!(live["client_id"], granted.player.application.client_id);
    assert_eq!(live["scope"], "returns");
    assert!(live["exp"].as_i64() > live["iat"].as_i64(), "{live}");
    server.revoked(&granted).await;
    assert_eq!(server.introspect(&granted.token()).await, inactive);
}

#[tokio::test]
async fn forward_auth_passes_a_call_until_the_revoke_and_the_consents_page_shows_both() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let ask = || {
        let request = as_asp(server.get("/v1/forward-auth"), &granted).bearer_auth(GATEWAY_SECRET);
        request.header("x-original-uri", CALL).send()
    };
    let cookie = server.sign_in(&granted.signatory).await;
    let id = server.consent_on(&format!("/access/{}", granted.gstin()), granted.gstin(), &cookie).await;
    let page = format!("/access/{}/consents/{id}", granted.gstin());
    assert!(!server.page(&page, &cookie).await.1.contains("RETSUM"));

    let passed = ask().await.expect("answer");
    assert_eq!(passed.status(), StatusCode::OK);
    assert_eq!(header_of(&passed, "x-consent-id"), Some(id.as_str()));
    assert_eq!(header_of(&passed, "x-gstin"), Some(granted.gstin().as_str()));
    assert_eq!(header_of(&passed, "x-client-id"), Some(granted.player.application.client_id.as_str()));
    server.page_with(&page, &cookie, "returns RETSUM", 1).await;

    server.revoked(&granted).await;
    let refused = ask().await.expect("answer");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(header_of(&refused, "x-refuse-reason"), Some("consent_ended"));
    assert_eq!(header_of(&refused, "x-consent-id"), None);
    server.page_with(&page, &cookie, "returns RETSUM", 2).await;
}

/// A real nginx on a free port, all in a directory that goes with the test.
struct Nginx {
    url: String,
    _process: Process,
    _house: TempDir,
}

impl Nginx {
    fn start(checks: &str, upstream: &str) -> Self {
        assert!(
            Path::new(NGINX).exists(),
            "this test asks through a real nginx: install it (Debian: apt-get install nginx-light)"
        );
        let house = tempfile::tempdir().expect("folder");
        let root = house.path();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("port").port();
        std::fs::write(root.join("nginx.conf"), configuration(root, port, checks, upstream)).expect("configuration");
        let mut command = Command::new(NGINX);
        command.arg("-p").arg(root).arg("-c").arg(root.join("nginx.conf")).arg("-e").arg(root.join("error.log"));
        let mut process = Process(command.stdin(Stdio::null()).spawn().expect("nginx starts"));
        for _ in 0..500 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Self { url: format!("http://127.0.0.1:{port}"), _process: process, _house: house };
            }
            let log = std::fs::read_to_string(root.join("error.log")).unwrap_or_default();
            assert!(process.0.try_wait().expect("status").is_none(), "nginx ended; its log: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("nginx did not listen in time");
    }
}

/// The example of the document, in a server around it.
fn configuration(root: &Path, port: u16, checks: &str, upstream: &str) -> String {
    let document = include_str!("../../../docs/API.md");
    let example = between(document, "```nginx\n", "```").expect("the document has an example");
    let example = example.replace("http://127.0.0.1:3000", checks).replace("http://gst-data", upstream);
    let example = example.replace("the-gateways-secret", GATEWAY_SECRET);
    let root = root.display();
    format!(
        "daemon off;
master_process off;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port};
{example}
  }}
}}
"
    )
}

/// Stands for the data behind the gateway: says what reached it.
async fn data() -> String {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("listener");
    let upstream = format!("http://{}", listener.local_addr().expect("address"));
    let data = Router::new().fallback(async |headers: HeaderMap| {
        let said = |name| headers.get_all(name).iter().map(|value| value.to_str().expect("text")).collect::<Vec<_>>();
        format!("data of {:?} {:?} {:?}", said("x-consent-id"), said("gstin"), said("clientid"))
    });
    tokio::spawn(async move { axum::serve(listener, data).await });
    upstream
}

#[tokio::test]
async fn the_documents_example_under_a_real_nginx_lets_calls_through_until_the_revoke() {
    let server = DemoServer::start();
    let nginx = Nginx::start(&server.url, &data().await);
    let (http, address) = (client(), format!("{}{CALL}", nginx.url));

    let granted = server.grant(0, 5).await;
    let id = server.introspect(&granted.token()).await["consent_id"].as_str().expect("id").to_owned();
    let (gstin, client_id) = (granted.gstin(), granted.player.application.client_id.clone());
    let expected = format!("data of {:?} {:?} {:?}", [&id], [gstin.as_str()], [&client_id]);
    let passed = as_asp(http.get(&address), &granted).header("ret_period", "102026").send().await.expect("answer");
    assert_eq!(passed.status(), StatusCode::OK);
    assert_eq!(passed.text().await.expect("text"), expected);
    // Who sends only the token gets what the token is for, and no more.
    let bare = http.get(&address).header("auth-token", granted.token()).send().await.expect("answer");
    assert_eq!(bare.text().await.expect("text"), expected);
    for (what, name, value) in [
        ("another GSTIN", "gstin", "27GSPMH0992G1ZF".as_bytes()),
        ("a second GSTIN that is no text", "gstin", b"27GSPMH0992G1Z\xe9"),
        ("a second client id that is no text", "clientid", b"\xff"),
        ("another address", "x-forwarded-uri", b"/taxpayerapi/v1.0/returns?action=OTHER"),
        ("another period", "ret_period", b"092026"),
    ] {
        let request = as_asp(http.get(&address), &granted).header(name, value);
        let refused = request.send().await.expect("answer");
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{what}");
        assert!(!refused.text().await.expect("text").contains("data of"), "{what}");
    }
    let without_token = http.get(&address).send().await.expect("answer");
    assert_eq!(without_token.status(), StatusCode::FORBIDDEN);
    let certificate = http.get(format!("{}/taxpayerapi/certificate", nginx.url)).send().await.expect("answer");
    assert_eq!(certificate.text().await.expect("text"), server.certificate().await, "the wire itself is not checked");

    server.revoked(&granted).await;
    let refused = as_asp(http.get(&address), &granted).send().await.expect("answer");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(!refused.text().await.expect("text").contains("data of"));
}

#[tokio::test]
async fn forward_auth_understands_how_each_proxy_asks_and_refuses_what_is_unclear() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let path = "/v1/forward-auth";
    let (appended, name) = (format!("{path}{CALL}"), |name| header::HeaderName::from_static(name));
    let (original, forwarded) = (name("x-original-uri"), name("x-forwarded-uri"));
    let ask = async |method: Method, path: &str, headers: &[(&header::HeaderName, &[u8])]| {
        let request = server.http.request(method, format!("{}{path}", server.url)).bearer_auth(GATEWAY_SECRET);
        let mut request = as_asp(request, &granted);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("answer");
        (answer.status(), header_of(&answer, "x-refuse-reason").map(str::to_owned))
    };
    let (call, other) = (CALL.as_bytes(), b"/taxpayerapi/v1.0/ledger".as_slice());
    for (proxy, method, path, headers) in [
        ("nginx", Method::GET, path, vec![(&original, call)]),
        ("Traefik", Method::GET, path, vec![(&forwarded, call)]),
        ("Envoy", Method::GET, appended.as_str(), vec![]),
        ("Envoy, a call that changes something", Method::POST, appended.as_str(), vec![]),
        ("Envoy, another one", Method::PUT, appended.as_str(), vec![]),
        ("Envoy, the root", Method::GET, "/v1/forward-auth/", vec![]),
    ] {
        assert_eq!(ask(method, path, &headers).await, (StatusCode::OK, None), "{proxy}");
    }
    for (what, headers) in [
        ("a client behind Traefik that sends nginx's header", vec![(&original, other), (&forwarded, call)]),
        ("a second GSTIN", vec![(&name("gstin"), b"27GSPMH0992G1ZF".as_slice())]),
        ("a second client id", vec![(&name("clientid"), b"l7xx".as_slice())]),
        ("a second token", vec![(&name("auth-token"), b"x".as_slice())]),
    ] {
        let refused = (StatusCode::FORBIDDEN, Some("unclear".to_owned()));
        assert_eq!(ask(Method::GET, path, &headers).await, refused, "{what}");
    }
    // Alone, and not as text: it is not left out of the comparison.
    for (header_name, value) in [("gstin", b"07\xe9".as_slice()), ("clientid", b"\xff")] {
        let request = server.get(path).bearer_auth(GATEWAY_SECRET).header("auth-token", granted.token());
        let refused = request.header(header_name, value).send().await.expect("answer");
        assert_eq!(header_of(&refused, "x-refuse-reason"), Some("unclear"), "{header_name}");
    }
}
