//! Every rule, on made-up pasts: whole ones break none, and each row that is tampered with is named.

use std::{collections::HashSet, sync::Arc};

use app::model::{
    Timestamp,
    alert::{DeliveryState, Outcome},
    consent::EndReason,
    controls::{AspRule, Controls, Freeze},
    event::Deed,
    id::{AlertId, AspId, ConsentId, GspId, SignatoryId},
    otp::OtpState,
    security_event::{SecurityEvent, SecurityEventState},
};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{Dossier, Violation, checks, pass::Known, violation::session_row};
use crate::{
    seed::{Dice, Past, Plan, applications},
    store::port::{Batch, ChainLink, EndingRow, KeptDelivery, KeptSecurityEvent, KeptSession, KeptSince, OwedLeaf},
    vault::Vault,
};

const PLAN: Plan =
    Plan { taxpayers: 20, consents: 1_000, seed: 11, now: Timestamp::constant(1_795_000_000, 0), logs_since: None };
/// One with the consents of four.
const BUSY: u64 = 9;

fn known() -> Known {
    let registered = applications(PLAN.seed);
    let applications: HashSet<_> = registered.iter().map(|application| application.id).collect();
    let asps = registered.iter().map(|application| (application.id, application.asp.id)).collect();
    let gsps = registered.iter().map(|application| (application.id, application.gsp.id)).collect();
    Known { now: PLAN.now, applications, asps, gsps, kept_since: KeptSince::default() }
}

/// The n-th taxpayer of the plan.
fn dossier(n: u64) -> Dossier {
    let vault = Vault::new(&[1; 32], Arc::new(Dice::new(1, 1)));
    let mut batch = Batch::default();
    Past::make(n, &PLAN, &applications(PLAN.seed), &vault, &mut batch);
    let mut dossier = Dossier::empty(batch.taxpayers[0].0.gstin);
    dossier.registered = true;
    dossier.signatories = batch.signatories.iter().map(|signatory| signatory.id).collect();
    dossier.otp_requests = batch.otp_requests.into_iter().map(|(request, _)| request).collect();
    dossier.consents = batch.consents.into_iter().map(|consent| (consent.id, consent)).collect();
    let session = |row: crate::store::port::SessionRow| KeptSession { session: row.session, token: row.token };
    dossier.sessions = batch.sessions.into_iter().map(session).collect();
    dossier.head = batch.events.last().map(|(_, link)| *link);
    let owed = |(event, link): &(app::model::event::Event, ChainLink)| {
        let salt = crate::ledger::salt(&vault, event.gstin, *link);
        (link.seq, OwedLeaf { position: 1, gstin: event.gstin, seq: link.seq, at: event.at, hash: link.hash, salt })
    };
    dossier.owed_leaves = batch.events.iter().map(owed).collect();
    dossier.chain = batch.events;
    dossier.alerts = batch.alerts;
    dossier.deliveries =
        batch.deliveries.into_iter().map(|delivery| KeptDelivery { delivery, leased: false }).collect();
    dossier.attempts = batch.attempts;
    let told = |event: SecurityEvent| (event.consent, KeptSecurityEvent { event, leased: false });
    dossier.security_events = batch.security_events.into_iter().map(told).collect();
    dossier.usage = batch.usage.iter().map(|usage| (usage.consent, usage.totals)).collect();
    dossier.calls = dossier.usage.clone();
    for consent in dossier.consents.values() {
        if let Some(end) = consent.ended {
            let last_passed_at = dossier.usage.get(&consent.id).and_then(|totals| totals.last_passed_at);
            dossier.endings.insert(consent.id, EndingRow { effective_at: end.at, last_passed_at });
        }
    }
    for (_, consent, day) in batch.days {
        let days = dossier.days.entry(consent).or_default();
        days.passed += day.passed;
        days.refused += day.refused;
    }
    dossier.controls = batch.taxpayers.pop().map(|(_, window)| Controls::of(window));
    dossier
}

fn violations(dossier: &Dossier) -> Vec<Violation> {
    let mut found = Vec::new();
    checks::run(dossier, &known(), &mut found);
    found
}

/// The first consent of which something holds.
fn consent(dossier: &Dossier, holds: impl Fn(&app::model::consent::Consent) -> bool) -> ConsentId {
    *dossier.consents.iter().find(|(_, consent)| holds(consent)).expect("such a consent").0
}

fn revoked(dossier: &Dossier) -> ConsentId {
    consent(dossier, |consent| consent.ended.is_some_and(|end| end.reason == EndReason::Revoked))
}

fn delivery(dossier: &mut Dossier, state: DeliveryState) -> &mut KeptDelivery {
    dossier.deliveries.iter_mut().find(|kept| kept.delivery.state == state).expect("such a delivery")
}

/// Tampers with a dossier and names the row that must be found.
type Tamper = fn(&mut Dossier) -> String;

/// What is done, the rule that must see it, and how it is done.
const TAMPERS: &[(&str, &str, Tamper)] = &[
    ("a receipt is made out for a consent that lives", "endings", |dossier| {
        let id = consent(dossier, |consent| consent.ended.is_none());
        dossier.endings.insert(id, EndingRow { effective_at: PLAN.now, last_passed_at: None });
        format!("ending {}/{id}", dossier.gstin)
    }),
    ("a receipt says that an end held before it was made", "endings", |dossier| {
        let id = revoked(dossier);
        dossier.endings.get_mut(&id).expect("ending").effective_at -= SignedDuration::from_secs(1);
        format!("ending {}/{id}", dossier.gstin)
    }),
    ("a receipt tells of a call that is not counted", "endings", |dossier| {
        let id = revoked(dossier);
        dossier.endings.get_mut(&id).expect("ending").last_passed_at = Some(PLAN.now);
        format!("ending {}/{id}", dossier.gstin)
    }),
    ("a security event is removed", "security_events", |dossier| {
        let id = revoked(dossier);
        dossier.security_events.remove(&id);
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("a security event tells of no end", "security_events", |dossier| {
        let (id, alive) = (revoked(dossier), consent(dossier, |consent| consent.ended.is_none()));
        let kept = dossier.security_events[&id].clone();
        let event = SecurityEvent { consent: alive, ..kept.event };
        dossier.security_events.insert(alive, KeptSecurityEvent { event, ..kept });
        format!("security_event {}/{alive}", dossier.gstin)
    }),
    ("a security event tells of another moment", "security_events", |dossier| {
        let id = revoked(dossier);
        dossier.security_events.get_mut(&id).expect("event").event.owed_at += SignedDuration::from_secs(1);
        format!("security_event {}/{id}", dossier.gstin)
    }),
    ("a security event goes to another GSP", "security_events", |dossier| {
        let id = revoked(dossier);
        dossier.security_events.get_mut(&id).expect("event").event.gsp = GspId(Uuid::from_u128(9));
        format!("security_event {}/{id}", dossier.gstin)
    }),
    ("a security event is being sent by nobody", "security_events", |dossier| {
        let id = revoked(dossier);
        dossier.security_events.get_mut(&id).expect("event").event.state = SecurityEventState::Sending;
        format!("security_event {}/{id}", dossier.gstin)
    }),
    ("an event's moment is changed", "chain", |dossier| {
        dossier.chain[3].0.at += SignedDuration::from_secs(1);
        format!("event {}/4", dossier.gstin)
    }),
    ("an event is removed from the middle", "chain", |dossier| {
        dossier.chain.remove(5);
        format!("event {}/6", dossier.gstin)
    }),
    ("the last event is removed", "chain", |dossier| {
        dossier.chain.pop();
        format!("chain_head {}", dossier.gstin)
    }),
    ("the last event is removed, and the head set back", "life", |dossier| {
        let (event, _) = dossier.chain.pop().expect("an event");
        dossier.head = dossier.chain.last().map(|(_, link)| *link);
        format!("consent {}/{}", dossier.gstin, event.consent.expect("of a consent"))
    }),
    ("a revoked consent is brought back to life", "life", |dossier| {
        let id = revoked(dossier);
        dossier.consents.get_mut(&id).expect("consent").ended = None;
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("a consent is made to last longer", "life", |dossier| {
        let id = consent(dossier, |_| true);
        dossier.consents.get_mut(&id).expect("consent").valid_until += SignedDuration::from_hours(1);
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("a freeze is set without an event", "controls", |dossier| {
        let controls = dossier.controls.as_mut().expect("controls");
        controls.freeze = Some(Freeze { since: PLAN.now, until: None });
        format!("access_window {}", dossier.gstin)
    }),
    ("a block is slipped in", "controls", |dossier| {
        let asp = AspId(Uuid::from_u128(1));
        dossier.rules.insert(asp, AspRule::Blocked);
        format!("asp_rule {}/{asp}", dossier.gstin)
    }),
    ("a day of calls is lost", "usage", |dossier| {
        let id = *dossier.days.iter().find(|(_, days)| days.passed > 0).expect("such a consent").0;
        dossier.days.get_mut(&id).expect("days").passed -= 1;
        format!("usage {}/{id}", dossier.gstin)
    }),
    ("a consent is given to another application", "life", |dossier| {
        let id = consent(dossier, |_| true);
        let to = applications(PLAN.seed).last().expect("one").id;
        dossier.consents.get_mut(&id).expect("consent").application = to;
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("a version is counted up", "life", |dossier| {
        let id = consent(dossier, |_| true);
        dossier.consents.get_mut(&id).expect("consent").version += 1;
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("an ended consent is refreshed", "life", |dossier| {
        let id = revoked(dossier);
        let last = dossier.chain.iter().rfind(|(event, _)| event.consent == Some(id)).expect("an event");
        let (mut event, mut link) = last.clone();
        event.version += 1;
        event.deed = Deed::Refreshed { session_expires_at: event.at };
        link.seq = i64::try_from(dossier.chain.len()).expect("few") + 1;
        dossier.chain.push((event, link));
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("two consents of an application are live", "one_live", |dossier| {
        let mut twin = dossier.consents.values().next_back().expect("a consent").clone();
        let mut other = twin.clone();
        (twin.ended, twin.valid_until) = (None, PLAN.now + SignedDuration::from_hours(1));
        (other.ended, other.valid_until, other.id) = (None, twin.valid_until, ConsentId(Uuid::max()));
        let row = format!("consent {}/{}", dossier.gstin, other.id);
        dossier.consents.insert(twin.id, twin);
        dossier.consents.insert(other.id, other);
        row
    }),
    ("a used OTP is made usable again", "otp", |dossier| {
        let first = &dossier.chain[0].0;
        let asked = |at| at < first.at;
        let request = dossier.otp_requests.iter_mut().find(|request| asked(request.requested_at)).expect("its OTP");
        request.state = OtpState::Pending;
        format!("consent {}/{}", dossier.gstin, first.consent.expect("of a consent"))
    }),
    ("an OTP was used for nothing", "otp", |dossier| {
        let mut request = dossier.otp_requests[0].clone();
        (request.requested_at, request.expires_at) = (PLAN.now, PLAN.now + SignedDuration::from_mins(10));
        request.id.0 = Uuid::max();
        dossier.otp_requests.push(request);
        format!("otp_request {}/{}", dossier.gstin, Uuid::max())
    }),
    ("an OTP without tries is pending", "otp", |dossier| {
        let request = &mut dossier.otp_requests[0];
        request.tries_left = 0;
        format!("otp_request {}/{}", dossier.gstin, request.id)
    }),
    ("a closed session of a revoked consent is opened again", "sessions", |dossier| {
        let id = revoked(dossier);
        let kept = dossier.sessions.iter_mut().find(|kept| kept.session.consent == id).expect("its session");
        kept.session.closed_at = None;
        session_row(kept)
    }),
    ("a session is made to last longer", "sessions", |dossier| {
        let kept = &mut dossier.sessions[0];
        kept.session.expires_at += SignedDuration::from_hours(1);
        session_row(kept)
    }),
    ("a session is removed", "sessions", |dossier| {
        let kept = dossier.sessions.remove(0);
        format!("consent {}/{}", dossier.gstin, kept.session.consent)
    }),
    ("an alert is removed", "alerts", |dossier| {
        let alert = dossier.alerts.remove(0);
        dossier.deliveries.retain(|kept| kept.delivery.alert != alert.id);
        format!("event {}/1", dossier.gstin)
    }),
    ("an alert tells of what did not happen", "alerts", |dossier| {
        let mut alert = dossier.alerts[0].clone();
        alert.id = AlertId(Uuid::max());
        dossier.alerts.push(alert);
        format!("alert {}/{}", dossier.gstin, Uuid::max())
    }),
    ("a delivery is removed", "alerts", |dossier| {
        let kept = dossier.deliveries.remove(0);
        format!("alert {}/{}", dossier.gstin, kept.delivery.alert)
    }),
    ("a delivery is led astray", "alerts", |dossier| {
        let delivery = &mut dossier.deliveries[0].delivery;
        delivery.recipient = SignatoryId(Uuid::max());
        format!("delivery {}/{}", dossier.gstin, delivery.id)
    }),
    ("an attempt is removed", "deliveries", |dossier| {
        let attempt = dossier.attempts.remove(0);
        format!("delivery {}/{}", dossier.gstin, attempt.delivery)
    }),
    ("a delivery that waits says it was accepted", "deliveries", |dossier| {
        let gstin = dossier.gstin;
        let kept = delivery(dossier, DeliveryState::PermanentFailure);
        kept.delivery.state = DeliveryState::Accepted;
        format!("delivery {gstin}/{}", kept.delivery.id)
    }),
    ("an accepted delivery says it waits", "deliveries", |dossier| {
        let gstin = dossier.gstin;
        let kept = delivery(dossier, DeliveryState::Accepted);
        kept.delivery.state = DeliveryState::Queued;
        format!("delivery {gstin}/{}", kept.delivery.id)
    }),
    ("a delivery holds a lease that nobody has", "deliveries", |dossier| {
        let kept = &mut dossier.deliveries[0];
        kept.leased = true;
        format!("delivery {}/{}", dossier.gstin, kept.delivery.id)
    }),
    ("an attempt says it failed", "deliveries", |dossier| {
        let attempt = dossier.attempts.iter_mut().find(|attempt| matches!(attempt.outcome, Outcome::Accepted { .. }));
        let attempt = attempt.expect("an attempt that went well");
        attempt.outcome = Outcome::temporary("timed out");
        format!("delivery {}/{}", dossier.gstin, attempt.delivery)
    }),
    ("a call is removed", "usage", |dossier| {
        let (id, totals) = dossier.calls.iter_mut().find(|(_, totals)| totals.passed > 0).expect("a call");
        totals.passed -= 1;
        format!("usage {}/{id}", dossier.gstin)
    }),
    ("a call passed after a revoke", "after_end", |dossier| {
        let id = revoked(dossier);
        let ended_at = dossier.consents[&id].ended.expect("ended").at;
        dossier.calls.entry(id).or_default().last_passed_at = Some(ended_at + SignedDuration::from_mins(1));
        format!("consent {}/{id}", dossier.gstin)
    }),
    ("an event's leaf is removed", "ledger", |dossier| {
        dossier.owed_leaves.remove(&1);
        format!("event {}/1", dossier.gstin)
    }),
    ("a leaf is made to stand for another event", "ledger", |dossier| {
        dossier.owed_leaves.get_mut(&1).expect("a leaf").hash = [7; 32];
        format!("event {}/1", dossier.gstin)
    }),
    ("an event is removed, its leaf is not", "ledger", |dossier| {
        let (_, link) = dossier.chain.pop().expect("an event");
        format!("owed_leaf {}/{}", dossier.gstin, link.seq)
    }),
    ("a consent is removed", "orphans", |dossier| {
        let id = dossier.chain[0].0.consent.expect("of a consent");
        dossier.consents.remove(&id);
        format!("event {}/1", dossier.gstin)
    }),
    ("a taxpayer is removed", "orphans", |dossier| {
        dossier.registered = false;
        format!("taxpayer {}", dossier.gstin)
    }),
];

#[test]
fn what_the_rules_of_the_model_make_breaks_no_rule() {
    let dossiers: Vec<_> = (0..PLAN.taxpayers).map(dossier).collect();
    for dossier in &dossiers {
        assert_eq!(violations(dossier), [], "{}", dossier.gstin);
    }
    let consents: usize = dossiers.iter().map(|dossier| dossier.consents.len()).sum();
    assert_eq!(consents as u64, PLAN.consents);
}

#[test]
fn each_row_that_is_tampered_with_is_named() {
    let whole = dossier(BUSY);
    for (what, check, tamper) in TAMPERS {
        let mut dossier = whole.clone();
        let row = tamper(&mut dossier);
        let found = violations(&dossier);
        let named = found.iter().any(|violation| violation.check == *check && violation.row == row);
        assert!(named, "{what}: no {check} of {row} among {found:#?}");
    }
}

#[test]
fn what_is_past_its_retention_is_not_missed() {
    let mut dossier = dossier(BUSY);
    dossier.alerts.clear();
    dossier.deliveries.clear();
    dossier.attempts.clear();
    dossier.calls.clear();
    let known = Known { kept_since: KeptSince { logs: Some(PLAN.now), ..KeptSince::default() }, ..known() };
    let mut found = Vec::new();
    checks::run(&dossier, &known, &mut found);
    assert_eq!(found, []);
}

#[test]
fn a_chain_whose_beginning_is_past_its_retention_is_followed_from_where_it_is_kept() {
    let mut dossier = dossier(BUSY);
    let since = dossier.chain[20].0.at;
    let known =
        Known { kept_since: KeptSince { logs: Some(since), consents: Some(since), security_events: None }, ..known() };
    dossier.chain.retain(|(event, _)| event.at >= since);
    dossier.consents.retain(|_, consent| consent.granted_at >= since);
    dossier.alerts.retain(|alert| alert.owed_at >= since);
    let alerts: HashSet<_> = dossier.alerts.iter().map(|alert| alert.id).collect();
    dossier.deliveries.retain(|kept| alerts.contains(&kept.delivery.alert));
    let deliveries: HashSet<_> = dossier.deliveries.iter().map(|kept| kept.delivery.id).collect();
    dossier.attempts.retain(|attempt| deliveries.contains(&attempt.delivery));
    let mut found = Vec::new();
    checks::run(&dossier, &known, &mut found);
    assert_eq!(found, []);
    dossier.chain.remove(3);
    checks::run(&dossier, &known, &mut found);
    assert!(found.iter().any(|violation| violation.check == "chain"), "a gap in what is kept is seen");
}
