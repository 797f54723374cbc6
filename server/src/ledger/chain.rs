//! The chain: each event's hash covers the event and the hash before it, so that no row can be altered,
//! removed or slipped in behind the server's back without every later hash giving it away.

use app::model::{
    event::Event,
    gstin::Gstin,
    merkle::{SALT_BYTES, Salt, chain_hash},
};

use crate::{
    store::{StoreError, Writing, port::ChainLink},
    vault::{Purpose, Vault},
};

/// The link that an event adds.
///
/// # Errors
/// [`StoreError`] where the event cannot be hashed.
pub fn link(before: Option<ChainLink>, event: &Event) -> Result<ChainLink, StoreError> {
    let hash = chain_hash(before.map(|before| before.hash), event)
        .map_err(|_| StoreError::Unreadable("an event with no JSON".into()))?;
    Ok(ChainLink { seq: before.map_or(1, |before| before.seq + 1), hash })
}

/// The place of the first event that does not fit the chain, reading on from the link before it.
///
/// # Errors
/// [`StoreError`] where an event cannot be hashed.
pub fn broken_at(mut before: Option<ChainLink>, chain: &[(Event, ChainLink)]) -> Result<Option<i64>, StoreError> {
    for (event, stored) in chain {
        let due = link(before, event)?;
        if due != *stored {
            return Ok(Some(due.seq));
        }
        before = Some(due);
    }
    Ok(None)
}

/// Writes events down: each as a link of its taxpayer's chain, with the leaf that it is owed.
#[derive(Debug, Clone)]
pub struct Scribe {
    vault: Vault,
    proves: bool,
}

impl Scribe {
    /// One that salts under these keys.
    pub fn new(vault: Vault) -> Self {
        Self { vault, proves: true }
    }

    /// One that only numbers events: no hash, no leaf. For measuring what proof costs, and for nothing else.
    #[must_use]
    pub fn without_proof(self) -> Self {
        Self { proves: false, ..self }
    }

    /// Appends an event to its taxpayer's chain, in the unit of work that also writes the state.
    ///
    /// # Errors
    /// [`StoreError`] where the store refuses; the unit of work must then be dropped.
    pub async fn append(&self, work: &mut dyn Writing, event: &Event) -> Result<(), StoreError> {
        let before = work.chain_head(event.gstin).await?;
        if !self.proves {
            let unlinked = ChainLink { seq: before.map_or(1, |before| before.seq + 1), hash: [0; 32] };
            return work.append_event(event, &unlinked, None).await;
        }
        let link = link(before, event)?;
        work.append_event(event, &link, Some(salt(&self.vault, event.gstin, link))).await
    }
}

/// The salt of a link's leaf. Under a key of the vault: nobody who only sees the log can find out what a leaf stands for by
/// trying, and who only writes to the database can make no leaf that [`Ledger`](super::Ledger) would take.
pub(crate) fn salt(vault: &Vault, gstin: Gstin, link: ChainLink) -> Salt {
    let of = [gstin.as_str().as_bytes(), &link.seq.to_be_bytes(), &link.hash].concat();
    let hash = vault.hash(Purpose::Leaf, &of).0;
    let mut salt = [0; SALT_BYTES];
    salt.copy_from_slice(&hash[..SALT_BYTES]);
    Salt(salt)
}
