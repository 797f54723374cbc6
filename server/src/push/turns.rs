//! How many things at once for one GSP: one that hangs holds up nobody else's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::model::id::GspId;
use tokio::sync::Semaphore;

/// Turns by GSP. There is one entry a GSP, some sixty.
#[derive(Debug)]
pub(super) struct Turns {
    each: usize,
    taken: Mutex<HashMap<GspId, Arc<Semaphore>>>,
}

impl Turns {
    /// So many a GSP.
    pub(super) fn of_each(each: usize) -> Self {
        Self { each, taken: Mutex::default() }
    }

    /// The turns of a GSP.
    pub(super) fn of(&self, gsp: GspId) -> Arc<Semaphore> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.entry(gsp).or_insert_with(|| Arc::new(Semaphore::new(self.each))).clone()
    }
}
