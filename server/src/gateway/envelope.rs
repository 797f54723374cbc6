//! The GST wire's envelope: who seals what under which key, and how it is opened again.
//!
//! ECB, PKCS#1 v1.5 and no AEAD are weak, but they are the wire; TLS stands outside. The RSA is that of AWS-LC and not
//! the `rsa` crate: that one's private key operation leaks through its timing (RUSTSEC-2023-0071, without a fix), and
//! the sender of an app key is exactly who could measure it.

use std::fmt;

use aws_lc_rs::{
    cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey},
    hmac,
    rsa::Pkcs1PrivateDecryptingKey,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use super::keys::{Keyring, RSA_BYTES};

/// Bytes of every symmetric key on the wire (AES-256).
pub const KEY_BYTES: usize = 32;

/// Declares a key of the wire. Types of their own, because a reply sealed under the wrong one of the three opens for
/// nobody, or for the wrong one.
macro_rules! wire_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(pub [u8; KEY_BYTES]);

        impl AsRef<[u8; KEY_BYTES]> for $name {
            fn as_ref(&self) -> &[u8; KEY_BYTES] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

wire_key! {
    /// The key that the ASP draws and sends under our RSA key: it seals the OTP and the session key.
    AppKey
}
wire_key! {
    /// The key that we draw a session (`sek`): it seals the key of each reply, and what the ASP sends.
    SessionKey
}
wire_key! {
    /// The key that we draw a reply (`rek`).
    ReplyKey
}

/// An app key that does not open. One error for every cause, as each cause told apart is an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the app key does not open")]
pub struct BadAppKey;

/// A sealed value that does not open: no base64, the wrong key, or changed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value does not open")]
pub struct BadSeal;

/// Opens an app key that was sealed to one of our RSA keys.
///
/// Every key of the ring is tried on every call, also after one has opened it, and a text that is no base64 or of the
/// wrong length is replaced by a stand-in: otherwise the time of an answer would tell a right padding from a wrong
/// one (Bleichenbacher's oracle). What remains is the answer itself; the caller must limit how often one may ask.
///
/// # Errors
/// [`BadAppKey`], whatever was wrong.
pub fn open_app_key(keyring: &Keyring, sealed: &str) -> Result<AppKey, BadAppKey> {
    // Below every modulus of this length, so that the stand-in is decrypted in full.
    let stand_in = [0x5a; RSA_BYTES];
    let decoded = BASE64_STANDARD.decode(sealed).ok().and_then(|bytes| <[u8; RSA_BYTES]>::try_from(bytes).ok());
    let (ciphertext, well_formed) = decoded.map_or((stand_in, false), |bytes| (bytes, true));

    let mut key = [0; KEY_BYTES];
    let mut opened = false;
    for private in keyring.opening() {
        let (candidate, fits) = decrypt(private, &ciphertext);
        let take = fits && !opened;
        for (kept, new) in key.iter_mut().zip(candidate) {
            *kept = if take { new } else { *kept };
        }
        opened |= fits;
    }
    if opened && well_formed { Ok(AppKey(key)) } else { Err(BadAppKey) }
}

/// What one key makes of a ciphertext, and whether it is a key of the wire. A dummy stands in where it is none.
fn decrypt(private: &Pkcs1PrivateDecryptingKey, ciphertext: &[u8; RSA_BYTES]) -> ([u8; KEY_BYTES], bool) {
    let mut plain = [0; RSA_BYTES];
    let length = private.decrypt(ciphertext, &mut plain).map_or(0, |opened| opened.len());
    let mut candidate = [0; KEY_BYTES];
    candidate.copy_from_slice(&plain[..KEY_BYTES]);
    (candidate, length == KEY_BYTES)
}

/// Opens the app key of a REFRESHTOKEN, which comes under the session key.
///
/// # Errors
/// [`BadAppKey`], whatever was wrong.
pub fn open_refreshed_app_key(session: &SessionKey, sealed: &str) -> Result<AppKey, BadAppKey> {
    open_key(session, sealed).map(AppKey).map_err(|_| BadAppKey)
}

/// Opens the session key that came with a token, as the ASP does.
///
/// # Errors
/// [`BadSeal`] where it does not open or is not 32 bytes long.
pub fn open_session_key(app_key: &AppKey, sealed: &str) -> Result<SessionKey, BadSeal> {
    open_key(app_key, sealed).map(SessionKey)
}

fn open_key(under: &impl AsRef<[u8; KEY_BYTES]>, sealed: &str) -> Result<[u8; KEY_BYTES], BadSeal> {
    open_under(under, sealed)?.try_into().map_err(|_| BadSeal)
}

/// Opens base64 of AES-256-ECB with PKCS#7 padding.
///
/// # Errors
/// [`BadSeal`], whatever was wrong.
pub fn open_under(key: &impl AsRef<[u8; KEY_BYTES]>, sealed: &str) -> Result<Vec<u8>, BadSeal> {
    let mut bytes = BASE64_STANDARD.decode(sealed).map_err(|_| BadSeal)?;
    let key = UnboundCipherKey::new(&AES_256, key.as_ref()).and_then(PaddedBlockDecryptingKey::ecb_pkcs7);
    let opened = key.and_then(|key| key.decrypt(&mut bytes, DecryptionContext::None).map(|plain| plain.to_vec()));
    opened.map_err(|_| BadSeal)
}

/// Seals under AES-256-ECB with PKCS#7 padding, as base64.
///
/// # Panics
/// Never: a key of this length and a value in memory can always be sealed.
pub fn seal_under(key: &impl AsRef<[u8; KEY_BYTES]>, value: &[u8]) -> String {
    let mut bytes = value.to_vec();
    UnboundCipherKey::new(&AES_256, key.as_ref())
        .and_then(PaddedBlockEncryptingKey::ecb_pkcs7)
        .and_then(|key| key.encrypt(&mut bytes))
        .expect("a 32-byte key seals any value");
    BASE64_STANDARD.encode(bytes)
}

/// The data of a reply, each part base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataReply {
    /// The base64 of the JSON, under the reply key.
    pub data: String,
    /// The reply key, under the session key.
    pub rek: String,
    /// HMAC-SHA-256 of the base64 of the JSON, by the reply key.
    pub hmac: String,
}

/// Seals the JSON of a reply. `reply_key` must be drawn anew for each.
pub fn reply_data(json: &[u8], session: &SessionKey, reply_key: &ReplyKey) -> DataReply {
    let encoded = BASE64_STANDARD.encode(json);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &reply_key.0), encoded.as_bytes());
    DataReply {
        data: seal_under(reply_key, encoded.as_bytes()),
        rek: seal_under(session, &reply_key.0),
        hmac: BASE64_STANDARD.encode(tag),
    }
}

/// Opens the data of a reply, as the ASP does, and verifies that nobody changed it (in constant time).
///
/// # Errors
/// [`BadSeal`], whatever was wrong.
pub fn open_data(reply: &DataReply, session: &SessionKey) -> Result<Vec<u8>, BadSeal> {
    let reply_key = ReplyKey(open_key(session, &reply.rek)?);
    let encoded = open_under(&reply_key, &reply.data)?;
    let tag = BASE64_STANDARD.decode(&reply.hmac).map_err(|_| BadSeal)?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &reply_key.0), &encoded, &tag).map_err(|_| BadSeal)?;
    BASE64_STANDARD.decode(encoded).map_err(|_| BadSeal)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests;
