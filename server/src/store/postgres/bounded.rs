//! A connection on which every wait has an end. PostgreSQL's own bounds hold where it hears us; on a link that has gone
//! mute nobody would answer until TCP gives up, a quarter of an hour later, and each such wait would keep a connection.

use std::{io, time::Duration};

use futures::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Describe, Either, Error, Execute, Executor, PgPool, Postgres, SqlSafeStr, SqlStr,
    pool::PoolConnection,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTransactionManager, PgTypeInfo},
};
use sqlx_core::transaction::TransactionManager;
use tokio::time::timeout;

/// A connection out of a pool, with a transaction on it or none. Whatever takes too long on it is an error, and what
/// hangs when it is given back is closed.
#[derive(Debug)]
pub(super) struct Bounded {
    connection: PoolConnection<Postgres>,
    /// How long anything that is sent may go unanswered.
    answer_max: Duration,
    /// Something did.
    mute: bool,
}

/// No answer came in time.
pub(super) fn unanswered() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time"))
}

async fn within<T>(
    term: Duration,
    mute: &mut bool,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(term, answer).await.unwrap_or_else(|_| {
        *mute = true;
        Err(unanswered())
    })
}

impl Bounded {
    /// A connection.
    pub(super) async fn lent(pool: &PgPool, answer_max: Duration) -> Result<Self, Error> {
        Ok(Self { connection: pool.acquire().await?, answer_max, mute: false })
    }

    /// A connection with a transaction on it. Dropped without a commit, it is rolled back.
    pub(super) async fn begun(pool: &PgPool, answer_max: Duration, how: &'static str) -> Result<Self, Error> {
        let mut bounded = Self::lent(pool, answer_max).await?;
        let begun = PgTransactionManager::begin(&mut bounded.connection, Some(how.into_sql_str()));
        within(answer_max, &mut bounded.mute, begun).await?;
        Ok(bounded)
    }

    /// Commits. Where no answer comes it may have happened all the same.
    pub(super) async fn commit(mut self) -> Result<(), Error> {
        within(self.answer_max, &mut self.mute, PgTransactionManager::commit(&mut self.connection)).await
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        PgTransactionManager::start_rollback(&mut self.connection);
        // The pool asks a connection that comes back whether it is well, and would wait for the answer for ever. Given
        // up, this closes it, and its place in the pool is free.
        let returning = self.connection.return_to_pool();
        if self.mute {
            return drop(returning);
        }
        let term = self.answer_max;
        tokio::spawn(async move {
            if timeout(term, returning).await.is_err() {
                tracing::warn!("a connection to the database did not answer and was closed");
            }
        });
    }
}

impl<'c> Executor<'c> for &'c mut Bounded {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let term = self.answer_max;
        let rows = Some((self.connection.fetch_many(query), &mut self.mute));
        let bounded = stream::unfold(rows, move |left| async move {
            let (mut rows, mute) = left?;
            if let Ok(row) = timeout(term, rows.next()).await {
                return Some((row?, Some((rows, mute))));
            }
            *mute = true;
            Some((Err(unanswered()), None))
        });
        bounded.boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        within(self.answer_max, &mut self.mute, self.connection.fetch_optional(query)).boxed()
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        within(self.answer_max, &mut self.mute, self.connection.prepare_with(sql, parameters)).boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        within(self.answer_max, &mut self.mute, self.connection.describe(sql)).boxed()
    }
}
