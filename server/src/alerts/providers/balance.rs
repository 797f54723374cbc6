//! How the providers of a channel share its messages: by weight, which slow and failing ones lose and win back. A pure
//! rule, after the way in which GOV.UK Notify balances two SMS providers.

use std::collections::VecDeque;

use app::model::{Timestamp, alert::Outcome};
use jiff::SignedDuration;
use serde::Deserialize;

use super::breaker::{Breaker, BreakerRules, BreakerState};

/// Points that the weights of a channel's providers add up to.
pub const POINTS: u32 = 100;
/// Spans of time in which answers are counted; together they are the window.
const SPANS: i64 = 5;

/// The numbers of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BalanceRules {
    /// Answers of so many seconds are looked at.
    pub window_seconds: u32,
    /// Percent of slow or failed messages from which on a provider is in trouble.
    pub trouble_percent: u8,
    /// Fewer messages than this say nothing.
    pub messages_min: u32,
    /// Points that a provider in trouble loses, and wins back.
    pub step_points: u32,
    /// Seconds between two losses.
    pub step_seconds: u32,
    /// Seconds between two steps back to the weights of the settings.
    pub drift_seconds: u32,
    /// Points that a provider keeps: without messages nobody would see that it is well again.
    pub points_min: u32,
    /// Milliseconds from which on an acceptance was slow.
    pub acceptance_slow_ms: u32,
    /// Seconds from which on a delivery was slow.
    pub delivery_slow_seconds: u32,
}

impl Default for BalanceRules {
    /// 10 points when 15 % took over 5 minutes to arrive, or over 5 s to be accepted, or failed.
    fn default() -> Self {
        Self {
            window_seconds: 300,
            trouble_percent: 15,
            messages_min: 20,
            step_points: 10,
            step_seconds: 60,
            drift_seconds: 600,
            points_min: 5,
            acceptance_slow_ms: 5_000,
            delivery_slow_seconds: 300,
        }
    }
}

/// What changed, worth a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// A provider lost weight, or won some back: its new points.
    Weight {
        /// Which.
        provider: usize,
        /// Its points.
        points: u32,
    },
    /// A breaker changed.
    Breaker {
        /// Which provider's.
        provider: usize,
        /// How it stands.
        state: BreakerState,
    },
    /// All providers are in trouble, or no longer: weights do not help then.
    Alarm(bool),
}

/// The providers of a channel, as the rule sees them: by their place in the settings.
#[derive(Debug, Clone)]
pub struct Balancer {
    rules: BalanceRules,
    standings: Vec<Standing>,
    moved_at: Timestamp,
    alarm: bool,
}

#[derive(Debug, Clone)]
struct Standing {
    /// Where the weight comes to rest.
    rest: u32,
    points: u32,
    breaker: Breaker,
    answers: Answers,
    /// What became of the messages that it took. Counted apart: every message is answered fast where few are ever reported
    /// of, and those few would be lost among the answers.
    arrivals: Answers,
}

impl Standing {
    fn is_in_trouble(&self, rules: &BalanceRules) -> bool {
        self.answers.are_trouble(rules) || self.arrivals.are_trouble(rules)
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
enum Sample {
    Answer,
    Arrival,
}

/// Messages and those in trouble, by spans of time, the newest last.
#[derive(Debug, Clone, Default)]
struct Answers(VecDeque<(i64, u32, u32)>);

impl Answers {
    fn count(&mut self, span: i64, trouble: bool) {
        // A clock that goes back counts to the newest span.
        match self.0.back_mut().filter(|(newest, ..)| *newest >= span) {
            Some((_, all, bad)) => (*all, *bad) = (*all + 1, *bad + u32::from(trouble)),
            None => self.0.push_back((span, 1, u32::from(trouble))),
        }
        self.forget(span);
    }

    fn forget(&mut self, span: i64) {
        while self.0.front().is_some_and(|(oldest, ..)| *oldest <= span - SPANS) {
            self.0.pop_front();
        }
    }

    fn are_trouble(&self, rules: &BalanceRules) -> bool {
        let (all, bad) = self.0.iter().fold((0, 0), |(all, bad), (_, more, worse)| (all + more, bad + worse));
        all >= rules.messages_min.max(1) && bad * 100 >= all * u32::from(rules.trouble_percent)
    }
}

impl Balancer {
    /// Over providers of these weights, which count by what each is of their sum.
    pub fn new(rules: BalanceRules, breakers: BreakerRules, weights: &[u32], now: Timestamp) -> Self {
        let standing = |points| Standing {
            rest: points,
            points,
            breaker: Breaker::new(breakers),
            answers: Answers::default(),
            arrivals: Answers::default(),
        };
        Self { rules, standings: as_points(weights).into_iter().map(standing).collect(), moved_at: now, alarm: false }
    }

    /// Which provider takes the next message: by weight among those whose breakers let it pass, by a number that was
    /// drawn; `avoid`, through which it failed before, only where there is no other, and `barred` never.
    pub fn pick(&mut self, now: Timestamp, drawn: u32, avoid: &[usize], barred: &[usize]) -> Option<usize> {
        let passes = |at: &usize| !barred.contains(at) && self.standings[*at].breaker.may_pass(now);
        let passing: Vec<usize> = (0..self.standings.len()).filter(passes).collect();
        let mut among: Vec<usize> = passing.iter().copied().filter(|at| !avoid.contains(at)).collect();
        if among.is_empty() {
            among = passing;
        }
        // Where none of them has weight, each counts alike.
        let weight = |at: usize| self.standings[at].points.max(1);
        let all: u32 = among.iter().map(|at| weight(*at)).sum();
        let mut left = drawn.checked_rem(all)?;
        let picked = among.into_iter().find(|at| match left.checked_sub(weight(*at)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })?;
        self.standings[picked].breaker.passes(now);
        Some(picked)
    }

    /// How many messages may be begun now, of so many.
    pub fn room(&self, now: Timestamp, wanted: usize) -> usize {
        let state = |standing: &Standing| (standing.breaker.state(now), standing.breaker.may_pass(now));
        let states: Vec<_> = self.standings.iter().map(state).collect();
        if states.iter().any(|(state, _)| *state == BreakerState::Closed) {
            return wanted;
        }
        states.iter().filter(|(_, may_pass)| *may_pass).count().min(wanted)
    }

    /// From when on a message may pass, where none may now.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.opens_without(&[])
    }

    /// The same of those that are not barred.
    pub fn opens_without(&self, barred: &[usize]) -> Option<Timestamp> {
        let others = self.standings.iter().enumerate().filter(|(at, _)| !barred.contains(at));
        others.map(|(_, standing)| standing.breaker.opens_at()).min().flatten()
    }

    /// Whether a message may pass now at one that is not barred.
    pub fn passes_without(&self, now: Timestamp, barred: &[usize]) -> bool {
        let mut others = self.standings.iter().enumerate().filter(|(at, _)| !barred.contains(at));
        others.any(|(_, standing)| standing.breaker.may_pass(now))
    }

    /// A message was answered, after so long.
    pub fn answered(&mut self, provider: usize, now: Timestamp, took: SignedDuration, outcome: &Outcome) -> Vec<Shift> {
        let slow = took.as_millis() >= i128::from(self.rules.acceptance_slow_ms);
        let failed = matches!(outcome, Outcome::Temporary { .. });
        let mut shifts = self.count(Sample::Answer, provider, now, slow || failed);
        let breaker = &mut self.standings[provider].breaker;
        let before = breaker.state(now);
        match outcome {
            Outcome::Temporary { retry_after_s, .. } => {
                breaker.failed(now, retry_after_s.map(|count| SignedDuration::from_secs(count.into())));
            }
            // A recipient that was refused for good was refused by a provider that works.
            Outcome::Accepted { .. } | Outcome::Permanent { .. } => breaker.succeeded(),
        }
        let state = breaker.state(now);
        if state != before {
            shifts.push(Shift::Breaker { provider, state });
        }
        shifts
    }

    /// A message is known to have arrived, so long after it was accepted.
    pub fn delivered(&mut self, provider: usize, now: Timestamp, took: SignedDuration) -> Vec<Shift> {
        self.count(Sample::Arrival, provider, now, took.as_secs() >= i64::from(self.rules.delivery_slow_seconds))
    }

    /// Nothing was heard in time of a message that it took.
    pub fn fell_silent(&mut self, provider: usize, now: Timestamp) -> Vec<Shift> {
        self.count(Sample::Arrival, provider, now, true)
    }

    /// The points of each.
    pub fn points(&self) -> Vec<u32> {
        self.standings.iter().map(|standing| standing.points).collect()
    }

    /// How each breaker stands.
    pub fn breakers(&self, now: Timestamp) -> Vec<BreakerState> {
        self.standings.iter().map(|standing| standing.breaker.state(now)).collect()
    }

    /// Whether all are in trouble.
    pub fn alarm(&self) -> bool {
        self.alarm
    }

    fn count(&mut self, what: Sample, provider: usize, now: Timestamp, trouble: bool) -> Vec<Shift> {
        let span = now.as_second() / (i64::from(self.rules.window_seconds) / SPANS).max(1);
        for standing in &mut self.standings {
            standing.answers.forget(span);
            standing.arrivals.forget(span);
        }
        let standing = &mut self.standings[provider];
        match what {
            Sample::Answer => standing.answers.count(span, trouble),
            Sample::Arrival => standing.arrivals.count(span, trouble),
        }
        self.weigh(now)
    }

    fn weigh(&mut self, now: Timestamp) -> Vec<Shift> {
        let troubled: Vec<bool> = self.standings.iter().map(|one| one.is_in_trouble(&self.rules)).collect();
        let alarm = troubled.iter().all(|troubled| *troubled);
        let mut shifts = Vec::new();
        if alarm != self.alarm {
            self.alarm = alarm;
            shifts.push(Shift::Alarm(alarm));
        }
        let since = now.duration_since(self.moved_at).as_secs();
        let before = self.points();
        if alarm {
            // To move weight from one that is slow to another that is slow helps nobody.
        } else if troubled.contains(&true) {
            if since >= i64::from(self.rules.step_seconds) {
                self.moved_at = now;
                self.take_from(&troubled);
            }
        } else if since >= i64::from(self.rules.drift_seconds) {
            self.moved_at = now;
            self.drift();
        }
        let moved = self.points().into_iter().enumerate().filter(|(at, points)| before[*at] != *points);
        shifts.extend(moved.map(|(provider, points)| Shift::Weight { provider, points }));
        shifts
    }

    /// Each in trouble loses a step, and has to be seen in trouble anew for the next; the others share it.
    fn take_from(&mut self, troubled: &[bool]) {
        let mut taken = 0;
        for (standing, _) in self.standings.iter_mut().zip(troubled).filter(|(_, troubled)| **troubled) {
            let step = standing.points.saturating_sub(self.rules.points_min).min(self.rules.step_points);
            standing.points -= step;
            (standing.answers, standing.arrivals) = (Answers::default(), Answers::default());
            taken += step;
        }
        let mut others: Vec<_> =
            self.standings.iter_mut().zip(troubled).filter(|(_, troubled)| !**troubled).map(|(one, _)| one).collect();
        let shares = as_shares(taken, others.len());
        for (standing, share) in others.iter_mut().zip(shares) {
            standing.points += share;
        }
    }

    /// A step from who has most too much to who has most too little.
    fn drift(&mut self) {
        let over = |one: &Standing| one.points.saturating_sub(one.rest);
        let under = |one: &Standing| one.rest.saturating_sub(one.points);
        let most = |by: &dyn Fn(&Standing) -> u32| (0..self.standings.len()).max_by_key(|at| by(&self.standings[*at]));
        if let (Some(from), Some(to)) = (most(&over), most(&under)) {
            let step = over(&self.standings[from]).min(under(&self.standings[to])).min(self.rules.step_points);
            self.standings[from].points -= step;
            self.standings[to].points += step;
        }
    }
}

/// So many points split over so many, the first ones getting what does not divide.
fn as_shares(points: u32, among: usize) -> Vec<u32> {
    let count = u32::try_from(among).unwrap_or(u32::MAX).max(1);
    (0..among).map(|at| points / count + u32::from((at as u64) < u64::from(points % count))).collect()
}

/// Weights as points that add up to [`POINTS`].
fn as_points(weights: &[u32]) -> Vec<u32> {
    let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let share = |weight: u32| u64::from(weight) * u64::from(POINTS) / all.max(1);
    let mut points: Vec<u32> = weights.iter().map(|weight| u32::try_from(share(*weight)).unwrap_or(POINTS)).collect();
    let missing = POINTS.saturating_sub(points.iter().sum());
    for (points, share) in points.iter_mut().zip(as_shares(missing, weights.len())) {
        *points += share;
    }
    points
}

#[cfg(test)]
mod tests;
