//! What comes due by itself: a word before a consent ends, and the end of what sleeps. Any node does it, one at a time.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    alert::Matter,
    consent::{Consent, EndReason},
    event::Actor,
    gstin::Gstin,
    role::Role,
};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::{By, Consents, Refused};
use crate::store::port::NoticeKind;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(60);
/// For how long a node has the sweep. One that dies within it is followed by another after that.
const LEASE: SignedDuration = SignedDuration::from_secs(50);
/// Consents of which it is told in one look; the next look goes on.
const NOTICES_MAX: u32 = 500;
/// Taxpayers that are read at once.
const TAXPAYERS_MAX: u32 = 100;
/// How long before the end of a sleeping consent it is told.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
const NAME: &str = "consents";

/// What a look found to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Told that a consent ends by its time soon.
    pub near_expiry: u32,
    /// Told that a consent ends soon because it sleeps.
    pub unused_soon: u32,
    /// Ended because they slept.
    pub ended: u32,
}

impl Consents {
    /// Looks every minute until told to stop.
    pub async fn keep_sweeping(self: Arc<Self>, stop: CancellationToken) {
        let sweeping = async {
            loop {
                match self.sweep().await {
                    Ok(swept) if swept == Swept::default() => {}
                    Ok(swept) => tracing::info!(?swept, "swept"),
                    Err(error) => tracing::warn!(%error, "a sweep failed; the next one goes on"),
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        stop.run_until_cancelled(sweeping).await;
    }

    /// One look, where no other node has it.
    ///
    /// # Errors
    /// [`Refused::Store`]; what was done until then is done.
    pub async fn sweep(&self) -> Result<Swept, Refused> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let shared = work.shared_now(now).await?;
        if !work.lease_sweep(NAME, shared, shared + LEASE).await? {
            return Ok(Swept::default());
        }
        work.commit().await?;
        let mut swept = Swept { near_expiry: self.tell_of_expiry(now).await?, ..Swept::default() };
        let mut after = String::new();
        loop {
            let page = self.store.read().await?.with_unused_days(&after, TAXPAYERS_MAX).await?;
            let Some((last, _)) = page.last() else { return Ok(swept) };
            after = last.to_string();
            for (gstin, days) in page {
                self.sweep_sleeping(gstin, days, now, &mut swept).await?;
            }
        }
    }

    async fn tell_of_expiry(&self, now: Timestamp) -> Result<u32, Refused> {
        let due = self.store.read().await?.ending_soon(now, NOTICES_MAX).await?;
        let mut told = 0;
        for consent in due {
            // Once a consent, whatever becomes of its end: the occasion is its grant.
            told += u32::from(
                self.tell(&consent, NoticeKind::NearExpiry, consent.granted_at, Matter::NearExpiry, now).await?,
            );
        }
        Ok(told)
    }

    async fn sweep_sleeping(&self, gstin: Gstin, days: u16, now: Timestamp, swept: &mut Swept) -> Result<(), Refused> {
        let allowed = SignedDuration::from_hours(24 * i64::from(days));
        let mut work = self.store.read().await?;
        let mut sleeping = Vec::new();
        for consent in work.open_consents(gstin, None, now).await? {
            let used = work.usage(gstin, consent.id).await?.last_passed_at.unwrap_or(consent.granted_at);
            let ends = used + allowed;
            if now < ends - BEFORE || ends >= consent.ends_at() {
                continue;
            }
            let noticed = work.noticed(gstin, consent.id, NoticeKind::UnusedSoon, used).await?;
            sleeping.push((consent, used, ends, noticed));
        }
        drop(work);
        for (consent, used, ends, noticed) in sleeping {
            match noticed {
                // A rule that was set just now, or a server that was down, still gives a day.
                None => {
                    let at = ends.max(now + BEFORE);
                    let matter = Matter::UnusedSoon { at };
                    let told = self.tell(&consent, NoticeKind::UnusedSoon, used, matter, now).await?;
                    swept.unused_soon += u32::from(told);
                }
                Some(noticed) if now >= ends && now >= noticed + BEFORE => {
                    swept.ended += u32::from(self.end_sleeping(&consent, used, now).await?);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Owes an alert about a consent that is still open, once.
    async fn tell(
        &self,
        consent: &Consent,
        kind: NoticeKind,
        occasion: Timestamp,
        matter: Matter,
        now: Timestamp,
    ) -> Result<bool, Refused> {
        let mut work = self.store.write().await?;
        work.lock_taxpayer(consent.gstin).await?;
        let open = work.consent(consent.gstin, consent.id).await?.is_some_and(|consent| consent.is_open(now));
        if !open || !work.add_notice(consent.gstin, consent.id, kind, occasion, now).await? {
            return Ok(false);
        }
        self.owe(&mut *work, consent.gstin, Some(consent.id), matter, now).await?;
        self.commit(work).await?;
        Ok(true)
    }

    /// Ends a consent that still sleeps, by the taxpayer's own rule.
    async fn end_sleeping(&self, seen: &Consent, used: Timestamp, now: Timestamp) -> Result<bool, Refused> {
        let (gstin, id) = (seen.gstin, seen.id);
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let Some(consent) = work.consent(gstin, id).await?.filter(|consent| consent.is_open(now)) else {
            return Ok(false);
        };
        let woke = work.usage(gstin, id).await?.last_passed_at.unwrap_or(consent.granted_at) > used;
        let ruled = work.controls(gstin).await?.is_some_and(|controls| controls.unused_days.is_some());
        if woke || !ruled {
            return Ok(false);
        }
        let by = By { actor: Actor::OwnRule, role: Role::Signatory, person: None };
        let moved = consent.end(by.actor, EndReason::Unused, now)?;
        self.write_end(&mut *work, &moved).await?;
        let effective_at = self.commit_change(work, gstin, now).await?;
        self.keep_endings(gstin, &[id], effective_at).await;
        Ok(true)
    }
}
