//! Nothing passes after an end.

use std::time::Duration;

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

/// What a call may be later than the end of its consent: the clocks of nodes differ, and a server that was cut off writes
/// what it had passed when it is back.
const LATE_MAX: Duration = Duration::from_secs(10);

/// Against the moment from which an end held everywhere, where it is known: it was taken when every server had written
/// what it passed, and is not before any of these calls, whichever clocks they are by. Else against the end's own moment.
pub(super) fn check(dossier: &Dossier, _: &Known, findings: &mut Findings<'_>) {
    for consent in dossier.consents.values() {
        let last = dossier.calls.get(&consent.id).and_then(|totals| totals.last_passed_at);
        let (Some(ending), Some(last)) = (consent.ended, last) else { continue };
        let held = dossier.endings.get(&consent.id).map_or(ending.at, |row| row.effective_at);
        if last > held + LATE_MAX {
            let what = format!("ended at {}, everywhere at {held}, but a call passed at {last}", ending.at);
            findings.consent(dossier.gstin, consent.id, what);
        }
    }
}
