//! Filling a SQLite file: many rows a statement, a transaction a batch, and no flush until the end.

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, SqliteConnection, query_builder::Separated};

use super::{SqliteStore, otp_requests, row};
use crate::store::{
    StoreError,
    port::{Batch, Bulk, KeptSince, PutOff},
    value,
};

/// Rows of one statement. SQLite binds 32,766 values at most; a row has ten at most.
const ROWS_PER_STATEMENT: usize = 200;

/// While it is filled, a file is worth nothing: a power cut costs it. Foreign keys are kept by whoever makes the rows.
const BEGIN: &str = "pragma synchronous = off; pragma foreign_keys = off; pragma cache_size = -262144;";
/// As a store opens its connections, and everything in the one file.
const FINISH: &str = "pragma foreign_keys = on; pragma cache_size = -2000; pragma synchronous = full; analyze;
     pragma wal_checkpoint(truncate);";

type Values<'q> = Separated<'q, Sqlite, &'static str>;
type Bind<T> = for<'q> fn(&mut Values<'q>, &T) -> Result<(), StoreError>;

/// Inserts rows: `insert into … (…)`, and what of a row is bound.
async fn insert<T>(into: &mut SqliteConnection, table: &str, rows: &[T], bind: Bind<T>) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let mut statement = QueryBuilder::<Sqlite>::new(format!("insert into {table} "));
        let mut bound = Ok(());
        statement.push_values(rows, |mut values, row| {
            if let Err(error) = bind(&mut values, row) {
                bound = Err(error);
            }
        });
        bound?;
        statement.build().persistent(rows.len() == ROWS_PER_STATEMENT).execute(&mut *into).await?;
    }
    Ok(())
}

/// Binds values of one row, in the order of its columns.
macro_rules! bind {
    ($values:ident, $($value:expr),+ $(,)?) => {{
        $($values.push_bind($value);)+
        Ok(())
    }};
}

async fn insert_people(work: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    insert(work, "taxpayer (gstin, username, legal_name, trade_name)", &batch.taxpayers, |values, (row, _)| {
        bind!(values, row.gstin.to_string(), row.username.clone(), row.legal_name.clone(), row.trade_name.clone())
    })
    .await?;
    insert(work, "access_window (gstin, enabled, minutes, version)", &batch.taxpayers, |values, (_, row)| {
        bind!(values, row.gstin.to_string(), row.enabled, row.minutes(), row.version)
    })
    .await?;
    let signatory = "signatory (gstin, id, name, email_sealed, mobile_sealed, mobile_hash, language)";
    insert(work, signatory, &batch.signatories, |values, row| {
        bind!(
            values,
            row.gstin.to_string(),
            row.id.0.as_bytes().to_vec(),
            row.name.clone(),
            row.email.clone(),
            row.mobile.clone(),
            row.mobile_hash.map(|hash| hash.0.to_vec()),
            row::name(row.language)?,
        )
    })
    .await
}

async fn insert_consents(work: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    let otp = "otp_request (gstin, id, application_id, otp_hash, requested_at, expires_at, tries_left, state, version)";
    insert(work, otp, &batch.otp_requests, |values, (row, hash)| {
        bind!(
            values,
            row.gstin.to_string(),
            row.id.0.as_bytes().to_vec(),
            row.application.0.as_bytes().to_vec(),
            hash.0.to_vec(),
            row::micros(row.requested_at),
            row::micros(row.expires_at),
            i64::from(row.tries_left),
            otp_requests::state_name(row.state),
            row.version,
        )
    })
    .await?;
    let consent =
        "consent (gstin, id, application_id, granted_at, valid_until, restriction, restricted_until, paused_at,
        ended_at, ended_by, end_reason, version)";
    insert(work, consent, &batch.consents, |values, row| {
        let ended = row.ended.as_ref();
        bind!(
            values,
            row.gstin.to_string(),
            row.id.0.as_bytes().to_vec(),
            row.application.0.as_bytes().to_vec(),
            row::micros(row.granted_at),
            row::micros(row.valid_until),
            (!row.restriction.is_none()).then(|| row::to_json(&row.restriction)).transpose()?,
            row.restriction.until.map(row::micros),
            row.paused_at.map(row::micros),
            ended.map(|end| row::micros(end.at)),
            ended.map(|end| row::to_json(&end.by)).transpose()?,
            ended.map(|end| row::to_json(&end.reason)).transpose()?,
            row.version,
        )
    })
    .await?;
    let session = "session (gstin, token_hash, consent_id, key_sealed, issued_at, expires_at, closed_at)";
    insert(work, session, &batch.sessions, |values, row| {
        bind!(
            values,
            row.session.gstin.to_string(),
            row.token.0.to_vec(),
            row.session.consent.0.as_bytes().to_vec(),
            row.key_sealed.clone(),
            row::micros(row.session.issued_at),
            row::micros(row.session.expires_at),
            row.session.closed_at.map(row::micros),
        )
    })
    .await?;
    let event = "event (gstin, seq, consent_id, version, at, actor, deed, hash)";
    insert(work, event, &batch.events, |values, (row, link)| {
        bind!(
            values,
            row.gstin.to_string(),
            link.seq,
            row.consent.map(|id| id.0.as_bytes().to_vec()),
            row.version,
            row::micros(row.at),
            row::to_json(&row.actor)?,
            row::to_json(&row.deed)?,
            link.hash.to_vec(),
        )
    })
    .await?;
    insert(work, "chain_head (gstin, seq, hash)", &batch.chain_heads, |values, (gstin, link)| {
        bind!(values, gstin.to_string(), link.seq, link.hash.to_vec())
    })
    .await
}

async fn insert_ledger(work: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    insert(work, "leaf (gstin, seq, at, leaf_index, salt)", &batch.leaves, |values, row| {
        bind!(
            values,
            row.gstin.to_string(),
            row.seq,
            row::micros(row.at),
            value::large(row.index),
            row.salt.0.to_vec(),
        )
    })
    .await?;
    insert(work, "ledger_tile (level, number, hashes)", &batch.tiles, |values, tile| {
        bind!(values, i64::from(tile.id.level), value::large(tile.id.number), value::side_by_side(&tile.hashes),)
    })
    .await
}

async fn insert_alerts(work: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    insert(work, "alert (gstin, id, consent_id, kind, owed_at, matter)", &batch.alerts, |values, row| {
        let (kind, details) = row::kind_and_details(&row.matter)?;
        bind!(
            values,
            row.gstin.to_string(),
            row.id.0.as_bytes().to_vec(),
            row.consent.map(|id| id.0.as_bytes().to_vec()),
            kind,
            row::micros(row.owed_at),
            details,
        )
    })
    .await?;
    let delivery =
        "delivery (gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at)";
    insert(work, delivery, &batch.deliveries, |values, row| {
        bind!(
            values,
            row.gstin.to_string(),
            row.id.0.as_bytes().to_vec(),
            row.alert.0.as_bytes().to_vec(),
            row::name(row.channel)?,
            row.recipient.0.as_bytes().to_vec(),
            row.contact.map(|id| id.0.as_bytes().to_vec()),
            row::name(row.state)?,
            row::micros(row.due_at),
            i64::from(row.attempts),
            row.accepted_at.map(row::micros),
        )
    })
    .await?;
    let attempt = "attempt (gstin, delivery_id, number, at, provider, outcome)";
    insert(work, attempt, &batch.attempts, |values, row| {
        bind!(
            values,
            row.gstin.to_string(),
            row.delivery.0.as_bytes().to_vec(),
            i64::from(row.number),
            row::micros(row.at),
            row.provider.clone(),
            row::to_json(&row.outcome)?,
        )
    })
    .await?;
    let event = "security_event (gstin, consent_id, gsp_id, state, owed_at, due_at, attempts)";
    insert(work, event, &batch.security_events, |values, row| {
        bind!(
            values,
            row.gstin.to_string(),
            row.consent.0.as_bytes().to_vec(),
            row.gsp.0.as_bytes().to_vec(),
            row::name(row.state)?,
            row::micros(row.owed_at),
            row::micros(row.due_at),
            i64::from(row.attempts),
        )
    })
    .await
}

async fn insert_usage(work: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    let call = "call (gstin, consent_id, id, at, api, action, period, refused)";
    insert(work, call, &batch.calls, |values, (id, row)| {
        bind!(
            values,
            row.gstin.to_string(),
            row.consent.0.as_bytes().to_vec(),
            id.as_bytes().to_vec(),
            row::micros(row.at),
            row.api.clone(),
            row.action.clone(),
            row.period.clone(),
            row.refused.map(row::name).transpose()?,
        )
    })
    .await?;
    let usage = "usage (gstin, consent_id, passed, refused, last_passed_at)";
    insert(work, usage, &batch.usage, |values, row| {
        bind!(
            values,
            row.gstin.to_string(),
            row.consent.0.as_bytes().to_vec(),
            row.totals.passed,
            row.totals.refused,
            row.totals.last_passed_at.map(row::micros),
        )
    })
    .await?;
    let days = "usage_of_day (gstin, consent_id, day, return_type, passed, refused)";
    insert(work, days, &batch.days, |values, (gstin, consent, row)| {
        bind!(
            values,
            gstin.to_string(),
            consent.0.as_bytes().to_vec(),
            row.day,
            row::name(row.returns)?,
            row.passed,
            row.refused,
        )
    })
    .await
}

#[async_trait]
impl Bulk for SqliteStore {
    /// Nothing is ever taken away from a file, so that all of the past has room.
    async fn begin_load(&self, _now: Timestamp) -> Result<(KeptSince, PutOff), StoreError> {
        sqlx::raw_sql(BEGIN).execute(&mut *self.writer()?.turn().await?).await?;
        Ok((KeptSince::default(), PutOff(vec![FINISH.to_owned()])))
    }

    async fn load(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut work = self.writer()?.begin().await?;
        insert_people(&mut work, batch).await?;
        insert_consents(&mut work, batch).await?;
        insert_ledger(&mut work, batch).await?;
        insert_alerts(&mut work, batch).await?;
        insert_usage(&mut work, batch).await?;
        Ok(work.commit().await?)
    }

    async fn finish_load(&self, put_off: PutOff) -> Result<(), StoreError> {
        for statements in put_off.0 {
            sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *self.writer()?.turn().await?).await?;
        }
        Ok(())
    }

    fn loaders(&self) -> usize {
        1
    }
}
