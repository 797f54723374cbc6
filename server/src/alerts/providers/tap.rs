//! How fast a provider may be asked: a token bucket that all nodes share, with a few tokens at hand, so that a message does
//! not cost a write.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use app::model::Timestamp;
use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::{sync::Mutex, time};

use crate::{
    clock::Clock,
    store::{Ahead, Store, StoreError, port::Pace},
};

/// Tokens are fetched for so much time at once.
const FETCHED_FOR: Duration = Duration::from_millis(100);
/// How far ahead tokens are given out at most. Who would wait for longer asks again.
const AHEAD: SignedDuration = SignedDuration::from_secs(2);
/// A token that nobody used for so long is worth nothing: bursts of many nodes would add up. Where they come more seldom than
/// that, it is kept until the next.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// Who got no token in time asks again after so long.
pub const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(1);
/// The pause before a store that gave none is asked again.
const PAUSE: Duration = Duration::from_millis(250);

/// Messages a second, and how many at once after a silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Messages a second.
    pub per_second: f64,
    /// At once.
    pub burst: u32,
}

impl Rate {
    fn pace(self) -> Pace {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the settings allow rates between a message a minute and 10,000 a second"
        )]
        let every_micros = (1e6 / self.per_second).round() as i64;
        let ahead_micros = i64::try_from(AHEAD.as_micros()).unwrap_or(i64::MAX).max(every_micros);
        Pace { every_micros, burst: self.burst, ahead_micros }
    }

    /// Messages that are worth having in flight: more would only wait for their tokens.
    pub fn in_flight_max(self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is positive and small")]
        let seconds = (self.per_second * 2.0).ceil() as usize;
        seconds.saturating_add(self.burst as usize).max(1)
    }
}

/// Where the taps of all nodes get their tokens from.
#[async_trait]
pub trait Mains: Send + Sync {
    /// Gives out so many, or none where they would have to wait for too long: see
    /// [`give_out`](crate::store::port::WriteProviders::give_out). By the clock of whoever asks.
    async fn give_out(
        &self,
        provider: &str,
        pace: Pace,
        count: u32,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;
}

/// The store as the mains.
pub struct KeptMains(pub Arc<dyn Store>);

#[async_trait]
impl Mains for KeptMains {
    async fn give_out(
        &self,
        provider: &str,
        pace: Pace,
        count: u32,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut work = self.0.write().await?;
        let ahead = Ahead::of(&mut *work, now).await?;
        let given = work.give_out(provider, pace, count, ahead.shared(now)).await?;
        work.commit().await?;
        Ok(given.map(|until| ahead.own(until)))
    }
}

/// The tap of one provider on this node.
pub struct Tap {
    provider: Arc<str>,
    pace: Pace,
    mains: Arc<dyn Mains>,
    clock: Arc<dyn Clock>,
    /// Held while one waits for the store, so that tokens go out in the order in which they are asked for.
    at_hand: Mutex<VecDeque<Timestamp>>,
}

impl Tap {
    /// A tap on these mains.
    pub fn new(provider: Arc<str>, rate: Rate, mains: Arc<dyn Mains>, clock: Arc<dyn Clock>) -> Self {
        Self { provider, pace: rate.pace(), mains, clock, at_hand: Mutex::default() }
    }

    /// Waits for a token that is ready within so long. Where none is, says when to ask again; no token is lost by that.
    pub async fn take(&self, within: Duration) -> Result<(), Timestamp> {
        let next = time::timeout(within, self.next(within)).await;
        let ready_at = next.unwrap_or_else(|_| Err(self.clock.now() + AGAIN_AFTER))?;
        if let Ok(wait) = Duration::try_from(ready_at.duration_since(self.clock.now())) {
            time::sleep(wait).await;
        }
        Ok(())
    }

    async fn next(&self, within: Duration) -> Result<Timestamp, Timestamp> {
        let mut at_hand = self.at_hand.lock().await;
        loop {
            let stale = self.clock.now() - KEPT.max(SignedDuration::from_micros(self.pace.every_micros));
            while at_hand.front().is_some_and(|ready_at| *ready_at < stale) {
                at_hand.pop_front();
            }
            if let Some(ready_at) = at_hand.front().copied() {
                let wait = Duration::try_from(ready_at.duration_since(self.clock.now())).unwrap_or_default();
                if wait > within {
                    return Err(ready_at);
                }
                at_hand.pop_front();
                return Ok(ready_at);
            }
            match self.fetch().await {
                Ok(fetched) if fetched.is_empty() => time::sleep(PAUSE).await,
                Ok(fetched) => at_hand.extend(fetched),
                Err(error) => {
                    tracing::warn!(%error, provider = %self.provider, "no tokens could be fetched");
                    time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<Timestamp>, StoreError> {
        let Pace { every_micros, burst, .. } = self.pace;
        let wanted = i64::try_from(FETCHED_FOR.as_micros()).unwrap_or(i64::MAX) / every_micros.max(1);
        let count = u32::try_from(wanted).unwrap_or(burst).clamp(1, burst.max(1));
        let given = self.mains.give_out(&self.provider, self.pace, count, self.clock.now()).await?;
        let Some(given_until) = given else { return Ok(Vec::new()) };
        // The last of them ends at that moment; a burst may go out before its time.
        let ready = |before_last: u32| {
            let earlier = every_micros * (i64::from(burst) + i64::from(before_last));
            given_until - SignedDuration::from_micros(earlier)
        };
        Ok((0..count).rev().map(ready).collect())
    }
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tap({}, {:?})", self.provider, self.pace)
    }
}
