//! Alerts owed: who gets a delivery, for how long, and who may write down what became of it.

use std::collections::BTreeSet;

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery, DeliveryState, Matter, Outcome, RetrySchedule},
    consent::Consent,
    id::{AlertId, DeliveryId},
    page::{Cursor, Page, ROWS_MAX},
};
use jiff::SignedDuration;
use server::store::{
    StoreError,
    port::{ALERTS_OF_CONSENT_MAX, AttemptOf, DeliveryOfConsent, DueBy, KeptAlert, MadeAttempt, Settlement},
};
use uuid::Uuid;

use super::given::{Given, gstin};
use crate::support::database::{Engine, on_both_engines};

/// Less than a statement waits for a lock (3 s).
const BESIDE_MAX: std::time::Duration = std::time::Duration::from_secs(2);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn lease(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

impl Given {
    /// Leases up to so many e-mails that are due so many minutes after the beginning, for one minute.
    async fn leased(&self, by: u128, minute: i32, limit: u32) -> Vec<DeliveryOfConsent> {
        let now = self.now + MINUTE * minute;
        let mut work = self.write().await;
        let due = DueBy { now, leased_until: now + MINUTE };
        let leased = work.lease_deliveries(&format!("worker {by}"), lease(by), Channel::Email, due, limit).await;
        work.commit().await.expect("commit");
        leased.expect("leased")
    }

    /// What a worker writes down after an attempt.
    async fn settled(&self, by: u128, leased: &Delivery, outcome: &Outcome) -> Result<Option<Delivery>, StoreError> {
        let after = leased.after(outcome, &RetrySchedule::default(), self.now, 0);
        let mut work = self.write().await;
        let (lease, provider, outcome) = (lease(by), "relay".to_owned(), "{}".to_owned());
        let settled = Settlement {
            lease,
            after: after.clone(),
            attempt: Some(MadeAttempt { at: self.now, provider, outcome, reference: None }),
        };
        let held = work.settle_deliveries(&[settled]).await?;
        work.commit().await?;
        Ok(held[0].then_some(after))
    }
}

impl Given {
    /// An alert of a taxpayer that nobody is told of, written.
    async fn switched_off(&self, consent: Option<&Consent>, matter: Matter, at: Timestamp) -> Alert {
        let alert = Alert {
            gstin: gstin(0),
            id: AlertId(self.id(at)),
            consent: consent.map(|one| one.id),
            matter,
            owed_at: at,
        };
        let mut work = self.write().await;
        work.add_alert(&alert, &[]).await.expect("alert");
        work.commit().await.expect("commit");
        alert
    }

    /// The deliveries about a consent.
    async fn deliveries(&self, consent: &Consent) -> Vec<Delivery> {
        let kept = self.read().await.alerts_of_consent(consent.gstin, consent.id).await.expect("read");
        kept.into_iter().flat_map(|kept| kept.deliveries).collect()
    }
}

async fn alerts_of_a_consent_come_with_their_deliveries_the_oldest_first(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let other = given.granted(0, 1, given.now).await;
    let (newer, newer_deliveries) = given.owed(&consent, given.now + MINUTE * 2).await;
    let (older, older_deliveries) = given.owed(&consent, given.now).await;
    given.owed(&other, given.now).await;
    let between = given.switched_off(Some(&consent), Matter::NearExpiry, given.now + MINUTE).await;
    let mut work = given.read().await;
    let due = [
        KeptAlert { alert: older, deliveries: older_deliveries.into() },
        KeptAlert { alert: between, deliveries: Vec::new() },
        KeptAlert { alert: newer, deliveries: newer_deliveries.into() },
    ];
    assert_eq!(work.alerts_of_consent(gstin(0), consent.id).await.expect("read"), due);
    assert!(work.alerts_of_consent(gstin(1), consent.id).await.expect("read").is_empty());
}

async fn of_very_many_alerts_of_a_consent_the_newest_are_kept(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let mut due = Vec::new();
    for minute in 0..=i32::try_from(ALERTS_OF_CONSENT_MAX).expect("a hundred") {
        due.push(given.owed(&consent, given.now + MINUTE * minute).await.0.id);
    }
    let kept = given.read().await.alerts_of_consent(gstin(0), consent.id).await.expect("read");
    assert_eq!(kept.iter().map(|kept| kept.alert.id).collect::<Vec<_>>(), due[1..]);
    assert!(kept.iter().all(|kept| kept.deliveries.len() == Channel::ALL.len()));
}

async fn alerts_of_a_taxpayer_are_paged_the_newest_first_each_once(given: Given) {
    let (consent, theirs) = (given.granted(0, 0, given.now).await, given.granted(1, 0, given.now).await);
    given.owed(&theirs, given.now).await;
    let mut due = Vec::new();
    // Two at each moment, over three weeks.
    for number in 0..60 {
        let at = given.now + MINUTE * 1_000 * (number / 2);
        due.push(match number % 3 {
            0 => {
                let (alert, deliveries) = given.owed(&consent, at).await;
                KeptAlert { alert, deliveries: deliveries.into() }
            }
            1 => KeptAlert { alert: given.switched_off(None, Matter::Thawed, at).await, deliveries: Vec::new() },
            _ => {
                let alert = given.switched_off(Some(&consent), Matter::ConsentPaused, at).await;
                KeptAlert { alert, deliveries: Vec::new() }
            }
        });
    }
    due.sort_by_key(|kept| std::cmp::Reverse(kept.alert.id));
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let rows = given.read().await.alerts_of_taxpayer(gstin(0), after).await.expect("read");
        assert!(rows.len() <= ROWS_MAX + 1);
        let page = Page::cut(rows, |kept| Cursor { at: kept.alert.owed_at, id: kept.alert.id.0 });
        walked.extend(page.rows);
        let Some(next) = page.next else { break };
        after = Some(next.parse().expect("cursor"));
    }
    assert_eq!(walked, due);
    assert!(given.read().await.alerts_of_taxpayer(gstin(2), None).await.expect("read").is_empty());
}

async fn a_lease_takes_the_oldest_first_and_nobody_else_has_them_until_it_ends(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let mut due = Vec::new();
    for minute in [4, 0, 3, 1, 2] {
        let (_, [email, _]) = given.owed(&consent, given.now + MINUTE * minute).await;
        due.push((minute, email.id));
    }
    due.sort_unstable();
    let mut next = given.read().await;
    assert_eq!(next.next_delivery_due(Channel::Email).await.expect("read"), Some(given.now));
    drop(next);
    let ids = |rows: &[DeliveryOfConsent]| rows.iter().map(|row| row.delivery.id).collect::<BTreeSet<_>>();
    let first = given.leased(1, 3, 3).await;
    assert_eq!(ids(&first), due[..3].iter().map(|(_, id)| *id).collect());
    assert!(
        first.iter().all(|row| row.delivery.state == DeliveryState::Sending && row.alert.consent == Some(consent.id))
    );
    assert_eq!(ids(&given.leased(2, 3, 10).await), [due[3].1].into(), "the fifth is not due yet");
    assert!(given.leased(3, 3, 10).await.is_empty());
    assert_eq!(given.leased(4, 4, 10).await.len(), 5, "both leases are over, and the fifth is due");
}

async fn one_that_this_version_cannot_read_holds_up_no_other(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    let (_, [email, _]) = given.owed(&consent, given.now + MINUTE).await;
    let of_tomorrow = r#"update alert set kind = 'of_tomorrow', matter = '{"kind":"of_tomorrow"}'
         where owed_at = (select min(owed_at) from alert)"#;
    given.database.run(of_tomorrow).await.expect("written by a newer server");
    assert!(given.leased(1, 1, 1).await.is_empty(), "the oldest, which nobody reads here");
    let leased = given.leased(2, 1, 1).await;
    assert_eq!(leased.iter().map(|row| row.delivery.id).collect::<Vec<_>>(), [email.id], "it waits behind now");
}

async fn only_who_holds_the_lease_writes_down_what_became_of_it(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    let mut first = given.leased(1, 0, 1).await;
    let first = first.remove(0).delivery;
    let accepted = Outcome::Accepted { provider_ref: None };
    assert_eq!(given.settled(2, &first, &accepted).await.expect("settled"), None, "another's lease");
    given.leased(2, 1, 1).await;
    assert_eq!(given.settled(1, &first, &accepted).await.expect("settled"), None, "the lease was lost");
    let after = given.settled(2, &first, &accepted).await.expect("settled").expect("held");
    assert_eq!(given.settled(2, &first, &accepted).await.expect("settled"), None, "once");
    let found = given.deliveries(&consent).await;
    assert!(found.iter().any(|delivery| *delivery == after && delivery.accepted_at == Some(given.now)));
    assert!(given.leased(3, 1_000, 10).await.is_empty(), "what is accepted is not sent again");
}

async fn what_failed_for_now_is_due_again_and_what_failed_for_good_is_not(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    let first = given.leased(1, 0, 1).await.remove(0).delivery;
    let later = given.settled(1, &first, &Outcome::temporary("busy")).await.expect("settled").expect("held");
    assert_eq!(given.read().await.next_delivery_due(Channel::Email).await.expect("read"), Some(later.due_at));
    let second = given.leased(2, 1, 1).await.remove(0).delivery;
    assert_eq!((second.id, second.attempts), (first.id, 1));
    given
        .settled(2, &second, &Outcome::Permanent { detail: "no such mailbox".into() })
        .await
        .expect("settled")
        .expect("held");
    let mut work = given.read().await;
    assert_eq!(work.next_delivery_due(Channel::Email).await.expect("read"), None);
    assert_eq!(work.next_delivery_due(Channel::Sms).await.expect("read"), Some(given.now), "the SMS still waits");
    assert_eq!(given.database.count("select count(*) from attempt").await, 2);
}

async fn what_a_worker_gives_back_is_due_at_once(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    given.owed(&consent, given.now).await;
    given.leased(1, 0, 1).await;
    given.leased(2, 0, 1).await;
    let mut work = given.write().await;
    work.release_deliveries("worker 1", given.now).await.expect("released");
    work.commit().await.expect("commit");
    assert_eq!(given.leased(3, 0, 10).await.len(), 1, "the other worker keeps its own");
}

async fn workers_that_lease_at_once_share_the_work(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    for _ in 0..30 {
        given.owed(&consent, given.now).await;
    }
    let leases = futures::future::join_all((1..=8).map(|by| given.leased(by, 0, 5))).await;
    let ids: Vec<_> = leases.iter().flatten().map(|row| row.delivery.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "nobody has what another has");
    let left = given.leased(9, 0, 100).await.len();
    assert_eq!(ids.len() + left, 30);
    assert!(leases.iter().all(|leased| leased.len() <= 5));
}

async fn of_many_that_are_settled_at_once_only_those_still_held_are_written(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let other = given.granted(1, 1, given.now).await;
    for owed_to in [&consent, &other, &consent] {
        given.owed(owed_to, given.now).await;
    }
    let leased = given.leased(1, 0, 10).await;
    assert_eq!(leased.len(), 3);
    let settled: Vec<_> = leased
        .iter()
        .zip([1, 2, 1])
        .map(|(row, by)| Settlement {
            lease: lease(by),
            after: row.delivery.after(
                &Outcome::Accepted { provider_ref: None },
                &RetrySchedule::default(),
                given.now,
                0,
            ),
            attempt: Some(MadeAttempt {
                at: given.now,
                provider: "relay".into(),
                outcome: "{}".into(),
                reference: None,
            }),
        })
        .collect();
    let mut work = given.write().await;
    assert_eq!(work.settle_deliveries(&settled).await.expect("settled"), [true, false, true]);
    assert_eq!(work.settle_deliveries(&[]).await.expect("none"), Vec::<bool>::new());
    work.commit().await.expect("commit");
    assert_eq!(given.database.count("select count(*) from attempt").await, 2);
    assert_eq!(given.database.count("select count(*) from delivery where state = 'accepted'").await, 2);
}

async fn what_nobody_could_be_asked_to_take_is_put_off_without_an_attempt(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    let leased = given.leased(1, 0, 1).await.remove(0);
    let after = leased.delivery.put_off(given.now + MINUTE);
    let mut work = given.write().await;
    let settled = Settlement { lease: lease(1), after: after.clone(), attempt: None };
    assert_eq!(work.settle_deliveries(&[settled]).await.expect("settled"), [true]);
    work.commit().await.expect("commit");
    assert_eq!(given.database.count("select count(*) from attempt").await, 0);
    let again = given.leased(2, 1, 10).await;
    let found = again.iter().find(|row| row.delivery.id == after.id).expect("it is due again");
    assert_eq!(found.delivery.attempts, 0);
}

async fn attempts_say_by_which_provider_and_how_they_ended_the_newest_first(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    let mut delivery = given.leased(1, 0, 1).await.remove(0).delivery;
    for (by, provider) in [(1, "relay-a"), (2, "relay-b")] {
        let busy = Outcome::temporary("busy");
        let after = delivery.after(&busy, &RetrySchedule::default(), given.now, 0);
        let outcome = serde_json::to_string(&busy).expect("json");
        let (at, provider) = (given.now, provider.to_owned());
        let settled = Settlement {
            lease: lease(by),
            after,
            attempt: Some(MadeAttempt { at, provider, outcome, reference: None }),
        };
        let mut work = given.write().await;
        assert_eq!(work.settle_deliveries(&[settled]).await.expect("settled"), [true]);
        work.commit().await.expect("commit");
        delivery = given.leased(2, 5, 1).await.remove(0).delivery;
    }
    let mut work = given.read().await;
    let found = work.attempts_of(&[&delivery]).await.expect("read");
    let attempt = |provider: &str| AttemptOf {
        delivery: delivery.id,
        provider: provider.into(),
        outcome: Outcome::temporary("busy"),
    };
    assert_eq!(found, [attempt("relay-b"), attempt("relay-a")]);
    assert!(work.attempts_of(&[]).await.expect("read").is_empty());
}

async fn what_waits_beyond_its_deadline_is_found_whenever_it_is_due(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let (_, [email, _]) = given.owed(&consent, given.now).await;
    let (_, [other, _]) = given.owed(&consent, given.now + MINUTE).await;
    given.owed(&consent, given.now + MINUTE * 8).await;
    let first = DeliveryId(Uuid::nil());
    let mut work = given.write().await;
    let hour = DueBy { now: given.now, leased_until: given.now + MINUTE };
    let leased = work.lease_deliveries("worker", lease(1), Channel::Email, hour, 1).await.expect("leased").remove(0);
    let under_lease = work.overdue_deliveries(Channel::Email, first, given.now + MINUTE * 5, 10).await.expect("read");
    assert_eq!(under_lease.iter().map(|one| one.id).collect::<Vec<_>>(), [other.id], "somebody has the first");
    let put_off = leased.delivery.put_off(given.now + MINUTE * 60);
    let settled = Settlement { lease: lease(1), after: put_off.clone(), attempt: None };
    assert_eq!(work.settle_deliveries(&[settled]).await.expect("settled"), [true]);
    let overdue = work.overdue_deliveries(Channel::Email, first, given.now + MINUTE * 5, 10).await.expect("read");
    assert_eq!(overdue, [put_off, other.clone()]);
    let after = work.overdue_deliveries(Channel::Email, email.id, given.now + MINUTE * 5, 10).await.expect("read");
    assert_eq!(after, [other], "each once");
    assert_eq!(work.overdue_deliveries(Channel::Email, first, given.now + MINUTE * 5, 1).await.expect("read").len(), 1);
}

async fn the_other_channel_is_hurried_and_nothing_else(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let later = given.now + MINUTE * 60;
    let (_, [email, _]) = given.owed(&consent, later).await;
    given.owed(&consent, later).await;
    let mut work = given.write().await;
    work.hurry_other_channels(&email, given.now).await.expect("hurried");
    work.commit().await.expect("commit");
    let found = given.deliveries(&consent).await;
    let hurried: Vec<_> = found.iter().filter(|delivery| delivery.due_at == given.now).collect();
    assert_eq!(hurried.len(), 1);
    assert_eq!((hurried[0].channel, hurried[0].alert), (Channel::Sms, email.alert));
}

async fn what_waits_is_counted_up_to_a_bound(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    for _ in 0..3 {
        given.owed(&consent, given.now).await;
    }
    let mut work = given.read().await;
    for (up_to, counted) in [(10, 3), (2, 2)] {
        assert_eq!(work.waiting_deliveries(Channel::Email, up_to).await.expect("read"), counted);
    }
}

/// Only where writers write beside each other.
#[tokio::test]
async fn a_worker_that_leases_waits_for_no_other_and_takes_what_is_left() {
    let given = Given::new(Engine::Postgres).await;
    let consent = given.granted(0, 0, given.now).await;
    for _ in 0..4 {
        given.owed(&consent, given.now).await;
    }
    let due = DueBy { now: given.now, leased_until: given.now + MINUTE };
    let mut open = given.write().await;
    let first = open.lease_deliveries("worker 1", lease(1), Channel::Email, due, 2).await.expect("leased");
    let beside = tokio::time::timeout(BESIDE_MAX, given.leased(2, 0, 4)).await.expect("it waits for nobody");
    let ids = |rows: &[DeliveryOfConsent]| rows.iter().map(|row| row.delivery.id).collect::<BTreeSet<_>>();
    assert_eq!((first.len(), beside.len()), (2, 2));
    assert!(ids(&first).is_disjoint(&ids(&beside)));
    open.commit().await.expect("commit");
}

on_both_engines!(super::Given::new:
    of_many_that_are_settled_at_once_only_those_still_held_are_written,
    what_nobody_could_be_asked_to_take_is_put_off_without_an_attempt,
    attempts_say_by_which_provider_and_how_they_ended_the_newest_first,
    what_waits_beyond_its_deadline_is_found_whenever_it_is_due,
    the_other_channel_is_hurried_and_nothing_else,
    what_waits_is_counted_up_to_a_bound,
    alerts_of_a_consent_come_with_their_deliveries_the_oldest_first,
    of_very_many_alerts_of_a_consent_the_newest_are_kept,
    alerts_of_a_taxpayer_are_paged_the_newest_first_each_once,
    a_lease_takes_the_oldest_first_and_nobody_else_has_them_until_it_ends,
    one_that_this_version_cannot_read_holds_up_no_other,
    only_who_holds_the_lease_writes_down_what_became_of_it,
    what_failed_for_now_is_due_again_and_what_failed_for_good_is_not,
    what_a_worker_gives_back_is_due_at_once,
    workers_that_lease_at_once_share_the_work,
);
