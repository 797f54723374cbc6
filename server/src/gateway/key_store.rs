//! The keys of the wire in the store: made at first start, sealed, rotated with an overlap, shared by every node.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::SignedDuration;

use super::keys::{BadKeyring, Keyring, WireKey, generate};
use crate::{
    chance::Chance,
    clock::Clock,
    store::{Store, StoreError, port::StoredWireKey},
    vault::{DoesNotOpen, Vault},
};

/// How long a replaced key is still accepted: GSPs download the new certificate in that time.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(30 * 24);

const PRIVATE_KEY: &str = "wire_key.pkcs8";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was sealed under another root key.
    #[error(transparent)]
    DoesNotOpen(#[from] DoesNotOpen),
    /// A key is not what it should be.
    #[error(transparent)]
    Keyring(#[from] BadKeyring),
}

/// The keyring in use, and where it comes from.
pub struct KeyStore {
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    ring: RwLock<Arc<Keyring>>,
}

impl KeyStore {
    /// Reads the keys; an empty store gets its first one.
    ///
    /// # Errors
    /// [`KeyStoreError`] where the keys cannot be read.
    pub async fn open(
        store: Arc<dyn Store>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, KeyStoreError> {
        if store.read().await?.wire_keys().await?.is_empty() {
            add(&*store, &vault, &*clock, &*chance).await?;
        }
        let ring = RwLock::new(Arc::new(load(&*store, &vault, &*clock).await?));
        Ok(Self { store, vault, clock, chance, ring })
    }

    /// The keys in use.
    pub fn ring(&self) -> Arc<Keyring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys again, so that a rotation elsewhere is seen and an overlap ends in time.
    ///
    /// # Errors
    /// [`KeyStoreError`]; the keys in use then stay.
    pub async fn reload(&self) -> Result<(), KeyStoreError> {
        let ring = Arc::new(load(&*self.store, &self.vault, &*self.clock).await?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// Makes a new current key; the one before is accepted for [`OVERLAP`].
    ///
    /// # Errors
    /// [`KeyStoreError`]; then nothing changed.
    pub async fn rotate(&self) -> Result<(), KeyStoreError> {
        add(&*self.store, &self.vault, &*self.clock, &*self.chance).await?;
        self.reload().await
    }
}

async fn add(store: &dyn Store, vault: &Vault, clock: &dyn Clock, chance: &dyn Chance) -> Result<(), KeyStoreError> {
    let now = clock.now();
    let key = generate(now, chance);
    let mut work = store.write().await?;
    let stored = StoredWireKey {
        id: key.id,
        pkcs8_sealed: vault.seal(PRIVATE_KEY, &key.pkcs8),
        certificate_pem: key.certificate_pem,
        created_at: key.created_at,
        accepted_until: None,
    };
    work.add_wire_key(&stored, now + OVERLAP).await?;
    Ok(work.commit().await?)
}

async fn load(store: &dyn Store, vault: &Vault, clock: &dyn Clock) -> Result<Keyring, KeyStoreError> {
    let stored = store.read().await?.wire_keys().await?;
    let open = |key: StoredWireKey| {
        Ok::<_, DoesNotOpen>(WireKey {
            pkcs8: vault.open(PRIVATE_KEY, &key.pkcs8_sealed)?,
            id: key.id,
            certificate_pem: key.certificate_pem,
            created_at: key.created_at,
            accepted_until: key.accepted_until,
        })
    };
    let keys = stored.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    Ok(Keyring::new(keys, clock.now())?)
}
