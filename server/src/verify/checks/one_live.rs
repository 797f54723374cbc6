//! An application holds at most one live consent of a taxpayer.

use std::collections::BTreeMap;

use app::model::consent::Consent;

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let mut live: BTreeMap<_, &Consent> = BTreeMap::new();
    for consent in dossier.consents.values().filter(|consent| consent.is_open(known.now)) {
        if let Some(other) = live.insert(consent.application, consent) {
            let what = format!("is live beside consent {} of the same application", other.id);
            findings.consent(dossier.gstin, consent.id, what);
        }
    }
}
