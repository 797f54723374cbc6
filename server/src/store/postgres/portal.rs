//! Portal sessions in PostgreSQL.

use app::model::Timestamp;
use async_trait::async_trait;

use super::{Unit, row};
use crate::{
    store::{
        StoreError,
        port::{Person, ReadPortal, WritePortal},
    },
    vault::KeyedHash,
};

pub(super) const SESSION: &str =
    "select person from portal_session where cookie_hash = $1 and expires_at > $2 and ended_at is null";

pub(super) const END_SESSION: &str =
    "update portal_session set ended_at = $1 where cookie_hash = $2 and ended_at is null";
#[async_trait]
impl ReadPortal for Unit {
    async fn portal_session(&mut self, cookie: KeyedHash, now: Timestamp) -> Result<Option<Person>, StoreError> {
        let found = sqlx::query(SESSION)
            .bind(cookie.0.as_slice())
            .bind(row::micros(now))
            .fetch_optional(&mut *self.transaction)
            .await?;
        found.as_ref().map(|found| row::json(found, "person")).transpose()
    }
}

#[async_trait]
impl WritePortal for Unit {
    async fn use_hand_off(&mut self, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("insert into hand_off (jti, expires_at) values ($1, $2) on conflict (jti) do nothing")
            .bind(jti)
            .bind(row::micros(expires_at))
            .execute(&mut *self.transaction)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn add_portal_session(
        &mut self,
        cookie: KeyedHash,
        person: &Person,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("insert into portal_session (cookie_hash, person, created_at, expires_at) values ($1, $2, $3, $4)")
            .bind(cookie.0.as_slice())
            .bind(row::to_json(person)?)
            .bind(row::micros(created_at))
            .bind(row::micros(expires_at))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn end_portal_session(&mut self, cookie: KeyedHash, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(END_SESSION)
            .bind(row::micros(at))
            .bind(cookie.0.as_slice())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
