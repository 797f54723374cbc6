//! Whoever watches a server sees its queue, its providers and its canary; and a public listener shows none of it.

use std::{sync::Arc, time::Duration};

use app::model::alert::DeliveryState;
use reqwest::StatusCode;
use serde_json::json;
use server::alerts::bounces::BounceSettings;
use tokio::{sync::Semaphore, time};

use crate::support::{
    database::Engine,
    demo_server::DemoServer,
    gateway::{Does, Gateway},
    post::{Post, TAKEN, http, providers},
    relay::Relay,
};

async fn metrics(post: &Post) -> String {
    let answer = reqwest::get(format!("{}/metrics", post.watch)).await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.expect("text")
}

/// The value of a line, waited for until it is one that is wanted.
async fn value(post: &Post, line: &str, wanted: impl Fn(f64) -> bool) -> f64 {
    let look = async {
        loop {
            let text = metrics(post).await;
            let found = text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse::<f64>().ok());
            if let Some(value) = found.filter(|value| wanted(*value)) {
                return value;
            }
            time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = time::timeout(Duration::from_secs(20), look).await;
    let Ok(value) = found else { panic!("{line} in:\n{}", metrics(post).await) };
    value
}

#[tokio::test]
async fn queue_providers_and_canary_are_seen() {
    let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
    let broken = Gateway::start(Does::says(500, "")).await;
    let folder = tempfile::tempdir().expect("folder");
    let mut file = providers(relay.port, &gateway.url, folder.path());
    file["sms"] = json!([http("watched-good", &gateway.url), http("watched-bad", &broken.url)]);
    // The first message is the canary's.
    gateway.then([Does::says(200, r#"{"status":"taken","id":"c-1"}"#)]);
    std::fs::write(folder.path().join("reports"), "a secret of the gateway").expect("file");
    file["sms"][0]["reference_pointer"] = "/id".into();
    file["sms"][0]["reports"] = json!({
        "secret": { "file": folder.path().join("reports") },
        "fields": { "reference": "id", "state": "state" },
    });
    file["breaker"] = json!({ "failures_max": 3, "open_seconds_min": 600, "open_seconds_max": 600 });
    file["canary"] = json!({
        "email": "canary@gst.example",
        "sms": { "mobile": "9876500000", "entity_id": "1001", "header": "GSTNIN", "template_id": "1007", "text": "canary" },
    });
    // Into this folder its mail server delivers the canary's mailbox, too.
    let maildir = folder.path().join("maildir");
    let bounces = BounceSettings { folder: Some(maildir.clone()), ..BounceSettings::default() };
    let post = Box::pin(Post::start_with(Engine::Sqlite, &file, bounces)).await;
    gateway.until_asked(1).await;
    let owed = post.owe(30).await;
    post.until_nothing_waits().await;
    for [mail, sms] in &owed {
        assert_eq!(post.state(mail).await.state, DeliveryState::Accepted);
        assert_eq!(post.state(sms).await.state, DeliveryState::Accepted);
    }

    let good = "channel=\"sms\",provider=\"watched-good\"";
    let bad = "channel=\"sms\",provider=\"watched-bad\"";
    assert!(
        value(&post, &format!("asp_access_attempts_total{{{good},outcome=\"accepted\"}}"), |n| n >= 30.0).await >= 30.0
    );
    value(&post, &format!("asp_access_attempts_total{{{bad},outcome=\"temporary\"}}"), |n| n >= 3.0).await;
    value(&post, &format!("asp_access_provider_breaker{{{bad}}}"), |state| state > 1.5).await;
    value(&post, &format!("asp_access_provider_breaker{{{good}}}"), |state| state < 0.5).await;
    value(&post, &format!("asp_access_provider_points{{{good}}}"), |points| points >= 50.0).await;
    value(&post, "asp_access_deliveries_waiting{channel=\"sms\"}", |n| n < 0.5).await;
    value(&post, "asp_access_oldest_due_seconds{channel=\"email\"}", |age| age < 0.5).await;
    value(&post, "asp_access_channel_alarm{channel=\"email\"}", |alarm| alarm < 0.5).await;
    value(&post, "asp_access_nodes", |nodes| nodes >= 1.0).await;
    value(&post, "asp_access_lease_held", |held| held > 0.5).await;
    // The canary has sung through each, and been heard by those that work.
    let age = |provider: &str, proof: &str| {
        format!("asp_access_canary_proof_age_seconds{{provider=\"{provider}\",proof=\"{proof}\"}}")
    };
    for provider in ["relay", "watched-good"] {
        value(&post, &age(provider, "accepted"), |age| age < 60.0).await;
    }
    value(&post, &age("watched-bad", "accepted"), |age| age > 1e9).await;
    value(&post, &age("watched-good", "delivered"), |age| age > 1e9).await;
    let report = serde_json::json!({ "id": "c-1", "state": "DELIVRD" });
    let url = format!("{}/v1/reports/watched-good", post.url);
    let told = reqwest::Client::new().post(url).bearer_auth("a secret of the gateway").json(&report).send();
    assert_eq!(told.await.expect("answer").status(), StatusCode::OK);
    value(&post, &age("watched-good", "delivered"), |age| age < 60.0).await;
    value(&post, &age("relay", "delivered"), |age| age > 1e9).await;
    let alerts: Vec<_> = owed.iter().map(|[mail, _]| format!("<{}@gst.example>", mail.id)).collect();
    let sung = relay.taken().into_iter().find(|id| !alerts.contains(id)).expect("the canary's mail");
    std::fs::create_dir_all(maildir.join("new")).expect("folder");
    let arrived = |id: &str| format!("From: no-reply@gst.example\nTo: canary@gst.example\nMessage-ID: {id}\n\nSung.\n");
    std::fs::write(maildir.join("new/1"), arrived("<another@gst.example>")).expect("file");
    std::fs::write(maildir.join("new/2"), arrived(&sung)).expect("file");
    value(&post, &age("relay", "delivered"), |age| age < 60.0).await;
    post.stop().await;
}

#[tokio::test]
async fn the_canary_is_proven_by_either_name_also_early_and_only_what_can_be_proven_is_told() {
    let gateways = [Gateway::start(Does::says(200, TAKEN)).await, Gateway::start(Does::says(200, TAKEN)).await];
    let [ours, theirs] = &gateways;
    let (relay, folder) = (Relay::start().await, tempfile::tempdir().expect("folder"));
    let mut file = providers(relay.port, &ours.url, folder.path());
    let secret = "a secret of the gateway";
    std::fs::write(folder.path().join("reports"), secret).expect("file");
    let reporting = |name: &str, url: &str, whose: &str| {
        let mut gateway = http(name, url);
        gateway["timeout_seconds"] = 20.into();
        gateway["reference_pointer"] = "/id".into();
        gateway["reports"] = json!({
            "secret": { "file": folder.path().join("reports") },
            "fields": { "reference": "id", "state": "state", "whose": whose },
        });
        gateway
    };
    file["sms"] = json!([
        reporting("canary-ours", &ours.url, "ours"),
        reporting("canary-theirs", &theirs.url, "theirs"),
        http("canary-silent", &ours.url),
    ]);
    file["dispatch"] = json!({ "send_seconds": 20, "lease_seconds": 60 });
    file["email"][0]["name"] = "canary-relay".into();
    file["canary"] = json!({
        "email": "canary@gst.example",
        "sms": { "mobile": "9876500000", "entity_id": "1001", "header": "GSTNIN", "template_id": "1007", "text": "canary" },
    });
    let gate = Arc::new(Semaphore::new(0));
    theirs.then([Does::Waits(gate.clone(), r#"{"status":"taken","id":"c-1"}"#.into())]);
    let post = Post::start(Engine::Sqlite, &file).await;
    post.database.run("insert into canary (provider, sent_at) values ('canary-removed', 0)").await.expect("a row");
    let age = |provider: &str, proof: &str| {
        format!("asp_access_canary_proof_age_seconds{{provider=\"{provider}\",proof=\"{proof}\"}}")
    };
    let report = async |provider: &str, id: &str| {
        let report = json!({ "id": id, "state": "DELIVRD" });
        let url = format!("{}/v1/reports/{provider}", post.url);
        let told = reqwest::Client::new().post(url).bearer_auth(secret).json(&report).send().await;
        assert_eq!(told.expect("answer").status(), StatusCode::OK);
    };
    theirs.until_asked(1).await;
    report("canary-theirs", "c-1").await;
    value(&post, &age("canary-theirs", "delivered"), |age| age > 1e9).await;
    gate.add_permits(1);
    value(&post, &age("canary-theirs", "delivered"), |age| age < 60.0).await;
    // The silent one is asked at the same address, in either order.
    ours.until_asked(2).await;
    for asked in ours.asked() {
        report("canary-ours", &asked.body).await;
    }
    value(&post, &age("canary-ours", "delivered"), |age| age < 60.0).await;
    value(&post, &age("canary-silent", "accepted"), |age| age < 60.0).await;
    let text = metrics(&post).await;
    for untold in [&age("canary-silent", "delivered"), &age("canary-relay", "delivered"), "canary-removed"] {
        assert!(!text.contains(untold), "{untold}");
    }
    post.stop().await;
}

#[tokio::test]
async fn what_providers_tell_is_counted_by_what_came_of_it_and_open_notices_are() {
    let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
    let folder = tempfile::tempdir().expect("folder");
    let mut file = providers(relay.port, &gateway.url, folder.path());
    let secret = "a secret of the gateway";
    std::fs::write(folder.path().join("reports"), secret).expect("file");
    let fields = json!({ "reference": "id", "state": "state" });
    file["sms"][0] = http("counted", &gateway.url);
    file["sms"][0]["reports"] = json!({ "secret": { "file": folder.path().join("reports") }, "fields": fields });
    file["sms"][0]["inbound"] = json!({ "secret": { "file": folder.path().join("reports") } });
    let post = Post::start(Engine::Sqlite, &file).await;
    let send = async |path: &str, secret: &str, body: serde_json::Value| {
        let url = format!("{}/v1/{path}", post.url);
        reqwest::Client::new().post(url).bearer_auth(secret).json(&body).send().await.expect("answer").status()
    };
    let mixed = json!([
        { "id": "r-1", "state": "DELIVRD" }, { "id": "r-2", "state": "ENROUTE" }, { "state": "DELIVRD" },
        { "id": "r-3", "state": "HANDSET_BUSY" },
    ]);
    assert_eq!(send("reports/counted", secret, mixed.clone()).await, StatusCode::OK);
    assert_eq!(send("reports/counted", "wrong", mixed.clone()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(send("reports/made-up", secret, mixed).await, StatusCode::UNAUTHORIZED);
    let sms = json!([
        { "from": "9999999999", "text": "GST STOPALL" }, { "from": "9999999999", "text": "hello" },
        { "from": "9999999999" },
    ]);
    assert_eq!(send("inbound/counted", secret, sms).await, StatusCode::OK);
    for (kind, result, wanted) in [
        ("report", "taken", 2.0),
        ("report", "unauthorised", 1.0),
        ("report", "unreadable", 1.0),
        ("report", "unknown", 1.0),
        ("inbound", "taken", 1.0),
        ("inbound", "unreadable", 1.0),
        ("inbound", "unknown", 1.0),
    ] {
        let line = format!("asp_access_callbacks_total{{kind=\"{kind}\",provider=\"counted\",result=\"{result}\"}}");
        value(&post, &line, |n| (n - wanted).abs() < 0.5).await;
    }
    assert!(!metrics(&post).await.contains("made-up"), "labels are names of the settings");
    value(&post, "asp_access_officer_notices_open", |open| open < 0.5).await;
    post.stop().await;
}

#[tokio::test]
async fn where_both_gateways_are_slow_it_is_an_alarm_and_no_weight_moves() {
    let slow = Does::SaysLate(Duration::from_millis(150), TAKEN.into());
    let (relay, one, other) = (Relay::start().await, Gateway::start(slow.clone()).await, Gateway::start(slow).await);
    let folder = tempfile::tempdir().expect("folder");
    let mut file = providers(relay.port, &one.url, folder.path());
    file["sms"] = json!([http("slow-one", &one.url), http("slow-other", &other.url)]);
    file["balance"] = json!({ "acceptance_slow_ms": 50, "messages_min": 5, "step_seconds": 1 });
    // Four at once: the second half takes longer than a step.
    file["dispatch"]["lane"] = 4.into();
    let post = Post::start(Engine::Sqlite, &file).await;
    post.owe(60).await;
    let alarm = "asp_access_channel_alarm{channel=\"sms\"}";
    value(&post, alarm, |alarm| alarm > 0.5).await;
    let points = async |provider: &str| {
        let line = format!("asp_access_provider_points{{channel=\"sms\",provider=\"{provider}\"}}");
        value(&post, &line, |_| true).await
    };
    // Whoever was seen to be slow first may have lost a step before the other was.
    let before = (points("slow-one").await, points("slow-other").await);
    assert!((before.0 + before.1 - 100.0).abs() < 0.5, "{before:?}");
    post.owe(60).await;
    post.until_nothing_waits().await;
    assert!(one.count() > 20 && other.count() > 20, "both are asked as before: {} {}", one.count(), other.count());
    value(&post, alarm, |alarm| alarm > 0.5).await;
    assert_eq!((points("slow-one").await, points("slow-other").await), before);
    post.stop().await;
}

#[tokio::test]
async fn a_server_that_was_told_to_stop_lives_and_is_not_ready() {
    let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
    let folder = tempfile::tempdir().expect("folder");
    let post = Post::start(Engine::Postgres, &providers(relay.port, &gateway.url, folder.path())).await;
    let watch = post.watch.clone();
    let status = |path: &'static str| {
        let url = format!("{watch}{path}");
        async move { reqwest::get(url).await.expect("answer").status() }
    };
    assert_eq!((status("/healthz").await, status("/readyz").await), (StatusCode::OK, StatusCode::OK));
    post.stop().await;
    assert_eq!((status("/healthz").await, status("/readyz").await), (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE));
}

#[tokio::test]
async fn the_public_listener_tells_no_metrics() {
    let demo = DemoServer::start();
    for path in ["/metrics", "/healthz", "/readyz"] {
        let answer = demo.get(path).send().await.expect("answer");
        assert_ne!(answer.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn checks_are_counted_by_their_decision() {
    use crate::support::world::World;
    let world = World::new(Engine::Sqlite).await;
    let granted = world.grant().await;
    world.check(&granted).await.expect("passes");
    world.consents.log_out(&world.player.application, &world.taxpayer.username, &granted.token).await.expect("ended");
    world.check(&granted).await.expect_err("refused");
    let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
    let folder = tempfile::tempdir().expect("folder");
    let post = Post::start(Engine::Sqlite, &providers(relay.port, &gateway.url, folder.path())).await;
    value(&post, "asp_access_checks_total{decision=\"pass\"}", |n| n >= 1.0).await;
    let text = metrics(&post).await;
    assert!(text.contains("asp_access_checks_total{decision=\"consent_ended\"}"), "{text}");
    assert!(text.contains("asp_access_revoke_effective_seconds_bucket"), "{text}");
    post.stop().await;
}
