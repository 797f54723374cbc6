//! The right edge of a tree: as much of it as has to be known to add leaves and to tell the root.

use super::{
    hash::{EMPTY_ROOT, Hash, node_hash},
    tile::{TILE_WIDTH, Tile, TileId, Tiles, perfect_hash},
};

/// Tiles that are not those of a tree of the size they were said to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tile {number} of level {level} is not as wide as the size of the log says")]
pub struct NoEdge {
    /// Its level.
    pub level: u8,
    /// Its number.
    pub number: u64,
}

/// The tiles at the right edge that are not full, one a level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Fewer hashes than fill a tile, each.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// The level and the number of each tile at the edge of a tree of this size.
    pub fn places(size: u64) -> Vec<TileId> {
        let at = |level: u8| TileId::within(level, (size.checked_shr(8 * u32::from(level))?) >> 8, size);
        (0..8).filter_map(at).collect()
    }

    /// The edge of a tree of this size, out of its tiles ([`Edge::places`]).
    ///
    /// # Errors
    /// [`NoEdge`] names a tile that is missing or too narrow.
    pub fn from_tiles(size: u64, tiles: &Tiles) -> Result<Self, NoEdge> {
        let mut levels = Vec::new();
        for TileId { level, number, width } in Self::places(size) {
            let hashes = tiles.get(level, number).and_then(|hashes| hashes.get(..usize::from(width)));
            levels.resize(usize::from(level), Vec::new());
            levels.push(hashes.ok_or(NoEdge { level, number })?.to_vec());
        }
        Ok(Self { size, levels })
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and the tiles that are full with it.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<Tile>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            let place = usize::from(level);
            if self.levels.len() <= place {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[place];
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH {
                return;
            }
            let hashes = std::mem::take(hashes);
            hash = perfect_hash(&hashes);
            let number = (self.size >> (8 * u32::from(level)) >> 8) - 1;
            full.push(Tile { id: TileId { level, number, width: 256 }, hashes });
        }
    }

    /// The tiles that are not full.
    pub fn tiles(&self) -> Vec<Tile> {
        let tile = |id: TileId| Tile { id, hashes: self.levels[usize::from(id.level)].clone() };
        Self::places(self.size).into_iter().map(tile).collect()
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut root = None;
        for hashes in &self.levels {
            let mut end = hashes.len();
            while end > 0 {
                // The smallest perfect tree is the last one.
                let width = 1 << end.trailing_zeros();
                let left = perfect_hash(&hashes[end - width..end]);
                root = Some(root.map_or(left, |right| node_hash(left, right)));
                end -= width;
            }
        }
        root.unwrap_or(EMPTY_ROOT)
    }
}
