//! An OTP serves once: every one that was used gave one consent, and every consent used one up.
//!
//! The rows do not name each other; what a grant leaves is the application, and a moment before the OTP's end.

use std::collections::BTreeMap;

use app::model::{
    Timestamp,
    event::Deed,
    id::{ApplicationId, ConsentId, OtpRequestId},
    otp::{OtpRequest, OtpState},
};

use crate::verify::{dossier::Dossier, pass::Known, violation::Findings};

/// The used requests of one application, by their ends.
type Used<'a> = BTreeMap<(Timestamp, OtpRequestId), &'a OtpRequest>;

pub(super) fn check(dossier: &Dossier, known: &Known, findings: &mut Findings<'_>) {
    let mut used: BTreeMap<ApplicationId, Used<'_>> = BTreeMap::new();
    for request in &dossier.otp_requests {
        let row = || format!("otp_request {}/{}", dossier.gstin, request.id);
        if (request.state == OtpState::Exhausted) != (request.tries_left == 0) {
            findings.row(row(), format!("is {:?} with {} tries left", request.state, request.tries_left));
        }
        if request.state == OtpState::Used {
            used.entry(request.application).or_default().insert((request.expires_at, request.id), request);
        }
    }
    for (id, application, at) in unmatched(dossier, &mut used) {
        let what = format!("was given to application {application} at {at} without a used OTP");
        findings.consent(dossier.gstin, id, what);
    }
    let left = used.into_values().flat_map(BTreeMap::into_values);
    for request in left.filter(|request| known.keeps_consents_of(request.requested_at)) {
        findings.row(format!("otp_request {}/{}", dossier.gstin, request.id), "was used, but gave no consent");
    }
}

/// Takes a used request away for each grant; the grants that none is left for.
///
/// First those that were asked for before the grant, as they should be. What then remains may have been asked for
/// before the clock was set back.
fn unmatched(
    dossier: &Dossier,
    used: &mut BTreeMap<ApplicationId, Used<'_>>,
) -> Vec<(ConsentId, ApplicationId, Timestamp)> {
    let granted = dossier.chain.iter().filter(|(event, _)| matches!(event.deed, Deed::Granted { .. }));
    let mut left: Vec<_> = granted
        .filter_map(|(event, _)| Some((event.consent?, dossier.consents.get(&event.consent?)?.application, event.at)))
        .collect();
    for asked_before in [true, false] {
        left.retain(|(_, application, at)| {
            let Some(used) = used.get_mut(application) else { return true };
            let fits =
                |request: &OtpRequest| *at < request.expires_at && (!asked_before || request.requested_at <= *at);
            let from = (*at, OtpRequestId(uuid::Uuid::nil()));
            let first = used.range(from..).find(|(_, request)| fits(request)).map(|(key, _)| *key);
            first.and_then(|key| used.remove(&key)).is_none()
        });
    }
    left
}
