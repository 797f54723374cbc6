//! A delivery is in a state that its attempts have led to, and has counted them all.

use std::collections::BTreeMap;

use app::model::{
    alert::{Delivery, DeliveryState, Outcome},
    report::Verdict,
};

use crate::{
    store::port::{KeptAttempt, KeptDelivery},
    verify::{dossier::Dossier, pass::Known, violation::Findings},
};

pub(super) fn check(dossier: &Dossier, _: &Known, findings: &mut Findings<'_>) {
    let mut attempts: BTreeMap<_, Vec<&KeptAttempt>> = BTreeMap::new();
    for attempt in &dossier.attempts {
        attempts.entry(attempt.delivery).or_default().push(attempt);
    }
    for kept in &dossier.deliveries {
        let attempts = attempts.get(&kept.delivery.id).map_or(&[][..], Vec::as_slice);
        let mut say = |what: String| findings.row(format!("delivery {}/{}", dossier.gstin, kept.delivery.id), what);
        if attempts.len() != kept.delivery.attempts as usize {
            say(format!("counts {} attempts, but has {}", kept.delivery.attempts, attempts.len()));
        } else if !(1..).zip(attempts).all(|(number, attempt)| attempt.number == number) {
            say("has a gap in its attempts".into());
        }
        let last = attempts.last().map(|attempt| &attempt.outcome);
        if !led_to(last, &kept.delivery) {
            say(format!("is {:?} after {last:?}", kept.delivery.state));
        }
        if kept.leased != (kept.delivery.state == DeliveryState::Sending) {
            let lease = if kept.leased { "under a lease" } else { "under no lease" };
            say(format!("is {:?} {lease}", kept.delivery.state));
        }
        check_acceptance(kept, &mut say);
    }
}

/// Whether a delivery can be in its state after its last attempt and what was heard of it. One that waits can be leased, and
/// given back; one of which no report came can be waiting once more.
fn led_to(last: Option<&Outcome>, delivery: &Delivery) -> bool {
    use DeliveryState::{
        Accepted, Delivered, Expired, PermanentFailure, Queued, Sending, TechnicalFailure, TemporaryFailure,
    };
    let (taken, again) = (matches!(last, Some(Outcome::Accepted { .. })), delivery.heard.repeated_at.is_some());
    let (verdict, failed) = (delivery.heard.verdict, matches!(last, Some(Outcome::Temporary { .. })));
    match delivery.state {
        Queued | Sending => last.is_none() || failed || again && taken,
        TemporaryFailure => failed || again && taken,
        TechnicalFailure => failed,
        PermanentFailure => matches!(last, Some(Outcome::Permanent { .. })) || verdict == Some(Verdict::Failed),
        Accepted => taken || again,
        Delivered => verdict == Some(Verdict::Delivered),
        Expired => verdict == Some(Verdict::Expired),
    }
}

/// What was accepted has its moment. What was judged since keeps it, if it had one.
fn check_acceptance(kept: &KeptDelivery, say: &mut impl FnMut(String)) {
    let Delivery { state, accepted_at, heard, .. } = &kept.delivery;
    let told_later = heard.verdict.is_some() || heard.repeated_at.is_some();
    match accepted_at {
        Some(at) if *state != DeliveryState::Accepted && !told_later => {
            say(format!("was accepted at {at}, but is {state:?}"));
        }
        None if *state == DeliveryState::Accepted => say("is accepted, but at no time".into()),
        _ => {}
    }
}
