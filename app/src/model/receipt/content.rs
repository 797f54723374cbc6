//! What receipts say: content made on the server, read back where it is checked. `docs/RECEIPTS.md` maps each field to
//! ISO/IEC TS 27560 and to the electronic consent artefact of India's IT ministry.

use jiff::Timestamp;

use super::{
    ending::EndingReceipt,
    fault::Fault,
    hash_list::HashList,
    json::Json,
    seal::{from_hex, to_hex},
};
use crate::model::{
    consent::{Consent, EndReason},
    event::{Actor, Event},
    merkle::{Inclusion, PublicKeys, chain_hash_of_text},
    moment,
    registry::Application,
};

/// Which of the two receipts of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    /// It was given.
    Given,
    /// It was ended.
    Ended,
}

impl ReceiptKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Given, Self::Ended];

    /// The stable name, in the content and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "consent_receipt",
            Self::Ended => "ending_receipt",
        }
    }
}

/// An event's place in its taxpayer's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// 1 for the first.
    pub seq: i64,
    /// The hash before it.
    pub before: [u8; 32],
    /// Its own.
    pub hash: [u8; 32],
    /// The event, as it was hashed.
    pub event: String,
}

/// Whose receipt, beside the consent's own facts.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The consent.
    pub consent: &'a Consent,
    /// Who obtained it.
    pub application: &'a Application,
    /// The taxpayer's name over the door.
    pub trade_name: &'a str,
    /// Who gives the receipt out: the server's public address.
    pub issuer: &'a str,
    /// The event that it is about.
    pub event: &'a Event,
    /// Where that event stands.
    pub linked: &'a Linked,
}

/// What the artefacts ask for and the GST protocol has no field for. Said rather than made up.
const NOT_STATED: [&str; 6] =
    ["purpose", "lawful_basis", "data_life", "storage_location", "privacy_notice", "access_frequency"];
/// How a consent is ended, in words.
const WITHDRAWAL: &str = "gst.gov.in > My Profile > Manage API Access, or by the ASP over the GST API (LOGOUT)";

/// What was agreed, at the moment of the agreement.
pub fn consent_receipt(subject: &Subject<'_>) -> Json {
    receipt(subject, ReceiptKind::Given, [])
}

/// That it ended: when it was committed, when the last call passed, from when on it held on every server.
pub fn ending_receipt(subject: &Subject<'_>, ending: &EndingReceipt) -> Json {
    let reason = ending.ending.reason;
    let replaced_by = if let EndReason::Replaced { by } = reason { Json::text(by.to_string()) } else { Json::Null };
    let last = ending.last_passed_at.map_or(Json::Null, |at| Json::text(at.to_string()));
    let ended = Json::object([
        ("committed_at", Json::text(ending.ending.at.to_string())),
        ("effective_at", Json::text(ending.effective_at.to_string())),
        ("last_call_passed_at", last),
        ("reason", Json::text(reason.deed().name())),
        ("replaced_by", replaced_by),
    ]);
    receipt(subject, ReceiptKind::Ended, [("ending", ended)])
}

fn receipt<const N: usize>(subject: &Subject<'_>, kind: ReceiptKind, more: [(&str, Json); N]) -> Json {
    let Subject { consent, application, trade_name, issuer, event, linked } = *subject;
    let party = |id: String, name: &str, role: &str| {
        Json::object([("id", Json::text(id)), ("name", Json::text(name)), ("role", Json::text(role))])
    };
    let (by, by_id) = match event.actor {
        Actor::Application(id) => ("application", id.to_string()),
        Actor::Signatory(id) => ("signatory", id.to_string()),
        Actor::SignatoryBySms(id) => ("signatory_by_sms", id.to_string()),
        Actor::Accountant(id) => ("accountant", id.to_string()),
        Actor::OwnRule => ("own_rule", String::new()),
        Actor::Officer(id) => ("officer", id.to_string()),
    };
    let gstin = consent.gstin.to_string();
    let receipt = Json::object([
        (
            "access",
            Json::object([
                ("application_id", Json::text(application.id.to_string())),
                ("client_id", Json::text(application.client_id.clone())),
                ("data", Json::text("the taxpayer's GST data, over the GST API")),
                ("mode", Json::text("QUERY")),
                ("obtained_by", Json::text("OTP")),
                ("revocable", Json::Bool(true)),
                ("withdrawal_method", Json::text(WITHDRAWAL)),
            ]),
        ),
        (
            "event",
            Json::object([
                ("by", Json::text(by)),
                ("by_id", Json::text(by_id)),
                ("time", Json::text(event.at.to_string())),
                ("type", Json::text(event.deed.name())),
            ]),
        ),
        ("issued_by", Json::text(issuer)),
        ("kind", Json::text(kind.name())),
        (
            "ledger",
            Json::object([
                ("before", Json::text(to_hex(&linked.before))),
                ("event", Json::text(linked.event.clone())),
                ("hash", Json::text(to_hex(&linked.hash))),
                ("seq", Json::Number(linked.seq)),
            ]),
        ),
        ("not_stated", Json::List(NOT_STATED.map(Json::text).to_vec())),
        (
            "parties",
            Json::object([
                ("asp", party(application.asp.id.to_string(), &application.asp.name, "data consumer")),
                ("gsp", party(application.gsp.id.to_string(), &application.gsp.name, "consent collector")),
                (
                    "provider",
                    Json::object([("name", Json::text("GST Network")), ("role", Json::text("data provider"))]),
                ),
                ("taxpayer", party(gstin.clone(), trade_name, "PII principal")),
            ]),
        ),
        ("pii_principal_id", Json::text(gstin)),
        ("receipt_id", Json::text(format!("{}/{}", consent.id, event.deed.name()))),
        ("record_id", Json::text(consent.id.to_string())),
        ("schema_version", Json::text("1")),
        (
            "validity",
            Json::object([
                ("from", Json::text(consent.granted_at.to_string())),
                ("until", Json::text(consent.valid_until.to_string())),
            ]),
        ),
    ]);
    let Json::Object(mut fields) = receipt else { return receipt };
    fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Json::Object(fields)
}

/// What a checked document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A receipt.
    Receipt(Box<Facts>),
    /// An exported file.
    HashList(HashList),
}

/// The facts of a receipt that a person wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Of a grant, or of an end.
    pub kind: ReceiptKind,
    /// The consent's id.
    pub reference: String,
    /// Whose data.
    pub gstin: String,
    /// The taxpayer's name.
    pub taxpayer: String,
    /// The ASP.
    pub asp: String,
    /// The GSP.
    pub gsp: String,
    /// Who gave the receipt out.
    pub issued_by: String,
    /// Which entry of the taxpayer's chain its event is, 1 for the first.
    pub entry: i64,
    /// When it was given.
    pub given_at: Timestamp,
    /// The end of its window at the moment of the receipt.
    pub valid_until: Timestamp,
    /// Its end, in an ending receipt.
    pub over: Option<Over>,
    /// The place of its event in the log, where the receipt proves it.
    pub in_log: Option<u64>,
}

/// An end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// Committed then.
    pub committed_at: Timestamp,
    /// From then on nothing passed anywhere.
    pub effective_at: Timestamp,
    /// The last call that had passed.
    pub last_call_passed_at: Option<Timestamp>,
    /// The name of the deed that ended it: `revoked`, `logged_out`, `replaced`, `blocked` …
    pub reason: String,
}

/// Reads signed content, and checks what in it and beside it proves itself: the event's hash, and its place in the log.
pub(super) fn read(content: &Json, proof: Option<&Json>, keys: &PublicKeys) -> Result<Told, Fault> {
    let missing = || Fault::Misplaced { part: "content".into() };
    let kind = content.text_at("/kind").ok_or_else(missing)?;
    let kind = ReceiptKind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(missing)?;
    let hash = linked_hash(content).ok_or(Fault::Chain)?;
    let in_log = proof.map(|proof| place_in_log(proof, hash, keys).ok_or(Fault::Proof)).transpose()?;
    facts(content, kind, in_log).map(|facts| Told::Receipt(Box::new(facts))).ok_or_else(missing)
}

/// The hash of the event in a receipt, where the event leads to it.
fn linked_hash(content: &Json) -> Option<[u8; 32]> {
    let before: [u8; 32] = from_hex(content.text_at("/ledger/before")?)?;
    let hash = from_hex(content.text_at("/ledger/hash")?)?;
    let event = content.text_at("/ledger/event")?;
    (chain_hash_of_text(before, event) == hash).then_some(hash)
}

/// Where a proof shows that the log has an event.
fn place_in_log(proof: &Json, chain_hash: [u8; 32], keys: &PublicKeys) -> Option<u64> {
    let inclusion: Inclusion = serde_json::from_str(&proof.canonical()).ok()?;
    let known: Vec<_> = keys.keys.iter().map(|key| key.public_key).collect();
    inclusion.check(chain_hash, &keys.origin, &known).ok()?;
    Some(inclusion.index)
}

fn facts(content: &Json, kind: ReceiptKind, in_log: Option<u64>) -> Option<Facts> {
    let text = |path: &str| content.text_at(path).map(str::to_owned);
    let at = |path: &str| content.text_at(path).and_then(moment::parse);
    let over = match kind {
        ReceiptKind::Given => None,
        ReceiptKind::Ended => Some(Over {
            committed_at: at("/ending/committed_at")?,
            effective_at: at("/ending/effective_at")?,
            last_call_passed_at: at("/ending/last_call_passed_at"),
            reason: text("/ending/reason")?,
        }),
    };
    Some(Facts {
        kind,
        reference: text("/record_id")?,
        gstin: text("/pii_principal_id")?,
        taxpayer: text("/parties/taxpayer/name")?,
        asp: text("/parties/asp/name")?,
        gsp: text("/parties/gsp/name")?,
        issued_by: text("/issued_by")?,
        entry: content.number_at("/ledger/seq")?,
        given_at: at("/validity/from")?,
        valid_until: at("/validity/until")?,
        over,
        in_log,
    })
}
