//! What the server asks of a store, a file a noun. Reads see one snapshot; writes are seen by all or by nobody.

mod alerts;
mod bad_keys;
mod bulk;
mod consents;
mod contacts;
mod control;
mod deliveries;
mod ledger;
mod nodes;
mod notices;
mod otp_requests;
mod portal;
mod providers;
mod push;
mod receipts;
mod registry;
mod reports;
mod retention;
mod scan;
mod stops;
mod taxpayers;
mod usage;

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::error::ErrorKind;

pub use self::{
    alerts::{
        ALERTS_OF_CONSENT_MAX, AttemptOf, DeliveryOfConsent, DueBy, KeptAlert, MadeAttempt, ReadAlerts, Settlement,
        WriteAlerts,
    },
    bad_keys::{ReadBadKeys, WriteBadKeys},
    bulk::{Batch, Bulk, PutOff},
    consents::{ChainLink, ListedConsent, ReadConsents, SessionRow, WriteConsents},
    contacts::{ReadContacts, SealedContact, Suspension, WriteContacts},
    control::{KeptSign, KnownAsp, NoticeKind, OPEN_MAX, OpenCount, ReadControl, Search, Sighting, WriteControl},
    deliveries::{
        DeliveryCount, DeliverySearch, FAILED, FoundDelivery, LastAttempt, OldestWaiting, ReadDeliveries, TAKEN_OVER,
        WAITING,
    },
    ledger::{LeafRow, LedgerState, OwedLeaf, ReadLedger, StoredCheckpoint, StoredSigningKey, WriteLedger},
    nodes::{Change, EndingRow, NODES_MAX, Node, Position, ReadNodes, Renewal, Signal, Signals, WriteNodes},
    notices::{NOTICES_MAX, ReadNotices, WriteNotices},
    otp_requests::{ReadOtpRequests, WriteOtpRequests},
    portal::{Person, ReadPortal, WritePortal},
    providers::{CANARY_KNOWN_FOR, CanaryRow, Pace, ReadProviders, WriteProviders},
    push::{OwedSecurityEvent, PushRoad, PushTarget, ReadPush, SettledSecurityEvent, WritePush},
    receipts::{KeptReceipt, LinkedEvent, ReadReceipts, WriteReceipts},
    registry::{ReadRegistry, Registered, StoredWireKey, WriteRegistry},
    reports::{EarlyReport, ReadReports, Reference, SIGNED_FOR_MAX, WriteReports},
    retention::{Housekept, Retention, TooShort},
    scan::{
        BadRow, KeptAttempt, KeptDelivery, KeptEnding, KeptSecurityEvent, KeptSession, KeptSince, Scan, Sink, Span,
        UsageOf,
    },
    stops::{ReadStops, WriteStops},
    taxpayers::{HeldTaxpayer, ReadTaxpayers, SealedSignatory, WriteTaxpayers, mobile_hash},
    usage::{FETCHED_FROM, ReadUsage, WriteUsage},
};

/// What a store can answer besides what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row first (`… where version = ?` matched nothing), or added what can be there only
    /// once, or two units of work waited for each other. Nothing was written. Read again, decide again.
    #[error("the row was changed by somebody else")]
    Conflict,
    /// The address names no database that this version can open.
    #[error("{0:?} is no address of a database: sqlite:path/to/file.db, the path alone, or postgres://…")]
    Address(String),
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

impl StoreError {
    /// Whether a commit that ended so may have happened all the same: no answer came, or the answer is that the server
    /// goes away. Any other word of the database is a refusal.
    pub fn leaves_in_doubt(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_database_error().is_none_or(|said| {
            said.code().is_some_and(|code| code.starts_with(OPERATOR_INTERVENTION) || code.starts_with(BROKEN_LINK))
        })
    }

    /// Whether there are no tables or columns of ours where they are looked for: the database is empty, somebody else's, older
    /// than this version, or no database at all.
    pub fn is_not_ours(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_database_error().is_some_and(|said| match said.code().as_deref() {
            Some(UNDEFINED_TABLE | UNDEFINED_COLUMN | SQLITE_NOT_A_DATABASE) => true,
            // SQLite has one code for all that is wrong with a statement.
            Some(SQLITE_ERROR) => ["no such table", "no such column"].iter().any(|what| said.message().contains(what)),
            _ => false,
        })
    }

    /// Whether the database refused the rows themselves, so that the same rows will be refused again: what they hold, or
    /// that there is no place for them.
    pub fn refuses_rows(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_database_error().is_some_and(|said| {
            said.is_check_violation()
                || said.is_foreign_key_violation()
                || matches!(said.kind(), ErrorKind::NotNullViolation)
                || said.code().is_some_and(|code| code.len() == 5 && code.starts_with(DATA_EXCEPTION))
        })
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(refused) = error.as_database_error() else { return Self::Database(error) };
        match refused.code().as_deref() {
            // PostgreSQL: the unit of work saw what changed meanwhile, or waited in a circle.
            Some(SERIALIZATION_FAILURE | DEADLOCK) => Self::Conflict,
            _ if refused.is_unique_violation() => Self::Conflict,
            _ => Self::Database(error),
        }
    }
}

/// SQLSTATE `serialization_failure`.
const SERIALIZATION_FAILURE: &str = "40001";
/// SQLSTATE `deadlock_detected`.
const DEADLOCK: &str = "40P01";
/// SQLSTATE `undefined_table`.
const UNDEFINED_TABLE: &str = "42P01";
/// SQLSTATE `undefined_column`.
const UNDEFINED_COLUMN: &str = "42703";
/// SQLite's `SQLITE_ERROR`.
const SQLITE_ERROR: &str = "1";
/// SQLite's `SQLITE_NOTADB`.
const SQLITE_NOT_A_DATABASE: &str = "26";
/// The class of SQLSTATEs `operator_intervention`: the server is shut down, or has crashed.
const OPERATOR_INTERVENTION: &str = "57P";
/// The class `connection_exception`.
const BROKEN_LINK: &str = "08";
/// The class `data_exception`; its codes have five characters, SQLite's numbers fewer.
const DATA_EXCEPTION: &str = "22";

/// A database.
#[async_trait]
pub trait Store: Bulk + Send + Sync + 'static {
    /// A snapshot to read from.
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError>;

    /// A transaction to read and write in. What it reads of a consent stays so until it ends: a call that was let pass
    /// by it was so before anybody ended the consent, or not at all.
    async fn write(&self) -> Result<Box<dyn Writing>, StoreError>;

    /// A transaction about this node's place among the others, on a connection that no request takes, and that fails
    /// soon: what gives the right to answer from memory must not queue behind those who have to do without it.
    async fn keeper(&self) -> Result<Box<dyn Writing>, StoreError>;

    /// Sends signals to every node that listens. Fast and unreliable.
    async fn announce(&self, signals: &[Signal]) -> Result<(), StoreError>;

    /// A line on which the signals of every node arrive, this one's too, from now on.
    async fn signals(&self) -> Result<Box<dyn Signals>, StoreError>;

    /// Makes room for rows about this span of time, where there is none, and says what was made. Rows about the present
    /// have room through [`Store::housekeep`]; who writes a past (sample data, an import) asks first.
    async fn make_room(&self, from: Timestamp, until: Timestamp) -> Result<Vec<String>, StoreError>;

    /// What has to be done every now and then: makes room for the months to come, and takes away what is past its
    /// retention. Any number of nodes may do it at once.
    async fn housekeep(&self, now: Timestamp, retention: Retention) -> Result<Housekept, StoreError>;

    /// Waits for units of work under way, then lets the database go.
    async fn close(&self);
}

/// Everything that can be read.
pub trait Reading:
    ReadRegistry
    + ReadTaxpayers
    + ReadOtpRequests
    + ReadConsents
    + ReadAlerts
    + ReadBadKeys
    + ReadContacts
    + ReadDeliveries
    + ReadNotices
    + ReadProviders
    + ReadPush
    + ReadReports
    + ReadStops
    + ReadUsage
    + ReadPortal
    + ReadNodes
    + ReadLedger
    + ReadReceipts
    + ReadControl
    + Scan
{
}

/// Everything that can be written, too.
#[async_trait]
pub trait Writing:
    Reading
    + WriteRegistry
    + WriteTaxpayers
    + WriteOtpRequests
    + WriteConsents
    + WriteAlerts
    + WriteBadKeys
    + WriteContacts
    + WriteNotices
    + WriteProviders
    + WritePush
    + WriteReports
    + WriteStops
    + WriteUsage
    + WritePortal
    + WriteNodes
    + WriteControl
    + WriteLedger
    + WriteReceipts
{
    /// Makes it happen. When this answers, a power cut no longer undoes it.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
