//! Each consent is what its events make of it when the state machine runs them again: no other state, no event more
//! or fewer, and no longer than it was given for.

use std::collections::BTreeMap;

use app::model::{
    access_window::{AccessWindow, MINUTES_MAX, MINUTES_MIN},
    consent::{Consent, EndReason, Moved, Refusal},
    event::{Actor, Deed, Event},
    id::ConsentId,
};

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, _: &Known, findings: &mut Findings<'_>) {
    let mut lives: BTreeMap<ConsentId, Vec<&Event>> = BTreeMap::new();
    for (event, _) in &dossier.chain {
        if let Some(consent) = event.consent {
            lives.entry(consent).or_default().push(event);
        }
    }
    for consent in dossier.consents.values() {
        let events = lives.get(&consent.id).map_or(&[][..], Vec::as_slice);
        if usize::try_from(consent.version) != Ok(events.len()) {
            let what = format!("is at version {}, but has {} events", consent.version, events.len());
            findings.consent(dossier.gstin, consent.id, what);
        }
        match replay(events) {
            Err(fault) => findings.consent(dossier.gstin, consent.id, fault),
            Ok(replayed) if replayed != *consent => {
                findings.consent(dossier.gstin, consent.id, differences(&replayed, consent));
            }
            Ok(_) => {}
        }
    }
}

/// The consent that events make.
fn replay(events: &[&Event]) -> Result<Consent, String> {
    let (first, rest) = events.split_first().ok_or("has no event")?;
    let mut consent = granted(first)?;
    for event in rest {
        let moved = again(&consent, event)?.map_err(|refusal| {
            format!("has an event that could not happen: {} at version {}, {refusal}", event.deed.name(), event.version)
        })?;
        if moved.event != **event {
            return Err(format!(
                "has an event that the rules do not make: version {}, {:?}",
                event.version, event.deed
            ));
        }
        consent = moved.consent;
    }
    Ok(consent)
}

fn granted(event: &Event) -> Result<Consent, String> {
    let (Deed::Granted { valid_until }, Actor::Application(application)) = (event.deed, event.actor) else {
        return Err(format!("does not begin with a grant, but with {}", event.deed.name()));
    };
    let held = valid_until.duration_since(event.at);
    let window = AccessWindow::new(event.gstin, true, held.as_mins(), 1)
        .map_err(|_| format!("was given for {held:#}, outside {MINUTES_MIN} to {MINUTES_MAX} minutes"))?;
    let id = event.consent.ok_or("begins with an event of no consent")?;
    let moved = Consent::grant(id, &window, application, event.at);
    if moved.event == *event { Ok(moved.consent) } else { Err("has a grant that the rules do not make".into()) }
}

/// The same move once more.
fn again(consent: &Consent, event: &Event) -> Result<Result<Moved, Refusal>, String> {
    let (by, at) = (event.actor, event.at);
    if let Some(reason) = EndReason::of(event.deed) {
        let by_taxpayer = !matches!(reason, EndReason::LoggedOut | EndReason::Replaced { .. });
        if by_taxpayer && matches!(by, Actor::Application(_)) {
            return Err(format!("was {} by an application", event.deed.name()));
        }
        return Ok(consent.end(by, reason, at));
    }
    Ok(match event.deed {
        Deed::Refreshed { .. } => consent.refresh(at).map(|(moved, _)| moved),
        Deed::Restricted { restriction } => consent.restrict(by, restriction, at),
        Deed::Paused => consent.pause(by, at),
        Deed::Resumed => consent.resume(by, at),
        Deed::Granted { .. } => return Err(format!("was given twice: version {}", event.version)),
        other => return Err(format!("has an event that is not about a consent: {}", other.name())),
    })
}

fn differences(replayed: &Consent, stored: &Consent) -> String {
    let mut fields = Vec::new();
    let mut differ = |field, same: bool| {
        if !same {
            fields.push(field);
        }
    };
    differ("application", replayed.application == stored.application);
    differ("granted_at", replayed.granted_at == stored.granted_at);
    differ("valid_until", replayed.valid_until == stored.valid_until);
    differ("restriction", replayed.restriction == stored.restriction);
    differ("pause", replayed.paused_at == stored.paused_at);
    differ("end", replayed.ended == stored.ended);
    differ("version", replayed.version == stored.version);
    format!("is not what its events make of it: {}", fields.join(", "))
}
