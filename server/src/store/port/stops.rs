//! SMS that stop access: how often a number named a code that is none.

use app::model::{Timestamp, throttle::RateLimit};
use async_trait::async_trait;

use super::StoreError;
use crate::vault::KeyedHash;

/// Reads of what numbers named.
#[async_trait]
pub trait ReadStops: Send {
    /// Whether a number named fewer codes that are none than the limit.
    async fn may_name_codes(&mut self, number: KeyedHash, limit: RateLimit, now: Timestamp)
    -> Result<bool, StoreError>;
}

/// Writes of what numbers named.
#[async_trait]
pub trait WriteStops: Send {
    /// Counts a code that is none; beyond the limit there is nothing more to count. Nobody else counts for the same number
    /// until the unit of work ends.
    async fn count_wrong_code(&mut self, number: KeyedHash, limit: RateLimit, now: Timestamp)
    -> Result<(), StoreError>;
}
