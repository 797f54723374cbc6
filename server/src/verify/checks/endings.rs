//! What receipts say of ends: only where there is one, not from before it, and no call that is not counted.

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    for (id, ending) in &dossier.endings {
        let ended = dossier.consents.get(id).map(|consent| consent.ended);
        let last = dossier.usage.get(id).and_then(|totals| totals.last_passed_at);
        let what = match ended {
            None if !known.keeps(*id) => continue,
            None => "there is no such consent".to_owned(),
            Some(None) => "the consent has not been ended".to_owned(),
            Some(Some(end)) if ending.effective_at < end.at => {
                format!("says that the end held at {}, but it was made at {}", ending.effective_at, end.at)
            }
            // A call that a cut-off server wrote later may be newer; none may be missing.
            Some(Some(_)) if ending.last_passed_at > last => {
                format!("says that a call passed at {:?}, but the last one counted is {last:?}", ending.last_passed_at)
            }
            Some(Some(_)) => continue,
        };
        findings.row(format!("ending {}/{id}", dossier.gstin), what);
    }
}
