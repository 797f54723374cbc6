//! Parts of tables: made ahead, attached beside the traffic, detached when they are past their retention. Never a
//! `delete`, and never a default part: what has no place is refused, loudly, instead of lying in the wrong one.

use std::{collections::HashSet, slice};

use app::model::Timestamp;
use jiff::SignedDuration;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgExecutor, Row};

use super::calendar::{Kept, SPLIT, Split, months_later};
use crate::store::{
    StoreError,
    port::{Housekept, KeptSince, Retention},
};

/// Months that are ready beyond the present one: a server whose housekeeping fails has this long to be noticed.
const MONTHS_AHEAD: i32 = 4;
/// A clock may be set back a little over a month's border: yesterday's part is always there.
const CLOCK_BACK_MAX: SignedDuration = SignedDuration::from_hours(24);

/// One node at a time works on the parts; the number is any that migrations do not use.
const LOCK: &str = "select pg_advisory_lock(4726310975510011)";
/// On a table everybody queues behind who waits; an hour later is early enough.
const IMPATIENT: &str = "set lock_timeout = '3s'";

/// Nobody queues behind who detaches concurrently.
const PATIENT: &str = "reset lock_timeout";

const PRESENT: &str = "select parent.relname::text as parent, part.relname::text as part, inhdetachpending as leaving
     from pg_inherits
     join pg_class part on part.oid = inhrelid
     join pg_class parent on parent.oid = inhparent
     where parent.relkind = 'p' and parent.relnamespace = current_schema()::regnamespace
     order by parent, part";

/// A part as PostgreSQL knows it.
struct Present {
    parent: String,
    part: String,
    /// Its detaching was begun and not finished.
    leaving: bool,
}

/// Makes the parts that a span of time needs.
pub(super) async fn make_room(
    mut database: PgConnection,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<String>, StoreError> {
    lock(&mut database).await?;
    let made = make(&mut database, &SPLIT, from, until).await?;
    // Closing the connection gives the lock back, also where an error left this function before.
    database.close().await?;
    Ok(made)
}

/// Makes the parts of the months to come, and detaches those past their retention.
pub(super) async fn housekeep(
    mut database: PgConnection,
    now: Timestamp,
    retention: Retention,
) -> Result<Housekept, StoreError> {
    lock(&mut database).await?;
    let made = make(&mut database, &SPLIT, now - CLOCK_BACK_MAX, months_later(now, MONTHS_AHEAD)).await?;
    let detached = detach_past(&mut database, now, retention).await?;
    let present = present(&mut database).await?.into_iter().map(|found| found.part).collect();
    database.close().await?;
    Ok(Housekept { present, made, detached })
}

/// Makes the parts that a past needs, as far as retention has left it.
pub(super) async fn make_room_for_past(
    database: &mut PgConnection,
    now: Timestamp,
    retention: Retention,
) -> Result<(), StoreError> {
    lock(database).await?;
    for split in &SPLIT {
        // One table at a time: a transaction must not hold the locks of hundreds of parts.
        make(database, slice::from_ref(split), split.kept_from(retention, now), months_later(now, MONTHS_AHEAD))
            .await?;
    }
    Ok(())
}

/// Since when rows are in the parts that there are.
pub(super) async fn kept_since(database: impl PgExecutor<'_>) -> Result<KeptSince, StoreError> {
    let (mut kept, present) = (KeptSince::default(), present(database).await?);
    for split in SPLIT {
        let parts = present.iter().filter(|found| found.parent == split.table && !found.leaving);
        let first = parts.filter_map(|found| split.first_moment(&found.part)).min();
        let since = match split.kept {
            Kept::AsConsents => &mut kept.consents,
            Kept::AsLogs => &mut kept.logs,
        };
        *since = first.max(*since);
    }
    Ok(kept)
}

async fn lock(database: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(LOCK).execute(&mut *database).await?;
    sqlx::query(IMPATIENT).execute(&mut *database).await?;
    Ok(())
}

async fn present(database: impl PgExecutor<'_>) -> Result<Vec<Present>, StoreError> {
    let found = sqlx::query(PRESENT).fetch_all(database).await?;
    found
        .iter()
        .map(|found| {
            Ok(Present {
                parent: found.try_get("parent")?,
                part: found.try_get("part")?,
                leaving: found.try_get("leaving")?,
            })
        })
        .collect()
}

/// All or none of the missing parts. Made as tables of their own and then attached: that lets reads and writes of the
/// table go on, where `create table … partition of` would wait for all of them and hold up the next.
async fn make(
    database: &mut PgConnection,
    splits: &[Split],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let there: HashSet<_> = present(&mut *database).await?.into_iter().map(|found| found.part).collect();
    let mut made = Vec::new();
    let mut work = database.begin().await?;
    for split in splits {
        let Split { table, .. } = split;
        for part in split.parts(from, until).into_iter().filter(|part| !there.contains(&part.name)) {
            let (name, (from, to)) = (&part.name, split.bounds(&part));
            // Names and bounds are ours, made of a table's name and a date.
            let create = format!("create table {name} (like {table} including all)");
            let attach = format!("alter table {table} attach partition {name} for values from ({from}) to ({to})");
            sqlx::query(AssertSqlSafe(create)).execute(&mut *work).await?;
            sqlx::query(AssertSqlSafe(attach)).execute(&mut *work).await?;
            made.push(part.name);
        }
    }
    work.commit().await?;
    Ok(made)
}

/// `concurrently`, so that no reader is held up: it waits, with the patience of the connection, until those who read
/// already (a backup, a `verify`) are done. One that was cut off in the middle before is finished.
async fn detach_past(
    database: &mut PgConnection,
    now: Timestamp,
    retention: Retention,
) -> Result<Vec<String>, StoreError> {
    sqlx::query(PATIENT).execute(&mut *database).await?;
    let mut detached = Vec::new();
    for Present { parent, part, leaving } in present(&mut *database).await? {
        let Some(split) = SPLIT.iter().find(|split| split.table == parent) else { continue };
        if leaving || split.is_past(&part, retention, now) {
            let how = if leaving { "finalize" } else { "concurrently" };
            let detach = format!("alter table {parent} detach partition {part} {how}");
            sqlx::query(AssertSqlSafe(detach)).execute(&mut *database).await?;
            detached.push(part);
        }
    }
    Ok(detached)
}
