//! Receipts under keys that everybody knows, in a log of three events.

use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::model::{
    access_window::AccessWindow,
    consent::{Consent, Moved},
    event::Event,
    id::{ApplicationId, AspId, ConsentId, GspId, SignatoryId},
    merkle::{
        Checkpoint, Inclusion, Key, KeyId, PublicKey, PublicKeys, Salt, Signature, chain_hash, event_leaf, node_hash,
    },
    receipt::{EndingReceipt, Linked, Subject, consent_receipt, ending_receipt, json::Json, seal, with_proof},
    registry::{Application, Asp, Gsp, Standing},
};

const ORIGIN: &str = "consent.example.in/ledger";

fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn public(number: u8) -> PublicKey {
    PublicKey::new(secret(number).verifying_key().as_bytes()).expect("a key")
}

pub(super) fn key_id(number: u8) -> KeyId {
    public(number).id()
}

pub(super) fn keys(numbers: &[u8]) -> PublicKeys {
    let key = |number: &u8| Key {
        id: key_id(*number),
        number: (*number).into(),
        public_key: public(*number),
        vkey: public(*number).as_vkey(ORIGIN),
        valid_from: Timestamp::UNIX_EPOCH,
        valid_until: None,
        vouched_for: None,
    };
    PublicKeys { origin: ORIGIN.into(), keys: numbers.iter().map(key).collect() }
}

/// Signs with a key.
pub(super) fn sealed(content: Json, number: u8) -> Json {
    seal(content, key_id(number), |bytes| Signature(secret(number).sign(bytes).to_bytes()))
}

pub(super) fn application() -> Application {
    let standing = Standing::Active;
    let id = Uuid::from_u128;
    Application {
        id: ApplicationId(id(7)),
        client_id: "l7xx0123456789abcdef0123456789abcdef".into(),
        asp: Asp {
            id: AspId(id(8)), name: "Munshi \"GST\" हिसाब".into(), short_name: "Munshi".into(), standing
        },
        gsp: Gsp { id: GspId(id(9)), name: "Setu Gateway".into(), short_name: "Setu".into(), standing },
        standing,
    }
}

fn granted() -> Moved {
    let gstin = "27GSPMH0992G1ZF".parse().expect("gstin");
    let window = AccessWindow::new(gstin, true, 30 * 24 * 60, 1).expect("window");
    let now = "2026-11-20T10:00:00.123456Z".parse().expect("timestamp");
    Consent::grant(
        ConsentId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        &window,
        application().id,
        now,
    )
}

fn linked(before: [u8; 32], seq: i64, event: &Event) -> Linked {
    let hash = chain_hash(Some(before), event).expect("JSON");
    Linked { seq, before, hash, event: serde_json::to_string(event).expect("JSON") }
}

fn document(moved: &Moved, linked: &Linked, ending: Option<&EndingReceipt>) -> Json {
    let subject = Subject {
        consent: &moved.consent,
        application: &application(),
        trade_name: "Deshpande Traders",
        issuer: "https://consent.example.in",
        event: &moved.event,
        linked,
    };
    sealed(ending.map_or_else(|| consent_receipt(&subject), |ending| ending_receipt(&subject, ending)), 1)
}

/// The proof of an event that is the second of three.
fn proof(hash: [u8; 32]) -> Json {
    let salt = |number: u8| Salt([number; 16]);
    let (left, leaf, right) = (event_leaf(salt(1), [1; 32]), event_leaf(salt(2), hash), event_leaf(salt(3), [3; 32]));
    let root = node_hash(node_hash(left, leaf), right);
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 3, root };
    let note = checkpoint.note(&public(1), &Signature(secret(1).sign(checkpoint.text().as_bytes()).to_bytes()));
    let inclusion = Inclusion { index: 1, salt: salt(2), proof: vec![left, right], checkpoint: note };
    Json::parse(&serde_json::to_vec(&inclusion).expect("JSON")).expect("JSON")
}

/// A consent's receipt, before its event is in the log.
pub(super) fn consent_document() -> Json {
    let moved = granted();
    document(&moved, &linked([0; 32], 1, &moved.event), None)
}

/// The same with its proof.
pub(super) fn consent_document_in_log() -> Json {
    let moved = granted();
    let linked = linked([0; 32], 1, &moved.event);
    with_proof(document(&moved, &linked, None), proof(linked.hash))
}

/// An end's receipt, with its proof.
pub(super) fn ending_document() -> Json {
    let granted = granted();
    let ended_at = granted.consent.granted_at + SignedDuration::from_hours(30);
    let moved = granted.consent.revoke(SignatoryId(Uuid::from_u128(5)), ended_at).expect("live");
    let linked = linked([4; 32], 2, &moved.event);
    let effective_at = ended_at + SignedDuration::from_millis(41);
    let last = ended_at - SignedDuration::from_mins(3);
    let ending = EndingReceipt::of(moved.consent.clone(), effective_at, Some(last)).expect("ended");
    with_proof(document(&moved, &linked, Some(&ending)), proof(linked.hash))
}
