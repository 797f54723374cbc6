//! The statements that every request, check or alert runs, by name, so that a test can ask PostgreSQL how it runs them.

use super::{
    alerts, consents, contacts, control, deliveries, ledger, nodes, notices, otp_requests, portal, push, receipts,
    registry, reports, stops, taxpayers, usage,
};
use crate::store::{
    StoreError, find, find_deliveries,
    port::{DeliverySearch, Search},
};

/// The text of the statement that a search over consents becomes.
///
/// # Errors
/// [`StoreError`] where what is looked for has no name in the database.
pub fn search_statement(search: &Search) -> Result<String, StoreError> {
    Ok(find::query::<sqlx::Postgres, _>(consents::SELECT_LISTED, search, |id| id)?.into_string())
}

/// The text of the statement that a search over deliveries becomes.
///
/// # Errors
/// As [`search_statement`].
pub fn deliveries_statement(search: &DeliverySearch) -> Result<String, StoreError> {
    Ok(find_deliveries::query::<sqlx::Postgres, _>(search, |id| id)?.into_string())
}

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
    ("newest of a kind", alerts::NEWEST),
    ("next due", alerts::NEXT_DUE),
    ("settle", alerts::SETTLE),
    ("overdue", alerts::OVERDUE),
    ("hurry other channels", alerts::HURRY_OTHERS),
    ("waiting", alerts::WAITING),
    ("last providers", alerts::LAST_PROVIDERS),
    ("deliveries by reference", reports::BY_REFERENCE),
    ("deliveries by id", reports::BY_IDS),
    ("write what was heard", reports::WRITE_HEARD),
    ("silent deliveries", reports::SILENT),
    ("first report due", reports::FIRST_DUE),
    ("early reports", reports::TAKE_EARLY),
    ("signatories by mobile", reports::BY_MOBILE),
    ("wrong codes of a number", stops::WRONG_CODES),
    ("count a wrong code", stops::COUNT_WRONG_CODE),
    ("taxpayers of", taxpayers::TAXPAYERS_OF),
    ("signatories of", taxpayers::SIGNATORIES_OF),
    ("consents of", consents::CONSENTS_OF),
    ("second contacts", contacts::SECOND_CONTACTS),
    ("addressees", contacts::ADDRESSEES),
    ("preferences", contacts::PREFERENCES),
    ("actors at", contacts::ACTORS_AT),
    ("failed deliveries counted", deliveries::COUNT_FAILED),
    ("waiting deliveries counted", deliveries::COUNT_WAITING),
    ("deliveries counted", deliveries::COUNT_ALL),
    ("oldest waiting", deliveries::OLDEST_WAITING),
    ("open notices", notices::OPEN),
    ("open notices counted", notices::COUNT_OPEN),
    ("notice by id", notices::BY_ID),
    ("portal session", portal::SESSION),
    ("receipt", receipts::KEPT),
    ("event of a receipt", receipts::LINKED),
    ("application by client id", registry::BY_CLIENT_ID),
    ("application by id", registry::BY_ID),
    ("gateway by secret", registry::GATEWAY),
    ("taxpayer by user name", taxpayers::BY_USERNAME),
    ("taxpayer by gstin", taxpayers::BY_GSTIN),
    ("signatories", taxpayers::SIGNATORIES),
    ("controls", taxpayers::CONTROLS),
    ("asp rule", taxpayers::ASP_RULE),
    ("what a held taxpayer decided", taxpayers::DECIDED),
    ("asp rules", taxpayers::ASP_RULES),
    ("hold a taxpayer", taxpayers::LOCK),
    ("update controls", taxpayers::UPDATE_CONTROLS),
    ("otp pending", otp_requests::PENDING),
    ("supersede an otp", otp_requests::SUPERSEDE),
    ("update an otp", otp_requests::UPDATE_REQUEST),
    ("rate of a taxpayer", otp_requests::SET_RATE_OF_TAXPAYER),
    ("rate of an application", otp_requests::SET_RATE_OF_APPLICATION),
    ("update consent", consents::UPDATE_CONSENT),
    ("close sessions", consents::CLOSE_SESSIONS),
    ("append an event", consents::APPEND_EVENT),
    ("append an event and its leaf", consents::APPEND_EVENT_AND_LEAF),
    ("chain", consents::CHAIN),
    ("end portal session", portal::END_SESSION),
    ("usage", usage::USAGE),
    ("add calls", usage::ADD_CALLS),
    ("nodes", nodes::NODES),
    ("renew a node", nodes::RENEW),
    ("retire a node", nodes::RETIRE),
    ("changes", nodes::CHANGES),
    ("one change", nodes::HAS_CHANGE),
    ("forget changes", nodes::FORGET_CHANGES),
    ("ending", nodes::ENDING),
    ("open consents", control::OPEN),
    ("open consents of an ASP", control::OPEN_OF_ASP),
    ("count of open consents", control::COUNT_OPEN),
    ("deeds", control::CHAIN_BEFORE),
    ("ending soon", control::ENDING_SOON),
    ("usage by day", usage::DAYS),
    ("passed on a day", usage::PASSED_ON_DAY),
    ("fetched", usage::FETCHED),
    ("hold usage", usage::HOLD),
    ("leaf of an event", ledger::LEAF),
    ("tiles", ledger::TILES),
    ("newest checkpoint", ledger::NEWEST_CHECKPOINT),
    ("owed leaves", ledger::OWED),
    ("leaves placed", ledger::PLACE),
    ("security event", push::OF_CONSENT),
    ("owe a security event", push::OWE),
    ("hurry a security event", push::HURRY),
    ("push targets due", push::TARGETS_DUE),
    ("security events due", push::DUE),
    ("security events due, held", push::DUE_HELD),
    ("lease security events", push::LEASE),
    ("settle a security event", push::SETTLE),
    ("settle fetched ones", push::SETTLE_FETCHED),
    ("give security events up", push::GIVE_UP),
    ("gsp by poll secret", push::BY_POLL_SECRET),
];
