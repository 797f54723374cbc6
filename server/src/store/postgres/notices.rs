//! Notices in PostgreSQL.

use app::model::{Timestamp, gstin::Gstin, notice::OfficerNotice};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{NOTICES_MAX, ReadNotices, WriteNotices},
};

pub(super) const OPEN: &str = "select gstin, id, kind, about, at, detail, handled_at, handled_by from officer_notice
     where handled_at is null and (at, id) > ($1, $2) order by at, id limit $3";

pub(super) const COUNT_OPEN: &str = "select count(*) from (
         select 1 from officer_notice where handled_at is null order by at, id limit $1) as open";

pub(super) const BY_ID: &str = "select gstin, id, kind, about, at, detail, handled_at, handled_by from officer_notice
     where gstin = $1 and id = $2";

/// Rows of one taxpayer after those of another, everywhere in the same order.
const ADD: &str = "insert into officer_notice (gstin, id, kind, about, at, detail)
     select * from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::text[])
         as added (gstin, id, kind, about, at, detail)
     order by gstin, kind, about
     on conflict (gstin, kind, about) do nothing
     returning id";

fn notice(found: &PgRow) -> Result<OfficerNotice, StoreError> {
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
        let found =
            sqlx::query(OPEN).bind(at).bind(id).bind(i64::from(NOTICES_MAX)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(notice).collect()
    }

    async fn count_open_notices(&mut self, up_to: u32) -> Result<u32, StoreError> {
        let open: i64 = sqlx::query_scalar(COUNT_OPEN).bind(i64::from(up_to)).fetch_one(&mut *self.transaction).await?;
        Ok(u32::try_from(open).unwrap_or(up_to))
    }

    async fn notice(&mut self, gstin: Gstin, id: Uuid) -> Result<Option<OfficerNotice>, StoreError> {
        let found = sqlx::query(BY_ID).bind(gstin.as_str()).bind(id).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(notice).transpose()
    }
}

#[async_trait]
impl WriteNotices for Unit {
    async fn add_notices(&mut self, notices: &[OfficerNotice]) -> Result<Vec<Uuid>, StoreError> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let added = sqlx::query_scalar(ADD)
            .bind(notices.iter().map(|notice| notice.gstin.to_string()).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.id).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| row::name(notice.kind)).collect::<Result<Vec<_>, _>>()?)
            .bind(notices.iter().map(|notice| notice.about).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| row::micros(notice.at)).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.detail.clone()).collect::<Vec<_>>())
            .fetch_all(&mut *self.transaction)
            .await?;
        Ok(added)
    }

    async fn handle_notice(&mut self, gstin: Gstin, id: Uuid, at: Timestamp, by: &str) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update officer_notice set handled_at = $1, handled_by = $2 where gstin = $3 and id = $4 and handled_at is null",
        )
        .bind(row::micros(at))
        .bind(by)
        .bind(gstin.as_str())
        .bind(id)
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())
    }
}
