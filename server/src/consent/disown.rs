//! "I did not give this": the consent ends, its ASP is blocked, and the report gets a reference to quote.

use app::model::{
    alert::Matter,
    consent::{EndReason, Refusal},
    controls::{AspRule, Decided},
    gstin::Gstin,
    id::ConsentId,
    role::Move,
};

use super::{By, Consents, Refused, races::unless_outrun};

impl Consents {
    /// Ends a consent that the taxpayer never gave, with every other one of its ASP, blocks the ASP, and reports it. A
    /// consent that is over can be reported, too. Safe to repeat: the same reference again.
    ///
    /// # Errors
    /// [`Refused::NotYours`], [`Refused::UnknownConsent`], or [`Refused::Store`] where nothing was written.
    pub async fn disown(&self, gstin: Gstin, id: ConsentId, by: &By) -> Result<String, Refused> {
        unless_outrun(|| self.try_disown(gstin, id, by)).await
    }

    async fn try_disown(&self, gstin: Gstin, id: ConsentId, by: &By) -> Result<String, Refused> {
        by.may(Move::Tighten)?;
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let (consent, now) = (work.consent(gstin, id).await?.ok_or(Refused::UnknownConsent)?, self.clock.now());
        if let Some(reference) = work.report(gstin, id).await? {
            drop(work);
            self.hold_again(gstin).await;
            return Ok(reference);
        }
        by.remember(&mut *work, gstin).await?;
        let application = work.application(consent.application).await?.ok_or(Refused::UnknownConsent)?;
        let asp = application.asp.id;
        let controls = work.controls(gstin).await?.ok_or(Refused::UnknownUser)?;
        let block = Decided::Rule { asp, before: work.asp_rule(gstin, asp).await?, after: Some(AspRule::Blocked) };
        let blocked = controls.decide(block, by.actor, now)?;
        if let Some(decision) = &blocked {
            // Before the consent, as a check that holds both does; told after it, as it is what follows.
            work.update_controls(&decision.controls).await?;
            work.put_asp_rule(gstin, asp, Some(AspRule::Blocked), now).await?;
        }
        let mut ended = Vec::new();
        match consent.end(by.actor, EndReason::Disowned, now) {
            Ok(moved) => {
                self.write_end(&mut *work, &moved).await?;
                ended.push(id);
            }
            // It is over: what it was used for can be reported still.
            Err(Refusal::Ended | Refusal::Expired) => {}
            Err(refusal) => return Err(refusal.into()),
        }
        if let Some(decision) = blocked {
            self.scribe.append(&mut *work, &decision.event).await?;
            self.owe_alert(&mut *work, &decision.event).await?;
        }
        ended.extend(self.end_open(&mut *work, gstin, Some(asp), EndReason::Blocked, by, now).await?);
        // Eight digits are read out on the telephone; the help desk finds the report by them and the GSTIN.
        let reference = format!("R-{:08}", self.chance.below(100_000_000));
        work.add_report(gstin, id, &reference, now).await?;
        self.owe(&mut *work, gstin, Some(id), Matter::Reported { reference: reference.clone() }, now).await?;
        let effective_at = self.commit_change(work, gstin, now).await?;
        self.keep_endings(gstin, &ended, effective_at).await;
        Ok(reference)
    }
}
