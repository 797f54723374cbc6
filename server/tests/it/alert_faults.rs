//! Providers with bad days, against a whole server: nothing is lost, nothing is stuck, and what is kept is the truth.

use std::time::Duration;

use app::model::{alert::DeliveryState, notice::NoticeKind};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time;

use crate::support::{
    database::{Database, Engine, on_both_engines},
    gateway::{Does, Gateway},
    post::{Post, TAKEN, http, providers, smtp},
    relay::{Day, Relay},
};

/// A server with one relay and one gateway.
struct Town {
    post: Post,
    relay: Relay,
    gateway: Gateway,
    _folder: TempDir,
}

impl Town {
    async fn with(engine: Engine, change: impl FnOnce(&mut Value)) -> Self {
        let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
        let folder = tempfile::tempdir().expect("folder");
        let mut file = providers(relay.port, &gateway.url, folder.path());
        change(&mut file);
        Self { post: Post::start(engine, &file).await, relay, gateway, _folder: folder }
    }

    async fn new(engine: Engine) -> Self {
        Self::with(engine, |_| ()).await
    }
}

/// The outcomes of all attempts of the newest alerts, as they are kept.
async fn attempts_by(database: &Database, provider: &'static str) -> i64 {
    match provider {
        "none" => database.count("select count(*) from attempt where provider = 'none'").await,
        "relay-a" => database.count("select count(*) from attempt where provider = 'relay-a'").await,
        "relay-b" => database.count("select count(*) from attempt where provider = 'relay-b'").await,
        other => panic!("nobody asks for {other}"),
    }
}

async fn a_gateway_that_fails_in_every_way_gets_the_message_in_the_end(town: Town) {
    let busy = Does::says(429, "");
    town.gateway.then([Does::Hangs, Does::says(500, "oops"), busy, Does::says(200, "<html>")]);
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    let kept = town.post.until(&sms, DeliveryState::Accepted).await;
    assert_eq!(kept.attempts, 5);
    let references: Vec<_> = town.gateway.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(references, vec![sms.id.to_string(); 5], "each time the same message");
    town.post.until_nothing_waits().await;
    town.post.stop().await;
}

async fn a_gateway_that_asks_to_be_left_alone_is_for_as_long_as_it_asks(town: Town) {
    // The schedule's own wait is a second.
    town.gateway.then([Does::Says(429, vec![("retry-after", "8".into())], String::new())]);
    let [[_, sms]] = town.post.owe(1).await.try_into().expect("one");
    let kept = town.post.until(&sms, DeliveryState::Accepted).await;
    assert_eq!(kept.attempts, 2);
    let asked: Vec<_> = town.gateway.asked().into_iter().map(|asked| asked.at).collect();
    let waited = asked[1].duration_since(asked[0]);
    // What is due is kept to the millisecond.
    assert!(waited >= Duration::from_millis(7_999), "{waited:?}");
    town.post.stop().await;
}

async fn a_relay_that_greets_slowly_or_is_busy_gets_the_mail_in_the_end(town: Town) {
    town.relay.then([Day::GreetsLate(Duration::from_secs(3)), Day::Busy]);
    let [[mail, _]] = town.post.owe(1).await.try_into().expect("one");
    let kept = town.post.until(&mail, DeliveryState::Accepted).await;
    assert_eq!(kept.attempts, 3);
    assert_eq!(town.relay.taken(), [format!("<{}@gst.example>", mail.id)]);
    town.post.stop().await;
}

async fn a_refused_recipient_is_refused_for_good_and_an_officer_is_told(town: Town) {
    town.relay.then([Day::NoSuchMailbox]);
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    let kept = town.post.until(&mail, DeliveryState::PermanentFailure).await;
    assert_eq!((kept.attempts, town.relay.taken().len()), (1, 0));
    town.post.until(&sms, DeliveryState::Accepted).await;
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    assert_eq!(notices.iter().map(|notice| notice.about).collect::<Vec<_>>(), [mail.id.0]);
    assert!(notices[0].detail.contains("5.1.1") && !notices[0].detail.contains('@'), "{}", notices[0].detail);
    town.post.stop().await;
}

async fn a_relay_that_goes_away_with_the_mail_gets_it_again_under_the_same_message_id(town: Town) {
    town.relay.then([Day::GoesAway]);
    let [[mail, _]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&mail, DeliveryState::Accepted).await;
    let id = format!("<{}@gst.example>", mail.id);
    assert_eq!(town.relay.taken(), [id.clone(), id], "once more, recognisable, and not more often");
    town.post.stop().await;
}

async fn a_relay_that_answers_too_late_never_makes_another_mail_count_as_accepted(town: Town) {
    // The answer to the first mail comes when nobody waits for it any more; then the relay refuses a recipient.
    town.relay.then([Day::AnswersLate(Duration::from_secs(2)), Day::NoSuchMailbox]);
    let [[first, _]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&first, DeliveryState::PermanentFailure).await;
    let [[second, _]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&second, DeliveryState::Accepted).await;
    let taken = town.relay.taken();
    assert_eq!(taken.last(), Some(&format!("<{}@gst.example>", second.id)), "{taken:?}");
    town.post.stop().await;
}

on_both_engines!(super::Town::new:
    a_relay_that_answers_too_late_never_makes_another_mail_count_as_accepted,
    a_gateway_that_fails_in_every_way_gets_the_message_in_the_end,
    a_gateway_that_asks_to_be_left_alone_is_for_as_long_as_it_asks,
    a_relay_that_greets_slowly_or_is_busy_gets_the_mail_in_the_end,
    a_refused_recipient_is_refused_for_good_and_an_officer_is_told,
    a_relay_that_goes_away_with_the_mail_gets_it_again_under_the_same_message_id,
);

#[tokio::test]
async fn a_relay_without_an_address_takes_nothing_and_the_message_becomes_a_dead_letter_that_an_officer_sees() {
    let town = Town::with(Engine::Sqlite, |file| {
        file["email"][0]["host"] = "relay.gst.invalid".into();
        file["email"][0]["security"] = "starttls".into();
        file["retry"]["wait_seconds"] = json!([1, 1]);
    })
    .await;
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    let kept = town.post.until(&mail, DeliveryState::TechnicalFailure).await;
    assert_eq!(kept.attempts, 3);
    town.post.until(&sms, DeliveryState::Accepted).await;
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    assert_eq!(notices.iter().map(|notice| notice.about).collect::<Vec<_>>(), [mail.id.0]);
    town.post.until_nothing_waits().await;
    town.post.stop().await;
}

#[tokio::test]
async fn what_cannot_be_put_together_holds_up_nothing_and_becomes_a_dead_letter_that_an_officer_sees() {
    let town = Town::with(Engine::Sqlite, |file| file["retry"]["wait_seconds"] = json!([1])).await;
    assert_eq!(town.post.database.intrude(&["update signatory set email_sealed = mobile_sealed".into()]).await, 6);
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    for delivery in [&mail, &sms] {
        let kept = town.post.until(delivery, DeliveryState::TechnicalFailure).await;
        assert_eq!(kept.attempts, 2);
    }
    town.post.until_count("select count(*) from officer_notice where kind = 'delivery_failed'", 2).await;
    assert_eq!((town.gateway.count(), town.relay.taken().len()), (0, 0));
    town.post.stop().await;
}

#[tokio::test]
async fn what_one_relay_does_not_take_goes_through_the_other_and_the_first_is_left_alone() {
    let good = Relay::start().await;
    let town = Town::with(Engine::Sqlite, |file| {
        // Nothing listens at the first.
        file["email"] = json!([smtp("relay-a", 9), smtp("relay-b", good.port)]);
        file["breaker"] = json!({ "failures_max": 3, "open_seconds_min": 60 });
    })
    .await;
    let owed = town.post.owe(60).await;
    town.post.until_nothing_waits().await;
    let mut taken = good.taken();
    taken.sort();
    let mut wanted: Vec<_> = owed.iter().map(|[mail, _]| format!("<{}@gst.example>", mail.id)).collect();
    wanted.sort();
    assert_eq!(taken, wanted, "each once, none lost");
    let failed = attempts_by(&town.post.database, "relay-a").await;
    assert!((1..60).contains(&failed), "{failed} attempts at one that is not there");
    assert_eq!(attempts_by(&town.post.database, "relay-b").await, 60);
    town.post.stop().await;
}

#[tokio::test]
async fn what_one_relay_refuses_for_our_own_sake_goes_through_the_other() {
    for day in [Day::GreetsWithRefusal, Day::RefusesSender] {
        let good = Relay::start().await;
        let town = Town::with(Engine::Sqlite, |file| {
            let bad = file["email"][0]["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("port");
            file["email"] = json!([smtp("relay-a", bad), smtp("relay-b", good.port)]);
            file["breaker"] = json!({ "failures_max": 3, "open_seconds_min": 60 });
        })
        .await;
        town.relay.then([day; 60]);
        let owed = town.post.owe(60).await;
        town.post.until_nothing_waits().await;
        for [mail, _] in &owed {
            assert_eq!(town.post.state(mail).await.state, DeliveryState::Accepted, "{day:?}");
        }
        assert_eq!((town.relay.taken().len(), good.taken().len()), (0, 60), "{day:?}");
        assert!(attempts_by(&town.post.database, "relay-a").await < 60, "it counts as trouble of the relay");
        town.post.stop().await;
    }
}

#[tokio::test]
async fn a_late_alert_goes_by_the_other_channel_at_once_and_an_officer_is_told_once() {
    let town = Town::with(Engine::Sqlite, |file| {
        // Both failed once, and would be tried again in an hour.
        file["email"] = json!([smtp("relay-a", 9)]);
        file["sms"] = json!([http("gateway", "http://127.0.0.1:9")]);
        file["retry"] = json!({ "wait_seconds": [3600, 3600, 3600], "jitter_percent": 0, "late_after_seconds": 2 });
    })
    .await;
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    // Both are tried at once, both fail; two seconds later both are late though neither is due, and hurry each other once.
    let wait = async {
        loop {
            let (mail, sms) = (town.post.state(&mail).await, town.post.state(&sms).await);
            if mail.attempts >= 2 && sms.attempts >= 2 {
                return;
            }
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(time::timeout(Duration::from_secs(20), wait).await.is_ok(), "nothing was hurried");
    time::sleep(Duration::from_secs(1)).await;
    let (mail, sms) = (town.post.state(&mail).await, town.post.state(&sms).await);
    assert!(mail.attempts <= 2 && sms.attempts <= 2, "they do not chase each other: {mail:?} {sms:?}");
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    assert_eq!(notices.len(), 2);
    assert_eq!(attempts_by(&town.post.database, "none").await, 0);
    town.post.stop().await;
}

#[tokio::test]
async fn while_every_provider_is_left_alone_nothing_is_lost_and_all_arrives_when_one_is_back() {
    let town = Town::with(Engine::Sqlite, |file| {
        file["breaker"] = json!({ "failures_max": 3, "open_seconds_min": 1, "open_seconds_max": 1 });
        file["dispatch"]["lane"] = 16.into();
    })
    .await;
    town.gateway.usually(Does::says(503, ""));
    let owed = town.post.owe(60).await;
    time::sleep(Duration::from_secs(2)).await;
    let asked = town.gateway.count();
    assert!(asked < 60, "it is not asked for each: {asked}");
    town.gateway.usually(Does::says(200, TAKEN));
    town.post.until_nothing_waits().await;
    for [mail, sms] in &owed {
        assert_eq!(town.post.state(mail).await.state, DeliveryState::Accepted);
        assert_eq!(town.post.state(sms).await.state, DeliveryState::Accepted);
    }
    town.post.stop().await;
}

#[tokio::test]
async fn what_no_provider_may_be_asked_for_by_its_deadline_is_told_of_once_and_the_other_channel_hurries() {
    let town = Town::with(Engine::Sqlite, |file| {
        file["breaker"] = json!({ "failures_max": 3, "open_seconds_min": 3600, "open_seconds_max": 3600 });
        file["retry"] = json!({ "wait_seconds": [3600, 3600], "jitter_percent": 0, "late_after_seconds": 4 });
    })
    .await;
    town.gateway.usually(Does::says(503, ""));
    for [mail, _] in town.post.owe(3).await {
        town.post.until(&mail, DeliveryState::Accepted).await;
    }
    town.gateway.until_asked(3).await;
    town.post.until_count("select count(*) from attempt where provider = 'gateway'", 3).await;
    town.relay.then([Day::Busy]);
    let [[mail, sms]] = town.post.owe(1).await.try_into().expect("one");
    // It would be tried again in an hour.
    assert_eq!(town.post.until(&mail, DeliveryState::Accepted).await.attempts, 2);
    let kept = town.post.state(&sms).await;
    assert_eq!((kept.state, kept.attempts, town.gateway.count()), (DeliveryState::Queued, 0, 3));
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    let about_it: Vec<_> = notices.iter().filter(|notice| notice.about == sms.id.0).map(|notice| notice.kind).collect();
    assert_eq!(about_it, [NoticeKind::DeliveryLate]);
    town.post.stop().await;
}

#[tokio::test]
async fn a_rate_is_kept() {
    let town = Town::with(Engine::Sqlite, |file| {
        file["sms"][0]["rate"] = json!({ "per_second": 20, "burst": 5 });
    })
    .await;
    let began = server::clock::stopwatch();
    town.post.owe(45).await;
    town.post.until_nothing_waits().await;
    let took = began.elapsed();
    // Five at once, forty more at twenty a second.
    assert!(took >= Duration::from_millis(1_900), "{took:?}");
    assert_eq!(town.gateway.count(), 45);
    town.post.stop().await;
}
