//! The registry in PostgreSQL.

use app::model::{
    Timestamp,
    id::{ApplicationId, AspId, GspId},
    registry::{Application, Asp, Gsp},
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{Unit, row};
use crate::{
    store::{
        StoreError,
        port::{ReadRegistry, Registered, StoredWireKey, WriteRegistry},
    },
    vault::KeyedHash,
};

macro_rules! select_application {
    ($rest:literal) => {
        concat!(
            "select application.id, client_id, secret_hash, application.standing,
                    asp.id as asp_id, asp.name as asp_name, asp.short_name as asp_short, asp.standing as asp_standing,
                    gsp.id as gsp_id, gsp.name as gsp_name, gsp.short_name as gsp_short, gsp.standing as gsp_standing
             from application
             join asp on asp.id = asp_id
             join gsp on gsp.id = gsp_id ",
            $rest
        )
    };
}

pub(super) const BY_ID: &str = select_application!("where application.id = $1");
pub(super) const BY_IDS: &str = select_application!("where application.id = any($1)");
pub(super) const BY_CLIENT_ID: &str = select_application!("where client_id = $1");

fn registered(found: &PgRow) -> Result<Registered, StoreError> {
    let application = Application {
        id: ApplicationId(row::id(found, "id")?),
        client_id: found.try_get("client_id")?,
        asp: Asp {
            id: AspId(row::id(found, "asp_id")?),
            name: found.try_get("asp_name")?,
            short_name: found.try_get("asp_short")?,
            standing: row::word(found, "asp_standing")?,
        },
        gsp: Gsp {
            id: GspId(row::id(found, "gsp_id")?),
            name: found.try_get("gsp_name")?,
            short_name: found.try_get("gsp_short")?,
            standing: row::word(found, "gsp_standing")?,
        },
        standing: row::word(found, "standing")?,
    };
    Ok(Registered { application, secret_hash: row::hash(found, "secret_hash")? })
}

pub(super) const ASPS: &str = "select id, name, short_name, standing from asp where id = any($1)";
pub(super) const GATEWAY: &str = "select name from gateway where secret_hash = $1";
#[async_trait]
impl ReadRegistry for Unit {
    async fn application_by_client_id(&mut self, client_id: &str) -> Result<Option<Registered>, StoreError> {
        let found = sqlx::query(BY_CLIENT_ID).bind(client_id).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(registered).transpose()
    }

    async fn application(&mut self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        let found = sqlx::query(BY_ID).bind(id.0).fetch_optional(&mut *self.transaction).await?;
        Ok(found.as_ref().map(registered).transpose()?.map(|found| found.application))
    }

    async fn applications_of(&mut self, ids: &[ApplicationId]) -> Result<Vec<Application>, StoreError> {
        let found = sqlx::query(BY_IDS)
            .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(|found| Ok(registered(found)?.application)).collect()
    }

    async fn asps(&mut self, ids: &[AspId]) -> Result<Vec<Asp>, StoreError> {
        let found = sqlx::query(ASPS)
            .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
            .fetch_all(&mut *self.transaction)
            .await?;
        let asp = |found: &PgRow| {
            Ok(Asp {
                id: AspId(row::id(found, "id")?),
                name: found.try_get("name")?,
                short_name: found.try_get("short_name")?,
                standing: row::word(found, "standing")?,
            })
        };
        found.iter().map(asp).collect()
    }

    async fn applications(&mut self) -> Result<Vec<Application>, StoreError> {
        let found = sqlx::query(select_application!("order by asp.name collate \"C\", gsp.name collate \"C\""))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(|found| Ok(registered(found)?.application)).collect()
    }

    async fn gateway(&mut self, secret: KeyedHash) -> Result<Option<String>, StoreError> {
        let found =
            sqlx::query_scalar(GATEWAY).bind(secret.0.as_slice()).fetch_optional(&mut *self.transaction).await?;
        Ok(found)
    }

    async fn wire_keys(&mut self) -> Result<Vec<StoredWireKey>, StoreError> {
        let found = sqlx::query(
            "select id, pkcs8_sealed, certificate_pem, created_at, accepted_until
             from wire_key order by created_at desc",
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        found
            .iter()
            .map(|found| {
                Ok(StoredWireKey {
                    id: found.try_get("id")?,
                    pkcs8_sealed: found.try_get("pkcs8_sealed")?,
                    certificate_pem: found.try_get("certificate_pem")?,
                    created_at: row::moment(found, "created_at")?,
                    accepted_until: row::maybe_moment(found, "accepted_until")?,
                })
            })
            .collect()
    }
}

#[async_trait]
impl WriteRegistry for Unit {
    async fn put_gsp(&mut self, gsp: &Gsp) -> Result<(), StoreError> {
        sqlx::query(
            "insert into gsp (id, name, short_name, standing) values ($1, $2, $3, $4)
             on conflict (id) do update set
                name = excluded.name, short_name = excluded.short_name, standing = excluded.standing",
        )
        .bind(gsp.id.0)
        .bind(&gsp.name)
        .bind(&gsp.short_name)
        .bind(row::name(gsp.standing)?)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn put_asp(&mut self, asp: &Asp) -> Result<(), StoreError> {
        sqlx::query(
            "insert into asp (id, name, short_name, standing) values ($1, $2, $3, $4)
             on conflict (id) do update set
                name = excluded.name, short_name = excluded.short_name, standing = excluded.standing",
        )
        .bind(asp.id.0)
        .bind(&asp.name)
        .bind(&asp.short_name)
        .bind(row::name(asp.standing)?)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn put_application(&mut self, registered: &Registered) -> Result<(), StoreError> {
        let application = &registered.application;
        sqlx::query(
            "insert into application (id, client_id, secret_hash, asp_id, gsp_id, standing) values ($1, $2, $3, $4, $5, $6)
             on conflict (id) do update set secret_hash = excluded.secret_hash, standing = excluded.standing",
        )
        .bind(application.id.0)
        .bind(&application.client_id)
        .bind(registered.secret_hash.0.as_slice())
        .bind(application.asp.id.0)
        .bind(application.gsp.id.0)
        .bind(row::name(application.standing)?)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn put_gateway(&mut self, name: &str, secret: KeyedHash) -> Result<(), StoreError> {
        sqlx::query(
            "insert into gateway (name, secret_hash) values ($1, $2)
             on conflict (name) do update set secret_hash = excluded.secret_hash",
        )
        .bind(name)
        .bind(secret.0.as_slice())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn add_wire_key(&mut self, key: &StoredWireKey, others_until: Timestamp) -> Result<(), StoreError> {
        sqlx::query("update wire_key set accepted_until = $1 where accepted_until is null or accepted_until > $1")
            .bind(row::micros(others_until))
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query(
            "insert into wire_key (id, pkcs8_sealed, certificate_pem, created_at, accepted_until) values ($1, $2, $3, $4, $5)",
        )
        .bind(&key.id)
        .bind(&key.pkcs8_sealed)
        .bind(&key.certificate_pem)
        .bind(row::micros(key.created_at))
        .bind(key.accepted_until.map(row::micros))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
