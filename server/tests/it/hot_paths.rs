//! What the plans of the hot statements are worth: nothing that a request, a check, a message or a sweep runs is unknown to
//! them. The whole story is told once on PostgreSQL, and its log is read.

use std::collections::BTreeSet;

use app::{model::controls::Decided, paths};
use reqwest::{Client, StatusCode};
use server::{
    consent::{Asked, By},
    store::HOT_STATEMENTS,
    wire_client::WireClientError,
};
use sqlx::{Connection, PgConnection};

use crate::support::{
    database::Database,
    house::{ClockedHouse, cast},
    lane::Lane,
    postgres::{Cluster, statements},
};

/// From here on the log is read: what comes before makes the house.
const STORY: &str = "select 'the story begins'";

/// Statements that a story runs and whose plans nobody asks for, each by a part of it, and why. Some are said only where it
/// takes long.
const COLD: &[(&str, &str)] = &[
    ("clock_timestamp()", "reads no table"),
    (" pg_", "reads no table of ours"),
    ("select pg_", "reads no table of ours"),
    ("with added as ( insert into alert (", "only inserts"),
    (" ledger ", "that table has one row"),
    (" signing_key ", "there are a few keys, and a server reads them at its start"),
    (" wire_key ", "there are a few keys, and a server reads them every minute"),
    (
        "select consent.gstin, consent.id, consent.application_id, granted_at",
        "a search; `plans` looks at every kind of them",
    ),
    (
        "select delivery.gstin, delivery.id, delivery.alert_id, channel",
        "an officers' search; `plans` looks at those, too",
    ),
    ("select 1 as alive", "asks a connection that heard nothing for a while whether it is still there"),
];

/// As one line.
fn line(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether it looks rows up.
fn looks_up(statement: &str) -> bool {
    ["select ", "update ", "delete ", "with "].iter().any(|verb| statement.starts_with(verb))
}

#[tokio::test]
async fn every_statement_of_the_story_has_a_plan_that_is_looked_at_or_a_reason() {
    let cluster = Cluster::start();
    Database::of(&cluster).await.store.close().await;
    let logging = Database::at(format!("{}?options[log_statement]=all", cluster.url("postgres"))).await;
    let house = ClockedHouse::start_over(&logging, 5).await;
    let lane = Lane::open_at(1, &*house.store, house.clock.now()).await;
    let mut marker = PgConnection::connect(&logging.address).await.expect("connection");
    sqlx::query(STORY).execute(&mut marker).await.expect("a mark");
    tell(&house, &lane).await;
    house.stop().await;
    logging.store.close().await;
    marker.close().await.expect("closed");
    let log = statements(&cluster.stop());
    let told = log.iter().position(|statement| statement == STORY).expect("the mark");
    let hot: BTreeSet<_> = HOT_STATEMENTS.iter().map(|(_, statement)| line(statement)).collect();
    let cold = |statement: &str| COLD.iter().any(|(part, _)| statement.contains(part));
    let said: BTreeSet<_> = log[told + 1..].iter().map(|it| line(it)).filter(|it| looks_up(it)).collect();
    let unknown: Vec<_> = said.iter().filter(|it| !hot.contains(*it) && !cold(it)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// A consent is obtained, used, looked at, paused, revoked; an ASP is blocked and everything frozen; alerts go out, and what is
/// asleep is looked for.
async fn tell(house: &ClockedHouse, lane: &Lane) {
    let (players, _) = cast();
    let (gstin, now) = (lane.taxpayer.gstin, house.clock.now());
    let by = &By::from(lane.signatory.id);
    let (mut asp, otp) = house.asked(&players[0], &lane.taxpayer, &lane.signatory).await;
    asp.auth_token(&otp).await.expect("consent");
    assert_eq!(house.check(&asp).await, StatusCode::OK);
    asp.refresh().await.expect("the next session");
    let (mut other, otp) = house.asked(&players[1], &lane.taxpayer, &lane.signatory).await;
    other.auth_token(&otp).await.expect("consent");
    house.all_told().await;

    let mut work = house.store.read().await.expect("read");
    let live = work.list_consents(gstin, true, now, None).await.expect("read");
    drop(work);
    let (newest, oldest) = (live[0].consent.id, live[1].consent.id);
    let pages = [
        paths::access_now(gstin),
        paths::history(gstin),
        paths::deeds(gstin),
        paths::fetched(gstin),
        paths::settings(gstin),
        paths::alerts(gstin),
        paths::consent(gstin, newest),
        format!("{}?q=tally&sort=ends_first", paths::access_now(gstin)),
        format!("{}?q=tally&state=revoked", paths::history(gstin)),
    ];
    let http = Client::new();
    let look = async |page: &str| {
        let request = http.get(format!("{}{page}", house.url)).header("cookie", format!("asp-access={}", lane.cookie));
        let answer = request.header("accept", "text/html").send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::OK, "{page}");
    };
    for page in &pages {
        look(page).await;
    }
    let paused = house.consents.pause(gstin, newest, by).await.expect("paused");
    house.consents.resume(gstin, newest, paused.version, by).await.expect("resumed");
    house.consents.revoke(gstin, newest, lane.signatory.id).await.expect("a receipt");
    look(&paths::receipt(gstin, newest)).await;
    house.consents.disown(gstin, oldest, by).await.expect("a reference");
    let mut work = house.store.read().await.expect("read");
    let version = work.controls(gstin).await.expect("read").expect("controls").window.version;
    drop(work);
    let freeze = Asked::Plain(Decided::Freeze { until: None });
    house.consents.decide(gstin, freeze, version, by).await.expect("frozen");
    let refused = asp.otp_request().await;
    assert!(matches!(refused, Err(WireClientError::Refused { .. })), "{refused:?}");
    house.consents.sweep().await.expect("swept");
    house.all_told().await;
}
