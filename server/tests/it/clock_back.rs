//! The clock jumps back an hour: nothing lives longer, nothing is lost, and the order of events stays.

use app::model::{consent::Status, decide::RefuseReason};
use jiff::SignedDuration;
use reqwest::StatusCode;
use server::{
    clock::Clock,
    consent::{Ended, Refused},
    verify::verify,
    wire_client::WireClientError,
};

use crate::support::{
    database::{Database, Engine, on_both_engines},
    house::{ClockedHouse, cast},
    world::World,
};

const AN_HOUR_BACK: SignedDuration = SignedDuration::from_hours(-1);

#[tokio::test]
async fn a_running_server_goes_on_as_if_the_clock_had_not_been_set_back() {
    let house = ClockedHouse::start().await;
    let (players, people) = cast();
    let ((first, asha), (last, devika)) = (&people[0], &people[5]);
    let (mut asp, otp) = house.asked(&players[0], last, devika).await;
    asp.auth_token(&otp).await.expect("consent");
    assert_eq!(house.check(&asp).await, StatusCode::OK);
    let (mut slow, slow_otp) = house.asked(&players[1], first, asha).await;

    let before = house.clock.now();
    house.set_wall_clock(AN_HOUR_BACK);
    assert!(house.clock.now() >= before);
    assert_eq!(house.check(&asp).await, StatusCode::OK);
    house.pass(SignedDuration::from_mins(2));
    asp.refresh().await.expect("the next session");

    // An OTP is ten minutes old after twenty at the most, as time goes at half pace.
    house.pass(SignedDuration::from_mins(20));
    let late = slow.auth_token(&slow_otp).await;
    assert!(matches!(late, Err(WireClientError::Refused { error_cd, .. }) if error_cd == "AUTH4034"), "a dead OTP");
    let (mut soon, otp) = house.asked(&players[1], first, asha).await;
    soon.auth_token(&otp).await.expect("consent");

    let id = {
        let mut work = house.store.read().await.expect("read");
        let live = work.list_consents(last.gstin, true, house.clock.now(), None).await.expect("read");
        live[0].consent.id
    };
    house.consents.revoke(last.gstin, id, devika.id).await.expect("a receipt");
    assert_eq!(house.check(&asp).await, StatusCode::FORBIDDEN);
    house.all_told().await;

    let mut work = house.store.read().await.expect("read");
    let chain = work.chain(last.gstin, 0).await.expect("read");
    assert!(chain.len() == 3 && chain.is_sorted_by_key(|(event, _)| event.at), "granted, refreshed, revoked");
    drop(work);
    let mut found = Vec::new();
    verify(&*house.store, house.clock.now(), &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, []);
    house.stop().await;
}

/// Two servers over one PostgreSQL; the clock of one is set back while both serve.
#[tokio::test]
async fn of_two_servers_one_whose_clock_is_set_back_ends_and_obeys_as_the_other_does() {
    let database = Database::fresh(Engine::Postgres).await;
    let houses = [ClockedHouse::start_over(&database, 31).await, ClockedHouse::start_over(&database, 32).await];
    let [kept, back] = &houses;
    let (players, people) = cast();
    let (last, devika) = &people[5];
    back.set_wall_clock(AN_HOUR_BACK);
    for (giver, ender) in [(kept, back), (back, kept), (kept, kept), (back, back)] {
        for house in &houses {
            // The one behind goes at half pace: in all they part by less than verify lets clocks differ.
            house.pass(SignedDuration::from_secs(4));
        }
        let (mut asp, otp) = giver.asked(&players[0], last, devika).await;
        asp.auth_token(&otp).await.expect("consent");
        for house in &houses {
            assert_eq!(house.check(&asp).await, StatusCode::OK);
        }
        let live = {
            let mut work = ender.store.read().await.expect("read");
            work.list_consents(last.gstin, true, ender.clock.now(), None).await.expect("read")
        };
        assert_eq!(live.len(), 1, "both see what either gave");
        ender.consents.revoke(last.gstin, live[0].consent.id, devika.id).await.expect("a receipt");
        for house in &houses {
            assert_eq!(house.check(&asp).await, StatusCode::FORBIDDEN);
        }
    }
    kept.all_told().await;
    let mut found = Vec::new();
    let later = kept.clock.now().max(back.clock.now());
    verify(&*database.store, later, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, []);
    for house in houses {
        house.stop().await;
    }
}

/// Two servers over one PostgreSQL whose clocks differ by minutes all the time: what either passed lies before the end that
/// the other makes, as its receipt and `verify` tell it.
#[tokio::test]
async fn of_two_servers_whose_clocks_differ_by_minutes_no_call_is_later_than_its_end() {
    let database = Database::fresh(Engine::Postgres).await;
    let houses = [ClockedHouse::start_over(&database, 41).await, ClockedHouse::start_over(&database, 42).await];
    let [right, ahead] = &houses;
    let (players, people) = cast();
    let (last, devika) = &people[5];
    ahead.set_wall_clock(SignedDuration::from_mins(5));
    for (giver, ender) in [(right, ahead), (ahead, right), (right, right), (ahead, ahead)] {
        for house in &houses {
            house.pass(SignedDuration::from_secs(1));
        }
        let (mut asp, otp) = giver.asked(&players[0], last, devika).await;
        asp.auth_token(&otp).await.expect("consent");
        // The last call is that of the one whose clock is ahead, and may not be written yet.
        for house in &houses {
            assert_eq!(house.check(&asp).await, StatusCode::OK);
        }
        let called_at = ahead.clock.now();
        let live = {
            let mut work = ender.store.read().await.expect("read");
            work.list_consents(last.gstin, true, ender.clock.now(), None).await.expect("read")
        };
        let ended = ender.consents.revoke(last.gstin, live[0].consent.id, devika.id).await.expect("ended");
        let Ended::Receipt(receipt) = ended else { panic!("it was live: {ended:?}") };
        assert_eq!(receipt.last_passed_at, Some(called_at));
        assert!(receipt.effective_at >= called_at, "{receipt:?}");
        for house in &houses {
            assert_eq!(house.check(&asp).await, StatusCode::FORBIDDEN);
        }
    }
    right.all_told().await;
    let mut found = Vec::new();
    let later = right.clock.now().max(ahead.clock.now());
    verify(&*database.store, later, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, []);
    for house in houses {
        house.stop().await;
    }
}

/// What a server that starts after the jump finds: rows from its future.
async fn what_was_given_before_a_restart_with_the_clock_set_back_can_be_used_once_and_ended(world: World) {
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    let earlier = world.grant().await;
    world.consents.request_otp(application, user).await.expect("OTP");
    let otp = world.otps.newest();

    world.clock.advance(AN_HOUR_BACK);
    assert_eq!(earlier.consent.status(world.clock.now()), Status::Live);
    let newer = world.consents.grant(application, user, &otp).await.expect("the OTP is still right");
    let again = world.consents.grant(application, user, &otp).await;
    assert!(matches!(again.err(), Some(Refused::WrongOtp)), "it serves once");
    assert_eq!(world.check(&earlier).await, Err(RefuseReason::ConsentEnded), "it was replaced");
    assert_eq!(world.check(&newer).await, Ok(()));
    let window = newer.consent.valid_until.duration_since(newer.consent.granted_at);
    assert!(newer.consent.valid_until < earlier.consent.valid_until && window == SignedDuration::from_hours(30 * 24));
    let next = world.consents.refresh(application, user, &newer.token).await.expect("the next session");
    world.consents.revoke(world.taxpayer.gstin, newer.consent.id, world.signatory.id).await.expect("a receipt");
    assert_eq!(world.check(&next).await, Err(RefuseReason::ConsentEnded));
    assert_eq!(world.violations().await, []);
}

on_both_engines!(crate::support::world::World::new: what_was_given_before_a_restart_with_the_clock_set_back_can_be_used_once_and_ended);
