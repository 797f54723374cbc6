//! Templates of calls, and the rules that read answers.

use serde_json::json;
use uuid::Uuid;

use super::*;

fn config() -> GenericConfig {
    GenericConfig {
        method: "POST".into(),
        url: "https://sms.example.in/send?to={mobile}".into(),
        headers: [("Authorization".to_owned(), "Bearer {key}".to_owned())].into(),
        body: Some(r#"{"msg":"{text}","ref":"{reference}","by":{"id":"{entity_id}"}}"#.into()),
        escape: Escape::Json,
        secrets: [("key".to_owned(), Secret::new("hunter2"))].into(),
        success: Rule { pointer: Some("/status".into()), equals: Some(json!("ok")), ..Rule::default() },
        permanent: Some(Rule { status: vec![422], ..Rule::default() }),
        reference_pointer: Some("/data/0/id".into()),
    }
}

fn channel(config: GenericConfig) -> GenericChannel {
    GenericChannel::new(config, Times::default()).expect("channel")
}

fn sms() -> Sms {
    Sms {
        client_ref: Uuid::from_u128(0xa1),
        to: "9876543243".parse().expect("mobile"),
        entity_id: "1001".into(),
        header: "GSTNIN".into(),
        template_id: "1007".into(),
        text: "\"Rao\" & {text}\n".into(),
        values: Vec::new(),
    }
}

#[test]
fn values_are_escaped_for_where_they_stand_and_never_filled_again() {
    let channel = channel(config());
    let body = channel.filled(channel.config.body.as_ref().expect("body"), &sms(), Escape::Json);
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let reference = "00000000-0000-0000-0000-0000000000a1";
    assert_eq!(body, json!({ "msg": "\"Rao\" & {text}\n", "ref": reference, "by": { "id": "1001" } }));
    assert_eq!(channel.filled("m={text}", &sms(), Escape::Form), "m=%22Rao%22%20%26%20%7Btext%7D%0A");
    assert_eq!(channel.filled("Bearer {key}", &sms(), Escape::Text), "Bearer hunter2");
}

#[test]
fn answers_are_read_by_the_rules() {
    let channel = channel(config());
    let outcome = |status, body: &str| channel.outcome(&Answer { status, body: body.into() }, Some(7));
    let taken = r#"{"status":"ok","data":[{"id":77}]}"#;
    assert_eq!(outcome(200, taken), Outcome::Accepted { provider_ref: Some("77".into()) });
    assert_eq!(outcome(200, r#"{"status":"ok"}"#), Outcome::Accepted { provider_ref: None });
    assert!(matches!(outcome(422, "{}"), Outcome::Permanent { .. }));
    for (status, body) in [(200, r#"{"status":"no"}"#), (200, "garbage"), (200, ""), (200, r#"{"status":null}"#)] {
        assert_eq!(outcome(status, body), temporary("SMS gateway: an answer that is no success"), "{body}");
    }
    let busy = Outcome::Temporary { detail: "SMS gateway: HTTP 429".into(), retry_after_s: Some(7) };
    assert_eq!(outcome(429, taken), busy);
}

#[test]
fn settings_that_would_send_nonsense_are_refused() {
    let with = |change: &dyn Fn(&mut GenericConfig)| {
        let mut config = config();
        change(&mut config);
        GenericChannel::new(config, Times::default()).map(|_| ()).map_err(|error| error.to_string())
    };
    for (change, wanted) in [
        (&(|c: &mut GenericConfig| c.method = "DELETE".into()) as &dyn Fn(&mut GenericConfig), "DELETE"),
        (&|c: &mut GenericConfig| c.url = "http://sms.example.in".into(), "TLS"),
        (&|c: &mut GenericConfig| c.url = "https://{mobile}.example.in".into(), ""),
        (&|c: &mut GenericConfig| c.body = Some("{mobil}".into()), "{mobil}"),
        (&|c: &mut GenericConfig| c.success.equals = None, "belong together"),
        (&|c: &mut GenericConfig| drop(c.secrets.insert("text".into(), Secret::new("x"))), "called like"),
        (&|c: &mut GenericConfig| drop(c.headers.insert("a b".into(), "x".into())), "a b"),
    ] {
        let refused = with(change).expect_err("refused");
        assert!(refused.contains(wanted), "{refused}");
    }
    assert_eq!(with(&|_| ()), Ok(()));
}

#[test]
fn a_secret_is_never_shown() {
    let shown = format!("{:?}", channel(config()));
    assert!(!shown.contains("hunter2"), "{shown}");
}
