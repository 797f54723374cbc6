//! The rules, a file each: pure functions over one taxpayer's rows.

mod after_end;
mod alerts;
mod chain;
mod controls;
mod deliveries;
mod endings;
mod ledger;
mod life;
mod one_live;
mod orphans;
mod otp;
mod security_events;
mod sessions;
mod usage;

use super::{
    dossier::Dossier,
    pass::Known,
    violation::{Findings, Violation},
};

type Check = fn(&Dossier, &Known, &mut Findings<'_>);

/// Every rule by its name.
pub(super) const ALL: &[(&str, Check)] = &[
    ("orphans", orphans::check),
    ("chain", chain::check),
    ("ledger", ledger::check),
    ("life", life::check),
    ("controls", controls::check),
    ("one_live", one_live::check),
    ("otp", otp::check),
    ("sessions", sessions::check),
    ("alerts", alerts::check),
    ("deliveries", deliveries::check),
    ("usage", usage::check),
    ("after_end", after_end::check),
    ("endings", endings::check),
    ("security_events", security_events::check),
];

/// Runs them all over one taxpayer.
pub(super) fn run(dossier: &Dossier, known: &Known, found: &mut Vec<Violation>) {
    for (check, run) in ALL {
        run(dossier, known, &mut Findings { check, found });
    }
}
