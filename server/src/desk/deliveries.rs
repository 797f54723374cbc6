//! The deliveries that an officer looks for, page by page.

use app::{
    api::views::DeliveryRow,
    model::{
        Timestamp,
        alert::{AlertKind, Channel, DeliveryState, Outcome},
        gstin::Gstin,
        id::{AlertId, ConsentId, DeliveryId},
        ist,
        language::Language,
        report::{Reason, Verdict},
    },
    text::{self, words},
};
use serde::Serialize;

use super::columns::{columns, tamed};
use crate::store::{
    Store, StoreError,
    port::{DeliverySearch, FoundDelivery},
};

/// A page of deliveries, the newest first.
#[derive(Debug)]
pub struct Listing {
    rows: Vec<FoundDelivery>,
    next: Option<DeliveryId>,
}

/// Reads a page of what is looked for.
///
/// # Errors
/// [`StoreError`] where the database cannot be read.
pub async fn deliveries(store: &dyn Store, search: &DeliverySearch) -> Result<Listing, StoreError> {
    let one_more = DeliverySearch { limit: search.limit.saturating_add(1), ..search.clone() };
    let mut rows = store.read().await?.find_deliveries(&one_more).await?;
    let page = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    rows.truncate(page);
    let next = rows.last().filter(|_| more).map(|row| row.delivery.id);
    Ok(Listing { rows, next })
}

impl Listing {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// After which delivery the next page begins, where one follows.
    pub fn next(&self) -> Option<DeliveryId> {
        self.next
    }

    /// A line a delivery, in the words of the taxpayer's screen.
    pub fn table(&self) -> String {
        let heading =
            ["Owed (IST)", "GSTIN", "Alert", "By", "What became of it", "Provider", "Said last", "Tries", "Delivery"];
        columns(heading, &self.rows.iter().map(cells).collect::<Vec<_>>(), heading.len())
    }

    /// A JSON object a line, under names that stay.
    ///
    /// # Errors
    /// Never in fact: every value has its JSON.
    pub fn json_lines(&self) -> Result<String, serde_json::Error> {
        self.rows.iter().map(|row| Ok(serde_json::to_string(&Line::of(row))? + "\n")).collect()
    }
}

fn cells(row: &FoundDelivery) -> [String; 9] {
    let (text, delivery) = (text::of(Language::En), &row.delivery);
    let (provider, said) = row
        .last
        .as_ref()
        .map_or_else(|| ("-".to_owned(), "-".to_owned()), |last| (tamed(&last.provider), said(&last.outcome)));
    [
        ist::second(row.alert.owed_at),
        delivery.gstin.to_string(),
        words::alert(text, row.alert.matter.kind()).to_owned(),
        words::channel(text, delivery.channel).to_owned(),
        words::fate(text, &on_the_screen(row)),
        provider,
        said,
        delivery.attempts.to_string(),
        delivery.id.to_string(),
    ]
}

/// As the taxpayer's screen has it, but for the address, which an officer is not shown.
fn on_the_screen(row: &FoundDelivery) -> DeliveryRow {
    let delivery = &row.delivery;
    DeliveryRow {
        channel: delivery.channel,
        to: String::new(),
        state: delivery.state,
        accepted_at: delivery.accepted_at,
        heard_at: delivery.heard.at,
        reason: delivery.heard.reason,
        next_attempt_at: next_attempt_at(row),
    }
}

fn next_attempt_at(row: &FoundDelivery) -> Option<Timestamp> {
    let waits = matches!(row.delivery.state, DeliveryState::Queued | DeliveryState::TemporaryFailure);
    waits.then_some(row.delivery.due_at)
}

/// What a provider said, as far as it steers nothing.
pub(super) fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted".into(),
        Outcome::Temporary { detail, .. } => tamed(&format!("not now: {detail}")),
        Outcome::Permanent { detail } => tamed(&format!("never: {detail}")),
    }
}

/// A delivery as programs read it. Moments are UTC (RFC 3339), words the model's own.
#[derive(Serialize)]
struct Line<'a> {
    id: DeliveryId,
    owed_at: Timestamp,
    gstin: Gstin,
    kind: AlertKind,
    alert: AlertId,
    consent: Option<ConsentId>,
    channel: Channel,
    state: DeliveryState,
    attempts: u32,
    next_attempt_at: Option<Timestamp>,
    attempted_at: Option<Timestamp>,
    provider: Option<&'a str>,
    outcome: Option<&'static str>,
    detail: Option<&'a str>,
    accepted_at: Option<Timestamp>,
    verdict: Option<Verdict>,
    reason: Option<Reason>,
    heard_at: Option<Timestamp>,
}

impl<'a> Line<'a> {
    fn of(row: &'a FoundDelivery) -> Self {
        let FoundDelivery { alert, delivery, last } = row;
        let (outcome, detail) = match last.as_ref().map(|last| &last.outcome) {
            None => (None, None),
            Some(Outcome::Accepted { .. }) => (Some("accepted"), None),
            Some(Outcome::Temporary { detail, .. }) => (Some("temporary"), Some(detail.as_str())),
            Some(Outcome::Permanent { detail }) => (Some("permanent"), Some(detail.as_str())),
        };
        Self {
            id: delivery.id,
            owed_at: alert.owed_at,
            gstin: delivery.gstin,
            kind: alert.matter.kind(),
            alert: alert.id,
            consent: alert.consent,
            channel: delivery.channel,
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: next_attempt_at(row),
            attempted_at: last.as_ref().map(|last| last.at),
            provider: last.as_ref().map(|last| last.provider.as_str()),
            outcome,
            detail,
            accepted_at: delivery.accepted_at,
            verdict: delivery.heard.verdict,
            reason: delivery.heard.reason,
            heard_at: delivery.heard.at,
        }
    }
}
