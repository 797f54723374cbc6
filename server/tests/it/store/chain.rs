//! The chain of a taxpayer's events: one row at each place, whoever races.

use jiff::SignedDuration;
use server::{
    ledger,
    store::{StoreError, port::ChainLink},
};

use super::given::{Given, gstin};
use crate::support::database::on_both_engines;

async fn a_chain_is_read_on_from_any_place_and_its_head_is_its_end(given: Given) {
    let mut work = given.read().await;
    assert_eq!(work.chain_head(gstin(0)).await.expect("read"), None);
    drop(work);
    for turn in 0..5 {
        given.granted(0, turn, given.now).await;
        given.granted(1, turn, given.now).await;
    }
    let mut work = given.read().await;
    let chain = work.chain(gstin(0), 0).await.expect("read");
    assert_eq!(ledger::broken_at(None, &chain).expect("hashes"), None);
    assert_eq!(chain.iter().map(|(_, link)| link.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(work.chain_head(gstin(0)).await.expect("read"), chain.last().map(|(_, link)| *link));
    assert_eq!(work.chain(gstin(0), 3).await.expect("read"), chain[3..]);
}

async fn an_event_fits_at_the_end_of_its_chain_only(given: Given) {
    given.granted(0, 0, given.now).await;
    let event = given.grant(0, 1, given.now).event;
    for seq in [0, 1, 3] {
        let appended = given.write().await.append_event(&event, &ChainLink { seq, hash: [7; 32] }, None).await;
        assert!(matches!(appended, Err(StoreError::Conflict)), "place {seq}: {appended:?}");
    }
    given.write().await.append_event(&event, &ChainLink { seq: 2, hash: [7; 32] }, None).await.expect("the next place");
}

async fn racing_events_of_a_taxpayer_make_one_chain(given: Given) {
    let grants = (0..12_usize).map(|turn| given.grant(0, turn % 4, given.now + SignedDuration::from_secs(1)));
    let grants: Vec<_> = grants.collect();
    futures::future::join_all(grants.iter().map(|moved| async {
        let mut work = given.write().await;
        work.lock_taxpayer(gstin(0)).await.expect("held");
        work.add_consent(&moved.consent).await.expect("consent");
        given.scribe().append(&mut *work, &moved.event).await.expect("event");
        work.commit().await.expect("commit");
    }))
    .await;
    let chain = given.read().await.chain(gstin(0), 0).await.expect("read");
    assert_eq!((chain.len(), ledger::broken_at(None, &chain).expect("hashes")), (12, None));
}

on_both_engines!(super::Given::new:
    a_chain_is_read_on_from_any_place_and_its_head_is_its_end,
    an_event_fits_at_the_end_of_its_chain_only,
    racing_events_of_a_taxpayer_make_one_chain,
);
