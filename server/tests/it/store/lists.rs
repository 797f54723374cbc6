//! Lists of consents and calls: every row once, the newest first, whatever is added meanwhile.

use std::collections::BTreeSet;

use app::model::{
    consent::{Consent, Status},
    page::{Cursor, Page, ROWS_MAX},
    usage::Call,
};
use jiff::SignedDuration;
use uuid::Uuid;

use super::given::{Given, gstin, signatory};
use crate::support::database::on_both_engines;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Three pages and a bit.
const CONSENTS: u32 = 80;

/// Consents over 70 days, some of them ended; some are granted in the same millisecond.
async fn past_of(given: &Given) -> Vec<Consent> {
    let mut consents = Vec::new();
    for number in 0..CONSENTS {
        let back = if number % 8 == 0 { 500 } else { i64::from(given.below(70 * 24)) };
        let granted_at = given.now - HOUR * i32::try_from(back).expect("hours");
        let consent = given.granted(0, number as usize % 4, granted_at).await;
        let ended_at = granted_at + HOUR;
        match consent.revoke(signatory(gstin(0)), ended_at) {
            Ok(moved) if number % 3 == 0 => {
                given.moved(&moved).await.expect("ended");
                consents.push(moved.consent);
            }
            _ => consents.push(consent),
        }
    }
    given.granted(1, 0, given.now).await;
    consents
}

/// All pages of a list, one after the other; `between` runs after each page.
async fn walk(given: &Given, live: bool, mut between: impl AsyncFnMut()) -> Vec<Consent> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let rows = given.read().await.list_consents(gstin(0), live, given.now, after).await.expect("read");
        assert!(rows.len() <= ROWS_MAX + 1);
        let page = Page::cut(rows, |row| Cursor { at: row.consent.granted_at, id: row.consent.id.0 });
        all.extend(page.rows.into_iter().map(|row| row.consent));
        between().await;
        let Some(next) = page.next else { return all };
        after = Some(next.parse().expect("cursor"));
    }
}

async fn live_and_past_together_are_all_consents_each_once_and_the_newest_first(given: Given) {
    let mut due = past_of(&given).await;
    due.sort_by_key(|consent| std::cmp::Reverse(consent.id));
    for live in [true, false] {
        let walked = walk(&given, live, async || ()).await;
        let due: Vec<_> =
            due.iter().filter(|consent| (consent.status(given.now) == Status::Live) == live).cloned().collect();
        assert!(due.len() > 5);
        assert_eq!(walked, due, "live: {live}");
        assert!(walked.windows(2).all(|two| two[0].granted_at >= two[1].granted_at));
    }
}

async fn what_is_granted_while_somebody_pages_moves_no_row_to_another_page(given: Given) {
    let before: BTreeSet<_> = past_of(&given).await.into_iter().map(|consent| consent.id).collect();
    let mut walked = Vec::new();
    for live in [true, false] {
        let grant_another = async || {
            given.granted(0, 5, given.now).await;
        };
        walked.extend(walk(&given, live, grant_another).await);
    }
    let seen: Vec<_> = walked.iter().map(|consent| consent.id).filter(|id| before.contains(id)).collect();
    assert_eq!(seen.len(), before.len());
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), before);
}

async fn calls_are_paged_the_newest_first_each_once(given: Given) {
    let consent = given.granted(0, 0, given.now - HOUR * 100).await;
    let other = given.granted(0, 1, given.now - HOUR * 100).await;
    let mut due = Vec::new();
    let mut work = given.write().await;
    for number in 0..60 {
        let at = given.now - HOUR * i32::try_from(given.below(90)).expect("hours");
        let of = if number % 5 == 0 { &other } else { &consent };
        let (api, action) = ("returns".to_owned(), format!("A{number}"));
        let call = Call { gstin: gstin(0), consent: of.id, at, api, action, period: None, refused: None };
        let id = given.id(at);
        work.add_calls(&[(id, call.clone())]).await.expect("call");
        if of.id == consent.id {
            due.push((id, call));
        }
    }
    work.commit().await.expect("commit");
    due.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let (mut walked, mut after): (Vec<(Uuid, Call)>, _) = (Vec::new(), None);
    loop {
        let rows = given.read().await.calls(gstin(0), consent.id, after).await.expect("read");
        let page = Page::cut(rows, |(id, call)| Cursor { at: call.at, id: *id });
        walked.extend(page.rows);
        let Some(next) = page.next else { break };
        after = Some(next.parse().expect("cursor"));
    }
    assert_eq!(walked, due);
}

on_both_engines!(super::Given::new:
    live_and_past_together_are_all_consents_each_once_and_the_newest_first,
    what_is_granted_while_somebody_pages_moves_no_row_to_another_page,
    calls_are_paged_the_newest_first_each_once,
);
