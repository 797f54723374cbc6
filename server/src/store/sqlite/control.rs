//! Control in SQLite: people, reports, notices, refused asks, sweeps, and signs of unusual use.

use app::model::{
    Timestamp,
    consent::Consent,
    event::{Actor, Event},
    gstin::Gstin,
    id::{AlertId, AspId, ConsentId, SignatoryId},
    page::ROWS_MAX,
    unusual::Rule,
};
use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};

use super::{Unit, consents, row};
use crate::store::{
    StoreError, find, id_order,
    port::{
        ChainLink, KeptSign, KnownAsp, ListedConsent, NoticeKind, OPEN_MAX, OpenCount, ReadControl, Search, Sighting,
        WriteControl,
    },
    value,
};

macro_rules! select_consent {
    ($rest:literal) => {
        concat!(
            "select consent.gstin, consent.id, consent.application_id, granted_at, valid_until, restriction, paused_at,
                    ended_at, ended_by, end_reason, version
             from consent ",
            $rest
        )
    };
}

pub(super) const OPEN: &str = select_consent!(
    "where gstin = ?1 and id >= ?2 and ended_at is null and coalesce(restricted_until, valid_until) > ?3
     order by id limit ?4"
);
pub(super) const OPEN_OF_ASP: &str = select_consent!(
    "join application on application.id = consent.application_id
     where gstin = ?1 and consent.id >= ?2 and ended_at is null and coalesce(restricted_until, valid_until) > ?3
       and asp_id = ?4
     order by consent.id limit ?5"
);
/// Up to a bound: nobody wants to know how many there are beyond.
pub(super) const COUNT_OPEN: &str = "select count(*) as open, count(paused_at) as paused,
            min(ends_at) as next_end, max(last_passed_at) as last_passed_at
     from (
         select paused_at, coalesce(restricted_until, valid_until) as ends_at, last_passed_at
         from consent left join usage on usage.gstin = consent.gstin and usage.consent_id = consent.id
         where consent.gstin = ?1 and consent.id >= ?2 and ended_at is null
           and coalesce(restricted_until, valid_until) > ?3
         limit ?4
     )";
/// Among the newest ten thousand consents: what is open is among the newest, and what was decided about an ASP is listed
/// beside these.
const ASPS_OF: &str = "select asp.id, asp.name,
            count(*) filter (where ended_at is null and coalesce(restricted_until, valid_until) > ?2) as open
     from (
         select application_id, ended_at, restricted_until, valid_until from consent
         where gstin = ?1 order by id desc limit 10000) as newest
     join application on application.id = newest.application_id
     join asp on asp.id = application.asp_id
     group by asp.id, asp.name order by asp.name, asp.id limit 1000";
pub(super) const CHAIN_BEFORE: &str = "select gstin, seq, consent_id, version, at, actor, deed, hash
     from event where gstin = ?1 and seq < ?2 order by seq desc limit ?3";
/// What ends within a day and within a quarter of the time that it was given for.
pub(super) const ENDING_SOON: &str = select_consent!(
    "where ended_at is null and coalesce(restricted_until, valid_until) > ?1
       and coalesce(restricted_until, valid_until) <= ?1 + 86400000000
       and coalesce(restricted_until, valid_until) <= ?1 + (coalesce(restricted_until, valid_until) - granted_at) / 4
       and not exists (
           select 1 from notice
           where notice.gstin = consent.gstin and notice.consent_id = consent.id and kind = 'near_expiry'
       )
     order by coalesce(restricted_until, valid_until) limit ?2"
);
/// The ASP came before, and never through this GSP.
const IS_NEW_GSP: &str = "select exists (
            select 1 from consent join application theirs on theirs.id = consent.application_id
            where consent.gstin = ?2 and consent.id < ?3 and theirs.asp_id = own.asp_id and theirs.gsp_id <> own.gsp_id)
        and not exists (
            select 1 from consent join application theirs on theirs.id = consent.application_id
            where consent.gstin = ?2 and consent.id < ?3 and theirs.asp_id = own.asp_id and theirs.gsp_id = own.gsp_id)
     from application own where own.id = ?1";

fn known_asp(found: &SqliteRow) -> Result<KnownAsp, StoreError> {
    Ok(KnownAsp { id: AspId(row::id(found, "id")?), name: found.try_get("name")?, open: found.try_get("open")? })
}

fn linked(found: &SqliteRow) -> Result<(Event, ChainLink), StoreError> {
    let link = ChainLink { seq: found.try_get("seq")?, hash: row::hash(found, "hash")?.0 };
    Ok((consents::event(found)?, link))
}

fn kept_sign(found: &SqliteRow) -> Result<KeptSign, StoreError> {
    Ok(KeptSign {
        consent: ConsentId(row::id(found, "consent_id")?),
        alert: AlertId(row::id(found, "alert_id")?),
        at: row::moment(found, "at")?,
        sign: row::json(found, "sign")?,
        fine_at: row::maybe_moment(found, "fine_at")?,
    })
}

#[async_trait]
impl ReadControl for Unit {
    async fn find_consents(&mut self, search: &Search) -> Result<Vec<ListedConsent>, StoreError> {
        if search.gstins.is_empty() {
            return Ok(Vec::new());
        }
        let found = find::query(consents::SELECT_LISTED, search, |id| id.as_bytes().to_vec())?
            .build()
            .fetch_all(&mut *self.0)
            .await?;
        found.iter().map(consents::listed).collect()
    }

    async fn open_consents(
        &mut self,
        gstin: Gstin,
        asp: Option<AspId>,
        now: Timestamp,
    ) -> Result<Vec<Consent>, StoreError> {
        let query = sqlx::query(if asp.is_some() { OPEN_OF_ASP } else { OPEN })
            .bind(gstin.as_str())
            .bind(id_order::oldest_live(now).as_bytes().to_vec())
            .bind(row::micros(now));
        let query = if let Some(asp) = asp { query.bind(asp.0.as_bytes().to_vec()) } else { query };
        let limit = i64::try_from(OPEN_MAX).unwrap_or(i64::MAX);
        let found = query.bind(limit).fetch_all(&mut *self.0).await?;
        found.iter().map(consents::consent).collect()
    }

    async fn count_open(&mut self, gstin: Gstin, now: Timestamp) -> Result<OpenCount, StoreError> {
        let found = sqlx::query(COUNT_OPEN)
            .bind(gstin.as_str())
            .bind(id_order::oldest_live(now).as_bytes().to_vec())
            .bind(row::micros(now))
            .bind(i64::try_from(OPEN_MAX).unwrap_or(i64::MAX))
            .fetch_one(&mut *self.0)
            .await?;
        Ok(OpenCount {
            open: found.try_get("open")?,
            paused: found.try_get("paused")?,
            next_end: row::maybe_moment(&found, "next_end")?,
            last_passed_at: row::maybe_moment(&found, "last_passed_at")?,
        })
    }

    async fn asps_of(&mut self, gstin: Gstin, now: Timestamp) -> Result<Vec<KnownAsp>, StoreError> {
        let found = sqlx::query(ASPS_OF).bind(gstin.as_str()).bind(row::micros(now)).fetch_all(&mut *self.0).await?;
        found.iter().map(known_asp).collect()
    }

    async fn chain_before(&mut self, gstin: Gstin, before: Option<i64>) -> Result<Vec<(Event, ChainLink)>, StoreError> {
        let found = sqlx::query(CHAIN_BEFORE)
            .bind(gstin.as_str())
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.0)
            .await?;
        found.iter().map(linked).collect()
    }

    async fn people(&mut self, gstin: Gstin) -> Result<Vec<(SignatoryId, String)>, StoreError> {
        let found = sqlx::query("select id, name from person where gstin = ?1 order by id limit 200")
            .bind(gstin.as_str())
            .fetch_all(&mut *self.0)
            .await?;
        found.iter().map(|found| Ok((SignatoryId(row::id(found, "id")?), found.try_get("name")?))).collect()
    }

    async fn people_named(
        &mut self,
        ids: &[(Gstin, SignatoryId)],
    ) -> Result<Vec<(Gstin, SignatoryId, String)>, StoreError> {
        let found = sqlx::query(
            "select gstin, id, name from person
             where (gstin, id) in (select value ->> 0, unhex(value ->> 1) from json_each(?1))",
        )
        .bind(row::pair_list(ids.iter().map(|(gstin, id)| (*gstin, id.0))))
        .fetch_all(&mut *self.0)
        .await?;
        let person = |found: &SqliteRow| {
            Ok((row::parsed(found, "gstin")?, SignatoryId(row::id(found, "id")?), found.try_get("name")?))
        };
        found.iter().map(person).collect()
    }

    async fn asp_exists(&mut self, asp: AspId) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar("select count(*) from asp where id = ?1")
            .bind(asp.0.as_bytes().as_slice())
            .fetch_one(&mut *self.0)
            .await?;
        Ok(found > 0)
    }

    async fn asps_named(&mut self, name: &str) -> Result<Vec<(AspId, String)>, StoreError> {
        let found =
            sqlx::query("select id, name from asp where lower(name) like ?1 escape '!' order by name, id limit 25")
                .bind(find::like(name))
                .fetch_all(&mut *self.0)
                .await?;
        found.iter().map(|found| Ok((AspId(row::id(found, "id")?), found.try_get("name")?))).collect()
    }

    async fn report(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<String>, StoreError> {
        let found = sqlx::query_scalar("select reference from report where gstin = ?1 and consent_id = ?2")
            .bind(gstin.as_str())
            .bind(consent.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(found)
    }

    async fn noticed(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: NoticeKind,
        occasion: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let found =
            sqlx::query("select at from notice where gstin = ?1 and consent_id = ?2 and kind = ?3 and occasion = ?4")
                .bind(gstin.as_str())
                .bind(consent.0.as_bytes().as_slice())
                .bind(kind.name())
                .bind(row::micros(occasion))
                .fetch_optional(&mut *self.0)
                .await?;
        found.map(|found| row::moment(&found, "at")).transpose()
    }

    async fn ending_soon(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Consent>, StoreError> {
        let found =
            sqlx::query(ENDING_SOON).bind(row::micros(now)).bind(i64::from(limit)).fetch_all(&mut *self.0).await?;
        found.iter().map(consents::consent).collect()
    }

    async fn with_unused_days(&mut self, after: &str, limit: u32) -> Result<Vec<(Gstin, u16)>, StoreError> {
        let found = sqlx::query(
            "select gstin, unused_days from access_window
             where unused_days is not null and gstin > ?1 order by gstin limit ?2",
        )
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?;
        let days = |found: &SqliteRow| {
            Ok((row::parsed(found, "gstin")?, value::small(found.try_get("unused_days")?, "unused_days")?))
        };
        found.iter().map(days).collect()
    }

    async fn sighting(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<Sighting>, StoreError> {
        let found = sqlx::query(
            "select looked_at, last_passed_at, networks from sighting where gstin = ?1 and consent_id = ?2",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(Sighting {
            looked_at: row::moment(&found, "looked_at")?,
            last_passed_at: row::moment(&found, "last_passed_at")?,
            networks: row::json(&found, "networks")?,
        }))
    }

    async fn signs(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<KeptSign>, StoreError> {
        let found = sqlx::query(
            "select consent_id, alert_id, at, sign, fine_at from unusual
             where gstin = ?1 and consent_id = ?2 order by at desc, rule",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .fetch_all(&mut *self.0)
        .await?;
        found.iter().map(kept_sign).collect()
    }

    async fn is_new_gsp(&mut self, consent: &Consent) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar(IS_NEW_GSP)
            .bind(consent.application.0.as_bytes().as_slice())
            .bind(consent.gstin.as_str())
            .bind(consent.id.0.as_bytes().as_slice())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(found.unwrap_or(false))
    }
}

#[async_trait]
impl WriteControl for Unit {
    async fn know_person(&mut self, gstin: Gstin, id: SignatoryId, name: &str) -> Result<(), StoreError> {
        sqlx::query(
            "insert into person (gstin, id, name) values (?1, ?2, ?3)
             on conflict (gstin, id) do update set name = excluded.name where person.name <> excluded.name",
        )
        .bind(gstin.as_str())
        .bind(id.0.as_bytes().as_slice())
        .bind(name)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn add_report(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        reference: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into report (gstin, consent_id, reference, at) values (?1, ?2, ?3, ?4)
             on conflict (gstin, consent_id) do nothing",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .bind(reference)
        .bind(row::micros(at))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn add_notice(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: NoticeKind,
        occasion: Timestamp,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "insert into notice (gstin, consent_id, kind, occasion, at) values (?1, ?2, ?3, ?4, ?5)
             on conflict (gstin, consent_id, kind, occasion) do nothing",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .bind(kind.name())
        .bind(row::micros(occasion))
        .bind(row::micros(at))
        .execute(&mut *self.0)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    async fn tell_of_refused_ask(
        &mut self,
        gstin: Gstin,
        asp: AspId,
        unless_since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let told = sqlx::query(
            "insert into ask_refused (gstin, asp_id, told_at) values (?1, ?2, ?3)
             on conflict (gstin, asp_id) do update set told_at = excluded.told_at where ask_refused.told_at <= ?4",
        )
        .bind(gstin.as_str())
        .bind(asp.0.as_bytes().as_slice())
        .bind(row::micros(now))
        .bind(row::micros(unless_since))
        .execute(&mut *self.0)
        .await?;
        Ok(told.rows_affected() == 1)
    }

    async fn lease_sweep(&mut self, name: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let leased = sqlx::query(
            "insert into sweep (name, leased_until) values (?1, ?2)
             on conflict (name) do update set leased_until = excluded.leased_until where sweep.leased_until <= ?3",
        )
        .bind(name)
        .bind(row::micros(until))
        .bind(row::micros(now))
        .execute(&mut *self.0)
        .await?;
        Ok(leased.rows_affected() == 1)
    }

    async fn put_sighting(&mut self, gstin: Gstin, consent: ConsentId, seen: &Sighting) -> Result<(), StoreError> {
        sqlx::query(
            "insert into sighting (gstin, consent_id, looked_at, last_passed_at, networks) values (?1, ?2, ?3, ?4, ?5)
             on conflict (gstin, consent_id) do update set looked_at = excluded.looked_at,
                last_passed_at = excluded.last_passed_at, networks = excluded.networks",
        )
        .bind(gstin.as_str())
        .bind(consent.0.as_bytes().as_slice())
        .bind(row::micros(seen.looked_at))
        .bind(row::micros(seen.last_passed_at))
        .bind(row::to_json(&seen.networks)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn put_sign(&mut self, gstin: Gstin, rule: Rule, sign: &KeptSign) -> Result<(), StoreError> {
        sqlx::query(
            "insert into unusual (gstin, consent_id, rule, alert_id, at, sign) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (gstin, consent_id, rule) do update set alert_id = excluded.alert_id, at = excluded.at,
                sign = excluded.sign, fine_at = null, fine_by = null",
        )
        .bind(gstin.as_str())
        .bind(sign.consent.0.as_bytes().as_slice())
        .bind(row::name(rule)?)
        .bind(sign.alert.0.as_bytes().as_slice())
        .bind(row::micros(sign.at))
        .bind(row::to_json(&sign.sign)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn sign_is_fine(
        &mut self,
        gstin: Gstin,
        alert: AlertId,
        by: Actor,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        // Said twice, the first time stays.
        let said = sqlx::query(
            "update unusual set fine_at = coalesce(fine_at, ?1), fine_by = coalesce(fine_by, ?2)
             where gstin = ?3 and alert_id = ?4",
        )
        .bind(row::micros(at))
        .bind(row::to_json(&by)?)
        .bind(gstin.as_str())
        .bind(alert.0.as_bytes().as_slice())
        .execute(&mut *self.0)
        .await?;
        Ok(said.rows_affected() > 0)
    }
}
