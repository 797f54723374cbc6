//! How PostgreSQL runs the hot statements on tables with many rows: by an index, each of them, and which one.

use std::{collections::BTreeSet, fmt::Write};

use app::model::{
    alert::{AlertKind, Channel, DeliveryState},
    filter::{ConsentFilter, Sort, StateFilter},
    id::DeliveryId,
    page::Cursor,
};
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::Value;
use server::store::{
    HOT_STATEMENTS, deliveries_statement, open,
    port::{DeliverySearch, FAILED, Search},
    search_statement,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Row, postgres::PgArguments, query::Query};
use uuid::Uuid;

use crate::support::database::{NOW, at, empty_postgres};

/// A thousand taxpayers with forty consents each over the last year, and what follows from them; one minute in each hour.
const ROWS: &str = "
create function id(at bigint, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(at / 1000), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid $$;
insert into gsp select id(0, n), n::text, n::text, 'active' from generate_series(1, 60) n;
insert into asp select id(0, n), n::text, n::text, 'active' from generate_series(1, 2000) n;
insert into application select id(0, n), 'l7xx' || n, sha256(n::text::bytea), id(0, n), id(0, 1 + n % 60), 'active'
    from generate_series(1, 2000) n;
insert into taxpayer select '27AAAAA' || lpad(n::text, 8, '0'), 'user' || n, 'legal', 'trade' from generate_series(1, 1000) n;
insert into signatory select gstin, id(0, 1), 'name', 'e', 'm', 'en', sha256(gstin::bytea) from taxpayer;
insert into access_window select gstin, true, 360, 1 from taxpayer;
insert into chain_head select gstin, 40, sha256(gstin::bytea) from taxpayer;
create temporary table grants as
    select gstin, n, row_number() over () as number, to_now - (n * 9::bigint * 24 * 3600 * 1000000) - random_minute as at
    from (select gstin, n, NOW_MICROS::bigint as to_now, (hashtext(gstin || n) & 1023) * 60000000::bigint as random_minute
          from taxpayer, generate_series(0, 39) n) as drawn;
insert into consent select gstin, id(at, number), id(0, 1 + number % 2000), at, at + 86400000000,
        case when n % 3 = 0 then at + 1 end, case when n % 3 = 0 then 'by' end, case when n % 3 = 0 then 'reason' end, 1
    from grants;
insert into session select gstin, sha256(number::text::bytea), id(at, number), 'key', at, at + 1, at + 1 from grants;
insert into event select gstin, 40 - n, id(at, number), 1, at, 'actor', 'deed', sha256('hash') from grants where n < 40;
insert into leaf select gstin, 40 - n, at, number, substring(sha256('salt') for 16) from grants;
insert into owed_leaf select 100 + number, gstin, 40 - n, at, sha256('hash'), substring(sha256('salt') for 16) from grants;
insert into ledger_tile select 0, number, sha256('hash') from grants;
insert into ledger_checkpoint select number, at, 'note' from grants;
insert into alert select gstin, id(at, number), id(at, number), 'consent_given', at from grants;
insert into delivery select gstin, id(at, number), id(at, number), 'email', id(0, 1),
        case when number % 500 = 0 then 'queued' when number % 500 = 1 then 'expired' else 'accepted' end, at, 1 from grants;
insert into gsp_push select id, 'push', 'https://gsp.example.in', null, null from gsp;
insert into security_event select gstin, id(at, number), id(0, 1 + number % 60),
        case when number % 500 = 0 then 'queued' else 'accepted' end, at, at, 1 from grants;
update delivery set report_due_at = due_at where state = 'accepted' and attempts = 1 and id::text like '%00';
insert into attempt select gstin, id(at, number), 1, at, 'relay', 'accepted', 'r-' || number from grants;
insert into early_report select 'relay', 'e-' || number, 'delivered', null, at from grants;
insert into call select gstin, id(at, number), id(at, number * 4 + k), at, 'returns', 'RETSUM'
    from grants, generate_series(0, 2) k;
insert into usage select gstin, id(at, number), 3, 0, at from grants;
insert into usage_of_day select gstin, id(at, number), at / 86400000000, 'gstr3b', 3, 0 from grants;
insert into notice select gstin, id(at, number), 'near_expiry', at, at from grants where number % 10 = 0;
insert into otp_request select gstin, id(at, number), id(0, 1 + number % 2000), sha256('otp'), at, at + 1, 3,
        case when n = 0 then 'pending' else 'used' end, 1 from grants;
insert into contact select gstin, id(0, 2), id(0, 1), 'second', 'name', 'e', 'm', 'en', 0, null, null, 5, 0, null, 1 from taxpayer;
insert into preference select gstin, id(0, 1), '{}', 1 from taxpayer;
insert into officer_notice select gstin, id(at, number), 'delivery_late', id(at, number), at, '{}',
        case when number % 100 = 0 then null else at end, case when number % 100 = 0 then null else 'officer' end
    from grants;
insert into receipt select gstin, id(at, number), 'consent_receipt', at, 'document', null from grants;
insert into portal_session select sha256(number::text::bytea), 'person', at, at + 1 from grants;
insert into asp_rule select gstin, id(0, 1 + n % 2000), 'blocked', 1 from taxpayer, generate_series(1, 5) n;
insert into person select gstin, id(0, n), 'name' from taxpayer, generate_series(1, 3) n;
insert into report select gstin, id(at, number), 'R-' || number, at from grants where number % 50 = 0;
insert into unusual select gstin, id(at, number), 'new_gsp', id(at, number), at, '{}', null, null from grants
    where number % 10 = 0;
insert into otp_rate_of_pair select gstin, id(0, n), '[]' from taxpayer, generate_series(1, 5) n;
insert into gateway select n::text, sha256(n::text::bytea) from generate_series(1, 2000) n;
insert into otp_rate_of_taxpayer select gstin, '[]' from taxpayer;
insert into otp_rate_of_application select id, '[]' from application;
insert into bad_key_rate_of_application select id, '[]' from application;
insert into stop_rate_of_mobile select sha256(n::text::bytea), '[]' from generate_series(1, 5000) n;
insert into node (id, name, started_at, renewals, position, retired_at)
    select id(0, n), n::text, 1, n, n, case when n > 10 then 1 end from generate_series(1, 5000) n;
insert into change (position, id, gstin, at) select n, id(0, n), null, n from generate_series(1, 50000) n;
insert into ending select gstin, id(at, number), at, at from grants;
drop table grants;
analyze";

/// None of these may ever be read from end to end. What is not here (`gsp`, `gsp_push`) has some dozen rows.
const NEVER_WHOLE: &[&str] = &[
    "receipt",
    "leaf",
    "owed_leaf",
    "ledger_tile",
    "ledger_checkpoint",
    "contact",
    "preference",
    "session",
    "consent",
    "event",
    "chain_head",
    "call",
    "usage",
    "usage_of_day",
    "notice",
    "alert",
    "delivery",
    "attempt",
    "officer_notice",
    "early_report",
    "portal_session",
    "otp_request",
    "taxpayer",
    "signatory",
    "access_window",
    "asp_rule",
    "gateway",
    "application",
    "asp",
    "person",
    "report",
    "unusual",
    "otp_rate_of_pair",
    "otp_rate_of_taxpayer",
    "otp_rate_of_application",
    "stop_rate_of_mobile",
    "bad_key_rate_of_application",
    "node",
    "change",
    "ending",
    "security_event",
];

type Asked<'q> = Query<'q, Postgres, PgArguments>;

/// Each statement with arguments as the server binds them.
fn with_arguments<'q>(name: &str, asked: Asked<'q>) -> Asked<'q> {
    let (now, month) = (at(NOW).as_microsecond(), 30 * 24 * 3_600_000_000_i64);
    let id = |micros: i64| Uuid::from_u128(u128::try_from(micros / 1_000).expect("positive") << 80);
    let (gstin, recent) = ("27AAAAA00000500", id(now - month));
    let hash = || vec![7_u8; 32];
    match name {
        "session by token" | "gateway by secret" | "gsp by poll secret" => asked.bind(hash()),
        "consent by id"
        | "consent by id, held"
        | "consent by id, listed"
        | "usage"
        | "hold usage"
        | "ending"
        | "security event" => asked.bind(gstin).bind(recent),
        "live consents of an application" => asked.bind(gstin).bind(recent).bind(id(0)).bind(now),
        "live sessions through a GSP" => asked.bind(gstin).bind(recent).bind(now).bind(id(0)).bind(id(0)).bind(20_i64),
        "live list" => asked.bind(gstin).bind(now).bind(Uuid::max()).bind(recent).bind(26_i64),
        "history list" => asked.bind(gstin).bind(now).bind(Uuid::max()).bind(Uuid::nil()).bind(26_i64),
        "events" => asked.bind(gstin).bind(recent).bind(now - month),
        "chain head" | "taxpayer by gstin" | "signatories" | "controls" | "controls, held" | "asp rules"
        | "hold a taxpayer" | "preferences" | "addressees" => asked.bind(gstin),
        "calls" => asked.bind(gstin).bind(recent).bind(Uuid::max()).bind(26_i64).bind(recent),
        "alerts of consent" => asked.bind(gstin).bind(recent).bind(recent).bind(100_i64),
        "alerts of taxpayer" => asked.bind(gstin).bind(Uuid::max()).bind(26_i64),
        "deliveries of alerts" => asked.bind(gstin).bind(vec![recent; 26]).bind(recent).bind(id(now)),
        "due" => asked.bind("email").bind(now).bind(64_i64),
        "lease" => {
            let (gstins, ids) = (vec![gstin; 64], vec![recent; 64]);
            asked.bind(Uuid::nil()).bind("worker").bind(now).bind(gstins).bind(ids).bind(recent).bind(recent)
        }
        "settle" => {
            let (gstins, ids, leases) = (vec![gstin; 64], vec![recent; 64], vec![Uuid::nil(); 64]);
            let (states, moments, accepted) = (vec!["accepted"; 64], vec![now; 64], vec![Some(now); 64]);
            let asked = asked.bind(gstins).bind(ids).bind(leases).bind(states).bind(moments.clone()).bind(moments);
            asked.bind(accepted).bind(recent).bind(recent).bind(vec![Some(now); 64])
        }
        "attempts of" | "consents of" => asked.bind(vec![gstin; 64]).bind(vec![recent; 64]).bind(recent).bind(recent),
        // Fewer than a lease takes: of a thousand taxpayers, sixty are found sooner by reading them all.
        "taxpayers of" | "signatories of" => asked.bind(vec![gstin; 4]),
        "newest of a kind" => asked.bind(gstin).bind("consent_given").bind(now - month).bind(recent).bind(id(0)),
        "second contacts" | "former contacts" => asked.bind(gstin).bind(now),
        "actors at" => asked.bind(vec![gstin; 4]).bind(vec![now - month; 4]).bind(now - month).bind(now),
        "receipt" => asked.bind(gstin).bind(recent).bind("consent_receipt"),
        "event of a receipt" => asked.bind(gstin).bind(recent).bind(1_i64),
        "portal session" => asked.bind(hash()).bind(now),
        "application by client id" => asked.bind("l7xx77"),
        "application by id" | "bad keys of an application" => asked.bind(id(0)),
        "applications of" | "ASPs of" => asked.bind(vec![id(0); 4]),
        "taxpayer by user name" => asked.bind("user500"),
        "update controls" => {
            let asked = asked.bind(true).bind(360_i64).bind(2_i64).bind(None::<i64>).bind(None::<i64>);
            asked.bind(false).bind(None::<i64>).bind(gstin)
        }
        "otp pending" | "supersede an otp" | "asp rule" | "what a held taxpayer decided" => {
            asked.bind(gstin).bind(id(0))
        }
        "update an otp" => asked.bind(2_i64).bind("pending").bind(2_i64).bind(gstin).bind(recent),
        "rate of a taxpayer" => asked.bind(gstin).bind("[]"),
        "rate of an application" | "count a bad key" => asked.bind(id(0)).bind("[]"),
        "rate of a pair" => asked.bind(gstin).bind(id(0)).bind("[]"),
        "update consent" => {
            let asked = asked.bind(Some(now)).bind(Some("by")).bind(Some("reason")).bind(None::<String>);
            let asked = asked.bind(None::<i64>).bind(None::<i64>).bind(2_i64).bind(now);
            asked.bind(gstin).bind(recent)
        }
        "close sessions" | "hurry a security event" => asked.bind(now).bind(gstin).bind(recent),
        "append an event" | "append an event and its leaf" => {
            let asked = asked.bind(gstin).bind(41_i64).bind(Some(recent)).bind(1_i64).bind(now);
            let asked = asked.bind("actor").bind("deed").bind(hash());
            if name == "append an event" { asked } else { asked.bind(vec![7_u8; 16]) }
        }
        "chain" => asked.bind(gstin).bind(0_i64),
        "end portal session" => asked.bind(now).bind(hash()),
        "add calls" => {
            let (texts, ids) = (|text: &str| vec![text.to_owned(); 64], vec![recent; 64]);
            let asked = asked.bind(texts(gstin)).bind(ids.clone()).bind(ids).bind(vec![now - month; 64]);
            asked
                .bind(texts("returns"))
                .bind(texts("RETSUM"))
                .bind(vec![None::<String>; 64])
                .bind(vec![None::<String>; 64])
                .bind(vec![20_000_i64; 64])
                .bind(texts("gstr3b"))
        }
        "nodes" | "newest checkpoint" => asked,
        "renew a node" => asked.bind(id(0)).bind(1_i64),
        "retire a node" => asked.bind(now).bind(id(0)).bind(1_i64),
        "changes" => asked.bind(49_990_i64).bind(10_001_i64),
        "one change" => asked.bind(49_990_i64).bind(id(0)),
        "forget changes" | "push targets due" => asked.bind(now),
        "leaf of an event" => asked.bind(gstin).bind(7_i64),
        "tiles" => asked.bind(0_i64).bind(7_i64).bind(1_i64),
        "owed leaves" => asked.bind(1024_i64),
        "leaves placed" => {
            let numbers = || (0_i64..1024).collect::<Vec<_>>();
            asked.bind(numbers()).bind(vec![gstin; 1024]).bind(numbers()).bind(numbers())
        }
        event if event.contains("security event") || event == "settle fetched ones" => about_events(event, asked),
        of_control => with_arguments_of_control(of_control, asked),
    }
}

/// The same for what a taxpayer's control reads.
fn with_arguments_of_control<'q>(name: &str, asked: Asked<'q>) -> Asked<'q> {
    let (now, month) = (at(NOW).as_microsecond(), 30 * 24 * 3_600_000_000_i64);
    let id = |micros: i64| Uuid::from_u128(u128::try_from(micros / 1_000).expect("positive") << 80);
    let (gstin, recent) = ("27AAAAA00000500", id(now - month));
    match name {
        "open consents" | "count of open consents" => asked.bind(gstin).bind(recent).bind(now).bind(5_000_i64),
        "open consents of an ASP" => asked.bind(gstin).bind(recent).bind(now).bind(id(0)).bind(5_000_i64),
        "known ASPs" => asked.bind(gstin).bind(now),
        "an ASP by another GSP" => asked.bind(id(0)).bind(gstin).bind(recent),
        "people" => asked.bind(gstin),
        "people by name" => asked.bind(vec![gstin; 2]).bind(vec![id(0); 2]),
        "report" | "signs" => asked.bind(gstin).bind(recent),
        "taxpayers with a rule about unused ones" => asked.bind(gstin).bind(100_i64),
        "deeds" => asked.bind(gstin).bind(i64::MAX).bind(26_i64),
        "ending soon" => asked.bind(now).bind(500_i64),
        "usage by day" => asked.bind(gstin).bind(recent).bind(Uuid::max()).bind(20_000_i64),
        "passed on a day" => asked.bind(gstin).bind(recent).bind(20_000_i64),
        "fetched" => asked.bind(gstin).bind(recent).bind(10_000_i64).bind(recent),
        others => about_deliveries(others, asked),
    }
}

/// Those about deliveries of everybody, and about notices.
fn about_deliveries<'q>(name: &str, asked: Asked<'q>) -> Asked<'q> {
    let (now, day) = (at(NOW).as_microsecond(), 24 * 3_600_000_000_i64);
    let id = |micros: i64| Uuid::from_u128(u128::try_from(micros / 1_000).expect("positive") << 80);
    let (gstin, recent) = ("27AAAAA00000500", id(now - 30 * day));
    match name {
        "next due" => asked.bind("email"),
        "give leases back" => asked.bind(now).bind("worker"),
        "overdue" => asked.bind("email").bind(id(now - 30 * day)).bind(id(now - 30 * day + 600_000_000)).bind(64_i64),
        "hurry other channels" => asked.bind(now).bind(gstin).bind(recent).bind(id(0)).bind("email").bind(recent),
        "waiting" | "oldest waiting" => asked.bind("email").bind(1_000_i64),
        "failed deliveries counted" | "waiting deliveries counted" | "deliveries counted" => {
            asked.bind(id(now - day)).bind(Uuid::max()).bind(1_000_i64)
        }
        "open notices" => asked.bind(0_i64).bind(Uuid::nil()).bind(50_i64),
        "open notices counted" => asked.bind(1_000_i64),
        "notice by id" => asked.bind(gstin).bind(recent),
        others => about_reports(others, asked),
    }
}

/// Those about security events.
fn about_events<'q>(name: &str, asked: Asked<'q>) -> Asked<'q> {
    let (now, gstin) = (at(NOW).as_microsecond(), "27AAAAA00000500");
    let recent = Uuid::from_u128(u128::try_from(at(NOW).as_millisecond()).expect("positive") << 80);
    match name {
        "owe a security event" => asked.bind(gstin).bind(recent).bind(Uuid::nil()).bind(now).bind(now),
        "security events due" | "security events due, held" => asked.bind(Uuid::nil()).bind(now).bind(8_i64),
        "lease security events" => {
            let (gstins, ids) = (vec![gstin; 8], vec![recent; 8]);
            asked.bind(Uuid::nil()).bind("worker").bind(now).bind(gstins).bind(ids).bind(recent).bind(recent)
        }
        "give security events back" => asked.bind(now).bind("worker"),
        "settle a security event" => {
            let asked = asked.bind("accepted").bind(now).bind(1_i64).bind("{}");
            asked.bind(gstin).bind(recent).bind(Uuid::nil())
        }
        "settle fetched ones" => {
            asked.bind("accepted").bind("{}").bind(Uuid::nil()).bind(vec![recent; 64]).bind(recent).bind(recent)
        }
        "give security events up" => {
            asked.bind("{}").bind(vec![gstin; 64]).bind(vec![recent; 64]).bind(recent).bind(recent)
        }
        unknown => panic!("no arguments are known for {unknown:?}"),
    }
}

/// The same of the statements about reports.
fn about_reports<'q>(name: &str, asked: Asked<'q>) -> Asked<'q> {
    let (now, month) = (at(NOW).as_microsecond(), 30 * 24 * 3_600_000_000_i64);
    let recent = Uuid::from_u128(u128::try_from((now - month) / 1_000).expect("positive") << 80);
    match name {
        "deliveries by reference" => asked.bind(vec!["relay"; 4]).bind(vec!["r-7"; 4]).bind(recent),
        "early reports" => asked.bind(vec!["relay"; 4]).bind(vec!["e-7"; 4]),
        "deliveries by id" => asked.bind(vec![recent; 64]).bind(recent).bind(recent),
        "write what was heard" => {
            let asked = asked.bind("delivered").bind(now).bind(Some("delivered")).bind(None::<String>);
            asked.bind(Some(now)).bind(None::<i64>).bind(None::<i64>).bind("27AAAAA00000500").bind(recent)
        }
        "silent deliveries" => asked.bind(now - month).bind(200_i64),
        "first report due" => asked,
        "wrong codes of a number" => asked.bind(vec![7_u8; 32]),
        "count a wrong code" => asked.bind(vec![7_u8; 32]).bind("[]"),
        "signatories by mobile" => asked.bind(vec![7_u8; 32]).bind("").bind(Uuid::nil()).bind(100_i64),
        unknown => panic!("no arguments are known for {unknown:?}"),
    }
}

/// A part's name without its month.
fn whole(name: &str) -> String {
    name.split('_').filter(|word| !word.chars().all(|letter| letter.is_ascii_digit())).collect::<Vec<_>>().join("_")
}

/// The nodes that read a table: how, which, and by which index.
fn scans(node: &Value, found: &mut BTreeSet<String>) {
    let text = |key: &str| node[key].as_str();
    if let (Some(how), Some(table)) = (text("Node Type"), text("Relation Name")) {
        if how != "ModifyTable" {
            let by = text("Index Name").map(|index| format!(" by {}", whole(index))).unwrap_or_default();
            found.insert(format!("{how} on {}{by}", whole(table)));
        }
    } else if let (Some("Bitmap Index Scan"), Some(index)) = (text("Node Type"), text("Index Name")) {
        found.insert(format!("Bitmap Index Scan by {}", whole(index)));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        scans(below, found);
    }
}

/// The tables that a plan reads, and how; none of them may be read from end to end.
fn read_by(name: &str, plan: &str) -> BTreeSet<String> {
    let plan: Value = serde_json::from_str(plan).expect("JSON");
    let mut found = BTreeSet::new();
    scans(&plan[0]["Plan"], &mut found);
    for scan in &found {
        let table = scan.strip_prefix("Seq Scan on ");
        assert!(table.is_none_or(|table| !NEVER_WHOLE.contains(&table)), "{name}: {scan}\n{plan:#}");
    }
    found
}

/// How each hot statement is run the first time, when its arguments are known.
async fn plans(database: &mut PgConnection) -> String {
    let mut said = String::new();
    for (name, statement) in HOT_STATEMENTS {
        let explain = format!("explain (format json, costs off) {statement}");
        let asked = with_arguments(name, sqlx::query(AssertSqlSafe(explain)));
        let plan = asked.fetch_one(&mut *database).await.expect("plan");
        let found = read_by(name, plan.get_unchecked::<&str, _>(0));
        assert!(!found.is_empty() || statement.contains("insert into"), "{name}: nothing is read");
        writeln!(said, "{name}\n    {}", found.into_iter().collect::<Vec<_>>().join("\n    ")).expect("text");
    }
    said
}

/// Of the usage, a page of open consents is read from the parts of its weeks and those made ahead, not from every month's.
async fn parts_of_a_page(database: &mut PgConnection) {
    let (name, statement) = HOT_STATEMENTS.iter().find(|(name, _)| *name == "live list").expect("it is hot");
    let explain = format!("explain (format json, costs off) {statement}");
    let asked = with_arguments(name, sqlx::query(AssertSqlSafe(explain)));
    let plan = asked.fetch_one(&mut *database).await.expect("plan");
    let parts = plan.get_unchecked::<&str, _>(0).matches("\"Relation Name\": \"usage_2").count();
    assert!((1..=7).contains(&parts), "{parts} parts of the usage");
}

/// How it is run when it has been run often, and PostgreSQL plans it once for all arguments.
async fn generic_plans(database: &mut PgConnection) {
    sqlx::query("set plan_cache_mode = force_generic_plan").execute(&mut *database).await.expect("setting");
    for (name, statement) in HOT_STATEMENTS {
        let arguments = (1..20).take_while(|number| statement.contains(&format!("${number}"))).count();
        let arguments =
            if arguments == 0 { String::new() } else { format!("({})", vec!["null"; arguments].join(", ")) };
        let prepare = format!("prepare hot as {statement}");
        sqlx::raw_sql(AssertSqlSafe(prepare))
            .execute(&mut *database)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let explain = format!("explain (format json, costs off) execute hot{arguments}");
        let plan = sqlx::query(AssertSqlSafe(explain)).fetch_one(&mut *database).await.expect("plan");
        read_by(name, plan.get_unchecked::<&str, _>(0));
        sqlx::raw_sql("deallocate hot").execute(&mut *database).await.expect("deallocated");
    }
}

/// What a list of one taxpayer can be searched by, in each order, on a first and on a further page.
fn searches() -> Vec<Search> {
    let filter = |text: &str| text.parse::<ConsentFilter>().expect("a filter");
    let looked_for = ["", "asp=leaf", "gsp=sahyadri", "from=2026-08-01&to=2026-09-30", "returns=gstr3b"].map(filter);
    let (now, gstins) = (at(NOW), vec!["27GSPMH0992G1ZF".parse().expect("a GSTIN")]);
    let mut searches = Vec::new();
    for open in [true, false] {
        let states: &[StateFilter] = if open { &StateFilter::NOW } else { &StateFilter::OVER };
        let states = states.iter().map(|state| ConsentFilter { state: Some(*state), ..ConsentFilter::default() });
        for filter in looked_for.iter().cloned().chain(states) {
            for sort in Sort::ALL {
                for after in [None, Some(Cursor { at: now, id: Uuid::max() })] {
                    let filter = ConsentFilter { sort, ..filter.clone() };
                    searches.push(Search { gstins: gstins.clone(), open, filter, now, after });
                }
            }
        }
    }
    searches
}

/// How a search is run, whatever is looked for: planned once for all arguments, and looked at with some by which a part
/// of the table is read.
async fn search_plans(database: &mut PgConnection) {
    for search in searches() {
        let (name, statement) = (format!("{search:?}"), search_statement(&search).expect("a statement"));
        let found = search_plan(database, &name, &statement).await;
        assert!(found.iter().any(|scan| scan.contains(" on consent by ")), "{name}: {found:?}");
    }
}

/// The plan of a statement that was put together.
async fn search_plan(database: &mut PgConnection, name: &str, statement: &str) -> BTreeSet<String> {
    let (gstin, now) = ("27AAAAA00000500", at(NOW).as_microsecond());
    let recent = Uuid::from_u128(u128::try_from((now - 30 * 24 * 3_600_000_000) / 1_000).expect("positive") << 80);
    sqlx::raw_sql(AssertSqlSafe(format!("prepare hot as {statement}"))).execute(&mut *database).await.expect("ready");
    let types = "select parameter_types::text[] from pg_prepared_statements where name = 'hot'";
    let types: Vec<String> = sqlx::query_scalar(types).fetch_one(&mut *database).await.expect("types");
    let arguments = types.iter().map(|kind| match kind.as_str() {
        "text" => format!("'{gstin}'"),
        "bigint" => now.to_string(),
        "uuid" => format!("'{recent}'"),
        unknown => panic!("no argument is known of type {unknown}"),
    });
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    let explain = format!("explain (format json, costs off) execute hot({arguments})");
    let plan = sqlx::query(AssertSqlSafe(explain)).fetch_one(&mut *database).await.expect("plan");
    let found = read_by(name, plan.get_unchecked::<&str, _>(0));
    sqlx::raw_sql("deallocate hot").execute(&mut *database).await.expect("deallocated");
    found
}

/// What an officer can look for among all deliveries, on a first and on a further page.
fn deliveries_looked_for() -> Vec<DeliverySearch> {
    let all = DeliverySearch {
        since: at(NOW) - SignedDuration::from_hours(24 * 7),
        until: None,
        states: Vec::new(),
        channel: None,
        kind: None,
        gstin: None,
        after: None,
        limit: 51,
    };
    let with = |change: &dyn Fn(&mut DeliverySearch)| {
        let mut search = all.clone();
        change(&mut search);
        search
    };
    let mut searches = vec![
        all.clone(),
        with(&|search| search.states = FAILED.to_vec()),
        with(&|search| search.states = vec![DeliveryState::Queued]),
        with(&|search| search.states = vec![DeliveryState::Accepted, DeliveryState::Expired]),
        with(&|search| search.channel = Some(Channel::Sms)),
        with(&|search| search.kind = Some(AlertKind::Test)),
        with(&|search| search.gstin = Some("27GSPMH0992G1ZF".parse().expect("a GSTIN"))),
    ];
    let further = |search: &DeliverySearch| DeliverySearch {
        after: Some(DeliveryId(Uuid::max())),
        until: Some(at(NOW)),
        ..search.clone()
    };
    searches.extend(searches.iter().map(further).collect::<Vec<_>>());
    searches
}

/// How they are found: by the moment in the id, or by what few deliveries have.
async fn deliveries_plans(database: &mut PgConnection) {
    for search in deliveries_looked_for() {
        let (name, statement) = (format!("{search:?}"), deliveries_statement(&search).expect("a statement"));
        let found = search_plan(database, &name, &statement).await;
        assert!(found.iter().any(|scan| scan.contains("Scan on delivery")), "{name}: {found:?}");
        if search.states == FAILED {
            assert!(found.contains("Index Scan on delivery by delivery_id_idx1"), "{name}: {found:?}");
        }
    }
}

/// A page is found by its key; what is skipped or counted is read all the same.
#[test]
fn no_hot_statement_skips_rows_or_counts_all_of_them() {
    for (name, statement) in HOT_STATEMENTS {
        let statement = statement.to_lowercase();
        assert!(!statement.contains("offset"), "{name} skips rows: {statement}");
        // Of a bounded batch (`from added`, or a limit within what is counted) it may be said how many.
        let counted =
            statement.split_once("count(*)").and_then(|(_, of)| of.split_once(" from ")).map(|(_, of)| of.trim());
        let within = |of: &str| of.rsplit_once(") as ").is_some_and(|(within, _)| within.contains("limit"));
        let bounded = |of: &str| of.starts_with("added") || of.starts_with('(') && within(of);
        assert!(counted.is_none_or(bounded), "{name} counts: {statement}");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of them are the plans that are expected")]
async fn every_hot_statement_finds_its_rows_by_an_index() {
    let url = empty_postgres().await;
    let store = open(&url).await.expect("opens");
    let year = SignedDuration::from_hours(24 * 352);
    store.make_room(at(NOW) - year, at(NOW)).await.expect("room");
    let mut database = PgConnection::connect(&url).await.expect("connection");
    // As every connection of the server has it.
    sqlx::query("set random_page_cost = 1.1").execute(&mut database).await.expect("setting");
    let rows = ROWS.replace("NOW_MICROS", &at(NOW).as_microsecond().to_string());
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(&mut database).await.expect("rows");

    let said = plans(&mut database).await;
    parts_of_a_page(&mut database).await;
    generic_plans(&mut database).await;
    search_plans(&mut database).await;
    deliveries_plans(&mut database).await;
    assert_snapshot!(said, @"
    session by token
        Index Scan on session by session_token
    consent by id
        Index Scan on consent by consent_pkey
    consent by id, held
        Index Scan on consent by consent_pkey
    consent by id, listed
        Index Scan on application by application_pkey
        Index Scan on asp by asp_pkey
        Index Scan on consent by consent_pkey
        Index Scan on gsp by gsp_pkey
        Index Scan on usage by usage_pkey
    live consents of an application
        Index Scan on consent by consent_gstin_id_idx
    live sessions through a GSP
        Index Scan on application by application_pkey
        Index Scan on consent by consent_gstin_id_idx
        Index Scan on session by session_open
    live list
        Index Scan on application by application_pkey
        Index Scan on asp by asp_pkey
        Index Scan on consent by consent_gstin_id_idx
        Index Scan on gsp by gsp_pkey
        Index Scan on usage by usage_pkey
    history list
        Index Scan on application by application_pkey
        Index Scan on asp by asp_pkey
        Index Scan on consent by consent_pkey
        Index Scan on gsp by gsp_pkey
        Index Scan on usage by usage_pkey
    events
        Index Scan on event by event_gstin_consent_id_version_idx
    chain head
        Index Scan on chain_head by chain_head_pkey
    calls
        Index Scan on call by call_gstin_consent_id_id_idx
    alerts of consent
        Index Scan on alert by alert_gstin_consent_id_idx
    alerts of taxpayer
        Index Scan on alert by alert_pkey
    deliveries of alerts
        Index Scan on delivery by delivery_gstin_alert_id_idx
        Index Scan on delivery by delivery_pkey
    due
        Index Scan on alert by alert_pkey
        Index Scan on delivery by delivery_channel_due_at_idx
    lease
        Index Scan on delivery by delivery_id_idx
    give leases back
        Index Scan on delivery by delivery_channel_due_at_idx
    newest of a kind
        Index Scan on alert by alert_pkey
        Index Scan on delivery by delivery_gstin_alert_id_idx
        Index Scan on delivery by delivery_pkey
    next due
        Index Only Scan on delivery by delivery_channel_due_at_idx
    settle
        Index Scan on delivery by delivery_id_idx
    overdue
        Index Scan on delivery by delivery_id_idx
    hurry other channels
        Index Scan on delivery by delivery_gstin_alert_id_idx
    waiting
        Index Only Scan on delivery by delivery_channel_due_at_idx
    attempts of
        Index Scan on attempt by attempt_pkey
    deliveries by reference
        Index Scan on attempt by attempt_provider_reference_idx
        Index Scan on delivery by delivery_id_idx
    deliveries by id
        Index Scan on delivery by delivery_id_idx
    write what was heard
        Index Scan on delivery by delivery_id_idx
    silent deliveries
        Index Scan on delivery by delivery_report_due_at_idx
    first report due
        Index Only Scan on delivery by delivery_report_due_at_idx
    early reports
        Index Scan on early_report by early_report_pkey
    signatories by mobile
        Index Scan on signatory by signatory_by_mobile
    wrong codes of a number
        Index Scan on stop_rate_of_mobile by stop_rate_of_mobile_pkey
    count a wrong code
        Index Scan on stop_rate_of_mobile by stop_rate_of_mobile_pkey
    taxpayers of
        Index Scan on taxpayer by taxpayer_pkey
    signatories of
        Index Scan on signatory by signatory_pkey
    consents of
        Index Scan on consent by consent_pkey
    second contacts
        Index Scan on contact by contact_pkey
    former contacts
        Index Scan on contact by contact_pkey
    addressees
        Index Only Scan on signatory by signatory_pkey
        Index Scan on contact by contact_pkey
    preferences
        Index Scan on preference by preference_pkey
    actors at
        Index Scan on event by event_pkey
    failed deliveries counted
        Index Scan on delivery by delivery_id_idx1
    waiting deliveries counted
        Index Scan on delivery by delivery_channel_due_at_idx
    deliveries counted
        Index Scan on delivery by delivery_id_idx
    oldest waiting
        Index Scan on delivery by delivery_channel_due_at_idx
    open notices
        Index Scan on officer_notice by officer_notice_open
    open notices counted
        Index Only Scan on officer_notice by officer_notice_open
    notice by id
        Index Scan on officer_notice by officer_notice_pkey
    portal session
        Index Scan on portal_session by portal_session_pkey
    receipt
        Index Scan on receipt by receipt_pkey
    event of a receipt
        Index Scan on event by event_gstin_consent_id_version_idx
        Index Scan on event by event_pkey
    application by client id
        Index Scan on application by application_client_id_key
        Index Scan on asp by asp_pkey
        Seq Scan on gsp
    application by id
        Index Scan on application by application_pkey
        Index Scan on asp by asp_pkey
        Seq Scan on gsp
    applications of
        Index Scan on application by application_pkey
        Index Scan on asp by asp_pkey
        Seq Scan on gsp
    ASPs of
        Index Scan on asp by asp_pkey
    gateway by secret
        Index Scan on gateway by gateway_secret_hash_key
    taxpayer by user name
        Index Scan on taxpayer by taxpayer_username_key
    taxpayer by gstin
        Index Scan on taxpayer by taxpayer_pkey
    signatories
        Index Scan on signatory by signatory_pkey
    controls
        Index Scan on access_window by access_window_pkey
    controls, held
        Index Scan on access_window by access_window_pkey
    asp rule
        Index Scan on asp_rule by asp_rule_pkey
    what a held taxpayer decided
        Index Scan on access_window by access_window_pkey
        Index Scan on asp_rule by asp_rule_pkey
    asp rules
        Index Scan on asp_rule by asp_rule_pkey
    hold a taxpayer
        Index Scan on chain_head by chain_head_pkey
    update controls
        Index Scan on access_window by access_window_pkey
    otp pending
        Index Scan on otp_request by otp_request_pending
    supersede an otp
        Index Scan on otp_request by otp_request_pending
    update an otp
        Index Scan on otp_request by otp_request_pkey
    rate of a taxpayer
        Index Scan on otp_rate_of_taxpayer by otp_rate_of_taxpayer_pkey
    rate of an application
        Index Scan on otp_rate_of_application by otp_rate_of_application_pkey
    bad keys of an application
        Index Scan on bad_key_rate_of_application by bad_key_rate_of_application_pkey
    count a bad key
        Index Scan on bad_key_rate_of_application by bad_key_rate_of_application_pkey
    rate of a pair
        Index Scan on otp_rate_of_pair by otp_rate_of_pair_pkey
    update consent
        Index Scan on consent by consent_gstin_id_idx
    close sessions
        Index Scan on session by session_open
    append an event
        Index Scan on chain_head by chain_head_pkey
    append an event and its leaf
        Index Scan on chain_head by chain_head_pkey
    chain
        Index Scan on event by event_pkey
    end portal session
        Index Scan on portal_session by portal_session_pkey
    usage
        Index Scan on usage by usage_pkey
    add calls
        
    nodes
        Index Scan on node by node_live
    renew a node
        Index Scan on node by node_live
    retire a node
        Index Scan on node by node_live
    changes
        Index Scan on change by change_pkey
    one change
        Index Only Scan on change by change_pkey
    forget changes
        Index Scan on change by change_pkey
        Index Scan on node by node_live
    ending
        Index Scan on ending by ending_pkey
    open consents
        Index Scan on consent by consent_gstin_id_idx
    open consents of an ASP
        Index Scan on application by application_pkey
        Index Scan on consent by consent_gstin_id_idx
    count of open consents
        Index Scan on consent by consent_gstin_id_idx
        Index Scan on usage by usage_pkey
    deeds
        Index Scan on event by event_pkey
    ending soon
        Index Scan on consent by consent_coalesce_idx
        Index Scan on notice by notice_pkey
    known ASPs
        Index Scan on application by application_pkey
        Index Scan on asp by asp_pkey
        Index Scan on consent by consent_pkey
    an ASP by another GSP
        Bitmap Heap Scan on consent
        Bitmap Index Scan by consent_pkey
        Index Scan on application by application_pkey
        Index Scan on consent by consent_pkey
    people
        Index Scan on person by person_pkey
    people by name
        Index Scan on person by person_pkey
    report
        Index Scan on report by report_pkey
    signs
        Index Scan on unusual by unusual_pkey
    taxpayers with a rule about unused ones
        Index Scan on access_window by window_unused
    usage by day
        Index Scan on usage_of_day by usage_of_day_pkey
    passed on a day
        Index Scan on usage_of_day by usage_of_day_pkey
    fetched
        Index Scan on call by call_gstin_consent_id_id_idx
    hold usage
        
    leaf of an event
        Index Scan on leaf by leaf_pkey
    tiles
        Index Scan on ledger_tile by ledger_tile_pkey
    newest checkpoint
        Index Scan on ledger_checkpoint by ledger_checkpoint_pkey
    owed leaves
        Index Scan on owed_leaf by owed_leaf_pkey
    leaves placed
        Index Scan on owed_leaf by owed_leaf_pkey
    security event
        Index Scan on security_event by security_event_pkey
    owe a security event
        Index Scan on application by application_pkey
        Seq Scan on gsp_push
    hurry a security event
        Index Scan on security_event by security_event_pkey
    push targets due
        Index Only Scan on security_event by security_event_gsp_id_due_at_idx
        Index Scan on gsp_push by gsp_push_pkey
    security events due
        Index Scan on security_event by security_event_gsp_id_due_at_idx
    security events due, held
        Index Scan on security_event by security_event_gsp_id_due_at_idx
    lease security events
        Index Scan on security_event by security_event_pkey
    give security events back
        Bitmap Heap Scan on security_event
        Bitmap Index Scan by security_event_gsp_id_consent_id_idx
        Seq Scan on gsp_push
    settle a security event
        Index Scan on security_event by security_event_pkey
    settle fetched ones
        Index Scan on security_event by security_event_gsp_id_consent_id_idx
    give security events up
        Index Scan on security_event by security_event_pkey
    gsp by poll secret
        Seq Scan on gsp_push
    ");
}
