//! The log as a whole: its leaves are the events, its tiles the tree over them, and every root that was signed is that tree's.
//!
//! Events are read by taxpayer and leaves in the order of the log. So that neither has to be held or looked up one by one,
//! each event adds to a sum of the tile that its leaf is in, and each leaf of a tile to another; only where the two differ
//! are the leaves of that tile looked at singly. What is added is keyed, so that nobody can make sums agree.

use std::collections::VecDeque;

use app::model::{
    Timestamp,
    merkle::{Checkpoint, Edge, Hash, PublicKey, Signature, TILE_WIDTH, Tile, TileId, event_leaf, voucher},
};
use aws_lc_rs::hmac;
use jiff::SignedDuration;

use super::{dossier::Dossier, pass::Known, violation::Violation};
use crate::{
    chance::{Chance, SystemChance},
    store::{
        Reading, Store, StoreError,
        port::{LeafRow, StoredCheckpoint},
    },
};

const CHECK: &str = "ledger";
/// Tiles that are read at once: half a megabyte.
const TILES_PER_ROUND: u32 = 64;
const CHECKPOINTS_PER_ROUND: u32 = 1_000;
/// Tiles whose leaves are looked at singly; where there are more, naming each says nothing new.
const TILES_SINGLY_MAX: u32 = 1_000;
/// A leaf is signed within seconds of its event; a day covers a server that stood still.
const SIGNED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the log, and what the events add up to.
pub(super) struct Log {
    pub(super) size: u64,
    origin: String,
    keys: Vec<PublicKey>,
    /// Sixteen bytes for 256 leaves.
    sums: Vec<u128>,
    key: hmac::Key,
    found: Vec<Violation>,
}

impl Log {
    /// The log as it is now: what comes later is not looked at.
    pub(super) async fn begin(work: &mut dyn Reading) -> Result<Self, StoreError> {
        let (state, newest) = (work.ledger().await?, work.newest_checkpoint().await?);
        // Drawn here and not passed in: nothing that is found depends on it.
        let chance: &dyn Chance = &SystemChance;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &chance.bytes::<32>());
        let tiles = usize::try_from(state.size.div_ceil(TILE_WIDTH as u64)).unwrap_or(usize::MAX);
        let origin = state.origin.unwrap_or_default();
        let mut log = Self { size: state.size, origin, keys: Vec::new(), sums: vec![0; tiles], key, found: Vec::new() };
        log.read_keys(work).await?;
        if let Some(signed) = newest.filter(|signed| signed.size > state.size) {
            let what =
                format!("is said to hold {} leaves, but {} were signed: it was cut back", state.size, signed.size);
            log.found("ledger 1".into(), what);
        }
        Ok(log)
    }

    fn found(&mut self, row: String, what: impl Into<String>) {
        self.found.push(Violation { check: CHECK, row, what: what.into() });
    }

    async fn read_keys(&mut self, work: &mut dyn Reading) -> Result<(), StoreError> {
        for stored in work.signing_keys().await? {
            let row = format!("signing_key {}", stored.number);
            let Ok(key) = PublicKey::new(&stored.public_key) else {
                self.found(row, "is no Ed25519 key");
                continue;
            };
            let vouched = match (self.keys.last(), stored.vouched_for) {
                (None, None) => true,
                (Some(before), Some(signature)) => {
                    before.verifies(voucher(stored.number, key).as_bytes(), &Signature(signature))
                }
                _ => false,
            };
            if !vouched {
                self.found(row, "is not vouched for by the key before it");
            }
            self.keys.push(key);
        }
        Ok(())
    }

    fn add(&self, sum: &mut u128, index: u64, leaf: Hash) {
        let tag = hmac::sign(&self.key, &[&index.to_be_bytes(), leaf.0.as_slice()].concat());
        let mut short = [0; 16];
        short.copy_from_slice(&tag.as_ref()[..16]);
        *sum = sum.wrapping_add(u128::from_be_bytes(short));
    }

    /// Takes down the leaves that the events of a taxpayer make.
    pub(super) fn count(&mut self, dossier: &Dossier) {
        for (_, link) in &dossier.chain {
            let Some(leaf) = dossier.leaves.get(&link.seq).filter(|leaf| leaf.index < self.size) else { continue };
            let place = usize::try_from(leaf.index).unwrap_or(usize::MAX) / TILE_WIDTH;
            let mut sum = self.sums[place];
            self.add(&mut sum, leaf.index, event_leaf(leaf.salt, link.hash));
            self.sums[place] = sum;
        }
    }

    /// Reads the log from its beginning, and tells `each` round how far it is and what it found.
    pub(super) async fn check(
        mut self,
        store: &dyn Store,
        known: &Known,
        each: &mut (dyn FnMut(u64, Vec<Violation>) + Send),
    ) -> Result<(), StoreError> {
        let (mut edge, mut signed, mut singly) = (Edge::default(), Signed::default(), 0);
        loop {
            let mut work = store.read().await?;
            self.check_signed(&mut *work, &mut signed, &edge).await?;
            let before = edge.size();
            let tiles = work.ledger_tiles(0, before / TILE_WIDTH as u64, TILES_PER_ROUND).await?;
            let mut full = Vec::new();
            for (number, hashes) in tiles {
                let due = TileId::within(0, edge.size() / TILE_WIDTH as u64, self.size);
                let Some(due) = due.filter(|due| due.number == number && hashes.len() >= usize::from(due.width)) else {
                    break;
                };
                let (first, hashes) = (edge.size(), &hashes[..usize::from(due.width)]);
                let mut sum = 0;
                for hash in hashes {
                    self.add(&mut sum, edge.size(), *hash);
                    edge.push(*hash, &mut full);
                    self.check_signed(&mut *work, &mut signed, &edge).await?;
                }
                let place = usize::try_from(number).unwrap_or(usize::MAX);
                let may_be_gone = signed.next_at().is_some_and(|at| !known.keeps_consents_of(at - SIGNED_WITHIN));
                if sum != self.sums[place] && !(may_be_gone && self.sums[place] == 0) {
                    singly += 1;
                    if singly <= TILES_SINGLY_MAX {
                        self.look_singly(&mut *work, first, hashes, may_be_gone).await?;
                    }
                }
            }
            for tile in full.iter().filter(|tile| tile.id.level > 0) {
                self.check_tile(&mut *work, tile).await?;
            }
            if edge.size() == self.size {
                break;
            }
            if edge.size() == before {
                self.found(format!("ledger_tile 0/{}", before / TILE_WIDTH as u64), "is not there, or not whole");
                break;
            }
            each(edge.size(), std::mem::take(&mut self.found));
        }
        let mut work = store.read().await?;
        for tile in edge.tiles().iter().filter(|tile| tile.id.level > 0) {
            self.check_tile(&mut *work, tile).await?;
        }
        if singly > TILES_SINGLY_MAX {
            let what = format!("do not fit the events in {singly} tiles; only {TILES_SINGLY_MAX} were looked into");
            self.found("leaf …".into(), what);
        }
        each(edge.size(), self.found);
        Ok(())
    }

    /// The tree was signed at this size as what it is.
    async fn check_signed(
        &mut self,
        work: &mut dyn Reading,
        signed: &mut Signed,
        edge: &Edge,
    ) -> Result<(), StoreError> {
        while let Some(stored) = signed.take_at(edge.size(), work).await? {
            let row = format!("ledger_checkpoint {}/{}", stored.size, stored.signed_at);
            let root = edge.root();
            match Checkpoint::signed(&stored.note, &self.origin, &self.keys) {
                Err(error) => self.found(row, format!("is not what a server signed: {error}")),
                Ok((said, _)) if (said.size, said.root) != (edge.size(), root) => {
                    self.found(
                        row,
                        format!("says that {} leaves have root {}, but they have {root}", said.size, said.root),
                    );
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }

    async fn check_tile(&mut self, work: &mut dyn Reading, due: &Tile) -> Result<(), StoreError> {
        let TileId { level, number, .. } = due.id;
        let stored = work.ledger_tiles(level, number, 1).await?.pop().filter(|(found, _)| *found == number);
        if stored.is_none_or(|(_, hashes)| !hashes.starts_with(&due.hashes)) {
            self.found(format!("ledger_tile {level}/{number}"), "is not what the tiles below it make of it");
        }
        Ok(())
    }

    /// Which leaf of a tile is not the event that it should be.
    async fn look_singly(
        &mut self,
        work: &mut dyn Reading,
        first: u64,
        hashes: &[Hash],
        may_be_gone: bool,
    ) -> Result<(), StoreError> {
        let rows = work.leaves_between(first, first + hashes.len() as u64).await?;
        for (index, hash) in (first..).zip(hashes) {
            let mut there = false;
            for row in rows.iter().filter(|row| row.index == index) {
                there = true;
                let Some(leaf) = made_by(work, row).await? else { continue };
                if leaf != *hash {
                    let what = format!(
                        "is not the event that the ledger holds as leaf {index}: it, its salt or its place was changed"
                    );
                    self.found(format!("event {}/{}", row.gstin, row.seq), what);
                }
            }
            if !there && !may_be_gone {
                self.found(
                    format!("leaf {index}"),
                    "stands for an event that is not there: it was removed, and its leaf with it",
                );
            }
        }
        Ok(())
    }
}

/// The leaf that a row's event makes; none where that is not there (a rule of its own).
async fn made_by(work: &mut dyn Reading, row: &LeafRow) -> Result<Option<Hash>, StoreError> {
    let chain = work.chain(row.gstin, row.seq - 1).await?;
    let link = chain.first().map(|(_, link)| *link).filter(|link| link.seq == row.seq);
    Ok(link.map(|link| event_leaf(row.salt, link.hash)))
}

/// What was signed, in order, a round of it in memory.
#[derive(Default)]
struct Signed {
    next: VecDeque<StoredCheckpoint>,
    last: Option<(u64, Timestamp)>,
    read_all: bool,
}

impl Signed {
    /// The next one, if it is of this size.
    async fn take_at(&mut self, size: u64, work: &mut dyn Reading) -> Result<Option<StoredCheckpoint>, StoreError> {
        if self.next.is_empty() && !self.read_all {
            let read = work.checkpoints_after(self.last, CHECKPOINTS_PER_ROUND).await?;
            self.read_all = read.len() < CHECKPOINTS_PER_ROUND as usize;
            self.last = read.last().map(|last| (last.size, last.signed_at)).or(self.last);
            self.next = read.into();
        }
        Ok(self.next.pop_front_if(|next| next.size <= size))
    }

    /// When the tree was next signed.
    fn next_at(&self) -> Option<Timestamp> {
        self.next.front().map(|next| next.signed_at)
    }
}
