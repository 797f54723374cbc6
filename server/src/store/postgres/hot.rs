//! The statements that every request, check or alert runs, by name, so that a test can ask PostgreSQL how it runs them.

use super::{alerts, consents, contacts, notices, otp_requests, portal, registry, taxpayers, usage};

/// Name and text of each.
pub const HOT_STATEMENTS: [(&str, &str); 30] = [
    ("session by token", consents::SESSION),
    ("consent by id", consents::CONSENT),
    ("consent by id, held", consents::CONSENT_HELD),
    ("consent by id, listed", consents::LISTED),
    ("live consents of an application", consents::LIVE_OF_APPLICATION),
    ("live list", consents::LIST_LIVE),
    ("history list", consents::LIST_PAST),
    ("events", consents::EVENTS),
    ("chain head", consents::CHAIN_HEAD),
    ("calls", usage::CALLS),
    ("deliveries of consent", alerts::OF_CONSENT),
    ("due", alerts::DUE),
    ("lease", alerts::LEASE),
    ("newest of a kind", alerts::NEWEST),
    ("next due", alerts::NEXT_DUE),
    ("settle", alerts::SETTLE),
    ("overdue", alerts::OVERDUE),
    ("hurry other channels", alerts::HURRY_OTHERS),
    ("waiting", alerts::WAITING),
    ("last providers", alerts::LAST_PROVIDERS),
    ("taxpayers of", taxpayers::TAXPAYERS_OF),
    ("signatories of", taxpayers::SIGNATORIES_OF),
    ("consents of", consents::CONSENTS_OF),
    ("second contacts", contacts::SECOND_CONTACTS),
    ("preferences", contacts::PREFERENCES),
    ("actors at", contacts::ACTORS_AT),
    ("open notices", notices::OPEN),
    ("portal session", portal::SESSION),
    ("application by client id", registry::BY_CLIENT_ID),
    ("otp pending", otp_requests::PENDING),
];
