//! The registry: what is put is found, and putting again changes.

use app::model::{id::ApplicationId, registry::Standing};
use jiff::SignedDuration;
use server::{
    demo::cast,
    store::port::{Registered, StoredWireKey},
    vault::KeyedHash,
};
use uuid::Uuid;

use super::given::Given;
use crate::support::database::on_both_engines;

async fn applications_are_found_by_client_id_and_by_id(given: Given) {
    let mut work = given.read().await;
    for player in cast::players() {
        let found = work.application_by_client_id(&player.application.client_id).await.expect("read").expect("there");
        assert_eq!(found.application, player.application);
        assert_eq!(work.application(player.application.id).await.expect("read"), Some(player.application));
    }
    assert!(work.application_by_client_id("l7xx").await.expect("read").is_none());
    assert_eq!(work.application(ApplicationId(Uuid::nil())).await.expect("read"), None);
}

async fn applications_are_listed_by_the_names_bytes(given: Given) {
    let listed = given.read().await.applications().await.expect("read");
    let mut due: Vec<_> = cast::players().into_iter().map(|player| player.application).collect();
    due.sort_by(|a, b| (&a.asp.name, &a.gsp.name).cmp(&(&b.asp.name, &b.gsp.name)));
    assert_eq!(listed, due);
}

async fn putting_again_changes_standing_name_and_secret(given: Given) {
    let mut application = cast::players().remove(0).application;
    application.asp.standing = Standing::Suspended;
    application.gsp.name = "Another name".into();
    let secret_hash = KeyedHash([9; 32]);
    let mut work = given.write().await;
    work.put_asp(&application.asp).await.expect("ASP");
    work.put_gsp(&application.gsp).await.expect("GSP");
    work.put_application(&Registered { application: application.clone(), secret_hash }).await.expect("application");
    work.commit().await.expect("commit");
    let found =
        given.read().await.application_by_client_id(&application.client_id).await.expect("read").expect("there");
    assert_eq!(found.application, application);
    assert!(found.secret_hash.matches(&secret_hash));
}

async fn a_gateway_is_known_by_its_newest_secret_only(given: Given) {
    let (old, new) = (KeyedHash([1; 32]), KeyedHash([2; 32]));
    for secret in [old, new] {
        let mut work = given.write().await;
        work.put_gateway("north", secret).await.expect("gateway");
        work.commit().await.expect("commit");
    }
    let mut work = given.read().await;
    assert_eq!(work.gateway(new).await.expect("read").as_deref(), Some("north"));
    assert_eq!(work.gateway(old).await.expect("read"), None);
}

async fn a_new_wire_key_leaves_the_others_accepted_for_a_while_and_never_longer_than_before(given: Given) {
    let hour = SignedDuration::from_hours(1);
    for (turn, id) in (0..).zip(["first", "second", "third"]) {
        let created_at = given.now + hour * turn;
        let key = StoredWireKey {
            id: id.into(),
            pkcs8_sealed: vec![1, 2, 3],
            certificate_pem: "pem".into(),
            created_at,
            accepted_until: None,
        };
        let mut work = given.write().await;
        work.add_wire_key(&key, created_at + hour * 10).await.expect("key");
        work.commit().await.expect("commit");
    }
    let keys = given.read().await.wire_keys().await.expect("read");
    let seen: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.accepted_until)).collect();
    let due = [("third", None), ("second", Some(given.now + hour * 12)), ("first", Some(given.now + hour * 11))];
    assert_eq!(seen, due);
}

on_both_engines!(super::Given::new:
    applications_are_found_by_client_id_and_by_id,
    applications_are_listed_by_the_names_bytes,
    putting_again_changes_standing_name_and_secret,
    a_gateway_is_known_by_its_newest_secret_only,
    a_new_wire_key_leaves_the_others_accepted_for_a_while_and_never_longer_than_before,
);
