//! Takes what is owed from the outbox and sends it: one lane a channel, leases, bounded concurrency, a clean stop.

mod lane;
mod settler;

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    alert::{Channel, Delivery, Outcome, RetrySchedule},
    id::DeliveryId,
};
use jiff::SignedDuration;
use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;

use self::settler::Desk;
use super::{
    channels::Channels,
    message::{BadMessage, Composer},
    outbox::{Attempt, Leased, Letter, Outbox, Settled},
    providers::road::{NOBODY, Reporting, Sent, Turn, Unasked},
};
use crate::{chance::Chance, clock::Clock};

/// Deliveries that are told of as late, or as silent, in one transaction.
const OVERDUE_MAX: u32 = 200;
/// Transactions of one look at most: what is left waits for the next look, and nobody else waits long for the store.
const ROUNDS_MAX: usize = 20;
/// How often it is looked for those that nobody has tried.
const LOOK_FOR_OVERDUE_EVERY: Duration = Duration::from_secs(10);

/// Wakes the dispatcher at once: whoever commits an alert rings.
#[derive(Debug, Default)]
pub struct Wake {
    email: Notify,
    sms: Notify,
}

impl Wake {
    /// Something is owed. Rings that nobody waits for are kept, so none is missed.
    pub fn ring(&self) {
        self.email.notify_one();
        self.sms.notify_one();
    }

    fn of(&self, channel: Channel) -> &Notify {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        }
    }
}

/// The bounds of the dispatcher.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Deliveries of one channel in flight at once; as many again are leased and wait for their turn.
    pub lane: u32,
    /// How long a lease holds. Longer than `send`, so that nobody else sends while this worker still may.
    pub lease: SignedDuration,
    /// How long one attempt may take in all.
    pub send: Duration,
    /// How long an idle lane sleeps at most, should a ring from another node never arrive.
    pub idle: Duration,
    /// How long a stop waits for what is in flight.
    pub stop: Duration,
}

impl Default for Limits {
    /// 128 a lane, 60 s leases, 25 s an attempt, a look a second, 15 s to stop.
    fn default() -> Self {
        Self {
            lane: 128,
            lease: SignedDuration::from_secs(60),
            send: Duration::from_secs(25),
            idle: Duration::from_secs(1),
            stop: Duration::from_secs(15),
        }
    }
}

/// The dispatcher and all it works with. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    /// Unique to this process: its leases are given back under this name.
    pub worker: Arc<str>,
    /// What is owed.
    pub outbox: Arc<dyn Outbox>,
    /// The roads out.
    pub channels: Channels,
    /// Puts notices into words.
    pub composer: Arc<Composer>,
    /// When to try again.
    pub schedule: Arc<RetrySchedule>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Spreads the retries.
    pub chance: Arc<dyn Chance>,
    /// Rung at each commit.
    pub wake: Arc<Wake>,
    /// The bounds.
    pub limits: Limits,
}

impl Dispatcher {
    /// Works until it is told to stop; then leases nothing more, finishes what is in flight within its bound, and
    /// gives the rest back.
    pub async fn run(self, stop: CancellationToken) {
        let (desk, settler) = settler::open(self.outbox.clone());
        let lanes = async {
            futures::future::join_all(Channel::ALL.map(|channel| self.lane(channel, &desk, &stop))).await;
            // The last hand at the desk: the settler ends when everything that was handed in is written.
            drop(desk);
        };
        let overdue = stop.run_until_cancelled(self.watch_for_overdue());
        tokio::join!(lanes, settler.run(), overdue);
        if let Err(error) = self.outbox.release(&self.worker).await {
            tracing::warn!(%error, "leases could not be given back; they end by themselves");
        }
    }

    /// Sends one delivery and hands in how it went.
    async fn deliver(&self, leased: Leased, desk: &Desk) {
        let sent = match self.send(&leased).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(Unasked { again_at })) => {
                let after = leased.delivery.put_off(again_at);
                let late = self.is_late(&after, leased.owed_at, self.clock.now());
                tracing::debug!(delivery = %after.id, channel = ?after.channel, "nobody can be asked now");
                return desk.hand_in(Settled { lease_token: leased.lease_token, after, attempt: None, late }).await;
            }
            Err(error) => {
                tracing::error!(delivery = %leased.delivery.id, %error, "a message cannot be put together");
                nowhere(error)
            }
        };
        let now = self.clock.now();
        let [spread] = self.chance.bytes();
        // Where another provider is free, it is asked as the schedule says: only the one that asked for it is left alone.
        let felt = if sent.other_free { sent.outcome.for_another_provider() } else { sent.outcome.clone() };
        let mut after = leased.delivery.after(&felt, &self.schedule, now, spread);
        if let (Outcome::Accepted { .. }, Some(Reporting { within: Some(within) })) = (&sent.outcome, sent.reports) {
            // What was sent once more is not waited for again: an officer knows of it already.
            after.heard.due_at = after.heard.repeated_at.is_none().then(|| now + within);
        }
        tracing::debug!(delivery = %after.id, channel = ?after.channel, state = ?after.state, "attempt ended");
        let late = self.is_late(&after, leased.owed_at, now);
        let reference = match &sent.outcome {
            Outcome::Accepted { provider_ref } if sent.reports.is_some() => provider_ref.clone(),
            _ => None,
        };
        let attempt = Some(Attempt { at: now, provider: sent.provider, outcome: sent.outcome, reference });
        desk.hand_in(Settled { lease_token: leased.lease_token, after, attempt, late }).await;
    }

    fn is_late(&self, after: &Delivery, owed_at: Timestamp, now: Timestamp) -> bool {
        !after.state.is_final() && now.duration_since(owed_at) >= self.schedule.late_after
    }

    /// Why it cannot be put into words, where it cannot.
    async fn send(&self, leased: &Leased) -> Result<Result<Sent, Unasked>, String> {
        let Leased { delivery, letter, tried, .. } = leased;
        let Letter { recipient, notice } = letter.as_ref().map_err(Clone::clone)?;
        let words = |error: BadMessage| error.to_string();
        let turn = Turn { within: self.limits.send, urgent: false };
        Ok(match delivery.channel {
            Channel::Email => {
                let mail = self.composer.alert_mail(delivery.id, recipient, notice).map_err(words)?;
                self.channels.email.send(&mail, tried, turn).await
            }
            Channel::Sms => {
                let sms = self.composer.alert_sms(delivery.id, recipient, notice).map_err(words)?;
                self.channels.sms.send(&sms, tried, turn).await
            }
        })
    }

    /// Who waits is told of when the deadline is over, whatever it waits for: for its next attempt, or for a provider that may
    /// be asked at all.
    async fn watch_for_overdue(&self) {
        let every = LOOK_FOR_OVERDUE_EVERY.min(self.limits.idle * 10);
        let mut came_to = Channel::ALL.map(|channel| (channel, None));
        loop {
            time::sleep(every).await;
            self.look_for_silent().await;
            for (channel, after) in &mut came_to {
                self.look_for_overdue(*channel, after).await;
            }
        }
    }

    async fn look_for_overdue(&self, channel: Channel, after: &mut Option<DeliveryId>) {
        let mut all = 0;
        for _ in 0..ROUNDS_MAX {
            let owed_before = self.clock.now() - self.schedule.late_after;
            match self.outbox.tell_of_overdue(channel, *after, owed_before, OVERDUE_MAX).await {
                Ok(found) => {
                    all += found.count;
                    *after = found.after;
                    if !found.more {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, ?channel, "it is not known what is overdue");
                    break;
                }
            }
        }
        if all > 0 {
            tracing::error!(?channel, count = all, "deliveries were not taken over in time");
            self.wake.ring();
        }
    }

    /// A provider that takes messages and reports nothing of them may have lost them.
    async fn look_for_silent(&self) {
        let repeat = self.channels.sms.names().len() > 1;
        let mut all = 0;
        for _ in 0..ROUNDS_MAX {
            match self.outbox.tell_of_silent(self.clock.now(), repeat, OVERDUE_MAX).await {
                Ok(by) => {
                    for provider in &by {
                        self.channels.sms.fell_silent(provider);
                    }
                    all += by.len();
                    if by.len() < OVERDUE_MAX as usize {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "it is not known which reports did not come");
                    break;
                }
            }
        }
        if all > 0 {
            tracing::error!(count = all, repeat, "no reports came in time");
            self.wake.ring();
        }
    }
}

fn nowhere(detail: String) -> Sent {
    Sent { provider: NOBODY.into(), outcome: Outcome::temporary(detail), reports: None, other_free: false }
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dispatcher({}, {:?})", self.worker, self.channels)
    }
}

#[cfg(test)]
mod tests;
