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

/// The oldest transaction that is running, or the next one.
const OLDEST_RUNNING: &str = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

#[async_trait]
impl ReadNodes for Unit {
    async fn nodes(&mut self) -> Result<Vec<Node>, StoreError> {
        let found = sqlx::query("select id, renewals from node where retired_at is null order by id")
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(|found| Ok(Node { id: row::id(found, "id")?, renewals: found.try_get("renewals")? })).collect()
    }

    async fn ending(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<EndingRow>, StoreError> {
        let found = sqlx::query("select effective_at, last_passed_at from ending where gstin = $1 and consent_id = $2")
            .bind(gstin.as_str())
            .bind(consent.0)
            .fetch_optional(&mut *self.transaction)
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
    async fn add_change(&mut self, change: &Change, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("insert into change (id, gstin, at) values ($1, $2, $3)")
            .bind(change.id)
            .bind(change.gstin.as_ref().map(|gstin| gstin.as_str().to_owned()))
            .bind(row::micros(at))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn register_node(&mut self, id: Uuid, name: &str, at: Timestamp) -> Result<Position, StoreError> {
        sqlx::query("insert into node (id, name, started_at, renewals) values ($1, $2, $3, 0)")
            .bind(id)
            .bind(name)
            .bind(row::micros(at))
            .execute(&mut *self.transaction)
            .await?;
        Ok(Position(sqlx::query_scalar(OLDEST_RUNNING).fetch_one(&mut *self.transaction).await?))
    }

    async fn renew_node(&mut self, id: Uuid, since: Position, limit: u32) -> Result<Option<Renewal>, StoreError> {
        let done = sqlx::query("update node set renewals = renewals + 1 where id = $1 and retired_at is null")
            .bind(id)
            .execute(&mut *self.transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        // Before the changes are read: one that commits in between is read now and once more.
        let position = Position(sqlx::query_scalar(OLDEST_RUNNING).fetch_one(&mut *self.transaction).await?);
        let found = sqlx::query("select id, gstin from change where position >= $1 order by position limit $2")
            .bind(since.0)
            .bind(i64::from(limit) + 1)
            .fetch_all(&mut *self.transaction)
            .await?;
        let changes = found
            .iter()
            .map(|found| Ok(Change { id: row::id(found, "id")?, gstin: row::maybe_parsed(found, "gstin")? }))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let too_many = changes.len() > limit as usize;
        Ok(Some(Renewal { changes, too_many, position }))
    }

    async fn retire_node(&mut self, seen: Node, at: Timestamp) -> Result<bool, StoreError> {
        let done =
            sqlx::query("update node set retired_at = $1 where id = $2 and renewals = $3 and retired_at is null")
                .bind(row::micros(at))
                .bind(seen.id)
                .bind(seen.renewals)
                .execute(&mut *self.transaction)
                .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn forget_changes(&mut self, before: Timestamp) -> Result<(), StoreError> {
        sqlx::query("delete from change where at < $1")
            .bind(row::micros(before))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn add_ending(&mut self, gstin: Gstin, consent: ConsentId, ending: &EndingRow) -> Result<(), StoreError> {
        sqlx::query(
            "insert into ending (gstin, consent_id, effective_at, last_passed_at) values ($1, $2, $3, $4)
             on conflict (gstin, consent_id) do nothing",
        )
        .bind(gstin.as_str())
        .bind(consent.0)
        .bind(row::micros(ending.effective_at))
        .bind(ending.last_passed_at.map(row::micros))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
