//! What a person decides about their own alerts: the language, the optional ones, a second contact, and a test.

use std::{collections::BTreeSet, sync::Arc};

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, Matter},
    contact::{Email, Mobile},
    gstin::Gstin,
    id::{ContactId, SignatoryId},
    language::Language,
    preference::Preference,
    second_contact::{Answer, CODE_TRIES_MAX, Contact, ContactRole},
    taxpayer::Signatory,
};
use jiff::SignedDuration;

use crate::{
    alerts::{
        self,
        message::CodeNotice,
        otp_post::{OtpLetter, OtpPost, Posted},
        outbox::{Recipient, Role},
        owe::{Addressee, Owed, everybody, owe, owe_to},
        secret::Secret,
    },
    chance::Chance,
    clock::Clock,
    store::{
        Reading, Store, StoreError,
        port::{KeptAlert, SealedContact, SealedSignatory},
    },
    vault::{DoesNotOpen, KeyedHash, Purpose, Vault},
};

/// Second contacts that may be named for a taxpayer in a day: each gets a mail and an SMS that they did not ask for.
pub const NAMED_A_DAY_MAX: usize = 5;
/// Second contacts that count at once.
pub const SECOND_CONTACTS_MAX: usize = 3;
/// Between two tests: until then the one before is shown again.
pub const BETWEEN_TESTS: SignedDuration = SignedDuration::from_mins(1);
/// How long a test is shown.
pub const TEST_SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Digits of a code.
const DIGITS: u32 = 6;

/// What persons decide.
pub struct Preferences {
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// Seals contacts, hashes codes.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws codes.
    pub chance: Arc<dyn Chance>,
    /// Sends codes.
    pub post: OtpPost,
    /// Wakes the dispatcher.
    pub alert_owed: Arc<dyn Fn() + Send + Sync>,
}

/// Everything that a person's screen of alerts shows.
pub struct Shown {
    /// The moment of reading.
    pub as_of: Timestamp,
    /// The person, as a signatory.
    pub signatory: Signatory,
    /// What they chose, and the version that guards it.
    pub chosen: (Preference, i64),
    /// Second contacts of the taxpayer that count or wait.
    pub contacts: Vec<(Contact, Email, Mobile)>,
}

/// A second contact that is to be asked.
pub struct Named {
    /// The person.
    pub name: String,
    /// The address.
    pub email: Email,
    /// The number.
    pub mobile: Mobile,
    /// The language of alerts.
    pub language: Language,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// The person is no signatory of this taxpayer, or there is no such contact.
    #[error("there is no such person or contact")]
    Unknown,
    /// Somebody else was first, or there are as many as there may be.
    #[error("it was changed in the meantime, or there are too many")]
    Conflict,
    /// No messages are written in this language.
    #[error("no messages are written in this language")]
    Language,
    /// Contact data does not open.
    #[error(transparent)]
    Sealed(#[from] DoesNotOpen),
    /// The store refused.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            other => Self::Store(other),
        }
    }
}

impl Preferences {
    /// What the person's screen shows.
    ///
    /// # Errors
    /// [`NotChanged::Unknown`] for who is no signatory.
    pub async fn shown(&self, gstin: Gstin, person: SignatoryId) -> Result<Shown, NotChanged> {
        let as_of = self.clock.now();
        let mut work = self.store.read().await?;
        let signatory = self.signatory(&mut *work, gstin, person).await?;
        let chosen = work.preferences(gstin).await?.into_iter().find(|(id, ..)| *id == person);
        let mut contacts = Vec::new();
        for sealed in work.second_contacts(gstin, as_of).await? {
            let (email, mobile) = sealed.open(&self.vault)?;
            contacts.push((sealed.contact, email, mobile));
        }
        let chosen = chosen.map_or_else(Default::default, |(_, preference, version)| (preference, version));
        Ok(Shown { as_of, signatory, chosen, contacts })
    }

    /// The person, and their newest test with what became of it.
    ///
    /// # Errors
    /// [`NotChanged::Unknown`] for who is no signatory.
    pub async fn newest_test(
        &self,
        gstin: Gstin,
        person: SignatoryId,
    ) -> Result<(Signatory, Option<KeptAlert>), NotChanged> {
        let mut work = self.store.read().await?;
        let signatory = self.signatory(&mut *work, gstin, person).await?;
        let since = self.clock.now() - TEST_SHOWN_FOR;
        Ok((signatory, work.newest_alert_to(gstin, person, AlertKind::Test, since).await?))
    }

    /// The person's language of alerts, and which optional ones they want; all others they get in any case.
    ///
    /// # Errors
    /// [`NotChanged`] says why not.
    pub async fn choose(
        &self,
        gstin: Gstin,
        person: SignatoryId,
        language: Language,
        wanted: &BTreeSet<(AlertKind, Channel)>,
        version_before: i64,
    ) -> Result<(), NotChanged> {
        let mut work = self.store.write().await?;
        let signatory = self.signatory(&mut *work, gstin, person).await?;
        // A language that the registry named stays, even before there are words in it.
        if !alerts::speaks(language) && language != signatory.language {
            return Err(NotChanged::Language);
        }
        work.put_preference(gstin, person, &Preference::wanting(wanted), version_before).await?;
        if signatory.language != language {
            let changed = Signatory { language, ..signatory };
            work.update_signatory(&SealedSignatory::seal(&changed, &self.vault)).await?;
        }
        Ok(work.commit().await?)
    }

    /// Names a second contact, and sends it the codes that it has to read out. One that still waits gives way to it.
    ///
    /// # Errors
    /// [`NotChanged::Conflict`] where there are as many as there may be, or too many were named today.
    pub async fn name(&self, gstin: Gstin, person: SignatoryId, named: Named) -> Result<(), NotChanged> {
        if !alerts::speaks(named.language) {
            return Err(NotChanged::Language);
        }
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        let taxpayer = work.taxpayer(gstin).await?.ok_or(NotChanged::Unknown)?;
        let signatory = self.signatory(&mut *work, gstin, person).await?;
        let day_ago = now - SignedDuration::from_hours(24);
        let known = work.second_contacts(gstin, day_ago).await?;
        let counting = known.iter().filter(|sealed| sealed.contact.counts()).count();
        let today = known.iter().filter(|sealed| sealed.contact.added_at > day_ago).count();
        if counting >= SECOND_CONTACTS_MAX || today >= NAMED_A_DAY_MAX {
            return Err(NotChanged::Conflict);
        }
        for sealed in known.iter().filter(|sealed| sealed.contact.confirmed_at.is_none()) {
            if let Some(removed) = sealed.contact.removed(now) {
                work.update_contact(&removed).await?;
            }
        }
        let contact = Contact {
            gstin,
            id: ContactId(self.chance.id(now)),
            signatory: person,
            role: ContactRole::Second,
            name: named.name.clone(),
            language: named.language,
            added_at: now,
            tries_left: CODE_TRIES_MAX,
            confirmed_at: None,
            removed_at: None,
            version: 1,
        };
        let draw = || format!("{:0width$}", self.chance.below(10_u32.pow(DIGITS)), width = DIGITS as usize);
        let (email_code, mobile_code) = (draw(), draw());
        let hashes = (
            self.code_hash(contact.id, Channel::Email, &email_code),
            self.code_hash(contact.id, Channel::Sms, &mobile_code),
        );
        let notice = CodeNotice {
            contact: contact.id,
            gstin,
            trade_name: taxpayer.trade_name,
            asked_by: signatory.name,
            email_code: Secret::new(email_code),
            mobile_code: Secret::new(mobile_code),
            requested_at: now,
            expires_at: contact.codes_expire_at(),
        };
        let sealed = SealedContact::seal(contact, (&named.email, &named.mobile), Some(hashes), &self.vault);
        work.add_contact(&sealed).await?;
        work.commit().await?;
        let Named { name, email, mobile, language } = named;
        let recipient = Recipient { name, email, mobile, language, role: Role::SecondContact };
        if self.post.post(OtpLetter { recipient, posted: Posted::ContactCode(notice) }).is_err() {
            tracing::warn!("codes for a second contact were not sent: too much is waiting; it can be named again");
        }
        Ok(())
    }

    /// Answers the codes of a second contact. A wrong answer costs a try, which the screen shows.
    ///
    /// # Errors
    /// [`NotChanged::Conflict`] where there is nothing to answer any more.
    pub async fn confirm(
        &self,
        gstin: Gstin,
        person: SignatoryId,
        id: ContactId,
        (email_code, mobile_code): (&str, &str),
    ) -> Result<(), NotChanged> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let sealed = work.contacts_of(&[(gstin, id)]).await?.pop().ok_or(NotChanged::Unknown)?;
        let right = sealed.codes.is_some_and(|(email, mobile)| {
            // Both are compared whatever the first says: nobody learns which of them was wrong.
            let email = email.matches(&self.code_hash(id, Channel::Email, email_code.trim()));
            let mobile = mobile.matches(&self.code_hash(id, Channel::Sms, mobile_code.trim()));
            email & mobile
        });
        let confirmed = match sealed.contact.answered(right, now) {
            Answer::Confirmed(next) => {
                let by = self.signatory(&mut *work, gstin, person).await?.name;
                work.update_contact(&next).await?;
                // To everybody, and so to the new contact.
                let matter = Matter::SecondContact { name: next.name, by, agreed: true };
                owe(&mut *work, &*self.chance, Owed { gstin, consent: None, matter, at: now }).await?;
                true
            }
            Answer::Wrong(next) => {
                work.update_contact(&next).await?;
                false
            }
            Answer::Over => return Err(NotChanged::Conflict),
        };
        work.commit().await?;
        if confirmed {
            (self.alert_owed)();
        }
        Ok(())
    }

    /// Removes a second contact. Of one that counted everybody is told, it too; nothing else is owed to it from then on.
    /// Safe to repeat.
    ///
    /// # Errors
    /// [`NotChanged::Unknown`] where there is none.
    pub async fn remove(&self, gstin: Gstin, person: SignatoryId, id: ContactId) -> Result<(), NotChanged> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let contact = work.contacts_of(&[(gstin, id)]).await?.pop().ok_or(NotChanged::Unknown)?.contact;
        let second = contact.role == ContactRole::Second;
        let Some(removed) = contact.removed(now).filter(|_| second) else { return Ok(()) };
        if contact.counts() {
            let by = self.signatory(&mut *work, gstin, person).await?.name;
            let to = everybody(&mut *work, gstin, AlertKind::SecondContact).await?;
            let matter = Matter::SecondContact { name: contact.name, by, agreed: false };
            owe_to(&mut *work, &*self.chance, Owed { gstin, consent: None, matter, at: now }, &to).await?;
        }
        work.update_contact(&removed).await?;
        work.commit().await?;
        (self.alert_owed)();
        Ok(())
    }

    /// Owes the person a test by each road. Again within a minute, it is the same one.
    ///
    /// # Errors
    /// [`NotChanged::Unknown`] for who is no signatory.
    pub async fn test(&self, gstin: Gstin, person: SignatoryId) -> Result<(), NotChanged> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        self.signatory(&mut *work, gstin, person).await?;
        let recent = work.newest_alert_to(gstin, person, AlertKind::Test, now - BETWEEN_TESTS).await?;
        if recent.is_some() {
            return Ok(());
        }
        let to = Channel::ALL.map(|channel| Addressee { signatory: person, contact: None, channel });
        let owed = Owed { gstin, consent: None, matter: Matter::Test, at: now };
        owe_to(&mut *work, &*self.chance, owed, &to).await?;
        work.commit().await?;
        (self.alert_owed)();
        Ok(())
    }

    async fn signatory(
        &self,
        work: &mut (impl Reading + ?Sized),
        gstin: Gstin,
        person: SignatoryId,
    ) -> Result<Signatory, NotChanged> {
        let found = work.signatories(gstin).await?.into_iter().find(|signatory| signatory.id == person);
        Ok(found.ok_or(NotChanged::Unknown)?.open(&self.vault)?)
    }

    fn code_hash(&self, contact: ContactId, channel: Channel, code: &str) -> KeyedHash {
        let road: &[u8] = match channel {
            Channel::Email => b"email",
            Channel::Sms => b"sms",
        };
        self.vault.hash(Purpose::ContactCode, &[contact.0.as_bytes().as_slice(), road, code.as_bytes()].concat())
    }
}
