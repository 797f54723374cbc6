//! Taxpayers, signatories, and what a taxpayer decided about all ASPs or about one.

use app::model::{
    access_window::AccessWindow,
    controls::{AspRule, Controls, Freeze},
};
use jiff::SignedDuration;
use server::{
    demo::cast,
    store::{
        StoreError,
        port::{HeldTaxpayer, SealedSignatory},
    },
};

use super::given::{Given, gstin};
use crate::support::database::on_both_engines;

async fn a_taxpayer_is_found_by_user_name_and_by_gstin(given: Given) {
    let mut work = given.read().await;
    for (taxpayer, window, _) in cast::taxpayers() {
        assert_eq!(work.taxpayer_by_username(&taxpayer.username).await.expect("read").as_ref(), Some(&taxpayer));
        assert_eq!(work.controls(taxpayer.gstin).await.expect("read"), Some(Controls::of(window)));
        assert_eq!(work.taxpayer(taxpayer.gstin).await.expect("read"), Some(taxpayer));
    }
    assert_eq!(work.taxpayer_by_username("nobody").await.expect("read"), None);
}

async fn taxpayers_are_listed_by_gstin(given: Given) {
    let listed = given.read().await.some_taxpayers().await.expect("read");
    let mut due: Vec<_> = cast::taxpayers().into_iter().map(|(taxpayer, _, _)| taxpayer).collect();
    due.sort_by(|a, b| a.gstin.as_str().cmp(b.gstin.as_str()));
    assert_eq!(listed, due);
}

async fn a_signatorys_contact_data_comes_back_as_it_was_sealed(given: Given) {
    let (taxpayer, _, signatory) = cast::taxpayers().remove(0);
    let found = given.read().await.signatories(taxpayer.gstin).await.expect("read");
    let opened: Vec<_> = found.iter().map(|sealed| sealed.open(&given.vault).expect("opens")).collect();
    assert_eq!(opened, [signatory]);
}

async fn nobody_is_added_twice(given: Given) {
    let (taxpayer, window, signatory) = cast::taxpayers().remove(0);
    let again = given.write().await.add_taxpayer(&taxpayer, &window).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let again = given.write().await.add_signatory(&SealedSignatory::seal(&signatory, &given.vault)).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

fn switched_off(freeze: Option<Freeze>) -> Controls {
    let window = AccessWindow::new(gstin(0), false, 360, 2).expect("window");
    Controls { window, freeze, only_allowed: true, unused_days: Some(14) }
}

async fn the_second_of_two_changes_of_the_controls_is_refused(given: Given) {
    let until = Some(given.now + SignedDuration::from_hours(8));
    let controls = switched_off(Some(Freeze { since: given.now, until }));
    for (place, due) in [(1, true), (2, false)] {
        let mut work = given.write().await;
        let changed = work.update_controls(&controls).await;
        assert_eq!(changed.is_ok(), due, "change {place}: {changed:?}");
        if due {
            work.commit().await.expect("commit");
        } else {
            assert!(matches!(changed, Err(StoreError::Conflict)));
        }
    }
    assert_eq!(given.read().await.controls(gstin(0)).await.expect("read"), Some(controls));
    assert_eq!(
        given.read().await.controls(gstin(1)).await.expect("read").map(|controls| controls.only_allowed),
        Some(false)
    );
}

async fn a_decision_about_an_asp_holds_until_it_is_taken_back(given: Given) {
    let [blocked, allowed] = [0, 2].map(|nth| cast::players()[nth].application.asp.id);
    assert_ne!(blocked, allowed);
    let mut work = given.write().await;
    for (asp, rule) in [
        (blocked, Some(AspRule::Allowed)),
        (allowed, Some(AspRule::Blocked)),
        (blocked, Some(AspRule::Blocked)),
        (allowed, None),
        (allowed, Some(AspRule::Allowed)),
    ] {
        work.put_asp_rule(gstin(0), asp, rule, given.now).await.expect("decided");
    }
    work.commit().await.expect("commit");
    let mut work = given.read().await;
    assert_eq!(work.asp_rule(gstin(0), blocked).await.expect("read"), Some(AspRule::Blocked));
    assert_eq!(work.asp_rule(gstin(1), blocked).await.expect("read"), None);
    let mut due = vec![(blocked, AspRule::Blocked, given.now), (allowed, AspRule::Allowed, given.now)];
    due.sort_by_key(|(asp, ..)| *asp);
    assert_eq!(work.asp_rules(gstin(0)).await.expect("read"), due);
    let mut work = given.write().await;
    work.put_asp_rule(gstin(0), blocked, None, given.now).await.expect("taken back");
    work.commit().await.expect("commit");
    assert_eq!(given.read().await.asp_rule(gstin(0), blocked).await.expect("read"), None);
}

async fn who_holds_a_taxpayer_lets_the_next_in_at_the_commit(given: Given) {
    let taxpayer = given.read().await.taxpayer(gstin(0)).await.expect("read").expect("there");
    let [asp, other] = [0, 2].map(|nth| cast::players()[nth].application.asp.id);
    let mut first = given.write().await;
    first.lock_taxpayer(gstin(0)).await.expect("held");
    let second = async {
        let mut second = given.write().await;
        second.hold_taxpayer(&taxpayer.username, asp).await.expect("held in turn").expect("known by this name")
    };
    let change = async {
        first.update_controls(&switched_off(None)).await.expect("changed");
        first.put_asp_rule(gstin(0), asp, Some(AspRule::Blocked), given.now).await.expect("decided");
        first.put_asp_rule(gstin(0), other, None, given.now).await.expect("decided");
        first.commit().await.expect("commit");
    };
    let (held, ()) = futures::future::join(second, change).await;
    assert_eq!(
        held,
        HeldTaxpayer { taxpayer, controls: Some(switched_off(None)), rule: Some(AspRule::Blocked) },
        "the second sees what the first wrote"
    );
    given.write().await.lock_taxpayer(gstin(0)).await.expect("free again");
    let again = given.write().await.hold_taxpayer(&held.taxpayer.username, other).await.expect("read");
    assert_eq!(again.map(|held| held.rule), Some(None), "what was taken back is no decision");
    assert_eq!(given.write().await.hold_taxpayer("nobody", asp).await.expect("read"), None);
}

on_both_engines!(super::Given::new:
    a_taxpayer_is_found_by_user_name_and_by_gstin,
    taxpayers_are_listed_by_gstin,
    a_signatorys_contact_data_comes_back_as_it_was_sealed,
    nobody_is_added_twice,
    the_second_of_two_changes_of_the_controls_is_refused,
    a_decision_about_an_asp_holds_until_it_is_taken_back,
    who_holds_a_taxpayer_lets_the_next_in_at_the_commit,
);
