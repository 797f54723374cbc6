//! Ending: the taxpayer revokes, the ASP gives back. Once acknowledged, nothing passes.

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

use super::{By, Consents, Refused, races::unless_outrun};
use crate::store::{
    StoreError, Writing,
    port::{EndingRow, OwedSecurityEvent},
};

/// How long an end may take to hold everywhere before whoever tells the GSP looks after it: longer than the longest wait
/// for silent servers ([`crate::nodes::WAITED_FOR`]), so that as a rule nothing is waited for twice.
const HELD_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// What a revoke found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was live and is ended now, or had been ended before: the receipt is the same each time.
    Receipt(Box<EndingReceipt>),
    /// It is ended and nothing passes any more, but what its receipt says cannot be read or written now: it can be asked
    /// for later.
    ReceiptFollows,
    /// Its time was over before anybody ended it; nothing had to be done.
    Expired,
}

impl Consents {
    /// The taxpayer ends a consent. Safe to repeat, and never an error for something that happened.
    ///
    /// # Errors
    /// [`Refused::UnknownConsent`], or [`Refused::Store`] where nothing was written.
    pub async fn revoke(&self, gstin: Gstin, id: ConsentId, by: impl Into<By> + Send) -> Result<Ended, Refused> {
        let by = by.into();
        by.may(Move::Tighten)?;
        unless_outrun(|| self.try_revoke(gstin, id, &by)).await
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
                drop(work);
                (consent, self.hold_again(gstin).await)
            }
            Err(_) => return Ok(Ended::Expired),
        };
        let effective_at = ended.ended.map_or(effective_at, |end| end.at.max(effective_at));
        match self.keep_ending(gstin, id, effective_at).await {
            Ok(ending) => receipt(ended, ending),
            Err(error) => {
                tracing::warn!(%error, consent = %id, "when an end held could not be written");
                Ok(Ended::ReceiptFollows)
            }
        }
    }

    /// Remembers that an end holds everywhere. By now every server has written what it had counted, so that the last
    /// call is known. It has happened whether or not this can be written: where it cannot, the next one to ask tries.
    /// `effective_at` is not before the end's own moment, whichever servers' clocks the two are from.
    pub(super) async fn keep_ending(
        &self,
        gstin: Gstin,
        id: ConsentId,
        effective_at: Timestamp,
    ) -> Result<EndingRow, StoreError> {
        let mut work = self.store.write().await?;
        let ending = write_ending(&mut *work, gstin, id, effective_at).await?;
        work.commit().await?;
        (self.end_held)();
        Ok(ending)
    }

    /// The same for several ends, where nobody asks for their receipts now.
    pub(super) async fn keep_endings(&self, gstin: Gstin, ended: &[ConsentId], effective_at: Timestamp) {
        if ended.is_empty() {
            return;
        }
        let kept = async {
            let mut work = self.store.write().await?;
            for id in ended {
                write_ending(&mut *work, gstin, *id, effective_at).await?;
            }
            work.commit().await
        };
        match kept.await {
            Ok(()) => (self.end_held)(),
            Err(error) => {
                tracing::warn!(%error, consents = ?ended, "when ends held could not be written; whoever asks for them does");
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
        let ending = if let Some(ending) = work.ending(gstin, id).await? {
            ending
        } else {
            drop(work);
            let effective_at = self.hold_again(gstin).await.max(ended.at);
            self.keep_ending(gstin, id, effective_at).await?
        };
        Ok(EndingReceipt::of(consent, ending.effective_at, ending.last_passed_at))
    }

    /// Waits until a decision holds everywhere that is committed, and of which nobody has written that it does: whoever made
    /// it is still waiting, or died waiting, and who decides the same again is told no sooner. No clock can say it instead:
    /// the moment of the decision was taken before it was committed, on a server whose clock may be behind.
    pub(super) async fn hold_again(&self, gstin: Gstin) -> Timestamp {
        self.nodes.make_effective(self.nodes.change(Some(gstin), self.clock.now())).await
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
        self.keep_endings(taxpayer.gstin, &[moved.consent.id], effective_at).await;
        Ok(())
    }

    pub(super) async fn write_end(&self, work: &mut dyn Writing, moved: &Moved) -> Result<(), StoreError> {
        work.update_consent(&moved.consent).await?;
        work.close_sessions(moved.consent.gstin, moved.consent.id, moved.event.at).await?;
        self.scribe.append(work, &moved.event).await?;
        owe_security_event(work, &moved.consent, moved.event.at).await?;
        self.owe_alert(work, &moved.event).await
    }
}

/// Owes the consent's GSP a security event about its end. It is not told before the end holds everywhere: whoever waits
/// for that hurries it, and if they die waiting, whoever tells it makes sure itself.
pub(super) async fn owe_security_event(
    work: &mut dyn Writing,
    ended: &Consent,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Consent { gstin, id: consent, application, .. } = *ended;
    let due_at = work.shared_now(at).await? + HELD_WITHIN;
    work.owe_security_event(&OwedSecurityEvent { gstin, consent, application, at, due_at }).await
}

/// The first one to write when an end held stays; the answer is what stays. An end held not before the last call that
/// passed: where clocks differ, that call's moment may be of a server whose clock is ahead, and the end's of one whose is not.
async fn write_ending(
    work: &mut dyn Writing,
    gstin: Gstin,
    id: ConsentId,
    effective_at: Timestamp,
) -> Result<EndingRow, StoreError> {
    let last_passed_at = work.usage(gstin, id).await?.last_passed_at;
    let effective_at = last_passed_at.map_or(effective_at, |last| last.max(effective_at));
    let ending = EndingRow { effective_at, last_passed_at };
    work.add_ending(gstin, id, &ending).await?;
    let now = work.shared_now(effective_at).await?;
    work.hurry_security_event(gstin, id, now).await?;
    Ok(work.ending(gstin, id).await?.unwrap_or(ending))
}

fn receipt(ended: Consent, row: EndingRow) -> Result<Ended, Refused> {
    let receipt = EndingReceipt::of(ended, row.effective_at, row.last_passed_at).ok_or(Refused::UnknownConsent)?;
    Ok(Ended::Receipt(Box::new(receipt)))
}
