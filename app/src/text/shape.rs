//! What every language must say.

use super::documents::DocumentsText;
use crate::model::ist::Left;

/// One language's messages.
pub struct Text {
    pub frame: Frame,
    pub access: AccessText,
    pub consent: ConsentText,
    pub revoke: RevokeText,
    pub receipt: ReceiptText,
    pub documents: DocumentsText,
    pub notice: Notice,
    pub words: Words,
}

/// Header, tabs, footer.
pub struct Frame {
    pub skip: &'static str,
    pub product: &'static str,
    pub section: &'static str,
    pub emblem: &'static str,
    pub welcome: fn(&str) -> String,
    pub choose_language: &'static str,
    pub sign_out: &'static str,
    pub tabs: &'static str,
    pub access_now: &'static str,
    pub history: &'static str,
    pub taxpayers: &'static str,
    pub never_asks: &'static str,
    pub help_desk: &'static str,
    pub grievance: &'static str,
    pub policies: &'static str,
    pub related_sites: &'static str,
    pub gst_portal: &'static str,
    pub updated: &'static str,
    pub loading: &'static str,
}

/// The two lists, and the choice of a taxpayer.
pub struct AccessText {
    pub now_lead: &'static str,
    pub history_lead: &'static str,
    pub now_empty: &'static str,
    pub now_empty_more: &'static str,
    pub history_empty: &'static str,
    pub page_empty: &'static str,
    pub asp: &'static str,
    pub gsp: &'static str,
    pub given_on: &'static str,
    pub valid_till: &'static str,
    pub last_used: &'static str,
    pub calls: &'static str,
    pub status: &'static str,
    pub over_on: &'static str,
    pub details_of: fn(&str) -> String,
    pub as_of: fn(&str) -> String,
    pub pages: &'static str,
    pub first_page: &'static str,
    pub next_page: &'static str,
    pub home_title: &'static str,
    pub home_lead: &'static str,
}

/// A consent's own page.
pub struct ConsentText {
    pub title: fn(&str) -> String,
    pub facts: &'static str,
    pub reference: &'static str,
    pub passed: &'static str,
    pub refused: &'static str,
    pub revoke: &'static str,
    pub see_receipt: &'static str,
    pub events: &'static str,
    pub alerts: &'static str,
    pub alerts_lead: &'static str,
    pub no_alerts: &'static str,
    pub calls: &'static str,
    pub no_calls: &'static str,
    pub when: &'static str,
    pub what: &'static str,
    pub by: &'static str,
    pub to: &'static str,
    pub channel: &'static str,
    pub state: &'static str,
    pub api: &'static str,
    pub period: &'static str,
    pub outcome: &'static str,
    pub next_attempt: fn(&str) -> String,
}

/// The question before a revoke.
pub struct RevokeText {
    pub title: fn(&str) -> String,
    pub lead: fn(&str, &str) -> String,
    pub from_now: fn(&str) -> String,
    pub final_word: &'static str,
    pub again: fn(&str) -> String,
    pub fetched_stays: fn(&str) -> String,
    pub told: &'static str,
    pub button: fn(&str) -> String,
    pub cancel: &'static str,
    pub over_already: &'static str,
}

/// The receipt after it.
pub struct ReceiptText {
    pub title: &'static str,
    pub lead: fn(&str) -> String,
    pub ended_at: &'static str,
    pub by: &'static str,
    pub why: &'static str,
    pub last_passed: &'static str,
    pub never_called: &'static str,
    pub effective_at: &'static str,
    pub keep: &'static str,
    pub back: &'static str,
}

/// Pages that say why there is nothing to see.
pub struct Notice {
    pub sign_in_title: &'static str,
    pub sign_in: &'static str,
    pub sign_in_link: &'static str,
    pub signed_out_title: &'static str,
    pub signed_out: &'static str,
    pub not_found_title: &'static str,
    pub not_found: &'static str,
    pub unreadable_title: &'static str,
    pub unreadable: &'static str,
    pub conflict_title: &'static str,
    pub conflict: &'static str,
    pub unavailable_title: &'static str,
    pub unavailable: &'static str,
    pub request_id: &'static str,
    pub no_connection_title: &'static str,
    pub no_connection: &'static str,
    pub home: &'static str,
}

/// Words for the model's values.
pub struct Words {
    pub left: fn(Left) -> String,
    pub live: &'static str,
    pub expired: &'static str,
    pub revoked: &'static str,
    pub logged_out: &'static str,
    pub replaced: &'static str,
    pub granted: fn(&str) -> String,
    pub refreshed: fn(&str) -> String,
    pub deed_revoked: &'static str,
    pub deed_logged_out: &'static str,
    pub deed_replaced: &'static str,
    pub alert_given: &'static str,
    pub alert_ended: &'static str,
    pub email: &'static str,
    pub sms: &'static str,
    pub queued: &'static str,
    pub sending: &'static str,
    pub accepted_email: &'static str,
    pub accepted_sms: &'static str,
    pub temporary_failure: &'static str,
    pub permanent_failure: &'static str,
    pub technical_failure: &'static str,
    pub never: &'static str,
    pub none: &'static str,
    pub passed: &'static str,
    pub unknown_token: &'static str,
    pub other_application: &'static str,
    pub other_gstin: &'static str,
    pub consent_ended: &'static str,
    pub consent_expired: &'static str,
    pub session_closed: &'static str,
    pub session_expired: &'static str,
    pub suspended: &'static str,
    pub access_disabled: &'static str,
}
