//! Both engines hold the same: tables, columns, keys, indexes, references, checks and triggers.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use server::store::port::OwedSecurityEvent;
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::given::Given;
use crate::support::database::{Database, Engine, on_both_engines};

/// What each engine says of itself, in words that both use. `kind` is SQLite's: the other's types are put under it.
const COLUMNS_OF_SQLITE: &str = "select m.name || '.' || c.name || ' ' || lower(c.type) ||
        case when c.\"notnull\" = 1 or c.pk > 0 then ' not null' else '' end
     from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'";
const COLUMNS_OF_POSTGRES: &str = "select table_name || '.' || column_name || ' ' ||
        case data_type when 'bigint' then 'integer' when 'boolean' then 'integer' when 'uuid' then 'blob'
            when 'bytea' then 'blob' else data_type end ||
        case is_nullable when 'NO' then ' not null' else '' end
     from information_schema.columns
     join pg_class on oid = format('%I.%I', table_schema, table_name)::regclass and not relispartition
     where table_schema = 'public'";

const KEYS_OF_SQLITE: &str = "select m.name || ' (' ||
        (select group_concat(name, ', ') from (select name from pragma_table_info(m.name) where pk > 0 order by pk)) || ')'
     from sqlite_master m where m.type = 'table'";
const KEYS_OF_POSTGRES: &str = "select t.relname || ' (' ||
        (select string_agg(attname, ', ' order by place) from unnest(i.indkey) with ordinality as k (number, place)
         join pg_attribute on attrelid = t.oid and attnum = k.number) || ')'
     from pg_index i join pg_class t on t.oid = i.indrelid
     where i.indisprimary and not t.relispartition and t.relnamespace = 'public'::regnamespace";

const INDEXES_OF_SQLITE: &str = "select m.name || ' (' ||
        (select group_concat(name, ', ') from (select name from pragma_index_info(i.name) order by seqno)) || ')' ||
        case when i.\"unique\" = 1 then ' unique' else '' end || case when i.partial = 1 then ' partial' else '' end
     from sqlite_master m join pragma_index_list(m.name) i where m.type = 'table' and i.origin <> 'pk'";
const INDEXES_OF_POSTGRES: &str = "select t.relname || ' (' ||
        (select string_agg(attname, ', ' order by place) from unnest(i.indkey) with ordinality as k (number, place)
         join pg_attribute on attrelid = t.oid and attnum = k.number) || ')' ||
        case when i.indisunique then ' unique' else '' end || case when i.indpred is null then '' else ' partial' end
     from pg_index i join pg_class t on t.oid = i.indrelid
     where not i.indisprimary and not t.relispartition and t.relnamespace = 'public'::regnamespace";

const REFERENCES_OF_SQLITE: &str = "select m.name || ' (' || group_concat(f.\"from\", ', ') || ') to ' || f.\"table\"
     from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table' group by m.name, f.id";
const REFERENCES_OF_POSTGRES: &str = "select t.relname || ' (' ||
        (select string_agg(attname, ', ' order by place) from unnest(c.conkey) with ordinality as k (number, place)
         join pg_attribute on attrelid = t.oid and attnum = k.number) || ') to ' || c.confrelid::regclass
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     where c.contype = 'f' and c.conparentid = 0 and not t.relispartition";

/// Tables that are the engines' or the migrations' own.
fn is_ours(line: &str) -> bool {
    !line.starts_with("_sqlx") && !line.starts_with("sqlite_")
}

async fn of_sqlite(database: &Database, question: &'static str) -> BTreeSet<String> {
    let mut connection = SqliteConnection::connect(&database.address).await.expect("connection");
    let lines: Vec<Option<String>> = sqlx::query_scalar(question).fetch_all(&mut connection).await.expect("answer");
    lines.into_iter().flatten().filter(|line| is_ours(line)).collect()
}

async fn of_postgres(database: &Database, question: &'static str) -> BTreeSet<String> {
    let mut connection = PgConnection::connect(&database.address).await.expect("connection");
    let lines: Vec<Option<String>> = sqlx::query_scalar(question).fetch_all(&mut connection).await.expect("answer");
    lines.into_iter().flatten().filter(|line| is_ours(line)).collect()
}

#[tokio::test]
async fn both_engines_hold_the_same_columns_keys_indexes_and_references() {
    let (sqlite, postgres) = (Database::fresh(Engine::Sqlite).await, Database::fresh(Engine::Postgres).await);
    for (what, least, one, other) in [
        ("columns", 100, COLUMNS_OF_SQLITE, COLUMNS_OF_POSTGRES),
        ("keys", 20, KEYS_OF_SQLITE, KEYS_OF_POSTGRES),
        ("indexes", 10, INDEXES_OF_SQLITE, INDEXES_OF_POSTGRES),
        ("references", 10, REFERENCES_OF_SQLITE, REFERENCES_OF_POSTGRES),
    ] {
        let (one, other) = (of_sqlite(&sqlite, one).await, of_postgres(&postgres, other).await);
        let only_one: Vec<_> = one.difference(&other).collect();
        let only_other: Vec<_> = other.difference(&one).collect();
        assert!(only_one.is_empty() && only_other.is_empty(), "{what}: SQLite {only_one:?}, PostgreSQL {only_other:?}");
        assert!(one.len() >= least, "only {} {what} were looked at", one.len());
    }
}

/// Tables about a taxpayer that begin their key with something else: who is found before the taxpayer is known.
const NOT_OF_A_TAXPAYER: [&str; 26] = [
    // Of nobody yet: a report whose attempt is not written down.
    "early_report (",
    // Whose turn it is to look for what sleeps.
    "sweep (",
    "gsp (",
    "asp (",
    "application (",
    "gateway (",
    "wire_key (",
    "otp_rate_of_application (",
    "bad_key_rate_of_application (",
    // Of whoever a telephone belongs to: it may sign for many.
    "stop_rate_of_mobile (",
    "portal_session (",
    "hand_off (",
    "taxpayer (",
    "node (",
    "signing_key (",
    "ledger (",
    "ledger_tile (",
    "ledger_checkpoint (",
    // Read for every taxpayer at once in the order of their transactions, and emptied within seconds.
    "owed_leaf (",
    // Read by every server for every taxpayer at once, and emptied within minutes.
    "change (",
    "provider_rate (",
    // Of an ASP: up to which taxpayer its suspension is told.
    "suspension (",
    "canary (",
    "canary_message (",
    // Of a GSP: by which road it is told.
    "gsp_push (",
    // One row: since when ends have their security events.
    "security_event_since (",
];

#[tokio::test]
async fn every_table_of_a_taxpayers_data_has_the_gstin_in_its_key() {
    let postgres = Database::fresh(Engine::Postgres).await;
    let with_gstin = of_postgres(
        &postgres,
        "select distinct table_name || ' (' from information_schema.columns where column_name = 'gstin'",
    );
    let keys = of_postgres(&postgres, KEYS_OF_POSTGRES).await;
    let with_gstin = with_gstin.await;
    let of_one = |table: &&String| !NOT_OF_A_TAXPAYER.contains(&table.as_str());
    for table in with_gstin.iter().filter(of_one).filter(|table| keys.iter().any(|key| key.starts_with(*table))) {
        let key = keys.iter().find(|key| key.starts_with(table)).expect("a key");
        assert!(key.starts_with(&format!("{table}gstin")), "{key}");
    }
    let others: Vec<_> = keys.iter().filter(|key| !key.contains("(gstin")).collect();
    let known = |key: &&&String| NOT_OF_A_TAXPAYER.iter().any(|table| key.starts_with(table));
    assert_eq!(others.iter().filter(|key| !known(key)).count(), 0, "{others:?}");
}

#[tokio::test]
async fn the_statements_for_citus_name_every_table() {
    let postgres = Database::fresh(Engine::Postgres).await;
    let keys = of_postgres(&postgres, KEYS_OF_POSTGRES).await;
    let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATIONS.md");
    let text = fs::read_to_string(operations).expect("the document");
    let section = text.split("## Citus").nth(1).and_then(|rest| rest.split("```").nth(1)).expect("its statements");
    let tables = keys.iter().filter_map(|key| key.split_once(" (")).map(|(table, _)| table);
    let missing: Vec<_> = tables.filter(|table| !section.contains(&format!("'{table}'"))).collect();
    assert!(missing.is_empty() && keys.len() > 20, "not named: {missing:?}");
}

fn migrations(engine: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store").join(engine).join("migrations");
    let mut files: Vec<_> = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    files
}

/// What stands in brackets after each `check`, in SQLite's words, and without what the other engine's types say already.
fn checks(text: &str) -> Vec<String> {
    let mut checks = Vec::new();
    for (place, _) in text.match_indices("check (") {
        let rest = &text[place + "check ".len()..];
        let mut depth = 0;
        let end = rest.find(|letter| {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            depth == 0
        });
        let check = rest[..=end.expect("brackets close")].split_whitespace().collect::<Vec<_>>().join(" ");
        checks.push(check.replace("octet_length", "length").replace("( ", "(").replace(" )", ")"));
    }
    checks.retain(|check| !check.ends_with("= 16)") && !check.ends_with("in (0, 1))"));
    checks.sort();
    checks
}

/// Name, occasion and table of each trigger.
fn triggers(text: &str) -> Vec<String> {
    let words = |rest: &str| rest.split_whitespace().take(5).collect::<Vec<_>>().join(" ");
    let mut triggers: Vec<_> = text.split("create trigger ").skip(1).map(words).collect();
    triggers.sort();
    triggers
}

#[test]
fn both_engines_check_the_same_and_refuse_the_same_migration_by_migration() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    let names =
        |files: &[PathBuf]| files.iter().map(|file| file.file_name().map(ToOwned::to_owned)).collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    // Taken together: SQLite changes a table by a new one, which says again what the old one said.
    let (mut one, mut other) = (BTreeSet::new(), BTreeSet::new());
    for (of_sqlite, of_postgres) in sqlite.iter().zip(&postgres) {
        for (file, all) in [(of_sqlite, &mut one), (of_postgres, &mut other)] {
            let text = fs::read_to_string(file).expect("text");
            all.extend(checks(&text).into_iter().chain(triggers(&text)));
        }
        assert_eq!(one, other, "after {}", of_sqlite.display());
    }
    let looked_at = one.len();
    assert!(looked_at >= 20, "only {looked_at} checks and triggers");
}

async fn what_the_model_never_asks_for_is_refused_by_the_tables_themselves(given: Given) {
    given.granted(0, 0, given.now).await;
    let ended = given.granted(0, 1, given.now).await.log_out(given.now).expect("live");
    given.moved(&ended).await.expect("ended");
    let (gstin, consent, application) = (ended.consent.gstin, ended.consent.id, ended.consent.application);
    let owed = OwedSecurityEvent { gstin, consent, application, at: given.now, due_at: given.now };
    let mut work = given.write().await;
    work.owe_security_event(&owed).await.expect("owed");
    work.commit().await.expect("commit");
    given.grown_ledger().await;
    for refused in [
        "delete from consent",
        "delete from event",
        "delete from chain_head",
        "update event set version = 9",
        "update consent set version = 9 where ended_at is not null",
        "update consent set valid_until = valid_until + 1 where ended_at is null",
        "update consent set ended_at = 1 where ended_at is null",
        "update chain_head set seq = seq - 1 where seq > 0",
        "update access_window set minutes = 5",
        "update application set standing = 'perhaps'",
        "insert into hand_off (jti, expires_at) values (null, 1)",
        "delete from ledger",
        "update ledger set size = size - 1",
        "update ledger set origin = 'another'",
        "delete from ledger_tile",
        "update ledger_tile set hashes = salt from leaf",
        "delete from ledger_checkpoint",
        "update ledger_checkpoint set note = ''",
        "delete from leaf",
        "update leaf set leaf_index = 9",
        "delete from signing_key",
        "update signing_key set created_at = 0",
        "delete from security_event",
    ] {
        assert!(given.database.run(refused).await.is_err(), "{refused} is not refused");
    }
    assert_eq!(given.database.count("select count(*) from consent").await, 2);
}

on_both_engines!(super::Given::new: what_the_model_never_asks_for_is_refused_by_the_tables_themselves);
