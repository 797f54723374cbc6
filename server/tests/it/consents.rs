//! The life of a consent over the store: what is granted, what ends, and that nothing passes afterwards.

use app::model::{
    alert::AlertKind,
    consent::{EndReason, Refusal},
    controls::AskRefusal,
    decide::RefuseReason,
    otp::OtpRules,
    registry::{Application, Standing},
};
use jiff::SignedDuration;
use server::{
    consent::{Ended, Granted, Refused, SESSIONS_PER_GSP_MAX},
    demo::cast,
    ledger,
};

use crate::support::{
    database::{Engine, on_both_engines},
    world::World,
};

/// Applications of the cast, by their place.
fn applications<const N: usize>(places: [usize; N]) -> [Application; N] {
    places.map(|place| cast::players().remove(place).application)
}

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
    let alerts = work.alerts_of_consent(gstin, id).await.expect("read");
    assert_eq!(alerts.iter().map(|kept| kept.alert.matter.kind()).collect::<Vec<_>>(), [AlertKind::ConsentGiven]);
    assert_eq!(alerts[0].deliveries.len(), 2, "one a channel");
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

async fn otp_requests_are_bounded_for_a_taxpayer_and_one_application_cannot_use_them_up(world: World) {
    let [one, other, third] = applications([0, 3, 4]);
    let user = &world.taxpayer.username;
    for application in [&one, &other] {
        for _ in 0..5 {
            world.consents.request_otp(application, user).await.expect("OTP");
        }
        let sixth = world.consents.request_otp(application, user).await;
        assert!(matches!(sixth, Err(Refused::TooManyRequests)), "one application has half");
    }
    let eleventh = world.consents.request_otp(&third, user).await;
    assert!(matches!(eleventh, Err(Refused::TooManyRequests)), "all together have ten");
    world.clock.advance(SignedDuration::from_mins(10));
    world.consents.request_otp(&one, user).await.expect("the span is over");
}

async fn with_few_requests_an_application(engine: Engine) -> World {
    let rules = OtpRules { requests_per_application_max: 3, ..OtpRules::default() };
    World::under(engine, rules, SESSIONS_PER_GSP_MAX).await
}

async fn otp_requests_are_bounded_for_an_application_over_all_taxpayers(world: World) {
    let [one, other] = applications([0, 3]);
    let users = cast::taxpayers().into_iter().map(|(taxpayer, _, _)| taxpayer.username).collect::<Vec<_>>();
    for user in &users[..3] {
        world.consents.request_otp(&one, user).await.expect("OTP");
    }
    assert!(matches!(world.consents.request_otp(&one, &users[3]).await, Err(Refused::TooManyRequests)));
    assert_eq!(world.otps.count(), 3);
    world.consents.request_otp(&other, &users[3]).await.expect("another application has its own bound");
}

async fn who_is_suspended_gets_no_otp(world: World) {
    let suspended = Application { standing: Standing::Suspended, ..world.player.application.clone() };
    let asked = world.consents.request_otp(&suspended, &world.taxpayer.username).await;
    assert!(matches!(asked, Err(Refused::MayNotAsk(AskRefusal::Suspended))), "{asked:?}");
    assert_eq!(world.otps.count(), 0);
}

async fn a_taxpayer_that_switched_access_off_gets_no_otp(world: World) {
    world.database.run("update access_window set enabled = not enabled").await.expect("switched off");
    let asked = world.consents.request_otp(&world.player.application, &world.taxpayer.username).await;
    assert!(matches!(asked, Err(Refused::MayNotAsk(AskRefusal::AccessDisabled))), "{asked:?}");
    assert_eq!(world.otps.count(), 0);
}

async fn a_signatory_whose_data_does_not_open_keeps_no_other_from_the_otp(world: World) {
    // Sealed for another place, so that it opens nowhere.
    let stranger = "insert into signatory (gstin, id, name, email_sealed, mobile_sealed, language)
        select gstin, (select id from gsp order by id limit 1), name, mobile_sealed, email_sealed, language from signatory";
    world.database.run(stranger).await.expect("one more signatory");
    world.consents.request_otp(&world.player.application, &world.taxpayer.username).await.expect("OTP");
    assert_eq!(world.otps.count(), 1);
    let application = &world.player.application;
    world.consents.grant(application, &world.taxpayer.username, &world.otps.newest()).await.expect("consent");
}

async fn with_one_session_a_gsp(engine: Engine) -> World {
    World::under(engine, OtpRules::default(), 1).await
}

async fn a_taxpayer_has_only_so_many_sessions_through_one_gsp(world: World) {
    let [one, other, elsewhere] = applications([0, 2, 3]);
    assert!(one.gsp.id == other.gsp.id && one.gsp.id != elsewhere.gsp.id);
    let user = &world.taxpayer.username;
    world.consents.request_otp(&other, user).await.expect("there is room");
    let others_otp = world.otps.newest();
    let first = world.grant().await;
    let refused = world.consents.grant(&other, user, &others_otp).await;
    assert!(matches!(refused.err(), Some(Refused::TooManySessions)));
    let asked = world.consents.request_otp(&other, user).await;
    assert!(matches!(asked, Err(Refused::TooManySessions)), "no OTP is sent in vain");
    world.consents.request_otp(&elsewhere, user).await.expect("another GSP has room of its own");
    let renewed = world.consents.refresh(&one, user, &first.token).await.expect("the next session takes its place");
    let replaced = world.grant().await;
    assert_eq!(check(&world, &renewed).await, Err(RefuseReason::ConsentEnded));
    world.clock.advance(SignedDuration::from_hours(6));
    assert_eq!(check(&world, &replaced).await, Err(RefuseReason::SessionExpired));
    world.consents.request_otp(&other, user).await.expect("a session that is over takes no room");
    world.consents.grant(&other, user, &world.otps.newest()).await.expect("consent");
    let refused = world.consents.refresh(&one, user, &replaced.token).await;
    assert!(matches!(refused.err(), Some(Refused::TooManySessions)), "now the other has it");
}

async fn a_session_that_was_revoked_answers_so_whatever_comes_with_it(world: World) {
    let granted = world.grant().await;
    revoke(&world, &granted).await;
    let user = &world.taxpayer.username;
    let suspended = Application { standing: Standing::Suspended, ..world.player.application.clone() };
    for application in [&world.player.application, &suspended] {
        for _ in 0..2 {
            let refused =
                world.consents.refresh_under_key(application, user, &granted.token, |_| -> Option<()> { None }).await;
            assert!(matches!(refused.err(), Some(Refused::Over(Refusal::Ended))));
            // The second time while the taxpayer has access switched off, too.
            world.database.run("update access_window set enabled = not enabled").await.expect("switched");
        }
    }
}

async fn nothing_is_opened_with_the_key_of_a_session_that_is_not_the_askers_or_may_not_be_renewed(world: World) {
    let granted = world.grant().await;
    let [_, other] = applications([0, 3]);
    let (own, user) = (&world.player.application, &world.taxpayer.username);
    let suspended = Application { standing: Standing::Suspended, ..own.clone() };
    let stranger = cast::taxpayers().remove(0).0.username;
    for (what, application, user) in
        [("another application", &other, user), ("another taxpayer", own, &stranger), ("suspended", &suspended, user)]
    {
        let opened = |_| -> Option<()> { panic!("{what}: the key was used") };
        let refused = world.consents.refresh_under_key(application, user, &granted.token, opened).await.err();
        assert!(
            matches!(refused, Some(Refused::UnknownSession | Refused::MayNotAsk(AskRefusal::Suspended))),
            "{what}: {refused:?}"
        );
    }
    let refused = world.consents.refresh_under_key(own, user, &granted.token, |_| -> Option<()> { None }).await;
    assert!(matches!(refused.err(), Some(Refused::BadAppKey)));
    assert_eq!(check(&world, &granted).await, Ok(()), "a refused refresh closes nothing");
    let key = granted.session_key;
    let (_, opened) = world.consents.refresh_under_key(own, user, &granted.token, Some).await.expect("its own session");
    assert_eq!(opened, key);
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

async fn racing_otp_requests_never_pass_the_bounds(world: World) {
    let (three, user) = (applications([0, 3, 4]), &world.taxpayer.username);
    let ask = |number: usize| world.consents.request_otp(&three[number % 3], user);
    let asked = futures::future::join_all((0..30).map(ask)).await;
    assert_eq!(asked.iter().filter(|answer| answer.is_ok()).count(), 10);
    for one in 0..3 {
        assert!(asked.iter().skip(one).step_by(3).filter(|answer| answer.is_ok()).count() <= 5);
    }
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
    otp_requests_are_bounded_for_a_taxpayer_and_one_application_cannot_use_them_up,
    who_is_suspended_gets_no_otp,
    a_taxpayer_that_switched_access_off_gets_no_otp,
    a_signatory_whose_data_does_not_open_keeps_no_other_from_the_otp,
    a_session_that_was_revoked_answers_so_whatever_comes_with_it,
    nothing_is_opened_with_the_key_of_a_session_that_is_not_the_askers_or_may_not_be_renewed,
    a_newer_consent_of_the_same_application_replaces_the_earlier_one,
    a_session_lasts_six_hours_and_a_refresh_makes_the_next_one,
    a_consent_that_was_given_back_is_over,
    revokes_that_race_with_refreshes_always_end_the_consent,
    two_racing_revokes_give_the_same_receipt,
    racing_otp_requests_never_pass_the_bounds,
    no_call_passes_beside_a_revoke_that_its_receipt_does_not_know,
    the_sample_data_fills_every_screen_but_one,
);

mod few_requests_an_application {
    use super::*;

    on_both_engines!(super::with_few_requests_an_application: otp_requests_are_bounded_for_an_application_over_all_taxpayers);
}

mod one_session_a_gsp {
    use super::*;

    on_both_engines!(super::with_one_session_a_gsp: a_taxpayer_has_only_so_many_sessions_through_one_gsp);
}
