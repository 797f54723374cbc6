//! Reports about deliveries: what they name, and what becomes of it. A report and the settlement that it is about may come at
//! once, on two servers, in either order; whoever is second finds what the first one wrote.

use app::model::{
    Timestamp,
    alert::Delivery,
    gstin::Gstin,
    id::{DeliveryId, SignatoryId},
    report::Report,
};
use async_trait::async_trait;

use super::{SealedSignatory, StoreError};
use crate::vault::KeyedHash;

/// Rows of a page of those who sign with one mobile number.
pub const SIGNED_FOR_MAX: u32 = 100;

/// How a provider names one attempt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Which provider.
    pub provider: String,
    /// Its own reference.
    pub reference: String,
}

/// A report that names no attempt that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyReport {
    /// What it names.
    pub reference: Reference,
    /// What it says.
    pub report: Report,
    /// When it came.
    pub at: Timestamp,
}

/// Reads by what others name.
#[async_trait]
pub trait ReadReports: Send {
    /// A page of those who sign with this mobile number, by the keyed hash of it, in the order of GSTIN and id, after one of
    /// them.
    async fn signatories_by_mobile(
        &mut self,
        hash: KeyedHash,
        after: Option<(Gstin, SignatoryId)>,
    ) -> Result<Vec<SealedSignatory>, StoreError>;

    /// From when on the next report is overdue, if any is expected.
    async fn first_report_due(&mut self) -> Result<Option<Timestamp>, StoreError>;

    /// Signatories whose number has no hash yet, at most so many.
    async fn signatories_without_hash(&mut self, limit: u32) -> Result<Vec<SealedSignatory>, StoreError>;
}

/// Writes of reports.
#[async_trait]
pub trait WriteReports: Send {
    /// Until the end of this unit of work nobody else holds any of these references. Who writes an attempt down, or looks
    /// for one that a report names, asks for this first: so the other one sees what was written.
    async fn hold_references(&mut self, references: &[Reference]) -> Result<(), StoreError>;

    /// The deliveries whose attempts have these references, held, in the order of their ids. Only those that are younger
    /// than `since` are found.
    async fn deliveries_by_reference(
        &mut self,
        references: &[Reference],
        since: Timestamp,
    ) -> Result<Vec<(Reference, Delivery)>, StoreError>;

    /// The deliveries of these ids, held, in the order of their ids.
    async fn deliveries_by_id(&mut self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError>;

    /// Writes state, due time and what was heard of a delivery that is held. Leases and attempts stay as they are.
    async fn write_heard(&mut self, delivery: &Delivery) -> Result<(), StoreError>;

    /// Keeps reports that name no known attempt. One that says the same again stays as it is.
    async fn put_early(&mut self, early: &[EarlyReport]) -> Result<(), StoreError>;

    /// Takes the early reports of these references away.
    async fn take_early(&mut self, references: &[Reference]) -> Result<Vec<EarlyReport>, StoreError>;

    /// Forgets early reports that came before a moment. How many there were.
    async fn forget_early(&mut self, before: Timestamp) -> Result<u64, StoreError>;

    /// Accepted deliveries about which a report should have come by now, held, the most overdue first.
    async fn silent_deliveries(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError>;

    /// Writes the hash of a signatory's number, where it has none.
    async fn put_mobile_hash(&mut self, gstin: Gstin, id: SignatoryId, hash: KeyedHash) -> Result<(), StoreError>;
}
