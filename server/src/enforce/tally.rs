//! Calls that were decided from memory, until the store has them: within [`UNWRITTEN_MAX`], or no more are decided.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::model::usage::Call;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Notebook;
use crate::{
    clock::Clock,
    store::{Store, StoreError},
};

/// The longest that a call which passed may be known to this node alone: what a SIGKILL can lose.
pub const UNWRITTEN_MAX: Duration = Duration::from_secs(1);
/// With this much waiting, no more calls are decided: what is left of the bound is for the write.
const LATE_AFTER: Duration = Duration::from_millis(900);
/// How long calls are gathered for one write.
const GATHERED_FOR: Duration = Duration::from_millis(50);
/// Calls that wait to be written; more are not decided.
const CALLS_MAX: usize = 50_000;
/// The pause after a write that failed.
const PAUSE: Duration = Duration::from_millis(100);
/// Calls that the database refuses by themselves, and that are set aside so that they do not hold up the others; with so
/// many, no more are decided until it takes them.
const REFUSED_MAX: usize = 64;
/// How often these are offered again: there may be no place for them yet.
const REFUSED_OFFERED_EVERY: Duration = Duration::from_secs(10);

/// Calls can not be counted now, so none may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("calls cannot be counted now")]
pub struct CannotCount;

/// The calls that are not written yet.
pub struct Tally {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    unwritten: Mutex<Unwritten>,
    /// Held while calls are being written: whoever has it knows that all before are.
    pen: tokio::sync::Mutex<()>,
    some: Notify,
    /// What passed, for whoever looks for unusual use.
    pub(super) notebook: Arc<Notebook>,
}

#[derive(Default)]
struct Unwritten {
    calls: Vec<(Uuid, Call)>,
    /// Taken by the pen, not yet known to be in the store.
    in_hand: usize,
    /// When the oldest of them all was decided, since boot.
    oldest: Option<Duration>,
    /// Set aside, and when they were offered last.
    refused: Vec<(Uuid, Call)>,
    offered: Duration,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            unwritten: Mutex::default(),
            pen: tokio::sync::Mutex::default(),
            some: Notify::new(),
            notebook: Arc::default(),
        }
    }

    /// What passed, for whoever looks for unusual use.
    pub fn notebook(&self) -> Arc<Notebook> {
        self.notebook.clone()
    }

    /// Counts a call.
    ///
    /// # Errors
    /// [`CannotCount`] where too many wait, or wait for too long.
    pub(super) fn count(&self, id: Uuid, call: Call) -> Result<(), CannotCount> {
        let now = self.clock.since_boot();
        let mut unwritten = self.lock();
        let late = unwritten.oldest.is_some_and(|oldest| now.saturating_sub(oldest) >= LATE_AFTER);
        let full = unwritten.calls.len() + unwritten.in_hand >= CALLS_MAX || unwritten.refused.len() >= REFUSED_MAX;
        if late || full {
            self.some.notify_one();
            return Err(CannotCount);
        }
        unwritten.oldest.get_or_insert(now);
        unwritten.calls.push((id, call));
        drop(unwritten);
        self.some.notify_one();
        Ok(())
    }

    /// Writes every call that was counted before this was called.
    ///
    /// # Errors
    /// [`StoreError`]: the calls wait on, and nothing is lost.
    pub async fn write(&self) -> Result<(), StoreError> {
        let _pen = self.pen.lock().await;
        let mut hand = self.take();
        if hand.calls.is_empty() {
            return Ok(());
        }
        // In one order on every node: two writes never wait for each other crosswise.
        hand.calls.sort_by_key(|(id, call)| (call.gstin, call.consent, *id));
        let refused = self.put(&hand.calls).await?;
        hand.calls.clear();
        drop(hand);
        self.lock().refused.extend(refused);
        Ok(())
    }

    /// Writes calls, all but those that the database refuses by themselves: one that it cannot take must not keep the
    /// others waiting for ever, and every check with them.
    async fn put(&self, calls: &[(Uuid, Call)]) -> Result<Vec<(Uuid, Call)>, StoreError> {
        let (mut left, mut refused) = (vec![calls], Vec::new());
        while let Some(some) = left.pop() {
            match (self.put_all(some).await, some) {
                (Ok(()), _) => {}
                (Err(error), [one]) if error.refuses_rows() => {
                    tracing::error!(%error, ?error, consent = %one.1.consent, at = %one.1.at, "a call cannot be written");
                    refused.push(one.clone());
                }
                (Err(error), _) if error.refuses_rows() => left.extend(<[_; 2]>::from(some.split_at(some.len() / 2))),
                (Err(error), _) => return Err(error),
            }
        }
        Ok(refused)
    }

    async fn put_all(&self, calls: &[(Uuid, Call)]) -> Result<(), StoreError> {
        // Not where requests queue: a node that cannot write what it counted may not answer any more.
        let mut work = self.store.keeper().await?;
        work.add_calls(calls).await?;
        work.commit().await
    }

    fn take(&self) -> Hand<'_> {
        let taken_at = self.clock.since_boot();
        let mut unwritten = self.lock();
        if !unwritten.refused.is_empty() && taken_at.saturating_sub(unwritten.offered) >= REFUSED_OFFERED_EVERY {
            unwritten.offered = taken_at;
            let again = std::mem::take(&mut unwritten.refused);
            unwritten.calls.extend(again);
        }
        let calls = std::mem::take(&mut unwritten.calls);
        unwritten.in_hand = calls.len();
        Hand { calls, taken_at, tally: self }
    }

    /// Writes what is counted, soon after it is, until told to stop; then the rest.
    pub async fn keep_writing(self: Arc<Self>, stop: CancellationToken) {
        let writing = async {
            loop {
                self.some.notified().await;
                tokio::time::sleep(GATHERED_FOR).await;
                while let Err(error) = self.write().await {
                    tracing::warn!(%error, "calls could not be written; they are kept");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        stop.run_until_cancelled(writing).await;
        // Offered once more, whenever that was done last.
        self.lock().offered = Duration::ZERO;
        if let Err(error) = self.write().await {
            tracing::error!(%error, "the last calls before a stop could not be written");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Unwritten> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls being written. Dropped with calls in it (the write failed, or whoever waited for it is gone), it puts them
/// back: none is lost, though one whose commit was not heard of may be written twice, under one id.
struct Hand<'t> {
    calls: Vec<(Uuid, Call)>,
    taken_at: Duration,
    tally: &'t Tally,
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        let mut unwritten = self.tally.lock();
        unwritten.in_hand = 0;
        if self.calls.is_empty() {
            // Counted since then: at the earliest when these were taken.
            unwritten.oldest = (!unwritten.calls.is_empty()).then_some(self.taken_at);
        } else {
            self.calls.append(&mut unwritten.calls);
            unwritten.calls = std::mem::take(&mut self.calls);
        }
    }
}

#[cfg(test)]
mod tests {
    use app::model::{Timestamp, id::ConsentId};
    use jiff::SignedDuration;

    use super::*;
    use crate::{clock::ManualClock, store};

    fn call() -> Call {
        Call {
            gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
            consent: ConsentId(Uuid::nil()),
            at: Timestamp::UNIX_EPOCH,
            api: "returns".into(),
            action: "RETSUM".into(),
            period: None,
            refused: None,
        }
    }

    async fn tally() -> (tempfile::TempDir, ManualClock, Tally) {
        let folder = tempfile::tempdir().expect("folder");
        let store = store::open(&folder.path().join("tally.db").display().to_string()).await.expect("database");
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        (folder, clock.clone(), Tally::new(store, Arc::new(clock)))
    }

    #[tokio::test]
    async fn a_write_that_fails_or_is_given_up_loses_no_call() {
        let (_folder, _, tally) = tally().await;
        tally.count(Uuid::from_u128(1), call()).expect("room");
        drop(futures::poll!(Box::pin(tally.write())));
        assert_eq!(tally.lock().calls.len(), 1, "whoever waited went away");
        tally.store.close().await;
        tally.write().await.expect_err("refused");
        assert_eq!(tally.lock().calls.len(), 1);
    }

    #[tokio::test]
    async fn no_call_is_counted_when_the_oldest_one_waits_for_too_long() {
        let (_folder, clock, tally) = tally().await;
        tally.count(Uuid::from_u128(1), call()).expect("room");
        clock.advance(SignedDuration::from_millis(899));
        tally.count(Uuid::from_u128(2), call()).expect("in time");
        clock.advance(SignedDuration::from_millis(1));
        assert_eq!(tally.count(Uuid::from_u128(3), call()), Err(CannotCount));
    }

    #[tokio::test]
    async fn calls_that_wait_are_bounded() {
        let (_folder, _, tally) = tally().await;
        for n in 0..CALLS_MAX {
            tally.count(Uuid::from_u128(n as u128), call()).expect("room");
        }
        assert_eq!(tally.count(Uuid::max(), call()), Err(CannotCount));
    }
}
