//! What the server keeps secret with: keyed hashes for what is only compared, sealing for what is read again.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    constant_time, hmac,
};

use crate::chance::Chance;

/// Bytes of the root key.
pub const ROOT_KEY_BYTES: usize = 32;

/// What a keyed hash is of. Each purpose has a key of its own: a hash of one is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A session's token on the GST wire.
    Token,
    /// An OTP, bound to its request.
    Otp,
    /// An application's or a gateway's secret.
    Secret,
    /// A portal session's cookie.
    Cookie,
    /// An event's leaf: its salt, which only the server can make.
    Leaf,
    /// The code that ends a consent by SMS, of its taxpayer and its id.
    StopCode,
    /// The code that confirms a second contact, bound to it.
    ContactCode,
    /// What names a taxpayer's decision to others: its moment.
    Transaction,
}

/// A keyed hash (HMAC-SHA-256). Compare with [`KeyedHash::matches`], which takes constant time.
#[derive(Debug, Clone, Copy)]
pub struct KeyedHash(pub [u8; 32]);

impl KeyedHash {
    /// Whether two hashes are equal, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

/// A sealed value that does not open: the wrong root key, or bytes that were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: the root key is another one, or the value was changed")]
pub struct DoesNotOpen;

/// The keys derived from the root key. Cheap to clone, and small: a key is some hundreds of bytes, and many hold a vault.
#[derive(Clone)]
pub struct Vault {
    hashing: Arc<[hmac::Key; 8]>,
    sealing: Arc<LessSafeKey>,
    chance: Arc<dyn Chance>,
}

impl Vault {
    /// Derives a key a purpose (HMAC of a label under the root key).
    ///
    /// # Panics
    /// Never: an HMAC-SHA-256 always has the length of an AES-256 key.
    pub fn new(root: &[u8; ROOT_KEY_BYTES], chance: Arc<dyn Chance>) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, root);
        let derive = |label: &str| hmac::sign(&root, label.as_bytes());
        let hashing = ["token", "otp", "secret", "cookie", "leaf", "stop code", "contact code", "transaction"]
            .map(|l| hmac::Key::new(hmac::HMAC_SHA256, derive(l).as_ref()));
        let sealing =
            UnboundKey::new(&AES_256_GCM, derive("seal").as_ref()).expect("an HMAC-SHA-256 is an AES-256 key");
        Self { hashing: Arc::new(hashing), sealing: Arc::new(LessSafeKey::new(sealing)), chance }
    }

    /// The same keys, drawing nonces from elsewhere.
    pub fn drawing_from(&self, chance: Arc<dyn Chance>) -> Self {
        Self { chance, ..self.clone() }
    }

    /// The keyed hash of a secret.
    pub fn hash(&self, purpose: Purpose, secret: &[u8]) -> KeyedHash {
        let tag = hmac::sign(&self.hashing[purpose as usize], secret);
        let mut hash = [0; 32];
        hash.copy_from_slice(tag.as_ref());
        KeyedHash(hash)
    }

    /// Seals a value (AES-256-GCM, random nonce in front), bound to `place`: it opens nowhere else.
    ///
    /// # Panics
    /// For a value of more than 64 GiB, which AES-GCM cannot seal.
    pub fn seal(&self, place: &str, value: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = self.chance.bytes();
        let mut sealed = value.to_vec();
        self.sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut sealed)
            .expect("a value of this size can be sealed");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// [`DoesNotOpen`] where the key, the place or the bytes are not those it was sealed with.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(DoesNotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| DoesNotOpen)?;
        let mut body = body.to_vec();
        let opened =
            self.sealing.open_in_place(nonce, Aad::from(place.as_bytes()), &mut body).map_err(|_| DoesNotOpen)?;
        Ok(opened.to_vec())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    fn vault(root: u8) -> Vault {
        Vault::new(&[root; ROOT_KEY_BYTES], Arc::new(SeededChance::new(1)))
    }

    #[test]
    fn a_sealed_value_opens_only_with_its_key_at_its_place_unchanged() {
        let sealed = vault(1).seal("email", b"a@b.in");
        assert_eq!(vault(1).open("email", &sealed).as_deref(), Ok(&b"a@b.in"[..]));
        assert_eq!(vault(2).open("email", &sealed), Err(DoesNotOpen));
        assert_eq!(vault(1).open("mobile", &sealed), Err(DoesNotOpen));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(vault(1).open("email", &changed), Err(DoesNotOpen), "byte {place}");
        }
        assert_eq!(vault(1).open("email", &[]), Err(DoesNotOpen));
    }

    #[test]
    fn a_hash_of_one_purpose_is_none_of_another() {
        let token = vault(1).hash(Purpose::Token, b"x");
        assert!(token.matches(&vault(1).hash(Purpose::Token, b"x")));
        assert!(!token.matches(&vault(1).hash(Purpose::Otp, b"x")));
        assert!(!token.matches(&vault(2).hash(Purpose::Token, b"x")));
    }
}
