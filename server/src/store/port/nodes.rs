//! What many servers over one database tell each other: who answers from memory, and what is to be forgotten.

use app::model::{Timestamp, gstin::Gstin, id::ConsentId};
use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// Something was changed that answers in memory may rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Names this change in acknowledgements.
    pub id: Uuid,
    /// Whose data; `None` is everybody's (the registry).
    pub gstin: Option<Gstin>,
}

/// Nodes that one look finds at most (both engines' statements say so): who is beyond is not known.
pub const NODES_MAX: usize = 1_000;

/// A server that may answer from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// New at each start.
    pub id: Uuid,
    /// How often it has renewed its right.
    pub renewals: i64,
}

/// How far a node has read; only its store knows what the numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Where changes are counted: after a fail-over or a restart another server does, and may count otherwise.
    pub server: i64,
    /// Where to read on.
    pub next: i64,
}

/// What a node learns when it renews its right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// Every change that was committed before this renewal and after the one before; some of them twice.
    pub changes: Vec<Change>,
    /// There were more than the limit, or another server counts them now: forget everything.
    pub forget_all: bool,
    /// Where to read on.
    pub position: Position,
}

/// What is remembered of an end once it holds everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndingRow {
    /// From then on no node let a call pass.
    pub effective_at: Timestamp,
    /// The last call that had passed.
    pub last_passed_at: Option<Timestamp>,
}

/// A word between nodes, fast and unreliable: whoever misses it learns the same by renewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A change was committed.
    Changed(Change),
    /// A node has forgotten what a change touches, and written what it had counted.
    Done {
        /// The change.
        change: Uuid,
        /// The node.
        node: Uuid,
    },
}

/// Reads of nodes.
#[async_trait]
pub trait ReadNodes: Send {
    /// The nodes that are not retired, the first [`NODES_MAX`] by their ids.
    async fn nodes(&mut self) -> Result<Vec<Node>, StoreError>;

    /// Whether a change was committed that was recorded at this place.
    async fn has_change(&mut self, change: Uuid, place: i64) -> Result<bool, StoreError>;

    /// This moment by the one clock that all nodes share: PostgreSQL's own; where this unit of work holds a taxpayer, not later
    /// than when it did, so that it says from when on something is due, and not for how long. Where a node has its database to itself, by that node's, whose moment is passed in. What one
    /// node writes and another waits for goes by it; what people are told goes by the node's.
    async fn shared_now(&mut self, own: Timestamp) -> Result<Timestamp, StoreError>;

    /// What is remembered of an end.
    async fn ending(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<EndingRow>, StoreError>;
}

/// Writes of nodes.
#[async_trait]
pub trait WriteNodes: Send {
    /// Records a change, in the unit of work that makes it; its place is where [`ReadNodes::has_change`] finds it.
    async fn add_change(&mut self, change: &Change, at: Timestamp) -> Result<i64, StoreError>;

    /// Adds a node, and says from where on it has to read.
    async fn register_node(&mut self, id: Uuid, name: &str, at: Timestamp) -> Result<Position, StoreError>;

    /// Counts a renewal of a node that has read until here, and reads every change since; `None` where it was retired.
    async fn renew_node(&mut self, id: Uuid, since: Position, limit: u32) -> Result<Option<Renewal>, StoreError>;

    /// Retires a node that has not renewed since it was seen; `false` where it has.
    async fn retire_node(&mut self, seen: Node, at: Timestamp) -> Result<bool, StoreError>;

    /// Takes away changes that every node on the list has read, where they were made before a moment, too.
    async fn forget_changes(&mut self, before: Timestamp) -> Result<(), StoreError>;

    /// Remembers an end that holds everywhere; the first one stays.
    async fn add_ending(&mut self, gstin: Gstin, consent: ConsentId, row: &EndingRow) -> Result<(), StoreError>;
}

/// The line on which signals arrive.
#[async_trait]
pub trait Signals: Send {
    /// The next signal.
    ///
    /// # Errors
    /// [`StoreError`] where the line is broken: ask the store for another one.
    async fn next(&mut self) -> Result<Signal, StoreError>;
}
