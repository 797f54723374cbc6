//! Leaves, tiles, checkpoints and keys in the store.

use app::model::{
    gstin::Gstin,
    merkle::{Hash, Tile, TileId},
};
use jiff::SignedDuration;
use server::store::{
    StoreError, Writing,
    port::{OwedLeaf, StoredCheckpoint, StoredSigningKey},
};

use super::given::{Given, gstin};
use crate::support::database::{Engine, on_both_engines};

/// Appends the event of a grant, in a unit of work.
async fn append(given: &Given, work: &mut dyn Writing, nth: usize) {
    let moved = given.grant(nth, 0, given.now);
    work.lock_taxpayer(moved.consent.gstin).await.expect("held");
    work.add_consent(&moved.consent).await.expect("consent");
    given.scribe().append(work, &moved.event).await.expect("event");
}

fn whose(owed: &[OwedLeaf]) -> Vec<(Gstin, i64)> {
    owed.iter().map(|owed| (owed.gstin, owed.seq)).collect()
}

async fn a_leaf_is_owed_with_its_event_or_not_at_all(given: Given) {
    let mut work = given.write().await;
    append(&given, &mut *work, 0).await;
    drop(work);
    assert_eq!(given.owed_leaves().await, []);
    let mut work = given.write().await;
    append(&given, &mut *work, 0).await;
    append(&given, &mut *work, 0).await;
    work.commit().await.expect("commit");
    let owed = given.owed_leaves().await;
    let chain = given.read().await.chain(gstin(0), 0).await.expect("read");
    assert_eq!(whose(&owed), [(gstin(0), 1), (gstin(0), 2)]);
    for (owed, (event, link)) in owed.iter().zip(&chain) {
        assert_eq!((owed.hash, owed.at), (link.hash, event.at));
    }
    assert_ne!(owed[0].salt, owed[1].salt);
}

async fn a_leaf_gets_its_place_once(given: Given) {
    for nth in 0..3 {
        given.granted(nth, 0, given.now).await;
    }
    let waiting = given.owed_leaves().await;
    let mut work = given.write().await;
    work.place_leaves(7, &waiting[..2]).await.expect("placed");
    work.commit().await.expect("commit");
    assert_eq!(whose(&given.owed_leaves().await), whose(&waiting[2..]));
    let mut work = given.read().await;
    for (index, placed) in (7..).zip(&waiting[..2]) {
        let leaf = work.leaf(placed.gstin, placed.seq).await.expect("read").expect("a leaf");
        assert_eq!((leaf.index, leaf.at, leaf.salt), (index, placed.at, placed.salt));
        assert_eq!(work.leaves_between(index, index + 1).await.expect("read"), [leaf]);
    }
    assert_eq!(work.leaf(waiting[2].gstin, waiting[2].seq).await.expect("read"), None);
    assert_eq!(work.leaves_between(0, 7).await.expect("read"), []);
    drop(work);
    let again = given.write().await.place_leaves(9, &waiting[1..]).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

async fn a_ledger_is_named_once_and_grows_from_the_size_that_it_has(given: Given) {
    let mut work = given.write().await;
    let state = work.hold_ledger().await.expect("read").expect("nobody else holds it");
    assert_eq!((state.origin, state.size, state.grown_at), (None, 0, None));
    work.name_ledger("log").await.expect("named");
    work.grow_ledger(0, 5, given.now).await.expect("grown");
    work.commit().await.expect("commit");
    let state = given.read().await.ledger().await.expect("read");
    assert_eq!((state.origin.as_deref(), state.size, state.grown_at), (Some("log"), 5, Some(given.now)));
    let again = given.write().await.name_ledger("other").await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let grown = given.write().await.grow_ledger(4, 6, given.now).await;
    assert!(matches!(grown, Err(StoreError::Conflict)), "{grown:?}");
}

async fn a_tile_is_only_added_to(given: Given) {
    let tile = |hashes: &[u8]| {
        let id = TileId { level: 1, number: 3, width: u16::try_from(hashes.len()).expect("few") };
        Tile { id, hashes: hashes.iter().map(|byte| Hash([*byte; 32])).collect() }
    };
    for hashes in [&[1_u8][..], &[1, 2], &[1, 2, 3]] {
        let mut work = given.write().await;
        work.put_ledger_tiles(&[tile(hashes)]).await.expect("put");
        work.commit().await.expect("commit");
        let found = given.read().await.ledger_tiles(1, 0, 9).await.expect("read");
        assert_eq!(found, [(3, tile(hashes).hashes)]);
    }
    assert_eq!(given.read().await.ledger_tiles(1, 4, 9).await.expect("read"), []);
    assert!(given.write().await.put_ledger_tiles(&[tile(&[1, 9, 3, 4])]).await.is_err());
    assert!(given.write().await.put_ledger_tiles(&[tile(&[1])]).await.is_err());
}

async fn checkpoints_are_read_in_the_order_of_what_they_cover(given: Given) {
    let checkpoint = |size, seconds| StoredCheckpoint {
        size,
        signed_at: given.now + SignedDuration::from_secs(seconds),
        note: format!("note {size} {seconds}"),
    };
    let all = [checkpoint(0, 9), checkpoint(4, 1), checkpoint(4, 2), checkpoint(7, 0)];
    assert_eq!(given.read().await.newest_checkpoint().await.expect("read"), None);
    let mut work = given.write().await;
    for added in [2, 0, 3, 1] {
        work.add_checkpoint(&all[added]).await.expect("added");
    }
    work.commit().await.expect("commit");
    let mut work = given.read().await;
    assert_eq!(work.newest_checkpoint().await.expect("read").as_ref(), Some(&all[3]));
    assert_eq!(work.checkpoints_after(None, 9).await.expect("read"), all);
    let after = Some((all[1].size, all[1].signed_at));
    assert_eq!(work.checkpoints_after(after, 1).await.expect("read"), all[2..3]);
}

async fn there_is_one_signing_key_of_each_number(given: Given) {
    let key = |number: u8, vouched_for| StoredSigningKey {
        number: number.into(),
        public_key: [number; 32],
        seed_sealed: vec![number; 60],
        created_at: given.now,
        vouched_for,
    };
    let keys = [key(1, None), key(2, Some([2; 64]))];
    let mut work = given.write().await;
    for key in &keys {
        work.add_signing_key(key).await.expect("added");
    }
    work.commit().await.expect("commit");
    assert_eq!(given.read().await.signing_keys().await.expect("read"), keys);
    let other = StoredSigningKey { public_key: [9; 32], ..keys[1].clone() };
    let again = given.write().await.add_signing_key(&other).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let unvouched = given.write().await.add_signing_key(&key(3, None)).await;
    assert!(unvouched.is_err(), "only the first key needs nobody to vouch for it");
}

on_both_engines!(super::Given::new:
    a_leaf_is_owed_with_its_event_or_not_at_all,
    a_leaf_gets_its_place_once,
    a_ledger_is_named_once_and_grows_from_the_size_that_it_has,
    a_tile_is_only_added_to,
    checkpoints_are_read_in_the_order_of_what_they_cover,
    there_is_one_signing_key_of_each_number,
);

#[tokio::test]
async fn who_holds_the_ledger_on_postgres_keeps_others_from_it_without_making_them_wait() {
    let given = Given::new(Engine::Postgres).await;
    let mut holder = given.write().await;
    assert!(holder.hold_ledger().await.expect("read").is_some());
    assert_eq!(given.write().await.hold_ledger().await.expect("read"), None);
    drop(holder);
}

#[tokio::test]
async fn a_leaf_that_commits_late_on_postgres_is_neither_missed_nor_given_two_places() {
    let given = Given::new(Engine::Postgres).await;
    let mut late = given.write().await;
    append(&given, &mut *late, 0).await;
    given.granted(1, 0, given.now).await;
    let mut work = given.read().await;
    assert_eq!(work.owed_leaves(100).await.expect("read"), [], "an older one may still come");
    drop(work);
    late.commit().await.expect("commit");
    let both = given.owed_leaves().await;
    assert_eq!(whose(&both), [(gstin(0), 1), (gstin(1), 1)], "in the order of their transactions");
    // One that is given up holds nobody up for longer than it lasts.
    let mut given_up = given.write().await;
    append(&given, &mut *given_up, 2).await;
    given.granted(3, 0, given.now).await;
    drop(given_up);
    let waiting = given.owed_leaves().await;
    let mut work = given.write().await;
    work.place_leaves(0, &waiting).await.expect("placed");
    work.commit().await.expect("commit");
    assert_eq!(whose(&waiting), [(gstin(0), 1), (gstin(1), 1), (gstin(3), 1)]);
    assert_eq!(given.owed_leaves().await, []);
}

#[tokio::test]
async fn leaves_of_a_database_restored_into_another_cluster_get_their_places() {
    let given = Given::new(Engine::Postgres).await;
    given.granted(0, 0, given.now).await;
    // The other cluster had counted further, or not as far: its numbers say nothing here.
    let moved = given.database.intrude(&["update owed_leaf set position = position + 1000000000000".into()]).await;
    assert_eq!(moved, 1);
    given.granted(1, 0, given.now).await;
    assert_eq!(whose(&given.owed_leaves().await), [(gstin(1), 1), (gstin(0), 1)]);
    given.database.intrude(&["update owed_leaf set position = 1".into()]).await;
    assert_eq!(given.owed_leaves().await.len(), 2);
}
