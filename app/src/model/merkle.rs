//! The log's mathematics: a Merkle tree over all events (RFC 6962 §2.1), its proofs, its tiles and its signed checkpoints.
//! Pure, so that the server, a witness and a browser run the same code.

mod checkpoint;
mod edge;
mod hash;
mod key;
mod leaf;
mod proof;
mod proven;
mod tile;

pub use self::{
    checkpoint::{BadNote, Checkpoint, NotSigned, Note},
    edge::{Edge, NoEdge},
    hash::{EMPTY_ROOT, Hash, NotHex, leaf_hash, node_hash},
    key::{BadKey, Key, KeyId, NotVouchedFor, PublicKey, PublicKeys, Signature, voucher},
    leaf::{SALT_BYTES, Salt, chain_hash, chain_hash_of_text, event_leaf},
    proof::{DoesNotFollow, Subtree, consistency_subtrees, inclusion_subtrees, verify_consistency, verify_inclusion},
    proven::{Inclusion, NotProven},
    tile::{TILE_WIDTH, Tile, TileId, Tiles, tiles_of},
};
