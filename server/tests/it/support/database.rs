//! An empty, migrated database for one test, on either engine.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use app::model::Timestamp;
use server::store::{Store, open};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio::sync::OnceCell;

use super::postgres::{self, Cluster};

/// What a database runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// The span of time that every test's database has room for: a year before and some months after [`NOW`].
pub(crate) const ROOM: (&str, &str) = ("2025-11-01T00:00:00Z", "2027-03-31T00:00:00Z");
/// The moment at which tests begin.
pub(crate) const NOW: &str = "2026-11-20T10:00:00Z";

/// A moment out of its text.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("timestamp")
}

/// A database of its own.
pub(crate) struct Database {
    pub(crate) address: String,
    pub(crate) store: Arc<dyn Store>,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    pub(crate) async fn fresh(engine: Engine) -> Self {
        let (address, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("folder");
                (format!("sqlite:{}", folder.path().join("test.db").display()), Some(folder))
            }
            Engine::Postgres => (copy_of_template().await, None),
        };
        let store = open(&address).await.expect("database");
        Self { address, store, _folder: folder }
    }

    /// One of a cluster that a test has for itself.
    pub(crate) async fn of(cluster: &Cluster) -> Self {
        let database = Self::at(cluster.url("postgres")).await;
        database.store.make_room(at(ROOM.0), at(ROOM.1)).await.expect("room");
        database
    }

    /// One that is there already, under an address of its own.
    pub(crate) async fn at(address: String) -> Self {
        let store = open(&address).await.expect("database");
        Self { address, store, _folder: None }
    }

    /// Runs a statement of SQL past the port, in words that both engines understand.
    pub(crate) async fn run(&self, statement: &'static str) -> Result<(), sqlx::Error> {
        if self.address.starts_with("sqlite:") {
            let mut database = SqliteConnection::connect(&self.address).await?;
            sqlx::query(statement).execute(&mut database).await?;
        } else {
            let mut database = PgConnection::connect(&self.address).await?;
            sqlx::query(statement).execute(&mut database).await?;
        }
        Ok(())
    }

    /// The number that such a statement answers.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        let counted = if self.address.starts_with("sqlite:") {
            let mut database = SqliteConnection::connect(&self.address).await.expect("connection");
            sqlx::query_scalar(statement).fetch_one(&mut database).await
        } else {
            let mut database = PgConnection::connect(&self.address).await.expect("connection");
            sqlx::query_scalar(statement).fetch_one(&mut database).await
        };
        counted.expect("a number")
    }
}

impl Database {
    /// Runs statements as an intruder would, who has the database and nothing else: no trigger and no reference holds.
    /// Bytes are written as `X'…'`. Rows changed by the last one.
    pub(crate) async fn intrude(&self, statements: &[String]) -> u64 {
        let mut changed = 0;
        if self.address.starts_with("sqlite:") {
            let mut database = SqliteConnection::connect(&self.address).await.expect("connection");
            sqlx::raw_sql("pragma foreign_keys = off").execute(&mut database).await.expect("pragma");
            let triggers: Vec<String> = sqlx::query_scalar("select name from sqlite_schema where type = 'trigger'")
                .fetch_all(&mut database)
                .await
                .expect("triggers");
            for trigger in triggers {
                let drop = AssertSqlSafe(format!("drop trigger {trigger}"));
                sqlx::raw_sql(drop).execute(&mut database).await.expect("dropped");
            }
            for statement in statements {
                let done = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut database).await;
                changed = done.expect(statement).rows_affected();
            }
            database.close().await.expect("closed");
        } else {
            let mut database = PgConnection::connect(&self.address).await.expect("connection");
            sqlx::query("set session_replication_role = replica").execute(&mut database).await.expect("a superuser");
            for statement in statements {
                let in_its_words = statement.replace("X'", r"'\x");
                let done = sqlx::query(AssertSqlSafe(in_its_words)).execute(&mut database).await;
                changed = done.expect(statement).rows_affected();
            }
            database.close().await.expect("closed");
        }
        changed
    }
}

/// Runs a statement on a cluster, outside any database of a test.
pub(crate) async fn administer(cluster: &Cluster, statement: String) {
    let mut database = PgConnection::connect(&cluster.url("postgres")).await.expect("connection");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut database).await.expect("statement");
    database.close().await.expect("closed");
}

/// A database without a table, on the shared cluster: its address.
pub(crate) async fn empty_postgres() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("empty_{}", NUMBER.fetch_add(1, Ordering::SeqCst));
    administer(postgres::shared(), format!("create database {name}")).await;
    postgres::shared().url(&name)
}

/// Migrated once, copied for each test: that is a few files, not thirty statements.
async fn copy_of_template() -> String {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = postgres::shared();
    TEMPLATE
        .get_or_init(|| async {
            administer(cluster, "create database template_of_tests".into()).await;
            let store = open(&cluster.url("template_of_tests")).await.expect("database");
            store.make_room(at(ROOM.0), at(ROOM.1)).await.expect("room");
            store.close().await;
        })
        .await;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::SeqCst));
    administer(cluster, format!("create database {name} template template_of_tests")).await;
    cluster.url(&name)
}

/// Runs each of these tests on both engines, each time with what `$given` makes for it.
macro_rules! on_both_engines {
    ($given:path: $($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $test() {
                super::$test($given($crate::support::database::Engine::Sqlite).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test] async fn $test() {
                super::$test($given($crate::support::database::Engine::Postgres).await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
