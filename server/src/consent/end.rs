//! Ending: the taxpayer revokes, the ASP gives back. Once acknowledged, nothing passes.

use std::time::Duration;

use app::model::{
    Timestamp,
    consent::{Consent, EndReason, Moved, Refusal},
    gstin::Gstin,
    id::ConsentId,
    receipt::EndingReceipt,
    registry::Application,
    role::Move,
};

use jiff::SignedDuration;

use super::{By, Consents, Refused};
use crate::{
    nodes::WAITED_FOR,
    store::{StoreError, Writing, port::EndingRow},
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
    pub async fn revoke(&self, gstin: Gstin, id: ConsentId, by: impl Into<By> + Send) -> Result<Ended, Refused> {
        let by = by.into();
        by.may(Move::Tighten)?;
        let mut races = 0;
        loop {
            match self.try_revoke(gstin, id, &by).await {
                Err(Refused::Store(StoreError::Conflict)) if races < RACES_MAX => races += 1,
                answer => return answer,
            }
        }
    }

    async fn try_revoke(&self, gstin: Gstin, id: ConsentId, by: &By) -> Result<Ended, Refused> {
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let (consent, now) = (work.consent(gstin, id).await?.ok_or(Refused::UnknownConsent)?, self.clock.now());
        let (ended, effective_at) = match consent.end(by.actor, EndReason::Revoked, now) {
            Ok(moved) => {
                by.remember(&mut *work, gstin).await?;
                self.write_end(&mut *work, &moved).await?;
                (moved.consent, self.commit_change(work, gstin, now).await?)
            }
            Err(Refusal::Ended) => {
                if let Some(ending) = work.ending(gstin, id).await? {
                    return receipt(consent, ending);
                }
                // Whoever ended it is still waiting for it to hold, or died waiting.
                drop(work);
                (consent, self.nodes.make_effective(self.nodes.change(Some(gstin), now)).await)
            }
            Err(_) => return Ok(Ended::Expired),
        };
        receipt(ended, self.keep_ending(gstin, id, effective_at).await)
    }

    /// Remembers that an end holds everywhere. By now every server has written what it had counted, so that the last
    /// call is known. It has happened whether or not this can be written: where it cannot, the next one to ask tries.
    pub(super) async fn keep_ending(&self, gstin: Gstin, id: ConsentId, effective_at: Timestamp) -> EndingRow {
        let kept = async {
            let mut work = self.store.write().await?;
            let last_passed_at = work.usage(gstin, id).await?.last_passed_at;
            work.add_ending(gstin, id, &EndingRow { effective_at, last_passed_at }).await?;
            let ending = work.ending(gstin, id).await?;
            work.commit().await?;
            Ok::<_, StoreError>(ending)
        };
        match kept.await {
            Ok(Some(ending)) => ending,
            Ok(None) => EndingRow { effective_at, last_passed_at: None },
            Err(error) => {
                tracing::warn!(%error, consent = %id, "when an end held could not be written");
                EndingRow { effective_at, last_passed_at: None }
            }
        }
    }

    /// The receipt of an end, the same each time; `None` where there is no such end.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<Option<EndingReceipt>, StoreError> {
        let mut work = self.store.read().await?;
        let Some(consent) = work.consent(gstin, id).await? else { return Ok(None) };
        let Some(ended) = consent.ended else { return Ok(None) };
        if let Some(row) = work.ending(gstin, id).await? {
            return Ok(EndingReceipt::of(consent, row.effective_at, row.last_passed_at));
        }
        drop(work);
        // Nobody has written it down, or lived to: then it holds at the latest when every lease is over, and no receipt is
        // given before that.
        let effective_at = ended.at + SignedDuration::try_from(WAITED_FOR).unwrap_or(SignedDuration::ZERO);
        let left = Duration::try_from(effective_at.duration_since(self.clock.now())).unwrap_or_default();
        tokio::time::sleep(left.min(WAITED_FOR)).await;
        let mut work = self.store.read().await?;
        let row = match work.ending(gstin, id).await? {
            Some(row) => row,
            None => EndingRow { effective_at, last_passed_at: work.usage(gstin, id).await?.last_passed_at },
        };
        Ok(EndingReceipt::of(consent, row.effective_at, row.last_passed_at))
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
        let (row, consent) = self.own_session(&mut *work, application, taxpayer.gstin, token).await?;
        if row.session.closed_at.is_some() && consent.ended.is_none() {
            return Err(Refused::UnknownSession);
        }
        let now = self.clock.now();
        let moved = consent.log_out(now)?;
        self.write_end(&mut *work, &moved).await?;
        let effective_at = self.commit_change(work, taxpayer.gstin, now).await?;
        self.keep_ending(taxpayer.gstin, moved.consent.id, effective_at).await;
        Ok(())
    }

    pub(super) async fn write_end(&self, work: &mut dyn Writing, moved: &Moved) -> Result<(), StoreError> {
        work.update_consent(&moved.consent).await?;
        work.close_sessions(moved.consent.gstin, moved.consent.id, moved.event.at).await?;
        self.scribe.append(work, &moved.event).await?;
        self.owe_alert(work, &moved.event).await
    }
}

fn receipt(ended: Consent, row: EndingRow) -> Result<Ended, Refused> {
    let receipt = EndingReceipt::of(ended, row.effective_at, row.last_passed_at).ok_or(Refused::UnknownConsent)?;
    Ok(Ended::Receipt(Box::new(receipt)))
}
