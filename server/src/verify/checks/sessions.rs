//! A session belongs to a consent, is closed with it, never outlives what was given, and each was opened by an event.

use std::collections::BTreeMap;

use app::model::{consent::Consent, event::Deed, id::ConsentId, session::LIFETIME};

use crate::{
    store::port::KeptSession,
    verify::{
        dossier::Dossier,
        pass::Known,
        violation::{Findings, session_row},
    },
};

pub(super) fn check(dossier: &Dossier, _: &Known, findings: &mut Findings<'_>) {
    let mut sessions: BTreeMap<ConsentId, (usize, Option<&KeptSession>)> = BTreeMap::new();
    for kept in &dossier.sessions {
        let session = &kept.session;
        let (count, open) = sessions.entry(session.consent).or_default();
        *count += 1;
        if session.expires_at > session.issued_at + LIFETIME {
            findings.row(session_row(kept), "lasts longer than six hours");
        }
        if session.closed_at.is_none() && open.replace(kept).is_some() {
            findings.row(session_row(kept), format!("is open beside another session of consent {}", session.consent));
        }
        if let Some(consent) = dossier.consents.get(&session.consent) {
            check_bounds(kept, consent, findings);
        }
    }
    let mut opened: BTreeMap<ConsentId, usize> = BTreeMap::new();
    for (event, _) in &dossier.chain {
        if let (Deed::Granted { .. } | Deed::Refreshed { .. }, Some(consent)) = (event.deed, event.consent) {
            *opened.entry(consent).or_default() += 1;
        }
    }
    for id in dossier.consents.keys() {
        let found = sessions.get(id).map_or(0, |(count, _)| *count);
        let due = opened.get(id).copied().unwrap_or_default();
        if found != due {
            findings.consent(dossier.gstin, *id, format!("has {found} sessions, but its events opened {due}"));
        }
    }
}

fn check_bounds(kept: &KeptSession, consent: &Consent, findings: &mut Findings<'_>) {
    if kept.session.expires_at > consent.valid_until {
        findings.row(session_row(kept), format!("outlives consent {}", consent.id));
    }
    if kept.session.closed_at.is_none() && consent.ended.is_some() {
        findings.row(session_row(kept), format!("is open, but consent {} has ended", consent.id));
    }
}
