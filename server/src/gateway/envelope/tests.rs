//! Tests of the envelope: the published vector, round trips, and that nothing tells one bad app key from another.

use std::sync::LazyLock;

use app::model::Timestamp;
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use proptest::prelude::*;

use super::*;
use crate::{
    chance::SeededChance,
    gateway::keys::{WireKey, generate},
};

static KEYS: LazyLock<[WireKey; 3]> = LazyLock::new(|| {
    let chance = SeededChance::new(7);
    ["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]
        .map(|at| generate(at.parse().unwrap(), &chance))
});

/// The key of 2026 is current, that of 2025 is in its overlap, that of 2024 is not known.
static RING: LazyLock<Keyring> = LazyLock::new(|| {
    let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
    let previous = WireKey { accepted_until: Some("2026-02-01T00:00:00Z".parse().unwrap()), ..KEYS[1].clone() };
    Keyring::new(vec![previous, KEYS[2].clone()], now).unwrap()
});

fn sealed_to(key: &WireKey, plain: &[u8]) -> Vec<u8> {
    let public = PrivateDecryptingKey::from_pkcs8(&key.pkcs8).unwrap().public_key();
    let mut out = [0; RSA_BYTES];
    Pkcs1PublicEncryptingKey::new(public).unwrap().encrypt(plain, &mut out).unwrap().to_vec()
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

#[test]
fn the_published_vector_opens() {
    let app_key =
        AppKey(BASE64_STANDARD.decode("41+sD/gm9DWQeZbJm98qb3ss9Eu96XkClU5a4hyfaAw=").unwrap()[..].try_into().unwrap());
    let sek = open_session_key(&app_key, "yDWrI0m6juY+MKsPNtWkBYJAVsE0XIQvAJwv+P2T9DgOLzbTmU1E5NkewRcnIsK2").unwrap();
    assert_eq!(b64(sek.0), "WPYDKz5DVjGTW9UVNoWJBW2p09hOzub5nc9UYX/ejCo=");
    let sealed_rek = "QdwtOmbHgs5+T6XguaXrJtXyc1EpapQzuV5wWgEiDbUdShGCyOtl6JelLUI/R5xt";
    let rek = open_under(&sek, sealed_rek).unwrap();
    assert_eq!(b64(&rek), "GEoP/gZDnqeTNTAxUcmUTxAYUx+E2vRcCKYv6wD5Qfc=");
    assert_eq!(seal_under(&sek, &rek), sealed_rek);
}

#[test]
fn an_app_key_to_the_current_or_the_previous_key_opens() {
    for key in &KEYS[1..] {
        assert_eq!(open_app_key(&RING, &b64(sealed_to(key, &[9; 32]))), Ok(AppKey([9; 32])));
    }
    // Some clients draw 32 ASCII characters.
    let ascii = *b"0123456789abcdefghijklmnopqrstuv";
    assert_eq!(open_app_key(&RING, &b64(sealed_to(&KEYS[2], &ascii))), Ok(AppKey(ascii)));
}

#[test]
fn every_bad_app_key_gives_the_one_error() {
    let good = sealed_to(&KEYS[2], &[9; 32]);
    let mut changed = good.clone();
    changed[200] ^= 1;
    let bad = [
        ("empty", String::new()),
        ("no base64", "§§".into()),
        ("without its base64 padding", b64(&good).trim_end_matches('=').into()),
        ("rubbish of the right length", b64([0x17; RSA_BYTES])),
        ("zero", b64([0; RSA_BYTES])),
        ("above every modulus", b64([0xff; RSA_BYTES])),
        ("too short a ciphertext", b64(&good[1..])),
        ("too long a ciphertext", b64([&good[..], &[0]].concat())),
        ("wrong padding", b64(changed)),
        ("a key that was never ours, or no longer is", b64(sealed_to(&KEYS[0], &[9; 32]))),
        ("no byte", b64(sealed_to(&KEYS[2], &[]))),
        ("31 bytes", b64(sealed_to(&KEYS[2], &[9; 31]))),
        ("33 bytes", b64(sealed_to(&KEYS[2], &[9; 33]))),
        ("the base64 of a key", b64(sealed_to(&KEYS[2], b64([9; 32]).as_bytes()))),
        ("the stand-in itself", b64([0x5a; RSA_BYTES])),
    ];
    for (what, sealed) in bad {
        assert_eq!(open_app_key(&RING, &sealed), Err(BadAppKey), "{what}");
    }
}

#[test]
fn a_refreshed_app_key_opens_under_the_session_key_only() {
    let session = SessionKey([3; 32]);
    assert_eq!(open_refreshed_app_key(&session, &seal_under(&session, &[4; 32])), Ok(AppKey([4; 32])));
    for bad in [seal_under(&session, &[4; 31]), seal_under(&SessionKey([5; 32]), &[4; 32]), "x".into()] {
        assert_eq!(open_refreshed_app_key(&session, &bad), Err(BadAppKey));
    }
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(format!("{:?}", (AppKey([1; 32]), SessionKey([2; 32]))), "(AppKey(…), SessionKey(…))");
}

proptest! {
    #[test]
    fn what_is_sealed_opens(key: [u8; 32], value: Vec<u8>) {
        prop_assert_eq!(open_under(&AppKey(key), &seal_under(&AppKey(key), &value)), Ok(value));
    }

    #[test]
    fn a_reply_opens_under_its_session_key_and_under_no_other(json: Vec<u8>, sek: [u8; 32], rek: [u8; 32], other: [u8; 32]) {
        let reply = reply_data(&json, &SessionKey(sek), &ReplyKey(rek));
        prop_assert_eq!(open_data(&reply, &SessionKey(sek)), Ok(json));
        prop_assume!(sek != other);
        prop_assert_eq!(open_data(&reply, &SessionKey(other)), Err(BadSeal));
    }

    #[test]
    fn a_changed_reply_does_not_open(at in 0usize..48, bit in 0u8..8) {
        let sek = SessionKey([1; 32]);
        let reply = reply_data(b"a reply of some length, so that there are several blocks", &sek, &ReplyKey([2; 32]));
        let change = |text: &str| {
            let mut bytes = BASE64_STANDARD.decode(text).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            b64(bytes)
        };
        let data = DataReply { data: change(&reply.data), ..reply.clone() };
        let rek = DataReply { rek: change(&reply.rek), ..reply.clone() };
        let hmac = DataReply { hmac: change(&reply.hmac), ..reply.clone() };
        for changed in [data, rek, hmac] {
            prop_assert_eq!(open_data(&changed, &sek), Err(BadSeal));
        }
    }

    #[test]
    fn rubbish_opens_nowhere_and_never_panics(text in ".{0,400}") {
        prop_assert_eq!(open_app_key(&RING, &text), Err(BadAppKey));
        let _ = open_under(&AppKey([1; 32]), &text);
    }
}
