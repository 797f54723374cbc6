//! Calls and their totals.

use app::model::{
    decide::RefuseReason,
    usage::{Call, UsageTotals},
};
use jiff::SignedDuration;

use super::given::{Given, gstin};
use crate::support::database::on_both_engines;

async fn totals_are_what_the_calls_say_in_whatever_order_they_come(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let minute = SignedDuration::from_mins(1);
    let none = given.read().await.usage(gstin(0), consent.id).await.expect("read");
    assert_eq!(none, UsageTotals::default());
    for (minutes, refused) in [(5, None), (9, Some(RefuseReason::ConsentEnded)), (3, None), (7, None)] {
        let at = given.now + minute * minutes;
        let (api, action, period) = ("returns".to_owned(), "RETSUM".to_owned(), Some("102026".to_owned()));
        let call = Call { gstin: gstin(0), consent: consent.id, at, api, action, period, refused };
        let mut work = given.write().await;
        work.add_calls(&[(given.id(at), call.clone())]).await.expect("call");
        work.commit().await.expect("commit");
    }
    let due = UsageTotals { passed: 3, refused: 1, last_passed_at: Some(given.now + minute * 7) };
    let mut work = given.read().await;
    assert_eq!(work.usage(gstin(0), consent.id).await.expect("read"), due);
    assert_eq!(work.listed_consent(gstin(0), consent.id).await.expect("read").expect("there").usage, due);
    let calls = work.calls(gstin(0), consent.id, None).await.expect("read");
    assert_eq!(calls[0].1.refused, Some(RefuseReason::ConsentEnded));
    assert_eq!(calls.len(), 4);
}

async fn racing_calls_are_all_counted(given: Given) {
    let consent = given.granted(0, 0, given.now).await;
    let (given, id) = (&given, consent.id);
    futures::future::join_all((0..20).map(|_| async move {
        let (api, action) = ("returns".to_owned(), "RETSUM".to_owned());
        let call = Call { gstin: gstin(0), consent: id, at: given.now, api, action, period: None, refused: None };
        let mut work = given.write().await;
        work.add_calls(&[(given.id(given.now), call.clone())]).await.expect("call");
        work.commit().await.expect("commit");
    }))
    .await;
    assert_eq!(given.read().await.usage(gstin(0), id).await.expect("read").passed, 20);
}

on_both_engines!(super::Given::new:
    totals_are_what_the_calls_say_in_whatever_order_they_come,
    racing_calls_are_all_counted,
);
