//! PostgreSQL: many nodes. Reads see one snapshot (`repeatable read`), writes are guarded (`read committed`, row locks
//! and versions), so that no unit of work has to be run again because two of them were merely near each other.

mod alerts;
mod bulk;
mod calendar;
mod connect;
mod consents;
mod contacts;
mod copy;
mod hot;
mod nodes;
mod notices;
mod otp_requests;
mod partitions;
mod portal;
mod providers;
mod registry;
mod row;
mod scan;
mod signals;
mod taxpayers;
mod usage;

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};

pub use self::hot::HOT_STATEMENTS;
use super::{
    held_chain::HeldChain,
    port::{Housekept, Reading, Retention, Signal, Signals, Store, StoreError, Writing},
};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/postgres/migrations");

/// A database of a PostgreSQL server.
#[derive(Debug, Clone)]
pub(super) struct PostgresStore {
    pool: PgPool,
    /// For signals alone: they must not queue behind units of work.
    announcer: PgPool,
    /// For loading only.
    loaders: PgPool,
}

impl PostgresStore {
    /// Opens a database and migrates it where needed: nodes that start at once wait for the first of them (sqlx takes an
    /// advisory lock).
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let mut patient = PgConnection::connect_with(&connect::patient(url)?).await?;
        MIGRATIONS.run(&mut patient).await?;
        patient.close().await?;
        Ok(Self::over(connect::pool(url).await?, connect::announcer(url)?))
    }

    fn over(pool: PgPool, announcer: PgPool) -> Self {
        let loaders = bulk::loaders(connect::loader_like(&pool));
        Self { pool, announcer, loaders }
    }

    /// Opens a database only to read it.
    pub(super) async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        Ok(Self::over(connect::pool_to_read(url).await?, connect::announcer(url)?))
    }

    /// A connection of its own for what takes longer than a request may.
    async fn patient(&self) -> Result<PgConnection, StoreError> {
        Ok(PgConnection::connect_with(&connect::patient_like(&self.pool)).await?)
    }

    /// A connection of its own for loading.
    async fn loader(&self) -> Result<PgConnection, StoreError> {
        Ok(PgConnection::connect_with(&connect::loader_like(&self.pool)).await?)
    }
}

/// A unit of work: a transaction. Dropped without a commit, it is rolled back.
struct Unit {
    transaction: Transaction<'static, Postgres>,
    /// Whether what is read of a consent has to stay so until the end.
    writes: bool,
    chain: HeldChain,
}

impl Reading for Unit {}

#[async_trait]
impl Writing for Unit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError> {
        let transaction = self.pool.begin_with("begin isolation level repeatable read read only").await?;
        Ok(Box::new(Unit { transaction, writes: false, chain: HeldChain::default() }))
    }

    async fn write(&self) -> Result<Box<dyn Writing>, StoreError> {
        let transaction = self.pool.begin_with("begin isolation level read committed read write").await?;
        Ok(Box::new(Unit { transaction, writes: true, chain: HeldChain::default() }))
    }

    async fn announce(&self, signals: &[Signal]) -> Result<(), StoreError> {
        signals::send(&self.announcer, signals).await
    }

    async fn signals(&self) -> Result<Box<dyn Signals>, StoreError> {
        Ok(Box::new(signals::Line::open(&self.announcer).await?))
    }

    async fn make_room(&self, from: Timestamp, until: Timestamp) -> Result<Vec<String>, StoreError> {
        partitions::make_room(self.patient().await?, from, until).await
    }

    async fn housekeep(&self, now: Timestamp, retention: Retention) -> Result<Housekept, StoreError> {
        partitions::housekeep(self.patient().await?, now, retention).await
    }

    async fn close(&self) {
        self.announcer.close().await;
        self.loaders.close().await;
        self.pool.close().await;
    }
}
