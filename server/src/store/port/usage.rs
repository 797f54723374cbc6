//! Usage: the calls that were decided on a consent.

use app::model::{
    gstin::Gstin,
    id::ConsentId,
    page::Cursor,
    usage::{Call, UsageTotals},
};
use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// Reads of usage.
#[async_trait]
pub trait ReadUsage: Send {
    /// The numbers of a consent.
    async fn usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<UsageTotals, StoreError>;

    /// Up to a page and one of calls after a cursor, the newest (the greatest id) first, each with its id.
    async fn calls(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        after: Option<Cursor>,
    ) -> Result<Vec<(Uuid, Call)>, StoreError>;
}

/// Writes of usage.
#[async_trait]
pub trait WriteUsage: Send {
    /// Adds calls and counts them; one whose id is known is not counted again.
    async fn add_calls(&mut self, calls: &[(Uuid, Call)]) -> Result<(), StoreError>;
}
