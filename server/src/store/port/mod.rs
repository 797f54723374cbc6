//! What the server asks of a store, a file a noun. Reads see one snapshot; writes are seen by all or by nobody.

mod alerts;
mod bulk;
mod consents;
mod otp_requests;
mod portal;
mod registry;
mod scan;
mod taxpayers;
mod usage;

use async_trait::async_trait;

pub use self::{
    alerts::{DeliveryOfConsent, DueBy, ReadAlerts, WriteAlerts},
    bulk::{Batch, Bulk},
    consents::{ChainLink, ListedConsent, ReadConsents, SessionRow, WriteConsents},
    otp_requests::{ReadOtpRequests, WriteOtpRequests},
    portal::{Person, ReadPortal, WritePortal},
    registry::{ReadRegistry, Registered, StoredWireKey, WriteRegistry},
    scan::{BadRow, KeptAttempt, KeptDelivery, KeptSession, Scan, Sink, Span, UsageOf},
    taxpayers::{ReadTaxpayers, SealedSignatory, WriteTaxpayers},
    usage::{ReadUsage, WriteUsage},
};

/// What a store can answer besides what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row first (`… where version = ?` matched nothing). Read again, decide again.
    #[error("the row was changed by somebody else")]
    Conflict,
    /// The database cannot answer now, or refused.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The migrations could not be run.
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what the model does not know: the database was changed by other software.
    #[error("the database holds a value that this version does not understand: {0}")]
    Unreadable(String),
}

/// A database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// A snapshot to read from.
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError>;

    /// A transaction to read and write in.
    async fn write(&self) -> Result<Box<dyn Writing>, StoreError>;
}

/// Everything that can be read.
pub trait Reading:
    ReadRegistry + ReadTaxpayers + ReadOtpRequests + ReadConsents + ReadAlerts + ReadUsage + ReadPortal + Scan
{
}

/// Everything that can be written, too.
#[async_trait]
pub trait Writing:
    Reading + WriteRegistry + WriteTaxpayers + WriteOtpRequests + WriteConsents + WriteAlerts + WriteUsage + WritePortal
{
    /// Makes it happen. When this answers, a power cut no longer undoes it.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
