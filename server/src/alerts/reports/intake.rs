//! Takes reports in: finds what they are about, writes what is known now, and keeps those that came before our own commit.

use std::{collections::BTreeMap, sync::Arc};

use app::model::{
    Timestamp,
    alert::{Channel, Delivery, DeliveryState},
    id::DeliveryId,
    notice::NoticeKind,
    report::{Report, Verdict},
};
use jiff::SignedDuration;

use super::said::{Named, Said};
use crate::{
    alerts::{channels::Channels, escalate::escalate, providers::road::NOBODY},
    chance::Chance,
    clock::Clock,
    store::{
        Store, StoreError, Writing,
        port::{EarlyReport, Reference},
    },
};

/// Reports about what is older are about nothing: operators give a message up after three days.
const TAKEN_FOR: SignedDuration = SignedDuration::from_hours(8 * 24);
/// How long a report waits for its attempt. An attempt is written down when its lease is over, at the latest; the rest is
/// for a server that cannot write for some minutes.
const EARLY_KEPT: SignedDuration = SignedDuration::from_mins(15);
/// Times that reports are offered to a store in which others are first; the gateway sends them again after that.
const TRIES_MAX: u32 = 5;

/// A delivery, and what is said of it.
struct Found {
    delivery: Delivery,
    /// By the provider's own reference: about an attempt that is known.
    theirs: Vec<Report>,
    /// By ours: about whichever attempt.
    ours: Vec<Report>,
}

impl Found {
    fn new(delivery: Delivery) -> Self {
        Self { delivery, theirs: Vec::new(), ours: Vec::new() }
    }
}

/// Takes reports in.
pub struct Intake {
    /// Where deliveries are.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names notices.
    pub chance: Arc<dyn Chance>,
    /// Whose weights feel how long a message took.
    pub channels: Channels,
}

impl Intake {
    /// Hears what a gateway says, all of it or nothing. Safe to repeat, in any order; what it names and nobody knows changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError`] where nothing was written: the gateway sends it again.
    pub async fn hear(&self, provider: &str, said: &[Said]) -> Result<(), StoreError> {
        let mut tried = 1;
        let arrived = loop {
            match self.try_hear(provider, said).await {
                Err(StoreError::Conflict) if tried < TRIES_MAX => tried += 1,
                answer => break answer?,
            }
        };
        for took in arrived {
            self.channels.sms.delivered(provider, took);
        }
        Ok(())
    }

    /// How long each message took that is now known to have arrived.
    async fn try_hear(&self, provider: &str, said: &[Said]) -> Result<Vec<SignedDuration>, StoreError> {
        let now = self.clock.now();
        let (mut theirs, mut ours) =
            (BTreeMap::<Reference, Vec<Report>>::new(), BTreeMap::<DeliveryId, Vec<Report>>::new());
        for Said { about, report, .. } in said {
            let Some(report) = *report else { continue };
            match about {
                Named::Ours(id) => ours.entry(*id).or_default().push(report),
                Named::Theirs(reference) => {
                    let reference = Reference { provider: provider.into(), reference: reference.clone() };
                    theirs.entry(reference).or_default().push(report);
                }
            }
        }
        if theirs.is_empty() && ours.is_empty() {
            return Ok(Vec::new());
        }
        let mut work = self.store.write().await?;
        let references: Vec<_> = theirs.keys().cloned().collect();
        let mut found: BTreeMap<DeliveryId, Found> = BTreeMap::new();
        if !references.is_empty() {
            work.hold_references(&references).await?;
            for (reference, delivery) in work.deliveries_by_reference(&references, now - TAKEN_FOR).await? {
                let reports = theirs.remove(&reference).unwrap_or_default();
                found.entry(delivery.id).or_insert_with(|| Found::new(delivery)).theirs.extend(reports);
            }
            self.keep_early(&mut *work, provider, theirs, now).await?;
        }
        let ids: Vec<_> = ours.keys().copied().collect();
        for delivery in work.deliveries_by_id(&ids).await? {
            // A gateway has nothing to say about mails.
            if delivery.channel == Channel::Sms {
                let reports = ours.remove(&delivery.id).unwrap_or_default();
                found.entry(delivery.id).or_insert_with(|| Found::new(delivery)).ours = reports;
            }
        }
        for (id, reports) in ours {
            is_canarys(&mut *work, provider, &id.to_string(), &reports, now).await?;
        }
        let asked = asked(&mut *work, found.values().map(|found| &found.delivery)).await?;
        let (mut early, mut arrived) = (BTreeMap::new(), Vec::new());
        for Found { delivery: before, theirs: mut reports, ours } in found.into_values() {
            let asked = asked.get(&before.id).map_or(&[][..], Vec::as_slice);
            let (was_asked, sending) = (asked.iter().any(|by| by == provider), before.state == DeliveryState::Sending);
            if sending {
                // They may be about the attempt that is being made: whose that is, is known when it is written down.
                let about_past = |report: &Report| was_asked && report.verdict == Verdict::Delivered;
                let (past, rest) = ours.into_iter().partition(about_past);
                early.insert(own_reference(provider, before.id), rest);
                reports.extend(past);
            } else if was_asked {
                // Whoever was not asked has nothing to say: it shows a secret, but that of another gateway.
                reports.extend(ours);
            }
            let of_newest = !sending && asked.first().is_some_and(|newest| newest == provider);
            let mut after = before.clone();
            for report in reports {
                after = after.hear(report, now, of_newest).unwrap_or(after);
            }
            if after == before {
                continue;
            }
            write(&mut *work, &*self.chance, &before, &after, now).await?;
            if let (DeliveryState::Delivered, Some(accepted_at)) = (after.state, after.accepted_at) {
                arrived.push(now.duration_since(accepted_at));
            }
        }
        self.keep_early(&mut *work, provider, early, now).await?;
        work.commit().await?;
        Ok(arrived)
    }

    /// Keeps what names no attempt that is known: the attempt may be written down in a moment. Whether it is about that one is
    /// known then, too: what a provider says of ours by our own name counts if that provider was asked. The canary's is known.
    async fn keep_early(
        &self,
        work: &mut dyn Writing,
        provider: &str,
        unknown: BTreeMap<Reference, Vec<Report>>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut early = Vec::new();
        for (reference, reports) in unknown {
            if is_canarys(work, provider, &reference.reference, &reports, now).await? {
                continue;
            }
            early.extend(reports.into_iter().map(|report| EarlyReport {
                reference: reference.clone(),
                report,
                at: now,
            }));
        }
        if early.is_empty() {
            return Ok(());
        }
        work.forget_early(now - EARLY_KEPT).await?;
        work.put_early(&early).await
    }
}

/// Who was asked to bring each of these: of each the newest first.
async fn asked(
    work: &mut dyn Writing,
    deliveries: impl Iterator<Item = &Delivery>,
) -> Result<BTreeMap<DeliveryId, Vec<String>>, StoreError> {
    let deliveries: Vec<_> = deliveries.collect();
    let mut asked = BTreeMap::<_, Vec<_>>::new();
    for attempt in work.attempts_of(&deliveries).await? {
        if attempt.provider != NOBODY {
            asked.entry(attempt.delivery).or_default().push(attempt.provider);
        }
    }
    Ok(asked)
}

/// Whether these reports say that one of the canary's messages arrived; then that is proven.
async fn is_canarys(
    work: &mut dyn Writing,
    provider: &str,
    reference: &str,
    reports: &[Report],
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !reports.iter().any(|report| report.verdict == Verdict::Delivered) {
        return Ok(false);
    }
    let now = work.shared_now(now).await?;
    work.canary_delivered(provider, reference, now).await
}

/// How a provider names a delivery that it calls by our own id.
pub(in crate::alerts) fn own_reference(provider: &str, delivery: DeliveryId) -> Reference {
    Reference { provider: provider.into(), reference: delivery.to_string() }
}

/// Writes what is known of a delivery now. Where it has failed, an officer is told and the other channel is tried at once.
pub(in crate::alerts) async fn write(
    work: &mut dyn Writing,
    chance: &dyn Chance,
    before: &Delivery,
    after: &Delivery,
    now: Timestamp,
) -> Result<(), StoreError> {
    work.write_heard(after).await?;
    let failed = matches!(after.state, DeliveryState::PermanentFailure | DeliveryState::Expired);
    if failed && before.state != after.state {
        escalate(work, chance, NoticeKind::DeliveryFailed, &[(after, "a report says so")], now).await?;
    }
    Ok(())
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("channels", &self.channels).finish_non_exhaustive()
    }
}
