//! `verify` over database files: whole ones are clean, and every row that was changed behind the server's back is named.

use std::{path::Path, process::Output, sync::Arc};

use app::model::Timestamp;
use server::{
    clock::{Clock, SystemClock},
    seed::{Dice, Plan, seed},
    store::{open, open_to_read},
    vault::Vault,
    verify::{Violation, verify},
};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection, ValueRef,
    postgres::PgRow,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{
    database::{Database, administer, empty_postgres, on_both_engines},
    process::asp_access,
    world::World,
};

/// A database with made-up data.
async fn seeded() -> (TempDir, Timestamp) {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path().join("whole.db").to_str().expect("text")).await.expect("database");
    let vault = Vault::new(&[7; 32], Arc::new(Dice::new(1, 1)));
    let now = SystemClock.now();
    let plan = Plan { taxpayers: 12, consents: 400, seed: 3, now, logs_since: None };
    let made = seed(store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
    assert_eq!(made.consents, plan.consents);
    store.close().await;
    (folder, now)
}

async fn look(address: &str, now: Timestamp) -> Vec<Violation> {
    let store = open_to_read(address).await.expect("database");
    let mut found = Vec::new();
    let counted = verify(&*store, now, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(counted.violations, found.len() as u64);
    store.close().await;
    found
}

/// What somebody does to a file: which rule sees it, and the row it must name (its table; its GSTIN, its key and the
/// rowid of what is struck, by `row`). In `deed`, `?1` is that rowid.
struct Tamper {
    what: &'static str,
    check: &'static str,
    table: &'static str,
    row: &'static str,
    deed: &'static str,
}

const fn tamper(
    what: &'static str,
    check: &'static str,
    table: &'static str,
    row: &'static str,
    deed: &'static str,
) -> Tamper {
    Tamper { what, check, table, row, deed }
}

const A_CONSENT: &str = "select gstin, id, rowid from consent limit 1";
const A_REVOKED_CONSENT: &str = "select gstin, id, rowid from consent where end_reason like '%revoked%' limit 1";

const TAMPERS: &[Tamper] = &[
    tamper(
        "a revoke is undone",
        "life",
        "consent",
        A_REVOKED_CONSENT,
        "update consent set ended_at = null, ended_by = null, end_reason = null where rowid = ?1",
    ),
    tamper(
        "a consent is made to last a day longer",
        "life",
        "consent",
        A_CONSENT,
        "update consent set valid_until = valid_until + 86400000000 where rowid = ?1",
    ),
    tamper(
        "an end is told to be the ASP's doing",
        "life",
        "consent",
        A_REVOKED_CONSENT,
        r#"update consent set end_reason = '{"why":"logged_out"}' where rowid = ?1"#,
    ),
    tamper(
        "an end is written that nobody can read",
        "readable",
        "consent",
        A_REVOKED_CONSENT,
        "update consent set end_reason = 'revoked' where rowid = ?1",
    ),
    tamper(
        "a version is counted up",
        "life",
        "consent",
        A_CONSENT,
        "update consent set version = version + 1 where rowid = ?1",
    ),
    tamper(
        "an event is rewritten",
        "chain",
        "event",
        "select gstin, seq, rowid from event where seq = 3 limit 1",
        "update event set at = at - 1 where rowid = ?1",
    ),
    tamper(
        "an event is removed",
        "chain",
        "event",
        "select gstin, seq, rowid from event where seq = 3 limit 1",
        "delete from event where rowid = ?1",
    ),
    tamper(
        "a hash is exchanged",
        "chain",
        "event",
        "select gstin, seq, rowid from event where seq = 2 limit 1",
        "update event set hash = zeroblob(32) where rowid = ?1",
    ),
    tamper(
        "the last event is removed",
        "chain",
        "chain_head",
        "select chain_head.gstin, null, event.rowid from event
         join chain_head on chain_head.gstin = event.gstin and chain_head.seq = event.seq limit 1",
        "delete from event where rowid = ?1",
    ),
    tamper(
        "a consent is removed, its traces are not",
        "orphans",
        "event",
        "select event.gstin, seq, consent.rowid from event
         join consent on consent.gstin = event.gstin and consent.id = consent_id where seq = 1 limit 1",
        "delete from consent where rowid = ?1",
    ),
    tamper(
        "a consent is put in the name of an application that is not there",
        "orphans",
        "consent",
        A_CONSENT,
        "update consent set application_id = zeroblob(16) where rowid = ?1",
    ),
    tamper(
        "a closed session is opened again, under a consent that has ended",
        "sessions",
        "session",
        "select gstin, token_hash, rowid from session where closed_at is not null limit 1",
        "update session set closed_at = null, consent_id =
            (select id from consent where consent.gstin = session.gstin and ended_at is not null limit 1)
         where rowid = ?1",
    ),
    tamper(
        "a session is made to last longer",
        "sessions",
        "session",
        "select gstin, token_hash, rowid from session limit 1",
        "update session set expires_at = expires_at + 3600000000 where rowid = ?1",
    ),
    tamper(
        "a used OTP is made usable again",
        "otp",
        "consent",
        "select event.gstin, consent_id, otp_request.rowid from event
         join consent on consent.gstin = event.gstin and consent.id = consent_id
         join otp_request on otp_request.gstin = event.gstin
            and otp_request.application_id = consent.application_id and requested_at <= at and expires_at > at
         where seq = 1 limit 1",
        "update otp_request set state = 'pending' where rowid = ?1",
    ),
    tamper(
        "an alert is removed",
        "alerts",
        "event",
        "select event.gstin, seq, alert.rowid from event
         join alert on alert.gstin = event.gstin and alert.consent_id = event.consent_id and owed_at = at limit 1",
        "delete from alert where rowid = ?1",
    ),
    tamper(
        "a delivery is removed",
        "alerts",
        "alert",
        "select gstin, alert_id, rowid from delivery limit 1",
        "delete from delivery where rowid = ?1",
    ),
    tamper(
        "a delivery says that it was accepted",
        "deliveries",
        "delivery",
        "select gstin, id, rowid from delivery where state = 'permanent_failure' limit 1",
        "update delivery set state = 'accepted', accepted_at = due_at where rowid = ?1",
    ),
    tamper(
        "a delivery is set back to be sent again",
        "deliveries",
        "delivery",
        "select gstin, id, rowid from delivery where state = 'accepted' limit 1",
        "update delivery set state = 'queued', accepted_at = null where rowid = ?1",
    ),
    tamper(
        "an attempt is removed",
        "deliveries",
        "delivery",
        "select gstin, delivery_id, rowid from attempt limit 1",
        "delete from attempt where rowid = ?1",
    ),
    tamper(
        "a call is removed",
        "usage",
        "usage",
        "select gstin, consent_id, rowid from call limit 1",
        "delete from call where rowid = ?1",
    ),
    tamper(
        "a call is made to have passed after the end",
        "after_end",
        "consent",
        "select call.gstin, consent_id, call.rowid from call
         join consent on consent.gstin = call.gstin and consent.id = consent_id
         where ended_at is not null and refused is null limit 1",
        "update call set at = (select max(ended_at) + 60000000 from consent) where rowid = ?1",
    ),
    tamper(
        "a GSTIN is written that is none",
        "readable",
        "signatory",
        "select '~', id, rowid from signatory limit 1",
        "update signatory set gstin = '~' where rowid = ?1",
    ),
];

/// The name of a row, as `verify` gives it, and the rowid of what is struck.
fn name_and_rowid(table: &str, found: &SqliteRow) -> (String, i64) {
    let key = match (found.try_get::<Option<i64>, _>(1), found.try_get::<Vec<u8>, _>(1)) {
        (Ok(None), _) => String::new(),
        (Ok(Some(number)), _) => format!("/{number}"),
        (_, Ok(bytes)) if bytes.len() == 32 => format!("/{}…", hex::encode(&bytes[..8])),
        (_, bytes) => format!("/{}", Uuid::from_slice(&bytes.expect("a key")).expect("an id")),
    };
    (format!("{table} {}{key}", found.get::<&str, _>(0)), found.get(2))
}

/// Opens a file as an intruder would: nothing that guards it is on.
async fn intrude(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("database");
    let triggers: Vec<String> = sqlx::query_scalar("select name from sqlite_schema where type = 'trigger'")
        .fetch_all(&mut connection)
        .await
        .expect("triggers");
    for trigger in triggers {
        sqlx::raw_sql(AssertSqlSafe(format!("drop trigger {trigger}"))).execute(&mut connection).await.expect("drop");
    }
    connection
}

#[tokio::test]
async fn every_row_that_is_changed_behind_the_servers_back_is_named() {
    let (folder, now) = seeded().await;
    let whole = folder.path().join("whole.db");
    assert_eq!(look(whole.to_str().expect("text"), now).await, []);
    for Tamper { what, check, table, row, deed } in TAMPERS {
        let file = folder.path().join("tampered.db");
        std::fs::copy(&whole, &file).expect("a copy");
        let mut intruder = intrude(&file).await;
        let found = sqlx::query(*row).fetch_one(&mut intruder).await.expect(what);
        let (name, struck) = name_and_rowid(table, &found);
        let done = sqlx::query(*deed).bind(struck).execute(&mut intruder).await.expect(what);
        assert_eq!(done.rows_affected(), 1, "{what}");
        intruder.close().await.expect("closed");
        let found = look(file.to_str().expect("text"), now).await;
        let named = found.iter().any(|violation| violation.check == *check && violation.row == name);
        assert!(named, "{what}: no {check} of {name} among {found:#?}");
    }
}

/// A statement in the other engine's words. What names a row there is its part and its place in that.
fn in_postgres(statement: &str) -> String {
    let (mut words, mut rest) = (String::new(), statement);
    while let Some(at) = rest.find("rowid") {
        let of_a_name = |letter: char| letter.is_ascii_lowercase() || letter == '_' || letter == '.';
        let start = rest[..at].rfind(|letter| !of_a_name(letter)).map_or(0, |before| before + 1);
        let table = &rest[start..at];
        for part in [&rest[..start], table, "tableoid::bigint || ' ' || ", table, "ctid::text"] {
            words.push_str(part);
        }
        rest = &rest[at + "rowid".len()..];
    }
    words.push_str(rest);
    let words = words.replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')").replace("?1", "$1");
    words.replace("zeroblob(16)", "'00000000-0000-0000-0000-000000000000'")
}

/// The same as [`name_and_rowid`].
fn name_and_place(table: &str, found: &PgRow) -> (String, String) {
    let key = if found.try_get_raw(1).expect("a key").is_null() {
        String::new()
    } else if let Ok(number) = found.try_get::<i64, _>(1) {
        format!("/{number}")
    } else if let Ok(id) = found.try_get::<Uuid, _>(1) {
        format!("/{id}")
    } else {
        format!("/{}…", hex::encode(&found.get::<Vec<u8>, _>(1)[..8]))
    };
    (format!("{table} {}{key}", found.get::<&str, _>(0)), found.get(2))
}

#[tokio::test]
async fn every_row_that_is_changed_behind_the_servers_back_is_named_on_postgres_too() {
    let whole = empty_postgres().await;
    let store = open(&whole).await.expect("database");
    let vault = Vault::new(&[7; 32], Arc::new(Dice::new(1, 1)));
    let now = SystemClock.now();
    let plan = Plan { taxpayers: 12, consents: 400, seed: 3, now, logs_since: None };
    seed(store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
    store.close().await;
    assert_eq!(look(&whole, now).await, []);
    let (server, template) = whole.rsplit_once('/').expect("an address");
    for (number, Tamper { what, check, table, row, deed }) in TAMPERS.iter().enumerate() {
        let copy = format!("tampered_{number}");
        administer(crate::support::postgres::shared(), format!("create database {copy} template {template}")).await;
        let address = format!("{server}/{copy}");
        let mut intruder = PgConnection::connect(&address).await.expect("connection");
        sqlx::query("set session_replication_role = replica").execute(&mut intruder).await.expect("a superuser");
        let found = sqlx::query(AssertSqlSafe(in_postgres(row))).fetch_one(&mut intruder).await.expect(what);
        let (name, struck) = name_and_place(table, &found);
        let done = sqlx::query(AssertSqlSafe(in_postgres(deed))).bind(struck).execute(&mut intruder).await.expect(what);
        assert_eq!(done.rows_affected(), 1, "{what}");
        intruder.close().await.expect("closed");
        let found = look(&address, now).await;
        let named = found.iter().any(|violation| violation.check == *check && violation.row == name);
        assert!(named, "{what}: no {check} of {name} among {found:#?}");
    }
}

fn run(file: &Path, json: bool) -> Output {
    let mut command = asp_access();
    command.args(["verify", "--database"]).arg(file);
    if json {
        command.arg("--json");
    }
    command.output().expect("verify runs")
}

#[tokio::test]
async fn the_command_says_what_it_found_by_its_exit_code_too() {
    let (folder, _) = seeded().await;
    let file = folder.path().join("whole.db");
    let clean = run(&file, false);
    assert_eq!(clean.status.code(), Some(0), "{clean:?}");
    assert!(String::from_utf8_lossy(&clean.stdout).starts_with("0 violations in 12 taxpayers, 400 consents"));

    let mut intruder = intrude(&file).await;
    sqlx::raw_sql("delete from attempt where rowid = 1").execute(&mut intruder).await.expect("deleted");
    intruder.close().await.expect("closed");
    let broken = run(&file, true);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    let report: serde_json::Value = serde_json::from_slice(&broken.stdout).expect("JSON");
    assert_eq!((report["clean"].as_bool(), report["violations"].as_u64()), (Some(false), Some(2)), "{report}");
    assert_eq!(report["listed"][0]["check"], "deliveries");

    let none = run(&folder.path().join("none.db"), false);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    assert!(!folder.path().join("none.db").exists(), "looking makes no file");
    std::fs::write(folder.path().join("text.db"), "no database at all, but long enough to look like a file\n")
        .expect("a file");
    assert_eq!(run(&folder.path().join("text.db"), true).status.code(), Some(2));
}

async fn the_sample_data_and_what_is_done_with_it_break_no_rule(world: World) {
    let (application, user) = (&world.player.application, &world.taxpayer.username);
    let first = world.grant().await;
    let second = world.grant().await;
    world.consents.refresh(application, user, &second.token).await.expect("refreshed");
    world.consents.revoke(world.taxpayer.gstin, first.consent.id, world.signatory.id).await.expect("receipt");
    world.consents.revoke(world.taxpayer.gstin, second.consent.id, world.signatory.id).await.expect("receipt");
    assert_eq!(world.violations().await, []);
}

async fn made_up_data_breaks_no_rule_and_the_same_seed_makes_the_same(database: Database) {
    let vault = Vault::new(&[7; 32], Arc::new(Dice::new(1, 1)));
    let plan = Plan { taxpayers: 30, consents: 600, seed: 5, now: SystemClock.now(), logs_since: None };
    let made = seed(database.store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
    assert_eq!(made.consents, plan.consents);
    let mut found = Vec::new();
    let counted =
        verify(&*database.store, plan.now, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
    assert_eq!(found, []);
    assert_eq!((counted.taxpayers, counted.consents), (plan.taxpayers, plan.consents));
    let gstin = server::seed::gstin(9, plan.taxpayers);
    let chain = database.store.read().await.expect("read").chain(gstin, 0).await.expect("read");
    let mut batch = server::store::port::Batch::default();
    server::seed::Past::make(9, &plan, &server::seed::applications(plan.seed), &vault, &mut batch);
    assert_eq!(chain, batch.events);
    let again = seed(database.store.clone(), &vault, plan, &mut |_| ()).await;
    assert!(again.is_err_and(|error| error.to_string().contains("not empty")));
}

on_both_engines!(crate::support::world::World::new: the_sample_data_and_what_is_done_with_it_break_no_rule);

mod made_up {
    use super::{made_up_data_breaks_no_rule_and_the_same_seed_makes_the_same, on_both_engines};
    on_both_engines!(crate::support::database::Database::fresh: made_up_data_breaks_no_rule_and_the_same_seed_makes_the_same);
}
