//! Many servers over one database: when a change is acknowledged, no node answers from what it knew before.
//!
//! Checks are answered from memory, and memory goes stale. Three things together keep a stale answer from passing
//! (leases: Gray and Cheriton, *Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache
//! Consistency*, SOSP 1989):
//!
//! 1. **A lease.** A node answers from memory only for [`lease::USED_FOR`] after it *began* to renew its right, and
//!    each renewal first forgets every change committed before it ([`keeper`]). Whoever is paused, cut off or slow
//!    loses the right by itself, measured by a clock that nobody sets.
//! 2. **An announcement.** Whoever commits a change asks every node to forget, and waits until each says it has
//!    ([`announcer`]). Only then is anybody told that the change holds.
//! 3. **Waiting out.** A node that does not answer is waited for until [`lease::WAITED_FOR`] after its last renewal
//!    ([`silence`]), and no longer than that after the commit: its lease is over by then. It is then retired, so that the
//!    next change need not wait for it, and so that nothing that it had under way gives it a new one.
//!
//! What a node loads while a change is announced is not kept ([`Memory`] sees to that), so that a slow load cannot
//! bring back what was just forgotten.

mod announcer;
mod keeper;
mod lease;
mod silence;
mod waiting;

use std::sync::{Arc, Mutex, PoisonError};

use app::model::gstin::Gstin;
use async_trait::async_trait;
use tokio::sync::Notify;
use uuid::Uuid;

pub use self::{
    announcer::wait_out,
    lease::{LEASE, USED_FOR, WAITED_FOR},
};
use self::{lease::Lease, silence::Silence, waiting::Waiting};
use crate::{
    chance::Chance,
    clock::Clock,
    store::{
        Store, StoreError,
        port::{Change, Signal},
    },
};

/// What a node answers from.
#[async_trait]
pub trait Memory: Send + Sync + 'static {
    /// Forgets what is known of a taxpayer; with `None`, everything. What is being loaded meanwhile is not kept.
    fn forget(&self, whom: Option<Gstin>);

    /// Writes what was counted before this was called. When it answers, the store has it.
    ///
    /// # Errors
    /// [`StoreError`] where the store has not got it: it stays counted here, and is written later.
    async fn settle(&self) -> Result<(), StoreError>;
}

/// Whether leases are obeyed. Everything but the checker that proves their worth keeps them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protection {
    /// They are.
    #[default]
    On,
    /// Memory is answered from for ever and nobody is waited for: what goes wrong then is the checker's to find.
    Off,
}

/// This server among the others.
pub struct Nodes {
    name: String,
    protection: Protection,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    memory: Arc<dyn Memory>,
    lease: Mutex<Option<Lease>>,
    waiting: Waiting,
    silence: Silence,
    /// What this node forgot and has not acknowledged: the calls that it counted before are not written yet.
    unconfirmed: Mutex<Vec<Change>>,
    /// Acknowledgements come back on a line; until it stands, waiting out is all there is.
    listening: Notify,
}

impl Nodes {
    /// A server that has no right yet: it gets one when [`Nodes::keep`] runs.
    pub fn new(
        name: String,
        protection: Protection,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        memory: Arc<dyn Memory>,
    ) -> Self {
        Self {
            name,
            protection,
            store,
            clock,
            chance,
            memory,
            lease: Mutex::default(),
            waiting: Waiting::default(),
            silence: Silence::default(),
            unconfirmed: Mutex::default(),
            listening: Notify::new(),
        }
    }

    /// Whether an answer from memory is worth anything at this moment.
    pub fn may_answer_from_memory(&self) -> bool {
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        match (*lease, self.protection) {
            (Some(_), Protection::Off) => true,
            (Some(lease), Protection::On) => lease.holds(self.clock.since_boot()),
            (None, _) => false,
        }
    }

    /// Waits until this node hears the others for the first time. Its right it may have before or after that.
    pub async fn ready(&self) {
        self.listening.notified().await;
    }

    fn id(&self) -> Option<Uuid> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).map(|lease| lease.node)
    }

    fn set_lease(&self, lease: Option<Lease>) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = lease;
    }

    async fn tell(&self, signals: &[Signal]) {
        if let Err(error) = self.store.announce(signals).await {
            tracing::warn!(%error, "a signal could not be sent; the others learn by renewing");
        }
    }
}
