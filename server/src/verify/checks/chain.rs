//! Every taxpayer's chain of hashes is unbroken, from the first event that is kept to where it is said to end.

use crate::{
    ledger,
    verify::{dossier::Dossier, pass::Known, violation::Findings},
};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    let mut chain = dossier.chain.as_slice();
    let mut before = None;
    // Where the years before are past their retention, the first link that is left has to be believed.
    if let ([(_, first), rest @ ..], Some(_)) = (chain, known.kept_since.consents)
        && first.seq > 1
    {
        (before, chain) = (Some(*first), rest);
    }
    match ledger::broken_at(before, chain) {
        Ok(None) => {}
        Ok(Some(seq)) => findings.row(
            format!("event {gstin}/{seq}"),
            "does not fit the chain: it, or one before it, was changed, removed or slipped in",
        ),
        Err(error) => findings.row(format!("taxpayer {gstin}"), format!("has a chain that cannot be hashed: {error}")),
    }
    let last = dossier.chain.last().map(|(_, link)| *link);
    let head = dossier.head.filter(|head| head.seq > 0);
    if head != last && (last.is_some() || known.kept_since.consents.is_none()) {
        let (says, ends) = (head.map_or(0, |head| head.seq), last.map_or(0, |last| last.seq));
        findings.row(format!("chain_head {gstin}"), format!("says event {says}, but the chain ends with event {ends}"));
    }
}
