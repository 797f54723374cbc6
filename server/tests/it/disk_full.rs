//! The disk is full: nothing passes and nothing is acknowledged until there is room, and nothing acknowledged is lost.

use app::model::{Timestamp, alert::Channel};
use reqwest::{StatusCode, header};
use server::{
    clock::{Clock, SystemClock},
    store::{Store, open, port::TAKEN_OVER},
    verify::verify,
    wire_client::WireClientError,
};

use crate::support::{
    demo_server::{DemoServer, Granted},
    process::asp_access,
    small_disk::SmallDisk,
};

/// Calls after which a disk that was filled must be noticed: the log is written on until its file would have to grow.
const CALLS_MAX: u32 = 20_000;
/// Looks at the outbox, 50 ms apart, until everything owed was sent: twenty seconds.
const LOOKS_MAX: u32 = 400;

/// Calls until one is answered otherwise; how many passed before.
async fn calls_until_refused(server: &DemoServer, granted: &Granted) -> (i64, reqwest::Response) {
    for passed in 0..CALLS_MAX {
        let answer = server.check(granted).await;
        if answer.status() != StatusCode::OK {
            return (passed.into(), answer);
        }
    }
    panic!("{CALLS_MAX} calls passed on a disk that is full");
}

fn is_technical_error<T>(answer: &Result<T, WireClientError>) -> bool {
    matches!(answer, Err(WireClientError::Refused { error_cd, .. }) if error_cd == "TEC4001")
}

/// Waits until every alert owed was taken over by its provider.
async fn told(store: &dyn Store) {
    for _ in 0..LOOKS_MAX {
        let mut work = store.read().await.expect("read");
        let mut due = Vec::new();
        for channel in Channel::ALL {
            due.extend(work.next_delivery_due(channel).await.expect("read"));
        }
        drop(work);
        if due.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("an alert is still owed");
}

/// That every alert about a taxpayer's newest consents was taken over by its provider, and that the inbox holds the mails.
async fn arrived(server: &DemoServer, store: &dyn Store, granted: &Granted, live: bool) {
    let mut work = store.read().await.expect("read");
    let listed = work.list_consents(granted.gstin(), live, SystemClock.now(), None).await.expect("read");
    let consent = &listed[0].consent;
    let alerts = work.alerts_of_consent(consent.gstin, consent.id).await.expect("read");
    let told: Vec<_> = alerts.iter().flat_map(|kept| &kept.deliveries).collect();
    assert!(told.iter().all(|one| TAKEN_OVER.contains(&one.state)), "{told:?}");
    let mails = told.iter().filter(|one| one.channel == Channel::Email).count();
    assert!(mails > 0 && told.len() > mails, "on both channels: {told:?}");
    let inbox: Vec<serde_json::Value> =
        server.get("/demo/inbox.json").send().await.expect("an answer").json().await.expect("JSON");
    let (to, named) = (granted.signatory.email.as_str(), consent.id.to_string());
    let arrived =
        inbox.iter().filter(|item| item["to"] == to && item["text"].as_str().is_some_and(|text| text.contains(&named)));
    assert!(arrived.count() >= mails, "{mails} mails about {named}");
}

async fn survives(server: DemoServer, disk: &SmallDisk) {
    let mut granted = server.grant(0, 0).await;
    assert_eq!(server.check(&granted).await.status(), StatusCode::OK);
    let database = server.data.path().join("asp-access.db");
    let store = open(database.to_str().expect("text")).await.expect("database");
    // An attempt that could not be written down waits for its lease to end, which is longer than this test.
    told(&*store).await;
    let (mut asked, otp) = server.asked(1, 1).await;
    let cookie = server.sign_in(&granted.signatory).await;
    let id = server.consent_on(&format!("/access/{}", granted.gstin()), granted.gstin(), &cookie).await;

    disk.fill();
    let (passed, refused) = calls_until_refused(&server, &granted).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/problem+json");
    let problem: serde_json::Value = refused.json().await.expect("JSON");
    assert_eq!(problem["type"], "urn:asp-access:problem:unavailable");
    assert!(is_technical_error(&granted.asp.refresh().await), "no session can be made");
    assert!(is_technical_error(&granted.asp.otp_request().await), "no OTP can be asked for");
    assert!(is_technical_error(&asked.asp.auth_token(&otp).await), "no consent can be given");
    let form = [("gstin", granted.gstin().to_string()), ("id", id)];
    let revoke = server.post("/api/revoke").form(&form).header(header::COOKIE, &cookie);
    let revoke = revoke.header(header::ORIGIN, &server.url).header(header::ACCEPT, "application/json").send();
    assert_eq!(revoke.await.expect("an answer").status(), StatusCode::SERVICE_UNAVAILABLE, "and none can be ended");
    let token = server.hand_off(&granted.signatory).await;
    let signed_in = server.post("/hand-off").form(&[("token", &token)]).send().await.expect("an answer");
    assert_eq!(signed_in.status(), StatusCode::SERVICE_UNAVAILABLE, "a hand-off that cannot be used up opens nothing");

    disk.make_room();
    assert_eq!(
        server.check(&granted).await.status(),
        StatusCode::OK,
        "it serves again by itself, and nothing was ended"
    );
    granted.asp.refresh().await.expect("the next session");
    server.revoked(&granted).await;
    assert_eq!(server.check(&granted).await.status(), StatusCode::FORBIDDEN);
    asked.asp.auth_token(&otp).await.expect("the same OTP: no try was lost, and it was not used up");

    told(&*store).await;
    arrived(&server, &*store, &granted, false).await;
    arrived(&server, &*store, &asked, true).await;
    let data = server.kill();
    let mut found = Vec::new();
    verify(&*store, SystemClock.now(), &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, []);
    let mut work = store.read().await.expect("read");
    let past = work.list_consents(granted.gstin(), false, Timestamp::MAX, None).await.expect("read");
    let usage = past[0].usage;
    // Counted before it is answered, a call that got no answer may be there: too many are told rather than too few.
    let unanswered = usage.passed - (passed + 2);
    assert!(matches!(unanswered, 0 | 1), "each call that passed is there, once, and no other: {unanswered}");
    assert_eq!(usage.refused, 1);
    drop(work);
    store.close().await;
    drop(data);
}

/// The other test of this file, which limits the size of files, covers the same where this one cannot run.
#[expect(clippy::print_stdout, reason = "who reads the tests' output must see that this one did not run")]
fn tell_skipped() {
    println!("skipped: no file system may be mounted here");
}

#[tokio::test]
async fn a_full_disk_stops_everything_and_loses_nothing() {
    let Some((folder, disk)) = SmallDisk::mount() else {
        return tell_skipped();
    };
    survives(DemoServer::start_in(folder, asp_access()), &disk).await;
}

#[tokio::test]
async fn a_file_that_may_not_grow_stops_everything_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let server = DemoServer::start_in(folder, SmallDisk::asp_access_without_signal());
    let disk = SmallDisk::Bounded { process: server.process_id() };
    survives(server, &disk).await;
}
