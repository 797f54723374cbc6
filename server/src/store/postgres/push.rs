//! What GSPs are told, in PostgreSQL.

use app::model::{
    Timestamp,
    gstin::Gstin,
    id::{ConsentId, GspId},
    security_event::{SecurityEvent, SecurityEventState},
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::{
    store::{
        StoreError,
        port::{DueBy, OwedSecurityEvent, PushRoad, PushTarget, ReadPush, SettledSecurityEvent, WritePush},
    },
    vault::KeyedHash,
};

pub(super) const ROAD: &str = "select url, authorization_sealed, poll_secret_hash from gsp_push where gsp_id = $1";
pub(super) const BY_POLL_SECRET: &str = "select gsp_id, poll_secret_hash from gsp_push where poll_secret_hash = $1";

/// One look at the first of the index a GSP, however many wait behind it.
pub(super) const TARGETS_DUE: &str = "select gsp_id, url, authorization_sealed from gsp_push
     where delivery = 'push' and (
         select due_at from security_event
         where security_event.gsp_id = gsp_push.gsp_id and state in ('queued', 'sending', 'temporary_failure')
         order by due_at limit 1) <= $1
     order by gsp_id limit 1000";

pub(super) const OF_CONSENT: &str = "select gstin, consent_id, gsp_id, state, owed_at, due_at, attempts
     from security_event where gstin = $1 and consent_id = $2";

pub(super) const DUE: &str = "select gstin, consent_id, gsp_id, state, owed_at, due_at, attempts from security_event
     where gsp_id = $1 and state in ('queued', 'sending', 'temporary_failure') and due_at <= $2
     order by due_at limit $3";

/// `skip locked`: nodes that lease at once take different events, and none waits for another.
pub(super) const DUE_HELD: &str =
    "select gstin, consent_id, gsp_id, state, owed_at, due_at, attempts from security_event
     where gsp_id = $1 and state in ('queued', 'sending', 'temporary_failure') and due_at <= $2
     order by due_at limit $3 for update skip locked";

pub(super) const RELEASE: &str = "update security_event
     set state = 'queued', lease = null, leased_by = null, due_at = $1
     where gsp_id in (select gsp_id from gsp_push) and state = 'sending' and leased_by = $2";
/// A statement of its own, with the bounds of the ids in it: see `LEASE` of the alerts.
pub(super) const LEASE: &str = "update security_event set state = 'sending', lease = $1, leased_by = $2, due_at = $3
     from unnest($4::text[], $5::uuid[]) as due (gstin, consent_id)
     where security_event.gstin = due.gstin and security_event.consent_id = due.consent_id
       and security_event.consent_id >= $6 and security_event.consent_id <= $7";

pub(super) const SETTLE: &str = "update security_event
     set state = $1, due_at = $2, attempts = $3, outcome = $4, lease = null, leased_by = null
     where gstin = $5 and consent_id = $6 and lease = $7";

pub(super) const SETTLE_FETCHED: &str = "update security_event
     set state = $1, outcome = $2, attempts = attempts + 1, lease = null, leased_by = null
     where gsp_id = $3 and consent_id = any($4) and consent_id >= $5 and consent_id <= $6
       and state in ('queued', 'sending', 'temporary_failure')";

/// The GSP is looked up where the end is written, so that nothing has to be read first.
pub(super) const OWE: &str = "insert into security_event (gstin, consent_id, gsp_id, state, owed_at, due_at, attempts)
     select $1, $2, application.gsp_id, case when gsp_push.gsp_id is null then 'not_wanted' else 'queued' end, $4, $5, 0
     from application left join gsp_push on gsp_push.gsp_id = application.gsp_id where application.id = $3";

pub(super) const HURRY: &str = "update security_event set due_at = $1
     where gstin = $2 and consent_id = $3 and state = 'queued' and due_at > $1";

const UNWANT: &str = "update security_event set state = 'not_wanted', lease = null, leased_by = null
     where gsp_id = $1 and state in ('queued', 'sending', 'temporary_failure')";

/// Bounded as `LEASE` is.
pub(super) const GIVE_UP: &str = "update security_event
     set state = 'technical_failure', outcome = $1, lease = null, leased_by = null
     from unnest($2::text[], $3::uuid[]) as old (gstin, consent_id)
     where security_event.gstin = old.gstin and security_event.consent_id = old.consent_id
       and security_event.consent_id >= $4 and security_event.consent_id <= $5";

pub(super) fn security_event(found: &PgRow) -> Result<SecurityEvent, StoreError> {
    Ok(SecurityEvent {
        gstin: row::parsed(found, "gstin")?,
        consent: ConsentId(row::id(found, "consent_id")?),
        gsp: GspId(row::id(found, "gsp_id")?),
        state: row::word(found, "state")?,
        owed_at: row::moment(found, "owed_at")?,
        due_at: row::moment(found, "due_at")?,
        attempts: row::small(found, "attempts")?,
    })
}

fn target(found: &PgRow) -> Result<PushTarget, StoreError> {
    Ok(PushTarget { url: found.try_get("url")?, authorization_sealed: found.try_get("authorization_sealed")? })
}

impl Unit {
    /// What a GSP is owed and is due, held until the unit of work ends.
    async fn held_due(&mut self, gsp: GspId, now: Timestamp, limit: u32) -> Result<Vec<SecurityEvent>, StoreError> {
        let found = sqlx::query(DUE_HELD)
            .bind(gsp.0)
            .bind(row::micros(now))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(security_event).collect()
    }
}

#[async_trait]
impl ReadPush for Unit {
    async fn push_road(&mut self, gsp: GspId) -> Result<Option<PushRoad>, StoreError> {
        let Some(found) = sqlx::query(ROAD).bind(gsp.0).fetch_optional(&mut *self.transaction).await? else {
            return Ok(None);
        };
        let polls: Option<&[u8]> = found.try_get("poll_secret_hash")?;
        Ok(Some(match polls {
            Some(_) => PushRoad::Poll(row::hash(&found, "poll_secret_hash")?),
            None => PushRoad::Push(target(&found)?),
        }))
    }

    async fn gsp_by_poll_secret(&mut self, secret: KeyedHash) -> Result<Option<(GspId, KeyedHash)>, StoreError> {
        let found =
            sqlx::query(BY_POLL_SECRET).bind(secret.0.as_slice()).fetch_optional(&mut *self.transaction).await?;
        found.map(|found| Ok((GspId(row::id(&found, "gsp_id")?), row::hash(&found, "poll_secret_hash")?))).transpose()
    }

    async fn gsps_that_fetch(&mut self) -> Result<Vec<GspId>, StoreError> {
        let found: Vec<Uuid> =
            sqlx::query_scalar("select gsp_id from gsp_push where delivery = 'poll' order by gsp_id limit 1000")
                .fetch_all(&mut *self.transaction)
                .await?;
        Ok(found.into_iter().map(GspId).collect())
    }

    async fn push_targets_due(&mut self, now: Timestamp) -> Result<Vec<(GspId, PushTarget)>, StoreError> {
        let found = sqlx::query(TARGETS_DUE).bind(row::micros(now)).fetch_all(&mut *self.transaction).await?;
        found.iter().map(|found| Ok((GspId(row::id(found, "gsp_id")?), target(found)?))).collect()
    }

    async fn security_event(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<SecurityEvent>, StoreError> {
        let found =
            sqlx::query(OF_CONSENT).bind(gstin.as_str()).bind(consent.0).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(security_event).transpose()
    }

    async fn security_events_due(
        &mut self,
        gsp: GspId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let found = sqlx::query(DUE)
            .bind(gsp.0)
            .bind(row::micros(now))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(security_event).collect()
    }
}

#[async_trait]
impl WritePush for Unit {
    async fn put_push_road(&mut self, gsp: GspId, road: Option<&PushRoad>) -> Result<(), StoreError> {
        let (delivery, url, authorization, secret) = match road {
            None => {
                sqlx::query("delete from gsp_push where gsp_id = $1")
                    .bind(gsp.0)
                    .execute(&mut *self.transaction)
                    .await?;
                sqlx::query(UNWANT).bind(gsp.0).execute(&mut *self.transaction).await?;
                return Ok(());
            }
            Some(PushRoad::Push(target)) => ("push", Some(&target.url), target.authorization_sealed.as_deref(), None),
            Some(PushRoad::Poll(secret)) => ("poll", None, None, Some(secret.0.as_slice())),
        };
        sqlx::query(
            "insert into gsp_push (gsp_id, delivery, url, authorization_sealed, poll_secret_hash)
             values ($1, $2, $3, $4, $5)
             on conflict (gsp_id) do update set delivery = excluded.delivery, url = excluded.url,
                authorization_sealed = excluded.authorization_sealed, poll_secret_hash = excluded.poll_secret_hash",
        )
        .bind(gsp.0)
        .bind(delivery)
        .bind(url)
        .bind(authorization)
        .bind(secret)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn owe_security_event(&mut self, owed: &OwedSecurityEvent) -> Result<(), StoreError> {
        let done = sqlx::query(OWE)
            .bind(owed.gstin.as_str())
            .bind(owed.consent.0)
            .bind(owed.application.0)
            .bind(row::micros(owed.at))
            .bind(row::micros(owed.due_at))
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }

    async fn hurry_security_event(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(HURRY)
            .bind(row::micros(now))
            .bind(gstin.as_str())
            .bind(consent.0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn lease_security_events(
        &mut self,
        worker: &str,
        lease: Uuid,
        gsp: GspId,
        due: DueBy,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let mut leased = self.held_due(gsp, due.now, limit).await?;
        let ids: Vec<_> = leased.iter().map(|event| event.consent.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(leased) };
        sqlx::query(LEASE)
            .bind(lease)
            .bind(worker)
            .bind(row::micros(due.leased_until))
            .bind(leased.iter().map(|event| event.gstin.to_string()).collect::<Vec<_>>())
            .bind(&ids)
            .bind(first)
            .bind(last)
            .execute(&mut *self.transaction)
            .await?;
        for event in &mut leased {
            event.state = SecurityEventState::Sending;
            event.due_at = due.leased_until;
        }
        Ok(leased)
    }

    async fn settle_security_event(&mut self, settled: &SettledSecurityEvent) -> Result<bool, StoreError> {
        let after = &settled.after;
        let done = sqlx::query(SETTLE)
            .bind(row::name(after.state)?)
            .bind(row::micros(after.due_at))
            .bind(i64::from(after.attempts))
            .bind(&settled.outcome)
            .bind(after.gstin.as_str())
            .bind(after.consent.0)
            .bind(settled.lease)
            .execute(&mut *self.transaction)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn settle_fetched(
        &mut self,
        gsp: GspId,
        consents: &[ConsentId],
        state: SecurityEventState,
        outcome: &str,
    ) -> Result<u64, StoreError> {
        let ids: Vec<_> = consents.iter().map(|id| id.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(0) };
        let done = sqlx::query(SETTLE_FETCHED)
            .bind(row::name(state)?)
            .bind(outcome)
            .bind(gsp.0)
            .bind(&ids)
            .bind(first)
            .bind(last)
            .execute(&mut *self.transaction)
            .await?;
        Ok(done.rows_affected())
    }

    async fn give_up_security_events(
        &mut self,
        gsp: GspId,
        due_before: Timestamp,
        outcome: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let old = self.held_due(gsp, due_before, limit).await?;
        let ids: Vec<_> = old.iter().map(|event| event.consent.0).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(0) };
        let done = sqlx::query(GIVE_UP)
            .bind(outcome)
            .bind(old.iter().map(|event| event.gstin.to_string()).collect::<Vec<_>>())
            .bind(&ids)
            .bind(first)
            .bind(last)
            .execute(&mut *self.transaction)
            .await?;
        Ok(done.rows_affected())
    }

    async fn release_security_events(&mut self, worker: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(RELEASE).bind(row::micros(now)).bind(worker).execute(&mut *self.transaction).await?;
        Ok(())
    }
}
