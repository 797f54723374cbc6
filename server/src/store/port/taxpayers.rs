//! Taxpayers, their signatories and their access windows.

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    contact::Mobile,
    controls::{AspRule, Controls},
    gstin::Gstin,
    id::{AspId, SignatoryId},
    language::Language,
    taxpayer::{Signatory, Taxpayer},
};
use async_trait::async_trait;

use super::StoreError;
use crate::vault::{DoesNotOpen, KeyedHash, Purpose, Vault};

/// A signatory as it lies in the store: contact data sealed.
#[derive(Debug, Clone)]
pub struct SealedSignatory {
    /// The registration signed for.
    pub gstin: Gstin,
    /// The person.
    pub id: SignatoryId,
    /// The person's name.
    pub name: String,
    /// The address, sealed.
    pub email: Vec<u8>,
    /// The number, sealed.
    pub mobile: Vec<u8>,
    /// The keyed hash of the number, by which the sender of an SMS is found; `None` until it is filled in.
    pub mobile_hash: Option<KeyedHash>,
    /// The language of alerts.
    pub language: Language,
}

/// The keyed hash of a mobile number.
pub fn mobile_hash(vault: &Vault, mobile: &Mobile) -> KeyedHash {
    vault.hash(Purpose::Mobile, mobile.as_str().as_bytes())
}

const EMAIL: &str = "signatory.email";
const MOBILE: &str = "signatory.mobile";

impl SealedSignatory {
    /// Seals the contact data.
    pub fn seal(signatory: &Signatory, vault: &Vault) -> Self {
        Self {
            gstin: signatory.gstin,
            id: signatory.id,
            name: signatory.name.clone(),
            email: vault.seal(EMAIL, signatory.email.as_str().as_bytes()),
            mobile: vault.seal(MOBILE, signatory.mobile.as_str().as_bytes()),
            mobile_hash: Some(mobile_hash(vault, &signatory.mobile)),
            language: signatory.language,
        }
    }

    /// Opens the contact data.
    ///
    /// # Errors
    /// [`DoesNotOpen`] under another root key, or where the bytes were changed.
    pub fn open(&self, vault: &Vault) -> Result<Signatory, DoesNotOpen> {
        let text = |place, sealed: &[u8]| String::from_utf8(vault.open(place, sealed)?).map_err(|_| DoesNotOpen);
        Ok(Signatory {
            gstin: self.gstin,
            id: self.id,
            name: self.name.clone(),
            email: text(EMAIL, &self.email)?.parse().map_err(|_| DoesNotOpen)?,
            mobile: text(MOBILE, &self.mobile)?.parse().map_err(|_| DoesNotOpen)?,
            language: self.language,
        })
    }
}

/// Reads of taxpayers.
#[async_trait]
pub trait ReadTaxpayers: Send {
    /// The taxpayer that signs in under this user name.
    async fn taxpayer_by_username(&mut self, username: &str) -> Result<Option<Taxpayer>, StoreError>;

    /// The taxpayer of this GSTIN.
    async fn taxpayer(&mut self, gstin: Gstin) -> Result<Option<Taxpayer>, StoreError>;

    /// The taxpayers of these GSTINs, in any order.
    async fn taxpayers_of(&mut self, gstins: &[Gstin]) -> Result<Vec<Taxpayer>, StoreError>;

    /// The first hundred taxpayers by GSTIN (for the demo's sign-in page).
    async fn some_taxpayers(&mut self) -> Result<Vec<Taxpayer>, StoreError>;

    /// Who signs for a taxpayer, at most ten.
    async fn signatories(&mut self, gstin: Gstin) -> Result<Vec<SealedSignatory>, StoreError>;

    /// Who signs for these taxpayers, in any order.
    async fn signatories_of(&mut self, gstins: &[Gstin]) -> Result<Vec<SealedSignatory>, StoreError>;

    /// What a taxpayer decided about all ASPs. In a unit of work that writes, it stays so until the end.
    async fn controls(&mut self, gstin: Gstin) -> Result<Option<Controls>, StoreError>;

    /// What a taxpayer decided about one ASP.
    async fn asp_rule(&mut self, gstin: Gstin, asp: AspId) -> Result<Option<AspRule>, StoreError>;

    /// Every ASP that a taxpayer decided something about, and since when it holds; at most a thousand.
    async fn asp_rules(&mut self, gstin: Gstin) -> Result<Vec<(AspId, AspRule, Timestamp)>, StoreError>;
}

/// A taxpayer whom nobody else writes about, and what decides whether an ASP may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTaxpayer {
    /// The taxpayer.
    pub taxpayer: Taxpayer,
    /// What it decided about all ASPs; where access was never set up, nothing.
    pub controls: Option<Controls>,
    /// What it decided about the one that is asked about.
    pub rule: Option<AspRule>,
}

/// Writes of taxpayers.
#[async_trait]
pub trait WriteTaxpayers: Send {
    /// From here to the end of the unit of work nobody else writes about this taxpayer's consents. Who changes them
    /// asks for this before reading what the change rests on; a check does not.
    async fn lock_taxpayer(&mut self, gstin: Gstin) -> Result<(), StoreError>;

    /// The taxpayer that signs in under this user name, held from here on as by [`WriteTaxpayers::lock_taxpayer`], and what
    /// it has decided then about all ASPs and about this one.
    async fn hold_taxpayer(&mut self, username: &str, asp: AspId) -> Result<Option<HeldTaxpayer>, StoreError>;

    /// Adds a taxpayer with its access window.
    async fn add_taxpayer(&mut self, taxpayer: &Taxpayer, window: &AccessWindow) -> Result<(), StoreError>;

    /// Adds a signatory.
    async fn add_signatory(&mut self, signatory: &SealedSignatory) -> Result<(), StoreError>;

    /// Changes controls that are still at the version before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where they are not.
    async fn update_controls(&mut self, controls: &Controls) -> Result<(), StoreError>;

    /// Decides about one ASP; `None` takes a decision back. Guarded by the version of the controls, which changes with it.
    async fn put_asp_rule(
        &mut self,
        gstin: Gstin,
        asp: AspId,
        rule: Option<AspRule>,
        since: Timestamp,
    ) -> Result<(), StoreError>;
}
