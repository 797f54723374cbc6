//! `verify` over the log, on both engines: what an intruder does to events and their leaves is seen and named, also where
//! everything else that speaks of them is made to fit.

use std::fmt::Display;

use app::model::{event::Event, id::ConsentId};
use server::{
    ledger::link,
    store::port::ChainLink,
    verify::{Violation, verify},
};

use super::given::{Given, gstin};
use crate::support::database::{Engine, on_both_engines};

/// Taxpayers with a grant each, and one with three; all in the log.
async fn grown(engine: Engine) -> Given {
    let given = Given::new(engine).await;
    for nth in [0, 1, 2, 0, 3, 0] {
        given.granted(nth, nth, given.now).await;
    }
    given.grown_ledger().await;
    given
}

/// What the rules about chain and log find. The others would see that these consents have no OTP.
async fn found(given: &Given) -> Vec<Violation> {
    let mut found = Vec::new();
    verify(&*given.store, given.now, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    found.retain(|violation| ["ledger", "chain", "orphans"].contains(&violation.check));
    found
}

async fn named(given: &Given, check: &str, row: &str) {
    let found = found(given).await;
    let named = found.iter().any(|violation| violation.check == check && violation.row == row);
    assert!(named, "no {check} of {row} among {found:#?}");
}

async fn chain(given: &Given) -> Vec<(Event, ChainLink)> {
    given.read().await.chain(gstin(0), 0).await.expect("read")
}

fn consent_of(event: &Event) -> impl Display {
    event.consent.expect("about one consent").0.simple()
}

fn whole_event(event: &Event, link: ChainLink) -> String {
    let json = |value: serde_json::Value| value.to_string().replace('\'', "''");
    format!(
        "insert into event (gstin, seq, consent_id, version, at, actor, deed, hash)
         values ('{}', {}, X'{}', {}, {}, '{}', '{}', X'{}')",
        event.gstin,
        link.seq,
        consent_of(event),
        event.version,
        event.at.as_microsecond(),
        json(serde_json::to_value(event.actor).expect("JSON")),
        json(serde_json::to_value(event.deed).expect("JSON")),
        hex::encode(link.hash),
    )
}

fn head(link: ChainLink) -> String {
    format!(
        "update chain_head set seq = {}, hash = X'{}' where gstin = '{}'",
        link.seq,
        hex::encode(link.hash),
        gstin(0)
    )
}

async fn intrude(given: &Given, statements: &[String]) {
    let words = |statement: &String| {
        if given.database.address.starts_with("sqlite:") { statement.clone() } else { in_postgres(statement) }
    };
    let statements: Vec<_> = statements.iter().map(words).collect();
    assert_eq!(given.database.intrude(&statements).await, 1, "{statements:?}");
}

/// An id is sixteen bytes to one engine, and a type of its own to the other.
fn in_postgres(statement: &str) -> String {
    let mut words = String::new();
    for (place, part) in statement.split("X'").enumerate() {
        let id = part.find('\'').is_some_and(|end| end == 32);
        words.push_str(if place == 0 {
            ""
        } else if id {
            "'"
        } else {
            "X'"
        });
        words.push_str(part);
    }
    words
}

async fn a_log_that_nobody_touched_breaks_no_rule(given: Given) {
    assert_eq!(found(&given).await, []);
    given.granted(1, 2, given.now).await;
    assert_eq!(found(&given).await, [], "what is owed is no violation");
}

async fn the_newest_event_of_a_taxpayer_taken_away_with_all_that_speaks_of_it_is_missed(given: Given) {
    let chain = chain(&given).await;
    let [.., (_, before), (last, link)] = &chain[..] else { panic!("three events") };
    let leaf = given.read().await.leaf(gstin(0), link.seq).await.expect("read").expect("a leaf");
    let of = |table: &str| format!("delete from {table} where gstin = '{}' and seq = {}", gstin(0), link.seq);
    let consent = format!("delete from consent where gstin = '{}' and id = X'{}'", gstin(0), consent_of(last));
    intrude(&given, &[of("event"), of("leaf"), consent, head(*before)]).await;
    let found = found(&given).await;
    assert_eq!(found.len(), 1, "only the log knows: {found:#?}");
    assert_eq!((found[0].check, found[0].row.as_str()), ("ledger", format!("leaf {}", leaf.index).as_str()));
}

async fn an_event_taken_away_while_its_leaf_is_left_is_named(given: Given) {
    let of = format!("delete from event where gstin = '{}' and seq = 3", gstin(0));
    let chain = chain(&given).await;
    intrude(&given, &[of, head(chain[1].1)]).await;
    named(&given, "ledger", &format!("leaf {}/3", gstin(0))).await;
}

async fn an_event_rewritten_with_its_chain_is_named(given: Given) {
    let chain = chain(&given).await;
    let mut last = chain[2].0.clone();
    last.at -= jiff::SignedDuration::from_hours(1);
    let rewritten = link(Some(chain[1].1), &last).expect("a link");
    let of = format!("delete from event where gstin = '{}' and seq = 3", gstin(0));
    let leaf = format!("update leaf set at = {} where gstin = '{}' and seq = 3", last.at.as_microsecond(), gstin(0));
    intrude(&given, &[of, whole_event(&last, rewritten), leaf, head(rewritten)]).await;
    named(&given, "ledger", &format!("event {}/3", gstin(0))).await;
}

/// An event that fits the chain, and never happened.
async fn made_up(given: &Given) -> (Event, ChainLink) {
    let (last, before) = chain(given).await.pop().expect("an event");
    let event = Event { consent: Some(ConsentId(given.id(given.now))), ..last };
    let link = link(Some(before), &event).expect("a link");
    (event, link)
}

async fn an_event_slipped_in_has_no_leaf(given: Given) {
    let (event, link) = made_up(&given).await;
    intrude(&given, &[whole_event(&event, link), head(link)]).await;
    named(&given, "ledger", &format!("event {}/4", gstin(0))).await;
}

async fn an_event_slipped_in_with_a_leaf_is_not_what_the_log_holds(given: Given) {
    let (event, link) = made_up(&given).await;
    let leaf = format!(
        "insert into leaf (gstin, seq, at, leaf_index, salt) select gstin, 4, at, 5, salt from leaf where gstin = '{}' and seq = 3",
        gstin(0)
    );
    intrude(&given, &[whole_event(&event, link), head(link), leaf]).await;
    named(&given, "ledger", &format!("event {}/4", gstin(0))).await;
}

async fn a_salt_that_was_changed_is_named(given: Given) {
    let deed = "update leaf set salt = X'07070707070707070707070707070707' where leaf_index = 4";
    given.database.intrude(&[deed.into()]).await;
    let leaf = given.read().await.leaves_between(4, 5).await.expect("read").remove(0);
    named(&given, "ledger", &format!("event {}/{}", leaf.gstin, leaf.seq)).await;
}

async fn a_tile_that_was_changed_is_named(given: Given) {
    let tile = given.read().await.ledger_tiles(0, 0, 1).await.expect("read").remove(0).1;
    let mut hashes = tile.iter().map(ToString::to_string).collect::<Vec<_>>();
    hashes[2] = "07".repeat(32);
    intrude(&given, &[format!("update ledger_tile set hashes = X'{}'", hashes.concat())]).await;
    let leaf = given.read().await.leaves_between(2, 3).await.expect("read").remove(0);
    named(&given, "ledger", &format!("event {}/{}", leaf.gstin, leaf.seq)).await;
    named(&given, "ledger", &format!("ledger_checkpoint 6/{}", given.now)).await;
}

async fn a_checkpoint_that_was_changed_is_named(given: Given) {
    given.database.intrude(&["update ledger_checkpoint set note = replace(note, '6', '5')".into()]).await;
    named(&given, "ledger", &format!("ledger_checkpoint 6/{}", given.now)).await;
}

async fn a_log_that_was_cut_back_is_named(given: Given) {
    intrude(&given, &["update ledger set size = size - 1".into()]).await;
    named(&given, "ledger", "ledger 1").await;
}

async fn a_tile_that_was_taken_away_is_named(given: Given) {
    intrude(&given, &["delete from ledger_tile".into()]).await;
    named(&given, "ledger", "ledger_tile 0/0").await;
}

async fn a_key_that_was_exchanged_is_named(given: Given) {
    let ledger = given.ledger().await;
    ledger.keys().rotate().await.expect("rotated");
    let deed = format!("update signing_key set vouched_for = X'{}' where number = 2", "07".repeat(64));
    intrude(&given, &[deed]).await;
    named(&given, "ledger", "signing_key 2").await;
}

on_both_engines!(super::grown:
    a_log_that_nobody_touched_breaks_no_rule,
    the_newest_event_of_a_taxpayer_taken_away_with_all_that_speaks_of_it_is_missed,
    an_event_taken_away_while_its_leaf_is_left_is_named,
    an_event_rewritten_with_its_chain_is_named,
    an_event_slipped_in_has_no_leaf,
    an_event_slipped_in_with_a_leaf_is_not_what_the_log_holds,
    a_salt_that_was_changed_is_named,
    a_tile_that_was_changed_is_named,
    a_checkpoint_that_was_changed_is_named,
    a_log_that_was_cut_back_is_named,
    a_tile_that_was_taken_away_is_named,
    a_key_that_was_exchanged_is_named,
);
