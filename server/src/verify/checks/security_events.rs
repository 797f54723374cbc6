//! Every end owes its consent's GSP one security event, and there is none without an end.

use app::model::security_event::SecurityEventState;

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    for consent in dossier.consents.values() {
        let Some(end) = consent.ended else { continue };
        let from_before = known.kept_since.security_events.is_some_and(|since| end.at < since);
        let is_kept = known.keeps_logs_of(consent.granted_at);
        if !from_before && is_kept && !dossier.security_events.contains_key(&consent.id) {
            findings.consent(gstin, consent.id, "ended, but its GSP is owed no security event");
        }
    }
    for (id, kept) in &dossier.security_events {
        let event = &kept.event;
        let mut say = |what: String| findings.row(format!("security_event {gstin}/{id}"), what);
        match dossier.consents.get(id) {
            None if known.keeps(*id) => say("there is no such consent".into()),
            None => {}
            Some(consent) => match consent.ended {
                None => say("the consent has not been ended".into()),
                Some(end) => {
                    if end.at != event.owed_at {
                        say(format!("tells of an end at {}, but it was at {}", event.owed_at, end.at));
                    }
                    let gsp = known.gsps.get(&consent.application);
                    if gsp.is_some_and(|gsp| *gsp != event.gsp) {
                        say(format!("goes to {}, who is not the GSP of this consent", event.gsp));
                    }
                }
            },
        }
        if kept.leased != (event.state == SecurityEventState::Sending) {
            let lease = if kept.leased { "under a lease" } else { "under no lease" };
            say(format!("is {:?} {lease}", event.state));
        }
    }
}
