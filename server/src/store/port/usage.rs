//! Usage: the calls that were decided on a consent.

use app::model::{
    gstin::Gstin,
    id::ConsentId,
    page::Cursor,
    usage::{Call, Fetched, UsageOfDay, UsageTotals},
};
use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// Calls that are looked at to say what was fetched.
pub const FETCHED_FROM: i64 = 10_000;

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

    /// Calls by day and kind since a day, of one consent or of all that may still have been open then, the oldest first.
    async fn usage_of_days(
        &mut self,
        gstin: Gstin,
        consent: Option<ConsentId>,
        since: i64,
    ) -> Result<Vec<UsageOfDay>, StoreError>;

    /// Calls that passed on a consent on a day.
    async fn passed_on_day(&mut self, gstin: Gstin, consent: ConsentId, day: i64) -> Result<u32, StoreError>;

    /// The last [`FETCHED_FROM`] calls of a consent, counted by address, period and outcome, the newest first; at most two
    /// hundred rows.
    async fn fetched(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<Fetched>, StoreError>;
}

/// Writes of usage.
#[async_trait]
pub trait WriteUsage: Send {
    /// Counts nothing, but from here to the end of the unit of work nobody else counts a call on this consent: what is read
    /// of its usage stays so. Who lets calls pass up to a number a day asks for this first.
    async fn hold_usage(&mut self, gstin: Gstin, consent: ConsentId) -> Result<(), StoreError>;

    /// Adds calls and counts them; one whose id is known is not counted again.
    async fn add_calls(&mut self, calls: &[(Uuid, Call)]) -> Result<(), StoreError>;
}
