//! Whoever shows app keys that do not open is answered so often, on all servers together: what the answers tell must not grow
//! with the number of servers.

use app::model::id::ApplicationId;
use jiff::SignedDuration;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use server::gateway::BAD_KEYS;
use uuid::Uuid;

use crate::support::{
    database::{Database, Engine, on_both_engines},
    fleet::Fleet,
    lane::{self, Lane},
    serve::Providers,
    world::World,
};

async fn each_application_has_its_own_budget_which_comes_back(world: World) {
    let one = world.player.application.id;
    let (now, other) = (server::clock::Clock::now(&world.clock), ApplicationId(Uuid::from_u128(1)));
    for number in 0..=BAD_KEYS.max {
        let may = world.store.read().await.expect("read").may_show_keys(one, BAD_KEYS, now).await.expect("read");
        assert_eq!(may, number < BAD_KEYS.max, "after {number}");
        let mut work = world.store.write().await.expect("write");
        work.count_bad_key(one, BAD_KEYS, now).await.expect("counted");
        work.commit().await.expect("commit");
    }
    let mut work = world.store.read().await.expect("read");
    assert!(work.may_show_keys(other, BAD_KEYS, now).await.expect("read"), "another application");
    let nearly = now + BAD_KEYS.span - SignedDuration::from_secs(1);
    assert!(!work.may_show_keys(one, BAD_KEYS, nearly).await.expect("read"));
    assert!(work.may_show_keys(one, BAD_KEYS, now + BAD_KEYS.span).await.expect("read"), "the span is over");
}

on_both_engines!(crate::support::world::World::new: each_application_has_its_own_budget_which_comes_back);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_two_servers_an_application_is_answered_no_more_often_than_on_one() {
    let database = Database::fresh(Engine::Postgres).await;
    let player = lane::register(&*database.store).await;
    let lane = Lane::open(0, &*database.store).await;
    let fleet = Fleet::start(&vec![database.address.clone(); 2], Providers::none(), &[]).await;
    let (urls, http) = (fleet.urls(), Client::new());
    let (bad_key, too_many) = (json!("AUTH4036"), json!("AUTH403"));
    for number in 0..BAD_KEYS.max + 20 {
        let url = format!("{}/taxpayerapi/v1.0/authenticate", urls[number as usize % 2]);
        let asked = http
            .post(url)
            .header("clientid", &player.application.client_id)
            .header("client-secret", &player.client_secret)
            .header("state-cd", lane.taxpayer.gstin.state())
            .header("ip-usr", "192.0.2.7")
            .header("txn", "bad-key")
            .json(&json!({ "action": "OTPREQUEST", "username": lane.taxpayer.username, "app_key": "AAAA" }));
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let said: Value = answer.json().await.expect("JSON");
        let wanted = if number < BAD_KEYS.max { &bad_key } else { &too_many };
        assert_eq!(said.pointer("/error/error_cd"), Some(wanted), "key {number}");
    }
}
