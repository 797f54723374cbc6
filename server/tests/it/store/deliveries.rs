//! The deliveries of all taxpayers together: found by what an officer asks for, and counted up to a bound.

use std::collections::BTreeSet;

use app::model::{
    alert::{Alert, AlertKind, Channel, Delivery, DeliveryState, Matter, Outcome, RetrySchedule},
    id::{AlertId, DeliveryId},
};
use jiff::SignedDuration;
use server::store::port::{
    DeliveryCount, DeliverySearch, DueBy, FAILED, FoundDelivery, LastAttempt, MadeAttempt, OldestWaiting, Settlement,
    TAKEN_OVER, WAITING,
};
use uuid::Uuid;

use super::given::{Given, gstin, signatory};
use crate::support::database::on_both_engines;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Given {
    /// Every delivery of the last hour and of the time to come.
    fn lately(&self) -> DeliverySearch {
        DeliverySearch {
            since: self.now - MINUTE * 60,
            until: None,
            states: Vec::new(),
            channel: None,
            kind: None,
            gstin: None,
            after: None,
            limit: 100,
        }
    }

    async fn found(&self, search: &DeliverySearch) -> Vec<FoundDelivery> {
        self.read().await.find_deliveries(search).await.expect("read")
    }

    async fn ids(&self, search: &DeliverySearch) -> Vec<DeliveryId> {
        self.found(search).await.iter().map(|found| found.delivery.id).collect()
    }

    async fn counted(&self, up_to: u32) -> Vec<DeliveryCount> {
        let mut work = self.read().await;
        work.count_deliveries(self.now, Some(self.now + MINUTE * 10), up_to).await.expect("read")
    }

    /// A delivery of an alert that is about no consent, in a state.
    async fn sent(&self, nth: usize, minute: i32, channel: Channel, state: DeliveryState) -> Delivery {
        let at = self.now + MINUTE * minute;
        let gstin = gstin(nth);
        let alert = Alert { gstin, id: AlertId(self.id(at)), consent: None, matter: Matter::Test, owed_at: at };
        let delivery = Delivery { state, ..Delivery::owed(&alert, DeliveryId(self.id(at)), channel, signatory(gstin)) };
        let mut work = self.write().await;
        work.add_alert(&alert, std::slice::from_ref(&delivery)).await.expect("alert");
        work.commit().await.expect("commit");
        delivery
    }
}

async fn deliveries_of_everybody_come_the_newest_first_page_by_page(given: Given) {
    let mut sent = Vec::new();
    for (minute, nth) in (0..7).zip([0, 1, 2].into_iter().cycle()) {
        sent.push(given.sent(nth, minute, Channel::Email, DeliveryState::Queued).await);
    }
    sent.reverse();
    let mut search = DeliverySearch { limit: 3, ..given.lately() };
    let mut pages = Vec::new();
    loop {
        let page = given.found(&search).await;
        let Some(last) = page.last() else { break };
        search.after = Some(last.delivery.id);
        pages.push(page);
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let found: Vec<_> = pages.into_iter().flatten().collect();
    assert_eq!(found.iter().map(|found| found.delivery.clone()).collect::<Vec<_>>(), sent);
    assert!(found.iter().all(|found| found.alert.matter == Matter::Test && found.alert.id == found.delivery.alert));
}

async fn each_condition_leaves_out_what_is_not_asked_for(given: Given) {
    let consent = given.granted(1, 0, given.now).await;
    let (_, [mail, sms]) = given.owed(&consent, given.now).await;
    let failed = given.sent(0, 1, Channel::Email, DeliveryState::TechnicalFailure).await;
    let expired = given.sent(0, 2, Channel::Sms, DeliveryState::Expired).await;
    let accepted = given.sent(2, 3, Channel::Sms, DeliveryState::Accepted).await;
    let all = given.lately();
    let by_states = |states: &[DeliveryState]| DeliverySearch { states: states.to_vec(), ..all.clone() };
    let between = |from: i32, to: i32| {
        let (since, until) = (given.now + MINUTE * from, Some(given.now + MINUTE * to));
        DeliverySearch { since, until, ..all.clone() }
    };
    for (what, search, expected) in [
        ("all", all.clone(), vec![&mail, &sms, &failed, &expired, &accepted]),
        ("one taxpayer", DeliverySearch { gstin: Some(gstin(0)), ..all.clone() }, vec![&failed, &expired]),
        ("a channel", DeliverySearch { channel: Some(Channel::Email), ..all.clone() }, vec![&mail, &failed]),
        ("a kind", DeliverySearch { kind: Some(AlertKind::ConsentGiven), ..all.clone() }, vec![&mail, &sms]),
        ("one state", by_states(&[DeliveryState::Expired]), vec![&expired]),
        ("what failed", by_states(&FAILED), vec![&failed, &expired]),
        ("what waits", by_states(&WAITING), vec![&mail, &sms]),
        ("what was taken over", by_states(&TAKEN_OVER), vec![&accepted]),
        (
            "states of all sorts",
            by_states(&[DeliveryState::Queued, DeliveryState::Expired]),
            vec![&mail, &sms, &expired],
        ),
        (
            "from a moment on",
            DeliverySearch { since: given.now + MINUTE * 2, ..all.clone() },
            vec![&expired, &accepted],
        ),
        ("before a moment", between(0, 1), vec![&mail, &sms]),
        ("a span", between(1, 3), vec![&failed, &expired]),
    ] {
        let found: BTreeSet<_> = given.ids(&search).await.into_iter().collect();
        assert_eq!(found, expected.iter().map(|one| one.id).collect(), "{what}");
    }
}

async fn the_newest_attempt_is_told_where_there_was_one(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    given.owed(&consent, given.now).await;
    let untried = given.found(&DeliverySearch { channel: Some(Channel::Email), ..given.lately() }).await;
    assert_eq!(untried[0].last, None);
    let mut expected = None;
    for (minute, provider) in [(0, "relay-a"), (5, "relay-b")] {
        let now = given.now + MINUTE * minute;
        let (lease, due) = (Uuid::from_u128(7), DueBy { now, leased_until: now + MINUTE });
        let mut work = given.write().await;
        let leased = work.lease_deliveries("worker", lease, Channel::Email, due, 1).await.expect("leased");
        let outcome = Outcome::temporary(format!("{provider} is busy"));
        let after = leased[0].delivery.after(&outcome, &RetrySchedule::default(), now, 0);
        let said = serde_json::to_string(&outcome).expect("JSON");
        let settled = Settlement {
            lease,
            after,
            attempt: Some(MadeAttempt { at: now, provider: provider.into(), outcome: said, reference: None }),
        };
        assert_eq!(work.settle_deliveries(&[settled]).await.expect("settled"), [true]);
        work.commit().await.expect("commit");
        expected = Some(LastAttempt { at: now, provider: provider.into(), outcome });
    }
    let found = given.found(&DeliverySearch { channel: Some(Channel::Email), ..given.lately() }).await;
    assert_eq!((found.len(), &found[0].last, found[0].delivery.attempts), (1, &expected, 2));
}

async fn deliveries_of_a_span_are_counted_by_channel_and_state_up_to_a_bound(given: Given) {
    let states = [&FAILED[..], &WAITING[..], &TAKEN_OVER[..]].concat();
    for (number, state) in (1..).zip(&states) {
        for _ in 0..number {
            given.sent(0, number, Channel::Sms, *state).await;
        }
    }
    given.sent(0, -1, Channel::Sms, DeliveryState::Expired).await;
    given.sent(0, 10, Channel::Sms, DeliveryState::Queued).await;
    let counted = given.counted(1_000).await;
    assert_eq!(counted.len(), 16, "each channel and state once");
    for (number, state) in (1..).zip(&states) {
        for (channel, seen) in [(Channel::Email, 0), (Channel::Sms, number)] {
            let count = DeliveryCount { channel, state: *state, seen, more: false };
            assert!(counted.contains(&count), "{count:?} in {counted:?}");
        }
    }
    // Six failed, fifteen wait, thirty-six are there in all.
    for (up_to, failed, waiting, all) in [(6, true, true, true), (7, false, true, true), (16, false, false, true)] {
        for count in given.counted(up_to).await {
            let more = [(&FAILED[..], failed), (&WAITING[..], waiting), (&TAKEN_OVER[..], all)];
            let expected = more.iter().find(|(states, _)| states.contains(&count.state)).expect("a state").1;
            assert_eq!(count.more, expected, "{count:?} of {up_to}");
            assert!(count.seen <= up_to);
        }
    }
}

async fn the_oldest_that_waits_is_found_whenever_it_was_owed(given: Given) {
    let oldest = |channel, up_to| {
        let given = &given;
        async move { given.read().await.oldest_waiting(channel, up_to).await.expect("read") }
    };
    assert_eq!(oldest(Channel::Email, 10).await, None);
    given.sent(0, -60 * 24 * 40, Channel::Email, DeliveryState::Accepted).await;
    given.sent(1, -60 * 24 * 30, Channel::Email, DeliveryState::TemporaryFailure).await;
    given.sent(2, 0, Channel::Email, DeliveryState::Queued).await;
    given.sent(0, -5, Channel::Sms, DeliveryState::Sending).await;
    let owed_at = given.now - MINUTE * (60 * 24 * 30);
    assert_eq!(oldest(Channel::Email, 10).await, Some(OldestWaiting { owed_at, more: false }));
    assert_eq!(oldest(Channel::Email, 2).await, Some(OldestWaiting { owed_at, more: true }));
    let owed_at = given.now - MINUTE * 5;
    assert_eq!(oldest(Channel::Sms, 10).await, Some(OldestWaiting { owed_at, more: false }));
}

on_both_engines!(super::Given::new:
    deliveries_of_everybody_come_the_newest_first_page_by_page,
    each_condition_leaves_out_what_is_not_asked_for,
    the_newest_attempt_is_told_where_there_was_one,
    deliveries_of_a_span_are_counted_by_channel_and_state_up_to_a_bound,
    the_oldest_that_waits_is_found_whenever_it_was_owed,
);
