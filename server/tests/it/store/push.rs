//! What GSPs are told: by which road, who has an event under a lease, and who may say what became of it.

use app::model::{
    alert::{Outcome, RetrySchedule},
    consent::Consent,
    id::GspId,
    security_event::{SecurityEvent, SecurityEventState},
};
use jiff::SignedDuration;
use server::{
    demo::cast,
    store::port::{DueBy, OwedSecurityEvent, PushRoad, PushTarget, SettledSecurityEvent},
    vault::KeyedHash,
};
use uuid::Uuid;

use super::given::Given;
use crate::support::database::on_both_engines;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const URL: &str = "https://gsp.example.in/events";

fn gsp_of(player: usize) -> GspId {
    cast::players()[player].application.gsp.id
}

fn called() -> PushRoad {
    PushRoad::Push(PushTarget { url: URL.into(), authorization_sealed: Some(vec![1, 2, 3]) })
}

impl Given {
    async fn road(&self, player: usize, road: Option<PushRoad>) {
        let mut work = self.write().await;
        work.put_push_road(gsp_of(player), road.as_ref()).await.expect("road");
        work.commit().await.expect("commit");
    }

    /// A consent that ended so many minutes after the beginning, and is to be told at once.
    async fn ended(&self, nth: usize, player: usize, minute: i32) -> Consent {
        let at = self.now + MINUTE * minute;
        let consent = self.granted(nth, player, at).await;
        let mut work = self.write().await;
        let (gstin, application) = (consent.gstin, consent.application);
        let owed = OwedSecurityEvent { gstin, consent: consent.id, application, at, due_at: at };
        work.owe_security_event(&owed).await.expect("owed");
        work.commit().await.expect("commit");
        consent
    }

    async fn event(&self, consent: &Consent) -> SecurityEvent {
        let mut work = self.read().await;
        work.security_event(consent.gstin, consent.id).await.expect("read").expect("an event")
    }

    /// Leases what a GSP is owed so many minutes after the beginning, for one minute.
    async fn leased_events(&self, by: u128, player: usize, minute: i32, limit: u32) -> Vec<SecurityEvent> {
        let now = self.now + MINUTE * minute;
        let due = DueBy { now, leased_until: now + MINUTE };
        let mut work = self.write().await;
        let name = format!("worker {by}");
        let leased = work.lease_security_events(&name, Uuid::from_u128(by), gsp_of(player), due, limit).await;
        work.commit().await.expect("commit");
        leased.expect("leased")
    }

    async fn settled_event(&self, by: u128, leased: &SecurityEvent, outcome: &Outcome) -> bool {
        let after = leased.after(outcome, &RetrySchedule::default(), self.now, 0);
        let mut work = self.write().await;
        let settled = SettledSecurityEvent { lease: Uuid::from_u128(by), after, outcome: "{}".into() };
        let held = work.settle_security_event(&settled).await.expect("settled");
        work.commit().await.expect("commit");
        held
    }
}

async fn a_road_is_kept_changed_and_taken_away(given: Given) {
    let secret = KeyedHash([7; 32]);
    assert!(given.read().await.push_road(gsp_of(0)).await.expect("read").is_none());
    given.road(0, Some(called())).await;
    let Some(PushRoad::Push(target)) = given.read().await.push_road(gsp_of(0)).await.expect("read") else {
        panic!("it is called")
    };
    assert_eq!(target, PushTarget { url: URL.into(), authorization_sealed: Some(vec![1, 2, 3]) });
    given.road(0, Some(PushRoad::Poll(secret))).await;
    let mut work = given.read().await;
    assert!(
        matches!(work.push_road(gsp_of(0)).await.expect("read"), Some(PushRoad::Poll(kept)) if kept.matches(&secret))
    );
    let (gsp, kept) = work.gsp_by_poll_secret(secret).await.expect("read").expect("known");
    assert!(gsp == gsp_of(0) && kept.matches(&secret));
    assert!(work.gsp_by_poll_secret(KeyedHash([8; 32])).await.expect("read").is_none());
    assert_eq!(work.gsps_that_fetch().await.expect("read"), [gsp_of(0)]);
    drop(work);
    given.road(0, None).await;
    assert!(given.read().await.gsps_that_fetch().await.expect("read").is_empty());
}

async fn an_end_is_owed_to_the_gsp_of_its_application_and_only_where_it_wants_to_be_told(given: Given) {
    given.road(0, Some(called())).await;
    let (told, untold) = (given.ended(0, 0, 0).await, given.ended(1, 3, 0).await);
    assert_ne!(gsp_of(0), gsp_of(3));
    let event = given.event(&told).await;
    assert_eq!((event.gsp, event.state, event.attempts), (gsp_of(0), SecurityEventState::Queued, 0));
    assert_eq!(given.event(&untold).await.state, SecurityEventState::NotWanted);
    let due = given.read().await.push_targets_due(given.now).await.expect("read");
    assert_eq!(due.iter().map(|(gsp, _)| *gsp).collect::<Vec<_>>(), [gsp_of(0)]);
    assert!(given.read().await.push_targets_due(given.now - MINUTE).await.expect("read").is_empty());
    let mut work = given.write().await;
    let (gstin, consent, application) = (told.gstin, told.id, told.application);
    let again = OwedSecurityEvent { gstin, consent, application, at: given.now, due_at: given.now };
    assert!(work.owe_security_event(&again).await.is_err(), "a consent ends once");
    drop(work);
    given.road(0, None).await;
    assert_eq!(given.event(&told).await.state, SecurityEventState::NotWanted, "what it was owed is not wanted");
}

async fn what_one_worker_leases_no_other_gets_before_the_lease_is_over(given: Given) {
    given.road(0, Some(called())).await;
    let (first, second) = (given.ended(0, 0, 0).await, given.ended(1, 0, 1).await);
    given.ended(0, 3, 0).await;
    let leased = given.leased_events(1, 0, 2, 1).await;
    assert_eq!(leased.iter().map(|event| event.consent).collect::<Vec<_>>(), [first.id], "the oldest first");
    assert_eq!(leased[0].state, SecurityEventState::Sending);
    let beside = given.leased_events(2, 0, 2, 9).await;
    assert_eq!(beside.iter().map(|event| event.consent).collect::<Vec<_>>(), [second.id]);
    assert!(given.leased_events(3, 0, 2, 9).await.is_empty());
    assert_eq!(given.leased_events(3, 0, 3, 9).await.len(), 2, "a lease that is over is due again");
    let accepted = Outcome::Accepted { provider_ref: None };
    assert!(!given.settled_event(1, &leased[0], &accepted).await, "its lease had ended");
    assert!(given.settled_event(3, &leased[0], &accepted).await);
    let event = given.event(&first).await;
    assert_eq!((event.state, event.attempts), (SecurityEventState::Accepted, 1));
    let mut work = given.write().await;
    work.release_security_events("worker 3", given.now + MINUTE * 3).await.expect("released");
    work.commit().await.expect("commit");
    let back = given.leased_events(4, 0, 3, 9).await;
    assert_eq!(back.iter().map(|event| event.consent).collect::<Vec<_>>(), [second.id]);
    assert!(given.settled_event(4, &back[0], &Outcome::temporary("HTTP 503")).await);
    let event = given.event(&second).await;
    assert_eq!(event.state, SecurityEventState::TemporaryFailure);
    assert_eq!(event.due_at, given.now + SignedDuration::from_secs(5));
}

async fn an_event_waits_for_its_moment_unless_it_is_hurried(given: Given) {
    given.road(0, Some(called())).await;
    let consent = given.ended(0, 0, 5).await;
    assert!(given.leased_events(1, 0, 4, 9).await.is_empty());
    let mut work = given.write().await;
    work.hurry_security_event(consent.gstin, consent.id, given.now).await.expect("hurried");
    work.commit().await.expect("commit");
    assert_eq!(given.leased_events(1, 0, 0, 9).await.len(), 1);
    let mut work = given.write().await;
    work.hurry_security_event(consent.gstin, consent.id, given.now - MINUTE).await.expect("asked");
    work.commit().await.expect("commit");
    assert_eq!(given.event(&consent).await.due_at, given.now + MINUTE, "what is being told is not hurried");
}

async fn a_gsp_settles_what_it_fetched_and_nothing_else(given: Given) {
    given.road(0, Some(PushRoad::Poll(KeyedHash([7; 32])))).await;
    given.road(3, Some(PushRoad::Poll(KeyedHash([8; 32])))).await;
    let (own, other) = (given.ended(0, 0, 0).await, given.ended(1, 3, 0).await);
    let late = given.ended(2, 0, 9).await;
    let mut work = given.read().await;
    let fetched = work.security_events_due(gsp_of(0), given.now, 9).await.expect("read");
    assert_eq!(fetched.iter().map(|event| event.consent).collect::<Vec<_>>(), [own.id]);
    assert_eq!(work.security_events_due(gsp_of(0), given.now + MINUTE * 9, 1).await.expect("read").len(), 1, "bounded");
    assert!(work.push_targets_due(given.now).await.expect("read").is_empty(), "who fetches is not called");
    drop(work);
    for (ids, settled) in [(vec![own.id, other.id], 1), (vec![own.id], 0), (vec![], 0)] {
        let mut work = given.write().await;
        let done = work.settle_fetched(gsp_of(0), &ids, SecurityEventState::Accepted, "{}").await.expect("settled");
        work.commit().await.expect("commit");
        assert_eq!(done, settled);
    }
    assert_eq!(given.event(&own).await.state, SecurityEventState::Accepted);
    assert_eq!(given.event(&other).await.state, SecurityEventState::Queued);
    let mut work = given.write().await;
    let before = given.now + MINUTE * 20;
    let given_up = work.give_up_security_events(gsp_of(0), before, "{}", 9).await.expect("given up");
    work.commit().await.expect("commit");
    assert_eq!((given_up, given.event(&late).await.state), (1, SecurityEventState::TechnicalFailure));
}

on_both_engines!(super::Given::new:
    a_road_is_kept_changed_and_taken_away,
    an_end_is_owed_to_the_gsp_of_its_application_and_only_where_it_wants_to_be_told,
    what_one_worker_leases_no_other_gets_before_the_lease_is_over,
    an_event_waits_for_its_moment_unless_it_is_hurried,
    a_gsp_settles_what_it_fetched_and_nothing_else,
);
