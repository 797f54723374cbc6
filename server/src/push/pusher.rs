//! Tells GSPs that are called (RFC 8935): leases what is due, GSP by GSP, and calls each with a few tokens at once.

use std::{sync::Arc, time::Duration};

use app::model::{
    alert::{Outcome, RetrySchedule},
    id::GspId,
    security_event::SecurityEvent,
};
use jiff::SignedDuration;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use tokio::{sync::OwnedSemaphorePermit, task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Bell, CannotTell, MEDIA_TYPE, SetWriter, answer, turns::Turns};
use crate::{
    alerts::channels::http_call::Caller,
    chance::Chance,
    clock::{Clock, stopwatch},
    metrics::metrics,
    outgoing::{Loopback, Outgoing},
    registry::PUSH_AUTHORIZATION,
    store::{
        Ahead, Store, StoreError,
        port::{DueBy, PushTarget, SettledSecurityEvent},
    },
    vault::Vault,
};

/// Calls of one GSP at once.
const CALLS_OF_EACH: usize = 8;
/// What a GSP has not fetched after so long is given up; what it is called with ends by its schedule.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How often it is looked for what is to be given up. Not at the start: whoever could not fetch while no server ran has so
/// long to do it.
const LOOK_FOR_OLD_EVERY: Duration = Duration::from_mins(60);
/// Given up in one look, of one GSP.
const GIVEN_UP_MAX: u32 = 1_000;

/// When a GSP is called again: 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, 12 h, 24 h, each up to a fifth later: ten
/// attempts over about two days.
fn schedule() -> RetrySchedule {
    let waits = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400].map(SignedDuration::from_secs);
    RetrySchedule { waits: waits.into(), ..RetrySchedule::default() }
}

/// The bounds of the worker.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a lease holds: longer than waiting for an end to hold and calling the GSP.
    pub lease: SignedDuration,
    /// How long it sleeps at most: an event of another node rings no bell here.
    pub idle: Duration,
    /// How long a stop waits for calls under way.
    pub stop: Duration,
}

impl Default for Limits {
    /// 60 s leases, a look a second, 3 s to stop.
    fn default() -> Self {
        Self { lease: SignedDuration::from_secs(60), idle: Duration::from_secs(1), stop: Duration::from_secs(3) }
    }
}

/// The worker and all it works with. Cheap to clone.
#[derive(Clone)]
pub struct Pusher {
    /// Unique to this process: its leases are given back under this name.
    pub worker: Arc<str>,
    /// What is owed.
    pub store: Arc<dyn Store>,
    /// Writes the tokens.
    pub sets: SetWriter,
    /// Calls.
    pub outgoing: Outgoing,
    /// Opens what lets us in.
    pub vault: Vault,
    /// When to try again.
    pub schedule: Arc<RetrySchedule>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Spreads the retries.
    pub chance: Arc<dyn Chance>,
    /// Rung when an end holds.
    pub bell: Bell,
    /// The bounds.
    pub limits: Limits,
}

impl Pusher {
    /// Over what writes the tokens, and calling nobody but the public.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn new(
        sets: SetWriter,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        bell: Bell,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            worker: hex::encode(chance.bytes::<8>()).into(),
            store: sets.store.clone(),
            outgoing: Outgoing::new(Loopback::Refused)?,
            vault: sets.vault.clone(),
            sets,
            schedule: Arc::new(schedule()),
            clock,
            chance,
            bell,
            limits: Limits::default(),
        })
    }

    /// Works until it is told to stop; then leases nothing more, ends what is under way, and gives the rest back.
    pub async fn run(self, stop: CancellationToken) {
        let (turns, mut calls, mut bell) = (Turns::of_each(CALLS_OF_EACH), JoinSet::new(), self.bell.listen());
        let mut old = time::interval(LOOK_FOR_OLD_EVERY);
        old.tick().await;
        while !stop.is_cancelled() {
            if let Err(error) = self.set_off(&turns, &mut calls).await {
                tracing::warn!(%error, "it is not known what GSPs are owed; the next look goes on");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = calls.join_next() => {}
                _ = bell.changed() => {}
                _ = old.tick() => {
                    if let Err(error) = self.give_up_old().await {
                        tracing::warn!(%error, "what is old could not be given up; the next look does");
                    }
                }
                () = time::sleep(self.limits.idle) => {}
            }
        }
        let ended = time::timeout(self.limits.stop, async { while calls.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            calls.shutdown().await;
        }
        if let Err(error) = self.give_back().await {
            tracing::warn!(%error, "leases could not be given back; they end by themselves");
        }
    }

    /// Leases for each GSP as many as there are turns, and calls it.
    async fn set_off(&self, turns: &Turns, calls: &mut JoinSet<()>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut work = self.store.read().await?;
        let ahead = Ahead::of(&mut *work, now).await?;
        let due = work.push_targets_due(ahead.shared(now)).await?;
        drop(work);
        for (gsp, target) in due {
            let turns = turns.of(gsp);
            let mut permits = Vec::new();
            while let Ok(permit) = turns.clone().try_acquire_owned() {
                permits.push(permit);
            }
            let limit = u32::try_from(permits.len()).unwrap_or(0);
            if limit == 0 {
                continue;
            }
            let (lease, target) = (self.chance.id(now), Arc::new(target));
            let due = DueBy { now: ahead.shared(now), leased_until: ahead.shared(now + self.limits.lease) };
            let mut work = self.store.write().await?;
            let leased = work.lease_security_events(&self.worker, lease, gsp, due, limit).await?;
            work.commit().await?;
            for (event, permit) in leased.into_iter().zip(permits) {
                calls.spawn(self.clone().tell(event, lease, target.clone(), permit));
            }
        }
        Ok(())
    }

    /// Tells one event and writes down what became of it. Where the store fails before, nothing was told: it comes again when
    /// its lease is over.
    async fn tell(self, event: SecurityEvent, lease: Uuid, target: Arc<PushTarget>, _turn: OwnedSemaphorePermit) {
        let outcome = match self.sets.write(&event).await {
            Ok(set) => self.called(&event, &target, set).await,
            // It will not come about by waiting.
            Err(error @ CannotTell::NoEnd(_)) => Outcome::Permanent { detail: error.to_string() },
            Err(CannotTell::Store(error)) => {
                tracing::error!(%error, consent = %event.consent, "a security event cannot be written");
                return;
            }
        };
        if !matches!(outcome, Outcome::Accepted { .. }) {
            tracing::warn!(gsp = %event.gsp, consent = %event.consent, ?outcome, "a GSP could not be told of an end");
        }
        let [spread] = self.chance.bytes();
        let after = event.after(&outcome, &self.schedule, self.clock.now(), spread);
        match self.settle(SettledSecurityEvent { lease, after, outcome: to_json(&outcome) }).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(consent = %event.consent, "its lease had ended; a GSP may be told twice"),
            Err(error) => tracing::error!(%error, consent = %event.consent, "what a GSP said could not be written"),
        }
    }

    /// Calls the GSP, and counts how that ended.
    async fn called(&self, event: &SecurityEvent, target: &PushTarget, set: String) -> Outcome {
        let began = stopwatch();
        let outcome = self.call(target, set).await;
        let took = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::MAX);
        metrics().attempt("security_event", &event.gsp.to_string(), &outcome, took);
        outcome
    }

    async fn call(&self, target: &PushTarget, set: String) -> Outcome {
        let url = match self.outgoing.address(&target.url) {
            Ok(url) => url,
            Err(error) => return Outcome::temporary(format!("the address is not called: {error}")),
        };
        let request = self.outgoing.client().post(url).header(CONTENT_TYPE, MEDIA_TYPE);
        let mut request = request.header(ACCEPT, "application/json").body(set);
        if let Some(sealed) = &target.authorization_sealed {
            let opened = self.vault.open(PUSH_AUTHORIZATION, sealed).ok();
            let Some(mut secret) = opened.and_then(|opened| HeaderValue::from_bytes(&opened).ok()) else {
                return Outcome::temporary("what lets us in does not open: import the registry again");
            };
            secret.set_sensitive(true);
            request = request.header(AUTHORIZATION, secret);
        }
        let caller = Caller::over("the GSP", self.outgoing.client().clone());
        match caller.call_for_any(request).await {
            Ok((answered, retry_after_s)) => answer::outcome(answered.status, &answered.body, retry_after_s),
            Err(outcome) => outcome,
        }
    }

    async fn settle(&self, mut settled: SettledSecurityEvent) -> Result<bool, StoreError> {
        let mut work = self.store.write().await?;
        let ahead = Ahead::of(&mut *work, self.clock.now()).await?;
        settled.after.due_at = ahead.shared(settled.after.due_at);
        let held = work.settle_security_event(&settled).await?;
        work.commit().await?;
        Ok(held)
    }

    async fn give_up_old(&self) -> Result<(), StoreError> {
        let before = self.clock.now() - KEPT_FOR;
        let gsps: Vec<GspId> = self.store.read().await?.gsps_that_fetch().await?;
        let outcome = to_json(&Outcome::Permanent { detail: "it was not fetched in seven days".into() });
        for gsp in gsps {
            let mut work = self.store.write().await?;
            let given_up = work.give_up_security_events(gsp, before, &outcome, GIVEN_UP_MAX).await?;
            work.commit().await?;
            if given_up > 0 {
                tracing::error!(%gsp, given_up, "a GSP has not fetched its security events in seven days");
            }
        }
        Ok(())
    }

    async fn give_back(&self) -> Result<(), StoreError> {
        let mut work = self.store.write().await?;
        let now = work.shared_now(self.clock.now()).await?;
        work.release_security_events(&self.worker, now).await?;
        work.commit().await
    }
}

fn to_json(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).unwrap_or_default()
}

impl std::fmt::Debug for Pusher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pusher({})", self.worker)
    }
}
