//! Takes what is owed from the outbox and sends it: one lane a channel, leases, bounded concurrency, a clean stop.

use std::{sync::Arc, time::Duration};

use app::model::alert::{Channel, Outcome, RetrySchedule};
use jiff::SignedDuration;
use tokio::{sync::Notify, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::{
    channels::Channels,
    message::{BadMessage, Composer},
    outbox::{Attempt, Leased, Outbox, OutboxError},
};
use crate::{chance::Chance, clock::Clock};

/// Shortest wait between two looks at the outbox, so that a lost race for a lease cannot become a spin.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// Times that a result is offered to a store that fails; after that the lease ends and the alert is sent again.
const SETTLE_TRIES_MAX: u32 = 3;

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
    /// Deliveries of one channel in flight at once; also the most that one lease takes.
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
    /// 64 a lane, 60 s leases, 25 s an attempt, a look a second, 15 s to stop.
    fn default() -> Self {
        Self {
            lane: 64,
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
        futures::future::join_all(Channel::ALL.map(|channel| self.lane(channel, &stop))).await;
        if let Err(error) = self.outbox.release(&self.worker).await {
            tracing::warn!(%error, "leases could not be given back; they end by themselves");
        }
    }

    async fn lane(&self, channel: Channel, stop: &CancellationToken) {
        let mut flights = JoinSet::new();
        let full = usize::try_from(self.limits.lane).unwrap_or(usize::MAX);
        while !stop.is_cancelled() {
            while flights.try_join_next().is_some() {}
            // Refilled by quarters: a store asked for one delivery at a time would be asked too often.
            let free = full - flights.len().min(full);
            let pause = if free >= full.div_ceil(4) { self.fill(channel, free, &mut flights).await } else { None };
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = flights.join_next() => {}
                () = self.wake.of(channel).notified(), if pause.is_some() => {}
                () = time::sleep(pause.unwrap_or(self.limits.idle)) => {}
            }
        }
        let landed = time::timeout(self.limits.stop, async { while flights.join_next().await.is_some() {} }).await;
        if landed.is_err() {
            tracing::warn!(?channel, left = flights.len(), "stopped with deliveries in flight; they are sent again");
            flights.shutdown().await;
        }
    }

    /// Leases and sets off what is due. How long to sleep then; `None` while more may be due at once.
    async fn fill(&self, channel: Channel, free: usize, flights: &mut JoinSet<()>) -> Option<Duration> {
        let limit = u32::try_from(free).unwrap_or(self.limits.lane);
        let (now, term) = (self.clock.now(), self.limits.lease);
        let leased = match self.outbox.lease_due(&self.worker, channel, now, term, limit).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(%error, ?channel, "nothing could be leased");
                return Some(self.limits.idle);
            }
        };
        let all_taken = leased.len() >= free;
        for leased in leased {
            let dispatcher = self.clone();
            flights.spawn(async move { dispatcher.deliver(leased).await });
        }
        if all_taken {
            return None;
        }
        let due = self.outbox.next_due(channel).await.ok().flatten();
        let until_due = due.map(|due| due.duration_since(self.clock.now()));
        let pause = until_due.map_or(self.limits.idle, |wait| Duration::try_from(wait).unwrap_or(Duration::ZERO));
        Some(pause.clamp(PAUSE_MIN, self.limits.idle.max(PAUSE_MIN)))
    }

    /// Sends one delivery and writes down how it went.
    async fn deliver(&self, leased: Leased) {
        let provider = match leased.delivery.channel {
            Channel::Email => self.channels.email.provider(),
            Channel::Sms => self.channels.sms.provider(),
        };
        let outcome = match time::timeout(self.limits.send, self.send(&leased)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::Temporary { detail: error.to_string() },
            Err(_) => Outcome::Temporary { detail: "the attempt took too long".into() },
        };
        let now = self.clock.now();
        let [spread] = self.chance.bytes();
        let after = leased.delivery.after(&outcome, &self.schedule, now, spread);
        tracing::info!(delivery = %after.id, channel = ?after.channel, state = ?after.state, "attempt ended");
        self.settle(&leased, &after, &Attempt { at: now, provider: provider.to_owned(), outcome }).await;
    }

    async fn send(&self, leased: &Leased) -> Result<Outcome, BadMessage> {
        let Leased { delivery, recipient, notice, .. } = leased;
        Ok(match delivery.channel {
            Channel::Email => {
                let mail = self.composer.alert_mail(delivery.id, recipient, notice)?;
                self.channels.email.send(&mail).await
            }
            Channel::Sms => {
                let sms = self.composer.alert_sms(delivery.id, recipient, notice)?;
                self.channels.sms.send(&sms).await
            }
        })
    }

    async fn settle(&self, leased: &Leased, after: &app::model::alert::Delivery, attempt: &Attempt) {
        for tried in 1..=SETTLE_TRIES_MAX {
            match self.outbox.settle(leased, after, attempt).await {
                Ok(()) => return,
                Err(error @ OutboxError::LeaseLost) => {
                    tracing::warn!(delivery = %after.id, %error, "it may be sent twice");
                    return;
                }
                Err(error) => {
                    tracing::error!(delivery = %after.id, %error, tried, "an attempt could not be written down");
                    time::sleep(Duration::from_millis(100) * tried).await;
                }
            }
        }
    }
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dispatcher({}, {:?})", self.worker, self.channels)
    }
}

#[cfg(test)]
mod tests;
