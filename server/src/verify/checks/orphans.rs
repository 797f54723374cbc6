//! Every row has the rows it speaks of: an engine's foreign keys say so, too, unless somebody switched them off.

use std::collections::HashSet;

use app::model::{alert::Alert, event::Event};

use crate::{
    store::port::ChainLink,
    verify::{
        dossier::Dossier,
        pass::Known,
        violation::{Findings, session_row},
    },
};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    if !dossier.registered {
        findings.row(format!("taxpayer {gstin}"), "is not there, but rows speak of it");
    }
    for consent in dossier.consents.values() {
        if !known.applications.contains(&consent.application) {
            let what = format!("was obtained by application {}, which the registry does not know", consent.application);
            findings.consent(gstin, consent.id, what);
        }
    }
    let event = |(event, link): &(Event, ChainLink)| Some((format!("event {gstin}/{}", link.seq), event.consent?));
    let alert = |alert: &Alert| Some((format!("alert {gstin}/{}", alert.id), alert.consent?));
    let events = dossier.chain.iter().filter_map(event);
    let sessions = dossier.sessions.iter().map(|kept| (session_row(kept), kept.session.consent));
    let alerts = dossier.alerts.iter().filter_map(alert);
    let usage = dossier.usage.keys().map(|consent| (format!("usage {gstin}/{consent}"), *consent));
    let calls = dossier.calls.keys().map(|consent| (format!("call {gstin}/… of consent {consent}"), *consent));
    for (row, consent) in events.chain(sessions).chain(alerts).chain(usage).chain(calls) {
        if !dossier.consents.contains_key(&consent) && known.keeps(consent) {
            findings.row(row, format!("speaks of consent {consent}, which is not there"));
        }
    }
    let alerts: HashSet<_> = dossier.alerts.iter().map(|alert| alert.id).collect();
    let deliveries: HashSet<_> = dossier.deliveries.iter().map(|kept| kept.delivery.id).collect();
    for kept in &dossier.deliveries {
        if !alerts.contains(&kept.delivery.alert) {
            let what = format!("speaks of alert {}, which is not there", kept.delivery.alert);
            findings.row(format!("delivery {gstin}/{}", kept.delivery.id), what);
        }
    }
    for attempt in dossier.attempts.iter().filter(|attempt| !deliveries.contains(&attempt.delivery)) {
        let row = format!("attempt {gstin}/{}/{}", attempt.delivery, attempt.number);
        findings.row(row, "speaks of a delivery which is not there");
    }
}
