//! Every taxpayer's chain of hashes is unbroken, from the first event to the last.

use crate::{
    ledger,
    verify::{dossier::Dossier, pass::Known, violation::Findings},
};

pub(super) fn check(dossier: &Dossier, _: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    match ledger::broken_at(None, &dossier.chain) {
        Ok(None) => {}
        Ok(Some(seq)) => findings.row(
            format!("event {gstin}/{seq}"),
            "does not fit the chain: it, or one before it, was changed, removed or slipped in",
        ),
        Err(error) => findings.row(format!("taxpayer {gstin}"), format!("has a chain that cannot be hashed: {error}")),
    }
}
