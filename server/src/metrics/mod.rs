//! What is counted for whoever watches: counters of the process, gauges that are read when they are asked for.

mod gauges;
mod labels;
mod serve;

use std::sync::LazyLock;

use app::model::{alert::Outcome, decide::RefuseReason};
use jiff::SignedDuration;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use self::labels::{Attempt, ByCallback, ByChannel, ByDecision, ByProof, ByProvider};
pub use self::{
    labels::CallbackResult,
    serve::{Watched, routes},
};

/// Seconds, from an answer out of memory to one that nobody waits for any more.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0];

/// Everything that is counted. One a process, as there is one log: what counts does not have to be handed a counter.
pub struct Metrics {
    registry: Registry,
    attempts: Family<Attempt, Counter>,
    attempt_seconds: Family<ByProvider, Histogram, fn() -> Histogram>,
    passed: Counter,
    checks: Family<ByDecision, Counter>,
    revoke_effective: Histogram,
    waiting: Family<ByChannel, Gauge>,
    oldest_due: Family<ByChannel, Gauge>,
    alarm: Family<ByChannel, Gauge>,
    points: Family<ByProvider, Gauge>,
    breaker: Family<ByProvider, Gauge>,
    canary_age: Family<ByProof, Gauge>,
    callbacks: Family<ByCallback, Counter>,
    notices: Gauge,
    nodes: Gauge,
    lease: Gauge,
}

/// What this process counts.
pub fn metrics() -> &'static Metrics {
    static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);
    &METRICS
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    fn new() -> Self {
        let checks = Family::<ByDecision, Counter>::default();
        let passed = checks.get_or_create_owned(&ByDecision { decision: "pass".into() });
        let mut metrics = Self {
            registry: Registry::with_prefix("asp_access"),
            attempts: Family::default(),
            attempt_seconds: Family::new_with_constructor(histogram),
            passed,
            checks,
            revoke_effective: histogram(),
            waiting: Family::default(),
            oldest_due: Family::default(),
            alarm: Family::default(),
            points: Family::default(),
            breaker: Family::default(),
            canary_age: Family::default(),
            callbacks: Family::default(),
            notices: Gauge::default(),
            nodes: Gauge::default(),
            lease: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("attempts", "Messages handed to providers, by how that ended", self.attempts.clone());
        to.register("attempt_seconds", "From handing over to the provider's answer", self.attempt_seconds.clone());
        to.register("checks", "Checks, by decision", self.checks.clone());
        to.register(
            "revoke_effective_seconds",
            "From the commit of a change to its holding on every node",
            self.revoke_effective.clone(),
        );
        to.register(
            "deliveries_waiting",
            "Deliveries that are not at their end, up to a million",
            self.waiting.clone(),
        );
        to.register(
            "oldest_due_seconds",
            "For how long the oldest delivery that waits has been owed",
            self.oldest_due.clone(),
        );
        to.register("channel_alarm", "1 while every provider is slow or failing", self.alarm.clone());
        to.register("provider_points", "Share of a channel's messages, of 100", self.points.clone());
        to.register("provider_breaker", "0 closed, 1 being tried, 2 open", self.breaker.clone());
        to.register(
            "canary_proof_age_seconds",
            "Since a canary's message was last accepted, or known to have arrived",
            self.canary_age.clone(),
        );
        to.register("callbacks", "What providers told us by themselves, by what came of it", self.callbacks.clone());
        to.register("officer_notices_open", "Notices that no officer handled, up to a million", self.notices.clone());
        to.register("nodes", "Servers that may answer checks from memory", self.nodes.clone());
        to.register("lease_held", "1 while this server may answer checks from memory", self.lease.clone());
    }

    /// A message was handed to a provider.
    pub fn attempt(&self, channel: &'static str, provider: &str, outcome: &Outcome, took: SignedDuration) {
        let by = ByProvider { channel, provider: provider.into() };
        self.attempt_seconds.get_or_create(&by).observe(took.as_secs_f64());
        let outcome = match outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Temporary { .. } => "temporary",
            Outcome::Permanent { .. } => "permanent",
        };
        self.attempts.get_or_create(&Attempt { channel, provider: by.provider, outcome }).inc();
    }

    /// A provider told us so many things of a kind by itself. Its name is one of the settings.
    pub fn callbacks(&self, kind: &'static str, provider: &str, result: CallbackResult, many: usize) {
        let by = ByCallback { kind, provider: provider.into(), result: result.name() };
        self.callbacks.get_or_create(&by).inc_by(u64::try_from(many).unwrap_or(u64::MAX));
    }

    /// A check let a call pass.
    pub fn check_passed(&self) {
        self.passed.inc();
    }

    /// A check refused a call.
    pub fn check_refused(&self, reason: RefuseReason) {
        let decision = serde_json::to_value(reason).ok().and_then(|name| name.as_str().map(str::to_owned));
        self.count_check(decision.as_deref().unwrap_or("refused"));
    }

    /// A check has no answer.
    pub fn check_unanswered(&self) {
        self.count_check("unanswered");
    }

    fn count_check(&self, decision: &str) {
        self.checks.get_or_create(&ByDecision { decision: decision.into() }).inc();
    }

    /// A change holds on every node, so long after its commit.
    pub fn effective_after(&self, took: std::time::Duration) {
        self.revoke_effective.observe(took.as_secs_f64());
    }
}
