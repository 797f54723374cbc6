//! Tiles: 256 hashes side by side (C2SP tlog-tiles). Those of level 0 are leaves; each above stands for a whole tile below.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    hash::{Hash, node_hash},
    proof::Subtree,
};

/// Hashes of a full tile.
pub const TILE_WIDTH: usize = 256;

const BITS: u32 = 8;
const WIDTH: u64 = 1 << BITS;
/// Eight levels hold 2^64 leaves.
const LEVELS: u8 = 8;

/// Which tile, and how much of it there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    /// 0 for leaves.
    pub level: u8,
    /// 0 for the first tile of its level.
    pub number: u64,
    /// Hashes: 1 to 256.
    pub width: u16,
}

/// A tile with its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Which.
    pub id: TileId,
    /// As many as its width.
    pub hashes: Vec<Hash>,
}

impl TileId {
    /// A tile as it is in a tree of this size; none where that tree has no such tile.
    pub fn within(level: u8, number: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(BITS * u32::from(level)).filter(|_| level < LEVELS)?;
        let width = hashes.checked_sub(number.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then(|| Self { level, number, width: u16::try_from(width).unwrap_or(u16::MAX) })
    }

    /// Whether it is whole, and will never change.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// Its address below a log's: `tile/0/x001/067`, and `tile/0/x001/067.p/5` for five hashes of one that is not whole.
    pub fn path(&self) -> String {
        let mut groups = vec![format!("{:03}", self.number % 1000)];
        let mut rest = self.number / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let partial = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{}/{}{partial}", self.level, groups.join("/"))
    }

    /// The tile of an address; each has one spelling.
    pub fn from_path(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, u16::try_from(WIDTH).ok()?),
        };
        let digits = number.split('/').map(|group| group.strip_prefix('x').unwrap_or(group)).collect::<String>();
        let id = Self { level: level.parse().ok()?, number: digits.parse().ok()?, width };
        (id.level < LEVELS && (1..=WIDTH).contains(&u64::from(width)) && id.path() == path).then_some(id)
    }
}

/// The tiles, in a tree of this size, out of which these subtrees can be hashed.
pub fn tiles_of(subtrees: &[Subtree], size: u64) -> BTreeSet<TileId> {
    let places = subtrees.iter().flat_map(|subtree| perfect_trees(*subtree)).map(|(at, order)| place(at, order));
    places.filter_map(|(level, number, ..)| TileId::within(level, number, size)).collect()
}

/// Tiles by level and number.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<(u8, u64), Vec<Hash>>);

impl Tiles {
    /// Adds a tile.
    pub fn put(&mut self, level: u8, number: u64, hashes: Vec<Hash>) {
        self.0.insert((level, number), hashes);
    }

    /// The hashes of a tile, as many as there are.
    pub fn get(&self, level: u8, number: u64) -> Option<&[Hash]> {
        self.0.get(&(level, number)).map(Vec::as_slice)
    }

    /// The hash of a subtree; none where a tile is missing.
    pub fn hash(&self, subtree: Subtree) -> Option<Hash> {
        let perfect = |(at, order)| {
            let (level, number, from, width) = place(at, order);
            self.get(level, number)?.get(from..from + width).map(perfect_hash)
        };
        let hashes = perfect_trees(subtree).into_iter().map(perfect).collect::<Option<Vec<_>>>()?;
        hashes.into_iter().rev().reduce(|right, left| node_hash(left, right))
    }
}

/// The hash over as many hashes as a power of two.
pub(super) fn perfect_hash(hashes: &[Hash]) -> Hash {
    if let [hash] = hashes {
        return *hash;
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    node_hash(perfect_hash(left), perfect_hash(right))
}

/// The perfect trees that a subtree is made of, from the left (the largest) to the right: first leaf and order (2^order
/// leaves).
fn perfect_trees(Subtree { from, to }: Subtree) -> Vec<(u64, u32)> {
    let (mut at, mut trees) = (from, Vec::new());
    while at < to {
        let order = (to - at).ilog2();
        trees.push((at, order));
        at += 1 << order;
    }
    trees
}

/// Where the hashes of a perfect tree stand: level and number of the tile, the first hash in it, and how many.
fn place(at: u64, order: u32) -> (u8, u64, usize, usize) {
    let (level, within) = (order / BITS, order % BITS);
    let first = at >> (BITS * level);
    let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
    (u8::try_from(level).unwrap_or(u8::MAX), first / WIDTH, from, 1 << within)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_those_of_tlog_tiles() {
        for (level, number, width, path) in [
            (0, 0, 256, "tile/0/000"),
            (0, 1_234_067, 256, "tile/0/x001/x234/067"),
            (2, 1_000, 1, "tile/2/x001/000.p/1"),
            (7, 5, 255, "tile/7/005.p/255"),
        ] {
            let id = TileId { level, number, width };
            assert_eq!(id.path(), path);
            assert_eq!(TileId::from_path(path), Some(id));
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for path in [
            "tile/0/0",
            "tile/8/000",
            "tile/0/001/067",
            "tile/0/x000/067",
            "tile/00/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/257",
            "tile/0/000.p/+5",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/entries/000",
            "tile/0/../000",
            "",
        ] {
            assert_eq!(TileId::from_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_tile_is_as_wide_as_the_tree_fills_it() {
        let width = |level, number, size| TileId::within(level, number, size).map(|id| id.width);
        assert_eq!(width(0, 0, 0), None);
        assert_eq!(width(0, 0, 5), Some(5));
        assert_eq!(width(0, 1, 256), None);
        assert_eq!(width(1, 0, 255), None);
        assert_eq!(width(1, 0, 700), Some(2));
        assert_eq!(width(0, u64::MAX, 700), None);
        assert_eq!(width(8, 0, u64::MAX), None);
    }

    proptest! {
        #[test]
        fn an_address_reads_back(level in 0_u8..8, number in 0_u64..1 << 56, width in 1_u16..=256) {
            let id = TileId { level, number, width };
            prop_assert_eq!(TileId::from_path(&id.path()), Some(id));
        }
    }
}
