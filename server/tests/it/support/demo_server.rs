//! `asp-access demo`, the real binary on a free port, and what a person, an ASP and an API gateway do with it.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use app::model::{
    gstin::Gstin,
    taxpayer::{Signatory, Taxpayer},
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect};
use serde_json::Value;
use server::{
    chance::SystemChance,
    demo::cast::{self, GATEWAY_SECRET, Player},
    wire_client::WireClient,
};
use tempfile::TempDir;

use super::process::{Process, asp_access, word_after};

/// Looks into the inbox, 50 ms apart: twenty seconds.
const LOOKS_MAX: u32 = 400;

pub(crate) struct DemoServer {
    pub(crate) url: String,
    pub(crate) http: Client,
    /// The database and the root key.
    pub(crate) data: TempDir,
    /// The folder with the browser's half: empty.
    pub(crate) site: TempDir,
    process: Process,
}

/// An ASP that holds a session of a taxpayer's consent.
pub(crate) struct Granted {
    pub(crate) asp: WireClient,
    pub(crate) player: Player,
    pub(crate) taxpayer: Taxpayer,
    pub(crate) signatory: Signatory,
}

impl Granted {
    pub(crate) fn token(&self) -> String {
        self.asp.session_token().expect("a session").expose().to_owned()
    }

    pub(crate) fn gstin(&self) -> Gstin {
        self.taxpayer.gstin
    }
}

pub(crate) fn client() -> Client {
    let client = Client::builder().redirect(redirect::Policy::none()).timeout(Duration::from_secs(20));
    client.build().expect("client")
}

pub(crate) fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

/// `name=value` of the cookie that an answer sets.
pub(crate) fn cookie_of(answer: &Response) -> String {
    let set = answer.headers().get(header::SET_COOKIE).expect("a cookie").to_str().expect("text");
    set.split(';').next().unwrap_or_default().to_owned()
}

impl DemoServer {
    pub(crate) fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("folder"), asp_access())
    }

    /// With its database in a folder, by a command that runs the binary.
    pub(crate) fn start_in(data: TempDir, mut command: Command) -> Self {
        let site = tempfile::tempdir().expect("folder");
        command.args(["demo", "--port", "0", "--data"]).arg(data.path()).arg("--site").arg(site.path());
        let child = command.stdout(Stdio::piped()).spawn().expect("the demo starts");
        let mut process = Process(child);
        let url = word_after("Open ", process.0.stdout.take().expect("its output"));
        let url = url.trim_end_matches('/').to_owned();
        Self { url, http: client(), data, site, process }
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.0.id()
    }

    /// Kills it; the folder with its database is kept.
    pub(crate) fn kill(self) -> TempDir {
        drop(self.process);
        self.data
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url))
    }

    pub(crate) async fn certificate(&self) -> String {
        self.get("/taxpayerapi/certificate").send().await.expect("answer").text().await.expect("text")
    }

    fn wire_client(&self, player: &Player, taxpayer: &Taxpayer) -> WireClient {
        let (id, secret) = (&player.application.client_id, &player.client_secret);
        WireClient::new(&self.url, id, secret, &taxpayer.username, taxpayer.gstin, Arc::new(SystemChance))
            .expect("a client")
    }

    async fn otps(&self, mobile: &str) -> Vec<String> {
        let inbox: Vec<Value> =
            self.get("/demo/inbox.json").send().await.expect("answer").json().await.expect("the inbox");
        let to_them = inbox.iter().filter(|item| item["channel"] == "sms" && item["to"] == mobile);
        let texts = to_them.filter_map(|item| item["text"].as_str().filter(|text| text.contains("OTP")));
        let digits =
            |text: &str| text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).map(str::to_owned);
        texts.filter_map(digits).collect()
    }

    /// The ASP has asked; the OTP has arrived, and is given back unused.
    pub(crate) async fn asked(&self, player: usize, taxpayer: usize) -> (Granted, String) {
        let player = cast::players().remove(player);
        let (taxpayer, _, signatory) = cast::taxpayers().remove(taxpayer);
        let mut asp = self.wire_client(&player, &taxpayer);
        let before = self.otps(signatory.mobile.as_str()).await.len();
        asp.otp_request().await.expect("OTPREQUEST");
        for _ in 0..LOOKS_MAX {
            let otps = self.otps(signatory.mobile.as_str()).await;
            if otps.len() > before {
                return (Granted { asp, player, taxpayer, signatory }, otps[0].clone());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no OTP arrived");
    }

    /// A consent, given over the wire.
    pub(crate) async fn grant(&self, player: usize, taxpayer: usize) -> Granted {
        let (mut granted, otp) = self.asked(player, taxpayer).await;
        granted.asp.auth_token(&otp).await.expect("AUTHTOKEN");
        granted
    }

    /// What the portal hands to the browser.
    pub(crate) async fn hand_off(&self, signatory: &Signatory) -> String {
        let form = [("signatory", signatory.id.to_string())];
        let request = self.post("/demo/portal").form(&form).header(header::ORIGIN, &self.url);
        let page = request.send().await.expect("answer").text().await.expect("text");
        between(&page, "name=\"token\" value=\"", "\"").expect("a hand-off").to_owned()
    }

    pub(crate) async fn sign_in(&self, signatory: &Signatory) -> String {
        let token = self.hand_off(signatory).await;
        let answer = self.post("/hand-off").form(&[("token", &token)]).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        cookie_of(&answer)
    }

    pub(crate) async fn page(&self, path: &str, cookie: &str) -> (StatusCode, String) {
        let answer = self.get(path).header(header::COOKIE, cookie).send().await.expect("answer");
        (answer.status(), answer.text().await.expect("text"))
    }

    /// A page, once a text stands on it so often: calls are written down within a second of their check.
    pub(crate) async fn page_with(&self, path: &str, cookie: &str, text: &str, times: usize) -> String {
        for _ in 0..LOOKS_MAX {
            let (_, page) = self.page(path, cookie).await;
            if page.matches(text).count() == times {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{text} does not stand {times} times on {path}");
    }

    /// The first consent on a list.
    pub(crate) async fn consent_on(&self, list: &str, gstin: Gstin, cookie: &str) -> String {
        let (status, text) = self.page(list, cookie).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        let id = text.split(&format!("/access/{gstin}/consents/")).nth(1).and_then(|rest| rest.get(..36));
        id.expect("the list links a consent").to_owned()
    }

    /// A revoke as a browser without scripts asks for it, but for what says where the request comes from.
    pub(crate) fn revoke(&self, gstin: Gstin, id: &str, cookie: &str) -> RequestBuilder {
        let request = self.post("/api/revoke").form(&[("gstin", gstin.as_str()), ("id", id)]);
        request.header(header::COOKIE, cookie).header(header::ACCEPT, "text/html")
    }

    /// The signatory revokes what was granted, on the screen.
    pub(crate) async fn revoked(&self, granted: &Granted) {
        let cookie = self.sign_in(&granted.signatory).await;
        let id = self.consent_on(&format!("/access/{}", granted.gstin()), granted.gstin(), &cookie).await;
        let request = self.revoke(granted.gstin(), &id, &cookie).header(header::ORIGIN, &self.url);
        let answer = request.send().await.expect("answer");
        assert!(answer.status().is_redirection(), "{}", answer.status());
    }

    /// Asks whether a call on the token may pass.
    pub(crate) async fn check(&self, granted: &Granted) -> Response {
        let request = self.get("/v1/forward-auth").bearer_auth(GATEWAY_SECRET);
        let request = request.header("auth-token", granted.token()).header("x-original-uri", "/returns?action=RETSUM");
        request.send().await.expect("an answer")
    }

    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let request = self.post("/v1/introspect").bearer_auth(GATEWAY_SECRET).form(&[("token", token)]);
        let answer = request.send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.expect("JSON")
    }
}
