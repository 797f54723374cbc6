//! SMS that come in, against a whole server: they end and freeze from the registered mobile, and tell nobody anything.

use app::model::{alert::AlertKind, consent::Consent, contact::Mobile, event::Actor, gstin::Gstin, id::ConsentId};
use jiff::SignedDuration;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use server::{
    alerts::{
        inbound::{Asked, Message, StopDesk, WRONG_MAX},
        stop_code::stop_code,
    },
    chance::SystemChance,
    clock::{Clock, SystemClock},
    store::port::mobile_hash,
    vault::Vault,
};
use std::{collections::HashMap, sync::Arc};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    control::signatory,
    support::{
        database::{Engine, on_both_engines},
        gateway::{Does, Gateway},
        post::{Post, ROOT_KEY, TAKEN, providers},
        relay::Relay,
        world::World,
    },
};

const SECRET: &str = "the secret of inbound SMS";

/// Taxpayers that the signatory of the first one signs for, too, and whose access is not frozen.
const LEFT: &str = "select count(*) from access_window where frozen_at is null and gstin in (
    select gstin from signatory where mobile_hash = (
        select mobile_hash from signatory where gstin = '27GSPMH0992G1ZF'))";

/// A server whose gateway passes on SMS.
struct Town {
    post: Post,
    http: Client,
    _folder: TempDir,
}

impl Town {
    async fn new(engine: Engine) -> Self {
        let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
        let folder = tempfile::tempdir().expect("folder");
        let secret = |name: &str, secret: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, secret).expect("file");
            json!({ "file": path })
        };
        let mut file: Value = providers(relay.port, &gateway.url, folder.path());
        file["sms"][0]["inbound"] = json!({ "secret": secret("inbound", SECRET) });
        let fields = json!({ "reference": "id", "state": "state" });
        file["sms"][0]["reports"] = json!({ "secret": secret("reports", "the secret of reports"), "fields": fields });
        Self { post: Post::start(engine, &file).await, http: Client::new(), _folder: folder }
    }

    /// The code in the alert about the consent.
    fn code(&self) -> String {
        let vault = Vault::new(&ROOT_KEY, Arc::new(SystemChance));
        stop_code(&vault, self.post.consent.gstin, self.post.consent.id).to_string()
    }

    fn mobile(&self) -> &str {
        self.post.signatory.mobile.as_str()
    }

    /// What the server answers the gateway.
    async fn text(&self, from: &str, text: &str) -> (StatusCode, String) {
        let url = format!("{}/v1/inbound/gateway", self.post.url);
        let message = json!({ "from": format!("91{from}"), "text": text });
        let answer = self.http.post(url).bearer_auth(SECRET).json(&message).send().await.expect("answer");
        (answer.status(), answer.text().await.expect("text"))
    }

    async fn lives(&self, id: ConsentId) -> bool {
        let mut work = self.post.store.read().await.expect("read");
        let consent = work.consent(self.post.consent.gstin, id).await.expect("read").expect("a consent");
        consent.ended.is_none()
    }

    /// Who did the newest thing of the taxpayer's.
    async fn newest_actor(&self) -> Actor {
        let mut work = self.post.store.read().await.expect("read");
        let chain = work.chain_before(self.post.consent.gstin, None).await.expect("read");
        chain[0].0.actor
    }
}

fn ok() -> (StatusCode, String) {
    (StatusCode::OK, "OK".into())
}

async fn a_code_from_the_registered_mobile_ends_its_consent_and_nothing_else(town: Town) {
    let (code, id) = (town.code(), town.post.consent.id);
    let others = {
        let mut work = town.post.store.read().await.expect("read");
        work.open_consents(town.post.consent.gstin, None, SystemClock.now()).await.expect("read")
    };
    assert_eq!(town.text("9999999999", &format!("GST STOP {code}")).await, ok());
    assert_eq!(town.text(town.mobile(), "GST STOP 000000").await, ok());
    assert_eq!(town.text(town.mobile(), &format!("GST START {code}")).await, ok());
    assert!(town.lives(id).await, "another number, another code, another word: nothing");
    assert_eq!(town.text(town.mobile(), &format!("gst stop {}", code.to_lowercase())).await, ok());
    assert!(!town.lives(id).await);
    assert_eq!(town.newest_actor().await, Actor::SignatoryBySms(town.post.signatory.id));
    for other in others.iter().filter(|other| other.id != id) {
        assert!(town.lives(other.id).await);
    }
    let alerts = town.post.deliveries().await;
    assert!(alerts.iter().any(|row| row.alert.matter.kind() == AlertKind::ConsentEnded), "the signatory is told");
    assert_eq!(town.text(town.mobile(), &format!("GST STOP {code}")).await, ok(), "once more, and no more");
    town.post.stop().await;
}

async fn who_guesses_is_not_heard_any_more_but_can_still_stop_everything(town: Town) {
    for _ in 0..WRONG_MAX {
        assert_eq!(town.text(town.mobile(), "GST STOP 000000").await, ok());
    }
    assert_eq!(town.text(town.mobile(), &format!("GST STOP {}", town.code())).await, ok());
    assert!(town.lives(town.post.consent.id).await, "too many wrong codes");
    let frozen = "select count(*) from access_window where frozen_at is not null";
    let before = town.post.database.count(frozen).await;
    assert_eq!(town.text("9999999999", "GST STOPALL").await, ok());
    assert_eq!(town.post.database.count(frozen).await, before);
    for _ in 0..2 {
        assert_eq!(town.text(town.mobile(), "GST STOPALL").await, ok());
    }
    let mut work = town.post.store.read().await.expect("read");
    let controls = work.controls(town.post.consent.gstin).await.expect("read").expect("controls");
    assert!(controls.freeze.is_some_and(|freeze| freeze.until.is_none()));
    drop(work);
    assert_eq!(town.newest_actor().await, Actor::SignatoryBySms(town.post.signatory.id));
    assert!(town.post.database.count(frozen).await > before);
    town.post.stop().await;
}

async fn a_freeze_goes_on_when_the_gateway_hangs_up(town: Town) {
    let mut work = town.post.store.write().await.expect("write");
    work.lock_taxpayer(town.post.consent.gstin).await.expect("held");
    let message = json!({ "from": town.mobile(), "text": "GST STOPALL" });
    let asked = town.http.post(format!("{}/v1/inbound/gateway", town.post.url)).bearer_auth(SECRET).json(&message);
    let answer = asked.timeout(std::time::Duration::from_millis(700)).send().await;
    assert!(answer.is_err_and(|error| error.is_timeout()), "it waits for whoever holds the taxpayer");
    drop(work);
    town.post.until_count(LEFT, 0).await;
    assert_eq!(town.text(town.mobile(), "GST STOPALL").await, ok(), "once more, and no more");
    town.post.stop().await;
}

on_both_engines!(super::Town::new:
    a_freeze_goes_on_when_the_gateway_hangs_up,
    a_code_from_the_registered_mobile_ends_its_consent_and_nothing_else,
    who_guesses_is_not_heard_any_more_but_can_still_stop_everything,
);

#[tokio::test]
async fn one_that_cannot_be_frozen_keeps_no_other_from_it_and_the_gateway_is_asked_to_send_again() {
    let town = Town::new(Engine::Sqlite).await;
    assert_eq!(town.post.consent.gstin.as_str(), "27GSPMH0992G1ZF");
    let all = town.post.database.count(LEFT).await;
    assert!(all > 1);
    let broken = "create trigger broken before update on access_window when new.gstin = '27GSPMH0992G1ZF'
                  begin select raise(abort, 'broken'); end";
    town.post.database.run(broken).await.expect("broken");
    assert_eq!(town.text(town.mobile(), "GST STOPALL").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(town.post.database.count(LEFT).await, 1, "all the others are");
    town.post.database.run("drop trigger broken").await.expect("mended");
    assert_eq!(town.text(town.mobile(), "GST STOPALL").await, ok());
    assert_eq!(town.post.database.count(LEFT).await, 0);
    town.post.stop().await;
}

#[tokio::test]
async fn a_number_that_is_nobodys_is_not_looked_up_for_ever_and_somebodys_always() {
    let world = World::new(Engine::Sqlite).await;
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let desk = StopDesk::new(world.consents.clone(), world.store.clone(), world.vault.clone(), clock);
    let stop_all = Message { from: Some(world.signatory.mobile.clone()), asked: Asked::read("GST STOPALL") };
    let frozen = async || {
        let mut work = world.store.read().await.expect("read");
        work.controls(world.taxpayer.gstin).await.expect("read").expect("controls").freeze.is_some()
    };
    // Without its hash a number is nobody's.
    world.database.run("update signatory set mobile_hash = null").await.expect("emptied");
    for _ in 0..WRONG_MAX {
        desk.take(&stop_all).await.expect("taken");
    }
    let stop = tokio_util::sync::CancellationToken::new();
    server::alerts::inbound::fill_in(world.store.clone(), world.vault.clone(), stop).await;
    desk.take(&stop_all).await.expect("taken");
    assert!(!frozen().await, "it was nobody's ten times");
    world.clock.advance(SignedDuration::from_mins(1));
    for _ in 0..=WRONG_MAX {
        desk.take(&stop_all).await.expect("taken");
        assert!(frozen().await, "a minute later it is somebody's");
    }
}

/// Where SMS are taken in over a world.
fn desk_of(world: &World) -> StopDesk {
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    StopDesk::new(world.consents.clone(), world.store.clone(), world.vault.clone(), clock)
}

fn stop(from: &Mobile, code: &str) -> Message {
    Message { from: Some(from.clone()), asked: Asked::read(&format!("GST STOP {code}")) }
}

async fn lives(world: &World, gstin: Gstin, id: ConsentId) -> bool {
    let mut work = world.store.read().await.expect("read");
    work.consent(gstin, id).await.expect("read").expect("a consent").ended.is_none()
}

#[tokio::test]
async fn a_number_that_was_nobodys_and_named_too_many_codes_is_obeyed_after_an_hour_and_not_before() {
    let world = World::new(Engine::Sqlite).await;
    let (gstin, id) = (world.taxpayer.gstin, world.grant().await.consent.id);
    let (desk, from) = (desk_of(&world), &world.signatory.mobile);
    // Without its hash a number is nobody's.
    world.database.run("update signatory set mobile_hash = null").await.expect("emptied");
    for _ in 0..WRONG_MAX {
        desk.take(&stop(from, "000000")).await.expect("taken");
    }
    let forever = tokio_util::sync::CancellationToken::new();
    server::alerts::inbound::fill_in(world.store.clone(), world.vault.clone(), forever).await;
    let right = stop(from, &stop_code(&world.vault, gstin, id).to_string());
    world.clock.advance(SignedDuration::from_mins(59));
    desk.take(&right).await.expect("taken");
    assert!(lives(&world, gstin, id).await, "within the hour");
    world.clock.advance(SignedDuration::from_mins(1));
    desk.take(&right).await.expect("taken");
    assert!(!lives(&world, gstin, id).await, "after it");
}

#[tokio::test]
async fn a_number_with_the_hash_of_another_is_not_taken_for_it() {
    let world = World::new(Engine::Sqlite).await;
    let (gstin, id) = (world.taxpayer.gstin, world.grant().await.consent.id);
    let (desk, other) = (desk_of(&world), "9999999999".parse().expect("number"));
    let hash = hex::encode(mobile_hash(&world.vault, &other).0);
    assert!(world.database.intrude(&[format!("update signatory set mobile_hash = X'{hash}'")]).await > 1);
    desk.take(&stop(&other, &stop_code(&world.vault, gstin, id).to_string())).await.expect("taken");
    let stop_all = Message { from: Some(other), asked: Asked::read("GST STOPALL") };
    desk.take(&stop_all).await.expect("taken");
    assert!(lives(&world, gstin, id).await);
    assert_eq!(world.database.count("select count(*) from access_window where frozen_at is not null").await, 0);
}

#[tokio::test]
async fn a_code_that_two_consents_have_ends_neither() {
    let world = World::new(Engine::Sqlite).await;
    let (gstin, given) = (world.taxpayer.gstin, world.grant().await.consent);
    // Of a thousand million codes, some ten thousand names are enough to find two that have the same.
    let code = |name: u128| stop_code(&world.vault, gstin, ConsentId(Uuid::from_u128(name))).to_string();
    let mut known = HashMap::new();
    let same = (given.id.0.as_u128() + 1..)
        .find_map(|name| Some([known.insert(code(name), name)?, name]))
        .expect("two of one code");
    let mut work = world.store.write().await.expect("write");
    for name in same {
        let twin = Consent { id: ConsentId(Uuid::from_u128(name)), ..given.clone() };
        work.add_consent(&twin).await.expect("added");
    }
    work.commit().await.expect("commit");
    let (desk, both) = (desk_of(&world), stop(&world.signatory.mobile, &code(same[0])));
    let [one, other] = same.map(|name| ConsentId(Uuid::from_u128(name)));
    desk.take(&both).await.expect("taken");
    assert!(lives(&world, gstin, one).await && lives(&world, gstin, other).await);
    world.consents.revoke(gstin, one, signatory(&world)).await.expect("revoked");
    desk.take(&both).await.expect("taken");
    assert!(!lives(&world, gstin, other).await, "now it names one alone");
}

/// Two servers over one database, without what they have in common in a process.
mod at_two_servers {
    use super::*;

    async fn who_guesses_at_one_server_is_not_heard_at_another(world: World) {
        let granted = world.grant().await;
        let (gstin, id) = (world.taxpayer.gstin, granted.consent.id);
        let desk = || {
            let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
            StopDesk::new(world.consents.clone(), world.store.clone(), world.vault.clone(), clock)
        };
        let desks = [desk(), desk()];
        let right = stop_code(&world.vault, gstin, id).to_string();
        let stop = |code: &str| Message {
            from: Some(world.signatory.mobile.clone()),
            asked: Asked::read(&format!("GST STOP {code}")),
        };
        let lives = async || {
            let mut work = world.store.read().await.expect("read");
            work.consent(gstin, id).await.expect("read").expect("a consent").ended.is_none()
        };
        for guess in 0..WRONG_MAX as usize {
            desks[guess % 2].take(&stop("000000")).await.expect("taken");
        }
        for desk in &desks {
            desk.take(&stop(&right)).await.expect("taken");
            assert!(lives().await, "ten wrong codes at the two of them");
        }
        // A place is free again a slice of the hour too late at worst.
        world.clock.advance(SignedDuration::from_mins(66));
        desks[1].take(&stop(&right)).await.expect("taken");
        assert!(!lives().await, "heard again");
        // A gateway that got no answer sends again: that is no guess.
        for _ in 0..=WRONG_MAX {
            desks[0].take(&stop(&right)).await.expect("taken");
        }
        let second = world.grant().await.consent.id;
        desks[0].take(&stop(&stop_code(&world.vault, gstin, second).to_string())).await.expect("taken");
        let mut work = world.store.read().await.expect("read");
        assert!(work.consent(gstin, second).await.expect("read").expect("a consent").ended.is_some());
    }

    on_both_engines!(super::World::new:
        who_guesses_at_one_server_is_not_heard_at_another,
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_read_does_not_keep_the_one_beside_it_from_being_obeyed() {
    let town = Town::new(Engine::Sqlite).await;
    let (from, id) = (town.mobile(), town.post.consent.id);
    let body = json!([{ "from": from }, { "from": from, "text": format!("GST STOP {}", town.code()) }]);
    let url = format!("{}/v1/inbound/gateway", town.post.url);
    let answer = town.http.post(url).bearer_auth(SECRET).json(&body).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!town.lives(id).await);
    town.post.stop().await;
}

#[tokio::test]
async fn only_the_gateway_passes_sms_on_and_only_what_is_one() {
    let town = Town::new(Engine::Sqlite).await;
    let url = format!("{}/v1/inbound/gateway", town.post.url);
    let message = json!({ "from": town.mobile(), "text": "GST STOPALL" });
    for secret in ["wrong", "the secret of reports", ""] {
        let answer = town.http.post(&url).bearer_auth(secret).json(&message).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{secret}");
    }
    for (body, wanted) in [
        ("{}".to_owned(), StatusCode::BAD_REQUEST),
        ("<xml/>".into(), StatusCode::BAD_REQUEST),
        ("x".repeat(20_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = town.http.post(&url).bearer_auth(SECRET).body(body).send().await.expect("answer");
        assert_eq!(answer.status(), wanted);
    }
    let controls = town.post.store.read().await.expect("read").controls(town.post.consent.gstin).await.expect("read");
    assert!(controls.expect("controls").freeze.is_none());
    town.post.stop().await;
}

#[tokio::test]
async fn numbers_that_were_written_by_a_version_before_get_their_hashes_beside_the_work() {
    let town = Town::new(Engine::Sqlite).await;
    town.post.until_count("select count(*) from signatory where mobile_hash is null", 0).await;
    town.post.database.run("update signatory set mobile_hash = null").await.expect("emptied");
    let vault = Vault::new(&ROOT_KEY, Arc::new(SystemChance));
    let filling =
        server::alerts::inbound::fill_in(town.post.store.clone(), vault, tokio_util::sync::CancellationToken::new());
    filling.await;
    assert_eq!(town.post.database.count("select count(*) from signatory where mobile_hash is null").await, 0);
    assert_eq!(town.text(town.mobile(), &format!("GST STOP {}", town.code())).await, ok());
    assert!(!town.lives(town.post.consent.id).await);
    town.post.stop().await;
}
