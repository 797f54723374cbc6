//! Who is told beside the signatories, what each person wants to be told, and suspensions that are being told of.

use app::model::{
    Timestamp,
    contact::{Email, Mobile},
    event::Actor,
    gstin::Gstin,
    id::{AspId, ContactId, SignatoryId},
    preference::Preference,
    second_contact::Contact,
    taxpayer::Taxpayer,
};
use async_trait::async_trait;

use super::{SealedSignatory, StoreError};
use crate::vault::{DoesNotOpen, KeyedHash, Vault};

/// A contact as it lies in the store.
#[derive(Debug, Clone)]
pub struct SealedContact {
    /// The contact.
    pub contact: Contact,
    /// The address, sealed.
    pub email: Vec<u8>,
    /// The number, sealed.
    pub mobile: Vec<u8>,
    /// The keyed hashes of the codes that went to the address and to the number; none for a former contact.
    pub codes: Option<(KeyedHash, KeyedHash)>,
}

const EMAIL: &str = "contact.email";
const MOBILE: &str = "contact.mobile";

impl SealedContact {
    /// Seals the contact data.
    pub fn seal(
        contact: Contact,
        (email, mobile): (&Email, &Mobile),
        codes: Option<(KeyedHash, KeyedHash)>,
        vault: &Vault,
    ) -> Self {
        let (email, mobile) =
            (vault.seal(EMAIL, email.as_str().as_bytes()), vault.seal(MOBILE, mobile.as_str().as_bytes()));
        Self { contact, email, mobile, codes }
    }

    /// Opens the contact data.
    ///
    /// # Errors
    /// [`DoesNotOpen`] under another root key, or where the bytes were changed.
    pub fn open(&self, vault: &Vault) -> Result<(Email, Mobile), DoesNotOpen> {
        let text = |place, sealed: &[u8]| String::from_utf8(vault.open(place, sealed)?).map_err(|_| DoesNotOpen);
        let (email, mobile) = (text(EMAIL, &self.email)?, text(MOBILE, &self.mobile)?);
        Ok((email.parse().map_err(|_| DoesNotOpen)?, mobile.parse().map_err(|_| DoesNotOpen)?))
    }
}

/// A suspension whose alerts are being owed, batch by batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Of which ASP.
    pub asp: AspId,
    /// Since when.
    pub at: Timestamp,
    /// The last taxpayer whose alert is owed; empty at the beginning.
    pub told_up_to: String,
}

/// Reads of contacts and preferences.
#[async_trait]
pub trait ReadContacts: Send {
    /// The second contacts of a taxpayer that were not removed, or were added after a moment; the newest first, at most
    /// twenty.
    async fn second_contacts(&mut self, gstin: Gstin, or_after: Timestamp) -> Result<Vec<SealedContact>, StoreError>;

    /// What the addresses and numbers of a taxpayer's signatories were until they were changed after a moment: the first
    /// changed comes first, at most fifty.
    async fn former_contacts(&mut self, gstin: Gstin, after: Timestamp) -> Result<Vec<SealedContact>, StoreError>;

    /// Who is told of what happens to a taxpayer: those who sign for it, then the second contacts that count
    /// ([`Contact::counts`]), each with the signatory who named it.
    async fn addressees(&mut self, gstin: Gstin) -> Result<Vec<(SignatoryId, Option<ContactId>)>, StoreError>;

    /// These contacts, in any order.
    async fn contacts_of(&mut self, ids: &[(Gstin, ContactId)]) -> Result<Vec<SealedContact>, StoreError>;

    /// What the signatories of a taxpayer chose, with the version that guards it; who chose nothing is left out.
    async fn preferences(&mut self, gstin: Gstin) -> Result<Vec<(SignatoryId, Preference, i64)>, StoreError>;

    /// Who did what happened to these taxpayers at these moments.
    async fn actors_at(&mut self, of: &[(Gstin, Timestamp)]) -> Result<Vec<(Gstin, Timestamp, Actor)>, StoreError>;

    /// Suspensions of an ASP that are not told everybody yet, the oldest first.
    async fn suspensions_to_tell(&mut self, asp: AspId) -> Result<Vec<Suspension>, StoreError>;

    /// Taxpayers after one who have a live consent of an ASP, by GSTIN.
    async fn taxpayers_with(
        &mut self,
        asp: AspId,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Gstin>, StoreError>;
}

/// Writes of contacts and preferences.
#[async_trait]
pub trait WriteContacts: Send {
    /// Adds a contact.
    async fn add_contact(&mut self, contact: &SealedContact) -> Result<(), StoreError>;

    /// Changes a contact that is still at the version before. Its address and number never change.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is not.
    async fn update_contact(&mut self, contact: &Contact) -> Result<(), StoreError>;

    /// Writes what a person chose, where the choice is still at the version before; 0 before the first one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is not.
    async fn put_preference(
        &mut self,
        gstin: Gstin,
        person: SignatoryId,
        preference: &Preference,
        version_before: i64,
    ) -> Result<(), StoreError>;

    /// Changes a signatory's name, contact data and language.
    async fn update_signatory(&mut self, signatory: &SealedSignatory) -> Result<(), StoreError>;

    /// Changes a taxpayer's names.
    async fn update_taxpayer(&mut self, taxpayer: &Taxpayer) -> Result<(), StoreError>;

    /// Remembers that everybody has to be told of a suspension.
    async fn add_suspension(&mut self, asp: AspId, at: Timestamp) -> Result<(), StoreError>;

    /// Everybody up to a taxpayer is told; with `done_at`, everybody is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody else told on from the same taxpayer.
    async fn told_of_suspension(
        &mut self,
        suspension: &Suspension,
        up_to: &str,
        done_at: Option<Timestamp>,
    ) -> Result<(), StoreError>;
}
