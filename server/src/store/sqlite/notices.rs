//! Notices in SQLite.

use app::model::{Timestamp, gstin::Gstin, notice::OfficerNotice};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{NOTICES_MAX, ReadNotices, WriteNotices},
};

fn notice(found: &SqliteRow) -> Result<OfficerNotice, StoreError> {
    let handled = match row::maybe_moment(found, "handled_at")? {
        Some(at) => Some((at, found.try_get("handled_by")?)),
        None => None,
    };
    Ok(OfficerNotice {
        gstin: row::parsed(found, "gstin")?,
        id: row::id(found, "id")?,
        kind: row::word(found, "kind")?,
        about: row::id(found, "about")?,
        at: row::moment(found, "at")?,
        detail: found.try_get("detail")?,
        handled,
    })
}

#[async_trait]
impl ReadNotices for Unit {
    async fn open_notices(&mut self, after: Option<(Timestamp, Uuid)>) -> Result<Vec<OfficerNotice>, StoreError> {
        let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |(at, id)| (row::micros(at), id));
        let found = sqlx::query(
            "select gstin, id, kind, about, at, detail, handled_at, handled_by from officer_notice
             where handled_at is null and (at, id) > (?, ?) order by at, id limit ?",
        )
        .bind(at)
        .bind(id.as_bytes().as_slice())
        .bind(NOTICES_MAX)
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(notice).collect()
    }

    async fn count_open_notices(&mut self, up_to: u32) -> Result<u32, StoreError> {
        let open = sqlx::query_scalar(
            "select count(*) from (select 1 from officer_notice where handled_at is null order by at, id limit ?)",
        )
        .bind(up_to)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(open)
    }

    async fn notice(&mut self, gstin: Gstin, id: Uuid) -> Result<Option<OfficerNotice>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, kind, about, at, detail, handled_at, handled_by from officer_notice
             where gstin = ? and id = ?",
        )
        .bind(gstin.as_str())
        .bind(id.as_bytes().as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        found.as_ref().map(notice).transpose()
    }
}

#[async_trait]
impl WriteNotices for Unit {
    async fn add_notices(&mut self, notices: &[OfficerNotice]) -> Result<Vec<Uuid>, StoreError> {
        let mut added = Vec::new();
        for notice in notices {
            let done = sqlx::query(
                "insert into officer_notice (gstin, id, kind, about, at, detail) values (?, ?, ?, ?, ?, ?)
                 on conflict (gstin, kind, about) do nothing",
            )
            .bind(notice.gstin.as_str())
            .bind(notice.id.as_bytes().as_slice())
            .bind(row::name(notice.kind)?)
            .bind(notice.about.as_bytes().as_slice())
            .bind(row::micros(notice.at))
            .bind(&notice.detail)
            .execute(&mut *self.0)
            .await?;
            if done.rows_affected() == 1 {
                added.push(notice.id);
            }
        }
        Ok(added)
    }

    async fn handle_notice(&mut self, gstin: Gstin, id: Uuid, at: Timestamp, by: &str) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update officer_notice set handled_at = ?, handled_by = ? where gstin = ? and id = ? and handled_at is null",
        )
        .bind(row::micros(at))
        .bind(by)
        .bind(gstin.as_str())
        .bind(id.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())
    }
}
