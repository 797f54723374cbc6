//! Alerts owed because of an event, in the event's own transaction.

use app::model::{alert::Matter, event::Event};

use super::Consents;
use crate::{
    alerts::owe::{Owed, owe},
    store::{StoreError, Writing},
};

impl Consents {
    pub(super) async fn owe_alert(&self, work: &mut dyn Writing, event: &Event) -> Result<(), StoreError> {
        let Some(matter) = Matter::owed(event.deed) else { return Ok(()) };
        let owed = Owed { gstin: event.gstin, consent: event.consent, matter, at: event.at };
        owe(work, &*self.chance, owed).await
    }
}
