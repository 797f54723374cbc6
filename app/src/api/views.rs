//! What the server tells the screen: the model's own types, with the names that a person reads beside them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::ServiceError;
use crate::model::{
    alert::{AlertKind, Channel, DeliveryState},
    consent::Consent,
    controls::{AspRule, Controls},
    decide::RefuseReason,
    event::Event,
    gstin::Gstin,
    id::{AlertId, AspId, ConsentId, ContactId},
    language::Language,
    page::Page,
    report::Reason,
    role::Role,
    unusual::Sign,
    usage::{Call, Fetched, UsageOfDay, UsageTotals},
};

/// The signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The person's name, as the portal handed it over.
    pub name: String,
    /// The taxpayers the person may look at, at least one.
    pub taxpayers: Vec<TaxpayerChoice>,
}

/// One taxpayer the person may look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxpayerChoice {
    /// The registration.
    pub gstin: Gstin,
    /// The name over the door.
    pub trade_name: String,
    /// In which part the person comes: what [`Role::may`] says of a move is what the server does.
    pub role: Role,
}

/// One consent in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRow {
    /// The consent.
    pub consent: Consent,
    /// The ASP.
    pub asp_id: AspId,
    /// The ASP's name.
    pub asp: String,
    /// The name of the GSP underneath.
    pub gsp: String,
    /// What it was used for.
    pub usage: UsageTotals,
    /// Why no call passes now although the consent is open: paused, frozen, outside its hours, its ASP suspended.
    pub held_back: Option<RefuseReason>,
}

/// A page of consents, and the server's clock that it was judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessList {
    /// The moment of reading: time left is counted from here, never from the visitor's clock.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// The rows.
    pub page: Page<AccessRow>,
}

/// Everything about one consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPage {
    /// The moment of reading.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// In which part the person comes.
    pub role: Role,
    /// The consent as in the list.
    pub row: AccessRow,
    /// What the taxpayer decided about its ASP.
    pub rule: Option<AspRule>,
    /// What to quote to the help desk, where the taxpayer reported that they never gave it.
    pub reported: Option<String>,
    /// Signs of unusual use, the newest first.
    pub unusual: Vec<UnusualRow>,
    /// What was fetched, day by day.
    pub usage: Vec<UsageOfDay>,
    /// What was fetched, by kind, period and outcome, the newest first.
    pub fetched: Vec<Fetched>,
    /// What happened to it, the oldest first.
    pub events: Vec<EventRow>,
    /// What was told about it, of much the newest; the oldest first.
    pub alerts: Vec<AlertRow>,
    /// The newest calls; more by [`super::AccessService::calls`].
    pub calls: Page<Call>,
}

/// An event and who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// The fact.
    pub event: Event,
    /// The name of the ASP or of the person, where one is known; else the actor's role says it.
    pub by: Option<String>,
    /// The name of the ASP that it is about, where it is about one.
    pub about: Option<String>,
}

/// An alert and its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    /// Which alert of the taxpayer.
    pub id: AlertId,
    /// What it tells.
    pub kind: AlertKind,
    /// Since when it is owed.
    #[serde(with = "crate::model::moment")]
    pub owed_at: Timestamp,
    /// The ASP that it is about, where it is about one and the page does not say so anyway.
    pub about: Option<About>,
    /// One row a channel and recipient; none where it was switched off.
    pub deliveries: Vec<DeliveryRow>,
    /// Whether what became of it may change while somebody reads it: then it is worth looking again.
    pub moves: bool,
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The ASP's name.
    pub asp: String,
    /// Its consent, where it is about a single one.
    pub consent: Option<(Gstin, ConsentId)>,
}

/// What was told about a taxpayer's access, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldPage {
    /// The moment of reading.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// Every alert, also those that nobody was sent.
    pub page: Page<AlertRow>,
}

/// How one delivery fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// E-mail or SMS.
    pub channel: Channel,
    /// The masked address or number.
    pub to: String,
    /// What is known of it.
    pub state: DeliveryState,
    /// When the provider took it over, if it did.
    #[serde(with = "crate::model::moment::option")]
    pub accepted_at: Option<Timestamp>,
    /// When a report said what became of it, if one did.
    #[serde(with = "crate::model::moment::option")]
    pub heard_at: Option<Timestamp>,
    /// Why it did not arrive, where a report said so.
    pub reason: Option<Reason>,
    /// When the next attempt is due, where one is.
    #[serde(with = "crate::model::moment::option")]
    pub next_attempt_at: Option<Timestamp>,
}

/// A sign of unusual use that was alerted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusualRow {
    /// The alert: what "this is fine" names.
    pub alert: AlertId,
    /// The consent.
    pub consent: ConsentId,
    /// How it is unusual, with the numbers.
    pub sign: Sign,
    /// When it was seen.
    #[serde(with = "crate::model::moment")]
    pub at: Timestamp,
    /// When the taxpayer said that it is fine, if they did.
    #[serde(with = "crate::model::moment::option")]
    pub fine_at: Option<Timestamp>,
}

/// All that a taxpayer decided about access as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlsPage {
    /// The moment of reading.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// In which part the person comes.
    pub role: Role,
    /// The decisions; `controls.window.version` is what a change has to show.
    pub controls: Controls,
    /// The durations that an access window may have, in minutes, the shortest first.
    pub window_steps: Vec<i64>,
    /// Consents that are open now: what switching access off would end.
    pub open: i64,
    /// ASPs that have or had access, or about which something was decided, by name; at most a thousand.
    pub asps: Vec<AspRow>,
}

/// An ASP, as a taxpayer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AspRow {
    /// The ASP.
    pub asp: AspId,
    /// Its name.
    pub name: String,
    /// What was decided about it.
    pub rule: Option<AspRule>,
    /// Since when.
    #[serde(with = "crate::model::moment::option")]
    pub since: Option<Timestamp>,
    /// Its consents that are open now: what a block would end.
    pub open: i64,
}

/// A taxpayer among several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewRow {
    /// Which, and in which part the person comes.
    pub taxpayer: TaxpayerChoice,
    /// The decisions about access as a whole.
    pub controls: Controls,
    /// Consents that are open now.
    pub open: i64,
    /// Of these, paused ones.
    pub paused: i64,
    /// The one that ends first.
    #[serde(with = "crate::model::moment::option")]
    pub next_end: Option<Timestamp>,
    /// The last call that passed on one of them.
    #[serde(with = "crate::model::moment::option")]
    pub last_passed_at: Option<Timestamp>,
}

/// All taxpayers of a person, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The moment of reading.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// One row a taxpayer, in the order of [`Me`].
    pub rows: Vec<OverviewRow>,
}

/// What became of one of several that were to be ended. Each stands for itself: one that fails stops no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedOne {
    /// Whose.
    pub gstin: Gstin,
    /// The consent.
    pub id: ConsentId,
    /// It is ended (its receipt is there), or why not.
    pub result: Result<(), ServiceError>,
}

/// What became of one of several registrations that were to be frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenOne {
    /// Which.
    pub gstin: Gstin,
    /// It is frozen, or why not.
    pub result: Result<(), ServiceError>,
}

/// What was fetched, day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsagePage {
    /// The moment of reading.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// One row a day and kind that has calls, the oldest first; at most [`USAGE_DAYS_MAX`] days.
    pub days: Vec<UsageOfDay>,
}

/// Days that a chart goes back.
pub const USAGE_DAYS_MAX: i64 = 92;

/// What happened to a taxpayer's access, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedsPage {
    /// The facts.
    pub rows: Vec<EventRow>,
    /// Where older ones begin: what to ask for next; `None` on the last page.
    pub before: Option<i64>,
}

/// What a person decides about their own alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsPage {
    /// The moment of reading.
    #[serde(with = "crate::model::moment")]
    pub as_of: Timestamp,
    /// Whose alerts.
    pub gstin: Gstin,
    /// The language that the person reads them in.
    pub language: Language,
    /// The languages to choose from: those that messages are written in.
    pub languages: Vec<Language>,
    /// The person's masked address.
    pub email: String,
    /// The person's masked number.
    pub mobile: String,
    /// The optional kinds, and whether each is wanted by e-mail and by SMS.
    pub choices: Vec<AlertChoice>,
    /// Guards the choice against a racing one.
    pub version: i64,
    /// Second contacts that count or wait.
    pub contacts: Vec<SecondContact>,
    /// The newest test that the person sent themselves, for a day.
    pub test: Option<AlertRow>,
}

/// Whether an optional kind of alert is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertChoice {
    /// The kind.
    pub kind: AlertKind,
    /// By e-mail.
    pub email: bool,
    /// By SMS.
    pub sms: bool,
}

/// A second contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondContact {
    /// Ours.
    pub id: ContactId,
    /// The person's name.
    pub name: String,
    /// The masked address.
    pub email: String,
    /// The masked number.
    pub mobile: String,
    /// Since when it gets a copy of each alert.
    #[serde(with = "crate::model::moment::option")]
    pub confirmed_at: Option<Timestamp>,
    /// Until when its codes can be answered, where it waits for that.
    #[serde(with = "crate::model::moment::option")]
    pub waits_until: Option<Timestamp>,
    /// Tries that are left.
    pub tries_left: u8,
}
