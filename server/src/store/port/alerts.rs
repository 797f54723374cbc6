//! Alerts owed, and how their deliveries fare.

use app::model::{
    Timestamp,
    alert::{Alert, AlertKind, Channel, Delivery, Outcome},
    gstin::Gstin,
    id::{ConsentId, DeliveryId},
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
    /// The delivery after the attempt.
    pub after: Delivery,
    /// When the attempt ended.
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
    /// The deliveries about a consent, the oldest alert first.
    async fn deliveries_of_consent(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError>;

    /// The deliveries of a taxpayer's newest alert of a kind, where it is owed since then.
    async fn deliveries_of_newest(
        &mut self,
        gstin: Gstin,
        kind: AlertKind,
        since: Timestamp,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError>;

    /// When the next delivery of a channel is due, if one waits; a running lease counts as due at its end.
    async fn next_delivery_due(&mut self, channel: Channel) -> Result<Option<Timestamp>, StoreError>;

    /// How many deliveries of a channel are not at their end yet, counted up to a bound.
    async fn waiting_deliveries(&mut self, channel: Channel, up_to: u32) -> Result<u32, StoreError>;

    /// The attempts of these deliveries: of each the newest first. The schedule bounds how many there are.
    async fn attempts_of(&mut self, deliveries: &[&Delivery]) -> Result<Vec<AttemptOf>, StoreError>;
}

/// Writes of alerts.
#[async_trait]
pub trait WriteAlerts: Send {
    /// Adds an alert and its deliveries.
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// Leases deliveries of a channel that are due, the oldest first: until the lease ends nobody else gets them,
    /// then they are due again. `lease` names this lease, and is what [`WriteAlerts::settle_deliveries`] must show.
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

    /// The deliveries of a channel that should have been leased long ago, the oldest first. They are due anew at `now`, so
    /// that they are not given twice within that time.
    async fn overdue_deliveries(
        &mut self,
        channel: Channel,
        due_before: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError>;

    /// What waits on the other channels for the same alert and recipient as this delivery is due at once.
    async fn hurry_other_channels(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError>;

    /// Gives a worker's leased deliveries back: they are due at once.
    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError>;
}
