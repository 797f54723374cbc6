//! The model's values in words: which message fits which state.

use super::Text;
use crate::api::views::{DeliveryRow, EventRow};
use crate::model::{
    Timestamp,
    alert::{AlertKind, Channel, DeliveryState},
    consent::{Consent, EndReason, Status},
    decide::RefuseReason,
    event::{Actor, Deed},
    ist,
    report::Reason,
};

/// What a consent is at a moment.
pub fn status(text: &Text, consent: &Consent, as_of: Timestamp) -> &'static str {
    match (consent.status(as_of), consent.ended) {
        (_, Some(ending)) => reason(text, ending.reason),
        (Status::Live, None) => text.words.live,
        (Status::Paused, None) => text.words.paused,
        (Status::Expired | Status::Ended, None) => text.words.expired,
    }
}

/// Why a consent ended.
pub fn reason(text: &Text, reason: EndReason) -> &'static str {
    match reason {
        EndReason::Revoked => text.words.revoked,
        EndReason::LoggedOut => text.words.logged_out,
        EndReason::Replaced { .. } => text.words.replaced,
        EndReason::Blocked => text.words.blocked,
        EndReason::Disabled => text.words.disabled,
        EndReason::Unused => text.words.unused,
        EndReason::Disowned => text.words.disowned,
    }
}

/// The same by the reason's stable name, as a receipt carries it; a name that is not known stands for itself.
pub fn reason_by_name<'t>(text: &Text, reason: &'t str) -> &'t str {
    match reason {
        "revoked" => text.words.revoked,
        "logged_out" => text.words.logged_out,
        "replaced" => text.words.replaced,
        "blocked" => text.words.blocked,
        "disabled" => text.words.disabled,
        "unused" => text.words.unused,
        "disowned" => text.words.disowned,
        other => other,
    }
}

/// What was done.
pub fn deed(text: &Text, deed: Deed) -> String {
    let deeds = &text.words.deeds;
    let plain = match deed {
        Deed::Granted { valid_until } => return (text.words.granted)(&ist::minute(valid_until)),
        Deed::Refreshed { session_expires_at } => return (text.words.refreshed)(&ist::minute(session_expires_at)),
        Deed::WindowChanged { enabled: true, minutes } => return (deeds.window_on)(&(text.words.span)(minutes)),
        Deed::Frozen { until: Some(until) } => return (deeds.frozen_until)(&ist::minute(until)),
        Deed::UnusedDaysSet { days: Some(days) } => return (deeds.unused_days)(days),
        Deed::Revoked => deeds.revoked,
        Deed::LoggedOut => deeds.logged_out,
        Deed::Replaced { .. } => deeds.replaced,
        Deed::Restricted { restriction } if restriction.is_none() => deeds.unrestricted,
        Deed::Restricted { .. } => deeds.restricted,
        Deed::Paused => deeds.paused,
        Deed::Resumed => deeds.resumed,
        Deed::Blocked => deeds.blocked,
        Deed::Disabled => deeds.disabled,
        Deed::Unused => deeds.unused,
        Deed::Disowned => deeds.disowned,
        Deed::WindowChanged { enabled: false, .. } => deeds.window_off,
        Deed::AspBlocked { .. } => deeds.asp_blocked,
        Deed::AspUnblocked { .. } => deeds.asp_unblocked,
        Deed::AspAllowed { .. } => deeds.asp_allowed,
        Deed::AspDisallowed { .. } => deeds.asp_disallowed,
        Deed::AllowListSet { on: true } => deeds.allow_list_on,
        Deed::AllowListSet { on: false } => deeds.allow_list_off,
        Deed::Frozen { until: None } => deeds.frozen,
        Deed::Thawed => deeds.thawed,
        Deed::UnusedDaysSet { days: None } => deeds.unused_never,
    };
    plain.to_owned()
}

/// Who did it: the name where one is known, and in which part.
pub fn by(text: &Text, event: &EventRow) -> String {
    let words = &text.words;
    let name = event.by.as_deref().unwrap_or(words.a_signatory);
    match event.event.actor {
        Actor::Application(_) | Actor::Signatory(_) => name.to_owned(),
        Actor::SignatoryBySms(_) => (words.by_sms)(name),
        Actor::Accountant(_) => (words.by_accountant)(name),
        Actor::OwnRule => words.own_rule.to_owned(),
        Actor::Officer(_) => words.gstn.to_owned(),
    }
}

/// What an alert tells.
pub fn alert(text: &Text, kind: AlertKind) -> &'static str {
    let alerts = &text.words.alerts;
    match kind {
        AlertKind::ConsentGiven => alerts.given,
        AlertKind::ConsentEnded => alerts.ended,
        AlertKind::ConsentRestricted => alerts.restricted,
        AlertKind::ConsentPaused => alerts.paused,
        AlertKind::ConsentResumed => alerts.resumed,
        AlertKind::WindowChanged => alerts.window_changed,
        AlertKind::AspBlocked => alerts.asp_blocked,
        AlertKind::AspUnblocked => alerts.asp_unblocked,
        AlertKind::AllowListChanged => alerts.allow_list_changed,
        AlertKind::Frozen => alerts.frozen,
        AlertKind::Thawed => alerts.thawed,
        AlertKind::UnusedDaysSet => alerts.unused_days_set,
        AlertKind::NearExpiry => alerts.near_expiry,
        AlertKind::UnusedSoon => alerts.unused_soon,
        AlertKind::AskRefused => alerts.ask_refused,
        AlertKind::AspSuspended => alerts.asp_suspended,
        AlertKind::ContactChanged => alerts.contact_changed,
        AlertKind::SecondContact => alerts.second_contact,
        AlertKind::UnusualUse => alerts.unusual_use,
        AlertKind::Reported => alerts.reported,
        AlertKind::Test => alerts.test,
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
        (DeliveryState::Delivered, _) => text.words.delivered,
        (DeliveryState::TemporaryFailure, _) => text.words.temporary_failure,
        (DeliveryState::PermanentFailure, _) => text.words.permanent_failure,
        (DeliveryState::TechnicalFailure, _) => text.words.technical_failure,
        (DeliveryState::Expired, _) => text.words.delivery_expired,
    }
}

/// The same with what a report said, where one did: why it did not arrive.
pub fn fate(text: &Text, row: &DeliveryRow) -> String {
    let words = &text.words;
    let failed = matches!(row.state, DeliveryState::PermanentFailure | DeliveryState::Expired);
    let why = match row.reason.filter(|_| failed) {
        Some(Reason::NoSuchRecipient) => words.no_such_recipient,
        Some(Reason::MailboxFull) => words.mailbox_full,
        Some(Reason::Unreachable) => words.unreachable,
        Some(Reason::Refused) => words.not_let_through,
        // The provider took it over, and says now that it did not arrive.
        None if failed && row.heard_at.is_some() => return words.not_delivered.into(),
        None => return delivery(text, row.channel, row.state).into(),
    };
    format!("{}: {why}", words.not_delivered)
}

/// By which road a message went, and to which masked address; the road alone where that is not known.
pub fn sent_to(text: &Text, row: &DeliveryRow) -> String {
    let road = channel(text, row.channel);
    if row.to.is_empty() { road.to_owned() } else { (text.consent.sent_to)(road, &row.to) }
}

/// Why an alert has no delivery.
pub fn not_sent(text: &Text, kind: AlertKind) -> &'static str {
    if kind.is_optional() { text.words.switched_off } else { text.words.not_sent }
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
        Some(RefuseReason::Frozen) => words.frozen,
        Some(RefuseReason::Blocked) => words.asp_blocked,
        Some(RefuseReason::Paused) => words.consent_paused,
        Some(RefuseReason::ReturnNotAllowed) => words.return_not_allowed,
        Some(RefuseReason::OutsideHours) => words.outside_hours,
        Some(RefuseReason::DayFull) => words.day_full,
    }
}

/// The share of a consent's validity that remains, 0 to 100, rounded down.
pub fn percent_left(consent: &Consent, as_of: Timestamp) -> i64 {
    let whole = consent.valid_until.duration_since(consent.granted_at).as_secs().max(1);
    let left = consent.ends_at().duration_since(as_of).as_secs();
    (left.max(0) * 100 / whole).min(100)
}

/// When a consent's time was over: its end, or else the end of its window.
pub fn over_at(consent: &Consent) -> Timestamp {
    consent.ended.map_or(consent.ends_at(), |ending| ending.at)
}
