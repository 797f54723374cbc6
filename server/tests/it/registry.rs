//! The registry from a file: what is wrong is said, what is right is written once, and no suspension is lifted by it.

use std::sync::Arc;

use app::model::registry::Standing;
use serde_json::{Value, json};
use server::{
    chance::{SeededChance, SystemChance},
    clock::SystemClock,
    registry::{CannotImport, RegistryFile},
    store::port::PushRoad,
    vault::{Purpose, Vault},
};

use crate::support::database::{Database, on_both_engines};

const CLIENT_ID: &str = "l7xx0123456789abcdef0123456789abcdef";
const SECRET: &str = "fedcba9876543210fedcba9876543210";

fn file() -> Value {
    json!({
        "gsps": [{"id": "01900000-0000-7000-8000-000000000001", "name": "Sahyadri Tax Networks", "short_name": "Sahyadri"}],
        "asps": [{"id": "01900000-0000-7000-8000-000000000002", "name": "LedgerLeaf", "short_name": "LedgerLeaf"}],
        "applications": [{
            "id": "01900000-0000-7000-8000-000000000003",
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "asp": "01900000-0000-7000-8000-000000000002",
            "gsp": "01900000-0000-7000-8000-000000000001",
        }],
        "gateways": [{"name": "edge", "secret": "0123456789abcdef"}],
    })
}

/// The file with one value put elsewhere; `null` takes it away.
fn with(pointer: &str, value: Value) -> Value {
    let mut file = file();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = file.pointer_mut(parent).expect("the parent").as_object_mut().expect("an object");
    match value {
        Value::Null => parent.remove(key),
        value => parent.insert(key.into(), value),
    };
    file
}

fn vault() -> Vault {
    Vault::new(&[7; 32], Arc::new(SeededChance::new(1)))
}

async fn import(database: &Database, file: &Value) -> Result<(), CannotImport> {
    let file = RegistryFile::parse(&file.to_string(), &drafts())?;
    file.import(&*database.store, &vault(), &SystemClock, &SystemChance).await.map(drop)
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_opened() {
    for (pointer, value, why) in [
        ("/applications/0/client_id", json!("l7xx"), "a client id is"),
        ("/applications/0/client_secret", json!("secret"), "a client secret is"),
        ("/asps/0/short_name", json!("x".repeat(31)), "a short name has"),
        ("/gsps/0/name", json!(" "), "it needs a name"),
        ("/gateways/0/secret", json!("short"), "it needs a name of its own"),
        ("/gateways/0/unknown", json!(1), "no registry"),
        ("/gsps/0/push", json!({"delivery": "push", "url": "http://gsp.example.in"}), "it is not https"),
        ("/gsps/0/push", json!({"delivery": "push", "url": "https://10.0.0.1/"}), "10.0.0.1 is not a public address"),
        ("/gsps/0/push", json!({"delivery": "push", "url": "https://gsp.example.in:22/"}), "port 22 is not called"),
        (
            "/gsps/0/push",
            json!({"delivery": "push", "url": "https://gsp.example.in", "authorization": format!("{SECRET}\n")}),
            "its authorization is no value of a header",
        ),
        ("/gsps/0/push", json!({"delivery": "push"}), "no registry"),
        ("/gsps/0/push", json!({"delivery": "poll", "secret": "short"}), "its secret has fewer than"),
        ("/gsps/0/push", json!({"delivery": "pigeon"}), "no registry"),
        ("/asps/0/id", json!("7"), "no registry"),
    ] {
        let refused = RegistryFile::parse(&with(pointer, value).to_string(), &drafts()).expect_err(pointer).to_string();
        assert!(refused.contains(why) && !refused.contains(SECRET), "{refused}");
    }
}

async fn a_file_is_written_once_and_the_second_time_changes_nothing(database: Database) {
    for _ in 0..2 {
        import(&database, &file()).await.expect("imported");
        let mut work = database.store.read().await.expect("read");
        let known = work.applications().await.expect("read");
        assert_eq!(
            (known.len(), known[0].client_id.as_str(), known[0].gsp.short_name.as_str()),
            (1, CLIENT_ID, "Sahyadri")
        );
        let registered = work.application_by_client_id(CLIENT_ID).await.expect("read").expect("known");
        assert!(registered.secret_hash.matches(&vault().hash(Purpose::Secret, SECRET.as_bytes())));
        let gateway = vault().hash(Purpose::Secret, b"0123456789abcdef");
        assert_eq!(work.gateway(gateway).await.expect("read").as_deref(), Some("edge"));
    }
}

async fn an_import_lifts_no_suspension_and_keeps_a_secret_it_does_not_name(database: Database) {
    import(&database, &with("/asps/0/standing", json!("suspended"))).await.expect("imported");
    import(&database, &with("/applications/0/client_secret", Value::Null)).await.expect("imported");
    let mut work = database.store.read().await.expect("read");
    let registered = work.application_by_client_id(CLIENT_ID).await.expect("read").expect("known");
    assert_eq!(registered.application.standing(), Standing::Suspended);
    assert!(registered.secret_hash.matches(&vault().hash(Purpose::Secret, SECRET.as_bytes())));
}

async fn what_does_not_fit_is_refused_and_nothing_of_it_is_written(database: Database) {
    for (pointer, value, why) in [
        ("/applications/0/client_secret", Value::Null, "needs a client secret"),
        ("/applications/0/asp", json!("01900000-0000-7000-8000-00000000000f"), "neither in the file nor known"),
    ] {
        let refused = import(&database, &with(pointer, value)).await.expect_err(why).to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(database.store.read().await.expect("read").applications().await.expect("read").is_empty());
    }
    import(&database, &file()).await.expect("imported");
    let moved = with("/applications/0/id", json!("01900000-0000-7000-8000-00000000000e"));
    assert!(import(&database, &moved).await.expect_err("moved").to_string().contains("known with another id"));
}

async fn the_road_of(database: &Database) -> Option<PushRoad> {
    let mut work = database.store.read().await.expect("read");
    let gsp = work.applications().await.expect("read")[0].gsp.id;
    work.push_road(gsp).await.expect("read")
}

async fn how_a_gsp_is_told_is_set_and_stays_until_the_file_says_otherwise(database: Database) {
    let push = |value: Value| with("/gsps/0/push", value);
    import(&database, &file()).await.expect("imported");
    assert!(the_road_of(&database).await.is_none());
    let refused = import(&database, &push(json!({"delivery": "poll"}))).await.expect_err("a secret is missing");
    assert!(refused.to_string().contains("needs a secret"), "{refused}");
    let url = "https://gsp.example.in/events";
    let first = json!({"delivery": "push", "url": url, "authorization": SECRET});
    let opened = |road: &Option<PushRoad>| match road {
        Some(PushRoad::Push(target)) => {
            let sealed = target.authorization_sealed.as_deref()?;
            String::from_utf8(vault().open("gsp_push.authorization", sealed).expect("opens")).ok()
        }
        _ => None,
    };
    // Kept by a file that says nothing, and by one that names the same address; shown at no other.
    for (file, kept) in [
        (push(first), true),
        (file(), true),
        (push(json!({"delivery": "push", "url": url})), true),
        (push(json!({"delivery": "push", "url": "https://other.example.in/"})), false),
    ] {
        import(&database, &file).await.expect("imported");
        assert_eq!(opened(&the_road_of(&database).await).as_deref(), kept.then_some(SECRET), "{file}");
    }
    for file in [push(json!({"delivery": "poll", "secret": SECRET})), push(json!({"delivery": "poll"}))] {
        import(&database, &file).await.expect("imported");
        let secret = vault().hash(Purpose::Secret, SECRET.as_bytes());
        assert!(matches!(the_road_of(&database).await, Some(PushRoad::Poll(kept)) if kept.matches(&secret)));
    }
    import(&database, &push(json!({"delivery": "none"}))).await.expect("imported");
    assert!(the_road_of(&database).await.is_none());
}

on_both_engines!(
    crate::support::database::Database::fresh: a_file_is_written_once_and_the_second_time_changes_nothing,
    an_import_lifts_no_suspension_and_keeps_a_secret_it_does_not_name,
    what_does_not_fit_is_refused_and_nothing_of_it_is_written,
    how_a_gsp_is_told_is_set_and_stays_until_the_file_says_otherwise,
);

pub(crate) fn drafts() -> server::alerts::sms_template::SmsTemplates {
    server::alerts::sms_template::SmsTemplates::draft().expect("drafts")
}
