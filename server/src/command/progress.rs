//! A line on standard error now and then, and at the end, that says how far a long command is.

use std::time::{Duration, Instant};

/// How often it speaks.
const EVERY: Duration = Duration::from_secs(2);

/// Speaks when it is time.
pub(super) struct Progress {
    began: Instant,
    spoke: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        let now = server::clock::stopwatch();
        Self { began: now, spoke: now }
    }

    /// So much of so much is done; `what` is put into words only when it is time to speak.
    #[expect(clippy::print_stderr, reason = "progress is for the person at the terminal, not for the log")]
    pub(super) fn tell(&mut self, done: u64, of: u64, what: impl FnOnce() -> String) {
        if of == 0 || (self.spoke.elapsed() < EVERY && done < of) {
            return;
        }
        self.spoke = server::clock::stopwatch();
        let spent = self.began.elapsed();
        let left = spent.as_secs() * of.saturating_sub(done) / done.max(1);
        eprintln!("{:3} % · {} · {} s so far, about {left} s to go", done * 100 / of, what(), spent.as_secs());
    }
}
