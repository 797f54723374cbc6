//! What checks are answered from: facts by token, for as long as this node has the right ([`crate::nodes`]).
//!
//! Deciding a call and counting it happen under one lock, so that a call either was counted before a change asks to
//! forget, or is decided on what the store says after it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use app::model::{decide::Facts, gstin::Gstin};
use async_trait::async_trait;

use super::tally::Tally;
use crate::{nodes, store::StoreError, vault::KeyedHash};

/// Tokens of one generation; two are held, so that what is asked for stays and what is not goes. About a kilobyte each.
const TOKENS_MAX: usize = 100_000;
/// Changes remembered for loads under way; a load that took longer than so many is not kept.
const RECENT_MAX: usize = 512;

type Token = [u8; 32];

/// The memory of a node.
pub struct Memory {
    inner: Mutex<Inner>,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Inner {
    young: HashMap<Token, Arc<Facts>>,
    old: HashMap<Token, Arc<Facts>>,
    tokens: HashMap<Gstin, HashSet<Token>>,
    gateways: HashMap<Token, String>,
    /// Changes so far, and whose the newest were.
    changes: u64,
    recent: VecDeque<Option<Gstin>>,
}

/// A moment between two changes, noted before a load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(u64);

/// Something changed while it was loaded: load it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stale;

impl Memory {
    /// An empty memory, and what its answers are counted in.
    pub fn new(tally: Arc<Tally>) -> Self {
        Self { inner: Mutex::default(), tally }
    }

    /// What a judge says of the facts that are remembered under a token.
    pub(super) fn answer<A>(&self, token: &KeyedHash, judge: impl FnOnce(&Arc<Facts>) -> A) -> Option<A> {
        let mut inner = self.lock();
        let facts = inner.find(&token.0)?;
        Some(judge(&facts))
    }

    /// Notes this moment before a load, where memory `may` be answered from; `None` where not. The right is looked at after
    /// the moment is noted: a node that lost it in between, and has a new one, forgot everything after that moment, which the
    /// mark shows. Looked at first, the right may be one that was over when the moment was noted, between what is forgotten
    /// for a new one and its beginning: what others change then is announced to nobody here.
    pub(super) fn mark(&self, may: impl FnOnce() -> bool) -> Option<Mark> {
        let mark = Mark(self.lock().changes);
        may().then_some(mark)
    }

    /// Keeps facts that were loaded since a mark, and what a judge says of them.
    pub(super) fn admit<A>(
        &self,
        token: &KeyedHash,
        facts: Facts,
        since: Mark,
        judge: impl FnOnce(&Arc<Facts>) -> A,
    ) -> Result<A, Stale> {
        let facts = Arc::new(facts);
        let mut inner = self.lock();
        if inner.changed_since(since, Some(facts.consent.gstin)) {
            return Err(Stale);
        }
        inner.keep(token.0, facts.clone());
        Ok(judge(&facts))
    }

    /// The gateway that is remembered under a secret, where memory `may` be answered from once it was found.
    pub(super) fn gateway(&self, secret: &KeyedHash, may: impl FnOnce() -> bool) -> Option<String> {
        let inner = self.lock();
        inner.gateways.get(&secret.0).filter(|_| may()).cloned()
    }

    /// Keeps a gateway that was loaded since a mark.
    pub(super) fn keep_gateway(&self, secret: &KeyedHash, name: &str, since: Mark) {
        let mut inner = self.lock();
        if !inner.changed_since(since, None) {
            inner.gateways.insert(secret.0, name.to_owned());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn find(&mut self, token: &Token) -> Option<Arc<Facts>> {
        if let Some(facts) = self.young.get(token) {
            return Some(facts.clone());
        }
        let facts = self.old.remove(token)?;
        self.make_room();
        self.young.insert(*token, facts.clone());
        Some(facts)
    }

    fn keep(&mut self, token: Token, facts: Arc<Facts>) {
        self.make_room();
        let gstin = facts.consent.gstin;
        self.old.remove(&token);
        self.young.insert(token, facts);
        self.tokens.entry(gstin).or_default().insert(token);
    }

    /// The young generation is full: the old one goes.
    fn make_room(&mut self) {
        if self.young.len() < TOKENS_MAX {
            return;
        }
        let gone = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
        for (token, facts) in gone {
            let gstin = facts.consent.gstin;
            if let Some(tokens) = self.tokens.get_mut(&gstin) {
                tokens.remove(&token);
                if tokens.is_empty() {
                    self.tokens.remove(&gstin);
                }
            }
        }
    }

    fn changed_since(&self, mark: Mark, whom: Option<Gstin>) -> bool {
        let newer = usize::try_from(self.changes - mark.0).unwrap_or(usize::MAX);
        if newer > self.recent.len() {
            return true;
        }
        let mut newest = self.recent.iter().rev().take(newer);
        newest.any(|changed| changed.is_none() || *changed == whom)
    }

    fn forget(&mut self, whom: Option<Gstin>) {
        self.changes += 1;
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(whom);
        if let Some(gstin) = whom {
            for token in self.tokens.remove(&gstin).unwrap_or_default() {
                self.young.remove(&token);
                self.old.remove(&token);
            }
        } else {
            self.young.clear();
            self.old.clear();
            self.tokens.clear();
            self.gateways.clear();
        }
    }
}

#[async_trait]
impl nodes::Memory for Memory {
    fn forget(&self, whom: Option<Gstin>) {
        self.lock().forget(whom);
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.tally.write().await
    }
}

#[cfg(test)]
mod tests;
