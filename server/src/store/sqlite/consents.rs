//! Consents, sessions and events in SQLite.

use app::model::{
    Timestamp,
    consent::{Consent, Ending},
    event::Event,
    gstin::Gstin,
    id::{ApplicationId, AspId, ConsentId},
    merkle::Salt,
    page::{Cursor, ROWS_MAX},
    registry::{Application, Standing},
    session::Session,
    usage::UsageTotals,
};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::{
    store::{
        StoreError, id_order,
        port::{ChainLink, ListedConsent, ReadConsents, SessionRow, WriteConsents},
    },
    vault::KeyedHash,
};

pub(super) fn consent(found: &SqliteRow) -> Result<Consent, StoreError> {
    let ended = match row::maybe_moment(found, "ended_at")? {
        Some(at) => Some(Ending { at, by: row::json(found, "ended_by")?, reason: row::json(found, "end_reason")? }),
        None => None,
    };
    Ok(Consent {
        gstin: row::parsed(found, "gstin")?,
        id: ConsentId(row::id(found, "id")?),
        application: ApplicationId(row::id(found, "application_id")?),
        granted_at: row::moment(found, "granted_at")?,
        valid_until: row::moment(found, "valid_until")?,
        restriction: row::maybe_json(found, "restriction")?.unwrap_or_default(),
        paused_at: row::maybe_moment(found, "paused_at")?,
        ended,
        version: found.try_get("version")?,
    })
}

pub(super) fn listed(found: &SqliteRow) -> Result<ListedConsent, StoreError> {
    Ok(ListedConsent {
        consent: consent(found)?,
        asp_id: AspId(row::id(found, "asp_id")?),
        asp: found.try_get("asp")?,
        gsp: found.try_get("gsp")?,
        usage: UsageTotals {
            passed: found.try_get("passed")?,
            refused: found.try_get("refused")?,
            last_passed_at: row::maybe_moment(found, "last_passed_at")?,
        },
        standing: if found.try_get("active")? { Standing::Active } else { Standing::Suspended },
    })
}

pub(super) fn event(found: &SqliteRow) -> Result<Event, StoreError> {
    Ok(Event {
        gstin: row::parsed(found, "gstin")?,
        consent: row::maybe_id(found, "consent_id")?.map(ConsentId),
        version: found.try_get("version")?,
        at: row::moment(found, "at")?,
        actor: row::json(found, "actor")?,
        deed: row::json(found, "deed")?,
    })
}

pub(super) fn session(found: &SqliteRow) -> Result<Session, StoreError> {
    Ok(Session {
        gstin: row::parsed(found, "gstin")?,
        consent: ConsentId(row::id(found, "consent_id")?),
        issued_at: row::moment(found, "issued_at")?,
        expires_at: row::moment(found, "expires_at")?,
        closed_at: row::maybe_moment(found, "closed_at")?,
    })
}

macro_rules! select_consent {
    ($rest:literal) => {
        concat!(
            "select gstin, id, application_id, granted_at, valid_until, restriction, paused_at,
                    ended_at, ended_by, end_reason, version
             from consent ",
            $rest
        )
    };
}

macro_rules! select_listed {
    ($rest:literal) => {
        concat!(
            "select consent.gstin, consent.id, consent.application_id, granted_at, valid_until,
                    restriction, paused_at, ended_at, ended_by, end_reason, version, asp.id as asp_id, asp.name as asp, gsp.name as gsp,
                    application.standing = 'active' and asp.standing = 'active' and gsp.standing = 'active' as active,
                    coalesce(usage.passed, 0) as passed, coalesce(usage.refused, 0) as refused, last_passed_at
             from consent
             join application on application.id = consent.application_id
             join asp on asp.id = application.asp_id
             join gsp on gsp.id = application.gsp_id
             left join usage on usage.gstin = consent.gstin and usage.consent_id = consent.id ",
            $rest
        )
    };
}

pub(super) const SELECT_LISTED: &str = select_listed!("");
const LIST_LIVE: &str = select_listed!(
    "where consent.gstin = ?1 and ended_at is null and coalesce(restricted_until, valid_until) > ?2 and consent.id < ?3 and consent.id >= ?4
     order by consent.id desc limit ?5"
);
const LIST_PAST: &str = select_listed!(
    "where consent.gstin = ?1 and (ended_at is not null or coalesce(restricted_until, valid_until) <= ?2) and consent.id < ?3 and consent.id >= ?4
     order by consent.id desc limit ?5"
);

/// The end of the chain moves, and only then is there an event. All in one: each hop to the thread of the database costs
/// more than a row does.
macro_rules! append_event {
    ($rest:literal) => {
        concat!(
            "update chain_head set seq = ?2, hash = ?3 where gstin = ?1 and seq = ?2 - 1;
             insert into event (gstin, seq, hash, at, consent_id, version, actor, deed)
             select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 where changes() = 1",
            $rest
        )
    };
}

const APPEND_EVENT: &str = append_event!("");
const APPEND_EVENT_AND_LEAF: &str = append_event!(
    ";
     insert into owed_leaf (gstin, seq, hash, at, salt, position)
     select ?1, ?2, ?3, ?4, ?9, (select coalesce(max(position), 0) + 1 from owed_leaf) where changes() = 1"
);

#[async_trait]
impl ReadConsents for Unit {
    async fn consent(&mut self, gstin: Gstin, id: ConsentId) -> Result<Option<Consent>, StoreError> {
        let found = sqlx::query(select_consent!("where gstin = ? and id = ?"))
            .bind(gstin.as_str())
            .bind(id.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        found.as_ref().map(consent).transpose()
    }

    async fn consents_of(&mut self, ids: &[(Gstin, ConsentId)]) -> Result<Vec<Consent>, StoreError> {
        let found = sqlx::query(select_consent!(
            "where (gstin, id) in (select value ->> 0, unhex(value ->> 1) from json_each(?))"
        ))
        .bind(row::pair_list(ids.iter().map(|(gstin, id)| (*gstin, id.0))))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(consent).collect()
    }

    async fn listed_consent(&mut self, gstin: Gstin, id: ConsentId) -> Result<Option<ListedConsent>, StoreError> {
        let found = sqlx::query(select_listed!("where consent.gstin = ? and consent.id = ?"))
            .bind(gstin.as_str())
            .bind(id.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        found.as_ref().map(listed).transpose()
    }

    async fn live_consents_of_application(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<Consent>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, application_id, granted_at, valid_until, restriction, paused_at, ended_at, ended_by, end_reason, version
             from consent where gstin = ? and id >= ? and ended_at is null and application_id = ? and coalesce(restricted_until, valid_until) > ?",
        )
        .bind(gstin.as_str())
        .bind(id_order::oldest_live(now).as_bytes().to_vec())
        .bind(application.0.as_bytes().as_slice())
        .bind(row::micros(now))
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(consent).collect()
    }

    async fn live_sessions_beside(
        &mut self,
        gstin: Gstin,
        application: &Application,
        now: Timestamp,
        most: u32,
    ) -> Result<i64, StoreError> {
        let counted = sqlx::query_scalar(
            "select count(*) from (
             select 1 from consent
             join application on application.id = consent.application_id
             join session on session.gstin = consent.gstin and session.consent_id = consent.id
             where consent.gstin = ?1 and consent.id >= ?2 and ended_at is null and coalesce(restricted_until, valid_until) > ?3
               and application.gsp_id = ?4 and application.id <> ?5
               and session.closed_at is null and session.expires_at > ?3
             limit ?6) as live",
        )
        .bind(gstin.as_str())
        .bind(id_order::oldest_live(now).as_bytes().to_vec())
        .bind(row::micros(now))
        .bind(application.gsp.id.0.as_bytes().as_slice())
        .bind(application.id.0.as_bytes().as_slice())
        .bind(most)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(counted)
    }

    async fn list_consents(
        &mut self,
        gstin: Gstin,
        live: bool,
        now: Timestamp,
        after: Option<Cursor>,
    ) -> Result<Vec<ListedConsent>, StoreError> {
        let since = if live { id_order::oldest_live(now) } else { Uuid::nil() };
        let found = sqlx::query(if live { LIST_LIVE } else { LIST_PAST })
            .bind(gstin.as_str())
            .bind(row::micros(now))
            .bind(id_order::below(after).as_bytes().to_vec())
            .bind(since.as_bytes().to_vec())
            .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.0)
            .await?;
        found.iter().map(listed).collect()
    }

    async fn session(&mut self, token: KeyedHash) -> Result<Option<SessionRow>, StoreError> {
        let found = sqlx::query(
            "select gstin, consent_id, key_sealed, issued_at, expires_at, closed_at from session where token_hash = ?",
        )
        .bind(token.0.as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(SessionRow { session: session(&found)?, token, key_sealed: found.try_get("key_sealed")? }))
    }

    async fn events(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<Event>, StoreError> {
        let found = sqlx::query(
            "select gstin, consent_id, version, at, actor, deed
             from event where gstin = ? and consent_id = ? order by version limit 200",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(event).collect()
    }

    async fn chain_head(&mut self, gstin: Gstin) -> Result<Option<ChainLink>, StoreError> {
        if let Some(end) = self.1.end(gstin) {
            return Ok(end);
        }
        let found = sqlx::query("select seq, hash from chain_head where gstin = ? and seq > 0")
            .bind(gstin.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        found.map(|found| Ok(ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 })).transpose()
    }

    async fn chain(&mut self, gstin: Gstin, after_seq: i64) -> Result<Vec<(Event, ChainLink)>, StoreError> {
        let found = sqlx::query(
            "select gstin, seq, consent_id, version, at, actor, deed, hash
             from event where gstin = ? and seq > ? order by seq limit 1000",
        )
        .bind(gstin.as_str())
        .bind(after_seq)
        .fetch_all(&mut *self.0)
        .await?;
        found
            .iter()
            .map(|found| {
                let link = ChainLink { seq: found.try_get("seq")?, hash: row::hash(found, "hash")?.0 };
                Ok((event(found)?, link))
            })
            .collect()
    }
}

#[async_trait]
impl WriteConsents for Unit {
    async fn add_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        sqlx::query(
            "insert into consent (gstin, id, application_id, granted_at, valid_until, version) values (?, ?, ?, ?, ?, ?)",
        )
        .bind(consent.gstin.as_str())
        .bind(consent.id.0.as_bytes().as_slice())
        .bind(consent.application.0.as_bytes().as_slice())
        .bind(row::micros(consent.granted_at))
        .bind(row::micros(consent.valid_until))
        .bind(consent.version)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn update_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let ended = consent.ended.as_ref();
        let done = sqlx::query(
            "update consent set ended_at = ?1, ended_by = ?2, end_reason = ?3, restriction = ?4, restricted_until = ?5,
                paused_at = ?6, version = ?7, valid_until = ?8
             where gstin = ?9 and id = ?10 and version = ?7 - 1 and ended_at is null",
        )
        .bind(ended.map(|end| row::micros(end.at)))
        .bind(ended.map(|end| row::to_json(&end.by)).transpose()?)
        .bind(ended.map(|end| row::to_json(&end.reason)).transpose()?)
        .bind((!consent.restriction.is_none()).then(|| row::to_json(&consent.restriction)).transpose()?)
        .bind(consent.restriction.until.map(row::micros))
        .bind(consent.paused_at.map(row::micros))
        .bind(consent.version)
        .bind(row::micros(consent.valid_until))
        .bind(consent.gstin.as_str())
        .bind(consent.id.0.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        row::one(done.rows_affected())
    }

    async fn add_session(&mut self, added: &SessionRow) -> Result<(), StoreError> {
        sqlx::query(
            "insert into session (gstin, token_hash, consent_id, key_sealed, issued_at, expires_at)
             values (?, ?, ?, ?, ?, ?)",
        )
        .bind(added.session.gstin.as_str())
        .bind(added.token.0.as_slice())
        .bind(added.session.consent.0.as_bytes().as_slice())
        .bind(&added.key_sealed)
        .bind(row::micros(added.session.issued_at))
        .bind(row::micros(added.session.expires_at))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn close_sessions(&mut self, gstin: Gstin, consent: ConsentId, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("update session set closed_at = ? where gstin = ? and consent_id = ? and closed_at is null")
            .bind(row::micros(at))
            .bind(gstin.as_str())
            .bind(consent.0.as_bytes().as_slice())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn append_event(&mut self, event: &Event, link: &ChainLink, salt: Option<Salt>) -> Result<(), StoreError> {
        let append = sqlx::query(if salt.is_some() { APPEND_EVENT_AND_LEAF } else { APPEND_EVENT })
            .bind(event.gstin.as_str())
            .bind(link.seq)
            .bind(link.hash.as_slice())
            .bind(row::micros(event.at))
            .bind(event.consent.as_ref().map(|id| id.0.as_bytes().as_slice()))
            .bind(event.version)
            .bind(row::to_json(&event.actor)?)
            .bind(row::to_json(&event.deed)?);
        let append = match &salt {
            Some(salt) => append.bind(salt.0.as_slice()),
            None => append,
        };
        let due = if salt.is_some() { 3 } else { 2 };
        row::exactly(due, append.execute(&mut *self.0).await?.rows_affected())?;
        self.1.ends_with(event.gstin, *link);
        Ok(())
    }
}
