//! Receipts as they are given out, on both engines: made once, the same ever after, proven when the log has the event, and
//! never given out when somebody meddled with them.

use std::sync::Arc;

use app::model::{
    merkle::PublicKeys,
    receipt::{Facts, Fault, ReceiptKind, Told, check},
};
use jiff::SignedDuration;
use server::{
    consent::Granted,
    ledger::Ledger,
    receipts::{ReceiptError, Receipts},
};

use crate::support::{database::on_both_engines, world::World};

/// Looks for a log that has grown, 10 ms apart: twenty seconds. On PostgreSQL other tests' transactions end first.
const LOOKS_MAX: u32 = 2_000;

struct Office {
    world: World,
    receipts: Receipts,
    granted: Granted,
}

impl Office {
    async fn open(world: World) -> Self {
        let granted = world.grant().await;
        let clock = Arc::new(world.clock.clone());
        let (store, vault, chance) = (world.store.clone(), world.vault.clone(), world.chance.clone());
        let ledger = Ledger::open(store.clone(), vault, clock.clone(), chance, "consent.example.in/ledger");
        let ledger = Arc::new(ledger.await.expect("a ledger"));
        let consents = world.consents.clone();
        let receipts = Receipts { store, consents, ledger, clock, issuer: "https://consent.example.in".into() };
        Self { world, receipts, granted }
    }

    async fn document(&self, kind: ReceiptKind) -> Result<Option<String>, ReceiptError> {
        let consent = &self.granted.consent;
        let found = self.receipts.document(consent.gstin, consent.id, kind).await?;
        Ok(found.map(|(document, _)| document))
    }

    /// The same once the log has its event.
    async fn proven(&self, kind: ReceiptKind) -> String {
        for _ in 0..LOOKS_MAX {
            while self.receipts.ledger.grow().await.expect("it grows").more {}
            let document = self.document(kind).await.expect("read").expect("a receipt");
            if facts(&document, &self.receipts.keys()).in_log.is_some() {
                return document;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the log does not get the event");
    }

    async fn revoke(&self) {
        let consent = &self.granted.consent;
        let by = self.world.signatory.id;
        self.world.consents.revoke(consent.gstin, consent.id, by).await.expect("revoked");
    }
}

fn facts(document: &str, keys: &PublicKeys) -> Facts {
    match check(document.as_bytes(), keys).expect("good").told {
        Told::Receipt(facts) => *facts,
        Told::HashList(_) => panic!("a receipt"),
    }
}

async fn a_receipt_is_the_same_each_time_whatever_changes_around_it(world: World) {
    let office = Office::open(world).await;
    let first = office.document(ReceiptKind::Given).await.expect("read").expect("a receipt");
    assert_eq!(office.document(ReceiptKind::Given).await.expect("read").as_ref(), Some(&first));
    let proven = office.proven(ReceiptKind::Given).await;
    assert!(proven.len() > first.len(), "the proof has joined it");
    // The ASP takes another name, the key rotates, the consent ends: the receipt of the grant stays what it was.
    let mut asp = office.world.player.application.asp.clone();
    asp.name = "Another name".into();
    let mut work = office.world.store.write().await.expect("write");
    work.put_asp(&asp).await.expect("renamed");
    work.commit().await.expect("commit");
    office.world.clock.advance(SignedDuration::from_mins(1));
    office.receipts.ledger.keys().rotate().await.expect("a new key");
    office.revoke().await;
    assert_eq!(office.document(ReceiptKind::Given).await.expect("read"), Some(proven));
    // What is asked for from now on knows the new name, and is signed with the new key.
    let ended = office.proven(ReceiptKind::Ended).await;
    let keys = office.receipts.keys();
    assert_eq!(facts(&ended, &keys).asp, "Another name");
    let first_key_alone = PublicKeys { keys: keys.keys[..1].to_vec(), ..keys };
    assert!(matches!(check(ended.as_bytes(), &first_key_alone), Err(Fault::UnknownKey { .. })));
}

async fn an_ending_receipt_says_when_it_was_committed_when_it_held_and_what_passed_last(world: World) {
    let office = Office::open(world).await;
    assert_eq!(office.document(ReceiptKind::Ended).await.expect("read"), None, "nothing has ended");
    office.world.check(&office.granted).await.expect("a call passes");
    office.world.clock.advance(SignedDuration::from_mins(7));
    office.revoke().await;
    let consent = &office.granted.consent;
    let screen = office.world.consents.receipt(consent.gstin, consent.id).await.expect("read").expect("ended");
    let facts = facts(&office.proven(ReceiptKind::Ended).await, &office.receipts.keys());
    let over = facts.over.expect("an end");
    assert_eq!(facts.reference, consent.id.to_string());
    assert_eq!((over.committed_at, over.effective_at), (screen.ending.at, screen.effective_at));
    assert_eq!(over.last_call_passed_at, screen.last_passed_at);
    assert_eq!((over.last_call_passed_at, over.reason.as_str()), (Some(consent.granted_at), "revoked"));
    assert_eq!(facts.valid_until, consent.valid_until);
}

async fn a_receipt_that_somebody_meddled_with_is_not_given_out(world: World) {
    let office = Office::open(world).await;
    office.document(ReceiptKind::Given).await.expect("read").expect("a receipt");
    let sqlite = office.world.database.address.starts_with("sqlite:");
    let drop = if sqlite { "drop trigger receipt_is_final" } else { "drop trigger receipt_is_final on receipt" };
    office.world.database.run(drop).await.expect("dropped");
    let forge = "update receipt set document = replace(document, 'granted', 'revoked')";
    office.world.database.run(forge).await.expect("forged");
    let refused = office.document(ReceiptKind::Given).await;
    assert!(matches!(refused, Err(ReceiptError::Tampered { fault: Fault::Changed { .. }, .. })), "{refused:?}");
}

on_both_engines!(super::World::new:
    a_receipt_is_the_same_each_time_whatever_changes_around_it,
    an_ending_receipt_says_when_it_was_committed_when_it_held_and_what_passed_last,
    a_receipt_that_somebody_meddled_with_is_not_given_out,
);
