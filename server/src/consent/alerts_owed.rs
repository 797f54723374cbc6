//! Alerts owed because of an event: one delivery a channel for each signatory, in the event's own transaction.

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery, DeliveryState, Matter},
    event::Event,
    gstin::Gstin,
    id::{AlertId, ConsentId, DeliveryId},
};

use super::Consents;
use crate::store::{StoreError, Writing};

impl Consents {
    pub(super) async fn owe_alert(&self, work: &mut dyn Writing, event: &Event) -> Result<(), StoreError> {
        match Matter::owed(event.deed) {
            Some(matter) => self.owe(work, event.gstin, event.consent, matter, event.at).await.map(drop),
            None => Ok(()),
        }
    }

    /// Owes an alert, whatever it is because of.
    pub(crate) async fn owe(
        &self,
        work: &mut dyn Writing,
        gstin: Gstin,
        consent: Option<ConsentId>,
        matter: Matter,
        at: Timestamp,
    ) -> Result<AlertId, StoreError> {
        let id = AlertId(self.chance.id(at));
        let alert = Alert { gstin, id, consent, matter, owed_at: at };
        let mut deliveries = Vec::new();
        for signatory in work.signatories(gstin).await? {
            deliveries.extend(Channel::ALL.map(|channel| Delivery {
                gstin,
                id: DeliveryId(self.chance.id(at)),
                alert: id,
                channel,
                recipient: signatory.id,
                state: DeliveryState::Queued,
                due_at: at,
                attempts: 0,
                accepted_at: None,
            }));
        }
        work.add_alert(&alert, &deliveries).await?;
        Ok(id)
    }
}
