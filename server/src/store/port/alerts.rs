//! Alerts owed, and how their deliveries fare.

use app::model::{
    Timestamp,
    alert::{Alert, AlertKind, Channel, Delivery, Outcome},
    gstin::Gstin,
    id::{ConsentId, DeliveryId, SignatoryId},
    page::Cursor,
};
use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// A delivery with the alert it carries.
#[derive(Debug, Clone)]
pub struct DeliveryOfConsent {
    /// The alert.
    pub alert: Alert,
    /// One delivery of it.
    pub delivery: Delivery,
}

/// Who was asked in one attempt, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptOf {
    /// To take which delivery.
    pub delivery: DeliveryId,
    /// Which provider.
    pub provider: String,
    /// Its answer.
    pub outcome: Outcome,
}

/// An alert with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAlert {
    /// The alert.
    pub alert: Alert,
    /// Its deliveries by road and recipient; none where everybody had switched it off.
    pub deliveries: Vec<Delivery>,
}

impl KeptAlert {
    /// Each alert with those of the deliveries that are its own; both stay in their order.
    pub fn each(alerts: Vec<Alert>, deliveries: Vec<Delivery>) -> Vec<Self> {
        let mut kept: Vec<_> = alerts.into_iter().map(|alert| Self { alert, deliveries: Vec::new() }).collect();
        for delivery in deliveries {
            if let Some(owed) = kept.iter_mut().find(|kept| kept.alert.id == delivery.alert) {
                owed.deliveries.push(delivery);
            }
        }
        kept
    }
}

/// Alerts that are read of one consent: the newest. Each has at most sixty deliveries, two for each of the people that
/// [`super::ReadContacts::addressees`] finds.
pub const ALERTS_OF_CONSENT_MAX: u32 = 100;

/// What is due at a moment, and until when a lease on it then runs; by the clock that nodes share
/// ([`super::ReadNodes::shared_now`]), as every `due_at` of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct DueBy {
    /// Now.
    pub now: Timestamp,
    /// The end of the lease.
    pub leased_until: Timestamp,
}

/// What became of a delivery that a worker had leased.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The lease that it was given under.
    pub lease: Uuid,
    /// The delivery as it is now.
    pub after: Delivery,
    /// The attempt; `None` where nobody could be asked.
    pub attempt: Option<MadeAttempt>,
}

/// An attempt, as it is written down.
#[derive(Debug, Clone)]
pub struct MadeAttempt {
    /// When it ended.
    pub at: Timestamp,
    /// By which provider.
    pub provider: String,
    /// How it ended, as JSON.
    pub outcome: String,
    /// By what the provider's reports will name it, where it sends reports.
    pub reference: Option<String>,
}

/// Reads of alerts.
#[async_trait]
pub trait ReadAlerts: Send {
    /// The newest alerts about a consent, at most [`ALERTS_OF_CONSENT_MAX`]; of these the oldest first.
    async fn alerts_of_consent(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<KeptAlert>, StoreError>;

    /// A page of everything that was told about a taxpayer's access, the newest first, and one row more where there is one.
    async fn alerts_of_taxpayer(&mut self, gstin: Gstin, after: Option<Cursor>) -> Result<Vec<KeptAlert>, StoreError>;

    /// The newest alert of a kind that is owed to a signatory of a taxpayer, where it is owed since then.
    async fn newest_alert_to(
        &mut self,
        gstin: Gstin,
        recipient: SignatoryId,
        kind: AlertKind,
        since: Timestamp,
    ) -> Result<Option<KeptAlert>, StoreError>;

    /// When the next delivery of a channel is due, if one waits; a running lease counts as due at its end.
    async fn next_delivery_due(&mut self, channel: Channel) -> Result<Option<Timestamp>, StoreError>;

    /// How many deliveries of a channel are not at their end yet, counted up to a bound.
    async fn waiting_deliveries(&mut self, channel: Channel, up_to: u32) -> Result<u32, StoreError>;

    /// The deliveries of a channel that wait for an attempt, of those that were owed before a moment and made after this one,
    /// the oldest first. Whatever they wait for: when they are due plays no part.
    async fn overdue_deliveries(
        &mut self,
        channel: Channel,
        after: DeliveryId,
        owed_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// The attempts of these deliveries: of each the newest first. The schedule bounds how many there are.
    async fn attempts_of(&mut self, deliveries: &[&Delivery]) -> Result<Vec<AttemptOf>, StoreError>;
}

/// Writes of alerts.
#[async_trait]
pub trait WriteAlerts: Send {
    /// Adds an alert and its deliveries.
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// Leases deliveries of a channel that are due, the oldest first: until the lease ends nobody else gets them,
    /// then they are due again. What is known to have arrived is settled as that, in place of being leased: its report may have
    /// come while it was being sent once more, by somebody who never wrote that down. `lease` names this lease, and is what
    /// [`WriteAlerts::settle_deliveries`] must show.
    async fn lease_deliveries(
        &mut self,
        worker: &str,
        lease: Uuid,
        channel: Channel,
        due: DueBy,
        limit: u32,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError>;

    /// Writes what became of leased deliveries, and the attempts. Whether each lease was still held, in their order: where
    /// it was not, nothing is written of that delivery.
    async fn settle_deliveries(&mut self, settled: &[Settlement]) -> Result<Vec<bool>, StoreError>;

    /// What waits on the other channels for the same alert and recipient as this delivery is due at once.
    async fn hurry_other_channels(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError>;

    /// Gives a worker's leased deliveries back: they are due at once, or settled where they are known to have arrived.
    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError>;
}
