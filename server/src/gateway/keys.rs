//! The RSA keys of the GST wire: the current one, whose certificate is published, and those still in their overlap.

use std::{fmt, time::Duration};

use app::model::Timestamp;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeySize, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey},
};
use jiff::SignedDuration;
use rcgen::{CertificateParams, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, SerialNumber};

use crate::chance::Chance;

/// Bytes of the modulus, and so of every sealed app key (RSA-2048, set by the wire).
pub const RSA_BYTES: usize = 256;

/// How long a certificate is valid: the key rotates yearly.
pub const VALID_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Keys that are tried at most, the current one included: each costs every request one RSA decryption.
pub const KEYS_MAX: usize = 4;

/// A key of the wire, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct WireKey {
    /// Names it, in the store and in logs.
    pub id: String,
    /// The private key (PKCS#8 DER). Secret: seal it before it is stored.
    pub pkcs8: Vec<u8>,
    /// The self-signed certificate that GSPs take the public key from.
    pub certificate_pem: String,
    /// When it was made; the newest key is the current one.
    pub created_at: Timestamp,
    /// Until when app keys sealed to it are still opened after a newer key took its place.
    pub accepted_until: Option<Timestamp>,
}

impl fmt::Debug for WireKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireKey")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("accepted_until", &self.accepted_until)
            .finish_non_exhaustive()
    }
}

/// Makes an RSA-2048 key with its certificate, valid from `now` for [`VALID_FOR`].
///
/// The id and the serial number come from `chance`. The key itself does not: the library draws it from the operating
/// system and takes no generator, so two calls give two keys whatever the seed. The same holds for the blinding of
/// the signature.
///
/// # Panics
/// Where the operating system gives no randomness.
pub fn generate(now: Timestamp, chance: &dyn Chance) -> WireKey {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("the operating system gives random bytes");
    let pkcs8: Pkcs8V1Der<'_> = private.as_der().expect("a key just made has an encoding");
    let pkcs8 = pkcs8.as_ref().to_vec();
    let certificate_pem = certify(&pkcs8, now, chance).expect("a key just made signs its own certificate");
    WireKey { id: chance.id(now).to_string(), pkcs8, certificate_pem, created_at: now, accepted_until: None }
}

fn certify(pkcs8: &[u8], now: Timestamp, chance: &dyn Chance) -> Result<String, rcgen::Error> {
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &PKCS_RSA_SHA256)?;
    // RFC 5280 §4.1.2.2: positive and at most 20 octets.
    let mut serial: [u8; 16] = chance.bytes();
    serial[0] = serial[0] & 0x7f | 0x40;
    let since_epoch = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);

    let mut params = CertificateParams::default();
    params.not_before = epoch + since_epoch(now);
    params.not_after = epoch + since_epoch(now + VALID_FOR);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name.push(DnType::CommonName, "GST API public key");
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    Ok(params.self_signed(&pair)?.pem())
}

/// Why keys make no keyring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyring {
    /// Not one key.
    #[error("the wire has no key: make one first")]
    Empty,
    /// A stored key that is no RSA-2048 key.
    #[error("the stored key {id} is no RSA-2048 private key")]
    Unusable {
        /// Which.
        id: String,
    },
}

/// The keys that open app keys now. Whether an overlap has ended is settled when the ring is made: make it anew when
/// a key is rotated and, so that an overlap ends in time, once a day.
pub struct Keyring {
    certificate_pem: String,
    opening: Vec<Pkcs1PrivateDecryptingKey>,
}

impl Keyring {
    /// Takes the newest key as the current one and, of the others, those whose overlap has not ended, newest first,
    /// [`KEYS_MAX`] in all. An older key without an `accepted_until` is not accepted.
    ///
    /// # Errors
    /// [`BadKeyring`] where there is no key, or one that would be used does not parse.
    pub fn new(mut keys: Vec<WireKey>, now: Timestamp) -> Result<Self, BadKeyring> {
        keys.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        let current = keys.first().ok_or(BadKeyring::Empty)?;
        let certificate_pem = current.certificate_pem.clone();
        let in_overlap = |key: &&WireKey| key.accepted_until.is_some_and(|until| until > now);
        let opening = std::iter::once(current)
            .chain(keys.iter().skip(1).filter(in_overlap))
            .take(KEYS_MAX)
            .map(opening_key)
            .collect::<Result<_, _>>()?;
        Ok(Self { certificate_pem, opening })
    }

    /// The certificate to publish, that of the current key.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The keys, the current one first.
    pub(super) fn opening(&self) -> &[Pkcs1PrivateDecryptingKey] {
        &self.opening
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.opening.len())
    }
}

fn opening_key(key: &WireKey) -> Result<Pkcs1PrivateDecryptingKey, BadKeyring> {
    PrivateDecryptingKey::from_pkcs8(&key.pkcs8)
        .ok()
        .filter(|private| private.key_size_bytes() == RSA_BYTES)
        .and_then(|private| Pkcs1PrivateDecryptingKey::new(private).ok())
        .ok_or_else(|| BadKeyring::Unusable { id: key.id.clone() })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_newest_key_is_current_and_the_others_serve_until_their_overlap_ends() {
        let chance = SeededChance::new(1);
        let old = generate(at("2025-01-01T00:00:00Z"), &chance);
        let new = generate(at("2026-01-01T00:00:00Z"), &chance);
        let ring = |until: Option<&str>, now| {
            let old = WireKey { accepted_until: until.map(at), ..old.clone() };
            Keyring::new(vec![old, new.clone()], at(now)).unwrap()
        };
        let overlap = Some("2026-02-01T00:00:00Z");
        assert_eq!(ring(overlap, "2026-01-31T23:59:59Z").opening().len(), 2);
        assert_eq!(ring(overlap, "2026-02-01T00:00:00Z").opening().len(), 1);
        assert_eq!(ring(None, "2026-01-31T00:00:00Z").opening().len(), 1);
        assert_eq!(ring(overlap, "2026-01-31T00:00:00Z").certificate_pem(), new.certificate_pem);
    }

    #[test]
    fn no_key_and_a_broken_key_make_no_keyring() {
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(Keyring::new(vec![], now).unwrap_err(), BadKeyring::Empty);
        let broken = WireKey {
            id: "k1".into(),
            pkcs8: vec![1, 2, 3],
            certificate_pem: String::new(),
            created_at: now,
            accepted_until: None,
        };
        assert_eq!(Keyring::new(vec![broken], now).unwrap_err(), BadKeyring::Unusable { id: "k1".into() });
    }

    #[test]
    fn debug_shows_no_private_key() {
        let now = at("2026-01-01T00:00:00Z");
        let key = generate(now, &SeededChance::new(1));
        assert!(!format!("{key:?}").contains("pkcs8"));
    }
}
