//! Taxpayers in SQLite.

use app::model::{access_window::AccessWindow, gstin::Gstin, id::SignatoryId, taxpayer::Taxpayer};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{ChainLink, ReadTaxpayers, SealedSignatory, WriteTaxpayers},
};

fn taxpayer(found: &SqliteRow) -> Result<Taxpayer, StoreError> {
    Ok(Taxpayer {
        gstin: row::parsed(found, "gstin")?,
        username: found.try_get("username")?,
        legal_name: found.try_get("legal_name")?,
        trade_name: found.try_get("trade_name")?,
    })
}

fn signatory(found: &SqliteRow) -> Result<SealedSignatory, StoreError> {
    Ok(SealedSignatory {
        gstin: row::parsed(found, "gstin")?,
        id: SignatoryId(row::id(found, "id")?),
        name: found.try_get("name")?,
        email: found.try_get("email_sealed")?,
        mobile: found.try_get("mobile_sealed")?,
        language: row::word(found, "language")?,
    })
}

fn window(gstin: Gstin, found: &SqliteRow) -> Result<AccessWindow, StoreError> {
    let minutes = found.try_get("minutes")?;
    AccessWindow::new(gstin, found.try_get("enabled")?, minutes, found.try_get("version")?)
        .map_err(|_| StoreError::Unreadable(format!("an access window of {minutes} minutes")))
}

#[async_trait]
impl ReadTaxpayers for Unit {
    async fn taxpayer_by_username(&mut self, username: &str) -> Result<Option<Taxpayer>, StoreError> {
        let found = sqlx::query("select gstin, username, legal_name, trade_name from taxpayer where username = ?")
            .bind(username)
            .fetch_optional(&mut *self.0)
            .await?;
        found.as_ref().map(taxpayer).transpose()
    }

    async fn taxpayer(&mut self, gstin: Gstin) -> Result<Option<Taxpayer>, StoreError> {
        let found = sqlx::query("select gstin, username, legal_name, trade_name from taxpayer where gstin = ?")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        found.as_ref().map(taxpayer).transpose()
    }

    async fn taxpayers_of(&mut self, gstins: &[Gstin]) -> Result<Vec<Taxpayer>, StoreError> {
        let found = sqlx::query(
            "select gstin, username, legal_name, trade_name from taxpayer
             where gstin in (select value from json_each(?))",
        )
        .bind(row::gstin_list(gstins))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(taxpayer).collect()
    }

    async fn some_taxpayers(&mut self) -> Result<Vec<Taxpayer>, StoreError> {
        let found =
            sqlx::query("select gstin, username, legal_name, trade_name from taxpayer order by gstin limit 100")
                .fetch_all(&mut *self.0)
                .await?;
        found.iter().map(taxpayer).collect()
    }

    async fn signatories(&mut self, gstin: Gstin) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, name, email_sealed, mobile_sealed, language
             from signatory where gstin = ? order by id limit 10",
        )
        .bind(gstin.as_str())
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(signatory).collect()
    }

    async fn signatories_of(&mut self, gstins: &[Gstin]) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, name, email_sealed, mobile_sealed, language
             from signatory where gstin in (select value from json_each(?))",
        )
        .bind(row::gstin_list(gstins))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(signatory).collect()
    }

    async fn access_window(&mut self, gstin: Gstin) -> Result<Option<AccessWindow>, StoreError> {
        let found = sqlx::query("select enabled, minutes, version from access_window where gstin = ?")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        found.as_ref().map(|found| window(gstin, found)).transpose()
    }
}

#[async_trait]
impl WriteTaxpayers for Unit {
    /// There is one writer: nobody else writes at all.
    async fn lock_taxpayer(&mut self, _gstin: Gstin) -> Result<(), StoreError> {
        Ok(())
    }

    /// In one statement: a unit of work that writes holds the whole file.
    async fn hold_taxpayer(&mut self, username: &str) -> Result<Option<(Taxpayer, Option<AccessWindow>)>, StoreError> {
        let found = sqlx::query(
            "select taxpayer.gstin, username, legal_name, trade_name, enabled, minutes, version, seq, hash
             from taxpayer
             join chain_head on chain_head.gstin = taxpayer.gstin
             left join access_window on access_window.gstin = taxpayer.gstin
             where username = ?",
        )
        .bind(username)
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let taxpayer = taxpayer(&found)?;
        let end = ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 };
        self.1.ends_with(taxpayer.gstin, end);
        let has_window = found.try_get::<Option<i64>, _>("version")?.is_some();
        let window = if has_window { Some(window(taxpayer.gstin, &found)?) } else { None };
        Ok(Some((taxpayer, window)))
    }

    async fn add_taxpayer(&mut self, taxpayer: &Taxpayer, window: &AccessWindow) -> Result<(), StoreError> {
        sqlx::query("insert into taxpayer (gstin, username, legal_name, trade_name) values (?, ?, ?, ?)")
            .bind(taxpayer.gstin.as_str())
            .bind(&taxpayer.username)
            .bind(&taxpayer.legal_name)
            .bind(&taxpayer.trade_name)
            .execute(&mut *self.0)
            .await?;
        sqlx::query("insert into access_window (gstin, enabled, minutes, version) values (?, ?, ?, ?)")
            .bind(window.gstin.as_str())
            .bind(window.enabled)
            .bind(window.minutes())
            .bind(window.version)
            .execute(&mut *self.0)
            .await?;
        sqlx::query("insert into chain_head (gstin, seq, hash) values (?, 0, ?)")
            .bind(window.gstin.as_str())
            .bind([0_u8; 32].as_slice())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn add_signatory(&mut self, signatory: &SealedSignatory) -> Result<(), StoreError> {
        sqlx::query(
            "insert into signatory (gstin, id, name, email_sealed, mobile_sealed, language) values (?, ?, ?, ?, ?, ?)",
        )
        .bind(signatory.gstin.as_str())
        .bind(signatory.id.0.as_bytes().as_slice())
        .bind(&signatory.name)
        .bind(&signatory.email)
        .bind(&signatory.mobile)
        .bind(row::name(signatory.language)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn update_access_window(&mut self, window: &AccessWindow) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update access_window set enabled = ?1, minutes = ?2, version = ?3 where gstin = ?4 and version = ?3 - 1",
        )
        .bind(window.enabled)
        .bind(window.minutes())
        .bind(window.version)
        .bind(window.gstin.as_str())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())
    }
}
