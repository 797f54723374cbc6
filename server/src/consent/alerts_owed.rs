//! Alerts owed because of an event, in the event's own transaction.

use app::model::{
    Timestamp,
    alert::Matter,
    event::Event,
    gstin::Gstin,
    id::{AlertId, ConsentId},
};

use super::Consents;
use crate::{
    alerts::owe::{Owed, owe},
    store::{StoreError, Writing},
};

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
        owe(work, &*self.chance, Owed { gstin, consent, matter, at }).await
    }
}
