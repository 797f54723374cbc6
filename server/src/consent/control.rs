//! Decisions about access as a whole: the window, the freeze, the allow-list, blocks, and what sleeps.

use app::model::{
    Timestamp,
    consent::EndReason,
    controls::{AspRule, Controls, Decided},
    gstin::Gstin,
    id::{AspId, ConsentId},
    role::Move,
};

use super::{By, Consents, Refused, races::unless_outrun};
use crate::store::Writing;

/// What somebody asks to be decided; what held before is read under the taxpayer's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// As it is.
    Plain(Decided),
    /// About one ASP.
    Rule {
        /// Which.
        asp: AspId,
        /// What shall hold.
        rule: Option<AspRule>,
    },
}

impl Consents {
    /// Makes a decision, and ends what it leaves no room for. What takes away just wins; what gives needs the version that
    /// was seen. Answers with what holds, from then on everywhere. Safe to repeat.
    ///
    /// # Errors
    /// [`Refused::NotYours`], [`Refused::Undecidable`], or [`Refused::Store`] with a conflict where it was decided on what
    /// holds no more.
    pub async fn decide(&self, gstin: Gstin, asked: Asked, version: i64, by: &By) -> Result<Controls, Refused> {
        unless_outrun(|| self.try_decide(gstin, asked, version, by)).await
    }

    async fn try_decide(&self, gstin: Gstin, asked: Asked, version: i64, by: &By) -> Result<Controls, Refused> {
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let now = self.clock.now();
        let before = work.controls(gstin).await?.ok_or(Refused::UnknownUser)?;
        let decided = match asked {
            Asked::Plain(decided) => decided,
            Asked::Rule { asp, rule } => {
                if !work.asp_exists(asp).await? {
                    return Err(Refused::UnknownConsent);
                }
                Decided::Rule { asp, before: work.asp_rule(gstin, asp).await?, after: rule }
            }
        };
        let Some(decision) = before.decide(decided, by.actor, now)? else {
            by.may(Move::Tighten)?;
            drop(work);
            self.hold_again(gstin).await;
            return Ok(before);
        };
        by.may(decision.made)?;
        if decision.made == Move::Loosen && version != before.window.version {
            return Err(Refused::Outdated);
        }
        by.remember(&mut *work, gstin).await?;
        work.update_controls(&decision.controls).await?;
        let ends = match decided {
            Decided::Rule { asp, after, .. } => {
                work.put_asp_rule(gstin, asp, after, now).await?;
                (after == Some(AspRule::Blocked)).then_some((Some(asp), EndReason::Blocked))
            }
            Decided::Window { enabled: false, .. } => Some((None, EndReason::Disabled)),
            _ => None,
        };
        self.scribe.append(&mut *work, &decision.event).await?;
        self.owe_alert(&mut *work, &decision.event).await?;
        let ended = match ends {
            Some((asp, reason)) => self.end_open(&mut *work, gstin, asp, reason, by, now).await?,
            None => Vec::new(),
        };
        let effective_at = self.commit_change(work, gstin, now).await?;
        self.keep_endings(gstin, &ended, effective_at).await;
        Ok(decision.controls)
    }

    /// Ends every open consent of a taxpayer, or those of one ASP.
    pub(super) async fn end_open(
        &self,
        work: &mut dyn Writing,
        gstin: Gstin,
        asp: Option<AspId>,
        reason: EndReason,
        by: &By,
        now: Timestamp,
    ) -> Result<Vec<ConsentId>, Refused> {
        let mut ended = Vec::new();
        for consent in work.open_consents(gstin, asp, now).await? {
            let moved = consent.end(by.actor, reason, now)?;
            self.write_end(work, &moved).await?;
            ended.push(moved.consent.id);
        }
        Ok(ended)
    }
}
