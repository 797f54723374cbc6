//! What the server tells the screen: the model's own types, with the names that a person reads beside them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{
    alert::{AlertKind, Channel, DeliveryState},
    consent::Consent,
    event::Event,
    gstin::Gstin,
    id::ContactId,
    language::Language,
    page::Page,
    usage::{Call, UsageTotals},
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
}

/// One consent in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRow {
    /// The consent.
    pub consent: Consent,
    /// The ASP's name.
    pub asp: String,
    /// The name of the GSP underneath.
    pub gsp: String,
    /// What it was used for.
    pub usage: UsageTotals,
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
    /// The consent as in the list.
    pub row: AccessRow,
    /// What happened to it, the oldest first.
    pub events: Vec<EventRow>,
    /// What was told about it, the oldest first.
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
}

/// An alert and its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    /// What it tells.
    pub kind: AlertKind,
    /// Since when it is owed.
    #[serde(with = "crate::model::moment")]
    pub owed_at: Timestamp,
    /// One row a channel and recipient.
    pub deliveries: Vec<DeliveryRow>,
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
    /// When the next attempt is due, where one is.
    #[serde(with = "crate::model::moment::option")]
    pub next_attempt_at: Option<Timestamp>,
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
