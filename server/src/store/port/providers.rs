//! What all nodes share about providers: how fast each may be asked, and the newest proofs that it delivers.

use app::model::Timestamp;
use async_trait::async_trait;
use jiff::SignedDuration;

use super::StoreError;

/// How long the canary's messages are known by their names: a gateway that reports later proves nothing about now.
pub const CANARY_KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How fast a provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two messages, in microseconds.
    pub every_micros: i64,
    /// Messages that may go out at once after a silence.
    pub burst: u32,
    /// How far ahead messages are given out at most, in microseconds: a node waits no longer for what it was given.
    pub ahead_micros: i64,
}

/// What the canary knows of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryRow {
    /// Which provider.
    pub provider: String,
    /// The newest message.
    pub sent_at: Timestamp,
    /// When the provider last took one over.
    pub accepted_at: Option<Timestamp>,
    /// When one was last known to have arrived.
    pub delivered_at: Option<Timestamp>,
}

/// Reads about providers.
#[async_trait]
pub trait ReadProviders: Send {
    /// What the canary knows.
    async fn canaries(&mut self) -> Result<Vec<CanaryRow>, StoreError>;
}

/// Writes about providers.
#[async_trait]
pub trait WriteProviders: Send {
    /// Gives out so many messages of a provider's pace, in one guarded statement, so that all nodes together keep it. The
    /// moment up to which messages are then given out: the last of these may go out a burst before it, each earlier one
    /// [`Pace::every_micros`] sooner. `None` where they would have to wait for longer than [`Pace::ahead_micros`].
    async fn give_out(
        &mut self,
        provider: &str,
        pace: Pace,
        count: u32,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Claims the canary's next message through a provider, where the one before is not younger than `not_after`: one
    /// node sends it. Whether this one does: then it is known by `name`, its own, from now on, and those that are older than
    /// [`CANARY_KNOWN_FOR`] are forgotten.
    async fn claim_canary(
        &mut self,
        provider: &str,
        name: &str,
        now: Timestamp,
        not_after: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The provider took one of the canary's messages over; its reports may name it so, too.
    async fn canary_accepted(
        &mut self,
        provider: &str,
        at: Timestamp,
        reference: Option<&str>,
    ) -> Result<(), StoreError>;

    /// One of the canary's messages through a provider arrived, if this names one. Whether it does: reports come late, and the
    /// newest moment counts.
    async fn canary_delivered(&mut self, provider: &str, reference: &str, at: Timestamp) -> Result<bool, StoreError>;
}
