//! Contacts, preferences and suspensions in PostgreSQL.

use app::model::{
    Timestamp,
    event::Actor,
    gstin::Gstin,
    id::{AspId, ContactId, SignatoryId},
    preference::Preference,
    second_contact::Contact,
    taxpayer::Taxpayer,
};
use async_trait::async_trait;
use sqlx::{Row, postgres::PgRow};

use super::{Unit, row};
use crate::{
    store::{
        StoreError,
        port::{ReadContacts, SealedContact, SealedSignatory, Suspension, WriteContacts},
    },
    vault::KeyedHash,
};

macro_rules! select_contact {
    ($rest:literal) => {
        concat!(
            "select contact.gstin, contact.id, signatory_id, role, name, email_sealed, mobile_sealed, language, added_at,
                    email_code_hash, mobile_code_hash, tries_left, confirmed_at, removed_at, version
             from contact ",
            $rest
        )
    };
}

/// With the bounds of the moments in it, as the parts of the table are by them.
pub(super) const ACTORS_AT: &str = "select event.gstin, event.at, event.actor
     from unnest($1::text[], $2::bigint[]) as asked (gstin, at)
     join event on event.gstin = asked.gstin and event.at = asked.at
     where event.at >= $3 and event.at <= $4";
pub(super) const SECOND_CONTACTS: &str = select_contact!(
    "where gstin = $1 and role = 'second' and (removed_at is null or added_at > $2) order by added_at desc limit 20"
);
pub(super) const FORMER_CONTACTS: &str =
    select_contact!("where gstin = $1 and role = 'former' and added_at > $2 order by added_at limit 50");
pub(super) const ADDRESSEES: &str = "(select id, null::uuid as contact_id from signatory where gstin = $1 order by id limit 10)
     union all
     (select signatory_id, id from contact
      where gstin = $1 and role = 'second' and confirmed_at is not null and removed_at is null order by added_at desc limit 20)";
pub(super) const PREFERENCES: &str = "select signatory_id, unwanted, version from preference where gstin = $1";

fn code(found: &PgRow, column: &str) -> Result<Option<KeyedHash>, StoreError> {
    let bytes: Option<&[u8]> = found.try_get(column)?;
    bytes.map(|_| row::hash(found, column)).transpose()
}

fn contact(found: &PgRow) -> Result<SealedContact, StoreError> {
    Ok(SealedContact {
        contact: Contact {
            gstin: row::parsed(found, "gstin")?,
            id: ContactId(row::id(found, "id")?),
            signatory: SignatoryId(row::id(found, "signatory_id")?),
            role: row::word(found, "role")?,
            name: found.try_get("name")?,
            language: row::word(found, "language")?,
            added_at: row::moment(found, "added_at")?,
            tries_left: row::small(found, "tries_left")?,
            confirmed_at: row::maybe_moment(found, "confirmed_at")?,
            removed_at: row::maybe_moment(found, "removed_at")?,
            version: found.try_get("version")?,
        },
        email: found.try_get("email_sealed")?,
        mobile: found.try_get("mobile_sealed")?,
        codes: code(found, "email_code_hash")?.zip(code(found, "mobile_code_hash")?),
    })
}

#[async_trait]
impl ReadContacts for Unit {
    async fn second_contacts(&mut self, gstin: Gstin, or_after: Timestamp) -> Result<Vec<SealedContact>, StoreError> {
        let found = sqlx::query(SECOND_CONTACTS)
            .bind(gstin.as_str())
            .bind(row::micros(or_after))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(contact).collect()
    }

    async fn former_contacts(&mut self, gstin: Gstin, after: Timestamp) -> Result<Vec<SealedContact>, StoreError> {
        let found = sqlx::query(FORMER_CONTACTS)
            .bind(gstin.as_str())
            .bind(row::micros(after))
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(contact).collect()
    }

    async fn addressees(&mut self, gstin: Gstin) -> Result<Vec<(SignatoryId, Option<ContactId>)>, StoreError> {
        let found = sqlx::query(ADDRESSEES).bind(gstin.as_str()).fetch_all(&mut *self.transaction).await?;
        let addressee =
            |found| Ok((SignatoryId(row::id(found, "id")?), row::maybe_id(found, "contact_id")?.map(ContactId)));
        found.iter().map(addressee).collect()
    }

    async fn contacts_of(&mut self, ids: &[(Gstin, ContactId)]) -> Result<Vec<SealedContact>, StoreError> {
        let found = sqlx::query(select_contact!("join unnest($1::text[], $2::uuid[]) as asked (gstin, id) on asked.gstin = contact.gstin and asked.id = contact.id"))
            .bind(ids.iter().map(|(gstin, _)| gstin.to_string()).collect::<Vec<_>>())
            .bind(ids.iter().map(|(_, id)| id.0).collect::<Vec<_>>())
            .fetch_all(&mut *self.transaction)
            .await?;
        found.iter().map(contact).collect()
    }

    async fn preferences(&mut self, gstin: Gstin) -> Result<Vec<(SignatoryId, Preference, i64)>, StoreError> {
        let found = sqlx::query(PREFERENCES).bind(gstin.as_str()).fetch_all(&mut *self.transaction).await?;
        let preference = |found: &PgRow| {
            Ok((SignatoryId(row::id(found, "signatory_id")?), row::json(found, "unwanted")?, found.try_get("version")?))
        };
        found.iter().map(preference).collect()
    }

    async fn actors_at(&mut self, of: &[(Gstin, Timestamp)]) -> Result<Vec<(Gstin, Timestamp, Actor)>, StoreError> {
        let first = of.iter().map(|(_, at)| row::micros(*at)).min();
        let last = of.iter().map(|(_, at)| row::micros(*at)).max();
        let found = sqlx::query(ACTORS_AT)
            .bind(of.iter().map(|(gstin, _)| gstin.to_string()).collect::<Vec<_>>())
            .bind(of.iter().map(|(_, at)| row::micros(*at)).collect::<Vec<_>>())
            .bind(first)
            .bind(last)
            .fetch_all(&mut *self.transaction)
            .await?;
        let actor =
            |found: &PgRow| Ok((row::parsed(found, "gstin")?, row::moment(found, "at")?, row::json(found, "actor")?));
        found.iter().map(actor).collect()
    }

    async fn suspensions_to_tell(&mut self, asp: AspId) -> Result<Vec<Suspension>, StoreError> {
        let found = sqlx::query(
            "select asp_id, at, told_up_to from suspension where asp_id = $1 and told_at is null order by at",
        )
        .bind(asp.0)
        .fetch_all(&mut *self.transaction)
        .await?;
        let suspension = |found: &PgRow| {
            Ok(Suspension {
                asp: AspId(row::id(found, "asp_id")?),
                at: row::moment(found, "at")?,
                told_up_to: found.try_get("told_up_to")?,
            })
        };
        found.iter().map(suspension).collect()
    }

    async fn taxpayers_with(
        &mut self,
        asp: AspId,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Gstin>, StoreError> {
        let found = sqlx::query(
            "select distinct gstin from consent
             where gstin > $1 and ended_at is null and coalesce(restricted_until, valid_until) > $2
               and application_id in (select id from application where asp_id = $3)
             order by gstin limit $4",
        )
        .bind(after)
        .bind(row::micros(now))
        .bind(asp.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.transaction)
        .await?;
        found.iter().map(|found| row::parsed(found, "gstin")).collect()
    }
}

#[async_trait]
impl WriteContacts for Unit {
    async fn add_contact(&mut self, sealed: &SealedContact) -> Result<(), StoreError> {
        let SealedContact { contact, email, mobile, codes } = sealed;
        sqlx::query(
            "insert into contact (gstin, id, signatory_id, role, name, email_sealed, mobile_sealed, language, added_at,
                                  email_code_hash, mobile_code_hash, tries_left, confirmed_at, removed_at, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        )
        .bind(contact.gstin.as_str())
        .bind(contact.id.0)
        .bind(contact.signatory.0)
        .bind(row::name(contact.role)?)
        .bind(&contact.name)
        .bind(email)
        .bind(mobile)
        .bind(row::name(contact.language)?)
        .bind(row::micros(contact.added_at))
        .bind(codes.as_ref().map(|(email, _)| email.0.as_slice()))
        .bind(codes.as_ref().map(|(_, mobile)| mobile.0.as_slice()))
        .bind(i64::from(contact.tries_left))
        .bind(contact.confirmed_at.map(row::micros))
        .bind(contact.removed_at.map(row::micros))
        .bind(contact.version)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn update_contact(&mut self, contact: &Contact) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update contact set tries_left = $1, confirmed_at = $2, removed_at = $3, version = $4
             where gstin = $5 and id = $6 and version = $4 - 1",
        )
        .bind(i64::from(contact.tries_left))
        .bind(contact.confirmed_at.map(row::micros))
        .bind(contact.removed_at.map(row::micros))
        .bind(contact.version)
        .bind(contact.gstin.as_str())
        .bind(contact.id.0)
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())
    }

    async fn put_preference(
        &mut self,
        gstin: Gstin,
        person: SignatoryId,
        preference: &Preference,
        version_before: i64,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "insert into preference (gstin, signatory_id, unwanted, version) values ($1, $2, $3, $4 + 1)
             on conflict (gstin, signatory_id) do update set unwanted = excluded.unwanted, version = excluded.version
             where preference.version = $4",
        )
        .bind(gstin.as_str())
        .bind(person.0)
        .bind(row::to_json(preference)?)
        .bind(version_before)
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())
    }

    async fn update_signatory(&mut self, signatory: &SealedSignatory) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update signatory set name = $1, email_sealed = $2, mobile_sealed = $3, mobile_hash = $4, language = $5
             where gstin = $6 and id = $7",
        )
        .bind(&signatory.name)
        .bind(&signatory.email)
        .bind(&signatory.mobile)
        .bind(signatory.mobile_hash.as_ref().map(|hash| hash.0.as_slice()))
        .bind(row::name(signatory.language)?)
        .bind(signatory.gstin.as_str())
        .bind(signatory.id.0)
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())
    }

    async fn update_taxpayer(&mut self, taxpayer: &Taxpayer) -> Result<(), StoreError> {
        let done = sqlx::query("update taxpayer set username = $1, legal_name = $2, trade_name = $3 where gstin = $4")
            .bind(&taxpayer.username)
            .bind(&taxpayer.legal_name)
            .bind(&taxpayer.trade_name)
            .bind(taxpayer.gstin.as_str())
            .execute(&mut *self.transaction)
            .await?;
        row::one(done.rows_affected())
    }

    async fn add_suspension(&mut self, asp: AspId, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("insert into suspension (asp_id, at, told_up_to) values ($1, $2, '')")
            .bind(asp.0)
            .bind(row::micros(at))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    async fn told_of_suspension(
        &mut self,
        suspension: &Suspension,
        up_to: &str,
        done_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update suspension set told_up_to = $1, told_at = $2
             where asp_id = $3 and at = $4 and told_at is null and told_up_to = $5",
        )
        .bind(up_to)
        .bind(done_at.map(row::micros))
        .bind(suspension.asp.0)
        .bind(row::micros(suspension.at))
        .bind(&suspension.told_up_to)
        .execute(&mut *self.transaction)
        .await?;
        row::one(done.rows_affected())
    }
}
