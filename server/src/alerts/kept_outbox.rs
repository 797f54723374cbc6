//! The outbox over the store: what one transaction wrote as owed, with the names that a message shows.

use std::sync::Arc;

use app::model::{Timestamp, alert::Channel, alert::Delivery};
use async_trait::async_trait;
use jiff::SignedDuration;

use super::outbox::{Attempt, Leased, Notice, Outbox, OutboxError, Recipient};
use crate::{
    chance::Chance,
    clock::Clock,
    store::{
        Store, StoreError, Writing,
        port::{DeliveryOfConsent, DueBy},
    },
    vault::Vault,
};

/// The outbox of a store.
pub struct KeptOutbox {
    /// Where deliveries are.
    pub store: Arc<dyn Store>,
    /// Opens contact data.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names leases.
    pub chance: Arc<dyn Chance>,
}

impl From<StoreError> for OutboxError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::LeaseLost,
            other => Self::Store(other.to_string()),
        }
    }
}

impl KeptOutbox {
    async fn tell(&self, work: &mut dyn Writing, due: &DeliveryOfConsent) -> Result<(Recipient, Notice), OutboxError> {
        let missing = |what: &str| OutboxError::Store(format!("delivery {}: {what} is missing", due.delivery.id));
        let gstin = due.alert.gstin;
        let taxpayer = work.taxpayer(gstin).await?.ok_or_else(|| missing("its taxpayer"))?;
        let consent = due.alert.consent.ok_or_else(|| missing("its consent"))?;
        let consent = work.consent(gstin, consent).await?.ok_or_else(|| missing("its consent"))?;
        let application = work.application(consent.application).await?.ok_or_else(|| missing("its application"))?;
        let signatories = work.signatories(gstin).await?;
        let to = signatories.iter().find(|signatory| signatory.id == due.delivery.recipient);
        let to = to.ok_or_else(|| missing("its recipient"))?;
        let to = to.open(&self.vault).map_err(|error| OutboxError::Store(error.to_string()))?;
        let recipient = Recipient { name: to.name, email: to.email, mobile: to.mobile, language: to.language };
        let notice = Notice {
            kind: due.alert.matter.kind(),
            gstin,
            trade_name: taxpayer.trade_name,
            asp_name: application.asp.name,
            asp_short: application.asp.short_name,
            gsp_name: application.gsp.name,
            gsp_short: application.gsp.short_name,
            happened_at: due.alert.owed_at,
            valid_until: consent.ends_at(),
            ended_reason: consent.ended.map(|ending| ending.reason),
            consent: consent.id,
        };
        Ok((recipient, notice))
    }
}

#[async_trait]
impl Outbox for KeptOutbox {
    async fn lease_due(
        &self,
        worker: &str,
        channel: Channel,
        now: Timestamp,
        term: SignedDuration,
        limit: u32,
    ) -> Result<Vec<Leased>, OutboxError> {
        let lease_token = self.chance.id(now);
        let mut work = self.store.write().await?;
        let due_by = DueBy { now, leased_until: now + term };
        let mut leased = Vec::new();
        for due in work.lease_deliveries(worker, lease_token, channel, due_by, limit).await? {
            // One delivery whose rows are damaged must not hold up the others: it comes again after its lease.
            match self.tell(&mut *work, &due).await {
                Ok((recipient, notice)) => {
                    leased.push(Leased { delivery: due.delivery, lease_token, recipient, notice });
                }
                Err(error) => tracing::error!(%error, "a delivery cannot be composed"),
            }
        }
        work.commit().await?;
        Ok(leased)
    }

    async fn settle(&self, leased: &Leased, after: &Delivery, attempt: &Attempt) -> Result<(), OutboxError> {
        let outcome = serde_json::to_string(&attempt.outcome).map_err(|error| OutboxError::Store(error.to_string()))?;
        let mut work = self.store.write().await?;
        work.settle_delivery(leased.lease_token, after, attempt.at, &attempt.provider, &outcome).await?;
        Ok(work.commit().await?)
    }

    async fn release(&self, worker: &str) -> Result<(), OutboxError> {
        let mut work = self.store.write().await?;
        work.release_deliveries(worker, self.clock.now()).await?;
        Ok(work.commit().await?)
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, OutboxError> {
        Ok(self.store.read().await?.next_delivery_due(channel).await?)
    }
}
