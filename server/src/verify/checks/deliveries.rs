//! A delivery is in a state that its attempts have led to, and has counted them all.

use std::collections::BTreeMap;

use app::model::alert::{DeliveryState, Outcome};

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
        if !led_to(last, kept.delivery.state) {
            say(format!("is {:?} after {last:?}", kept.delivery.state));
        }
        if kept.leased != (kept.delivery.state == DeliveryState::Sending) {
            let lease = if kept.leased { "under a lease" } else { "under no lease" };
            say(format!("is {:?} {lease}", kept.delivery.state));
        }
        check_acceptance(kept, &mut say);
    }
}

/// Whether a delivery can be in a state after its last attempt. One that waits can be leased, and given back.
fn led_to(last: Option<&Outcome>, state: DeliveryState) -> bool {
    use DeliveryState::{
        Accepted, Delivered, Expired, PermanentFailure, Queued, Sending, TechnicalFailure, TemporaryFailure,
    };
    match state {
        Queued | Sending => matches!(last, None | Some(Outcome::Temporary { .. })),
        TemporaryFailure | TechnicalFailure => matches!(last, Some(Outcome::Temporary { .. })),
        PermanentFailure => matches!(last, Some(Outcome::Permanent { .. })),
        Accepted | Delivered | Expired => matches!(last, Some(Outcome::Accepted { .. })),
    }
}

fn check_acceptance(kept: &KeptDelivery, say: &mut impl FnMut(String)) {
    let accepted =
        matches!(kept.delivery.state, DeliveryState::Accepted | DeliveryState::Delivered | DeliveryState::Expired);
    match kept.delivery.accepted_at {
        Some(at) if !accepted => say(format!("was accepted at {at}, but is {:?}", kept.delivery.state)),
        None if accepted => say("is accepted, but at no time".into()),
        _ => {}
    }
}
