//! A server that logs everything it can, with providers that fail in every way: no secret, no contact and no OTP is in its log.

use std::{fs, path::Path, sync::Arc, time::Duration};

use app::model::taxpayer::{Signatory, Taxpayer};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    demo::{cast, seed},
    store,
    vault::Vault,
    wire_client::WireClient,
};
use tokio::time;

use crate::support::{
    gateway::{Asked, Does, Gateway},
    post::smtp,
    process::Process,
    relay::{Day, Relay},
    serve::{ROOT_KEY, serve_with},
};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the operator keeps secret: who reads one of these in a log has the account.
const SECRETS: [&str; 4] =
    ["the-pin-at-nic-4711", "the-password-at-gupshup", "the-secret-of-reports", "the-secret-of-inbound"];

/// Gateways that have their secrets in the query; both fail all the time.
struct Town {
    nic: Gateway,
    gupshup: Gateway,
    relay: Relay,
}

impl Town {
    async fn start() -> Self {
        let broken = Does::says(500, "9811098765: no such account the-pin-at-nic-4711");
        Self {
            nic: Gateway::start(broken.clone()).await,
            gupshup: Gateway::start(broken).await,
            relay: Relay::start().await,
        }
    }

    fn providers(&self, folder: &Path) -> Value {
        let [pin, password, reports, inbound] = SECRETS.map(|secret| {
            let path = folder.join(format!("{secret}.secret"));
            fs::write(&path, secret).expect("file");
            json!({ "file": path })
        });
        json!({
            "email": [smtp("relay", self.relay.port)],
            "sms": [
                {
                    "name": "nic", "kind": "nic", "url": self.nic.url, "user": "gstn", "pin": pin, "timeout_seconds": 1,
                    "reports": { "secret": reports }, "inbound": { "secret": inbound },
                },
                {
                    "name": "gupshup", "kind": "gupshup", "url": self.gupshup.url, "user": "2000", "password": password,
                    "timeout_seconds": 1,
                },
            ],
            "retry": { "wait_seconds": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], "jitter_percent": 0, "late_after_seconds": 600 },
            "dispatch": { "send_seconds": 5, "lease_seconds": 10 },
            "breaker": { "failures_max": 100 },
        })
    }

    /// What the gateways were asked, newest last by each.
    fn asked(&self) -> Vec<Asked> {
        [self.nic.asked(), self.gupshup.asked()].concat()
    }

    /// The OTP in an SMS that a gateway refused to take.
    fn otp(&self) -> Option<String> {
        self.asked().iter().find_map(|asked| {
            let url = reqwest::Url::parse(&format!("http://gateway{}", asked.uri)).expect("an address");
            url.query_pairs().find_map(|(_, value)| Some(value.split_once(" is the OTP")?.0.to_owned()))
        })
    }
}

async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(PATIENCE, looking).await.expect(what)
}

/// Where the server that writes this log listens.
fn address(log: &Path) -> Option<String> {
    let said = fs::read_to_string(log).ok()?;
    let (_, rest) = said.split_once("serving address=")?;
    rest.split_whitespace().next().map(str::to_owned)
}

/// A log without the moments that its lines begin with: their digits could be anybody's OTP.
fn without_moments(log: &str) -> String {
    log.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
}

/// What stands by itself in a log, also where it is written as in an address.
fn words(log: &str) -> Vec<String> {
    log.replace("%20", " ").split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_owned).collect()
}

/// What a signatory, an ASP and gateways make a server do, each in a way that fails: the OTP and the token that came of it.
async fn everything_that_fails(town: &Town, url: &str, taxpayer: &Taxpayer, signatory: &Signatory) -> (String, String) {
    let http = Client::new();
    let player = cast::players().remove(0);
    let (id, secret) = (&player.application.client_id, &player.client_secret);
    let asp = WireClient::new(url, id, secret, &taxpayer.username, taxpayer.gstin, Arc::new(SystemChance));
    let mut asp = asp.expect("a client");
    town.relay.then([Day::Busy, Day::NoSuchMailbox, Day::NoSuchMailbox]);
    asp.otp_request().await.expect("OTPREQUEST");
    let otp = until("an OTP by SMS", async || town.otp()).await;
    // What one gateway refuses goes through the other.
    town.nic.until_asked(1).await;
    town.gupshup.until_asked(1).await;
    asp.auth_token("000000").await.expect_err("a wrong OTP");
    asp.auth_token(&otp).await.expect("AUTHTOKEN");
    let [.., reports, inbound] = SECRETS;
    let mobile = signatory.mobile.as_str();
    for (path, query) in [
        ("reports/nic", format!("key={reports}&msgid=1&status=DELIVRD")),
        ("reports/nic", format!("key={reports}&msgid=two words&number=91{mobile}")),
        ("inbound/nic", format!("key={inbound}&mobileno=91{mobile}&message=GST STOP 000000")),
        ("inbound/nic", format!("key={inbound}&mobileno=91{mobile}&message=GST STOPALL")),
        ("inbound/nic", format!("key={inbound}&mobileno=91{mobile}")),
    ] {
        let answer = http.get(format!("{url}/v1/{path}?{query}")).send().await.expect("an answer");
        assert_ne!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    // Those of the consent and of the freeze, each refused, hung on, and answered in no known words.
    for does in [Does::Hangs, Does::says(200, &format!("<html>{mobile}")), Does::says(429, mobile)] {
        let asked = [&town.nic, &town.gupshup].map(|gateway| {
            gateway.usually(does.clone());
            (gateway, gateway.count())
        });
        for (gateway, before) in asked {
            gateway.until_asked(before + 2).await;
        }
    }
    let token = asp.session_token().expect("a session").expose().to_owned();
    (otp, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_no_contact_and_no_otp_is_ever_logged() {
    let folder = tempfile::tempdir().expect("folder");
    let (database, log) = (folder.path().join("test.db").display().to_string(), folder.path().join("log"));
    let kept = store::open(&database).await.expect("database");
    let vault = Vault::new(&ROOT_KEY, Arc::new(SystemChance));
    seed::seed(&*kept, &vault, &SystemChance, SystemClock.now()).await.expect("sample data");
    kept.close().await;
    let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer without a past");
    let town = Town::start().await;
    let file = folder.path().join("providers.json");
    fs::write(&file, town.providers(folder.path()).to_string()).expect("file");
    let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key").public_key_pem();
    let mut command = serve_with(folder.path(), &database, &portal, &file);
    command.args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "debug").stderr(fs::File::create(&log).expect("log"));
    let server = Process(command.spawn().expect("the server starts"));
    let address = until("it serves", async || address(&log)).await;
    let url = format!("http://{address}");
    let (otp, token) = everything_that_fails(&town, &url, &taxpayer, &signatory).await;
    drop(server);

    let log = without_moments(&fs::read_to_string(&log).expect("the log"));
    for told in ["DEBUG", "NIC: HTTP 500", "Gupshup: HTTP 500", "an OTP failed", "attempt ended"] {
        assert!(log.contains(told), "{told} is what operators look for");
    }
    let sent = town.asked();
    assert!(sent.iter().all(|asked| SECRETS.iter().any(|secret| asked.uri.to_string().contains(secret))));
    let root_key = hex::encode(ROOT_KEY);
    let client_secret = cast::players().remove(0).client_secret;
    let (email, mobile) = (signatory.email.as_str(), signatory.mobile.as_str());
    let in_an_address = email.replace('@', "%40");
    let others = [root_key.as_str(), &client_secret, &token, email, &in_an_address, mobile];
    for hidden in SECRETS.into_iter().chain(others) {
        let line = log.lines().find(|line| line.contains(hidden));
        assert!(line.is_none(), "{hidden} in: {}", line.unwrap_or_default());
    }
    assert!(!words(&log).contains(&otp), "the OTP {otp}");
}
