//! Consents, sessions and events, and what a unit of work is.

use app::model::{
    consent::Consent,
    event::Actor,
    restriction::{Hours, Restriction},
    return_type::ReturnType,
    session::Session,
};
use jiff::SignedDuration;
use server::{
    store::{StoreError, port::SessionRow},
    vault::KeyedHash,
};

use super::given::{Given, application, gstin, signatory};
use crate::support::database::on_both_engines;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn a_consent_comes_back_as_it_was_written_and_only_to_its_taxpayer(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let ended = given.granted(0, 1, given.now).await.revoke(signatory(gstin(0)), given.now + HOUR).expect("live");
    given.moved(&ended).await.expect("ended");
    let mut work = given.read().await;
    assert_eq!(work.consent(gstin(0), consent.id).await.expect("read"), Some(consent.clone()));
    assert_eq!(work.consent(gstin(0), ended.consent.id).await.expect("read"), Some(ended.consent));
    assert_eq!(work.consent(gstin(1), consent.id).await.expect("read"), None);
    assert!(work.listed_consent(gstin(1), consent.id).await.expect("read").is_none());
    let listed = work.listed_consent(gstin(0), consent.id).await.expect("read").expect("there");
    let player = server::demo::cast::players().remove(0).application;
    assert_eq!((listed.consent, listed.asp, listed.gsp), (consent, player.asp.name, player.gsp.name));
}

async fn limits_and_a_pause_come_back_as_they_were_written_and_end_a_consent_in_every_list(given: Given) {
    let by = Actor::Signatory(signatory(gstin(0)));
    let consent = given.granted(0, 0, given.now).await;
    let limits = Restriction {
        until: Some(given.now + HOUR * 2),
        returns: Some([ReturnType::Gstr1, ReturnType::Ledgers].into_iter().collect()),
        calls_a_day: Some(7),
        hours: Some(Hours::new(22 * 60, 6 * 60).expect("hours")),
    };
    let restricted = consent.restrict(by, limits, given.now + HOUR).expect("live");
    given.moved(&restricted).await.expect("restricted");
    let paused = restricted.consent.pause(by, given.now + HOUR).expect("live");
    given.moved(&paused).await.expect("paused");
    let mut work = given.read().await;
    assert_eq!(work.consent(gstin(0), consent.id).await.expect("read"), Some(paused.consent.clone()));
    for (hours, live) in [(1, true), (2, false)] {
        let now = given.now + HOUR * hours;
        assert_eq!(paused.consent.is_open(now), live);
        let listed = work.list_consents(gstin(0), live, now, None).await.expect("read");
        assert!(listed.iter().any(|listed| listed.consent == paused.consent), "live: {live}");
        let listed = work.list_consents(gstin(0), !live, now, None).await.expect("read");
        assert!(listed.is_empty(), "live: {live}");
        let open = work.live_consents_of_application(gstin(0), application(0), now).await.expect("read");
        assert_eq!(!open.is_empty(), live);
    }
}

async fn a_unit_of_work_that_is_dropped_never_happened(given: Given) {
    let moved = given.grant(0, 0, given.now);
    let mut work = given.write().await;
    work.add_consent(&moved.consent).await.expect("consent");
    assert!(work.consent(gstin(0), moved.consent.id).await.expect("read").is_some(), "it sees its own writes");
    drop(work);
    assert_eq!(given.read().await.consent(gstin(0), moved.consent.id).await.expect("read"), None);
}

async fn a_read_sees_one_moment_however_long_it_lasts(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let mut before = given.read().await;
    assert_eq!(before.consent(gstin(0), consent.id).await.expect("read"), Some(consent.clone()));
    let ended = consent.revoke(signatory(gstin(0)), given.now + HOUR).expect("live");
    given.moved(&ended).await.expect("ended");
    assert_eq!(before.consent(gstin(0), consent.id).await.expect("read"), Some(consent.clone()));
    assert_eq!(before.events(gstin(0), consent.id).await.expect("read").len(), 1);
    assert_eq!(given.read().await.consent(gstin(0), consent.id).await.expect("read"), Some(ended.consent));
}

async fn the_second_of_two_moves_from_one_version_is_refused(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let (refreshed, _) = consent.refresh(given.now + HOUR).expect("live");
    given.moved(&refreshed).await.expect("first");
    let revoked = consent.revoke(signatory(gstin(0)), given.now + HOUR).expect("live");
    assert!(matches!(given.moved(&revoked).await, Err(StoreError::Conflict)));
    assert_eq!(given.read().await.consent(gstin(0), consent.id).await.expect("read"), Some(refreshed.consent));
}

async fn an_ended_consent_stays_as_it_ended(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let ended = consent.log_out(given.now + HOUR).expect("live").consent;
    let mut work = given.write().await;
    work.update_consent(&ended).await.expect("ended");
    work.commit().await.expect("commit");
    let revived = Consent { ended: None, version: ended.version + 1, ..ended.clone() };
    assert!(matches!(given.write().await.update_consent(&revived).await, Err(StoreError::Conflict)));
    assert_eq!(given.read().await.consent(gstin(0), consent.id).await.expect("read"), Some(ended));
}

async fn the_store_lengthens_no_consent(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let longer = Consent { valid_until: consent.valid_until + HOUR, version: consent.version + 1, ..consent };
    let refused = given.write().await.update_consent(&longer).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
}

async fn live_consents_of_an_application_are_neither_ended_nor_expired_nor_anothers(given: Given) {
    let day = HOUR * 24;
    let live = given.granted(0, 0, given.now - day * 29).await;
    given.granted(0, 0, given.now - day * 30).await;
    given.granted(0, 1, given.now).await;
    given.granted(1, 0, given.now).await;
    let ended = given.granted(0, 0, given.now - day).await.log_out(given.now - HOUR).expect("live");
    given.moved(&ended).await.expect("ended");
    let found = given.read().await.live_consents_of_application(gstin(0), application(0), given.now).await;
    assert_eq!(found.expect("read"), [live]);
}

async fn a_session_is_found_by_its_token_and_closed_once(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let row = |number: u8, from| SessionRow {
        session: Session::open(&consent, from),
        token: KeyedHash([number; 32]),
        key_sealed: vec![number; 40],
    };
    let (first, second) = (row(1, given.now), row(2, given.now + HOUR));
    for (added, close_at) in [(&first, given.now + HOUR), (&second, given.now + HOUR * 2)] {
        let mut work = given.write().await;
        work.add_session(added).await.expect("session");
        work.close_sessions(gstin(0), consent.id, close_at).await.expect("closed");
        work.commit().await.expect("commit");
    }
    let mut work = given.read().await;
    for (added, closed_at) in [(&first, given.now + HOUR), (&second, given.now + HOUR * 2)] {
        let found = work.session(added.token).await.expect("read").expect("there");
        assert_eq!(found.session, Session { closed_at: Some(closed_at), ..added.session.clone() });
        assert!(found.token.matches(&added.token));
        assert_eq!(found.key_sealed, added.key_sealed);
    }
    assert!(work.session(KeyedHash([3; 32])).await.expect("read").is_none());
}

async fn live_sessions_are_counted_through_a_gsp_but_not_those_of_the_application_itself(given: Given) {
    let players = server::demo::cast::players();
    let one_gsp = |nth: usize| players[nth].application.gsp.id == players[0].application.gsp.id;
    assert!(one_gsp(2) && one_gsp(6) && !one_gsp(3));
    let (now, mut number) = (given.now, 0);
    let mut open = async |nth, player, granted_at, closed: bool| {
        number += 1;
        let consent = given.granted(nth, player, granted_at).await;
        let session = Session::open(&consent, granted_at);
        let row = SessionRow { session, token: KeyedHash([number; 32]), key_sealed: vec![1; 40] };
        let mut work = given.write().await;
        work.add_session(&row).await.expect("session");
        if closed {
            work.close_sessions(consent.gstin, consent.id, now).await.expect("closed");
        }
        work.commit().await.expect("commit");
        consent
    };
    open(0, 0, now - HOUR, false).await;
    open(0, 2, now - HOUR, false).await;
    open(0, 3, now - HOUR, false).await;
    open(1, 2, now - HOUR, false).await;
    open(0, 6, now - HOUR * 6, false).await;
    open(0, 6, now - HOUR, true).await;
    let ended = open(0, 6, now - HOUR, false).await.log_out(now).expect("live");
    given.moved(&ended).await.expect("ended");
    let beside = async |player: usize| {
        let application = &players[player].application;
        given.read().await.live_sessions_beside(gstin(0), application, now, u32::MAX).await.expect("counted")
    };
    assert_eq!([beside(0).await, beside(2).await, beside(6).await, beside(3).await], [1, 1, 2, 0]);
}

async fn events_come_in_the_order_of_versions_also_where_the_clock_went_back(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let (refreshed, _) = consent.refresh(given.now - HOUR).expect("live");
    given.moved(&refreshed).await.expect("refreshed");
    let ended = refreshed.consent.log_out(given.now + HOUR).expect("live");
    given.moved(&ended).await.expect("ended");
    given.granted(0, 1, given.now).await;
    let events = given.read().await.events(gstin(0), consent.id).await.expect("read");
    assert_eq!(events.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(events[1..], [refreshed.event, ended.event]);
}

on_both_engines!(super::Given::new:
    a_consent_comes_back_as_it_was_written_and_only_to_its_taxpayer,
    limits_and_a_pause_come_back_as_they_were_written_and_end_a_consent_in_every_list,
    a_unit_of_work_that_is_dropped_never_happened,
    a_read_sees_one_moment_however_long_it_lasts,
    the_second_of_two_moves_from_one_version_is_refused,
    an_ended_consent_stays_as_it_ended,
    the_store_lengthens_no_consent,
    live_consents_of_an_application_are_neither_ended_nor_expired_nor_anothers,
    a_session_is_found_by_its_token_and_closed_once,
    live_sessions_are_counted_through_a_gsp_but_not_those_of_the_application_itself,
    events_come_in_the_order_of_versions_also_where_the_clock_went_back,
);
