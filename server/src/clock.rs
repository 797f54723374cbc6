//! The clock as a parameter, so that a test can run a month in a millisecond.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use app::model::Timestamp;
use jiff::SignedDuration;

/// Tells the time, in whole microseconds: what is stored and what is compared are then the same.
pub trait Clock: Send + Sync + 'static {
    /// The moment.
    fn now(&self) -> Timestamp;

    /// Time since the machine started, asleep or awake. Nobody sets it: leases are measured with it.
    fn since_boot(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn since_boot(&self) -> Duration {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(since.tv_sec.unsigned_abs(), u32::try_from(since.tv_nsec).unwrap_or(0))
    }
}

/// A clock that stands until it is moved.
#[derive(Debug, Clone)]
pub struct ManualClock {
    micros: Arc<AtomicI64>,
    since_boot: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that shows this moment.
    pub fn at(moment: Timestamp) -> Self {
        Self { micros: Arc::new(AtomicI64::new(moment.as_microsecond())), since_boot: Arc::default() }
    }

    /// Time passes; or, with a negative span, somebody sets the clock back while no time passes.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.micros.fetch_add(micros, Ordering::SeqCst);
        self.since_boot.fetch_add(micros.max(0), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn since_boot(&self) -> Duration {
        Duration::from_micros(self.since_boot.load(Ordering::SeqCst).unsigned_abs())
    }
}
