//! Each shape of SMS gateway against a real listener: what is asked, and what every kind of answer comes to.

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::model::alert::Outcome;
use serde_json::{Value, json};
use server::alerts::{
    channels::{
        SmsChannel,
        http_call::Times,
        sms_cdac::{CdacChannel, CdacConfig, message_key},
        sms_generic::{Escape, GenericChannel, GenericConfig, Rule},
        sms_gupshup::{GupshupChannel, GupshupConfig},
        sms_msg91::{Msg91Channel, Msg91Config},
        sms_nic::{NicChannel, NicConfig},
    },
    message::Sms,
    secret::Secret,
};

use crate::support::{
    gateway::{Asked, Does, Gateway},
    letters::sms,
};

/// Short, so that a time-out is soon over.
const TIMES: Times = Times { connect: Duration::from_millis(500), call: Duration::from_millis(500) };
const TEXT: &str = "GSTIN 27GSPMH0992G1ZF: Khata & Co via Setu";

/// A shape, and how its gateway speaks.
struct Shape {
    name: &'static str,
    make: fn(&str) -> Arc<dyn SmsChannel>,
    taken: &'static str,
    reference: &'static str,
    /// What it says to wrong credentials.
    wrong_credentials: Does,
    expected: fn(&Asked),
}

fn hidden() -> Secret {
    Secret::new("hunter2")
}

fn query(asked: &Asked) -> HashMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://gateway{}", asked.uri)).expect("URL");
    url.query_pairs().into_owned().collect()
}

fn form(asked: &Asked) -> HashMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://gateway/?{}", asked.body)).expect("form");
    url.query_pairs().into_owned().collect()
}

#[expect(clippy::too_many_lines, reason = "a table: a shape after the other")]
fn shapes() -> Vec<Shape> {
    vec![
        Shape {
            name: "C-DAC",
            make: |url| {
                let (password, secure_key) = (hidden(), Secret::new("key"));
                let config = CdacConfig { base_url: url.into(), username: "gstn".into(), password, secure_key };
                Arc::new(CdacChannel::new(config, TIMES).expect("channel"))
            },
            taken: "402,MsgID = 150620161466003974245msdgsms",
            reference: "150620161466003974245msdgsms",
            wrong_credentials: Does::says(200, "401, Credentials Error"),
            expected: |asked| {
                assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/esms/sendsmsrequestDLT"));
                let form = form(asked);
                for (name, value) in [
                    ("username", "gstn"),
                    ("senderid", "GSTNIN"),
                    ("content", TEXT),
                    ("smsservicetype", "singlemsg"),
                    ("mobileno", "9876543243"),
                    ("templateid", "1007000000000000001"),
                ] {
                    assert_eq!(form[name], value, "{name}");
                }
                assert!(!asked.body.contains("hunter2"), "only its hash travels");
            },
        },
        Shape {
            name: "NIC",
            make: |url| {
                let config = NicConfig { base_url: url.into(), username: "gstn".into(), pin: hidden() };
                Arc::new(NicChannel::new(config, TIMES).expect("channel"))
            },
            taken: "Message Accepted For Request ID=1254789631~code=API000 & info=Platform accepted",
            reference: "1254789631",
            wrong_credentials: Does::says(200, "code=API101 & info=Authentication failed for gstn"),
            expected: |asked| {
                assert_eq!((asked.method.as_str(), asked.uri.path()), ("GET", "/failsafe/HttpLink"));
                let query = query(asked);
                for (name, value) in [
                    ("username", "gstn"),
                    ("pin", "hunter2"),
                    ("message", TEXT),
                    ("mnumber", "919876543243"),
                    ("signature", "GSTNIN"),
                    ("dlt_entity_id", "1001000000000000001"),
                    ("dlt_template_id", "1007000000000000001"),
                ] {
                    assert_eq!(query[name], value, "{name}");
                }
            },
        },
        Shape {
            name: "MSG91",
            make: |url| {
                let flows = [("1007000000000000001".to_owned(), "flow-1".to_owned())].into();
                let config = Msg91Config { base_url: url.into(), auth_key: hidden(), flows };
                Arc::new(Msg91Channel::new(config, TIMES).expect("channel"))
            },
            taken: r#"{"message":"3763646c3058373530393938","type":"success"}"#,
            reference: "3763646c3058373530393938",
            wrong_credentials: Does::says(401, r#"{"type":"error","message":"Authentication failure"}"#),
            expected: |asked| {
                assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/api/v5/flow"));
                assert_eq!(asked.headers["authkey"], "hunter2");
                let body: Value = serde_json::from_str(&asked.body).expect("JSON");
                let recipient = json!({ "mobiles": "919876543243", "VAR1": "27GSPMH0992G1ZF", "VAR2": "Khata & Co" });
                assert_eq!(body, json!({ "template_id": "flow-1", "short_url": "0", "recipients": [recipient] }));
            },
        },
        Shape {
            name: "Gupshup",
            make: |url| {
                let config = GupshupConfig { base_url: url.into(), user_id: "2000".into(), password: hidden() };
                Arc::new(GupshupChannel::new(config, TIMES).expect("channel"))
            },
            taken: "success | 919876543243 | 3463637-728374-6376",
            reference: "3463637-728374-6376",
            wrong_credentials: Does::says(200, "error | 102 | Authentication failed due to invalid userId or password"),
            expected: |asked| {
                assert_eq!((asked.method.as_str(), asked.uri.path()), ("GET", "/GatewayAPI/rest"));
                let query = query(asked);
                for (name, value) in [
                    ("method", "sendMessage"),
                    ("v", "1.1"),
                    ("userid", "2000"),
                    ("password", "hunter2"),
                    ("send_to", "919876543243"),
                    ("msg", TEXT),
                    ("mask", "GSTNIN"),
                    ("principalEntityId", "1001000000000000001"),
                    ("dltTemplateId", "1007000000000000001"),
                ] {
                    assert_eq!(query[name], value, "{name}");
                }
            },
        },
        Shape {
            name: "SMS gateway",
            make: |url| Arc::new(GenericChannel::new(generic(url), TIMES).expect("channel")),
            taken: r#"{"ok":true,"id":4711}"#,
            reference: "4711",
            wrong_credentials: Does::says(403, "{}"),
            expected: |asked| {
                assert_eq!((asked.method.as_str(), asked.uri.path()), ("PUT", "/v2/9876543243"));
                assert_eq!(asked.headers["authorization"], "Bearer hunter2");
                let body: Value = serde_json::from_str(&asked.body).expect("JSON");
                assert_eq!(body, json!({ "text": TEXT, "ref": "00000000-0000-0000-0000-0000000000a2" }));
            },
        },
    ]
}

fn generic(url: &str) -> GenericConfig {
    GenericConfig {
        method: "PUT".into(),
        url: format!("{url}/v2/{{mobile}}"),
        headers: [("authorization".to_owned(), "Bearer {token}".to_owned())].into(),
        body: Some(r#"{"text":"{text}","ref":"{reference}"}"#.into()),
        escape: Escape::Json,
        secrets: [("token".to_owned(), hidden())].into(),
        success: Rule { pointer: Some("/ok".into()), equals: Some(json!(true)), ..Rule::default() },
        permanent: None,
        reference_pointer: Some("/id".into()),
    }
}

fn message() -> Sms {
    Sms { values: vec!["27GSPMH0992G1ZF".into(), "Khata & Co".into()], ..sms(TEXT) }
}

#[tokio::test]
async fn each_gateway_is_asked_in_its_shape_and_its_reference_is_kept() {
    for shape in shapes() {
        let gateway = Gateway::start(Does::says(200, shape.taken)).await;
        let outcome = (shape.make)(&gateway.url).send(&message()).await;
        assert_eq!(outcome, Outcome::Accepted { provider_ref: Some(shape.reference.into()) }, "{}", shape.name);
        (shape.expected)(&gateway.asked()[0]);
    }
}

/// Gateways differ most in how they take what is not English: each takes it as its own clients write it.
#[tokio::test]
async fn an_sms_in_hindi_is_asked_for_in_the_way_of_each_gateway() {
    let asked = async |name: &str| {
        let shape = shapes().into_iter().find(|shape| shape.name == name).expect("a shape");
        let gateway = Gateway::start(Does::says(200, shape.taken)).await;
        let outcome = (shape.make)(&gateway.url).send(&sms("GST डेटा")).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{name}: {outcome:?}");
        gateway.asked().remove(0)
    };
    let content = "&#71;&#83;&#84;&#32;&#2337;&#2375;&#2335;&#2366;";
    let cdac = form(&asked("C-DAC").await);
    assert_eq!([cdac["smsservicetype"].as_str(), &cdac["content"]], ["unicodemsg", content]);
    assert_eq!(cdac["key"], message_key("gstn", "GSTNIN", content, &Secret::new("key")), "hashed as it travels");
    let nic = query(&asked("NIC").await);
    assert_eq!([nic["msgType"].as_str(), &nic["message"]], ["UC", "004700530054002009210947091F093E"]);
    let gupshup = query(&asked("Gupshup").await);
    assert_eq!([gupshup["msg_type"].as_str(), &gupshup["msg"]], ["Unicode_text", "GST डेटा"]);
    let generic: Value = serde_json::from_str(&asked("SMS gateway").await.body).expect("JSON");
    assert_eq!(generic["text"], "GST डेटा");
}

#[tokio::test]
async fn whatever_else_a_gateway_does_the_message_is_tried_again_and_nothing_secret_is_told() {
    let elsewhere = Gateway::start(Does::says(200, "")).await;
    for shape in shapes() {
        let gateway = Gateway::start(Does::Hangs).await;
        let channel = (shape.make)(&gateway.url);
        let redirect = vec![("location", format!("{}/elsewhere", elsewhere.url))];
        let busy = vec![("retry-after", "17".to_owned())];
        let huge = "x".repeat(1 << 20);
        let bad_days = [
            (Does::says(500, "oops 9876543243"), "HTTP 500", None),
            (Does::Says(429, busy.clone(), shape.taken.into()), "HTTP 429", Some(17)),
            (Does::Says(503, busy, String::new()), "HTTP 503", Some(17)),
            (Does::says(200, "<html>9876543243</html>"), "", None),
            (Does::says(200, ""), "", None),
            (Does::says(200, &huge), "", None),
            (Does::Says(302, redirect, shape.taken.into()), "HTTP 302", None),
            (shape.wrong_credentials.clone(), "", None),
            (Does::Hangs, "timed out", None),
        ];
        for (does, wanted, retry_after) in bad_days {
            gateway.then([does.clone()]);
            let outcome = channel.send(&message()).await;
            let Outcome::Temporary { detail, retry_after_s } = outcome else {
                panic!("{}: {outcome:?} after {does:?}", shape.name)
            };
            assert!(detail.starts_with(shape.name) && detail.contains(wanted), "{detail}");
            assert_eq!(retry_after_s, retry_after, "{}", shape.name);
            assert!(!detail.contains("98765") && !detail.contains("hunter2"), "{detail}");
        }
    }
    assert_eq!(elsewhere.count(), 0, "nobody is led elsewhere");
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_tried_again() {
    for shape in shapes() {
        // Nothing listens on the first; the second has no address.
        for url in ["http://127.0.0.1:9", "https://sms.gateway.invalid"] {
            let outcome = (shape.make)(url).send(&message()).await;
            assert_eq!(outcome, Outcome::temporary(format!("{}: no connection", shape.name)), "{url}");
        }
    }
}

#[tokio::test]
async fn of_an_answer_without_an_end_only_the_beginning_is_read() {
    let gateway = Gateway::start(Does::SaysForever("taken ".repeat(100))).await;
    let success = Rule { contains: Some("taken".into()), ..Rule::default() };
    let config = GenericConfig { success, reference_pointer: None, ..generic(&gateway.url) };
    let outcome = GenericChannel::new(config, TIMES).expect("channel").send(&message()).await;
    assert_eq!(outcome, Outcome::Accepted { provider_ref: None });
}
