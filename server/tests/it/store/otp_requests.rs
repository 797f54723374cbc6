//! OTP requests and how often they may come.

use app::model::{
    id::OtpRequestId,
    otp::{OtpRequest, OtpState, OtpVerdict},
    throttle::RateLimit,
};
use jiff::SignedDuration;
use server::{store::StoreError, vault::KeyedHash};

use super::given::{Given, application, gstin};
use crate::support::database::on_both_engines;

const LIMIT: RateLimit = RateLimit { max: 10, span: SignedDuration::from_mins(10) };

fn request(given: &Given, nth: usize, player: usize) -> OtpRequest {
    OtpRequest {
        gstin: gstin(nth),
        id: OtpRequestId(given.id(given.now)),
        application: application(player),
        requested_at: given.now,
        expires_at: given.now + SignedDuration::from_mins(10),
        tries_left: 3,
        state: OtpState::Pending,
        version: 1,
    }
}

async fn asked(given: &Given, request: &OtpRequest) -> Result<(), StoreError> {
    let mut work = given.write().await;
    work.add_otp_request(request, KeyedHash([7; 32])).await?;
    work.commit().await
}

async fn only_the_newest_request_of_a_pair_can_be_answered(given: Given) {
    let (first, second, other) = (request(&given, 0, 0), request(&given, 0, 0), request(&given, 0, 1));
    for request in [&first, &other, &second] {
        asked(&given, request).await.expect("asked");
    }
    let mut work = given.read().await;
    let pending = work.pending_otp_request(gstin(0), application(0)).await.expect("read");
    let (pending, otp) = pending.expect("there");
    assert!(pending == second && otp.matches(&KeyedHash([7; 32])), "{pending:?}");
    assert_eq!(work.pending_otp_request(gstin(0), application(1)).await.expect("read").expect("there").0, other);
    assert!(work.pending_otp_request(gstin(1), application(0)).await.expect("read").is_none());
}

async fn an_answer_is_written_once(given: Given) {
    let request = request(&given, 0, 0);
    asked(&given, &request).await.expect("asked");
    let OtpVerdict::Right(used) = request.judge(true, given.now) else { panic!("right") };
    let mut work = given.write().await;
    work.update_otp_request(&used).await.expect("first");
    work.commit().await.expect("commit");
    assert!(matches!(given.write().await.update_otp_request(&used).await, Err(StoreError::Conflict)));
    assert!(given.read().await.pending_otp_request(gstin(0), application(0)).await.expect("read").is_none());
}

async fn racing_requests_are_admitted_up_to_the_bound_and_each_taxpayer_has_its_own(given: Given) {
    let given = &given;
    let admit = |nth| async move {
        let mut work = given.write().await;
        let admitted = work.admit_for_taxpayer(gstin(nth), LIMIT, given.now).await.expect("counted");
        work.commit().await.expect("commit");
        admitted
    };
    let answers = futures::future::join_all((0..30).map(|_| admit(0))).await;
    assert_eq!(answers.into_iter().filter(|admitted| *admitted).count(), 10);
    assert!(admit(1).await);
}

async fn requests_of_an_application_are_counted_by_themselves_and_only_with_the_commit(given: Given) {
    for _ in 0..20 {
        let mut work = given.write().await;
        assert!(work.admit_for_application(application(0), LIMIT, given.now).await.expect("counted"));
    }
    for turn in 0..12 {
        let mut work = given.write().await;
        let admitted = work.admit_for_application(application(0), LIMIT, given.now).await.expect("counted");
        work.commit().await.expect("commit");
        assert_eq!(admitted, turn < 10);
    }
    let mut work = given.write().await;
    assert!(work.admit_for_application(application(1), LIMIT, given.now).await.expect("counted"));
    assert!(work.admit_for_application(application(0), LIMIT, given.now + LIMIT.span).await.expect("counted"));
}

async fn requests_of_a_pair_are_counted_by_themselves_and_only_with_the_commit(given: Given) {
    let admit = async |nth, player, at| {
        let mut work = given.write().await;
        let admitted = work.admit_for_pair(gstin(nth), application(player), LIMIT, at).await.expect("counted");
        work.commit().await.expect("commit");
        admitted
    };
    let mut dropped = given.write().await;
    assert!(dropped.admit_for_pair(gstin(0), application(0), LIMIT, given.now).await.expect("counted"));
    drop(dropped);
    for turn in 0..12 {
        assert_eq!(admit(0, 0, given.now).await, turn < 10);
    }
    assert!(admit(0, 1, given.now).await && admit(1, 0, given.now).await);
    assert!(admit(0, 0, given.now + LIMIT.span).await);
}

on_both_engines!(super::Given::new:
    only_the_newest_request_of_a_pair_can_be_answered,
    an_answer_is_written_once,
    racing_requests_are_admitted_up_to_the_bound_and_each_taxpayer_has_its_own,
    requests_of_an_application_are_counted_by_themselves_and_only_with_the_commit,
    requests_of_a_pair_are_counted_by_themselves_and_only_with_the_commit,
);
