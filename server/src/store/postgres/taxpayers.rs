//! Taxpayers in PostgreSQL.

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    controls::{AspRule, Controls, Freeze},
    gstin::Gstin,
    id::{AspId, SignatoryId},
    taxpayer::Taxpayer,
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{Unit, row};
use crate::store::{
    StoreError,
    port::{ChainLink, HeldTaxpayer, ReadTaxpayers, SealedSignatory, WriteTaxpayers},
    value,
};

fn taxpayer(found: &PgRow) -> Result<Taxpayer, StoreError> {
    Ok(Taxpayer {
        gstin: row::parsed(found, "gstin")?,
        username: found.try_get("username")?,
        legal_name: found.try_get("legal_name")?,
        trade_name: found.try_get("trade_name")?,
    })
}

pub(super) fn signatory(found: &PgRow) -> Result<SealedSignatory, StoreError> {
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

fn texts(gstins: &[Gstin]) -> Vec<String> {
    gstins.iter().map(ToString::to_string).collect()
}

pub(super) const TAXPAYERS_OF: &str =
    "select gstin, username, legal_name, trade_name from taxpayer where gstin = any($1::text[])";
pub(super) const SIGNATORIES_OF: &str = "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
     from signatory where gstin = any($1::text[])";

pub(super) fn controls(gstin: Gstin, found: &PgRow) -> Result<Controls, StoreError> {
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

macro_rules! select_controls {
    ($rest:literal) => {
        concat!(
            "select enabled, minutes, version, frozen_at, frozen_until, only_allowed, unused_days
             from access_window ",
            $rest
        )
    };
}

pub(super) const CONTROLS: &str = select_controls!("where gstin = $1");
/// For a unit of work that writes: nobody decides anything for the taxpayer until it is over, not about one ASP either, as
/// the version changes with that, too; and a decision that is being made is waited for.
pub(super) const CONTROLS_HELD: &str = select_controls!("where gstin = $1 for share");
/// What was decided about all ASPs and about one.
pub(super) const DECIDED: &str =
    "select enabled, minutes, version, frozen_at, frozen_until, only_allowed, unused_days, rule
     from access_window
     left join asp_rule on asp_rule.gstin = access_window.gstin and asp_id = $2 and rule <> 'none'
     where access_window.gstin = $1";
pub(super) const ASP_RULE: &str = "select rule from asp_rule where gstin = $1 and asp_id = $2 and rule <> 'none'";

pub(super) const BY_USERNAME: &str = "select gstin, username, legal_name, trade_name from taxpayer where username = $1";
pub(super) const BY_GSTIN: &str = "select gstin, username, legal_name, trade_name from taxpayer where gstin = $1";
pub(super) const SIGNATORIES: &str = "select gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language
     from signatory where gstin = $1 order by id limit 10";
pub(super) const ASP_RULES: &str =
    "select asp_id, rule, since from asp_rule where gstin = $1 and rule <> 'none' order by asp_id limit 1000";
/// With the moment: who holds a taxpayer is about to owe somebody something, and need not ask for it then.
pub(super) const LOCK: &str = "select seq, hash, (extract(epoch from clock_timestamp()) * 1000000)::bigint as now
     from chain_head where gstin = $1 for no key update";
pub(super) const UPDATE_CONTROLS: &str =
    "update access_window set enabled = $1, minutes = $2, version = $3, frozen_at = $4, frozen_until = $5,
     only_allowed = $6, unused_days = $7
     where gstin = $8 and version = $3 - 1";
#[async_trait]
impl ReadTaxpayers for Unit {
    async fn taxpayer_by_username(&mut self, username: &str) -> Result<Option<Taxpayer>, StoreError> {
        let found = sqlx::query(BY_USERNAME).bind(username).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(taxpayer).transpose()
    }

    async fn taxpayer(&mut self, gstin: Gstin) -> Result<Option<Taxpayer>, StoreError> {
        let found = sqlx::query(BY_GSTIN).bind(gstin.as_str()).fetch_optional(&mut *self.transaction).await?;
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
        let found = sqlx::query(SIGNATORIES).bind(gstin.as_str()).fetch_all(&mut *self.transaction).await?;
        found.iter().map(signatory).collect()
    }

    async fn signatories_of(&mut self, gstins: &[Gstin]) -> Result<Vec<SealedSignatory>, StoreError> {
        let found = sqlx::query(SIGNATORIES_OF).bind(texts(gstins)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(signatory).collect()
    }

    async fn controls(&mut self, gstin: Gstin) -> Result<Option<Controls>, StoreError> {
        let found = sqlx::query(if self.writes { CONTROLS_HELD } else { CONTROLS })
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.transaction)
            .await?;
        found.map(|found| controls(gstin, &found)).transpose()
    }

    async fn asp_rule(&mut self, gstin: Gstin, asp: AspId) -> Result<Option<AspRule>, StoreError> {
        let found =
            sqlx::query(ASP_RULE).bind(gstin.as_str()).bind(asp.0).fetch_optional(&mut *self.transaction).await?;
        found.map(|found| row::word(&found, "rule")).transpose()
    }

    async fn asp_rules(&mut self, gstin: Gstin) -> Result<Vec<(AspId, AspRule, Timestamp)>, StoreError> {
        let found = sqlx::query(ASP_RULES).bind(gstin.as_str()).fetch_all(&mut *self.transaction).await?;
        let rule =
            |found| Ok((AspId(row::id(found, "asp_id")?), row::word(found, "rule")?, row::moment(found, "since")?));
        found.iter().map(rule).collect()
    }
}

#[async_trait]
impl WriteTaxpayers for Unit {
    /// Holds the end of the taxpayer's chain, the row that every change writes anyway, so that this costs no write more.
    /// Not the taxpayer's own row: sharded, that one lies elsewhere. `no key` lets foreign keys go on being checked.
    async fn lock_taxpayer(&mut self, gstin: Gstin) -> Result<(), StoreError> {
        let found = sqlx::query(LOCK).bind(gstin.as_str()).fetch_optional(&mut *self.transaction).await?;
        if let Some(found) = found {
            let end = ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 };
            self.chain.ends_with(gstin, end);
            self.held_at = Some(row::moment(&found, "now")?);
        }
        Ok(())
    }

    /// One after the other: a window that was read before the lock could be one that somebody has just closed.
    async fn hold_taxpayer(&mut self, username: &str, asp: AspId) -> Result<Option<HeldTaxpayer>, StoreError> {
        let Some(taxpayer) = self.taxpayer_by_username(username).await? else { return Ok(None) };
        self.lock_taxpayer(taxpayer.gstin).await?;
        let asked = sqlx::query(DECIDED).bind(taxpayer.gstin.as_str()).bind(asp.0);
        let Some(found) = asked.fetch_optional(&mut *self.transaction).await? else {
            return Ok(Some(HeldTaxpayer { taxpayer, controls: None, rule: None }));
        };
        let controls = Some(controls(taxpayer.gstin, &found)?);
        Ok(Some(HeldTaxpayer { taxpayer, controls, rule: row::maybe_word(&found, "rule")? }))
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
            "insert into signatory (gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(signatory.gstin.as_str())
        .bind(signatory.id.0)
        .bind(&signatory.name)
        .bind(&signatory.email)
        .bind(&signatory.mobile)
        .bind(signatory.mobile_hash.as_ref().map(|hash| hash.0.as_slice()))
        .bind(row::name(signatory.language)?)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn update_controls(&mut self, controls: &Controls) -> Result<(), StoreError> {
        let done = sqlx::query(UPDATE_CONTROLS)
            .bind(controls.window.enabled)
            .bind(controls.window.minutes())
            .bind(controls.window.version)
            .bind(controls.freeze.map(|freeze| row::micros(freeze.since)))
            .bind(controls.freeze.and_then(|freeze| freeze.until).map(row::micros))
            .bind(controls.only_allowed)
            .bind(controls.unused_days.map(i64::from))
            .bind(controls.window.gstin.as_str())
            .execute(&mut *self.transaction)
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
            "insert into asp_rule (gstin, asp_id, rule, since) values ($1, $2, $3, $4)
             on conflict (gstin, asp_id) do update set rule = excluded.rule, since = excluded.since",
        )
        .bind(gstin.as_str())
        .bind(asp.0)
        .bind(rule)
        .bind(row::micros(since))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
