//! The one connection that writes, and whose turn it is.
//!
//! Not a pool of one: a pool takes a connection back by way of another task, which first asks it whether it is well, and
//! whoever is next waits for both. Each of these hops from thread to thread costs a unit of work as much as some rows do.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Error, SqlSafeStr, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteTransactionManager},
};
use sqlx_core::transaction::TransactionManager;
use tokio::{
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::timeout,
};

/// Whoever wants to write, in the order in which they came.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    /// How long a turn is waited for.
    patience: Duration,
    connection: Arc<Mutex<Option<SqliteConnection>>>,
}

/// The right to write until it is dropped.
#[derive(Debug)]
pub(super) struct Turn(OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>);

/// A transaction in somebody's turn. Dropped without a commit, it is rolled back.
#[derive(Debug)]
pub(super) struct Written {
    turn: Turn,
    open: bool,
}

impl Writer {
    /// Opens the file.
    pub(super) async fn open(options: SqliteConnectOptions, patience: Duration) -> Result<Self, Error> {
        let connection = Arc::new(Mutex::new(Some(options.connect().await?)));
        Ok(Self { options, patience, connection })
    }

    /// One's turn. A connection on which a transaction still seems to be open is opened anew: on some errors (the disk is
    /// full) SQLite rolls back by itself, the driver's own rollback then fails, and it would refuse every later `begin`.
    pub(super) async fn turn(&self) -> Result<Turn, Error> {
        let mut held =
            timeout(self.patience, self.connection.clone().lock_owned()).await.map_err(|_| Error::PoolTimedOut)?;
        let Some(connection) = held.as_mut() else { return Err(Error::PoolClosed) };
        // A rollback that was asked for is seen through by whatever is asked next.
        if connection.is_in_transaction() && (connection.ping().await.is_err() || connection.is_in_transaction()) {
            *connection = self.options.connect().await?;
        }
        OwnedMutexGuard::try_map(held, Option::as_mut).map(Turn).map_err(|_| Error::PoolClosed)
    }

    /// A transaction that nobody else writes beside, from its beginning on.
    pub(super) async fn begin(&self) -> Result<Written, Error> {
        let mut turn = self.turn().await?;
        let mut begun = begin_on(&mut turn).await;
        if matches!(begun, Err(Error::WorkerCrashed)) {
            *turn = self.options.connect().await?;
            begun = begin_on(&mut turn).await;
        }
        begun.map(|()| Written { turn, open: true })
    }

    /// Closes the file, after whose turn it is; nobody gets one any more.
    pub(super) async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed as it should be");
        }
    }
}

async fn begin_on(connection: &mut SqliteConnection) -> Result<(), Error> {
    SqliteTransactionManager::begin(connection, Some("begin immediate".into_sql_str())).await
}

impl Written {
    /// When this answers, a power cut no longer undoes it.
    pub(super) async fn commit(mut self) -> Result<(), Error> {
        SqliteTransactionManager::commit(&mut self.turn).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if self.open {
            SqliteTransactionManager::start_rollback(&mut self.turn);
        }
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

impl Deref for Written {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.turn
    }
}

impl DerefMut for Written {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.turn
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    async fn writer(folder: &tempfile::TempDir) -> Writer {
        let options = SqliteConnectOptions::new().filename(folder.path().join("test.db")).create_if_missing(true);
        let writer = Writer::open(options, PATIENCE).await.expect("opens");
        sqlx::query("create table number (n integer) strict")
            .execute(&mut *writer.turn().await.expect("turn"))
            .await
            .expect("table");
        writer
    }

    async fn add(written: &mut Written, n: i64) {
        sqlx::query("insert into number values (?)").bind(n).execute(&mut **written).await.expect("row");
    }

    async fn numbers(writer: &Writer) -> Vec<i64> {
        let mut turn = writer.turn().await.expect("turn");
        sqlx::query_scalar("select n from number order by n").fetch_all(&mut *turn).await.expect("read")
    }

    #[tokio::test]
    async fn what_is_committed_stays_and_what_is_dropped_was_never_there() {
        let folder = tempfile::tempdir().expect("folder");
        let writer = writer(&folder).await;
        let mut first = writer.begin().await.expect("begun");
        add(&mut first, 1).await;
        first.commit().await.expect("commit");
        let mut second = writer.begin().await.expect("begun");
        add(&mut second, 2).await;
        drop(second);
        assert_eq!(numbers(&writer).await, [1]);
        let mut third = writer.begin().await.expect("a rollback is no reason not to begin");
        add(&mut third, 3).await;
        third.commit().await.expect("commit");
        assert_eq!(numbers(&writer).await, [1, 3]);
    }

    #[tokio::test]
    async fn a_turn_is_waited_for_no_longer_than_patience_lasts_and_never_after_the_end() {
        let folder = tempfile::tempdir().expect("folder");
        let writer = writer(&folder).await;
        let held = writer.begin().await.expect("begun");
        assert!(matches!(writer.begin().await, Err(Error::PoolTimedOut)));
        drop(held);
        drop(writer.begin().await.expect("free again"));
        writer.close().await;
        assert!(matches!(writer.begin().await, Err(Error::PoolClosed)));
        assert!(matches!(writer.turn().await, Err(Error::PoolClosed)));
    }

    #[tokio::test]
    async fn who_gives_up_while_beginning_leaves_nothing_open() {
        let folder = tempfile::tempdir().expect("folder");
        let writer = writer(&folder).await;
        for _ in 0..50 {
            // Asked once, so that it is on its way, then dropped.
            let mut begin = Box::pin(writer.begin());
            std::future::poll_fn(|context| {
                let _ = begin.as_mut().poll(context);
                std::task::Poll::Ready(())
            })
            .await;
        }
        let mut written = writer.begin().await.expect("begun");
        add(&mut written, 7).await;
        written.commit().await.expect("commit");
        assert_eq!(numbers(&writer).await, [7]);
    }

    #[tokio::test]
    async fn a_transaction_that_the_database_rolled_back_by_itself_is_not_left_to_the_next() {
        let folder = tempfile::tempdir().expect("folder");
        let writer = writer(&folder).await;
        let mut lost = writer.begin().await.expect("begun");
        add(&mut lost, 1).await;
        // As it does where the disk is full; the driver does not see it.
        sqlx::raw_sql("rollback").execute(&mut *lost).await.expect("rolled back");
        drop(lost);
        let mut written = writer.begin().await.expect("begun on a connection of its own");
        add(&mut written, 2).await;
        written.commit().await.expect("commit");
        assert_eq!(numbers(&writer).await, [2]);
    }
}
