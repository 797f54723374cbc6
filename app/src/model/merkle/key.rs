//! Public keys of the log: their names, what they signed, and how each new one is vouched for by the one before.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};

use super::hash::{NotHex, read_hex, write_hex};

/// The type of an Ed25519 signature in a signed note (C2SP signed-note).
const ED25519: u8 = 1;

/// Bytes that are no Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 public key: 64 hexadecimal digits")]
pub struct BadKey;

/// A key of the list that no key before it vouches for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key {id}, number {number}, is not vouched for by the key before it")]
pub struct NotVouchedFor {
    /// The key.
    pub id: KeyId,
    /// Its number.
    pub number: u32,
}

/// Names a key: the first eight bytes of the SHA-256 of its public half. In JSON 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

/// An Ed25519 signature. In JSON 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// An Ed25519 public key. In JSON 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// # Errors
    /// [`BadKey`] where the bytes are no point of the curve.
    pub fn new(bytes: &[u8; 32]) -> Result<Self, BadKey> {
        VerifyingKey::from_bytes(bytes).map(Self).map_err(|_| BadKey)
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&Sha256::digest(self.0.as_bytes())[..8]);
        KeyId(id)
    }

    /// Whether this key made this signature of these bytes; strictly, so that each signature has one spelling.
    pub fn verifies(&self, signed: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(signed, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    }

    /// What marks this key's signatures in a signed note of this name.
    pub fn hash_in_notes(&self, name: &str) -> [u8; 4] {
        let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(self.0.as_bytes());
        let mut short = [0; 4];
        short.copy_from_slice(&hash.finalize()[..4]);
        short
    }

    /// The key as other software takes it (a *vkey* of C2SP signed-note).
    pub fn as_vkey(&self, name: &str) -> String {
        let typed = [&[ED25519], self.0.as_bytes().as_slice()].concat();
        let hash = u32::from_be_bytes(self.hash_in_notes(name));
        format!("{name}+{hash:08x}+{}", BASE64_STANDARD.encode(typed))
    }
}

/// A key of the log, as the log publishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its name.
    pub id: KeyId,
    /// 1 for the first key, then one more each.
    pub number: u32,
    /// The key.
    pub public_key: PublicKey,
    /// The same as a *vkey*, for other software.
    pub vkey: String,
    /// Nothing was signed with it before.
    #[serde(with = "crate::model::moment")]
    pub valid_from: Timestamp,
    /// Nothing is signed with it after; `None` for the newest. What it signed until then stays good for ever.
    #[serde(with = "crate::model::moment::option")]
    pub valid_until: Option<Timestamp>,
    /// The signature of the key before over [`voucher`]; the first key has none.
    pub vouched_for: Option<Signature>,
}

/// All keys of a log, the first one first: what `/ledger/keys` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// The log's name, which its checkpoints begin with.
    pub origin: String,
    /// The keys.
    pub keys: Vec<Key>,
}

impl PublicKeys {
    /// The key of this name.
    pub fn find(&self, id: KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id && key.public_key.id() == id)
    }

    /// This key, and those after it that can be trusted because it is: each vouched for by the one before. None where the
    /// key is not among these.
    ///
    /// # Errors
    /// [`NotVouchedFor`] names the first one that is not.
    pub fn trusted_through(&self, trusted: PublicKey) -> Result<Vec<PublicKey>, NotVouchedFor> {
        let mut after = self.keys.iter().skip_while(|key| key.public_key != trusted);
        let Some(first) = after.next() else { return Ok(Vec::new()) };
        let (mut before, mut keys) = (first, vec![first.public_key]);
        for key in after {
            let vouched = key.vouched_for.is_some_and(|signature| {
                before.public_key.verifies(voucher(key.number, key.public_key).as_bytes(), &signature)
            });
            if !vouched || key.number != before.number + 1 || key.id != key.public_key.id() {
                return Err(NotVouchedFor { id: key.id, number: key.number });
            }
            keys.push(key.public_key);
            before = key;
        }
        Ok(keys)
    }
}

/// What a key signs to vouch for the next one.
pub fn voucher(number: u32, key: PublicKey) -> String {
    format!("asp-access signing key v1\n{number}\n{key}\n")
}

macro_rules! hexadecimal {
    ($($name:ident),+) => {
        $(
            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write_hex(f, &self.0)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl FromStr for $name {
                type Err = NotHex;

                fn from_str(text: &str) -> Result<Self, NotHex> {
                    read_hex(text).map(Self)
                }
            }
        )+
    };
}

hexadecimal!(KeyId, Signature);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        Self::new(&read_hex(text).map_err(|NotHex| BadKey)?)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn secret(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn public(seed: u8) -> PublicKey {
        PublicKey(secret(seed).verifying_key())
    }

    /// Keys 1, 2 and 3, each vouched for by the one before.
    fn keys() -> PublicKeys {
        let key = |number: u8| Key {
            id: public(number).id(),
            number: number.into(),
            public_key: public(number),
            vkey: public(number).as_vkey("log.example"),
            valid_from: Timestamp::UNIX_EPOCH,
            valid_until: None,
            vouched_for: (number > 1).then(|| {
                Signature(secret(number - 1).sign(voucher(number.into(), public(number)).as_bytes()).to_bytes())
            }),
        };
        PublicKeys { origin: "log.example".into(), keys: [1, 2, 3].map(key).to_vec() }
    }

    #[test]
    fn a_signature_is_of_these_bytes_by_this_key() {
        let signature = Signature(secret(1).sign(b"this").to_bytes());
        assert!(public(1).verifies(b"this", &signature));
        assert!(!public(1).verifies(b"that", &signature));
        assert!(!public(2).verifies(b"this", &signature));
    }

    #[test]
    fn a_key_is_trusted_through_those_that_vouch_for_it() {
        let keys = keys();
        assert_eq!(keys.trusted_through(public(1)), Ok(vec![public(1), public(2), public(3)]));
        assert_eq!(keys.trusted_through(public(3)), Ok(vec![public(3)]));
        assert_eq!(keys.trusted_through(public(9)), Ok(vec![]));
    }

    #[test]
    fn a_key_that_nobody_vouches_for_is_named() {
        let forged: [fn(&mut Key); 3] = [
            |key| key.vouched_for = None,
            |key| key.public_key = public(9),
            |key| key.vouched_for = Some(Signature(secret(9).sign(voucher(2, public(2)).as_bytes()).to_bytes())),
        ];
        for forge in forged {
            let mut keys = keys();
            forge(&mut keys.keys[1]);
            let found = keys.trusted_through(public(1)).expect_err("a forged key");
            assert_eq!(found.number, 2);
        }
    }

    #[test]
    fn the_list_reads_back_from_its_json() {
        let json = serde_json::to_string(&keys()).expect("JSON");
        assert_eq!(serde_json::from_str::<PublicKeys>(&json).expect("keys"), keys());
    }
}
