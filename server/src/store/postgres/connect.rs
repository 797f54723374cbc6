//! How PostgreSQL is reached, and how long anything may take there. Each bound ends a wait that would hold others up.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::bounded::unanswered;
use crate::store::StoreError;

/// Connections of one node. A unit of work is a few milliseconds, so that this many carry thousands a second; more would
/// only queue inside PostgreSQL, and ten nodes together must stay below its `max_connections`.
const CONNECTIONS_MAX: u32 = 16;
/// How long a unit of work waits for its connection; a person waits no longer for a page.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is tried before it is used: the server may have been restarted meanwhile.
const TRY_AFTER_IDLE: Duration = Duration::from_secs(1);
/// How long it has for an answer then; one that has none is closed, and the next one tried.
const TRIED_FOR: Duration = Duration::from_secs(1);
/// How long one statement may run: each finds its rows by an index, so that one that takes longer is stuck.
const STATEMENT_MAX: Duration = Duration::from_secs(5);
/// How long a statement waits for a lock; below [`STATEMENT_MAX`], so that the log says which of the two it was.
const WAIT_FOR_LOCK: Duration = Duration::from_secs(3);
/// How long anything that is sent may go unanswered: above [`STATEMENT_MAX`], so that PostgreSQL's own word comes first
/// where there is one. A commit has no other bound: it waits for a synchronous replica as long as that takes.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(6);
/// How long a signal may take; a later one is of no use, as leases are over by then.
pub(super) const SIGNAL_MAX: Duration = Duration::from_secs(1);
/// Connections of a node for its own place among the others. Requests cannot take them: without its lease a node needs
/// more connections for the same checks, not fewer. One renews, one asks who else is there, one writes what was counted.
const KEEPERS_MAX: u32 = 3;
/// How long anything may take there: a renewal is of no use when the lease is over.
pub(super) const KEEPER_ANSWER_MAX: Duration = Duration::from_millis(500);
/// A line of signals that was quiet for so long is tried.
pub(super) const QUIET_MAX: Duration = Duration::from_secs(1);
/// How long a transaction may do nothing: a node that was stopped in the middle must not hold a taxpayer's rows.
const IDLE_IN_TRANSACTION_MAX: Duration = Duration::from_secs(5);
/// What migrations and work on partitions may take, waiting for another node to do the same included.
const PATIENT_STATEMENT_MAX: Duration = Duration::from_secs(600);
/// How long what is sent on patient connections may go unanswered.
pub(super) const PATIENT_ANSWER_MAX: Duration = Duration::from_secs(660);
/// How long these wait for another node that does the same. A lock on a table they ask for with less patience, because
/// everybody who wants the table queues behind them.
const PATIENT_WAIT_FOR_LOCK: Duration = Duration::from_secs(120);
/// What reading a page out of order costs, a page in order costing 1. PostgreSQL's own 4 is for disks that turn; with it,
/// a table of some thousand rows is read from end to end where sixty rows are wanted.
const RANDOM_PAGE_COST: &str = "1.1";
/// Under which name the server's connections are seen in `pg_stat_activity`.
const NAME: &str = "asp-access";

fn with_bounds(options: PgConnectOptions, statement: Duration, lock: Duration) -> PgConnectOptions {
    let millis = |term: Duration| term.as_millis().to_string();
    options.application_name(NAME).options([
        ("statement_timeout", millis(statement)),
        ("lock_timeout", millis(lock)),
        ("idle_in_transaction_session_timeout", millis(IDLE_IN_TRANSACTION_MAX)),
        ("random_page_cost", RANDOM_PAGE_COST.to_owned()),
    ])
}

fn parsed(url: &str) -> Result<PgConnectOptions, StoreError> {
    // Not the parser's own words: they may repeat a password.
    PgConnectOptions::from_str(url).map_err(|_| StoreError::Address("postgres://…".into()))
}

/// The connections that units of work share.
pub(super) async fn pool(url: &str) -> Result<PgPool, StoreError> {
    let options = with_bounds(parsed(url)?, STATEMENT_MAX, WAIT_FOR_LOCK);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRY_AFTER_IDLE {
                    timeout(TRIED_FOR, connection.ping()).await.map_err(|_| unanswered())??;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// For a node's own place among the others.
pub(super) fn keepers(url: &str) -> Result<PgPool, StoreError> {
    let options = with_bounds(parsed(url)?, KEEPER_ANSWER_MAX, KEEPER_ANSWER_MAX);
    let pool = PgPoolOptions::new().max_connections(KEEPERS_MAX).acquire_timeout(SIGNAL_MAX);
    Ok(pool.test_before_acquire(false).connect_lazy_with(options))
}

/// For sending signals. It waits for no disk (a signal that a crash loses is learnt by renewing) and not for long:
/// whoever waits for an acknowledgement waits no longer than a lease.
pub(super) fn announcer(url: &str) -> Result<PgPool, StoreError> {
    let options = with_bounds(parsed(url)?, SIGNAL_MAX, SIGNAL_MAX).options([("synchronous_commit", "off")]);
    Ok(PgPoolOptions::new().max_connections(1).acquire_timeout(SIGNAL_MAX).connect_lazy_with(options))
}

/// For listening to signals.
pub(super) fn line_like(pool: &PgPool) -> PgPool {
    let options = PgPoolOptions::new().max_connections(1).acquire_timeout(SIGNAL_MAX);
    options.connect_lazy_with((*pool.connect_options()).clone())
}

/// Connections that only read, and may take their time.
pub(super) async fn pool_to_read(url: &str) -> Result<PgPool, StoreError> {
    let options = patient(url)?.options([("default_transaction_read_only", "on")]);
    Ok(PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT_FOR_CONNECTION).connect_with(options).await?)
}

/// For migrations and partitions.
pub(super) fn patient(url: &str) -> Result<PgConnectOptions, StoreError> {
    Ok(with_bounds(parsed(url)?, PATIENT_STATEMENT_MAX, PATIENT_WAIT_FOR_LOCK))
}

/// The same, to the database of a pool.
pub(super) fn patient_like(pool: &PgPool) -> PgConnectOptions {
    // A later setting of the same name counts.
    with_bounds((*pool.connect_options()).clone(), PATIENT_STATEMENT_MAX, PATIENT_WAIT_FOR_LOCK)
}

/// For loading: its statements are slow by intent, and not worth a line in the log each.
pub(super) fn loader_like(pool: &PgPool) -> PgConnectOptions {
    patient_like(pool).disable_statement_logging()
}
