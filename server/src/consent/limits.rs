//! Limits on one consent, and its pause. What takes away just wins; what gives needs the version that was seen.

use app::model::{
    consent::{Consent, Moved, Refusal},
    gstin::Gstin,
    id::ConsentId,
    restriction::Restriction,
    role::Move,
};

use super::{By, Consents, Refused, races::unless_outrun};

/// What is to be done to a consent that goes on.
#[derive(Debug, Clone, Copy)]
enum Change {
    Restrict(Restriction),
    Pause,
    Resume,
}

impl Consents {
    /// Puts limits on a consent in place of those before. Safe to repeat.
    ///
    /// # Errors
    /// [`Refused::NotYours`], [`Refused::UnknownConsent`], [`Refused::Over`] where the model's rules say no, or a conflict
    /// where wider limits were asked for on another version.
    pub async fn restrict(
        &self,
        gstin: Gstin,
        id: ConsentId,
        version: i64,
        restriction: Restriction,
        by: &By,
    ) -> Result<Consent, Refused> {
        self.change(gstin, id, Some(version), Change::Restrict(restriction), by).await
    }

    /// Lets nothing pass for now. Safe to repeat.
    ///
    /// # Errors
    /// As [`Consents::restrict`].
    pub async fn pause(&self, gstin: Gstin, id: ConsentId, by: &By) -> Result<Consent, Refused> {
        self.change(gstin, id, None, Change::Pause, by).await
    }

    /// Lets it go on. Safe to repeat.
    ///
    /// # Errors
    /// As [`Consents::restrict`].
    pub async fn resume(&self, gstin: Gstin, id: ConsentId, version: i64, by: &By) -> Result<Consent, Refused> {
        self.change(gstin, id, Some(version), Change::Resume, by).await
    }

    async fn change(
        &self,
        gstin: Gstin,
        id: ConsentId,
        version: Option<i64>,
        change: Change,
        by: &By,
    ) -> Result<Consent, Refused> {
        unless_outrun(|| self.try_change(gstin, id, version, change, by)).await
    }

    async fn try_change(
        &self,
        gstin: Gstin,
        id: ConsentId,
        version: Option<i64>,
        change: Change,
        by: &By,
    ) -> Result<Consent, Refused> {
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let (consent, now) = (work.consent(gstin, id).await?.ok_or(Refused::UnknownConsent)?, self.clock.now());
        let made = match change {
            Change::Restrict(restriction) => Move::limits(&consent.restriction, &restriction),
            Change::Pause => Move::Tighten,
            Change::Resume => Move::Loosen,
        };
        by.may(made)?;
        let moved = match change {
            Change::Restrict(restriction) => consent.restrict(by.actor, restriction, now),
            Change::Pause => consent.pause(by.actor, now),
            Change::Resume => consent.resume(by.actor, now),
        };
        let moved = match (change, moved) {
            // What holds already was done before: said twice, it is done once.
            (Change::Pause, Err(Refusal::Paused)) | (Change::Resume, Err(Refusal::NotPaused)) => None,
            (Change::Restrict(restriction), Ok(_)) if restriction == consent.restriction => None,
            (_, moved) => Some(moved?),
        };
        let Some(Moved { consent: changed, event }) = moved else {
            drop(work);
            self.hold_again(gstin).await;
            return Ok(consent);
        };
        if made == Move::Loosen && version.is_some_and(|version| version != consent.version) {
            return Err(Refused::Outdated);
        }
        by.remember(&mut *work, gstin).await?;
        work.update_consent(&changed).await?;
        self.scribe.append(&mut *work, &event).await?;
        self.owe_alert(&mut *work, &event).await?;
        self.commit_change(work, gstin, now).await?;
        Ok(changed)
    }
}
