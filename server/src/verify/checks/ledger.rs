//! Every event has its leaf, or is owed one; and no leaf speaks of an event that is not there.

use std::collections::HashSet;

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    for (event, link) in &dossier.chain {
        let placed = dossier.leaves.get(&link.seq).is_some_and(|leaf| leaf.at == event.at);
        let owed = dossier.owed_leaves.get(&link.seq).is_some_and(|leaf| leaf.at == event.at && leaf.hash == link.hash);
        if placed && dossier.owed_leaves.contains_key(&link.seq) {
            findings.row(format!("owed_leaf {gstin}/{}", link.seq), "is owed, but has its place in the ledger already");
        } else if !placed && !owed {
            findings.row(
                format!("event {gstin}/{}", link.seq),
                "has no leaf in the ledger: it was slipped in, or its leaf was changed or removed",
            );
        }
    }
    let leaves = dossier.leaves.values().map(|leaf| ("leaf", leaf.seq, leaf.at));
    let owed = dossier.owed_leaves.values().map(|leaf| ("owed_leaf", leaf.seq, leaf.at));
    let events: HashSet<_> = dossier.chain.iter().map(|(_, link)| link.seq).collect();
    for (table, seq, at) in leaves.chain(owed) {
        if known.keeps_consents_of(at) && !events.contains(&seq) {
            findings.row(
                format!("{table} {gstin}/{seq}"),
                format!("stands for event {gstin}/{seq}, which is not there: it was removed"),
            );
        }
    }
}
