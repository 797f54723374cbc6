//! The outbox over the store: what one transaction wrote as owed, with the names that a message shows.
//!
//! Leases and what is due go by the clock that nodes share: a node whose own clock is off takes nothing from another that
//! is still sending it, and holds nothing back for as long as its clock is ahead.

mod facts;

use std::{collections::HashMap, sync::Arc};

use app::model::{
    Timestamp,
    alert::{Channel, Delivery, DeliveryState, Outcome},
    id::DeliveryId,
    notice::NoticeKind,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use uuid::Uuid;

use self::facts::Facts;
#[cfg(test)]
pub(super) use self::facts::names_asp;
use super::{
    escalate::escalate,
    outbox::{Attempt, Leased, Outbox, OutboxError, Overdue, Settled},
    providers::road::{NOBODY, Tried},
    reports,
};
use crate::{
    chance::Chance,
    clock::Clock,
    store::{
        Ahead, Store, StoreError, Writing,
        id_order::{first_id, moment},
        port::{DeliveryOfConsent, DueBy, MadeAttempt, Reference, Settlement},
    },
    vault::Vault,
};

/// How much time one look for overdue deliveries goes through.
const LOOKED_THROUGH: SignedDuration = SignedDuration::from_mins(10);
/// Deliveries among which the oldest that waits is looked for.
const WAITING_MAX: u32 = 1_000_000;

/// The outbox of a store.
pub struct KeptOutbox {
    /// Where deliveries are.
    pub store: Arc<dyn Store>,
    /// Opens contact data.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names leases.
    pub chance: Arc<dyn Chance>,
}

impl From<StoreError> for OutboxError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl KeptOutbox {
    /// What was heard already of the SMS that are settled now: while they were being sent, or under references that nobody
    /// knew yet.
    async fn hear_what_came_before(
        &self,
        work: &mut dyn Writing,
        settled: &[Settled],
        held: &[bool],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let settled = settled.iter().zip(held).filter(|(_, held)| **held).map(|(settled, _)| settled);
        let sms: Vec<_> = settled.filter(|settled| settled.after.channel == Channel::Sms).collect();
        if sms.is_empty() {
            return Ok(());
        }
        let named: HashMap<_, _> = sms.iter().map(|settled| (settled.after.id, references_of(settled))).collect();
        let references: Vec<_> = named.values().flatten().cloned().collect();
        let early = if references.is_empty() { Vec::new() } else { work.take_early(&references).await? };
        let ids: Vec<_> = named.keys().copied().collect();
        for kept in work.deliveries_by_id(&ids).await? {
            let mut now_known = kept.clone().judged();
            for report in early.iter().filter(|early| named[&kept.id].contains(&early.reference)) {
                now_known = now_known.hear(report.report, report.at, true).unwrap_or(now_known);
            }
            if now_known != kept {
                reports::write(work, &*self.chance, &kept, &now_known, now).await?;
            }
        }
        Ok(())
    }

    /// Leased deliveries with what they say. One whose rows are damaged, or of a newer version, holds up no other: it ends as
    /// a failure that an officer is told of.
    async fn put_together(
        &self,
        work: &mut dyn Writing,
        lease_token: Uuid,
        due: Vec<DeliveryOfConsent>,
    ) -> Result<Vec<Leased>, StoreError> {
        let leased = |facts: &Facts, due: DeliveryOfConsent| Leased {
            letter: facts.tell(&self.vault, &due).map_err(|error| error.to_string()),
            tried: facts.tried(&due.delivery),
            owed_at: due.alert.owed_at,
            delivery: due.delivery,
            lease_token,
        };
        match Facts::of(work, &due).await {
            Ok(facts) => return Ok(due.into_iter().map(|due| leased(&facts, due)).collect()),
            Err(StoreError::Unreadable(_)) => {}
            Err(other) => return Err(other),
        }
        let mut each = Vec::with_capacity(due.len());
        for due in due {
            each.push(match Facts::of(work, std::slice::from_ref(&due)).await {
                Ok(facts) => leased(&facts, due),
                Err(StoreError::Unreadable(why)) => {
                    let (owed_at, tried) = (due.alert.owed_at, Tried::default());
                    Leased { letter: Err(why), tried, owed_at, delivery: due.delivery, lease_token }
                }
                Err(other) => return Err(other),
            });
        }
        Ok(each)
    }
}

fn made(attempt: &Attempt) -> Result<MadeAttempt, OutboxError> {
    Ok(MadeAttempt {
        at: attempt.at,
        provider: attempt.provider.clone(),
        outcome: serde_json::to_string(&attempt.outcome).map_err(|error| OutboxError::Store(error.to_string()))?,
        reference: attempt.reference.clone(),
    })
}

/// By what a provider that was asked names a message: by its own reference, if it took it, or by ours. By ours also where it
/// gave no answer: it may have taken it all the same.
fn references_of(settled: &Settled) -> Vec<Reference> {
    let Settled { after, attempt: Some(Attempt { provider, outcome, reference, .. }), .. } = settled else {
        return Vec::new();
    };
    if after.channel != Channel::Sms {
        return Vec::new();
    }
    let taken = reference.iter().filter(|_| matches!(outcome, Outcome::Accepted { .. }));
    let theirs = taken.map(|reference| Reference { provider: provider.clone(), reference: reference.clone() });
    theirs.chain([reports::own_reference(provider, after.id)]).collect()
}

#[async_trait]
impl Outbox for KeptOutbox {
    async fn lease_due(
        &self,
        worker: &str,
        channel: Channel,
        now: Timestamp,
        term: SignedDuration,
        limit: u32,
    ) -> Result<Vec<Leased>, OutboxError> {
        let lease_token = self.chance.id(now);
        let mut work = self.store.write().await?;
        let ahead = Ahead::of(&mut *work, now).await?;
        let due_by = DueBy { now: ahead.shared(now), leased_until: ahead.shared(now + term) };
        let mut due = work.lease_deliveries(worker, lease_token, channel, due_by, limit).await?;
        for row in &mut due {
            row.delivery.due_at = ahead.own(row.delivery.due_at);
        }
        let leased = self.put_together(&mut *work, lease_token, due).await?;
        work.commit().await?;
        Ok(leased)
    }

    async fn settle(&self, settled: &[Settled]) -> Result<Vec<bool>, OutboxError> {
        let mut rows = Vec::with_capacity(settled.len());
        for Settled { lease_token, after, attempt, .. } in settled {
            let attempt = attempt.as_ref().map(made).transpose()?;
            rows.push(Settlement { lease: *lease_token, after: after.clone(), attempt });
        }
        let now = self.clock.now();
        let references: Vec<_> = settled.iter().flat_map(references_of).collect();
        let mut work = self.store.write().await?;
        let ahead = Ahead::of(&mut *work, now).await?;
        for row in &mut rows {
            row.after.due_at = ahead.shared(row.after.due_at);
            row.after.heard.due_at = row.after.heard.due_at.map(|at| ahead.shared(at));
        }
        work.hold_references(&references).await?;
        let held = work.settle_deliveries(&rows).await?;
        self.hear_what_came_before(&mut *work, settled, &held, now).await?;
        let (mut late, mut failed) = (Vec::new(), Vec::new());
        for (settled, row) in settled.iter().zip(&rows).zip(&held).filter(|(_, held)| **held).map(|(both, _)| both) {
            let seen = row.attempt.as_ref().map_or("no provider could be asked", |attempt| &attempt.outcome);
            let told = (&settled.after, seen);
            match settled.after.state {
                DeliveryState::PermanentFailure | DeliveryState::TechnicalFailure => failed.push(told),
                _ if settled.late => late.push(told),
                _ => {}
            }
        }
        escalate(&mut *work, &*self.chance, NoticeKind::DeliveryFailed, &failed, now).await?;
        escalate(&mut *work, &*self.chance, NoticeKind::DeliveryLate, &late, now).await?;
        work.commit().await?;
        Ok(held)
    }

    async fn tell_of_overdue(
        &self,
        channel: Channel,
        after: Option<DeliveryId>,
        owed_before: Timestamp,
        limit: u32,
    ) -> Result<Overdue, OutboxError> {
        // Looked for without writing: a transaction that writes costs the others something.
        let mut work = self.store.read().await?;
        let after = match after {
            Some(after) => after,
            None => match work.oldest_waiting(channel, WAITING_MAX).await? {
                Some(oldest) => DeliveryId(first_id(oldest.owed_at)),
                None => return Ok(Overdue { count: 0, after: None, more: false }),
            },
        };
        let until = owed_before.min(moment(after.0) + LOOKED_THROUGH);
        let overdue = work.overdue_deliveries(channel, after, until, limit).await?;
        drop(work);
        if !overdue.is_empty() {
            let now = self.clock.now();
            let about: Vec<_> = overdue.iter().map(|delivery| (delivery, "not tried in time")).collect();
            let mut work = self.store.write().await?;
            escalate(&mut *work, &*self.chance, NoticeKind::DeliveryLate, &about, now).await?;
            work.commit().await?;
        }
        let full = overdue.last().filter(|_| overdue.len() >= limit as usize);
        let came_to = full.map_or_else(|| DeliveryId(first_id(until)), |last| last.id);
        let more = full.is_some() || until < owed_before;
        Ok(Overdue { count: overdue.len(), after: Some(came_to.max(after)), more })
    }

    async fn tell_of_silent(&self, now: Timestamp, repeat: bool, limit: u32) -> Result<Vec<String>, OutboxError> {
        // Looked for without writing: a transaction that writes costs the others something.
        let mut work = self.store.read().await?;
        let Some(due) = work.first_report_due().await? else { return Ok(Vec::new()) };
        let now = Ahead::of(&mut *work, now).await?.shared(now);
        drop(work);
        if due > now {
            return Ok(Vec::new());
        }
        let mut work = self.store.write().await?;
        let silent = work.silent_deliveries(now, limit).await?;
        for delivery in &silent {
            work.write_heard(&delivery.after_silence(repeat, now)).await?;
        }
        let about: Vec<_> = silent.iter().map(|delivery| (delivery, "no report came in time")).collect();
        escalate(&mut *work, &*self.chance, NoticeKind::NoReport, &about, now).await?;
        let attempts = work.attempts_of(&silent.iter().collect::<Vec<_>>()).await?;
        work.commit().await?;
        let took = |delivery: &Delivery| {
            let mut of_it = attempts.iter().filter(|attempt| attempt.delivery == delivery.id);
            let taken = of_it.find(|attempt| matches!(attempt.outcome, Outcome::Accepted { .. }));
            taken.map_or_else(|| NOBODY.into(), |attempt| attempt.provider.clone())
        };
        Ok(silent.iter().map(took).collect())
    }

    async fn release(&self, worker: &str) -> Result<(), OutboxError> {
        let mut work = self.store.write().await?;
        let now = work.shared_now(self.clock.now()).await?;
        work.release_deliveries(worker, now).await?;
        Ok(work.commit().await?)
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, OutboxError> {
        let mut work = self.store.read().await?;
        let Some(due) = work.next_delivery_due(channel).await? else { return Ok(None) };
        Ok(Some(Ahead::of(&mut *work, self.clock.now()).await?.own(due)))
    }
}
