//! A channel over its providers: picks one, keeps its rate, sends, and tells the rule how it went.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::model::{Timestamp, alert::Outcome};
use jiff::SignedDuration;
use tokio::{sync::Semaphore, time};

use super::{
    balance::{BalanceRules, Balancer, Shift},
    breaker::{BreakerRules, BreakerState},
    tap::{AGAIN_AFTER, Mains, Rate, Tap},
};
use crate::{
    alerts::{
        channels::{EmailChannel, SmsChannel},
        message::{Mail, Sms},
    },
    chance::Chance,
    clock::{Clock, stopwatch},
    metrics::metrics,
};

/// How long a message waits for its token in all.
const TOKEN_MAX: Duration = Duration::from_secs(10);
/// What the attempt records as its provider where there was nothing to ask one for. No provider of the settings has this name.
pub const NOBODY: &str = "none";

/// Through which providers a message went already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tried {
    /// Asked last. Asked again only where there is no other.
    pub last: Option<String>,
    /// Took the message and never said what became of it. Not asked again: it may have lost the next one, too.
    pub silent: Option<String>,
}

/// How long one message may take, and whether it goes before others.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// For its token and for the provider's answer.
    pub within: Duration,
    /// A person waits for it: it stands in a line of its own, so that no crowd of alerts keeps it from its token.
    pub urgent: bool,
}

/// No provider could be asked: each is left alone for now, or too many wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unasked {
    /// From when on it is worth asking again.
    pub again_at: Timestamp,
}

/// How one message fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// By which provider.
    pub provider: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether that provider sends reports about what it takes, and within which time.
    pub reports: Option<Reporting>,
    /// Whether another provider may be asked now.
    pub other_free: bool,
}

/// That a provider sends reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reporting {
    /// After so long without one something is wrong; `None` where nobody is to be told.
    pub within: Option<SignedDuration>,
}

/// One provider of a channel.
pub struct Provider<C: ?Sized> {
    /// As the settings call it.
    pub name: Arc<str>,
    /// Its share of the messages, against the others' weights.
    pub weight: u32,
    /// How fast it may be asked, where that is bounded.
    pub rate: Option<Rate>,
    /// Whether it sends reports.
    pub reports: Option<Reporting>,
    /// Its adapter.
    pub channel: Arc<C>,
}

/// What all roads share.
#[derive(Clone)]
pub struct Ground {
    /// Where the rates of all nodes meet.
    pub mains: Arc<dyn Mains>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Draws who is next.
    pub chance: Arc<dyn Chance>,
    /// When weights move.
    pub balance: BalanceRules,
    /// When a provider is left alone.
    pub breaker: BreakerRules,
}

/// A channel.
pub struct Road<C: ?Sized> {
    name: &'static str,
    lanes: Vec<Lane<C>>,
    balancer: Mutex<Balancer>,
    ground: Ground,
}

struct Lane<C: ?Sized> {
    provider: Provider<C>,
    paced: Option<Paced>,
}

/// What keeps a provider's rate. Nobody joins a line that is longer than what the rate lets through in time.
struct Paced {
    tap: Tap,
    line: Semaphore,
    urgent_line: Semaphore,
}

/// How a provider stands, for a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub provider: Arc<str>,
    /// Its points of [`super::balance::POINTS`].
    pub points: u32,
    /// Its breaker.
    pub breaker: BreakerState,
}

impl<C: ?Sized + Send + Sync> Road<C> {
    /// Over at least one provider; the settings see to that.
    pub fn new(name: &'static str, providers: Vec<Provider<C>>, ground: Ground) -> Self {
        let weights: Vec<_> = providers.iter().map(|provider| provider.weight).collect();
        let now = ground.clock.now();
        let lane = |provider: Provider<C>| {
            let paced = provider.rate.map(|rate| Paced {
                tap: Tap::new(provider.name.clone(), rate, ground.mains.clone(), ground.clock.clone()),
                line: Semaphore::new(rate.in_flight_max()),
                urgent_line: Semaphore::new(rate.in_flight_max()),
            });
            Lane { provider, paced }
        };
        let lanes = providers.into_iter().map(lane).collect();
        let balancer = Mutex::new(Balancer::new(ground.balance, ground.breaker, &weights, now));
        Self { name, lanes, balancer, ground }
    }

    /// The providers' names.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.lanes.iter().map(|lane| lane.provider.name.clone()).collect()
    }

    /// How many messages may be begun now, of so many: less where rates or breakers let fewer pass.
    pub fn room(&self, wanted: usize) -> usize {
        let by_rate = |lane: &Lane<C>| lane.provider.rate.map_or(wanted, Rate::in_flight_max);
        let paced = self.lanes.iter().fold(0_usize, |all, lane| all.saturating_add(by_rate(lane))).min(wanted);
        self.balancer().room(self.ground.clock.now(), paced)
    }

    /// From when on a message may pass, where none may now.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.balancer().opens_at()
    }

    /// How each provider stands.
    pub fn standings(&self) -> Vec<Standing> {
        let balancer = self.balancer();
        let states = balancer.points().into_iter().zip(balancer.breakers(self.ground.clock.now()));
        let standing = |(lane, (points, breaker)): (&Lane<C>, _)| Standing {
            provider: lane.provider.name.clone(),
            points,
            breaker,
        };
        self.lanes.iter().zip(states).map(standing).collect()
    }

    /// Whether all providers are in trouble.
    pub fn alarm(&self) -> bool {
        self.balancer().alarm()
    }

    /// A delivery report says that a message arrived, so long after the provider took it over.
    pub fn delivered(&self, provider: &str, took: SignedDuration) {
        if let Some(at) = self.place(provider) {
            let shifts = self.balancer().delivered(at, self.ground.clock.now(), took);
            self.say(&shifts);
        }
    }

    /// No report came in time of a message that the provider took over.
    pub fn fell_silent(&self, provider: &str) {
        if let Some(at) = self.place(provider) {
            let shifts = self.balancer().fell_silent(at, self.ground.clock.now());
            self.say(&shifts);
        }
    }

    fn place(&self, provider: &str) -> Option<usize> {
        self.lanes.iter().position(|lane| &*lane.provider.name == provider)
    }

    /// Sends through whichever provider is next, minding those that it went through already.
    async fn carry<F>(&self, tried: &Tried, turn: Turn, send: impl Fn(Arc<C>) -> F) -> Result<Sent, Unasked>
    where
        F: Future<Output = Outcome> + Send,
    {
        let place = |provider: &Option<String>| provider.as_deref().and_then(|provider| self.place(provider));
        let avoided: Vec<_> = place(&tried.last).into_iter().collect();
        // Where there is no other it is asked again: what nobody may take would never end.
        let silent: Vec<_> = place(&tried.silent).filter(|_| self.lanes.len() > 1).into_iter().collect();
        let (mut barred, mut again_at, waited) = (silent.clone(), None::<Timestamp>, stopwatch());
        loop {
            let drawn = u32::from_be_bytes(self.ground.chance.bytes());
            let Some(at) = self.balancer().pick(self.ground.clock.now(), drawn, &avoided, &barred) else { break };
            let patience = TOKEN_MAX.min(turn.within / 2).saturating_sub(waited.elapsed());
            match self.token(at, turn.urgent, patience).await {
                Ok(()) => {
                    let left = turn.within.saturating_sub(waited.elapsed());
                    let under_way = self.through(at, |channel| {
                        let sending = time::timeout(left, send(channel));
                        async move { sending.await.unwrap_or_else(|_| Outcome::temporary("the attempt took too long")) }
                    });
                    let answered = under_way.await;
                    let others: Vec<_> = silent.into_iter().chain([at]).collect();
                    let other_free = self.balancer().passes_without(self.ground.clock.now(), &others);
                    return Ok(Sent { other_free, ..answered });
                }
                // Too many wait there already.
                Err(ready_at) => {
                    again_at = Some(again_at.map_or(ready_at, |before| before.min(ready_at)));
                    barred.push(at);
                }
            }
        }
        let now = self.ground.clock.now();
        let opens_at = self.balancer().opens_without(&barred);
        let again_at = again_at.into_iter().chain(opens_at).min().unwrap_or(now);
        Err(Unasked { again_at: again_at.max(now + AGAIN_AFTER) })
    }

    /// Waits for a token so long at most; where there is none by then, says when to ask again.
    async fn token(&self, at: usize, urgent: bool, patience: Duration) -> Result<(), Timestamp> {
        let Some(Paced { tap, line, urgent_line }) = &self.lanes[at].paced else { return Ok(()) };
        let line = if urgent { urgent_line } else { line };
        let Ok(_place) = line.try_acquire() else { return Err(self.ground.clock.now() + AGAIN_AFTER) };
        tap.take(patience).await
    }

    async fn through<F>(&self, at: usize, send: impl Fn(Arc<C>) -> F) -> Sent
    where
        F: Future<Output = Outcome> + Send,
    {
        let Provider { name, channel, reports, .. } = &self.lanes[at].provider;
        // Whoever gives up on the message in between has still waited for this provider.
        let mut under_way = UnderWay { road: self, at, began: self.ground.clock.now(), answered: false };
        let outcome = send(channel.clone()).await;
        under_way.end(&outcome);
        Sent { provider: name.to_string(), outcome, reports: *reports, other_free: false }
    }

    fn answered(&self, at: usize, began: Timestamp, outcome: &Outcome) {
        let now = self.ground.clock.now();
        let took = now.duration_since(began);
        metrics().attempt(self.name, &self.lanes[at].provider.name, outcome, took);
        let shifts = self.balancer().answered(at, now, took, outcome);
        self.say(&shifts);
    }

    fn say(&self, shifts: &[Shift]) {
        let channel = self.name;
        for shift in shifts {
            match *shift {
                Shift::Weight { provider, points } => {
                    tracing::info!(channel, provider = %self.lanes[provider].provider.name, points, "a weight moved");
                }
                Shift::Breaker { provider, state } => {
                    tracing::warn!(channel, provider = %self.lanes[provider].provider.name, ?state, "a breaker changed");
                }
                Shift::Alarm(true) => tracing::error!(channel, "every provider is slow or failing"),
                Shift::Alarm(false) => tracing::info!(channel, "no longer is every provider slow or failing"),
            }
        }
    }

    fn balancer(&self) -> std::sync::MutexGuard<'_, Balancer> {
        self.balancer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message at its provider. Dropped before it ended (the attempt took too long), it counts as a failure.
struct UnderWay<'r, C: ?Sized + Send + Sync> {
    road: &'r Road<C>,
    at: usize,
    began: Timestamp,
    answered: bool,
}

impl<C: ?Sized + Send + Sync> UnderWay<'_, C> {
    fn end(&mut self, outcome: &Outcome) {
        self.answered = true;
        self.road.answered(self.at, self.began, outcome);
    }
}

impl<C: ?Sized + Send + Sync> Drop for UnderWay<'_, C> {
    fn drop(&mut self) {
        if !self.answered {
            self.end(&Outcome::temporary("given up"));
        }
    }
}

impl Road<dyn EmailChannel> {
    /// Sends a mail.
    pub async fn send(&self, mail: &Mail, tried: &Tried, turn: Turn) -> Result<Sent, Unasked> {
        self.carry(tried, turn, |channel| async move { channel.send(mail).await }).await
    }

    /// Sends a mail through this provider and no other; `None` where there is none of this name.
    pub async fn send_through(&self, provider: &str, mail: &Mail) -> Option<Sent> {
        let at = self.place(provider)?;
        Some(self.through(at, |channel| async move { channel.send(mail).await }).await)
    }
}

impl Road<dyn SmsChannel> {
    /// Sends an SMS.
    pub async fn send(&self, sms: &Sms, tried: &Tried, turn: Turn) -> Result<Sent, Unasked> {
        self.carry(tried, turn, |channel| async move { channel.send(sms).await }).await
    }

    /// Sends an SMS through this provider and no other; `None` where there is none of this name.
    pub async fn send_through(&self, provider: &str, sms: &Sms) -> Option<Sent> {
        let at = self.place(provider)?;
        Some(self.through(at, |channel| async move { channel.send(sms).await }).await)
    }
}

impl<C: ?Sized> std::fmt::Debug for Road<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.lanes.iter().map(|lane| &lane.provider.name)).finish()
    }
}

#[cfg(test)]
mod tests;
