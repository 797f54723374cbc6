//! The signing keys in the store: made at first start, sealed, rotated while servers run. Each new one is vouched for by the
//! one before; every public half ever used is kept, so that what was signed can be checked for ever.

use std::sync::{Arc, PoisonError, RwLock};

use app::model::{
    Timestamp,
    merkle::{BadKey, Key, KeyId, PublicKey, PublicKeys, Signature, voucher},
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jiff::SignedDuration;

use crate::{
    chance::Chance,
    clock::Clock,
    store::{Store, StoreError, port::StoredSigningKey},
    vault::{DoesNotOpen, Vault},
};

/// How long a replaced key may still sign: every server has read the keys again long before.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// A key is a seed of so many bytes.
const SEED_BYTES: usize = 32;
const PRIVATE_KEY: &str = "signing_key.seed";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was sealed under another root key.
    #[error(transparent)]
    DoesNotOpen(#[from] DoesNotOpen),
    /// A private half that is not its public half's.
    #[error("signing key {0} is not what it was when it was made")]
    Mismatch(u32),
    /// A public half that is none.
    #[error(transparent)]
    BadKey(#[from] BadKey),
    /// Somebody made one at the same time.
    #[error("somebody else made a new signing key at the same time: that one is in use")]
    Rotated,
}

/// The keys as they were last read.
struct Ring {
    keys: Vec<Key>,
    newest: Newest,
}

/// The key that signs now.
struct Newest {
    id: KeyId,
    number: u32,
    public: PublicKey,
    pair: Ed25519KeyPair,
}

/// The keys in use, and where they come from.
pub struct SigningKeys {
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    origin: String,
    ring: RwLock<Arc<Ring>>,
}

impl SigningKeys {
    /// Reads the keys; an empty store gets its first one. `origin` is the log's name, for other software.
    ///
    /// # Errors
    /// [`SigningError`] where the keys cannot be read.
    pub async fn open(
        store: Arc<dyn Store>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        origin: String,
    ) -> Result<Self, SigningError> {
        if store.read().await?.signing_keys().await?.is_empty() {
            match add(&*store, &vault, clock.now(), &*chance, None).await {
                // Another server that started at the same time was first.
                Ok(()) | Err(SigningError::Rotated) => {}
                Err(error) => return Err(error),
            }
        }
        let ring = RwLock::new(Arc::new(load(&*store, &vault, &origin).await?));
        Ok(Self { store, vault, clock, chance, origin, ring })
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs bytes with the newest key.
    pub fn sign(&self, bytes: &[u8]) -> (KeyId, [u8; 64]) {
        let ring = self.ring();
        (ring.newest.id, ring.newest.sign(bytes).0)
    }

    /// The key that signs now.
    pub fn newest_id(&self) -> KeyId {
        self.ring().newest.id
    }

    /// The same, for a signed note.
    pub(super) fn sign_note(&self, text: &str) -> (PublicKey, Signature) {
        let ring = self.ring();
        (ring.newest.public, ring.newest.sign(text.as_bytes()))
    }

    /// The number of the key that signs, and its public half.
    pub(super) fn newest(&self) -> (u32, PublicKey) {
        let ring = self.ring();
        (ring.newest.number, ring.newest.public)
    }

    /// The public half of a key, in use or not any more.
    pub fn public_key(&self, id: KeyId) -> Option<PublicKey> {
        self.ring().keys.iter().find(|key| key.id == id).map(|key| key.public_key)
    }

    /// Every public half, as the log publishes them.
    pub fn published(&self) -> PublicKeys {
        PublicKeys { origin: self.origin.clone(), keys: self.ring().keys.clone() }
    }

    /// Reads the keys again, so that a rotation elsewhere is seen.
    ///
    /// # Errors
    /// [`SigningError`]; the keys in use then stay.
    pub async fn reload(&self) -> Result<(), SigningError> {
        let ring = Arc::new(load(&*self.store, &self.vault, &self.origin).await?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// Makes a new key that signs from now on, vouched for by the one before.
    ///
    /// # Errors
    /// [`SigningError`]; then nothing changed.
    pub async fn rotate(&self) -> Result<(), SigningError> {
        self.reload().await?;
        let ring = self.ring();
        add(&*self.store, &self.vault, self.clock.now(), &*self.chance, Some(&ring.newest)).await?;
        self.reload().await
    }
}

impl Newest {
    fn sign(&self, bytes: &[u8]) -> Signature {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(bytes).as_ref());
        Signature(signature)
    }
}

async fn add(
    store: &dyn Store,
    vault: &Vault,
    now: Timestamp,
    chance: &dyn Chance,
    before: Option<&Newest>,
) -> Result<(), SigningError> {
    let seed: [u8; SEED_BYTES] = chance.bytes();
    let number = before.map_or(1, |before| before.number + 1);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SigningError::Mismatch(number))?;
    let public = public_half(&pair)?;
    let key = StoredSigningKey {
        number,
        public_key: public.bytes(),
        seed_sealed: vault.seal(PRIVATE_KEY, &seed),
        created_at: now,
        vouched_for: before.map(|before| before.sign(voucher(number, public).as_bytes()).0),
    };
    let mut work = store.write().await?;
    match work.add_signing_key(&key).await {
        Err(StoreError::Conflict) => Err(SigningError::Rotated),
        added => {
            added?;
            Ok(work.commit().await?)
        }
    }
}

fn public_half(pair: &Ed25519KeyPair) -> Result<PublicKey, BadKey> {
    PublicKey::new(pair.public_key().as_ref().try_into().map_err(|_| BadKey)?)
}

async fn load(store: &dyn Store, vault: &Vault, origin: &str) -> Result<Ring, SigningError> {
    let stored = store.read().await?.signing_keys().await?;
    let newest = stored.last().ok_or(StoreError::Unreadable("no signing key".into()))?;
    let pair = vault.open(PRIVATE_KEY, &newest.seed_sealed)?;
    let pair = Ed25519KeyPair::from_seed_and_public_key(&pair, &newest.public_key)
        .map_err(|_| SigningError::Mismatch(newest.number))?;
    let public = public_half(&pair)?;
    let newest = Newest { id: public.id(), number: newest.number, public, pair };
    let next = stored.iter().skip(1).map(|next| Some(next.created_at + OVERLAP)).chain([None]);
    let keys = stored.iter().zip(next).map(|(key, valid_until)| {
        let public_key = PublicKey::new(&key.public_key)?;
        Ok(Key {
            id: public_key.id(),
            number: key.number,
            public_key,
            vkey: public_key.as_vkey(origin),
            valid_from: key.created_at,
            valid_until,
            vouched_for: key.vouched_for.map(Signature),
        })
    });
    Ok(Ring { keys: keys.collect::<Result<_, BadKey>>()?, newest })
}
