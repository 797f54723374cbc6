//! Nodes in SQLite. Positions count up: with one writer at a time, the order of positions is the order of commits.

use app::model::{Timestamp, gstin::Gstin, id::ConsentId};
use async_trait::async_trait;
use sqlx::Row;
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{Change, EndingRow, Node, Position, ReadNodes, Renewal, WriteNodes},
};

/// One file, one count.
const SERVER: i64 = 0;

impl Unit {
    /// Behind the last change.
    async fn position(&mut self) -> Result<Position, StoreError> {
        Ok(Position { server: SERVER, next: self.last_position().await? + 1 })
    }

    async fn last_position(&mut self) -> Result<i64, StoreError> {
        let last: i64 =
            sqlx::query_scalar("select coalesce(max(position), 0) from change").fetch_one(&mut *self.0).await?;
        Ok(last)
    }
}

#[async_trait]
impl ReadNodes for Unit {
    async fn nodes(&mut self) -> Result<Vec<Node>, StoreError> {
        let found = sqlx::query("select id, renewals from node where retired_at is null order by id limit 1000")
            .fetch_all(&mut *self.0)
            .await?;
        found.iter().map(|found| Ok(Node { id: row::id(found, "id")?, renewals: found.try_get("renewals")? })).collect()
    }

    async fn has_change(&mut self, change: Uuid, place: i64) -> Result<bool, StoreError> {
        let asked = sqlx::query_scalar("select exists (select 1 from change where position = ?1 and id = ?2)");
        Ok(asked.bind(place).bind(change.as_bytes().as_slice()).fetch_one(&mut *self.0).await?)
    }

    async fn shared_now(&mut self, own: Timestamp) -> Result<Timestamp, StoreError> {
        Ok(own)
    }

    async fn ending(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<EndingRow>, StoreError> {
        let found = sqlx::query("select effective_at, last_passed_at from ending where gstin = ? and consent_id = ?")
            .bind(gstin.as_str())
            .bind(consent.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
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
        let position = self.last_position().await? + 1;
        sqlx::query("insert into change (position, id, gstin, at) values (?, ?, ?, ?)")
            .bind(position)
            .bind(change.id.as_bytes().as_slice())
            .bind(change.gstin.as_ref().map(|gstin| gstin.as_str().to_owned()))
            .bind(row::micros(at))
            .execute(&mut *self.0)
            .await?;
        Ok(position)
    }

    async fn register_node(&mut self, id: Uuid, name: &str, at: Timestamp) -> Result<Position, StoreError> {
        let position = self.position().await?;
        sqlx::query("insert into node (id, name, started_at, renewals, position) values (?, ?, ?, 0, ?)")
            .bind(id.as_bytes().as_slice())
            .bind(name)
            .bind(row::micros(at))
            .bind(position.next)
            .execute(&mut *self.0)
            .await?;
        Ok(position)
    }

    async fn renew_node(&mut self, id: Uuid, since: Position, limit: u32) -> Result<Option<Renewal>, StoreError> {
        let renewed =
            sqlx::query("update node set renewals = renewals + 1, position = ? where id = ? and retired_at is null");
        let done = renewed
            // What the node says it has read, and not what it is about to be told: the answer may be lost.
            .bind(since.next)
            .bind(id.as_bytes().as_slice())
            .execute(&mut *self.0)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let found = sqlx::query("select id, gstin from change where position >= ? order by position limit ?")
            .bind(since.next)
            .bind(limit + 1)
            .fetch_all(&mut *self.0)
            .await?;
        let changes = found
            .iter()
            .map(|found| Ok(Change { id: row::id(found, "id")?, gstin: row::maybe_parsed(found, "gstin")? }))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let forget_all = changes.len() > limit as usize;
        Ok(Some(Renewal { changes, forget_all, position: self.position().await? }))
    }

    async fn retire_node(&mut self, seen: Node, at: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("update node set retired_at = ? where id = ? and renewals = ? and retired_at is null")
            .bind(row::micros(at))
            .bind(seen.id.as_bytes().as_slice())
            .bind(seen.renewals)
            .execute(&mut *self.0)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn forget_changes(&mut self, before: Timestamp) -> Result<(), StoreError> {
        // The last one stays: positions count on from it.
        sqlx::query(
            "delete from change where at < ? and position < (select max(position) from change)
             and position < (select min(coalesce(position, 0)) from node where retired_at is null)",
        )
        .bind(row::micros(before))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn add_ending(&mut self, gstin: Gstin, consent: ConsentId, ending: &EndingRow) -> Result<(), StoreError> {
        sqlx::query(
            "insert into ending (gstin, consent_id, effective_at, last_passed_at) values (?, ?, ?, ?)
             on conflict (gstin, consent_id) do nothing",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .bind(row::micros(ending.effective_at))
        .bind(ending.last_passed_at.map(row::micros))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
