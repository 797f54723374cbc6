//! SQLite: one file, one writer, WAL, and `synchronous = full` so that what was acknowledged survives a power cut.

mod alerts;
mod backup;
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
mod row;
mod scan;
mod signals;
mod stops;
mod taxpayers;
mod usage;
mod writer;

use std::{
    ops::{Deref, DerefMut},
    path::Path,
    time::Duration,
};

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::{
    Connection, Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use self::backup::BackupError;
pub(super) use self::backup::backup;
use self::{
    signals::Line,
    writer::{Writer, Written},
};
use super::{
    held_chain::HeldChain,
    port::{Housekept, Reading, Retention, Signal, Signals, Store, StoreError, Writing},
};

/// What a newer version has done is no reason not to start: whoever goes back to the one before can.
fn migrations() -> sqlx::migrate::Migrator {
    let mut migrations = sqlx::migrate!("src/store/sqlite/migrations");
    migrations.set_ignore_missing(true);
    migrations
}

/// Connections that read at once. Reads are short; two cores are kept busy by fewer.
const READERS_MAX: u32 = 8;
/// How long a unit of work waits for its connection before it gives up.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
/// How long SQLite waits for another process's lock (`asp-access` commands beside a running server).
const WAIT_FOR_LOCK: Duration = Duration::from_secs(5);

/// A database file.
#[derive(Debug, Clone)]
pub(in crate::store) struct SqliteStore {
    readers: SqlitePool,
    /// None where the database was opened only to read it.
    writer: Option<Writer>,
    line: Line,
}

impl SqliteStore {
    /// Opens a database, creating and migrating it where needed.
    ///
    /// # Errors
    /// [`StoreError`] where the file cannot be opened or is of another make.
    pub(in crate::store) async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(WAIT_FOR_LOCK);
        let writer = Writer::open(options.clone(), WAIT_FOR_CONNECTION).await?;
        migrations().run(&mut *writer.turn().await?).await?;
        let readers = readers().connect_with(options.read_only(true)).await?;
        Ok(Self { readers, writer: Some(writer), line: Line::default() })
    }

    /// Opens a database only to read it: nothing is created, migrated or changed.
    ///
    /// # Errors
    /// [`StoreError`] where there is no such file, or it is no database.
    pub(in crate::store) async fn open_to_read(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(WAIT_FOR_LOCK);
        let readers = readers().connect_with(options).await?;
        Ok(Self { readers, writer: None, line: Line::default() })
    }

    /// Who writes.
    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or(StoreError::Database(sqlx::Error::PoolClosed))
    }
}

/// The connections that read; none is given out on which a transaction still seems to be open ([`Writer::turn`]).
fn readers() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        // The pool tries a connection when it is given back, and has then seen its rollback through; once is enough.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

/// A transaction, on one of the connections that read or on the one that writes.
enum Work {
    Reads(Transaction<'static, Sqlite>),
    Writes(Written),
}

impl Deref for Work {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Reads(transaction) => transaction,
            Self::Writes(written) => written,
        }
    }
}

impl DerefMut for Work {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reads(transaction) => transaction,
            Self::Writes(written) => written,
        }
    }
}

/// A unit of work: a transaction. Dropped without a commit, it is rolled back.
struct Unit(Work, HeldChain);

impl Reading for Unit {}

#[async_trait]
impl Writing for Unit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.0 {
            Work::Reads(transaction) => transaction.commit().await?,
            Work::Writes(written) => written.commit().await?,
        }
        Ok(())
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError> {
        Ok(Box::new(Unit(Work::Reads(self.readers.begin().await?), HeldChain::default())))
    }

    async fn write(&self) -> Result<Box<dyn Writing>, StoreError> {
        Ok(Box::new(Unit(Work::Writes(self.writer()?.begin().await?), HeldChain::default())))
    }

    /// There is one writer.
    async fn keeper(&self) -> Result<Box<dyn Writing>, StoreError> {
        self.write().await
    }

    async fn announce(&self, signals: &[Signal]) -> Result<(), StoreError> {
        self.line.send(signals);
        Ok(())
    }

    async fn signals(&self) -> Result<Box<dyn Signals>, StoreError> {
        Ok(Box::new(self.line.listen()))
    }

    /// One table holds all time.
    async fn make_room(&self, _from: Timestamp, _until: Timestamp) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// Nothing to do: one table holds all time, and nothing is ever taken away from a file.
    async fn housekeep(&self, _now: Timestamp, _retention: Retention) -> Result<Housekept, StoreError> {
        Ok(Housekept::default())
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_acknowledged_survives_a_power_cut_and_every_table_is_strict() {
        let folder = tempfile::tempdir().expect("folder");
        let store = SqliteStore::open(&folder.path().join("test.db")).await.expect("opens");
        let asked =
            "select (select journal_mode from pragma_journal_mode), (select synchronous from pragma_synchronous),
            (select count(*) from pragma_table_list where schema = 'main' and type = 'table' and strict),
            (select count(*) from pragma_table_list where schema = 'main' and type = 'table' and not strict
             and name not like 'sqlite%' and name not like '_sqlx%')";
        let said: (String, i64, i64, i64) = sqlx::query_as(asked)
            .fetch_one(&mut *store.writer().expect("writer").turn().await.expect("turn"))
            .await
            .expect("read");
        // 2 is FULL.
        assert_eq!((said.0.as_str(), said.1, said.3), ("wal", 2, 0), "journal_mode, synchronous, loose tables");
        assert!(said.2 > 15, "{} strict tables", said.2);
    }
}
