//! Proofs (RFC 6962 §2.1.1 and §2.1.2): which subtrees make one, and whether one holds (RFC 9162 §2.1.3.2 and §2.1.4.2).

use super::hash::{EMPTY_ROOT, Hash, node_hash};

/// A proof that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the root does not follow from the proof")]
pub struct DoesNotFollow;

/// The leaves from one (included) to another (not included), as a tree of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// The first leaf.
    pub from: u64,
    /// The leaf after the last.
    pub to: u64,
}

/// Where a tree of so many leaves divides: the largest power of two below.
fn half(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The subtrees whose hashes prove a leaf of a tree of this size, the lowest first; none where there is no such leaf.
pub fn inclusion_subtrees(index: u64, size: u64) -> Option<Vec<Subtree>> {
    if index >= size {
        return None;
    }
    let (mut tree, mut beside) = (Subtree { from: 0, to: size }, Vec::new());
    while tree.to - tree.from > 1 {
        let middle = tree.from + half(tree.to - tree.from);
        let (left, right) = (Subtree { to: middle, ..tree }, Subtree { from: middle, ..tree });
        let (inside, outside) = if index < middle { (left, right) } else { (right, left) };
        beside.push(outside);
        tree = inside;
    }
    beside.reverse();
    Some(beside)
}

/// The subtrees whose hashes prove that a tree has grown from one size to another, and nothing else; none where it has
/// not grown so.
pub fn consistency_subtrees(first: u64, second: u64) -> Option<Vec<Subtree>> {
    if first > second {
        return None;
    }
    if first == 0 || first == second {
        return Some(Vec::new());
    }
    let (mut tree, mut beside) = (Subtree { from: 0, to: second }, Vec::new());
    while tree.to != first {
        let middle = tree.from + half(tree.to - tree.from);
        let (left, right) = (Subtree { to: middle, ..tree }, Subtree { from: middle, ..tree });
        let (inside, outside) = if first <= middle { (left, right) } else { (right, left) };
        beside.push(outside);
        tree = inside;
    }
    // The whole first tree is known to whoever asks.
    if tree.from > 0 {
        beside.push(tree);
    }
    beside.reverse();
    Some(beside)
}

/// Whether this leaf stands at this place in the tree of this size and root.
///
/// # Errors
/// [`DoesNotFollow`].
pub fn verify_inclusion(index: u64, size: u64, leaf: Hash, proof: &[Hash], root: Hash) -> Result<(), DoesNotFollow> {
    if index >= size {
        return Err(DoesNotFollow);
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for beside in proof {
        if last == 0 {
            return Err(DoesNotFollow);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(*beside, hash);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(hash, *beside);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if last == 0 && hash == root { Ok(()) } else { Err(DoesNotFollow) }
}

/// Whether the second tree is the first one with more leaves after it.
///
/// # Errors
/// [`DoesNotFollow`].
pub fn verify_consistency(first: (u64, Hash), second: (u64, Hash), proof: &[Hash]) -> Result<(), DoesNotFollow> {
    let follows = |follows| if follows { Ok(()) } else { Err(DoesNotFollow) };
    if first.0 == 0 {
        return follows(first.1 == EMPTY_ROOT && proof.is_empty());
    }
    if first.0 >= second.0 {
        return follows(first == second && proof.is_empty());
    }
    let whole = first.0.is_power_of_two().then_some(first.1);
    let mut hashes = whole.into_iter().chain(proof.iter().copied());
    let (mut place, mut last) = (first.0 - 1, second.0 - 1);
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let start = hashes.next().ok_or(DoesNotFollow)?;
    let (mut before, mut after) = (start, start);
    for hash in hashes {
        if last == 0 {
            return Err(DoesNotFollow);
        }
        if place & 1 == 1 || place == last {
            before = node_hash(hash, before);
            after = node_hash(hash, after);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            after = node_hash(after, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    follows(last == 0 && before == first.1 && after == second.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::merkle::{Edge, Tiles, leaf_hash, tiles_of};

    /// The tree as RFC 6962 defines it.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => EMPTY_ROOT,
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(usize::try_from(half(leaves.len() as u64)).expect("small"));
                node_hash(naive(left), naive(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn hashes(subtrees: &[Subtree], leaves: &[Hash]) -> Vec<Hash> {
        let place = |at: u64| usize::try_from(at).expect("small");
        subtrees.iter().map(|subtree| naive(&leaves[place(subtree.from)..place(subtree.to)])).collect()
    }

    #[test]
    fn roots_and_proofs_are_those_of_certificate_transparencys_reference_tree() {
        let entries: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut edge = Edge::default();
        for (entry, root) in entries.iter().zip(roots) {
            edge.push(leaf_hash(entry), &mut Vec::new());
            assert_eq!(edge.root().to_string(), root, "{} leaves", edge.size());
        }
        let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let inclusion = hashes(&inclusion_subtrees(5, 8).expect("a leaf"), &leaves);
        let known = [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        assert_eq!(inclusion.iter().map(Hash::to_string).collect::<Vec<_>>(), known);
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_no_other_place_has_it() {
        let all = leaves(40);
        for size in 1..=all.len() {
            let (tree, root) = (&all[..size], naive(&all[..size]));
            let size = size as u64;
            for (index, leaf) in (0_u64..).zip(tree) {
                let proof = hashes(&inclusion_subtrees(index, size).expect("a leaf"), tree);
                assert_eq!(verify_inclusion(index, size, *leaf, &proof, root), Ok(()), "{index} of {size}");
                for other in (0..size + 2).filter(|other| *other != index) {
                    assert!(
                        verify_inclusion(other, size, *leaf, &proof, root).is_err(),
                        "{index} as {other} of {size}"
                    );
                }
            }
            assert_eq!(inclusion_subtrees(size, size), None);
            for first in 0..=size {
                let before = naive(&all[..usize::try_from(first).expect("small")]);
                let proof = hashes(&consistency_subtrees(first, size).expect("grown"), tree);
                assert_eq!(verify_consistency((first, before), (size, root), &proof), Ok(()), "{first} to {size}");
                let other = leaf_hash(b"another history");
                assert!(verify_consistency((first, other), (size, root), &proof).is_err(), "{first} to {size}");
                assert!(first == 0 || verify_consistency((first, before), (size, other), &proof).is_err());
            }
        }
        assert_eq!(consistency_subtrees(2, 1), None);
    }

    proptest! {
        #[test]
        fn a_proof_with_one_bit_changed_proves_nothing(
            size in 2_usize..300, index in 0_usize..300, place in 0_usize..10, bit in 0_usize..256,
        ) {
            let (all, index) = (leaves(size), (index % size) as u64);
            let mut proof = hashes(&inclusion_subtrees(index, size as u64).expect("a leaf"), &all);
            let place = place % proof.len();
            proof[place].0[bit / 8] ^= 1 << (bit % 8);
            let leaf = all[usize::try_from(index).expect("small")];
            prop_assert!(verify_inclusion(index, size as u64, leaf, &proof, naive(&all)).is_err());
        }

        #[test]
        fn tiles_and_edges_make_the_same_tree(size in 0_usize..2_000, first in 0_usize..2_000) {
            let (all, mut edge, mut made) = (leaves(size), Edge::default(), Vec::new());
            for leaf in &all {
                edge.push(*leaf, &mut made);
            }
            made.extend(edge.tiles());
            prop_assert_eq!(edge.root(), naive(&all));
            let mut tiles = Tiles::default();
            for tile in &made {
                tiles.put(tile.id.level, tile.id.number, tile.hashes.clone());
            }
            let (size, first) = (size as u64, (first % (size + 1)) as u64);
            prop_assert_eq!(Edge::from_tiles(size, &tiles).map(|edge| edge.root()), Ok(naive(&all)));
            let subtrees = consistency_subtrees(first, size).expect("grown");
            for needed in tiles_of(&subtrees, size) {
                prop_assert!(made.iter().any(|tile| tile.id == needed), "{:?}", needed);
            }
            let proof: Option<Vec<_>> = subtrees.iter().map(|subtree| tiles.hash(*subtree)).collect();
            let before = naive(&all[..usize::try_from(first).expect("small")]);
            prop_assert_eq!(verify_consistency((first, before), (size, naive(&all)), &proof.expect("tiles")), Ok(()));
        }
    }
}
