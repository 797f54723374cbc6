//! PostgreSQL: many nodes. Reads see one snapshot (`repeatable read`), writes are guarded (`read committed`, row locks
//! and versions), so that no unit of work has to be run again because two of them were merely near each other.

mod alerts;
mod bad_keys;
mod bounded;
mod bulk;
mod calendar;
mod connect;
mod consents;
mod contacts;
mod control;
mod copy;
mod deliveries;
mod hot;
mod ledger;
mod nodes;
mod notices;
mod otp_requests;
mod partitions;
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

use std::time::Duration;

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::{Connection, PgConnection, PgPool};

use self::bounded::Bounded;
pub use self::hot::{HOT_STATEMENTS, deliveries_statement, search_statement};
use super::{
    held_chain::HeldChain,
    port::{Housekept, Reading, Retention, Signal, Signals, Store, StoreError, Writing},
};

/// What a newer version has done is no reason not to start: old and new run side by side while nodes are replaced.
fn migrations() -> sqlx::migrate::Migrator {
    let mut migrations = sqlx::migrate!("src/store/postgres/migrations");
    migrations.set_ignore_missing(true);
    migrations
}

/// A database of a PostgreSQL server.
#[derive(Debug, Clone)]
pub(super) struct PostgresStore {
    pool: PgPool,
    /// How long a unit of work waits for each answer.
    answer_max: Duration,
    /// For this node's place among the others.
    keepers: PgPool,
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
        migrations().run(&mut patient).await?;
        patient.close().await?;
        Self::over(url, connect::pool(url).await?, connect::ANSWER_MAX)
    }

    fn over(url: &str, pool: PgPool, answer_max: Duration) -> Result<Self, StoreError> {
        let loaders = bulk::loaders(connect::loader_like(&pool));
        let (keepers, announcer) = (connect::keepers(url)?, connect::announcer(url)?);
        Ok(Self { pool, answer_max, keepers, announcer, loaders })
    }

    async fn begin(&self, how: &'static str) -> Result<Bounded, StoreError> {
        Ok(Bounded::begun(&self.pool, self.answer_max, how).await?)
    }

    /// Opens a database only to read it.
    pub(super) async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        Self::over(url, connect::pool_to_read(url).await?, connect::PATIENT_ANSWER_MAX)
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

const READ: &str = "begin isolation level repeatable read read only";
const WRITE: &str = "begin isolation level read committed read write";

/// A unit of work: a transaction. Dropped without a commit, it is rolled back.
struct Unit {
    transaction: Box<Bounded>,
    /// Whether what is read of a consent and of a taxpayer's controls has to stay so until the end. Who reads both holds the
    /// controls first, and who changes both changes the controls first: otherwise each could wait for the other.
    writes: bool,
    chain: HeldChain,
    /// When a taxpayer was held, by the database's clock.
    held_at: Option<Timestamp>,
}

impl Unit {
    fn over(transaction: Bounded, writes: bool) -> Self {
        Self { transaction: Box::new(transaction), writes, chain: HeldChain::default(), held_at: None }
    }
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
        Ok(Box::new(Unit::over(self.begin(READ).await?, false)))
    }

    async fn write(&self) -> Result<Box<dyn Writing>, StoreError> {
        Ok(Box::new(Unit::over(self.begin(WRITE).await?, true)))
    }

    async fn keeper(&self) -> Result<Box<dyn Writing>, StoreError> {
        Ok(Box::new(Unit::over(Bounded::begun(&self.keepers, connect::KEEPER_ANSWER_MAX, WRITE).await?, true)))
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
        self.keepers.close().await;
        self.loaders.close().await;
        self.pool.close().await;
    }
}
