//! The life of a consent over the store: what is granted, what ends, and that nothing passes afterwards.

use app::model::{
    alert::AlertKind,
    consent::{EndReason, Refusal},
    decide::RefuseReason,
};
use jiff::SignedDuration;
use server::{
    consent::{Ended, Granted, Refused},
    ledger,
};

use crate::support::{database::on_both_engines, world::World};

async fn check(world: &World, granted: &Granted) -> Result<(), RefuseReason> {
    world.check(granted).await
}

async fn revoke(world: &World, granted: &Granted) -> Ended {
    world.consents.revoke(world.taxpayer.gstin, granted.consent.id, world.signatory.id).await.expect("ended")
}

async fn a_grant_writes_state_event_chain_and_two_deliveries_together(world: World) {
    let granted = world.grant().await;
    let (gstin, id) = (world.taxpayer.gstin, granted.consent.id);
    let mut work = world.store.read().await.expect("read");
    assert_eq!(work.consent(gstin, id).await.expect("read"), Some(granted.consent.clone()));
    assert_eq!(work.events(gstin, id).await.expect("read").len(), 1);
    let deliveries = work.deliveries_of_consent(gstin, id).await.expect("read");
    assert_eq!(deliveries.len(), 2, "one a channel");
    assert!(deliveries.iter().all(|row| row.alert.matter.kind() == AlertKind::ConsentGiven));
    let chain = work.chain(gstin, 0).await.expect("read");
    assert_eq!(ledger::broken_at(None, &chain).expect("hashes"), None);
    let mut changed = chain.clone();
    changed[0].0.at += SignedDuration::from_micros(1);
    assert_eq!(ledger::broken_at(None, &changed).expect("hashes"), Some(1), "a changed row gives itself away");
}

async fn nothing_passes_after_a_revoke_and_the_receipt_is_the_same_each_time(world: World) {
    let granted = world.grant().await;
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(check(&world, &granted).await, Ok(()));
    world.clock.advance(SignedDuration::from_mins(5));
    let Ended::Receipt(first) = revoke(&world, &granted).await else { panic!("was live") };
    assert_eq!(first.ending.reason, EndReason::Revoked);
    assert_eq!(first.last_passed_at, Some(first.ending.at - SignedDuration::from_mins(5)));
    assert_eq!(check(&world, &granted).await, Err(RefuseReason::ConsentEnded));
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(revoke(&world, &granted).await, Ended::Receipt(first));
    let user = &world.taxpayer.username;
    let refreshed = world.consents.refresh(&world.player.application, user, &granted.token).await;
    assert!(matches!(refreshed.err(), Some(Refused::Over(Refusal::Ended) | Refused::UnknownSession)));
    let mut work = world.store.read().await.expect("read");
    let usage = work.usage(world.taxpayer.gstin, granted.consent.id).await.expect("read");
    assert_eq!((usage.passed, usage.refused), (1, 1));
}

async fn two_racing_answers_with_the_same_otp_give_one_consent(world: World) {
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    world.consents.request_otp(application, user).await.expect("OTP");
    let otp = world.otps.newest();
    let answers = futures::future::join_all((0..8).map(|_| world.consents.grant(application, user, &otp))).await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(won, 1);
    assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|e| matches!(e, Refused::WrongOtp)));
}

async fn an_otp_dies_after_three_wrong_answers_and_after_ten_minutes(world: World) {
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    world.consents.request_otp(application, user).await.expect("OTP");
    let otp = world.otps.newest();
    let wrong = if otp == "000000" { "000001" } else { "000000" };
    for _ in 0..3 {
        assert!(matches!(world.consents.grant(application, user, wrong).await.err(), Some(Refused::WrongOtp)));
    }
    assert!(matches!(world.consents.grant(application, user, &otp).await.err(), Some(Refused::WrongOtp)));
    world.consents.request_otp(application, user).await.expect("OTP");
    world.clock.advance(SignedDuration::from_mins(10));
    let late = world.consents.grant(application, user, &world.otps.newest()).await;
    assert!(matches!(late.err(), Some(Refused::WrongOtp)));
}

async fn an_otp_of_one_application_serves_no_other(world: World) {
    let other = server::demo::cast::players().remove(3).application;
    world.consents.request_otp(&world.player.application, &world.taxpayer.username).await.expect("OTP");
    let answer = world.consents.grant(&other, &world.taxpayer.username, &world.otps.newest()).await;
    assert!(matches!(answer.err(), Some(Refused::WrongOtp)));
}

async fn otp_requests_are_bounded_for_a_taxpayer(world: World) {
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    for _ in 0..10 {
        world.consents.request_otp(application, user).await.expect("OTP");
    }
    let eleventh = world.consents.request_otp(application, user).await;
    assert!(matches!(eleventh, Err(Refused::TooManyRequests)));
    world.clock.advance(SignedDuration::from_mins(10));
    world.consents.request_otp(application, user).await.expect("the span is over");
}

async fn a_newer_consent_of_the_same_application_replaces_the_earlier_one(world: World) {
    let earlier = world.grant().await;
    let newer = world.grant().await;
    assert_eq!(check(&world, &earlier).await, Err(RefuseReason::ConsentEnded));
    assert_eq!(check(&world, &newer).await, Ok(()));
    let mut work = world.store.read().await.expect("read");
    let ended = work.consent(world.taxpayer.gstin, earlier.consent.id).await.expect("read").expect("kept");
    assert_eq!(ended.ended.expect("ended").reason, EndReason::Replaced { by: newer.consent.id });
}

async fn a_session_lasts_six_hours_and_a_refresh_makes_the_next_one(world: World) {
    let first = world.grant().await;
    world.clock.advance(SignedDuration::from_hours(6));
    assert_eq!(check(&world, &first).await, Err(RefuseReason::SessionExpired));
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    let second = world.consents.refresh(application, user, &first.token).await.expect("next session");
    assert_eq!(second.consent.id, first.consent.id);
    assert_eq!(check(&world, &second).await, Ok(()));
    assert_eq!(check(&world, &first).await, Err(RefuseReason::SessionClosed));
    let again = world.consents.refresh(application, user, &first.token).await;
    assert!(matches!(again.err(), Some(Refused::UnknownSession)));
    world.clock.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(check(&world, &second).await, Err(RefuseReason::ConsentExpired));
    let late = world.consents.refresh(application, user, &second.token).await;
    assert!(matches!(late.err(), Some(Refused::Over(Refusal::Expired))));
}

async fn a_consent_that_was_given_back_is_over(world: World) {
    let granted = world.grant().await;
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    world.consents.log_out(application, user, &granted.token).await.expect("given back");
    assert_eq!(check(&world, &granted).await, Err(RefuseReason::ConsentEnded));
    let Ended::Receipt(receipt) = revoke(&world, &granted).await else { panic!("ended") };
    assert_eq!(receipt.ending.reason, EndReason::LoggedOut);
}

async fn revokes_that_race_with_refreshes_always_end_the_consent(world: World) {
    let granted = world.grant().await;
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    let racing = futures::future::join_all((0..4).map(|_| world.consents.refresh(application, user, &granted.token)));
    let (others, ended) = futures::future::join(racing, revoke(&world, &granted)).await;
    assert!(matches!(ended, Ended::Receipt(_)));
    for granted in others.into_iter().flatten() {
        assert_eq!(check(&world, &granted).await, Err(RefuseReason::ConsentEnded));
    }
}

async fn two_racing_revokes_give_the_same_receipt(world: World) {
    let granted = world.grant().await;
    let ended = futures::future::join_all((0..6).map(|_| revoke(&world, &granted))).await;
    assert!(matches!(ended[0], Ended::Receipt(_)));
    assert!(ended.iter().all(|one| *one == ended[0]), "{ended:?}");
    let mut work = world.store.read().await.expect("read");
    let events = work.events(world.taxpayer.gstin, granted.consent.id).await.expect("read");
    assert_eq!(events.len(), 2, "one grant, one end");
}

async fn racing_otp_requests_never_pass_the_bound(world: World) {
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    let asked = futures::future::join_all((0..30).map(|_| world.consents.request_otp(application, user))).await;
    assert_eq!(asked.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert!(asked.iter().filter_map(|answer| answer.as_ref().err()).all(|e| matches!(e, Refused::TooManyRequests)));
}

async fn no_call_passes_beside_a_revoke_that_its_receipt_does_not_know(world: World) {
    for _ in 0..8 {
        let granted = world.grant().await;
        let checks = futures::future::join_all((0..6).map(|_| check(&world, &granted)));
        let at_the_end = async {
            let Ended::Receipt(receipt) = revoke(&world, &granted).await else { panic!("was live") };
            let mut work = world.store.read().await.expect("read");
            let usage = work.usage(world.taxpayer.gstin, granted.consent.id).await.expect("read");
            assert_eq!(receipt.last_passed_at, usage.last_passed_at);
            usage.passed
        };
        let (checks, passed_before) = futures::future::join(checks, at_the_end).await;
        let passed = checks.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(i64::try_from(passed).expect("few"), passed_before, "a call passed after the end: {checks:?}");
        world.clock.advance(SignedDuration::from_mins(10));
    }
}

async fn the_sample_data_fills_every_screen_but_one(world: World) {
    let now = server::clock::Clock::now(&world.clock);
    let mut work = world.store.read().await.expect("read");
    let mut past = 0;
    for (taxpayer, _, _) in server::demo::cast::taxpayers() {
        let mut after = None;
        loop {
            let rows = work.list_consents(taxpayer.gstin, false, now, after).await.expect("read");
            let page = app::model::page::Page::cut(rows, |row| app::model::page::Cursor {
                at: row.consent.granted_at,
                id: row.consent.id.0,
            });
            past += page.rows.len();
            match page.next {
                Some(next) => after = Some(next.parse().expect("cursor")),
                None => break,
            }
        }
    }
    assert!((200..400).contains(&past), "{past} past consents");
}

on_both_engines!(super::World::new:
    a_grant_writes_state_event_chain_and_two_deliveries_together,
    nothing_passes_after_a_revoke_and_the_receipt_is_the_same_each_time,
    two_racing_answers_with_the_same_otp_give_one_consent,
    an_otp_dies_after_three_wrong_answers_and_after_ten_minutes,
    an_otp_of_one_application_serves_no_other,
    otp_requests_are_bounded_for_a_taxpayer,
    a_newer_consent_of_the_same_application_replaces_the_earlier_one,
    a_session_lasts_six_hours_and_a_refresh_makes_the_next_one,
    a_consent_that_was_given_back_is_over,
    revokes_that_race_with_refreshes_always_end_the_consent,
    two_racing_revokes_give_the_same_receipt,
    racing_otp_requests_never_pass_the_bound,
    no_call_passes_beside_a_revoke_that_its_receipt_does_not_know,
    the_sample_data_fills_every_screen_but_one,
);
