//! How the log grows: every event gets one leaf, each is proven, and nothing is signed that is not what was signed before.

use std::sync::Arc;

use app::model::{
    gstin::Gstin,
    merkle::{Checkpoint, Hash, NotProven, PublicKey, Tiles, consistency_subtrees, tiles_of, verify_consistency},
};
use jiff::SignedDuration;
use server::{
    clock::{Clock, ManualClock},
    ledger::{Grown, Ledger, LedgerError, adopt},
    store::port::ChainLink,
    verify::verify,
};

use super::given::{Given, ORIGIN, gstin};
use crate::support::database::on_both_engines;

/// More than two tiles, and more than a round takes.
const MANY: usize = 1_100;

/// Events of one taxpayer, in one transaction.
async fn many(given: &Given, nth: usize, events: usize) {
    let mut work = given.write().await;
    for _ in 0..events {
        let moved = given.grant(nth, 0, given.now);
        work.lock_taxpayer(moved.consent.gstin).await.expect("held");
        given.scribe().append(&mut *work, &moved.event).await.expect("event");
    }
    work.commit().await.expect("commit");
}

fn keys(ledger: &Ledger) -> Vec<PublicKey> {
    ledger.keys().published().keys.iter().map(|key| key.public_key).collect()
}

async fn links(given: &Given, gstin: Gstin) -> Vec<ChainLink> {
    let (mut work, mut links) = (given.read().await, Vec::<ChainLink>::new());
    loop {
        let next = work.chain(gstin, links.last().map_or(0, |link| link.seq)).await.expect("read");
        if next.is_empty() {
            return links;
        }
        links.extend(next.into_iter().map(|(_, link)| link));
    }
}

async fn newest(given: &Given, ledger: &Ledger) -> Checkpoint {
    let stored = given.read().await.newest_checkpoint().await.expect("read").expect("a checkpoint");
    Checkpoint::signed(&stored.note, ORIGIN, &keys(ledger)).expect("signed").0
}

async fn each_event_is_proven_and_no_other_is(given: Given) {
    many(&given, 0, MANY).await;
    given.granted(1, 0, given.now).await;
    let ledger = given.ledger().await;
    let mut work = given.read().await;
    assert_eq!(ledger.inclusion(&mut *work, gstin(0), 1).await.expect("read"), None, "not before it has its place");
    drop(work);
    given.owed_leaves().await;
    assert_eq!(ledger.grow().await.expect("grows"), Grown { leaves: 1024, more: true });
    assert_eq!(ledger.grow().await.expect("grows"), Grown { leaves: 77, more: false });
    assert_eq!(ledger.grow().await.expect("grows"), Grown { leaves: 0, more: false });
    let (keys, mut work) = (keys(&ledger), given.read().await);
    let (one, other) = (links(&given, gstin(0)).await, links(&given, gstin(1)).await);
    assert_eq!((one.len(), other.len()), (MANY, 1));
    for (whose, link) in one.iter().step_by(97).map(|link| (gstin(0), link)).chain([(gstin(1), &other[0])]) {
        let proven = ledger.inclusion(&mut *work, whose, link.seq).await.expect("read").expect("a proof");
        let checkpoint = proven.check(link.hash, ORIGIN, &keys).expect("proven");
        assert_eq!(checkpoint.size, MANY as u64 + 1);
        let json = serde_json::to_string(&proven).expect("JSON");
        assert_eq!(serde_json::from_str::<app::model::merkle::Inclusion>(&json).expect("reads back"), proven);
        assert_eq!(proven.check([7; 32], ORIGIN, &keys), Err(NotProven::NotInTheLog));
    }
    assert_eq!(ledger.inclusion(&mut *work, gstin(1), 2).await.expect("read"), None, "no such event");
}

async fn a_tree_that_grew_is_the_one_before_with_more_leaves(given: Given) {
    let (mut before, mut ledger) = (None, given.ledger().await);
    for events in [3, 250, 1, 300] {
        many(&given, 0, events).await;
        ledger = given.grown_ledger().await;
        let now = newest(&given, &ledger).await;
        if let Some((size, root)) = before {
            let subtrees = consistency_subtrees(size, now.size).expect("grown");
            let (mut tiles, mut work) = (Tiles::default(), given.read().await);
            for id in tiles_of(&subtrees, now.size) {
                let (number, hashes) = work.ledger_tiles(id.level, id.number, 1).await.expect("read").remove(0);
                tiles.put(id.level, number, hashes);
            }
            let proof: Vec<_> = subtrees.iter().map(|subtree| tiles.hash(*subtree).expect("tiles")).collect();
            assert_eq!(verify_consistency((size, root), (now.size, now.root), &proof), Ok(()));
        }
        before = Some((now.size, now.root));
    }
    assert_eq!(newest(&given, &ledger).await.size, 554);
}

async fn many_nodes_that_let_it_grow_at_once_give_each_leaf_one_place(given: Given) {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(given.ledger().await);
    }
    let growing = futures::future::join_all(nodes.iter().map(|node| async {
        let mut leaves = 0;
        for _ in 0..20 {
            // Somebody else may have been first, also in the middle of it.
            leaves += node.grow().await.map_or(0, |grown| grown.leaves);
            tokio::task::yield_now().await;
        }
        leaves
    }));
    let granting = futures::future::join_all((0..4).map(|nth| {
        let given = &given;
        async move {
            for player in 0..4 {
                let moved = given.grant(nth, player, given.now);
                let mut work = given.write().await;
                work.lock_taxpayer(moved.consent.gstin).await.expect("held");
                work.add_consent(&moved.consent).await.expect("consent");
                given.scribe().append(&mut *work, &moved.event).await.expect("event");
                work.commit().await.expect("commit");
            }
        }
    }));
    let (grown, _) = futures::future::join(growing, granting).await;
    let rest = given.grown_ledger().await;
    let placed: u64 = grown.iter().sum();
    let state = given.read().await.ledger().await.expect("read");
    assert_eq!(state.size, 16, "{placed} were placed meanwhile");
    assert_eq!(newest(&given, &rest).await.size, 16);
    let leaves = given.read().await.leaves_between(0, 99).await.expect("read");
    assert_eq!(leaves.iter().map(|leaf| leaf.index).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
}

async fn a_leaf_that_the_server_did_not_make_gets_no_place(given: Given) {
    given.granted(0, 0, given.now).await;
    let forged = "insert into owed_leaf (position, gstin, seq, at, hash, salt)
         select position, gstin, seq + 1, at, hash, salt from owed_leaf";
    assert_eq!(given.database.intrude(&[forged.into()]).await, 1);
    let ledger = given.ledger().await;
    given.owed_leaves().await;
    assert_eq!(ledger.grow().await.expect("grows"), Grown { leaves: 1, more: false });
    assert_eq!(given.read().await.leaf(gstin(0), 2).await.expect("read"), None);
    assert_eq!(
        given.read().await.owed_leaves(9).await.expect("read").len(),
        1,
        "it is kept, for whoever looks into it"
    );
}

async fn a_leaf_that_is_owed_twice_gets_one_place_and_holds_up_nobody(given: Given) {
    given.granted(0, 0, given.now).await;
    let again = "insert into owed_leaf (position, gstin, seq, at, hash, salt)
         select position + 1, gstin, seq, at, hash, salt from owed_leaf";
    assert_eq!(given.database.intrude(&[again.into()]).await, 1);
    let ledger = given.ledger().await;
    given.owed_leaves().await;
    assert_eq!(ledger.grow().await.expect("grows"), Grown { leaves: 1, more: false });
    given.granted(1, 0, given.now).await;
    given.owed_leaves().await;
    let conflict = ledger.grow().await;
    assert!(conflict.is_err(), "the first is there already: {conflict:?}");
    assert_eq!(given.grows(&ledger).await, Grown { leaves: 1, more: false }, "it looks twice");
    let leaves = given.read().await.leaves_between(0, 9).await.expect("read");
    assert_eq!(leaves.iter().map(|leaf| (leaf.gstin, leaf.seq)).collect::<Vec<_>>(), [(gstin(0), 1), (gstin(1), 1)]);
}

async fn events_from_before_the_ledger_get_their_leaves(given: Given) {
    for nth in [0, 1, 0] {
        given.granted(nth, 0, given.now).await;
    }
    let ledger = given.grown_ledger().await;
    given.granted(0, 1, given.now).await;
    given.granted(2, 1, given.now).await;
    // As a server wrote them that knew of no ledger.
    assert_eq!(given.database.intrude(&["delete from owed_leaf".into()]).await, 2);
    given.granted(3, 1, given.now).await;
    let mut told = Vec::new();
    let mut each = |taxpayers, adopted| told.push((taxpayers, adopted));
    assert_eq!(adopt(&*given.store, &given.vault, &mut each).await.expect("adopted"), 2);
    let taxpayers = given.read().await.taxpayers_count().await.expect("read");
    assert_eq!(told, [(taxpayers, 2)]);
    assert_eq!(adopt(&*given.store, &given.vault, &mut |_, _| ()).await.expect("adopted"), 0);
    given.owed_leaves().await;
    assert_eq!(ledger.grow().await.expect("grows"), Grown { leaves: 3, more: false });
    let mut work = given.read().await;
    for (whose, seq) in [(0, 3), (2, 1), (3, 1)] {
        assert!(work.leaf(gstin(whose), seq).await.expect("read").is_some(), "{whose} {seq}");
    }
}

async fn nothing_more_is_signed_over_a_history_that_was_tampered_with(given: Given) {
    many(&given, 0, 3).await;
    let ledger = given.grown_ledger().await;
    let other = Hash([7; 32]);
    let deed = format!(
        "update ledger_tile set hashes = X'{}' where level = 0",
        [other, other, other].map(|hash| hash.to_string()).concat()
    );
    assert_eq!(given.database.intrude(&[deed]).await, 1);
    given.granted(1, 0, given.now).await;
    given.owed_leaves().await;
    let refused = ledger.grow().await;
    assert!(matches!(refused, Err(LedgerError::NotWhatWasSigned(3))), "{refused:?}");
    given.database.intrude(&["update ledger set size = 2".into()]).await;
    assert!(ledger.grow().await.is_err());
    assert_eq!(newest(&given, &ledger).await.size, 3);
}

async fn a_new_key_signs_at_once_and_what_the_old_one_signed_stays_good(given: Given) {
    many(&given, 0, 2).await;
    let (serving, rotating) = (given.grown_ledger().await, given.ledger().await);
    let before = given.read().await.newest_checkpoint().await.expect("read").expect("signed");
    let receipt = serving.keys().sign(b"a receipt");
    let old = serving.keys().public_key(receipt.0).expect("a key");
    rotating.keys().rotate().await.expect("rotated");
    serving.grow().await.expect("grows");
    let after = given.read().await.newest_checkpoint().await.expect("read").expect("signed");
    assert_eq!((after.size, before.size), (2, 2), "the same tree, signed again");
    let (published, new) = (serving.keys().published(), rotating.keys().public_key(rotating.keys().sign(b"").0));
    let new = new.expect("a key");
    assert_eq!(published.trusted_through(old), Ok(vec![old, new]));
    assert_eq!(Checkpoint::signed(&after.note, ORIGIN, &[new]).expect("by the new one").0.size, 2);
    assert!(Checkpoint::signed(&before.note, ORIGIN, &[new]).is_err());
    assert!(Checkpoint::signed(&before.note, ORIGIN, &[old]).is_ok());
    let signature = app::model::merkle::Signature(receipt.1);
    assert!(serving.keys().public_key(receipt.0).is_some_and(|key| key.verifies(b"a receipt", &signature)));
    assert_eq!(published.keys[0].valid_until, Some(given.now + SignedDuration::from_mins(10)));
    let mut found = Vec::new();
    verify(&*given.store, given.now, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert!(found.iter().all(|violation| violation.check != "ledger"), "{found:#?}");
}

async fn a_key_that_was_sealed_under_another_root_key_does_not_open(given: Given) {
    given.ledger().await;
    let chance: Arc<dyn server::chance::Chance> = Arc::new(server::chance::SeededChance::new(12));
    let vault = server::vault::Vault::new(&[12; 32], chance.clone());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(given.now));
    let opened = Ledger::open(given.store.clone(), vault, clock, chance, ORIGIN).await;
    assert!(opened.is_err_and(|error| error.to_string().contains("does not open")));
}

on_both_engines!(super::Given::new:
    each_event_is_proven_and_no_other_is,
    a_tree_that_grew_is_the_one_before_with_more_leaves,
    many_nodes_that_let_it_grow_at_once_give_each_leaf_one_place,
    a_leaf_that_the_server_did_not_make_gets_no_place,
    a_leaf_that_is_owed_twice_gets_one_place_and_holds_up_nobody,
    events_from_before_the_ledger_get_their_leaves,
    nothing_more_is_signed_over_a_history_that_was_tampered_with,
    a_new_key_signs_at_once_and_what_the_old_one_signed_stays_good,
    a_key_that_was_sealed_under_another_root_key_does_not_open,
);
