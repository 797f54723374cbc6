//! The statements that every request, check or alert runs, by name, so that a test can ask PostgreSQL how it runs them.

use super::{alerts, consents, ledger, otp_requests, portal, registry, usage};

/// Name and text of each.
pub const HOT_STATEMENTS: &[(&str, &str)] = &[
    ("session by token", consents::SESSION),
    ("consent by id", consents::CONSENT),
    ("consent by id, held", consents::CONSENT_HELD),
    ("consent by id, listed", consents::LISTED),
    ("live consents of an application", consents::LIVE_OF_APPLICATION),
    ("live sessions through a GSP", consents::LIVE_SESSIONS_BESIDE),
    ("live list", consents::LIST_LIVE),
    ("history list", consents::LIST_PAST),
    ("events", consents::EVENTS),
    ("chain head", consents::CHAIN_HEAD),
    ("calls", usage::CALLS),
    ("deliveries of consent", alerts::OF_CONSENT),
    ("due", alerts::DUE),
    ("lease", alerts::LEASE),
    ("next due", alerts::NEXT_DUE),
    ("portal session", portal::SESSION),
    ("application by client id", registry::BY_CLIENT_ID),
    ("otp pending", otp_requests::PENDING),
    ("leaf of an event", ledger::LEAF),
    ("tiles", ledger::TILES),
    ("newest checkpoint", ledger::NEWEST_CHECKPOINT),
    ("owed leaves", ledger::OWED),
    ("leaves placed", ledger::PLACE),
];
