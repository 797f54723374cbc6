//! A lane: leases what is due of one channel while what it leased before is under way.

use std::{collections::VecDeque, time::Duration};

use app::model::alert::Channel;
use futures::future::OptionFuture;
use tokio::{task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::{Dispatcher, settler::Desk};
use crate::alerts::outbox::{Leased, OutboxError, Settled};

/// Shortest wait between two looks at the outbox, so that a lost race for a lease cannot become a spin.
const PAUSE_MIN: Duration = Duration::from_millis(20);

impl Dispatcher {
    /// Works on one channel until told to stop.
    pub(super) async fn lane(&self, channel: Channel, desk: &Desk, stop: &CancellationToken) {
        let full = usize::try_from(self.limits.lane).unwrap_or(usize::MAX);
        let (mut flights, mut turn) = (JoinSet::new(), VecDeque::new());
        let mut leasing = None;
        let (mut leased_max, mut look, mut rest) = (0, true, Box::pin(time::sleep(Duration::ZERO)));
        while !stop.is_cancelled() {
            // Asked of what is in flight already: of a provider that is only being tried, one message is all there is.
            let open = self.room(channel, full);
            while flights.len() < open
                && let Some(leased) = turn.pop_front()
            {
                self.set_off(leased, desk, &mut flights);
            }
            let held_up = !turn.is_empty() && flights.is_empty();
            // Refilled by halves: a store asked for one delivery at a time would be asked too often. Never more than may be
            // begun: where a rate is slow, the leases of the others would end before their turn.
            let hungry = turn.len() <= open / 2;
            if leasing.is_none() && hungry && look {
                look = false;
                leased_max = open.saturating_sub(turn.len());
                if leased_max > 0 {
                    leasing = Some(Box::pin(self.lease(channel, leased_max)));
                } else {
                    rest.set(time::sleep(self.until_open(channel)));
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = flights.join_next() => {}
                Some(leased) = OptionFuture::from(leasing.as_mut()) => {
                    leasing = None;
                    let pause = self.after_lease(channel, &leased, leased_max).await;
                    look = pause.is_zero();
                    rest.set(time::sleep(pause));
                    turn.extend(leased.into_iter().flatten());
                }
                () = self.wake.of(channel).notified(), if leasing.is_none() && hungry => look = true,
                () = &mut rest, if leasing.is_none() && hungry && !look => look = true,
                () = time::sleep(self.until_open(channel)), if held_up => {}
            }
        }
        let landed = time::timeout(self.limits.stop, async { while flights.join_next().await.is_some() {} }).await;
        if landed.is_err() {
            tracing::warn!(?channel, left = flights.len(), "stopped with deliveries in flight; they are sent again");
            flights.shutdown().await;
        }
    }

    fn set_off(&self, leased: Leased, desk: &Desk, flights: &mut JoinSet<()>) {
        // Its lease must outlast its attempt; if it cannot, it is given back.
        let left = leased.delivery.due_at.duration_since(self.clock.now());
        if Duration::try_from(left).is_ok_and(|left| left >= self.limits.send) {
            let (dispatcher, desk) = (self.clone(), desk.clone());
            flights.spawn(async move { dispatcher.deliver(leased, &desk).await });
        } else {
            tracing::warn!(delivery = %leased.delivery.id, "its turn came too late; it is given back");
            let (desk, after) = (desk.clone(), leased.delivery.put_off(self.clock.now()));
            let late = self.is_late(&after, leased.owed_at, self.clock.now());
            let given_back = Settled { lease_token: leased.lease_token, after, attempt: None, late };
            flights.spawn(async move { desk.hand_in(given_back).await });
        }
    }

    async fn lease(&self, channel: Channel, limit: usize) -> Result<Vec<Leased>, OutboxError> {
        let limit = u32::try_from(limit).unwrap_or(self.limits.lane);
        self.outbox.lease_due(&self.worker, channel, self.clock.now(), self.limits.lease, limit).await
    }

    /// How long to wait before the next look: not at all while there may be more.
    async fn after_lease(&self, channel: Channel, leased: &Result<Vec<Leased>, OutboxError>, max: usize) -> Duration {
        match leased {
            Ok(leased) if leased.len() >= max => Duration::ZERO,
            Ok(_) => {
                let due = self.outbox.next_due(channel).await.ok().flatten();
                let until_due = due.map(|due| due.duration_since(self.clock.now()));
                let pause = until_due.map_or(self.limits.idle, |wait| Duration::try_from(wait).unwrap_or_default());
                pause.clamp(PAUSE_MIN, self.limits.idle.max(PAUSE_MIN))
            }
            Err(error) => {
                tracing::error!(%error, ?channel, "nothing could be leased");
                self.limits.idle
            }
        }
    }

    /// How many messages the providers of a channel would take now, of so many.
    fn room(&self, channel: Channel, wanted: usize) -> usize {
        match channel {
            Channel::Email => self.channels.email.room(wanted),
            Channel::Sms => self.channels.sms.room(wanted),
        }
    }

    /// How long until a provider may be tried again.
    fn until_open(&self, channel: Channel) -> Duration {
        let opens_at = match channel {
            Channel::Email => self.channels.email.opens_at(),
            Channel::Sms => self.channels.sms.opens_at(),
        };
        let wait = opens_at.map(|at| at.duration_since(self.clock.now()));
        wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default().clamp(PAUSE_MIN, self.limits.idle)
    }
}
