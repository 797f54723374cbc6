//! Taxpayers in SQLite.

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    controls::{AspRule, Controls, Freeze},
    gstin::Gstin,
    id::{AspId, SignatoryId},
    taxpayer::Taxpayer,
};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{ChainLink, HeldTaxpayer, ReadTaxpayers, SealedSignatory, WriteTaxpayers},
    value,
};

fn taxpayer(found: &SqliteRow) -> Result<Taxpayer, StoreError> {
    Ok(Taxpayer {
        gstin: row::parsed(found, "gstin")?,
        username: found.try_get("username")?,
        legal_name: found.try_get("legal_name")?,
        trade_name: found.try_get("trade_name")?,
    })
}

pub(super) fn signatory(found: &SqliteRow) -> Result<SealedSignatory, StoreError> {
    Ok(SealedSignatory {
        gstin: row::parsed(found, "gstin")?,
        id: SignatoryId(row::id(found, "id")?),
        name: found.try_get("name")?,
        email: found.try_get("email_sealed")?,
        mobile: found.try_get("mobile_sealed")?,
        mobile_hash: row::maybe_hash(found, "mobile_hash")?,
        language: row::word(found, "language")?,
    })
}

pub(super) fn controls(gstin: Gstin, found: &SqliteRow) -> Result<Controls, StoreError> {
    let minutes = found.try_get("minutes")?;
    let window = AccessWindow::new(gstin, found.try_get("enabled")?, minutes, found.try_get("version")?)
        .map_err(|_| StoreError::Unreadable(format!("an access window of {minutes} minutes")))?;
    let freeze = match row::maybe_moment(found, "frozen_at")? {
        Some(since) => Some(Freeze { since, until: row::maybe_moment(found, "frozen_until")? }),
        None => None,
    };
    let unused_days = found.try_get::<Option<i64>, _>("unused_days")?;
    Ok(Controls {
        window,
        freeze,
        only_allowed: found.try_get("only_allowed")?,
        unused_days: unused_days.map(|days| value::small(days, "unused_days")).transpose()?,
    })
}

pub(super) const CONTROLS: &str = "select enabled, minutes, version, frozen_at, frozen_until, only_allowed, unused_days from access_window where gstin = ?1";
pub(super) const ASP_RULE: &str = "select rule from asp_rule where gstin = ?1 and asp_id = ?2 and rule <> 'none'";

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
            "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
             from signatory where gstin = ? order by id limit 10",
        )
        .bind(gstin.as_str())
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(signatory).collect()
    }

    async fn signatories_of(&mut self, gstins: &[Gstin]) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
             from signatory where gstin in (select value from json_each(?))",
        )
        .bind(row::gstin_list(gstins))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(signatory).collect()
    }

    async fn controls(&mut self, gstin: Gstin) -> Result<Option<Controls>, StoreError> {
        let found = sqlx::query(CONTROLS).bind(gstin.as_str()).fetch_optional(&mut *self.0).await?;
        found.map(|found| controls(gstin, &found)).transpose()
    }

    async fn asp_rule(&mut self, gstin: Gstin, asp: AspId) -> Result<Option<AspRule>, StoreError> {
        let found = sqlx::query(ASP_RULE)
            .bind(gstin.as_str())
            .bind(asp.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        found.map(|found| row::word(&found, "rule")).transpose()
    }

    async fn asp_rules(&mut self, gstin: Gstin) -> Result<Vec<(AspId, AspRule, Timestamp)>, StoreError> {
        let found = sqlx::query(
            "select asp_id, rule, since from asp_rule where gstin = ?1 and rule <> 'none' order by asp_id limit 1000",
        )
        .bind(gstin.as_str())
        .fetch_all(&mut *self.0)
        .await?;
        let rule =
            |found| Ok((AspId(row::id(found, "asp_id")?), row::word(found, "rule")?, row::moment(found, "since")?));
        found.iter().map(rule).collect()
    }
}

#[async_trait]
impl WriteTaxpayers for Unit {
    /// There is one writer: nobody else writes at all.
    async fn lock_taxpayer(&mut self, _gstin: Gstin) -> Result<(), StoreError> {
        Ok(())
    }

    /// In one statement: a unit of work that writes holds the whole file.
    async fn hold_taxpayer(&mut self, username: &str, asp: AspId) -> Result<Option<HeldTaxpayer>, StoreError> {
        let found = sqlx::query(
            "select taxpayer.gstin, username, legal_name, trade_name, enabled, minutes, version, frozen_at, frozen_until,
                    only_allowed, unused_days, rule, seq, hash
             from taxpayer
             join chain_head on chain_head.gstin = taxpayer.gstin
             left join access_window on access_window.gstin = taxpayer.gstin
             left join asp_rule on asp_rule.gstin = taxpayer.gstin and asp_id = ?2 and rule <> 'none'
             where username = ?1",
        )
        .bind(username)
        .bind(asp.0.as_bytes().as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let taxpayer = taxpayer(&found)?;
        let end = ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 };
        self.1.ends_with(taxpayer.gstin, end);
        let has_window = found.try_get::<Option<i64>, _>("version")?.is_some();
        let controls = if has_window { Some(controls(taxpayer.gstin, &found)?) } else { None };
        Ok(Some(HeldTaxpayer { taxpayer, controls, rule: row::maybe_word(&found, "rule")? }))
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
            "insert into signatory (gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language)
             values (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(signatory.gstin.as_str())
        .bind(signatory.id.0.as_bytes().as_slice())
        .bind(&signatory.name)
        .bind(&signatory.email)
        .bind(&signatory.mobile)
        .bind(signatory.mobile_hash.as_ref().map(|hash| hash.0.as_slice()))
        .bind(row::name(signatory.language)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn update_controls(&mut self, controls: &Controls) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update access_window set enabled = ?1, minutes = ?2, version = ?3, frozen_at = ?4, frozen_until = ?5,
                only_allowed = ?6, unused_days = ?7
             where gstin = ?8 and version = ?3 - 1",
        )
        .bind(controls.window.enabled)
        .bind(controls.window.minutes())
        .bind(controls.window.version)
        .bind(controls.freeze.map(|freeze| row::micros(freeze.since)))
        .bind(controls.freeze.and_then(|freeze| freeze.until).map(row::micros))
        .bind(controls.only_allowed)
        .bind(controls.unused_days.map(i64::from))
        .bind(controls.window.gstin.as_str())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())
    }

    async fn put_asp_rule(
        &mut self,
        gstin: Gstin,
        asp: AspId,
        rule: Option<AspRule>,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let rule = rule.map_or_else(|| Ok("none".to_owned()), row::name)?;
        sqlx::query(
            "insert into asp_rule (gstin, asp_id, rule, since) values (?1, ?2, ?3, ?4)
             on conflict (gstin, asp_id) do update set rule = excluded.rule, since = excluded.since",
        )
        .bind(gstin.as_str())
        .bind(asp.0.as_bytes().as_slice())
        .bind(rule)
        .bind(row::micros(since))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
