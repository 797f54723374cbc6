//! Consents, sessions and events in PostgreSQL.

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
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Unit, row};
use crate::{
    store::{
        StoreError, id_order,
        port::{ChainLink, ListedConsent, ReadConsents, SessionRow, WriteConsents},
    },
    vault::KeyedHash,
};

pub(super) fn consent(found: &PgRow) -> Result<Consent, StoreError> {
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

pub(super) fn listed(found: &PgRow) -> Result<ListedConsent, StoreError> {
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

pub(super) fn event(found: &PgRow) -> Result<Event, StoreError> {
    Ok(Event {
        gstin: row::parsed(found, "gstin")?,
        consent: row::maybe_id(found, "consent_id")?.map(ConsentId),
        version: found.try_get("version")?,
        at: row::moment(found, "at")?,
        actor: row::json(found, "actor")?,
        deed: row::json(found, "deed")?,
    })
}

pub(super) fn session(found: &PgRow) -> Result<Session, StoreError> {
    Ok(Session {
        gstin: row::parsed(found, "gstin")?,
        consent: ConsentId(row::id(found, "consent_id")?),
        issued_at: row::moment(found, "issued_at")?,
        expires_at: row::moment(found, "expires_at")?,
        closed_at: row::maybe_moment(found, "closed_at")?,
    })
}

macro_rules! select_listed {
    (join [$($usage:literal),+], $rest:literal) => {
        concat!(
            "select consent.gstin, consent.id, consent.application_id, granted_at, valid_until,
                    restriction, paused_at, ended_at, ended_by, end_reason, version, asp.id as asp_id, asp.name as asp, gsp.name as gsp,
                    application.standing = 'active' and asp.standing = 'active' and gsp.standing = 'active' as active,
                    coalesce(usage.passed, 0) as passed, coalesce(usage.refused, 0) as refused, last_passed_at
             from consent
             join application on application.id = consent.application_id
             join asp on asp.id = application.asp_id
             join gsp on gsp.id = application.gsp_id
             left join ",
            $($usage,)+
            $rest
        )
    };
    // Of a page, each consent's own usage out of the one part that has it, and not a taxpayer's out of every month's: what
    // is joined plainly is planned that way, as if no part could be left out.
    (page $among:literal, $rest:literal) => {
        select_listed!(
            join [
                "lateral (select passed, refused, last_passed_at from usage
                     where usage.gstin = consent.gstin and usage.consent_id = consent.id ",
                $among,
                " limit 1) usage on true "
            ],
            $rest
        )
    };
    ($rest:literal) => {
        select_listed!(join ["usage on usage.gstin = consent.gstin and usage.consent_id = consent.id "], $rest)
    };
}

pub(super) const SELECT_LISTED: &str = select_listed!("");
/// With the bounds of the ids at the usage, too: only the parts of the last weeks are opened.
pub(super) const LIST_LIVE: &str = select_listed!(
    page "and usage.consent_id < $3 and usage.consent_id >= $4",
    "where consent.gstin = $1 and ended_at is null and coalesce(restricted_until, valid_until) > $2 and consent.id < $3 and consent.id >= $4
     order by consent.id desc limit $5"
);
pub(super) const LIST_PAST: &str = select_listed!(
    page "",
    "where consent.gstin = $1 and (ended_at is not null or coalesce(restricted_until, valid_until) <= $2) and consent.id < $3 and consent.id >= $4
     order by consent.id desc limit $5"
);

macro_rules! select_consent {
    ($rest:literal) => {
        concat!(
            "select gstin, id, application_id, granted_at, valid_until, restriction, paused_at, ended_at, ended_by, end_reason, version
             from consent ",
            $rest
        )
    };
}

pub(super) const CONSENT: &str = select_consent!("where gstin = $1 and id = $2");
/// For a unit of work that writes: nobody ends the consent until it is over, and one that is being ended is waited for.
pub(super) const CONSENT_HELD: &str = select_consent!("where gstin = $1 and id = $2 for share");
/// With the bounds of the ids in it, as the parts of the table are by them.
pub(super) const CONSENTS_OF: &str =
    select_consent!("where (gstin, id) in (select * from unnest($1::text[], $2::uuid[])) and id >= $3 and id <= $4");
pub(super) const LIVE_OF_APPLICATION: &str = select_consent!(
    "where gstin = $1 and id >= $2 and ended_at is null and application_id = $3 and coalesce(restricted_until, valid_until) > $4"
);
/// Of those, no more than are asked for: nobody wants to know how many there are beyond.
pub(super) const LIVE_SESSIONS_BESIDE: &str = "select count(*) from (
     select from consent
     join application on application.id = consent.application_id
     join session on session.gstin = consent.gstin and session.consent_id = consent.id
     where consent.gstin = $1 and consent.id >= $2 and ended_at is null and coalesce(restricted_until, valid_until) > $3
       and application.gsp_id = $4 and application.id <> $5
       and session.closed_at is null and session.expires_at > $3
     limit $6) as live";
pub(super) const LISTED: &str = select_listed!("where consent.gstin = $1 and consent.id = $2");
pub(super) const SESSION: &str =
    "select gstin, consent_id, key_sealed, issued_at, expires_at, closed_at from session where token_hash = $1";
pub(super) const EVENTS: &str = "select gstin, consent_id, version, at, actor, deed
     from event where gstin = $1 and consent_id = $2 and at >= $3 order by version limit 200";
pub(super) const CHAIN_HEAD: &str = "select seq, hash from chain_head where gstin = $1 and seq > 0";

pub(super) const UPDATE_CONSENT: &str =
    "update consent set ended_at = $1, ended_by = $2, end_reason = $3, restriction = $4, restricted_until = $5,
     paused_at = $6, version = $7, valid_until = $8
     where gstin = $9 and id = $10 and version = $7 - 1 and ended_at is null";
pub(super) const CLOSE_SESSIONS: &str =
    "update session set closed_at = $1 where gstin = $2 and consent_id = $3 and closed_at is null";
pub(super) const CHAIN: &str = "select gstin, seq, consent_id, version, at, actor, deed, hash
     from event where gstin = $1 and seq > $2 order by seq limit 1000";
/// The end of the chain moves, and only then is there an event.
macro_rules! append_event {
    ($rest:literal) => {
        concat!(
            "with moved as (
                 update chain_head set seq = $2, hash = $8 where gstin = $1 and seq = $2 - 1 returning gstin, seq, hash),
             added as (
                 insert into event (gstin, seq, consent_id, version, at, actor, deed, hash)
                 select gstin, seq, $3::uuid, $4::bigint, $5::bigint, $6::text, $7::text, hash from moved
                 returning gstin, seq, at, hash) ",
            $rest
        )
    };
}

pub(super) const APPEND_EVENT: &str = append_event!("select from added");
/// All in one: a round trip for each would cost a grant more than the rows themselves do.
pub(super) const APPEND_EVENT_AND_LEAF: &str = append_event!(
    "insert into owed_leaf (gstin, seq, at, hash, salt) select gstin, seq, at, hash, $9::bytea from added"
);

#[async_trait]
impl ReadConsents for Unit {
    async fn consent(&mut self, gstin: Gstin, id: ConsentId) -> Result<Option<Consent>, StoreError> {
        let found = sqlx::query(if self.writes { CONSENT_HELD } else { CONSENT })
            .bind(gstin.as_str())
            .bind(id.0)
            .fetch_optional(&mut *self.transaction)
            .await?;
        found.as_ref().map(consent).transpose()
    }

    async fn consents_of(&mut self, ids: &[(Gstin, ConsentId)]) -> Result<Vec<Consent>, StoreError> {
        let (gstins, ids): (Vec<_>, Vec<_>) = ids.iter().map(|(gstin, id)| (gstin.to_string(), id.0)).unzip();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
        let found = sqlx::query(CONSENTS_OF)
            .bind(gstins)
            .bind(&ids)
            .bind(first)
            .bind(last)
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(consent).collect()
    }

    async fn listed_consent(&mut self, gstin: Gstin, id: ConsentId) -> Result<Option<ListedConsent>, StoreError> {
        let found = sqlx::query(LISTED).bind(gstin.as_str()).bind(id.0).fetch_optional(&mut *self.transaction).await?;
        found.as_ref().map(listed).transpose()
    }

    async fn live_consents_of_application(
        &mut self,
        gstin: Gstin,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<Consent>, StoreError> {
        let found = sqlx::query(LIVE_OF_APPLICATION)
            .bind(gstin.as_str())
            .bind(id_order::oldest_live(now))
            .bind(application.0)
            .bind(row::micros(now))
            .fetch_all(&mut *self.transaction)
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
        let counted = sqlx::query_scalar(LIVE_SESSIONS_BESIDE)
            .bind(gstin.as_str())
            .bind(id_order::oldest_live(now))
            .bind(row::micros(now))
            .bind(application.gsp.id.0)
            .bind(application.id.0)
            .bind(i64::from(most))
            .fetch_one(&mut *self.transaction)
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
            .bind(id_order::below(after))
            .bind(since)
            .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(listed).collect()
    }

    async fn session(&mut self, token: KeyedHash) -> Result<Option<SessionRow>, StoreError> {
        let found = sqlx::query(SESSION).bind(token.0.as_slice()).fetch_optional(&mut *self.transaction).await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(SessionRow { session: session(&found)?, token, key_sealed: found.try_get("key_sealed")? }))
    }

    async fn events(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<Event>, StoreError> {
        let found = sqlx::query(EVENTS)
            .bind(gstin.as_str())
            .bind(consent.0)
            .bind(row::micros(id_order::since(consent)))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(event).collect()
    }

    async fn chain_head(&mut self, gstin: Gstin) -> Result<Option<ChainLink>, StoreError> {
        if let Some(end) = self.chain.end(gstin) {
            return Ok(end);
        }
        let found = sqlx::query(CHAIN_HEAD).bind(gstin.as_str()).fetch_optional(&mut *self.transaction).await?;
        found.map(|found| Ok(ChainLink { seq: found.try_get("seq")?, hash: row::hash(&found, "hash")?.0 })).transpose()
    }

    async fn chain(&mut self, gstin: Gstin, after_seq: i64) -> Result<Vec<(Event, ChainLink)>, StoreError> {
        let found = sqlx::query(CHAIN).bind(gstin.as_str()).bind(after_seq).fetch_all(&mut *self.transaction).await?;
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
            "insert into consent (gstin, id, application_id, granted_at, valid_until, version) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(consent.gstin.as_str())
        .bind(consent.id.0)
        .bind(consent.application.0)
        .bind(row::micros(consent.granted_at))
        .bind(row::micros(consent.valid_until))
        .bind(consent.version)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn update_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let ended = consent.ended.as_ref();
        let done = sqlx::query(UPDATE_CONSENT)
            .bind(ended.map(|end| row::micros(end.at)))
            .bind(ended.map(|end| row::to_json(&end.by)).transpose()?)
            .bind(ended.map(|end| row::to_json(&end.reason)).transpose()?)
            .bind((!consent.restriction.is_none()).then(|| row::to_json(&consent.restriction)).transpose()?)
            .bind(consent.restriction.until.map(row::micros))
            .bind(consent.paused_at.map(row::micros))
            .bind(consent.version)
            .bind(row::micros(consent.valid_until))
            .bind(consent.gstin.as_str())
            .bind(consent.id.0)
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }

    async fn add_session(&mut self, added: &SessionRow) -> Result<(), StoreError> {
        sqlx::query(
            "insert into session (gstin, token_hash, consent_id, key_sealed, issued_at, expires_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(added.session.gstin.as_str())
        .bind(added.token.0.as_slice())
        .bind(added.session.consent.0)
        .bind(&added.key_sealed)
        .bind(row::micros(added.session.issued_at))
        .bind(row::micros(added.session.expires_at))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn close_sessions(&mut self, gstin: Gstin, consent: ConsentId, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(CLOSE_SESSIONS)
            .bind(row::micros(at))
            .bind(gstin.as_str())
            .bind(consent.0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn append_event(&mut self, event: &Event, link: &ChainLink, salt: Option<Salt>) -> Result<(), StoreError> {
        let append = sqlx::query(if salt.is_some() { APPEND_EVENT_AND_LEAF } else { APPEND_EVENT })
            .bind(event.gstin.as_str())
            .bind(link.seq)
            .bind(event.consent.map(|id| id.0))
            .bind(event.version)
            .bind(row::micros(event.at))
            .bind(row::to_json(&event.actor)?)
            .bind(row::to_json(&event.deed)?)
            .bind(link.hash.as_slice());
        let append = match &salt {
            Some(salt) => append.bind(salt.0.as_slice()),
            None => append,
        };
        row::one(append.execute(&mut *self.transaction).await?.rows_affected())?;
        self.chain.ends_with(event.gstin, *link);
        Ok(())
    }
}
