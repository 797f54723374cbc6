//! Nothing passes after an end.

use std::time::Duration;

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

/// What a call may be later than the end of its consent: the clocks of nodes differ, and an end takes a moment to
/// reach them all (only then is it acknowledged).
const LATE_MAX: Duration = Duration::from_secs(10);

pub(super) fn check(dossier: &Dossier, _: &Known, findings: &mut Findings<'_>) {
    for consent in dossier.consents.values() {
        let last = dossier.calls.get(&consent.id).and_then(|totals| totals.last_passed_at);
        if let (Some(ending), Some(last)) = (consent.ended, last)
            && last > ending.at + LATE_MAX
        {
            let what = format!("ended at {}, but a call passed at {last}", ending.at);
            findings.consent(dossier.gstin, consent.id, what);
        }
    }
}
