//! Nodes in PostgreSQL. A position is the id of a transaction: a node reads on from the oldest one that was running
//! when it last looked, so that a change that commits late is not missed.

use app::model::{Timestamp, gstin::Gstin, id::ConsentId};
use async_trait::async_trait;
use sqlx::Row;
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{Change, EndingRow, Node, Position, ReadNodes, Renewal, WriteNodes},
};

/// The oldest transaction that is running, or the next one; on which server. After a fail-over ids may be given out
/// again that a node has read past.
pub(super) const POSITION: &str = "select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint as server,
     pg_snapshot_xmin(pg_current_snapshot())::text::bigint as next";
pub(super) const NODES: &str = "select id, renewals from node where retired_at is null order by id limit 1000";
pub(super) const RENEW: &str =
    "update node set renewals = renewals + 1, position = $2 where id = $1 and retired_at is null";
pub(super) const CHANGES: &str = "select id, gstin from change where position >= $1 order by position limit $2";
pub(super) const RETIRE: &str =
    "update node set retired_at = $1 where id = $2 and renewals = $3 and retired_at is null";
/// A server of the version before says nothing of how far it has read.
pub(super) const FORGET_CHANGES: &str = "delete from change where at < $1
     and position < (select min(coalesce(position, 0)) from node where retired_at is null)";
pub(super) const ADD_CHANGE: &str = "insert into change (id, gstin, at) values ($1, $2, $3) returning position";
pub(super) const HAS_CHANGE: &str = "select exists (select from change where position = $1 and id = $2)";
/// Not the moment at which the transaction began: it may have waited.
const SHARED_NOW: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";
pub(super) const ENDING: &str = "select effective_at, last_passed_at from ending where gstin = $1 and consent_id = $2";
pub(super) const ADD_ENDING: &str =
    "insert into ending (gstin, consent_id, effective_at, last_passed_at) values ($1, $2, $3, $4)
     on conflict (gstin, consent_id) do nothing";

impl Unit {
    async fn position(&mut self) -> Result<Position, StoreError> {
        let found = sqlx::query(POSITION).fetch_one(&mut *self.transaction).await?;
        Ok(Position { server: found.try_get("server")?, next: found.try_get("next")? })
    }
}

#[async_trait]
impl ReadNodes for Unit {
    async fn nodes(&mut self) -> Result<Vec<Node>, StoreError> {
        let found = sqlx::query(NODES).fetch_all(&mut *self.transaction).await?;
        found.iter().map(|found| Ok(Node { id: row::id(found, "id")?, renewals: found.try_get("renewals")? })).collect()
    }

    async fn has_change(&mut self, change: Uuid, place: i64) -> Result<bool, StoreError> {
        let asked = sqlx::query_scalar(HAS_CHANGE).bind(place).bind(change);
        Ok(asked.fetch_one(&mut *self.transaction).await?)
    }

    async fn shared_now(&mut self, _own: Timestamp) -> Result<Timestamp, StoreError> {
        match self.held_at {
            Some(at) => Ok(at),
            None => row::at_micros(sqlx::query_scalar(SHARED_NOW).fetch_one(&mut *self.transaction).await?),
        }
    }

    async fn ending(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<EndingRow>, StoreError> {
        let found =
            sqlx::query(ENDING).bind(gstin.as_str()).bind(consent.0).fetch_optional(&mut *self.transaction).await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(EndingRow {
            effective_at: row::moment(&found, "effective_at")?,
            last_passed_at: row::maybe_moment(&found, "last_passed_at")?,
        }))
    }
}

#[async_trait]
impl WriteNodes for Unit {
    async fn add_change(&mut self, change: &Change, at: Timestamp) -> Result<i64, StoreError> {
        let asked = sqlx::query_scalar(ADD_CHANGE)
            .bind(change.id)
            .bind(change.gstin.as_ref().map(|gstin| gstin.as_str().to_owned()))
            .bind(row::micros(at));
        Ok(asked.fetch_one(&mut *self.transaction).await?)
    }

    async fn register_node(&mut self, id: Uuid, name: &str, at: Timestamp) -> Result<Position, StoreError> {
        let position = self.position().await?;
        sqlx::query("insert into node (id, name, started_at, renewals, position) values ($1, $2, $3, 0, $4)")
            .bind(id)
            .bind(name)
            .bind(row::micros(at))
            .bind(position.next)
            .execute(&mut *self.transaction)
            .await?;
        Ok(position)
    }

    async fn renew_node(&mut self, id: Uuid, since: Position, limit: u32) -> Result<Option<Renewal>, StoreError> {
        // What the node says it has read, and not what it is about to be told: the answer may be lost.
        let done = sqlx::query(RENEW).bind(id).bind(since.next).execute(&mut *self.transaction).await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        // Before the changes are read: one that commits in between is read now and once more.
        let position = self.position().await?;
        let found =
            sqlx::query(CHANGES).bind(since.next).bind(i64::from(limit) + 1).fetch_all(&mut *self.transaction).await?;
        let changes = found
            .iter()
            .map(|found| Ok(Change { id: row::id(found, "id")?, gstin: row::maybe_parsed(found, "gstin")? }))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let forget_all = changes.len() > limit as usize || position.server != since.server;
        Ok(Some(Renewal { changes, forget_all, position }))
    }

    async fn retire_node(&mut self, seen: Node, at: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(RETIRE)
            .bind(row::micros(at))
            .bind(seen.id)
            .bind(seen.renewals)
            .execute(&mut *self.transaction)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn forget_changes(&mut self, before: Timestamp) -> Result<(), StoreError> {
        sqlx::query(FORGET_CHANGES).bind(row::micros(before)).execute(&mut *self.transaction).await?;
        Ok(())
    }

    async fn add_ending(&mut self, gstin: Gstin, consent: ConsentId, ending: &EndingRow) -> Result<(), StoreError> {
        sqlx::query(ADD_ENDING)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(row::micros(ending.effective_at))
            .bind(ending.last_passed_at.map(row::micros))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
