//! Ending: the taxpayer revokes, the ASP gives back. Once acknowledged, nothing passes.

use app::model::{
    consent::{Moved, Refusal},
    gstin::Gstin,
    id::{ConsentId, SignatoryId},
    receipt::EndingReceipt,
    registry::Application,
};

use super::{Consents, Refused};
use crate::{
    ledger,
    store::{StoreError, Writing},
};

/// What a revoke found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was live and is ended now, or had been ended before: the receipt is the same each time.
    Receipt(Box<EndingReceipt>),
    /// Its time was over before anybody ended it; nothing had to be done.
    Expired,
}

/// How often a lost race is run again. Each time the other one has won, so that two are enough: an ended
/// consent then gives its receipt, a refreshed one is ended.
const RACES_MAX: u32 = 8;

impl Consents {
    /// The taxpayer ends a consent. Safe to repeat, and never an error for something that happened.
    ///
    /// # Errors
    /// [`Refused::UnknownConsent`], or [`Refused::Store`] where nothing was written.
    pub async fn revoke(&self, gstin: Gstin, id: ConsentId, by: SignatoryId) -> Result<Ended, Refused> {
        let mut races = 0;
        loop {
            match self.try_revoke(gstin, id, by).await {
                Err(Refused::Store(StoreError::Conflict)) if races < RACES_MAX => races += 1,
                answer => return answer,
            }
        }
    }

    async fn try_revoke(&self, gstin: Gstin, id: ConsentId, by: SignatoryId) -> Result<Ended, Refused> {
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let consent = work.consent(gstin, id).await?.ok_or(Refused::UnknownConsent)?;
        let ended = match consent.revoke(by, self.clock.now()) {
            Ok(moved) => {
                self.write_end(&mut *work, &moved).await?;
                moved.consent
            }
            Err(Refusal::Ended) => consent,
            Err(Refusal::Expired) => return Ok(Ended::Expired),
        };
        let usage = work.usage(gstin, id).await?;
        self.commit(work).await?;
        EndingReceipt::of(ended, usage).map(|receipt| Ended::Receipt(Box::new(receipt))).ok_or(Refused::UnknownConsent)
    }

    /// The ASP gives a consent back.
    ///
    /// # Errors
    /// [`Refused::UnknownSession`] for a token that is not this application's; [`Refused::Over`] where the
    /// consent is over.
    pub async fn log_out(&self, application: &Application, username: &str, token: &str) -> Result<(), Refused> {
        let mut work = self.store.write().await?;
        let taxpayer = work.taxpayer_by_username(username).await?.ok_or(Refused::UnknownUser)?;
        work.lock_taxpayer(taxpayer.gstin).await?;
        let facts = self.facts(&mut *work, application, token).await?;
        if facts.consent.gstin != taxpayer.gstin || facts.session.closed_at.is_some() && facts.consent.ended.is_none() {
            return Err(Refused::UnknownSession);
        }
        let moved = facts.consent.log_out(self.clock.now())?;
        self.write_end(&mut *work, &moved).await?;
        Ok(self.commit(work).await?)
    }

    async fn write_end(&self, work: &mut dyn Writing, moved: &Moved) -> Result<(), StoreError> {
        work.update_consent(&moved.consent).await?;
        work.close_sessions(moved.consent.gstin, moved.consent.id, moved.event.at).await?;
        ledger::append(work, &moved.event).await?;
        self.owe_alert(work, &moved.event).await
    }
}
