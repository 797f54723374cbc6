//! What a server answers checks from, put together: the memory, the tally of its answers, the right to use it.

use std::sync::Arc;

use super::{Memory, Tally};
use crate::{
    chance::Chance,
    clock::Clock,
    nodes::{Nodes, Protection},
    store::Store,
};

/// The three parts, which know each other.
#[derive(Clone)]
pub struct Remembering {
    /// Whether memory may be answered from.
    pub nodes: Arc<Nodes>,
    /// What is remembered.
    pub memory: Arc<Memory>,
    /// What is counted and not yet written.
    pub tally: Arc<Tally>,
}

impl Remembering {
    /// An empty memory over a store. It has no right to answer until [`Nodes::keep`] runs.
    pub fn new(
        name: &str,
        protection: Protection,
        store: &Arc<dyn Store>,
        clock: &Arc<dyn Clock>,
        chance: &Arc<dyn Chance>,
    ) -> Self {
        let tally = Arc::new(Tally::new(store.clone(), clock.clone()));
        let memory = Arc::new(Memory::new(tally.clone()));
        let name = name.to_owned();
        let nodes = Nodes::new(name, protection, store.clone(), clock.clone(), chance.clone(), memory.clone());
        Self { nodes: Arc::new(nodes), memory, tally }
    }
}
