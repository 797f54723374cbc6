//! The settings of `asp-access serve` about the control of access: they are obeyed, and a bad one keeps it from starting.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    database::{Database, Engine},
    fleet::Fleet,
    lane::Lane,
    process::asp_access,
    serve::Providers,
};

#[tokio::test]
async fn a_server_offers_and_takes_the_durations_that_it_is_told_and_no_other() {
    let database = Database::fresh(Engine::Sqlite).await;
    let lane = Lane::open(0, &*database.store).await;
    let settings = ["--window-steps-hours", "6,48", "--unusual-night", "22:00-06:00", "--unusual-times", "5"];
    let fleet = Fleet::start(std::slice::from_ref(&database.address), Providers::none(), &settings).await;
    let (url, http, gstin) = (fleet.urls().remove(0), Client::new(), lane.taxpayer.gstin.to_string());
    let page = lane.signed_in(http.get(format!("{url}/api/controls")).query(&[("gstin", &gstin)])).send();
    let page: Value = page.await.expect("answer").json().await.expect("JSON");
    assert_eq!(page["window_steps"], json!([360, 2_880]));
    let set = async |minutes: &str, version: &str| {
        let form = [("gstin", gstin.as_str()), ("version", version), ("enabled", "true"), ("minutes", minutes)];
        let answer = lane.signed_in(http.post(format!("{url}/api/set-window")).form(&form)).send().await;
        answer.expect("answer").status()
    };
    assert_eq!(set("1440", "1").await, StatusCode::BAD_REQUEST, "a day is not offered");
    assert!(!set("2880", "1").await.is_client_error());
    assert!(!set("2880", "2").await.is_client_error(), "said twice");
}

#[test]
fn a_server_with_a_setting_that_cannot_be_meant_does_not_start_and_says_why() {
    for (setting, value, sentence) in [
        ("--window-steps-hours", "6,5", "hours from 6 to 720"),
        ("--unusual-night", "late", "as in 23:00-05:00"),
        ("--unusual-sleep-days", "31", "31 is not in 1..=29"),
    ] {
        let said = asp_access().args(["serve", setting, value]).output().expect("it runs");
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(!said.status.success() && text.contains(sentence) && text.contains(setting), "{text}");
    }
}
