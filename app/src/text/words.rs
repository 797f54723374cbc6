//! The model's values in words: which message fits which state.

use super::Text;
use crate::model::{
    Timestamp,
    alert::{AlertKind, Channel, DeliveryState},
    consent::{Consent, EndReason, Status},
    decide::RefuseReason,
    event::Deed,
    ist,
};

/// What a consent is at a moment.
pub fn status(text: &Text, consent: &Consent, as_of: Timestamp) -> &'static str {
    match (consent.status(as_of), consent.ended) {
        (_, Some(ending)) => reason(text, ending.reason),
        (Status::Live, None) => text.words.live,
        (Status::Expired | Status::Ended, None) => text.words.expired,
    }
}

/// Why a consent ended.
pub fn reason(text: &Text, reason: EndReason) -> &'static str {
    match reason {
        EndReason::Revoked => text.words.revoked,
        EndReason::LoggedOut => text.words.logged_out,
        EndReason::Replaced { .. } => text.words.replaced,
    }
}

/// The same by the reason's stable name, as a receipt carries it; a name that is not known stands for itself.
pub fn reason_by_name<'t>(text: &Text, reason: &'t str) -> &'t str {
    match reason {
        "revoked" => text.words.revoked,
        "logged_out" => text.words.logged_out,
        "replaced" => text.words.replaced,
        other => other,
    }
}

/// What was done.
pub fn deed(text: &Text, deed: Deed) -> String {
    match deed {
        Deed::Granted { valid_until } => (text.words.granted)(&ist::minute(valid_until)),
        Deed::Refreshed { session_expires_at } => (text.words.refreshed)(&ist::minute(session_expires_at)),
        Deed::Revoked => text.words.deed_revoked.to_owned(),
        Deed::LoggedOut => text.words.deed_logged_out.to_owned(),
        Deed::Replaced { .. } => text.words.deed_replaced.to_owned(),
    }
}

/// What an alert tells.
pub fn alert(text: &Text, kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::ConsentGiven => text.words.alert_given,
        AlertKind::ConsentEnded => text.words.alert_ended,
    }
}

/// By which road.
pub fn channel(text: &Text, channel: Channel) -> &'static str {
    match channel {
        Channel::Email => text.words.email,
        Channel::Sms => text.words.sms,
    }
}

/// How a delivery fares. A provider's "accepted" is a hand-over, never a delivery.
pub fn delivery(text: &Text, channel: Channel, state: DeliveryState) -> &'static str {
    match (state, channel) {
        (DeliveryState::Queued, _) => text.words.queued,
        (DeliveryState::Sending, _) => text.words.sending,
        (DeliveryState::Accepted, Channel::Email) => text.words.accepted_email,
        (DeliveryState::Accepted, Channel::Sms) => text.words.accepted_sms,
        (DeliveryState::TemporaryFailure, _) => text.words.temporary_failure,
        (DeliveryState::PermanentFailure, _) => text.words.permanent_failure,
        (DeliveryState::TechnicalFailure, _) => text.words.technical_failure,
    }
}

/// Whether a call passed, and why not.
pub fn outcome(text: &Text, refused: Option<RefuseReason>) -> &'static str {
    let words = &text.words;
    match refused {
        None => words.passed,
        Some(RefuseReason::UnknownToken) => words.unknown_token,
        Some(RefuseReason::OtherApplication) => words.other_application,
        Some(RefuseReason::OtherGstin) => words.other_gstin,
        Some(RefuseReason::ConsentEnded) => words.consent_ended,
        Some(RefuseReason::ConsentExpired) => words.consent_expired,
        Some(RefuseReason::SessionClosed) => words.session_closed,
        Some(RefuseReason::SessionExpired) => words.session_expired,
        Some(RefuseReason::Suspended) => words.suspended,
        Some(RefuseReason::AccessDisabled) => words.access_disabled,
    }
}

/// The share of a consent's validity that remains, 0 to 100, rounded down.
pub fn percent_left(consent: &Consent, as_of: Timestamp) -> i64 {
    let whole = consent.valid_until.duration_since(consent.granted_at).as_secs().max(1);
    let left = consent.valid_until.duration_since(as_of).as_secs();
    (left.max(0) * 100 / whole).min(100)
}

/// When a consent's time was over: its end, or else the end of its window.
pub fn over_at(consent: &Consent) -> Timestamp {
    consent.ended.map_or(consent.valid_until, |ending| ending.at)
}
