//! The demo's sample data: sound by `verify`, and something to see on every screen of the control part.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use app::model::{
    consent::Status, controls::AspRule, decide::RefuseReason, filter::ConsentFilter, restriction::day_of, unusual::Rule,
};
use server::{
    chance::{Chance, SeededChance},
    demo::{cast, seed},
    store::port::Search,
    vault::Vault,
    verify::verify,
};

use crate::support::database::{Database, Engine, NOW, at, on_both_engines};

/// A database with the sample data of the demo.
struct Shown {
    database: Database,
}

async fn shown(engine: Engine) -> Shown {
    let database = Database::fresh(engine).await;
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(3));
    let vault = Vault::new(&[3; 32], chance.clone());
    let wrote = seed::seed_with_decisions(&*database.store, &vault, &*chance, at(NOW)).await;
    assert!(wrote.expect("sample data"));
    let again = seed::seed_with_decisions(&*database.store, &vault, &*chance, at(NOW)).await;
    assert!(!again.expect("looked"), "what is there is left as it is");
    Shown { database }
}

async fn verify_finds_nothing_in_the_sample_data(shown: Shown) {
    let mut found = Vec::new();
    verify(&*shown.database.store, at(NOW), &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, []);
}

async fn no_screen_of_the_control_part_is_empty(shown: Shown) {
    let (now, gstin) = (at(NOW), cast::taxpayers()[0].0.gstin);
    let mut work = shown.database.store.read().await.expect("read");
    let search = Search { gstins: vec![gstin], open: true, filter: ConsentFilter::default(), now, after: None };
    let open = work.find_consents(&search).await.expect("read");
    let is = |found: &str, any: bool| assert!(any, "no consent {found}");
    is("paused", open.iter().any(|row| row.consent.status(now) == Status::Paused));
    is("limited", open.iter().any(|row| row.consent.restriction.until.is_some()));
    is("never used", open.iter().any(|row| row.usage.passed == 0 && row.usage.refused == 0));
    is("used", open.iter().any(|row| row.usage.passed > 50));

    let rules = work.asp_rules(gstin).await.expect("read");
    assert!(rules.iter().any(|(_, rule, _)| *rule == AspRule::Blocked), "no ASP is blocked");
    let careful = cast::taxpayers()[2].0.gstin;
    assert!(work.controls(careful).await.expect("read").expect("controls").only_allowed);
    let rules = work.asp_rules(careful).await.expect("read");
    assert!(rules.iter().any(|(_, rule, _)| *rule == AspRule::Allowed), "no ASP is allowed");

    let days = work.usage_of_days(gstin, None, day_of(now) - 30).await.expect("read");
    assert!(days.iter().map(|row| row.day).collect::<BTreeSet<_>>().len() > 20, "weeks of days");
    assert!(days.iter().map(|row| row.returns).collect::<BTreeSet<_>>().len() >= 5, "kinds of returns");
    let (mut reasons, mut signs) = (HashSet::new(), Vec::new());
    for row in &open {
        let fetched = work.fetched(gstin, row.consent.id).await.expect("read");
        reasons.extend(fetched.iter().filter_map(|row| row.refused));
        signs.extend(work.signs(gstin, row.consent.id).await.expect("read"));
    }
    for reason in [
        RefuseReason::SessionExpired,
        RefuseReason::Paused,
        RefuseReason::ReturnNotAllowed,
        RefuseReason::OutsideHours,
        RefuseReason::DayFull,
    ] {
        assert!(reasons.contains(&reason), "no call was refused as {reason:?}: {reasons:?}");
    }
    assert_eq!(signs.iter().map(|kept| kept.sign.rule()).collect::<Vec<_>>(), [Rule::AtNight]);
    assert!(signs[0].fine_at.is_none(), "somebody still has to say that it is fine");
}

on_both_engines!(super::shown:
    verify_finds_nothing_in_the_sample_data,
    no_screen_of_the_control_part_is_empty,
);
