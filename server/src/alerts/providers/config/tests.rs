//! Files of providers: what a good one gives, and the one sentence that a bad one is refused with.

use super::*;
use crate::alerts::{
    inbound::MessageFields,
    reports::shapes::{Fields, Shape},
};

fn from() -> Email {
    "no-reply@gst.example.in".parse().expect("email")
}

/// Makes a good file a bad one.
type Change = fn(&mut serde_json::Value);

/// A whole file, with secrets in a folder.
fn good(folder: &Path) -> serde_json::Value {
    let secret = folder.join("secret");
    std::fs::write(&secret, "hunter2\n").expect("file");
    let long = folder.join("long");
    std::fs::write(&long, "hunter2 hunter2 hunter2\n").expect("file");
    serde_json::json!({
        "email": [
            { "name": "relay-a", "kind": "smtp", "host": "127.0.0.1", "port": 25, "security": "plain", "weight": 70 },
            { "name": "relay-b", "kind": "smtp", "host": "mail.example.in", "port": 587, "user": "gst",
              "password": { "file": secret }, "weight": 30, "connections": 8, "timeout_seconds": 12 },
        ],
        "sms": [
            { "name": "cdac", "kind": "cdac", "url": "https://cdac.example.in", "user": "gst",
              "password": { "file": secret }, "key": { "file": secret }, "rate": { "per_second": 100, "burst": 50 },
              "reports": { "secret": { "file": long }, "expected_seconds": 300 } },
            { "name": "nic", "kind": "nic", "url": "https://nic.example.in", "user": "gst", "pin": { "file": secret } },
            { "name": "msg91", "kind": "msg91", "url": "https://msg91.example.in", "auth_key": { "file": secret },
              "flows": { "1007": "abc" } },
            { "name": "gupshup", "kind": "gupshup", "url": "https://gupshup.example.in", "user": "2000",
              "password": { "file": secret }, "reports": { "secret": { "file": long } },
              "inbound": { "secret": { "file": long } } },
            { "name": "other", "kind": "http", "method": "POST", "url": "https://sms.example.in/send", "escape": "json",
              "body": "{\"to\":\"{mobile}\"}", "headers": { "Authorization": "Bearer {key}" },
              "secrets": { "key": { "env": "PATH" } }, "success": { "pointer": "/ok", "equals": true },
              "reference_pointer": "/id" },
        ],
        "retry": { "wait_seconds": [1, 2], "jitter_percent": 10, "late_after_seconds": 60 },
        "dispatch": { "lane": 32 },
        "breaker": { "failures_max": 3, "open_seconds_min": 2, "open_seconds_max": 60 },
        "balance": { "window_seconds": 60, "trouble_percent": 30, "messages_min": 7, "step_points": 20, "step_seconds": 11,
                     "drift_seconds": 120, "points_min": 3, "acceptance_slow_ms": 900, "delivery_slow_seconds": 45 },
        "canary": { "email": "canary@gst.example.in" },
    })
}

#[tokio::test]
async fn a_file_gives_providers_with_their_weights_rates_and_rules() {
    let folder = tempfile::tempdir().expect("folder");
    let plan = Plan::parse(&good(folder.path()).to_string(), &from()).expect("plan");
    let shares: Vec<_> = plan.email.iter().map(|provider| (&*provider.name, provider.weight)).collect();
    assert_eq!(shares, [("relay-a", 70), ("relay-b", 30)]);
    let names: Vec<_> = plan.sms.iter().map(|provider| &*provider.name).collect();
    assert_eq!(names, ["cdac", "nic", "msg91", "gupshup", "other"]);
    assert_eq!(plan.sms[0].rate.map(|rate| rate.burst), Some(50));
    assert_eq!((plan.schedule.waits.len(), plan.schedule.late_after.as_secs(), plan.limits.lane), (2, 60, 32));
    assert_eq!(plan.schedule.jitter_percent, 10);
    assert_eq!(plan.breaker, BreakerRules { failures_max: 3, open_seconds_min: 2, open_seconds_max: 60 });
    let balance = BalanceRules {
        window_seconds: 60,
        trouble_percent: 30,
        messages_min: 7,
        step_points: 20,
        step_seconds: 11,
        drift_seconds: 120,
        points_min: 3,
        acceptance_slow_ms: 900,
        delivery_slow_seconds: 45,
    };
    assert_eq!(plan.balance, balance);
    assert!(plan.canary.email.is_some() && plan.canary.sms.is_none());
    let reports: Vec<_> = plan.reports.iter().map(|door| (door.provider.as_str(), door.shape.clone())).collect();
    assert_eq!(reports, [("cdac", Shape::Fields(Fields::default())), ("gupshup", Shape::Gupshup)]);
    let expected: Vec<_> = plan.sms.iter().map(|one| one.reports.map(|reports| reports.within)).collect();
    assert_eq!(expected, [Some(Some(jiff::SignedDuration::from_mins(5))), None, None, Some(None), None]);
    let inbound: Vec<_> = plan.inbound.iter().map(|door| (door.provider.as_str(), door.shape.clone())).collect();
    assert_eq!(inbound, [("gupshup", MessageFields::new("msisdn", "content"))]);
    assert!(!format!("{plan:?} {:?} {:?}", plan.reports, plan.inbound).contains("hunter2"));
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    let changes: [(Change, &str); 21] = [
        (|file| file["sms"] = serde_json::json!([]), "at least one"),
        (|file| file["sms"][1]["name"] = "cdac".into(), "same name"),
        (|file| file["sms"][1]["name"] = "N I C".into(), "small letters"),
        (|file| file["sms"][1]["url"] = "http://nic.example.in".into(), "without TLS"),
        (|file| file["sms"][1]["pin"] = "1234".into(), "understood"),
        (|file| file["sms"][1]["pin"] = serde_json::json!({ "file": "/nowhere/pin" }), "cannot read /nowhere/pin"),
        (|file| file["sms"][1]["pin"] = serde_json::json!({ "env": "NO_SUCH_VARIABLE" }), "NO_SUCH_VARIABLE"),
        (|file| file["sms"][1]["kind"] = "pigeon".into(), "pigeon"),
        (|file| file["sms"][1]["speed"] = 1.into(), "speed"),
        (|file| file["sms"][0]["weight"] = 0.into(), "weight"),
        (|file| file["sms"][0]["rate"]["per_second"] = 0.into(), "rate"),
        (|file| file["email"][0]["user"] = "gst".into(), "belong together"),
        (|file| file["dispatch"]["lease_seconds"] = 30.into(), "twice"),
        (|file| file["email"][1]["timeout_seconds"] = 20.into(), "at least twice its timeout_seconds: 40"),
        (|file| file["sms"][1]["timeout_seconds"] = 30.into(), "at least its timeout_seconds: 30"),
        (|file| file["retry"]["wait_seconds"] = serde_json::json!([]), "waits"),
        (|file| file["sms"][0]["reports"]["secret"] = file["sms"][0]["password"].clone(), "16 characters"),
        (|file| file["sms"][0]["reports"]["expected_seconds"] = 0.into(), "a second to a day"),
        (|file| file["sms"][0]["reports"]["fields"] = serde_json::json!({ "refrence": "id" }), "refrence"),
        (|file| file["sms"][4]["reports"] = file["sms"][0]["reports"].clone(), "need fields"),
        (|file| file["email"][0]["reports"] = file["sms"][0]["reports"].clone(), "come as mails"),
    ];
    for (change, wanted) in changes {
        let mut file = good(folder.path());
        change(&mut file);
        let refused = Plan::parse(&file.to_string(), &from()).expect_err(wanted).to_string();
        assert!(refused.contains(wanted), "{refused}");
        assert!(!refused.contains('\n') && !refused.contains("hunter2"), "{refused}");
    }
}
