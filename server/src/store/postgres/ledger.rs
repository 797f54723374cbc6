//! The ledger in PostgreSQL. Who writes an event shares no counter with anybody: the leaf waits under the id of its
//! transaction, and gets its place once every older transaction is over, so that none is missed.

use app::model::{
    Timestamp,
    gstin::Gstin,
    merkle::{Hash, Salt, Tile},
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{LeafRow, LedgerState, OwedLeaf, ReadLedger, StoredCheckpoint, StoredSigningKey, WriteLedger},
    value,
};

pub(super) fn owed(found: &PgRow) -> Result<OwedLeaf, StoreError> {
    Ok(OwedLeaf {
        position: found.try_get("position")?,
        gstin: row::parsed(found, "gstin")?,
        seq: found.try_get("seq")?,
        at: row::moment(found, "at")?,
        hash: row::hash(found, "hash")?.0,
        salt: salt(found)?,
    })
}

pub(super) fn leaf(found: &PgRow) -> Result<LeafRow, StoreError> {
    Ok(LeafRow {
        gstin: row::parsed(found, "gstin")?,
        seq: found.try_get("seq")?,
        at: row::moment(found, "at")?,
        index: value::small(found.try_get("leaf_index")?, "leaf_index")?,
        salt: salt(found)?,
    })
}

fn salt(found: &PgRow) -> Result<Salt, StoreError> {
    value::array(found.try_get("salt")?, "salt").map(Salt)
}

fn state(found: &PgRow) -> Result<LedgerState, StoreError> {
    Ok(LedgerState {
        origin: found.try_get("origin")?,
        size: value::small(found.try_get("size")?, "size")?,
        grown_at: row::maybe_moment(found, "grown_at")?,
    })
}

fn checkpoint(found: &PgRow) -> Result<StoredCheckpoint, StoreError> {
    Ok(StoredCheckpoint {
        size: value::small(found.try_get("size")?, "size")?,
        signed_at: row::moment(found, "signed_at")?,
        note: found.try_get("note")?,
    })
}

fn signing_key(found: &PgRow) -> Result<StoredSigningKey, StoreError> {
    let vouched_for: Option<&[u8]> = found.try_get("vouched_for")?;
    Ok(StoredSigningKey {
        number: value::small(found.try_get("number")?, "number")?,
        public_key: value::array(found.try_get("public_key")?, "public_key")?,
        seed_sealed: found.try_get("seed_sealed")?,
        created_at: row::moment(found, "created_at")?,
        vouched_for: vouched_for.map(|bytes| value::array(bytes, "vouched_for")).transpose()?,
    })
}

const STATE: &str = "select origin, size, grown_at from ledger where id = 1";
const STATE_HELD: &str = "select origin, size, grown_at from ledger where id = 1 for update skip locked";
pub(super) const LEAF: &str = "select gstin, seq, at, leaf_index, salt from leaf where gstin = $1 and seq = $2";
pub(super) const NEWEST_CHECKPOINT: &str =
    "select size, signed_at, note from ledger_checkpoint order by size desc, signed_at desc limit 1";
pub(super) const TILES: &str =
    "select number, hashes from ledger_tile where level = $1 and number >= $2 order by number limit $3";

/// What is seen was committed. Where its transaction is older than all that run, nothing older can come any more. Where it
/// is younger than all that ever ran here, it was written in another cluster, out of which this database was restored.
pub(super) const OWED: &str = "select position, gstin, seq, at, hash, salt from owed_leaf
     where position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        or position >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
     order by position, gstin, seq limit $1";

/// Moves leaves from where they wait: all of them, or fewer rows than were asked for.
pub(super) const PLACE: &str = "with placed as (
         select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
             as given (position, gstin, seq, leaf_index)
     ), moved as (
         delete from owed_leaf using placed
         where owed_leaf.position = placed.position and owed_leaf.gstin = placed.gstin and owed_leaf.seq = placed.seq
         returning owed_leaf.gstin, owed_leaf.seq, at, leaf_index, salt
     )
     insert into leaf (gstin, seq, at, leaf_index, salt) select gstin, seq, at, leaf_index, salt from moved";

#[async_trait]
impl ReadLedger for Unit {
    async fn ledger(&mut self) -> Result<LedgerState, StoreError> {
        state(&sqlx::query(STATE).fetch_one(&mut *self.transaction).await?)
    }

    async fn newest_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError> {
        let found = sqlx::query(NEWEST_CHECKPOINT).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(checkpoint).transpose()
    }

    async fn checkpoints_after(
        &mut self,
        after: Option<(u64, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let (size, at) = after.map_or((-1, 0), |(size, at)| (value::large(size), row::micros(at)));
        let found = sqlx::query(
            "select size, signed_at, note from ledger_checkpoint where (size, signed_at) > ($1, $2)
             order by size, signed_at limit $3",
        )
        .bind(size)
        .bind(at)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.transaction)
        .await?;
        found.iter().map(checkpoint).collect()
    }

    async fn ledger_tiles(&mut self, level: u8, from: u64, limit: u32) -> Result<Vec<(u64, Vec<Hash>)>, StoreError> {
        let found = sqlx::query(TILES)
            .bind(i64::from(level))
            .bind(value::large(from))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.transaction)
            .await?;
        found
            .iter()
            .map(|found| {
                let number = value::small(found.try_get("number")?, "number")?;
                Ok((number, value::hashes(found.try_get("hashes")?)?))
            })
            .collect()
    }

    async fn leaf(&mut self, gstin: Gstin, seq: i64) -> Result<Option<LeafRow>, StoreError> {
        let found = sqlx::query(LEAF).bind(gstin.as_str()).bind(seq).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(leaf).transpose()
    }

    async fn leaves_between(&mut self, from: u64, to: u64) -> Result<Vec<LeafRow>, StoreError> {
        let found = sqlx::query(
            "select gstin, seq, at, leaf_index, salt from leaf where leaf_index >= $1 and leaf_index < $2
             order by leaf_index, gstin, seq limit $3",
        )
        .bind(value::large(from))
        .bind(value::large(to))
        .bind(value::large(to.saturating_sub(from).saturating_mul(2)))
        .fetch_all(&mut *self.transaction)
        .await?;
        found.iter().map(leaf).collect()
    }

    async fn owed_leaves(&mut self, limit: u32) -> Result<Vec<OwedLeaf>, StoreError> {
        let found = sqlx::query(OWED).bind(i64::from(limit)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(owed).collect()
    }

    async fn signing_keys(&mut self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let found = sqlx::query(
            "select number, public_key, seed_sealed, created_at, vouched_for from signing_key order by number",
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        found.iter().map(signing_key).collect()
    }
}

#[async_trait]
impl WriteLedger for Unit {
    async fn hold_ledger(&mut self) -> Result<Option<LedgerState>, StoreError> {
        let found = sqlx::query(STATE_HELD).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(state).transpose()
    }

    async fn name_ledger(&mut self, origin: &str) -> Result<(), StoreError> {
        let done = sqlx::query("update ledger set origin = $1 where id = 1 and origin is null")
            .bind(origin)
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }

    async fn owe_leaf(&mut self, owed: &OwedLeaf) -> Result<(), StoreError> {
        sqlx::query("insert into owed_leaf (gstin, seq, at, hash, salt) values ($1, $2, $3, $4, $5)")
            .bind(owed.gstin.as_str())
            .bind(owed.seq)
            .bind(row::micros(owed.at))
            .bind(owed.hash.as_slice())
            .bind(owed.salt.0.as_slice())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn place_leaves(&mut self, from: u64, leaves: &[OwedLeaf]) -> Result<(), StoreError> {
        let indexes: Vec<_> = (from..).zip(leaves).map(|(index, _)| value::large(index)).collect();
        let done = sqlx::query(PLACE)
            .bind(leaves.iter().map(|owed| owed.position).collect::<Vec<_>>())
            .bind(leaves.iter().map(|owed| owed.gstin.as_str().to_owned()).collect::<Vec<_>>())
            .bind(leaves.iter().map(|owed| owed.seq).collect::<Vec<_>>())
            .bind(indexes)
            .execute(&mut *self.transaction)
            .await?;
        if done.rows_affected() == leaves.len() as u64 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn put_ledger_tiles(&mut self, tiles: &[Tile]) -> Result<(), StoreError> {
        sqlx::query(
            "insert into ledger_tile (level, number, hashes)
             select * from unnest($1::bigint[], $2::bigint[], $3::bytea[])
             on conflict (level, number) do update set hashes = excluded.hashes",
        )
        .bind(tiles.iter().map(|tile| i64::from(tile.id.level)).collect::<Vec<_>>())
        .bind(tiles.iter().map(|tile| value::large(tile.id.number)).collect::<Vec<_>>())
        .bind(tiles.iter().map(|tile| value::side_by_side(&tile.hashes)).collect::<Vec<_>>())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn grow_ledger(&mut self, before: u64, after: u64, at: Timestamp) -> Result<(), StoreError> {
        let done = sqlx::query("update ledger set size = $1, grown_at = $2 where id = 1 and size = $3")
            .bind(value::large(after))
            .bind(row::micros(at))
            .bind(value::large(before))
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }

    async fn add_checkpoint(&mut self, added: &StoredCheckpoint) -> Result<(), StoreError> {
        sqlx::query("insert into ledger_checkpoint (size, signed_at, note) values ($1, $2, $3)")
            .bind(value::large(added.size))
            .bind(row::micros(added.signed_at))
            .bind(&added.note)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn add_signing_key(&mut self, key: &StoredSigningKey) -> Result<(), StoreError> {
        sqlx::query(
            "insert into signing_key (number, public_key, seed_sealed, created_at, vouched_for)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(i64::from(key.number))
        .bind(key.public_key.as_slice())
        .bind(&key.seed_sealed)
        .bind(row::micros(key.created_at))
        .bind(key.vouched_for.as_ref().map(<[u8; 64]>::as_slice))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
