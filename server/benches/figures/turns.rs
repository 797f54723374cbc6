//! Turn by turn: first the one, then the other, again and again, so that a slow minute falls on both.

use std::time::{Duration, Instant};

/// What several turns gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(mut turns: Vec<f64>) -> Self {
        turns.sort_by(f64::total_cmp);
        Self { median: turns[turns.len() / 2], min: turns[0], max: turns[turns.len() - 1] }
    }

    pub(crate) fn in_words(&self) -> String {
        let digits = if self.median < 10.0 { 3 } else { 0 };
        format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.min, self.max)
    }
}

/// How many a second.
pub(crate) fn rate(done: usize, began: Instant) -> f64 {
    f64::from(u32::try_from(done).expect("few")) / began.elapsed().as_secs_f64()
}

/// The time that 95 of a hundred stayed below, in milliseconds.
pub(crate) fn p95_ms(times: Vec<Duration>) -> f64 {
    percentile_ms(times, 95)
}

/// The time that 99 of a hundred stayed below, in milliseconds.
pub(crate) fn p99_ms(times: Vec<Duration>) -> f64 {
    percentile_ms(times, 99)
}

fn percentile_ms(mut times: Vec<Duration>, percent: usize) -> f64 {
    times.sort_unstable();
    times[times.len() * percent / 100].as_secs_f64() * 1_000.0
}
