//! Reports: what they name is found, what came before its attempt waits for it, and what a report says is written beside
//! leases and attempts, not over them.

use app::model::{
    alert::{Channel, Delivery, DeliveryState, Outcome, RetrySchedule},
    report::{Heard, Reason, Report, Verdict},
    taxpayer::Signatory,
};
use jiff::SignedDuration;
use server::store::port::{DueBy, EarlyReport, MadeAttempt, Reference, SealedSignatory, Settlement, mobile_hash};
use uuid::Uuid;

use super::given::{Given, gstin};
use crate::support::database::on_both_engines;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const LEASE: Uuid = Uuid::from_u128(5);

fn named(provider: &str, reference: &str) -> Reference {
    Reference { provider: provider.into(), reference: reference.into() }
}

const FULL: Report = Report { verdict: Verdict::Failed, reason: Some(Reason::MailboxFull) };

impl Given {
    /// An SMS that a worker has leased.
    async fn leased_sms(&self) -> Delivery {
        let consent = self.granted(0, 0, self.now).await;
        self.owed(&consent, self.now).await;
        let mut work = self.write().await;
        let due = DueBy { now: self.now, leased_until: self.now + MINUTE };
        let mut leased = work.lease_deliveries("worker", LEASE, Channel::Sms, due, 1).await.expect("leased");
        work.commit().await.expect("commit");
        leased.remove(0).delivery
    }

    /// The same after a provider took it over, which reports within a minute.
    async fn taken(&self, leased: &Delivery, provider: &str, reference: &str) -> Delivery {
        let accepted = Outcome::Accepted { provider_ref: Some(reference.into()) };
        let mut after = leased.after(&accepted, &RetrySchedule::default(), self.now, 0);
        after.heard.due_at = Some(self.now + MINUTE);
        let settlement = Settlement {
            lease: LEASE,
            after: after.clone(),
            attempt: Some(MadeAttempt {
                at: self.now,
                provider: provider.into(),
                outcome: serde_json::to_string(&accepted).expect("json"),
                reference: Some(reference.into()),
            }),
        };
        let mut work = self.write().await;
        assert_eq!(work.settle_deliveries(&[settlement]).await.expect("settled"), [true]);
        work.commit().await.expect("commit");
        after
    }

    async fn kept(&self, delivery: &Delivery) -> Delivery {
        let mut work = self.write().await;
        work.deliveries_by_id(&[delivery.id]).await.expect("read").remove(0)
    }
}

async fn a_delivery_is_found_by_its_providers_reference_and_by_its_id(given: Given) {
    let sms = given.taken(&given.leased_sms().await, "one", "r-1").await;
    let mut work = given.write().await;
    let asked = [named("one", "r-1"), named("other", "r-1"), named("one", "r-2")];
    work.hold_references(&asked).await.expect("held");
    let found = work.deliveries_by_reference(&asked, given.now - MINUTE).await.expect("read");
    assert_eq!(found, [(named("one", "r-1"), sms.clone())]);
    let since = given.now + SignedDuration::from_secs(1);
    assert!(work.deliveries_by_reference(&asked, since).await.expect("read").is_empty(), "it is too old");
    assert_eq!(work.deliveries_by_id(&[sms.id]).await.expect("read"), [sms]);
    assert!(work.deliveries_by_id(&[]).await.expect("read").is_empty());
}

async fn what_is_heard_is_written_and_read(given: Given) {
    let sms = given.taken(&given.leased_sms().await, "one", "r-1").await;
    let judged = sms.hear(FULL, given.now + MINUTE, true).expect("news");
    let mut work = given.write().await;
    work.write_heard(&judged).await.expect("written");
    work.commit().await.expect("commit");
    assert_eq!(given.kept(&sms).await, judged);
    assert_eq!((judged.state, judged.heard.reason), (DeliveryState::PermanentFailure, Some(Reason::MailboxFull)));
}

async fn a_report_while_an_attempt_is_under_way_takes_nobody_the_lease_and_is_not_lost(given: Given) {
    let leased = given.leased_sms().await;
    let heard = leased.hear(Report { verdict: Verdict::Delivered, reason: None }, given.now, true).expect("news");
    let mut work = given.write().await;
    work.write_heard(&heard).await.expect("written");
    work.commit().await.expect("commit");
    given.taken(&leased, "one", "r-1").await;
    let kept = given.kept(&leased).await;
    assert_eq!((kept.state, kept.heard.verdict), (DeliveryState::Accepted, Some(Verdict::Delivered)));
    assert_eq!(kept.heard.due_at, None, "nobody waits for what was heard already");
    assert_eq!(kept.judged().state, DeliveryState::Delivered);
}

/// What is known to have arrived while it was being sent once more, at a worker that gives it back, or dies.
async fn arrived_while_being_sent(given: &Given, gives_back: bool) {
    let leased = given.leased_sms().await;
    let heard = leased.hear(Report { verdict: Verdict::Delivered, reason: None }, given.now, true).expect("news");
    let mut work = given.write().await;
    work.write_heard(&heard).await.expect("written");
    work.commit().await.expect("commit");
    if gives_back {
        let mut work = given.write().await;
        work.release_deliveries("worker", given.now).await.expect("given back");
        work.commit().await.expect("commit");
        assert_eq!(given.kept(&leased).await.state, DeliveryState::Delivered);
    }
    let later = given.now + MINUTE * 2;
    let due = DueBy { now: later, leased_until: later + MINUTE };
    let mut work = given.write().await;
    let again = work.lease_deliveries("another", Uuid::from_u128(6), Channel::Sms, due, 10).await.expect("leased");
    work.commit().await.expect("commit");
    assert!(again.is_empty(), "it is not sent once more: {again:?}");
    let kept = given.kept(&leased).await;
    assert_eq!((kept.state, kept.heard), (DeliveryState::Delivered, heard.heard));
    let under_lease = "select count(*) from delivery where lease is not null or leased_by is not null";
    assert_eq!(given.database.count(under_lease).await, 0);
}

async fn what_has_arrived_is_not_queued_again_when_it_is_given_back(given: Given) {
    arrived_while_being_sent(&given, true).await;
}

async fn what_has_arrived_is_not_leased_again_when_its_lease_ends(given: Given) {
    arrived_while_being_sent(&given, false).await;
}

async fn an_early_report_is_taken_once_and_forgotten_in_time(given: Given) {
    let early = |reference: &str, minute: i32| EarlyReport {
        reference: named("one", reference),
        report: FULL,
        at: given.now + MINUTE * minute,
    };
    let mut work = given.write().await;
    work.put_early(&[early("r-1", 0), early("r-2", 1)]).await.expect("put");
    work.put_early(&[early("r-1", 5)]).await.expect("again");
    work.put_early(&[]).await.expect("none");
    let asked = [named("one", "r-1"), named("other", "r-2")];
    assert_eq!(work.take_early(&asked).await.expect("taken"), [early("r-1", 0)], "as it came first");
    assert!(work.take_early(&asked).await.expect("taken").is_empty());
    assert_eq!(work.forget_early(given.now + MINUTE).await.expect("forgotten"), 0);
    assert_eq!(work.forget_early(given.now + MINUTE * 2).await.expect("forgotten"), 1);
}

async fn silence_is_found_from_its_time_on_and_dealt_with_once(given: Given) {
    let sms = given.taken(&given.leased_sms().await, "one", "r-1").await;
    assert_eq!(given.read().await.first_report_due().await.expect("read"), Some(given.now + MINUTE));
    let mut work = given.write().await;
    let early = work.silent_deliveries(given.now + MINUTE - SignedDuration::from_secs(1), 10).await.expect("read");
    assert!(early.is_empty());
    let now = given.now + MINUTE;
    assert_eq!(work.silent_deliveries(now, 10).await.expect("read"), std::slice::from_ref(&sms));
    work.write_heard(&sms.after_silence(true, now)).await.expect("written");
    assert!(work.silent_deliveries(now, 10).await.expect("read").is_empty());
    work.commit().await.expect("commit");
    let kept = given.kept(&sms).await;
    assert_eq!(kept.heard, Heard { repeated_at: Some(now), ..Heard::default() });
    assert_eq!(given.read().await.next_delivery_due(Channel::Sms).await.expect("read"), Some(now));
    assert_eq!(given.read().await.first_report_due().await.expect("read"), None);
}

async fn a_signatory_is_found_by_the_hash_of_the_number_once_it_is_filled_in(given: Given) {
    let sealed = given.read().await.signatories(gstin(0)).await.expect("read").remove(0);
    let hash = mobile_hash(&given.vault, &sealed.open(&given.vault).expect("opens").mobile);
    let found = given.read().await.signatories_by_mobile(hash, None).await.expect("read");
    assert!(found.iter().any(|one| (one.gstin, one.id) == (sealed.gstin, sealed.id)));
    let ids: Vec<_> = found.iter().map(|one| (one.gstin, one.id)).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let rest = given.read().await.signatories_by_mobile(hash, Some(ids[0])).await.expect("read");
    assert_eq!(rest.iter().map(|one| (one.gstin, one.id)).collect::<Vec<_>>(), ids[1..]);
    // As a database of before has it.
    given.database.run("update signatory set mobile_hash = null").await.expect("emptied");
    assert!(given.read().await.signatories_by_mobile(hash, None).await.expect("read").is_empty());
    let without = given.read().await.signatories_without_hash(2).await.expect("read");
    assert_eq!(without.len(), 2);
    let mut work = given.write().await;
    for one in &without {
        let hash = mobile_hash(&given.vault, &one.open(&given.vault).expect("opens").mobile);
        work.put_mobile_hash(one.gstin, one.id, hash).await.expect("written");
    }
    work.commit().await.expect("commit");
    let rest = given.read().await.signatories_without_hash(100).await.expect("read");
    assert!(without.iter().all(|one| rest.iter().all(|other| (other.gstin, other.id) != (one.gstin, one.id))));
}

async fn a_number_that_was_changed_is_found_by_the_new_one_and_not_by_the_old_one(given: Given) {
    let sealed = given.read().await.signatories(gstin(0)).await.expect("read").remove(0);
    let before = sealed.open(&given.vault).expect("opens");
    let after = Signatory { mobile: "9123456780".parse().expect("mobile"), ..before.clone() };
    let mut work = given.write().await;
    work.update_signatory(&SealedSignatory::seal(&after, &given.vault)).await.expect("changed");
    work.commit().await.expect("commit");
    for (mobile, found) in [(&before.mobile, false), (&after.mobile, true)] {
        let hash = mobile_hash(&given.vault, mobile);
        let by = given.read().await.signatories_by_mobile(hash, None).await.expect("read");
        assert_eq!(by.iter().any(|one| (one.gstin, one.id) == (after.gstin, after.id)), found);
    }
}

on_both_engines!(super::Given::new:
    a_delivery_is_found_by_its_providers_reference_and_by_its_id,
    what_is_heard_is_written_and_read,
    what_has_arrived_is_not_queued_again_when_it_is_given_back,
    what_has_arrived_is_not_leased_again_when_its_lease_ends,
    a_report_while_an_attempt_is_under_way_takes_nobody_the_lease_and_is_not_lost,
    an_early_report_is_taken_once_and_forgotten_in_time,
    silence_is_found_from_its_time_on_and_dealt_with_once,
    a_signatory_is_found_by_the_hash_of_the_number_once_it_is_filled_in,
    a_number_that_was_changed_is_found_by_the_new_one_and_not_by_the_old_one,
);
