//! Taxpayers in PostgreSQL.

use app::model::{access_window::AccessWindow, gstin::Gstin, id::SignatoryId, taxpayer::Taxpayer};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{ChainLink, ReadTaxpayers, SealedSignatory, WriteTaxpayers},
};

fn taxpayer(found: &PgRow) -> Result<Taxpayer, StoreError> {
    Ok(Taxpayer {
        gstin: row::parsed(found, "gstin")?,
        username: found.try_get("username")?,
        legal_name: found.try_get("legal_name")?,
        trade_name: found.try_get("trade_name")?,
    })
}

fn signatory(found: &PgRow) -> Result<SealedSignatory, StoreError> {
    Ok(SealedSignatory {
        gstin: row::parsed(found, "gstin")?,
        id: SignatoryId(row::id(found, "id")?),
        name: found.try_get("name")?,
        email: found.try_get("email_sealed")?,
        mobile: found.try_get("mobile_sealed")?,
        language: row::word(found, "language")?,
    })
}

fn texts(gstins: &[Gstin]) -> Vec<String> {
    gstins.iter().map(ToString::to_string).collect()
}

pub(super) const TAXPAYERS_OF: &str =
    "select gstin, username, legal_name, trade_name from taxpayer where gstin = any($1::text[])";
pub(super) const SIGNATORIES_OF: &str = "select gstin, id, name, email_sealed, mobile_sealed, language
     from signatory where gstin = any($1::text[])";

#[async_trait]
impl ReadTaxpayers for Unit {
    async fn taxpayer_by_username(&mut self, username: &str) -> Result<Option<Taxpayer>, StoreError> {
        let found = sqlx::query("select gstin, username, legal_name, trade_name from taxpayer where username = $1")
            .bind(username)
            .fetch_optional(&mut *self.transaction)
            .await?;
        found.as_ref().map(taxpayer).transpose()
    }

    async fn taxpayer(&mut self, gstin: Gstin) -> Result<Option<Taxpayer>, StoreError> {
        let found = sqlx::query("select gstin, username, legal_name, trade_name from taxpayer where gstin = $1")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.transaction)
            .await?;
        found.as_ref().map(taxpayer).transpose()
    }

    async fn taxpayers_of(&mut self, gstins: &[Gstin]) -> Result<Vec<Taxpayer>, StoreError> {
        let found = sqlx::query(TAXPAYERS_OF).bind(texts(gstins)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(taxpayer).collect()
    }

    async fn some_taxpayers(&mut self) -> Result<Vec<Taxpayer>, StoreError> {
        let found =
            sqlx::query("select gstin, username, legal_name, trade_name from taxpayer order by gstin limit 100")
                .fetch_all(&mut *self.transaction)
                .await?;
        found.iter().map(taxpayer).collect()
    }

    async fn signatories(&mut self, gstin: Gstin) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, name, email_sealed, mobile_sealed, language
             from signatory where gstin = $1 order by id limit 10",
        )
        .bind(gstin.as_str())
        .fetch_all(&mut *self.transaction)
        .await?;
        found.iter().map(signatory).collect()
    }

    async fn signatories_of(&mut self, gstins: &[Gstin]) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(SIGNATORIES_OF).bind(texts(gstins)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(signatory).collect()
    }

    async fn access_window(&mut self, gstin: Gstin) -> Result<Option<AccessWindow>, StoreError> {
        let found = sqlx::query("select enabled, minutes, version from access_window where gstin = $1")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.transaction)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let minutes = found.try_get("minutes")?;
        AccessWindow::new(gstin, found.try_get("enabled")?, minutes, found.try_get("version")?)
            .map(Some)
            .map_err(|_| StoreError::Unreadable(format!("an access window of {minutes} minutes")))
    }
}

#[async_trait]
impl WriteTaxpayers for Unit {
    /// Holds the end of the taxpayer's chain, the row that every change writes anyway, so that this costs no write more.
    /// Not the taxpayer's own row: sharded, that one lies elsewhere. `no key` lets foreign keys go on being checked.
    async fn lock_taxpayer(&mut self, gstin: Gstin) -> Result<(), StoreError> {
        let found = sqlx::query("select seq, hash from chain_head where gstin = $1 for no key update")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.transaction)
            .await?;
        if let Some(found) = found {
            let end = ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 };
            self.chain.ends_with(gstin, end);
        }
        Ok(())
    }

    /// One after the other: a window that was read before the lock could be one that somebody has just closed.
    async fn hold_taxpayer(&mut self, username: &str) -> Result<Option<(Taxpayer, Option<AccessWindow>)>, StoreError> {
        let Some(taxpayer) = self.taxpayer_by_username(username).await? else { return Ok(None) };
        self.lock_taxpayer(taxpayer.gstin).await?;
        let window = self.access_window(taxpayer.gstin).await?;
        Ok(Some((taxpayer, window)))
    }

    async fn add_taxpayer(&mut self, taxpayer: &Taxpayer, window: &AccessWindow) -> Result<(), StoreError> {
        sqlx::query("insert into taxpayer (gstin, username, legal_name, trade_name) values ($1, $2, $3, $4)")
            .bind(taxpayer.gstin.as_str())
            .bind(&taxpayer.username)
            .bind(&taxpayer.legal_name)
            .bind(&taxpayer.trade_name)
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query("insert into access_window (gstin, enabled, minutes, version) values ($1, $2, $3, $4)")
            .bind(window.gstin.as_str())
            .bind(window.enabled)
            .bind(window.minutes())
            .bind(window.version)
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query("insert into chain_head (gstin, seq, hash) values ($1, 0, $2)")
            .bind(window.gstin.as_str())
            .bind([0_u8; 32].as_slice())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn add_signatory(&mut self, signatory: &SealedSignatory) -> Result<(), StoreError> {
        sqlx::query(
            "insert into signatory (gstin, id, name, email_sealed, mobile_sealed, language) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(signatory.gstin.as_str())
        .bind(signatory.id.0)
        .bind(&signatory.name)
        .bind(&signatory.email)
        .bind(&signatory.mobile)
        .bind(row::name(signatory.language)?)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn update_access_window(&mut self, window: &AccessWindow) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update access_window set enabled = $1, minutes = $2, version = $3 where gstin = $4 and version = $3 - 1",
        )
        .bind(window.enabled)
        .bind(window.minutes())
        .bind(window.version)
        .bind(window.gstin.as_str())
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())
    }
}
