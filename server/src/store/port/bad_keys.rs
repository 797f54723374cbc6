//! App keys that did not open: how many each application showed lately, on all servers together.

use app::model::{Timestamp, id::ApplicationId, throttle::RateLimit};
use async_trait::async_trait;

use super::StoreError;

/// Reads of what did not open.
#[async_trait]
pub trait ReadBadKeys: Send {
    /// Whether an application showed fewer bad keys than the limit.
    async fn may_show_keys(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// Writes of what did not open.
#[async_trait]
pub trait WriteBadKeys: Send {
    /// Counts a bad key; beyond the limit there is nothing more to count. Nobody else counts for the same application until
    /// the unit of work ends.
    async fn count_bad_key(
        &mut self,
        application: ApplicationId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
