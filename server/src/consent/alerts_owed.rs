//! Alerts owed because of an event: one delivery a channel for each signatory, in the event's own transaction.

use app::model::{
    alert::{Alert, AlertKind, Channel, Delivery, DeliveryState},
    event::{Deed, Event},
    id::{AlertId, DeliveryId},
};

use super::Consents;
use crate::store::{StoreError, Writing};

/// What a deed makes us owe. A refresh changes nothing the taxpayer agreed to; the alert about the newer
/// consent tells of a replacement.
pub fn alert_owed(deed: Deed) -> Option<AlertKind> {
    match deed {
        Deed::Granted { .. } => Some(AlertKind::ConsentGiven),
        Deed::Revoked | Deed::LoggedOut => Some(AlertKind::ConsentEnded),
        Deed::Refreshed { .. } | Deed::Replaced { .. } => None,
    }
}

impl Consents {
    pub(super) async fn owe_alert(&self, work: &mut dyn Writing, event: &Event) -> Result<(), StoreError> {
        let Some(kind) = alert_owed(event.deed) else { return Ok(()) };
        let id = AlertId(self.chance.id(event.at));
        let alert = Alert { gstin: event.gstin, id, consent: event.consent, kind, owed_at: event.at };
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
