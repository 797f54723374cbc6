//! What a consent's page says of its usage is what its calls come to, as long as they are kept.

use std::collections::BTreeSet;

use app::model::usage::UsageTotals;

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let consents: BTreeSet<_> = dossier.usage.keys().chain(dossier.calls.keys()).collect();
    for id in consents {
        let kept = dossier.usage.get(id).copied().unwrap_or_default();
        let counted = dossier.calls.get(id).copied().unwrap_or_default();
        let all_kept = dossier.consents.get(id).is_none_or(|consent| known.keeps_logs_of(consent.granted_at));
        let agree = if all_kept { kept == counted } else { at_least(&kept, &counted) };
        let by_day = dossier.days.get(id).copied().unwrap_or_default();
        if (by_day.passed, by_day.refused) != (kept.passed, kept.refused) {
            let (passed, refused) = (by_day.passed, by_day.refused);
            let what = format!("says {}, but its days add up to {passed} passed, {refused} refused", in_words(&kept));
            findings.row(format!("usage {}/{id}", dossier.gstin), what);
        }
        if !agree {
            let what = format!("says {}, but the calls say {}", in_words(&kept), in_words(&counted));
            findings.row(format!("usage {}/{id}", dossier.gstin), what);
        }
    }
}

fn at_least(kept: &UsageTotals, counted: &UsageTotals) -> bool {
    kept.passed >= counted.passed && kept.refused >= counted.refused && kept.last_passed_at >= counted.last_passed_at
}

fn in_words(totals: &UsageTotals) -> String {
    let last = totals.last_passed_at.map_or_else(|| "never".into(), |at| at.to_string());
    format!("{} passed, {} refused, last passed {last}", totals.passed, totals.refused)
}
