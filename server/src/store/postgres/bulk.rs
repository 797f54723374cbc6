//! Filling a PostgreSQL database: `copy` in the binary format, a transaction a batch, indexes in the end.

use std::time::Duration;

use app::model::Timestamp;
use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{PostgresStore, copy::CopyIn, otp_requests, partitions, row};
use crate::store::{
    Retention, StoreError,
    port::{Batch, Bulk, KeptSince, PutOff},
    value,
};

/// A batch is lost with a power cut; whoever loads starts anew then.
const HASTY: &str = "set synchronous_commit = off";
/// The rows are made to fit each other, and every check of a foreign key is a look-up: switched off where this role may
/// (only a superuser).
const TRUSTING: &str = "set session_replication_role = replica";
/// SQLSTATE `insufficient_privilege`.
const MAY_NOT: &str = "42501";
/// What an index of a table of a hundred million rows is sorted in.
const SORTING: &str = "set maintenance_work_mem = '512MB'";

/// A coarse picture is enough to choose an index by, and there are hundreds of parts to look into; PostgreSQL makes finer ones
/// by itself later.
const ROUGHLY: &str = "set default_statistics_target = 20";

/// Indexes that are no keys, of tables and not of parts of them: how to make each.
const INDEXES: &str = "select index.relname::text as name, pg_get_indexdef(index.oid) as definition
     from pg_index
     join pg_class index on index.oid = indexrelid
     join pg_class of on of.oid = indrelid
     where of.relnamespace = current_schema()::regnamespace and not indisunique and not of.relispartition
     order by name";

/// How many batches are loaded side by side: one is made ready by the server while another is sent.
const LOADERS: u32 = 3;
/// How long a batch waits for its connection: as long as the batches before it take.
const WAIT_FOR_CONNECTION: Duration = Duration::from_mins(10);

/// The connections that load. None is opened before the first batch.
pub(super) fn loaders(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(LOADERS)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .after_connect(|database, _| {
            Box::pin(async move {
                sqlx::query(HASTY).execute(&mut *database).await?;
                match sqlx::query(TRUSTING).execute(&mut *database).await {
                    Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some(MAY_NOT) => Ok(()),
                    done => done.map(drop),
                }
            })
        })
        .connect_lazy_with(options)
}

/// The statement that makes an index on a table with all its parts, from the one that PostgreSQL tells, which leaves
/// the parts out.
fn on_all_parts(definition: &str) -> String {
    definition.replacen(" ON ONLY ", " ON ", 1)
}

async fn copy_people(database: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let mut copy = CopyIn::new("taxpayer", &["gstin", "username", "legal_name", "trade_name"]);
    for (row, _) in &batch.taxpayers {
        copy.row().text(row.gstin.as_str()).text(&row.username).text(&row.legal_name).text(&row.trade_name);
    }
    copy.send(database).await?;
    let mut copy = CopyIn::new("access_window", &["gstin", "enabled", "minutes", "version"]);
    for (_, row) in &batch.taxpayers {
        copy.row().text(row.gstin.as_str()).flag(row.enabled).number(row.minutes()).number(row.version);
    }
    copy.send(database).await?;
    let columns = ["gstin", "id", "name", "email_sealed", "mobile_sealed", "language"];
    let mut copy = CopyIn::new("signatory", &columns);
    for row in &batch.signatories {
        copy.row().text(row.gstin.as_str()).id(row.id.0).text(&row.name).bytes(&row.email).bytes(&row.mobile);
        copy.text(&row::name(row.language)?);
    }
    copy.send(database).await
}

async fn copy_consents(database: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let columns =
        ["gstin", "id", "application_id", "otp_hash", "requested_at", "expires_at", "tries_left", "state", "version"];
    let mut copy = CopyIn::new("otp_request", &columns);
    for (row, hash) in &batch.otp_requests {
        copy.row().text(row.gstin.as_str()).id(row.id.0).id(row.application.0).bytes(&hash.0);
        copy.number(row::micros(row.requested_at)).number(row::micros(row.expires_at));
        copy.number(row.tries_left.into()).text(otp_requests::state_name(row.state)).number(row.version);
    }
    copy.send(database).await?;
    let columns = [
        "gstin",
        "id",
        "application_id",
        "granted_at",
        "valid_until",
        "restriction",
        "restricted_until",
        "paused_at",
        "ended_at",
        "ended_by",
        "end_reason",
        "version",
    ];
    let mut copy = CopyIn::new("consent", &columns);
    for row in &batch.consents {
        let ended = row.ended.as_ref();
        copy.row().text(row.gstin.as_str()).id(row.id.0).id(row.application.0);
        copy.number(row::micros(row.granted_at)).number(row::micros(row.valid_until));
        copy.maybe_text((!row.restriction.is_none()).then(|| row::to_json(&row.restriction)).transpose()?.as_deref());
        copy.maybe_number(row.restriction.until.map(row::micros)).maybe_number(row.paused_at.map(row::micros));
        copy.maybe_number(ended.map(|end| row::micros(end.at)));
        copy.maybe_text(ended.map(|end| row::to_json(&end.by)).transpose()?.as_deref());
        copy.maybe_text(ended.map(|end| row::to_json(&end.reason)).transpose()?.as_deref());
        copy.number(row.version);
    }
    copy.send(database).await?;
    let columns = ["gstin", "token_hash", "consent_id", "key_sealed", "issued_at", "expires_at", "closed_at"];
    let mut copy = CopyIn::new("session", &columns);
    for row in &batch.sessions {
        let session = &row.session;
        copy.row().text(session.gstin.as_str()).bytes(&row.token.0).id(session.consent.0).bytes(&row.key_sealed);
        copy.number(row::micros(session.issued_at)).number(row::micros(session.expires_at));
        copy.maybe_number(session.closed_at.map(row::micros));
    }
    copy.send(database).await
}

async fn copy_chains(database: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let columns = ["gstin", "seq", "consent_id", "version", "at", "actor", "deed", "hash"];
    let mut copy = CopyIn::new("event", &columns);
    // Part by part: there are some ninety, and PostgreSQL gathers rows for thirty at once.
    let mut events: Vec<_> = batch.events.iter().collect();
    events.sort_by_key(|(row, _)| row.at);
    for (row, link) in events {
        copy.row().text(row.gstin.as_str()).number(link.seq).maybe_id(row.consent.map(|id| id.0)).number(row.version);
        copy.number(row::micros(row.at)).text(&row::to_json(&row.actor)?).text(&row::to_json(&row.deed)?);
        copy.bytes(&link.hash);
    }
    copy.send(database).await?;
    let mut copy = CopyIn::new("chain_head", &["gstin", "seq", "hash"]);
    for (gstin, link) in &batch.chain_heads {
        copy.row().text(gstin.as_str()).number(link.seq).bytes(&link.hash);
    }
    copy.send(database).await
}

async fn copy_ledger(database: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let mut copy = CopyIn::new("leaf", &["gstin", "seq", "at", "leaf_index", "salt"]);
    for row in &batch.leaves {
        copy.row().text(row.gstin.as_str()).number(row.seq).number(row::micros(row.at));
        copy.number(value::large(row.index)).bytes(&row.salt.0);
    }
    copy.send(database).await?;
    let mut copy = CopyIn::new("ledger_tile", &["level", "number", "hashes"]);
    for tile in &batch.tiles {
        copy.row().number(tile.id.level.into()).number(value::large(tile.id.number));
        copy.bytes(&value::side_by_side(&tile.hashes));
    }
    copy.send(database).await
}

async fn copy_alerts(database: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let mut copy = CopyIn::new("alert", &["gstin", "id", "consent_id", "kind", "owed_at", "matter"]);
    for row in &batch.alerts {
        let (kind, details) = row::kind_and_details(&row.matter)?;
        copy.row().text(row.gstin.as_str()).id(row.id.0).maybe_id(row.consent.map(|id| id.0)).text(&kind);
        copy.number(row::micros(row.owed_at)).maybe_text(details.as_deref());
    }
    copy.send(database).await?;
    let columns = [
        "gstin",
        "id",
        "alert_id",
        "channel",
        "recipient_id",
        "contact_id",
        "state",
        "due_at",
        "attempts",
        "accepted_at",
    ];
    let mut copy = CopyIn::new("delivery", &columns);
    for row in &batch.deliveries {
        copy.row().text(row.gstin.as_str()).id(row.id.0).id(row.alert.0).text(&row::name(row.channel)?);
        copy.id(row.recipient.0)
            .maybe_id(row.contact.map(|id| id.0))
            .text(&row::name(row.state)?)
            .number(row::micros(row.due_at));
        copy.number(row.attempts.into()).maybe_number(row.accepted_at.map(row::micros));
    }
    copy.send(database).await?;
    let columns = ["gstin", "delivery_id", "number", "at", "provider", "outcome"];
    let mut copy = CopyIn::new("attempt", &columns);
    for row in &batch.attempts {
        copy.row().text(row.gstin.as_str()).id(row.delivery.0).number(row.number.into());
        copy.number(row::micros(row.at)).text(&row.provider).text(&row::to_json(&row.outcome)?);
    }
    copy.send(database).await?;
    let columns = ["gstin", "consent_id", "gsp_id", "state", "owed_at", "due_at", "attempts"];
    let mut copy = CopyIn::new("security_event", &columns);
    let mut events: Vec<_> = batch.security_events.iter().collect();
    events.sort_by_key(|row| row.consent);
    for row in events {
        copy.row().text(row.gstin.as_str()).id(row.consent.0).id(row.gsp.0).text(&row::name(row.state)?);
        copy.number(row::micros(row.owed_at)).number(row::micros(row.due_at)).number(row.attempts.into());
    }
    copy.send(database).await
}

async fn copy_usage(database: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    let columns = ["gstin", "consent_id", "id", "at", "api", "action", "period", "refused"];
    let mut copy = CopyIn::new("call", &columns);
    for (id, row) in &batch.calls {
        copy.row().text(row.gstin.as_str()).id(row.consent.0).id(*id).number(row::micros(row.at));
        copy.text(&row.api).text(&row.action).maybe_text(row.period.as_deref());
        copy.maybe_text(row.refused.map(row::name).transpose()?.as_deref());
    }
    copy.send(database).await?;
    let columns = ["gstin", "consent_id", "passed", "refused", "last_passed_at"];
    let mut copy = CopyIn::new("usage", &columns);
    let mut usage: Vec<_> = batch.usage.iter().collect();
    usage.sort_by_key(|row| row.consent);
    for row in usage {
        copy.row().text(row.gstin.as_str()).id(row.consent.0).number(row.totals.passed).number(row.totals.refused);
        copy.maybe_number(row.totals.last_passed_at.map(row::micros));
    }
    copy.send(database).await?;
    let mut copy = CopyIn::new("usage_of_day", &["gstin", "consent_id", "day", "return_type", "passed", "refused"]);
    let mut days: Vec<_> = batch.days.iter().collect();
    days.sort_by_key(|(_, consent, row)| (*consent, row.day, row.returns));
    for (gstin, consent, row) in days {
        copy.row().text(gstin.as_str()).id(consent.0).number(row.day).text(&row::name(row.returns)?);
        copy.number(row.passed).number(row.refused);
    }
    copy.send(database).await
}

#[async_trait]
impl Bulk for PostgresStore {
    async fn begin_load(&self, now: Timestamp) -> Result<(KeptSince, PutOff), StoreError> {
        let mut database = self.loader().await?;
        partitions::make_room_for_past(&mut database, now, Retention::default()).await?;
        let kept_since = partitions::kept_since(&mut database).await?;
        let mut put_off = Vec::new();
        for found in sqlx::query(INDEXES).fetch_all(&mut database).await? {
            let name: String = found.try_get("name")?;
            put_off.push(on_all_parts(found.try_get("definition")?));
            // The name is one that PostgreSQL itself has just told.
            sqlx::query(AssertSqlSafe(format!("drop index {name}"))).execute(&mut database).await?;
        }
        database.close().await?;
        Ok((kept_since, PutOff(put_off)))
    }

    async fn load(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut work = self.loaders.begin().await?;
        copy_people(&mut work, batch).await?;
        copy_consents(&mut work, batch).await?;
        copy_chains(&mut work, batch).await?;
        copy_ledger(&mut work, batch).await?;
        copy_alerts(&mut work, batch).await?;
        copy_usage(&mut work, batch).await?;
        Ok(work.commit().await?)
    }

    async fn finish_load(&self, put_off: PutOff) -> Result<(), StoreError> {
        self.loaders.close().await;
        let mut database = self.loader().await?;
        sqlx::query(SORTING).execute(&mut database).await?;
        for index in put_off.0 {
            sqlx::query(AssertSqlSafe(index)).execute(&mut database).await?;
        }
        sqlx::query(ROUGHLY).execute(&mut database).await?;
        sqlx::query("analyze").execute(&mut database).await?;
        Ok(database.close().await?)
    }

    fn loaders(&self) -> usize {
        LOADERS as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_made_on_all_parts() {
        assert_eq!(
            on_all_parts("CREATE INDEX event_of_consent ON ONLY public.event USING btree (gstin, consent_id, version)"),
            "CREATE INDEX event_of_consent ON public.event USING btree (gstin, consent_id, version)"
        );
    }
}
