//! The clock as a parameter, so that a test can run a month in a millisecond.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
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

/// How long something has been running, whatever the wall clock is set to.
pub type Elapsed = Box<dyn Fn() -> Duration + Send + Sync>;

/// A clock that neither goes back nor stands still when the wall clock is set back.
///
/// An expired consent must not come back to life, an OTP must not live longer, a lease must not hold for another hour,
/// and events keep their order. So while the wall clock is behind, time goes on from where it was, at half pace, until
/// the wall clock has caught up: an hour is made good in two. A wall clock that is set forward is followed at once.
pub struct SteadyClock {
    wall: Arc<dyn Clock>,
    elapsed: Elapsed,
    /// The latest moment told, and what had elapsed then.
    last: Mutex<(Timestamp, Duration)>,
}

/// The count of this machine, to tell a person or a figure how long something took. Nothing may be decided by it.
#[expect(clippy::disallowed_methods, reason = "the one place where this count is read")]
pub fn stopwatch() -> Instant {
    Instant::now()
}

impl SteadyClock {
    /// Over the machine's clocks.
    pub fn of_this_machine() -> Self {
        let began = stopwatch();
        Self::over(Arc::new(SystemClock), Box::new(move || began.elapsed()))
    }

    /// Over any clocks.
    pub fn over(wall: Arc<dyn Clock>, elapsed: Elapsed) -> Self {
        let last = (wall.now(), elapsed());
        Self { wall, elapsed, last: Mutex::new(last) }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (wall, elapsed) = (self.wall.now(), (self.elapsed)());
        let since_micros = u64::try_from(elapsed.saturating_sub(last.1).as_micros()).unwrap_or(u64::MAX);
        let paced = last.0.saturating_add(Duration::from_micros(since_micros / 2)).unwrap_or(last.0);
        let now = wall.max(paced);
        // Not before a whole microsecond has passed: half ones would be lost where many ask.
        if now > last.0 {
            *last = (now, elapsed);
        }
        last.0
    }

    fn since_boot(&self) -> Duration {
        self.wall.since_boot()
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

    /// Another clock that shows a moment so much later, and goes with this one no more.
    pub fn set_apart(&self, by: SignedDuration) -> Self {
        let apart = Self::at(self.now());
        apart.advance(by);
        apart
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A steady clock, and the two that it stands on.
    fn steady() -> (SteadyClock, ManualClock, ManualClock) {
        let wall = ManualClock::at(Timestamp::constant(1_700_000_000, 0));
        let counter = ManualClock::at(Timestamp::UNIX_EPOCH);
        let told = counter.clone();
        let elapsed = move || Duration::try_from(told.now().duration_since(Timestamp::UNIX_EPOCH)).expect("forth");
        (SteadyClock::over(Arc::new(wall.clone()), Box::new(elapsed)), wall, counter)
    }

    #[test]
    fn a_wall_clock_set_back_by_an_hour_is_caught_up_with_in_two() {
        let (steady, wall, counter) = steady();
        let start = steady.now();
        let mut told = Vec::new();
        wall.advance(SignedDuration::from_hours(-1));
        for _ in 0..5 {
            told.push(steady.now().duration_since(start).as_mins());
            wall.advance(SignedDuration::from_mins(30));
            counter.advance(SignedDuration::from_mins(30));
        }
        assert_eq!(told, [0, 15, 30, 45, 60]);
        assert_eq!(steady.now(), wall.now());
    }

    #[test]
    fn a_wall_clock_set_forward_is_followed() {
        let (steady, wall, _) = steady();
        wall.advance(SignedDuration::from_hours(5));
        assert_eq!(steady.now(), wall.now());
    }

    proptest! {
        #[test]
        fn time_never_goes_back_and_is_never_behind_the_wall_clock(
            jumps in prop::collection::vec((-7_200_i64..7_200, 0_i64..600), 1..50),
        ) {
            let (steady, wall, counter) = steady();
            let mut last = steady.now();
            for (jump, pace) in jumps {
                wall.advance(SignedDuration::from_secs(jump + pace));
                counter.advance(SignedDuration::from_secs(pace));
                let now = steady.now();
                prop_assert!(now >= last && now >= wall.now());
                prop_assert!(now > last || pace == 0, "it does not stand still");
                last = now;
            }
        }
    }
}
