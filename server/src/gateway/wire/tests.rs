//! Tests of the wire's words: a table of faults each, and that no bytes make the parsers panic.

use axum::http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

const HEX: &str = "0123456789abcdefABCDEF0123456789";

fn headers(changed: &str, value: Option<&[u8]>) -> HeaderMap {
    let client_id = format!("l7xx{HEX}");
    let good = [
        ("clientid", client_id.as_str()),
        ("client-secret", HEX),
        ("state-cd", "27"),
        ("ip-usr", "203.0.113.9"),
        ("txn", "TXN-1"),
        ("app_key", "ignored"),
    ];
    let mut map = HeaderMap::new();
    for (name, text) in good {
        let bytes = if name == changed { value } else { Some(text.as_bytes()) };
        if let Some(bytes) = bytes {
            map.insert(HeaderName::from_static(name), HeaderValue::from_bytes(bytes).unwrap());
        }
    }
    map
}

#[test]
fn good_headers_are_read_and_the_secret_is_not_shown() {
    let read = Headers::parse(&headers("", None)).unwrap();
    assert_eq!(
        (read.client_id.as_str(), read.state_cd.as_str(), read.txn.as_str()),
        (&*format!("l7xx{HEX}"), "27", "TXN-1")
    );
    assert_eq!(read.client_secret.expose(), HEX);
    assert_eq!(read.ip_usr, Some("203.0.113.9".parse().unwrap()));
    let shown = format!("{:?}", Headers { client_id: String::new(), ..read });
    assert!(!shown.contains(HEX), "{shown}");
}

#[test]
fn each_bad_header_has_its_code() {
    let long = "l7xx".to_owned() + HEX + "0";
    let long_txn = "x".repeat(TXN_CHARS_MAX + 1);
    let cases: &[(&str, Option<&str>, WireError)] = &[
        ("clientid", None, WireError::ClientIdMissing),
        ("clientid", Some(" "), WireError::ClientIdMissing),
        ("clientid", Some(HEX), WireError::ClientIdInvalid),
        ("clientid", Some(&long), WireError::ClientIdInvalid),
        ("clientid", Some("l7xxé"), WireError::ClientIdInvalid),
        ("client-secret", None, WireError::ClientSecretMissing),
        ("client-secret", Some("g123456789abcdefABCDEF0123456789"), WireError::ClientSecretInvalid),
        ("state-cd", None, WireError::InvalidStateCode),
        ("state-cd", Some("2"), WireError::InvalidStateCode),
        ("state-cd", Some("MH"), WireError::InvalidStateCode),
        ("txn", None, WireError::ParameterMissing),
        ("txn", Some(""), WireError::ParameterMissing),
        ("txn", Some(&long_txn), WireError::ParameterMalformed),
    ];
    for (name, value, error) in cases {
        let parsed = Headers::parse(&headers(name, value.map(str::as_bytes)));
        assert_eq!(parsed, Err(*error), "{name}: {value:?}");
    }
}

#[test]
fn a_header_that_comes_twice_is_malformed() {
    let mut twice = headers("", None);
    twice.append("clientid", HeaderValue::from_static("l7xx00000000000000000000000000000000"));
    assert_eq!(Headers::parse(&twice), Err(WireError::ClientIdInvalid));
}

#[test]
fn an_end_users_address_that_is_none_refuses_nothing() {
    for bad in [None, Some(&b"12.8.9l.80"[..]), Some(&b"\xff"[..])] {
        assert_eq!(Headers::parse(&headers("ip-usr", bad)).unwrap().ip_usr, None);
    }
}

#[test]
fn each_action_is_read() {
    let read = |body: Value| Request::parse(body.to_string().as_bytes());
    let (username, app_key) = (String::from("u"), String::from("k"));
    let auth_token = WireSecret::parse(HEX).unwrap();
    assert_eq!(
        read(json!({"action": "OTPREQUEST", "username": "u", "app_key": "k", "unknown": 1})),
        Ok(Request::OtpRequest { username: username.clone(), app_key: app_key.clone() })
    );
    assert_eq!(
        read(json!({"action": "AUTHTOKEN", "username": "u", "app_key": "k", "otp": "o"})),
        Ok(Request::AuthToken { username: username.clone(), app_key: app_key.clone(), otp: "o".into() })
    );
    assert_eq!(
        read(json!({"action": "REFRESHTOKEN", "username": "u", "app_key": "k", "auth_token": HEX})),
        Ok(Request::RefreshToken {
            username: username.clone(),
            app_key: app_key.clone(),
            auth_token: auth_token.clone()
        })
    );
    assert_eq!(
        read(json!({"action": "LOGOUT", "username": "u", "app_key": "k", "auth_token": HEX})),
        Ok(Request::LogOut { username, app_key, auth_token })
    );
}

#[test]
fn each_bad_body_has_its_code() {
    let full = json!({"action": "REFRESHTOKEN", "username": "u", "app_key": "k", "auth_token": HEX, "otp": "o"});
    let with = |name: &str, value: Value| {
        let mut body = full.clone();
        body[name] = value;
        body.to_string()
    };
    let deep = "[".repeat(BODY_BYTES_MAX);
    let cases = [
        (String::new(), WireError::MalformedRequest),
        ("{".into(), WireError::MalformedRequest),
        ("[]".into(), WireError::MalformedRequest),
        ("\"OTPREQUEST\"".into(), WireError::MalformedRequest),
        (deep, WireError::MalformedRequest),
        (" ".repeat(BODY_BYTES_MAX + 1), WireError::ParameterMalformed),
        ("{}".into(), WireError::ParameterMissing),
        (with("action", json!("otprequest")), WireError::InvalidAction),
        (with("action", json!(1)), WireError::ParameterMalformed),
        (with("username", Value::Null), WireError::ParameterMissing),
        (with("username", json!("")), WireError::ParameterMissing),
        (with("username", json!(["u"])), WireError::ParameterMalformed),
        (with("username", json!("x".repeat(101))), WireError::InvalidUser),
        (with("username", json!("u\nforged")), WireError::InvalidUser),
        (with("app_key", Value::Null), WireError::ParameterMissing),
        (with("auth_token", Value::Null), WireError::ParameterMissing),
        (with("auth_token", json!(&HEX[1..])), WireError::InvalidSession),
        (with("auth_token", json!(5)), WireError::ParameterMalformed),
    ];
    for (body, error) in cases {
        assert_eq!(Request::parse(body.as_bytes()), Err(error), "{body:.80}");
    }
    assert!(Request::parse(with("username", json!("é".repeat(100))).as_bytes()).is_ok());
    let no_otp = json!({"action": "AUTHTOKEN", "username": "u", "app_key": "k"}).to_string();
    assert_eq!(Request::parse(no_otp.as_bytes()), Err(WireError::ParameterMissing));
}

#[test]
fn the_replies_have_the_shape_that_clients_read() {
    assert_eq!(ok(), json!({"status_cd": "1"}));
    assert_eq!(
        token_reply(&WireSecret::parse(HEX).unwrap(), 360, "c2Vr"),
        json!({"status_cd": "1", "auth_token": HEX, "expiry": 360, "sek": "c2Vr"})
    );
}

#[test]
fn doubled_slashes_become_one_and_the_wire_has_none_at_its_end() {
    let cases = [
        ("//taxpayerapi/v1.0/authenticate", "/taxpayerapi/v1.0/authenticate"),
        ("/taxpayerapi///v0.2//authenticate/", "/taxpayerapi/v0.2/authenticate"),
        ("/taxpayerapi/v0.2/authenticate//", "/taxpayerapi/v0.2/authenticate"),
        ("/access//27GSPMH0992G1ZF/", "/access/27GSPMH0992G1ZF/"),
        ("/", "/"),
        ("", ""),
    ];
    for (path, single) in cases {
        assert_eq!(normalise_path(path), single);
    }
    assert!(matches!(normalise_path("/a/b"), Cow::Borrowed(_)));
}

/// A value that may stand in a field: right, wrong, or of the wrong type.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,120}".prop_map(Value::from),
        "[0-9a-f]{32}".prop_map(Value::from),
        "OTPREQUEST|AUTHTOKEN|REFRESHTOKEN|LOGOUT".prop_map(Value::from),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(body: Vec<u8>) {
        let _ = Request::parse(&body);
    }

    #[test]
    fn what_is_accepted_keeps_its_bounds(
        action in value(), username in value(), app_key in value(), otp in value(), auth_token in value(),
    ) {
        let body = json!({
            "action": action, "username": username, "app_key": app_key, "otp": otp, "auth_token": auth_token,
        });
        if let Ok(request) = Request::parse(body.to_string().as_bytes()) {
            prop_assert!((1..=USERNAME_CHARS_MAX).contains(&request.username().chars().count()));
            prop_assert_eq!(Value::from(request.username()), username);
        }
    }

    #[test]
    fn no_headers_make_the_parser_panic(
        name in "clientid|client-secret|state-cd|ip-usr|txn|app_key",
        bytes in prop::collection::vec(prop_oneof![0x20u8..0x7f, 0x80u8..=0xff], 0..200),
    ) {
        if let Ok(read) = Headers::parse(&headers(&name, Some(&bytes))) {
            prop_assert!(read.txn.len() <= TXN_CHARS_MAX && read.state_cd.len() == 2);
        }
    }

    #[test]
    fn a_normalised_path_has_no_doubled_slash_and_is_stable(path in "[/a-c.é]{0,40}") {
        let once = normalise_path(&path).into_owned();
        prop_assert!(!once.contains("//"));
        prop_assert_eq!(normalise_path(&once), once.as_str());
    }
}
