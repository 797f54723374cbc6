//! Every event that owes an alert has it, told on each channel to each signatory unless they chose to go without; and no
//! alert tells of nothing.

use std::collections::{BTreeMap, BTreeSet};

use app::model::alert::{Alert, AlertKind, Channel, Matter};

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    let mut alerts: BTreeMap<_, Vec<&Alert>> = BTreeMap::new();
    for alert in &dossier.alerts {
        alerts.entry((alert.consent, alert.owed_at, alert.matter.kind())).or_default().push(alert);
    }
    for (event, link) in &dossier.chain {
        let Some(kind) = Matter::owed(event.deed).map(|matter| matter.kind()) else { continue };
        let alert = alerts.get_mut(&(event.consent, event.at, kind)).and_then(Vec::pop);
        if alert.is_none() && known.keeps_logs_of(event.at) {
            let whose = event.consent.map_or_else(|| "all access".to_owned(), |id| format!("consent {id}"));
            let what = format!("owes an alert ({kind:?} of {whose}), which is not there");
            findings.row(format!("event {gstin}/{}", link.seq), what);
        }
    }
    for alert in alerts.into_values().flatten().filter(|alert| alert.matter.kind().has_event()) {
        findings.row(format!("alert {gstin}/{}", alert.id), "tells of no event");
    }
    check_deliveries(dossier, findings);
}

fn check_deliveries(dossier: &Dossier, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    let mut told: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for kept in &dossier.deliveries {
        let delivery = &kept.delivery;
        let row = || format!("delivery {gstin}/{}", delivery.id);
        if !told.entry(delivery.alert).or_default().insert((delivery.recipient, delivery.contact, delivery.channel)) {
            findings.row(row(), format!("repeats what alert {} tells on this channel", delivery.alert));
        }
        if !dossier.signatories.contains(&delivery.recipient) {
            findings.row(row(), format!("goes to {}, who is no signatory", delivery.recipient));
        }
        if let Some(contact) = delivery.contact.filter(|contact| !dossier.contacts.contains(contact)) {
            findings.row(row(), format!("goes to contact {contact}, which is not there"));
        }
    }
    for alert in dossier.alerts.iter().filter(|alert| is_for_everybody(alert.matter.kind())) {
        let told = told.remove(&alert.id).unwrap_or_default();
        for signatory in &dossier.signatories {
            for channel in Channel::ALL.iter().filter(|channel| !told.contains(&(*signatory, None, **channel))) {
                let what = format!("has no delivery by {channel:?} to signatory {signatory}");
                findings.row(format!("alert {gstin}/{}", alert.id), what);
            }
        }
    }
}

/// Optional alerts go to those who want them, a test to whoever asked for it.
fn is_for_everybody(kind: AlertKind) -> bool {
    !kind.is_optional() && kind != AlertKind::Test
}
