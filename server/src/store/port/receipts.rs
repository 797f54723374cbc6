//! Receipts as they were given out, and what they are made of.

use app::model::{Timestamp, event::Event, gstin::Gstin, id::ConsentId, receipt::ReceiptKind};
use async_trait::async_trait;

use super::{ChainLink, StoreError};

/// A receipt that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReceipt {
    /// The signed document.
    pub document: String,
    /// The proof that its event stands in the log, once that was known.
    pub proof: Option<String>,
}

/// An event with its link and the hash that it is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedEvent {
    /// The event.
    pub event: Event,
    /// Its link.
    pub link: ChainLink,
    /// The hash of the link before; `None` for a taxpayer's first.
    pub before: Option<[u8; 32]>,
}

/// Reads of receipts.
#[async_trait]
pub trait ReadReceipts: Send {
    /// The receipt of a consent, as it was given out.
    async fn kept_receipt(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: ReceiptKind,
    ) -> Result<Option<KeptReceipt>, StoreError>;

    /// The event that gave a consent this version, and its place in the chain.
    async fn linked_event(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        version: i64,
    ) -> Result<Option<LinkedEvent>, StoreError>;
}

/// Writes of receipts.
#[async_trait]
pub trait WriteReceipts: Send {
    /// Keeps a receipt; the first one stays.
    async fn add_receipt(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: ReceiptKind,
        at: Timestamp,
        document: &str,
    ) -> Result<(), StoreError>;

    /// Adds the proof of a receipt that has none yet; the first one stays.
    async fn add_proof(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: ReceiptKind,
        proof: &str,
    ) -> Result<(), StoreError>;
}
