//! Alerts owed because of an event: one delivery a channel for each signatory, in the event's own transaction.

use app::model::{
    alert::{Alert, Channel, Delivery, DeliveryState, Matter},
    event::Event,
    id::{AlertId, DeliveryId},
};

use super::Consents;
use crate::store::{StoreError, Writing};

impl Consents {
    pub(super) async fn owe_alert(&self, work: &mut dyn Writing, event: &Event) -> Result<(), StoreError> {
        let Some(matter) = Matter::owed(event.deed) else { return Ok(()) };
        let id = AlertId(self.chance.id(event.at));
        let alert = Alert { gstin: event.gstin, id, consent: event.consent, matter, owed_at: event.at };
        let mut deliveries = Vec::new();
        for signatory in work.signatories(event.gstin).await? {
            deliveries.extend(Channel::ALL.map(|channel| Delivery {
                gstin: event.gstin,
                id: DeliveryId(self.chance.id(event.at)),
                alert: id,
                channel,
                recipient: signatory.id,
                state: DeliveryState::Queued,
                due_at: event.at,
                attempts: 0,
                accepted_at: None,
            }));
        }
        work.add_alert(&alert, &deliveries).await
    }
}
