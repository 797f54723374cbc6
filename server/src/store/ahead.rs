//! One clock for what nodes share.

use app::model::Timestamp;
use jiff::SignedDuration;

use super::{Reading, StoreError};

/// How far the clock that nodes share ([`shared_now`](super::port::ReadNodes::shared_now)) is ahead of this node's. What one
/// node writes and another compares goes by the shared one: leases, what is due, rates, what is late.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ahead(SignedDuration);

impl Ahead {
    pub(crate) async fn of(work: &mut (impl Reading + ?Sized), now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self(work.shared_now(now).await?.duration_since(now)))
    }

    /// A moment of this node's clock, by the shared one.
    pub(crate) fn shared(self, own: Timestamp) -> Timestamp {
        own.saturating_add(self.0).unwrap_or(own)
    }

    /// A moment of the shared clock, by this node's.
    pub(crate) fn own(self, shared: Timestamp) -> Timestamp {
        shared.saturating_sub(self.0).unwrap_or(shared)
    }
}
