//! Delivery reports against a whole server: late, twice, out of order, before our own commit, and never.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use app::model::{
    Timestamp,
    alert::DeliveryState,
    notice::NoticeKind,
    report::{Report, Verdict},
};
use async_trait::async_trait;
use jiff::SignedDuration;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use server::{
    alerts::{
        providers::{balance::BalanceRules, breaker::BreakerRules, road::Ground, tap::KeptMains},
        reports::{
            Intake,
            said::{Named, Said},
        },
    },
    chance::SystemChance,
    clock::{Clock, ManualClock, SystemClock},
    store::{
        Retention, Store, StoreError,
        port::{Batch, Bulk, Housekept, KeptSince, PutOff, Reading, Signal, Signals, Writing},
    },
};
use tempfile::TempDir;
use tokio::sync::{Semaphore, mpsc};

use crate::{
    preferences::letterboxes,
    support::{
        database::{Engine, on_both_engines},
        gateway::{Does, Gateway},
        post::{Post, http, providers},
        relay::{Day, Relay},
    },
};

const SECRET: &str = "the secret of reports";

/// A server with one gateway that sends reports about what it takes, by its own reference.
struct Town {
    post: Post,
    gateway: Gateway,
    http: Client,
    _folder: TempDir,
}

/// What the gateway says that took an SMS over.
fn taken(reference: &str) -> String {
    json!({ "status": "taken", "id": reference }).to_string()
}

/// A gateway in the generic shape, with reports.
fn reporting(name: &str, url: &str, folder: &TempDir, whose: &str) -> Value {
    let secret = folder.path().join("reports");
    std::fs::write(&secret, SECRET).expect("file");
    let mut gateway = http(name, url);
    gateway["reference_pointer"] = "/id".into();
    let fields = json!({ "reference": "id", "state": "state", "reason": "why", "whose": whose });
    gateway["reports"] = json!({ "secret": { "file": secret }, "fields": fields });
    gateway
}

impl Town {
    async fn with(engine: Engine, whose: &str, change: impl FnOnce(&mut Value, &TempDir)) -> Self {
        let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, &taken("r-1"))).await);
        let folder = tempfile::tempdir().expect("folder");
        let mut file = providers(relay.port, &gateway.url, folder.path());
        file["sms"] = json!([reporting("gateway", &gateway.url, &folder, whose)]);
        change(&mut file, &folder);
        Self { post: Post::start(engine, &file).await, gateway, http: Client::new(), _folder: folder }
    }

    async fn new(engine: Engine) -> Self {
        Self::with(engine, "theirs", |_, _| ()).await
    }

    /// What the server answers to a report of a provider.
    async fn report(&self, provider: &str, reference: &str, state: &str) -> (StatusCode, String) {
        let url = format!("{}/v1/reports/{provider}", self.post.url);
        let report = json!({ "id": reference, "state": state, "why": "absent subscriber" });
        let answer = self.http.post(url).bearer_auth(SECRET).json(&report).send().await.expect("answer");
        (answer.status(), answer.text().await.expect("text"))
    }
}

impl Town {
    /// What takes reports in over this store, on a server whose clock the test sets.
    fn intake(&self, store: Arc<dyn Store>, clock: &ManualClock) -> Intake {
        let (clock, chance): (Arc<dyn Clock>, _) = (Arc::new(clock.clone()), Arc::new(SystemChance));
        let ground = Ground {
            mains: Arc::new(KeptMains(self.post.store.clone())),
            clock: clock.clone(),
            chance: chance.clone(),
            balance: BalanceRules::default(),
            breaker: BreakerRules::default(),
        };
        // Nothing is sent through them.
        let channels = letterboxes(mpsc::unbounded_channel().0, ground);
        Intake { store, clock, chance, channels }
    }
}

/// That an SMS arrived, by the gateway's reference.
fn arrived(reference: &str) -> [Said; 1] {
    let report = Report { verdict: Verdict::Delivered, reason: None };
    [Said { about: Named::Theirs(reference.into()), report: Some(report), unknown: None }]
}

fn ok() -> (StatusCode, String) {
    (StatusCode::OK, "OK".into())
}

async fn a_report_is_heard_once_twice_late_and_out_of_order(town: Town) {
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&sms, DeliveryState::Accepted).await;
    assert_eq!(town.report("gateway", "r-1", "ENROUTE").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted, "not the last word");
    assert_eq!(town.report("gateway", "r-1", "EXPIRED").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Expired);
    for state in ["DELIVRD", "DELIVRD", "UNDELIV", "EXPIRED"] {
        assert_eq!(town.report("gateway", "r-1", state).await, ok());
        assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered, "after {state}");
    }
    town.post.stop().await;
}

async fn a_report_before_our_own_commit_is_not_lost(town: Town) {
    let gate = Arc::new(Semaphore::new(0));
    town.gateway.then([Does::Waits(gate.clone(), taken("r-1"))]);
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.gateway.until_asked(1).await;
    assert_eq!(town.report("gateway", "r-1", "DELIVRD").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Sending);
    gate.add_permits(1);
    let kept = town.post.until(&sms, DeliveryState::Delivered).await;
    assert!(kept.accepted_at.is_some() && kept.attempts == 1 && town.gateway.count() == 1, "{kept:?}");
    town.post.stop().await;
}

async fn an_officer_is_told_of_what_a_report_says_has_failed(town: Town) {
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&sms, DeliveryState::Accepted).await;
    for _ in 0..2 {
        town.report("gateway", "r-1", "UNDELIV").await;
    }
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::PermanentFailure);
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    let told: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.about)).collect();
    assert_eq!(told, [(NoticeKind::DeliveryFailed, sms.id.0)]);
    town.post.stop().await;
}

on_both_engines!(super::Town::new:
    a_report_is_heard_once_twice_late_and_out_of_order,
    a_report_before_our_own_commit_is_not_lost,
    an_officer_is_told_of_what_a_report_says_has_failed,
);

async fn what_is_said_within_eight_days_is_heard_and_after_them_it_is_about_nothing(town: Town) {
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&sms, DeliveryState::Accepted).await;
    let clock = ManualClock::at(SystemClock.now());
    let intake = town.intake(town.post.store.clone(), &clock);
    clock.advance(SignedDuration::from_hours(8 * 24) + SignedDuration::from_mins(1));
    intake.hear("gateway", &arrived("r-1")).await.expect("taken");
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted, "too late");
    // No test takes two minutes until here.
    clock.advance(-SignedDuration::from_mins(3));
    intake.hear("gateway", &arrived("r-1")).await.expect("taken");
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered);
    town.post.stop().await;
}

mod late {
    use super::*;

    on_both_engines!(super::super::Town::new:
        what_is_said_within_eight_days_is_heard_and_after_them_it_is_about_nothing,
    );
}

/// A gateway that may take its time.
async fn with_a_slow_one(engine: Engine) -> Town {
    Town::with(engine, "theirs", |file, _| {
        file["sms"][0]["timeout_seconds"] = 20.into();
        file["dispatch"] = json!({ "send_seconds": 20, "lease_seconds": 60 });
    })
    .await
}

async fn an_early_report_waits_for_a_quarter_of_an_hour_whatever_is_said_after_it(town: Town) {
    let (gate, clock) = (Arc::new(Semaphore::new(0)), ManualClock::at(SystemClock.now()));
    let intake = town.intake(town.post.store.clone(), &clock);
    for (calls, reference, minutes, state) in
        [(1, "r-1", 1, DeliveryState::Delivered), (2, "r-2", 16, DeliveryState::Accepted)]
    {
        town.gateway.then([Does::Waits(gate.clone(), taken(reference))]);
        let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
        town.gateway.until_asked(calls).await;
        intake.hear("gateway", &arrived(reference)).await.expect("kept");
        clock.advance(SignedDuration::from_mins(minutes));
        intake.hear("gateway", &arrived("of another server's SMS")).await.expect("kept");
        gate.add_permits(1);
        town.post.until(&sms, state).await;
    }
    town.post.stop().await;
}

mod early {
    use super::*;

    on_both_engines!(super::super::with_a_slow_one:
        an_early_report_waits_for_a_quarter_of_an_hour_whatever_is_said_after_it,
    );
}

/// A mail that the relay put off for ten minutes.
async fn with_a_mail_that_waits(engine: Engine) -> Town {
    let relay = Relay::start().await;
    relay.then([Day::Busy]);
    Town::with(engine, "theirs", |file, _| {
        file["email"][0]["port"] = relay.port.into();
        file["retry"]["wait_seconds"] = json!([600]);
    })
    .await
}

async fn an_officer_is_told_once_of_what_expired_and_the_mail_that_waits_goes_at_once(town: Town) {
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&mail, DeliveryState::TemporaryFailure).await;
    town.post.until(&sms, DeliveryState::Accepted).await;
    for _ in 0..2 {
        assert_eq!(town.report("gateway", "r-1", "EXPIRED").await, ok());
    }
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Expired);
    town.post.until(&mail, DeliveryState::Accepted).await;
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    let told: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.about)).collect();
    assert_eq!(told, [(NoticeKind::DeliveryFailed, sms.id.0)]);
    town.post.stop().await;
}

mod expired {
    use super::*;

    on_both_engines!(super::super::with_a_mail_that_waits:
        an_officer_is_told_once_of_what_expired_and_the_mail_that_waits_goes_at_once,
    );
}

/// A store in which others are first, so many times.
struct Outrun {
    store: Arc<dyn Store>,
    times: AtomicU32,
}

#[async_trait]
impl Store for Outrun {
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError> {
        self.store.read().await
    }

    async fn write(&self) -> Result<Box<dyn Writing>, StoreError> {
        let left = self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { Err(StoreError::Conflict) } else { self.store.write().await }
    }

    async fn keeper(&self) -> Result<Box<dyn Writing>, StoreError> {
        self.store.keeper().await
    }

    async fn announce(&self, signals: &[Signal]) -> Result<(), StoreError> {
        self.store.announce(signals).await
    }

    async fn signals(&self) -> Result<Box<dyn Signals>, StoreError> {
        self.store.signals().await
    }

    async fn make_room(&self, from: Timestamp, until: Timestamp) -> Result<Vec<String>, StoreError> {
        self.store.make_room(from, until).await
    }

    async fn housekeep(&self, now: Timestamp, retention: Retention) -> Result<Housekept, StoreError> {
        self.store.housekeep(now, retention).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

#[async_trait]
impl Bulk for Outrun {
    async fn begin_load(&self, now: Timestamp) -> Result<(KeptSince, PutOff), StoreError> {
        self.store.begin_load(now).await
    }

    async fn load(&self, batch: &Batch) -> Result<(), StoreError> {
        self.store.load(batch).await
    }

    async fn finish_load(&self, put_off: PutOff) -> Result<(), StoreError> {
        self.store.finish_load(put_off).await
    }

    fn loaders(&self) -> usize {
        self.store.loaders()
    }
}

#[tokio::test]
async fn a_report_is_not_lost_where_others_are_first_and_the_gateway_is_told_where_they_always_are() {
    let town = Town::new(Engine::Sqlite).await;
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&sms, DeliveryState::Accepted).await;
    let clock = ManualClock::at(SystemClock.now());
    let outrun = |times| town.intake(Arc::new(Outrun { store: town.post.store.clone(), times }), &clock);
    let always = outrun(u32::MAX.into()).hear("gateway", &arrived("r-1")).await;
    assert!(matches!(always, Err(StoreError::Conflict)), "so that it sends the report again: {always:?}");
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted);
    outrun(1.into()).hear("gateway", &arrived("r-1")).await.expect("heard");
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered);
    town.post.stop().await;
}

#[tokio::test]
async fn a_report_by_our_own_reference_is_heard_also_before_the_gateway_has_answered() {
    let town = Town::with(Engine::Sqlite, "ours", |_, _| ()).await;
    let gate = Arc::new(Semaphore::new(0));
    town.gateway.then([Does::Waits(gate.clone(), taken("r-1"))]);
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.gateway.until_asked(1).await;
    assert_eq!(town.report("gateway", &sms.id.to_string(), "DELIVRD").await, ok());
    gate.add_permits(1);
    town.post.until(&sms, DeliveryState::Delivered).await;
    // A gateway has nothing to say about mails.
    town.post.until(&mail, DeliveryState::Accepted).await;
    assert_eq!(town.report("gateway", &mail.id.to_string(), "DELIVRD").await, ok());
    assert_eq!(town.post.state(&mail).await.state, DeliveryState::Accepted);
    town.post.stop().await;
}

#[tokio::test]
async fn who_does_not_show_the_secret_and_what_is_no_report_are_refused_and_what_is_unknown_is_answered_like_the_rest()
{
    let town = Town::new(Engine::Sqlite).await;
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&sms, DeliveryState::Accepted).await;
    let url = format!("{}/v1/reports/gateway", town.post.url);
    let report = json!({ "id": "r-1", "state": "DELIVRD" });
    for (url, secret) in [(url.as_str(), "wrong"), (url.as_str(), ""), (&url.replace("gateway", "nobody"), SECRET)] {
        let answer = town.http.post(url).bearer_auth(secret).json(&report).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{url} {secret}");
        assert!(answer.text().await.expect("text").contains("urn:asp-access:problem:unauthorised"));
    }
    for (body, wanted) in [
        ("<xml/>".to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"id":"r-1"}"#.into(), StatusCode::BAD_REQUEST),
        (r#"[{"id":"r-1"},{"state":"DELIVRD"}]"#.into(), StatusCode::BAD_REQUEST),
        ("x".repeat(70_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = town.http.post(&url).bearer_auth(SECRET).body(body).send().await.expect("answer");
        assert_eq!(answer.status(), wanted);
        assert!(answer.text().await.expect("text").contains("urn:asp-access:problem:unreadable-report"));
    }
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted, "nothing was done");
    assert_eq!(town.report("gateway", "r-unknown", "DELIVRD").await, ok());
    // By an address alone.
    let query = [("id", "r-1"), ("state", "DELIVRD"), ("key", SECRET)];
    let answer = town.http.get(&url).query(&query).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered);
    town.post.stop().await;
}

#[tokio::test]
async fn a_report_that_cannot_be_read_does_not_keep_those_beside_it_from_being_heard() {
    let town = Town::new(Engine::Sqlite).await;
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&sms, DeliveryState::Accepted).await;
    let body = json!([{ "state": "DELIVRD" }, { "id": "r-1", "state": "DELIVRD" }]);
    let url = format!("{}/v1/reports/gateway", town.post.url);
    let answer = town.http.post(&url).bearer_auth(SECRET).json(&body).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK, "or the gateway would send it for ever");
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered);
    town.post.stop().await;
}

/// A kind of gateway: how it answers that it took an SMS over, and how it reports later that it arrived.
struct Native {
    kind: &'static str,
    /// What its settings hold besides its address and its secrets.
    settings: Value,
    secrets: &'static [&'static str],
    taken: &'static str,
    /// What follows the address, in place of a body.
    query: &'static str,
    body: String,
}

fn natives() -> [Native; 5] {
    let native =
        |kind, settings, secrets, taken| Native { kind, settings, secrets, taken, query: "", body: String::new() };
    let cdac = || native("cdac", json!({ "user": "gstn" }), &["password", "key"], "402,MsgID = 15msdgsms");
    let arrived = r#"[{"requestId":"3763","report":[{"number":"919876543243","status":"1","desc":"DELIVERED"}]}]"#;
    [
        Native {
            body: serde_urlencoded::to_string([("data", arrived)]).expect("a form"),
            ..native("msg91", json!({}), &["auth_key"], r#"{"message":"3763","type":"success"}"#)
        },
        Native {
            body:
                r#"[{"externalId":"3463-72-63","eventType":"DELIVERED","destAddr":"919876543243","cause":"SUCCESS"}]"#
                    .into(),
            ..native("gupshup", json!({ "user": "2000" }), &["password"], "success | 919876543243 | 3463-72-63")
        },
        Native { body: "msgid=15msdgsms&status=DELIVRD".into(), ..cdac() },
        Native { query: "?msgid=15msdgsms&status=DELIVRD", ..cdac() },
        Native {
            body: "msgid=1254789631&status=DELIVRD".into(),
            ..native(
                "nic",
                json!({ "user": "gstn" }),
                &["pin"],
                "Accepted For Request ID=1254789631~code=API000 & info=ok",
            )
        },
    ]
}

#[tokio::test]
async fn each_kind_of_gateway_is_heard_in_its_own_form_and_only_with_its_secret() {
    for Native { kind, settings, secrets, taken, query, body } in natives() {
        let town = Town::with(Engine::Sqlite, "theirs", |file, folder| {
            let mut gateway = settings;
            gateway["name"] = "gateway".into();
            gateway["kind"] = kind.into();
            gateway["timeout_seconds"] = 1.into();
            gateway["url"] = file["sms"][0]["url"].as_str().expect("an address").trim_end_matches("/send").into();
            gateway["reports"] = json!({ "secret": { "file": folder.path().join("reports") } });
            for secret in secrets {
                gateway[secret] = json!({ "file": folder.path().join("secret") });
            }
            file["sms"] = json!([gateway]);
        })
        .await;
        town.gateway.usually(Does::says(200, taken));
        let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
        town.post.until(&sms, DeliveryState::Accepted).await;
        let url = format!("{}/v1/reports/gateway{query}", town.post.url);
        for (secret, status, state) in [
            ("the secret of others", StatusCode::UNAUTHORIZED, DeliveryState::Accepted),
            (SECRET, StatusCode::OK, DeliveryState::Delivered),
        ] {
            let answer = town.http.post(&url).bearer_auth(secret).body(body.clone()).send().await.expect("answer");
            assert_eq!(answer.status(), status, "{kind} {query}");
            assert_eq!(town.post.state(&sms).await.state, state, "{kind} {query}");
        }
        town.post.stop().await;
    }
}

/// A second gateway beside the first, which takes messages and never reports.
async fn with_a_silent_one(engine: Engine) -> (Town, Gateway) {
    let other = Gateway::start(Does::says(200, &taken("o-1"))).await;
    let url = other.url.clone();
    let town = Town::with(engine, "theirs", |file, folder| {
        file["sms"][0]["reports"]["expected_seconds"] = 1.into();
        file["sms"][0]["weight"] = 9_999.into();
        let mut second = reporting("other", &url, folder, "theirs");
        second["reports"]["expected_seconds"] = 1.into();
        file["sms"].as_array_mut().expect("a list").push(second);
    })
    .await;
    (town, other)
}

async fn what_nobody_reports_goes_once_more_through_the_other_provider_and_an_officer_is_told(
    (town, other): (Town, Gateway),
) {
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    let (first, second) = tokio::select! {
        () = town.gateway.until_asked(1) => (&town.gateway, &other),
        () = other.until_asked(1) => (&other, &town.gateway),
    };
    second.until_asked(1).await;
    let kept = town.post.until(&sms, DeliveryState::Accepted).await;
    assert!(kept.heard.repeated_at.is_some() && kept.attempts == 2, "{kept:?}");
    assert_eq!(kept.heard.due_at, None, "nobody waits for a report any more, so it is never sent a third time");
    assert_eq!((first.count(), second.count()), (1, 1));
    assert_eq!(first.asked()[0].body, second.asked()[0].body, "the same reference");
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    let told: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.about)).collect();
    assert_eq!(told, [(NoticeKind::NoReport, sms.id.0)]);
    // The first one's report comes after all.
    let (late, reference) = if first.url == other.url { ("other", "o-1") } else { ("gateway", "r-1") };
    assert_eq!(town.report(late, reference, "UNDELIV").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted, "the other one may have brought it");
    assert_eq!(town.report(late, reference, "DELIVRD").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered);
    town.post.stop().await;
}

mod silence {
    use super::*;

    on_both_engines!(super::super::with_a_silent_one:
        what_nobody_reports_goes_once_more_through_the_other_provider_and_an_officer_is_told,
    );
}

#[tokio::test]
async fn what_goes_once_more_does_not_go_to_the_silent_provider_again_where_the_other_fails() {
    let (town, other) = with_a_silent_one(Engine::Sqlite).await;
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    let (first, second) = tokio::select! {
        () = town.gateway.until_asked(1) => (&town.gateway, &other),
        () = other.until_asked(1) => (&other, &town.gateway),
    };
    second.then([Does::says(500, "busy"), Does::says(500, "busy")]);
    second.until_asked(3).await;
    let kept = town.post.until(&sms, DeliveryState::Accepted).await;
    assert_eq!((kept.attempts, first.count(), second.count()), (4, 1, 3));
    town.post.stop().await;
}

#[tokio::test]
async fn what_one_provider_failed_to_bring_another_one_may_still_bring() {
    let other = Gateway::start(Does::says(200, &taken("o-1"))).await;
    let town = Town::with(Engine::Sqlite, "ours", |file, folder| {
        file["retry"]["wait_seconds"] = json!([2, 2, 2]);
        file["sms"].as_array_mut().expect("a list").push(reporting("other", &other.url, folder, "ours"));
    })
    .await;
    let gate = Arc::new(Semaphore::new(0));
    for gateway in [&town.gateway, &other] {
        gateway.then([Does::says(500, "busy"), Does::Waits(gate.clone(), taken("again"))]);
    }
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    // Each failed once; the first one is asked again.
    let (last, before) = tokio::select! {
        () = town.gateway.until_asked(2) => ("gateway", "other"),
        () = other.until_asked(2) => ("other", "gateway"),
    };
    let id = sms.id.to_string();
    assert_eq!(town.report(before, &id, "UNDELIV").await, ok());
    gate.add_permits(1);
    town.post.until(&sms, DeliveryState::Accepted).await;
    assert_eq!(town.report(before, &id, "UNDELIV").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted, "it is another one's now");
    assert_eq!(town.report(last, &id, "UNDELIV").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::PermanentFailure);
    town.post.stop().await;
}

#[tokio::test]
async fn a_gateway_that_was_not_asked_has_nothing_to_say_about_an_sms() {
    let other = Gateway::start(Does::says(200, &taken("o-1"))).await;
    let town = Town::with(Engine::Sqlite, "ours", |file, folder| {
        file["sms"].as_array_mut().expect("a list").push(reporting("other", &other.url, folder, "ours"));
    })
    .await;
    let gate = Arc::new(Semaphore::new(0));
    for gateway in [&town.gateway, &other] {
        gateway.then([Does::Waits(gate.clone(), taken("r-1"))]);
    }
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    let (asked, not_asked) = tokio::select! {
        () = town.gateway.until_asked(1) => ("gateway", "other"),
        () = other.until_asked(1) => ("other", "gateway"),
    };
    let id = sms.id.to_string();
    for state in ["UNDELIV", "DELIVRD"] {
        assert_eq!(town.report(not_asked, &id, state).await, ok(), "while it is being sent");
    }
    gate.add_permits(1);
    town.post.until(&sms, DeliveryState::Accepted).await;
    for state in ["EXPIRED", "UNDELIV", "DELIVRD"] {
        assert_eq!(town.report(not_asked, &id, state).await, ok());
        assert_eq!(town.post.state(&sms).await.state, DeliveryState::Accepted, "{state}");
    }
    assert_eq!(town.report(asked, &id, "DELIVRD").await, ok());
    assert_eq!(town.post.state(&sms).await.state, DeliveryState::Delivered);
    town.post.stop().await;
}

#[tokio::test]
async fn that_an_sms_failed_is_not_lost_where_it_is_said_before_our_own_commit() {
    let town = Town::with(Engine::Sqlite, "ours", |_, _| ()).await;
    let gate = Arc::new(Semaphore::new(0));
    town.gateway.then([Does::Waits(gate.clone(), taken("r-1"))]);
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.gateway.until_asked(1).await;
    assert_eq!(town.report("gateway", &sms.id.to_string(), "UNDELIV").await, ok());
    gate.add_permits(1);
    town.post.until(&sms, DeliveryState::PermanentFailure).await;
    town.post.stop().await;
}

#[tokio::test]
async fn without_another_provider_silence_is_told_of_and_sends_nothing_again() {
    let town =
        Town::with(Engine::Sqlite, "theirs", |file, _| file["sms"][0]["reports"]["expected_seconds"] = 1.into()).await;
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until_count("select count(*) from officer_notice where kind = 'no_report'", 1).await;
    let kept = town.post.state(&sms).await;
    assert_eq!((kept.state, kept.attempts, town.gateway.count()), (DeliveryState::Accepted, 1, 1));
    town.post.stop().await;
}
