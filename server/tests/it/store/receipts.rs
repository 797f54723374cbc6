//! Receipts as they are kept: the first one stays, and an event is found with what it is linked to.

use app::model::{
    id::SignatoryId,
    receipt::ReceiptKind::{Ended, Given as OfGrant},
};
use server::store::port::KeptReceipt;
use uuid::Uuid;

use super::given::Given;
use crate::support::database::on_both_engines;

async fn a_receipt_that_was_kept_stays_and_its_proof_joins_it_once(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let (gstin, id) = (consent.gstin, consent.id);
    let none = given.read().await.kept_receipt(gstin, id, OfGrant).await.expect("read");
    assert_eq!(none, None);
    for (document, proof) in [("first", None), ("second", Some("proof")), ("third", Some("another"))] {
        let mut work = given.write().await;
        work.add_receipt(gstin, id, OfGrant, given.now, document).await.expect("kept");
        if let Some(proof) = proof {
            work.add_proof(gstin, id, OfGrant, proof).await.expect("kept");
        }
        let kept = work.kept_receipt(gstin, id, OfGrant).await.expect("read").expect("there");
        work.commit().await.expect("commit");
        let proof = proof.map(|_| "proof".to_owned());
        assert_eq!(kept, KeptReceipt { document: "first".into(), proof });
    }
    assert_eq!(given.read().await.kept_receipt(gstin, id, Ended).await.expect("read"), None, "the other kind");
    for deed in [
        "update receipt set document = 'forged'",
        "update receipt set proof = 'forged'",
        "update receipt set proof = null",
        "delete from receipt",
    ] {
        assert!(given.database.run(deed).await.is_err(), "{deed}");
    }
}

async fn an_event_is_found_with_the_hash_that_it_is_linked_to(given: Given) {
    let first = given.granted(0, 0, given.now).await;
    let second = given.granted(0, 1, given.now).await;
    let by = SignatoryId(Uuid::from_u128(1));
    given.moved(&first.revoke(by, given.now).expect("live")).await.expect("ended");
    let gstin = first.gstin;
    let chain = given.read().await.chain(gstin, 0).await.expect("read");
    for (consent, version, seq) in [(&first, 1, 1), (&second, 1, 2), (&first, 2, 3)] {
        let found = given.read().await.linked_event(gstin, consent.id, version).await.expect("read").expect("there");
        let (event, link) = &chain[seq - 1];
        assert_eq!((&found.event, found.link), (event, *link));
        assert_eq!(found.before, (seq > 1).then(|| chain[seq - 2].1.hash));
    }
    assert_eq!(given.read().await.linked_event(gstin, second.id, 2).await.expect("read"), None);
}

on_both_engines!(super::Given::new:
    a_receipt_that_was_kept_stays_and_its_proof_joins_it_once,
    an_event_is_found_with_the_hash_that_it_is_linked_to,
);
