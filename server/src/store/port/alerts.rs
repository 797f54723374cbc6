//! Alerts owed, and how their deliveries fare.

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery},
    gstin::Gstin,
    id::ConsentId,
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

/// What is due at a moment, and until when a lease on it then runs.
#[derive(Debug, Clone, Copy)]
pub struct DueBy {
    /// Now.
    pub now: Timestamp,
    /// The end of the lease.
    pub leased_until: Timestamp,
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

    /// When the next delivery of a channel is due, if one waits; a running lease counts as due at its end.
    async fn next_delivery_due(&mut self, channel: Channel) -> Result<Option<Timestamp>, StoreError>;
}

/// Writes of alerts.
#[async_trait]
pub trait WriteAlerts: Send {
    /// Adds an alert and its deliveries.
    async fn add_alert(&mut self, alert: &Alert, deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// Leases deliveries of a channel that are due, the oldest first: until `now + term` nobody else gets them,
    /// then they are due again. `lease` names this lease, and is what [`WriteAlerts::settle_delivery`] must show.
    async fn lease_deliveries(
        &mut self,
        worker: &str,
        lease: Uuid,
        channel: Channel,
        due: DueBy,
        limit: u32,
    ) -> Result<Vec<DeliveryOfConsent>, StoreError>;

    /// Writes what became of a leased delivery, and the attempt.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the lease is no longer held.
    async fn settle_delivery(
        &mut self,
        lease: Uuid,
        after: &Delivery,
        at: Timestamp,
        provider: &str,
        outcome: &str,
    ) -> Result<(), StoreError>;

    /// Gives a worker's leased deliveries back: they are due at once.
    async fn release_deliveries(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError>;
}
