//! Receipts that were given out once must be accepted for ever, by every later version.

use super::given::{consent_document, consent_document_in_log, ending_document, keys};
use crate::model::{
    merkle::PublicKeys,
    receipt::{Fault, check},
};

/// The key that signed them, as the server gives keys out.
const KEYS: &str = include_str!("golden/keys.json");
const RECEIPTS: [&str; 3] = [
    include_str!("golden/consent_receipt.json"),
    include_str!("golden/consent_receipt_in_log.json"),
    include_str!("golden/ending_receipt.json"),
];

fn golden_keys() -> PublicKeys {
    serde_json::from_str(KEYS).expect("keys")
}

#[test]
fn golden_receipts_are_accepted_for_ever() {
    for receipt in RECEIPTS {
        assert!(check(receipt.as_bytes(), &golden_keys()).is_ok(), "{receipt}");
        assert!(matches!(check(receipt.as_bytes(), &keys(&[2])), Err(Fault::UnknownKey { .. })));
    }
}

#[test]
fn receipts_are_still_made_as_the_golden_ones_were() {
    let made = [consent_document(), consent_document_in_log(), ending_document()];
    for (made, golden) in made.iter().zip(RECEIPTS) {
        assert_eq!(made.canonical(), golden.trim_end());
    }
    assert_eq!(golden_keys(), keys(&[1]));
}
