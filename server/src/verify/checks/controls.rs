//! What is decided about access is what the events make of it; and nothing was given while the taxpayer said no.

use std::collections::BTreeMap;

use app::model::{
    access_window::AccessWindow,
    consent::EndReason,
    controls::{AspRule, Controls, Freeze, rule_after},
    event::{Deed, Event},
    id::AspId,
};

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let gstin = dossier.gstin;
    // The first version was made at registration, which is no event; each after it is one.
    let Some(stored) = &dossier.controls else { return };
    // Decisions whose events are past their retention cannot be made again.
    let begins_at =
        dossier.chain.first().map_or_else(|| dossier.head.map_or(1, |head| head.seq + 1), |(_, link)| link.seq);
    if begins_at > 1 {
        return;
    }
    let decisions: Vec<&Event> =
        dossier.chain.iter().map(|(event, _)| event).filter(|event| event.consent.is_none()).collect();
    let mut version = stored.window.version - i64::try_from(decisions.len()).unwrap_or(0);
    let mut controls = Controls::of(stored.window.clone());
    for event in &decisions {
        version += 1;
        if event.version != version {
            let what = format!("has an event at version {}, where version {version} is due", event.version);
            findings.row(format!("access_window {gstin}"), what);
            break;
        }
        if !replay(&mut controls, event) {
            findings.row(
                format!("access_window {gstin}"),
                format!("has an event that is none of its own: {}", event.deed.name()),
            );
        }
    }
    if controls != *stored {
        findings.row(format!("access_window {gstin}"), "is not what its events make of it");
    }
    check_rules(dossier, &decisions, findings);
    check_grants(dossier, known, findings);
}

/// What an event makes of the controls; `false` where it is not about them.
fn replay(controls: &mut Controls, event: &Event) -> bool {
    match event.deed {
        Deed::WindowChanged { enabled, minutes } => {
            let Ok(window) = AccessWindow::new(event.gstin, enabled, minutes, controls.window.version) else {
                return false;
            };
            controls.window = window;
        }
        Deed::Frozen { until } => controls.freeze = Some(Freeze { since: event.at, until }),
        Deed::Thawed => controls.freeze = None,
        Deed::AllowListSet { on } => controls.only_allowed = on,
        Deed::UnusedDaysSet { days } => controls.unused_days = days,
        deed => return rule_after(deed).is_some(),
    }
    true
}

fn check_rules(dossier: &Dossier, decisions: &[&Event], findings: &mut Findings<'_>) {
    let mut rules: BTreeMap<AspId, AspRule> = BTreeMap::new();
    for (asp, rule) in decisions.iter().filter_map(|event| rule_after(event.deed)) {
        match rule {
            Some(rule) => _ = rules.insert(asp, rule),
            None => _ = rules.remove(&asp),
        }
    }
    for asp in rules.keys().chain(dossier.rules.keys()) {
        let (due, stored) = (rules.get(asp), dossier.rules.get(asp));
        if due != stored {
            let what = format!("is {stored:?}, but the events make it {due:?}");
            findings.row(format!("asp_rule {}/{asp}", dossier.gstin), what);
        }
    }
}

/// In the order of the chain: what was in force when each consent was given.
fn check_grants(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let (mut enabled, mut freeze): (bool, Option<Freeze>) = (true, None);
    let mut rules: BTreeMap<AspId, AspRule> = BTreeMap::new();
    for (event, _) in &dossier.chain {
        match event.deed {
            Deed::WindowChanged { enabled: on, .. } => enabled = on,
            Deed::Frozen { until } => freeze = Some(Freeze { since: event.at, until }),
            Deed::Thawed => freeze = None,
            Deed::Granted { .. } => {
                let Some(consent) = event.consent.and_then(|id| dossier.consents.get(&id)) else { continue };
                let asp = known.asps.get(&consent.application);
                let blocked = asp.is_some_and(|asp| rules.get(asp) == Some(&AspRule::Blocked));
                let frozen = freeze.is_some_and(|freeze| freeze.holds(event.at));
                for (is, why) in
                    [(!enabled, "access was off"), (frozen, "all was frozen"), (blocked, "its ASP was blocked")]
                {
                    if is {
                        findings.consent(dossier.gstin, consent.id, format!("was given while {why}"));
                    }
                }
            }
            deed => {
                if let Some((asp, rule)) = rule_after(deed) {
                    match rule {
                        Some(rule) => _ = rules.insert(asp, rule),
                        None => _ = rules.remove(&asp),
                    }
                }
            }
        }
    }
    for consent in dossier.consents.values().filter(|consent| consent.is_open(known.now)) {
        let asp = known.asps.get(&consent.application);
        if asp.is_some_and(|asp| dossier.rules.get(asp) == Some(&AspRule::Blocked)) {
            let what = format!("is live, but its ASP is blocked: it should have ended as {:?}", EndReason::Blocked);
            findings.consent(dossier.gstin, consent.id, what);
        }
    }
}
