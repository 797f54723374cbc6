//! A taxpayer of a test with a registry of one application: somebody who lets the ASP in and ends it again.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    gstin::{Gstin, check_character},
    id::{ConsentId, SignatoryId},
    language::Language,
    taxpayer::{Signatory, Taxpayer},
};
use jiff::SignedDuration;
use reqwest::{Client, RequestBuilder, StatusCode, header};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    demo::cast::{self, GATEWAY_SECRET, Player},
    store::{
        Store,
        port::{Person, Registered, SealedSignatory},
    },
    vault::{Purpose, Vault},
};

use super::serve::{PUBLIC_URL, ROOT_KEY};

/// How long one click may take before it is made again, on another server.
const CLICK_MAX: Duration = Duration::from_secs(2);
/// Clicks until a test gives up. A database that is away refuses at once or after seconds.
const CLICKS_MAX: usize = 60;
/// Between a click that failed and the next.
const BETWEEN_CLICKS: Duration = Duration::from_millis(100);

/// A taxpayer, its signatory, and the cookie of the signatory's portal session.
pub(crate) struct Lane {
    pub(crate) taxpayer: Taxpayer,
    pub(crate) signatory: Signatory,
    pub(crate) cookie: String,
}

/// What the servers of a test keep their secrets under.
pub(crate) fn vault() -> Vault {
    Vault::new(&ROOT_KEY, Arc::new(SystemChance))
}

/// Registers the one application and the gateway.
pub(crate) async fn register(store: &dyn Store) -> Player {
    let (vault, player) = (vault(), cast::players().remove(0));
    let mut work = store.write().await.expect("write");
    work.put_gsp(&player.application.gsp).await.expect("gsp");
    work.put_asp(&player.application.asp).await.expect("asp");
    let secret_hash = vault.hash(Purpose::Secret, player.client_secret.as_bytes());
    let registered = Registered { application: player.application.clone(), secret_hash };
    work.put_application(&registered).await.expect("application");
    work.put_gateway("checker", vault.hash(Purpose::Secret, GATEWAY_SECRET.as_bytes())).await.expect("gateway");
    work.commit().await.expect("commit");
    player
}

fn gstin(number: usize) -> Gstin {
    let fourteen: [u8; 14] = format!("27AAAPL{number:04}C1Z").into_bytes().try_into().expect("fourteen");
    let check = char::from(check_character(&fourteen).expect("a check character"));
    format!("27AAAPL{number:04}C1Z{check}").parse().expect("a GSTIN")
}

impl Lane {
    /// Puts the `number`th taxpayer into the database, signed in for two hours.
    pub(crate) async fn open(number: usize, store: &dyn Store) -> Self {
        Self::open_at(number, store, SystemClock.now()).await
    }

    /// The same, by another clock.
    pub(crate) async fn open_at(number: usize, store: &dyn Store, now: Timestamp) -> Self {
        let (vault, chance): (_, &dyn Chance) = (vault(), &SystemChance);
        let taxpayer = Taxpayer {
            gstin: gstin(number),
            username: format!("lane.{number}"),
            legal_name: "Lane".into(),
            trade_name: "Lane".into(),
        };
        let signatory = Signatory {
            gstin: taxpayer.gstin,
            id: SignatoryId(chance.id(now)),
            name: "L".into(),
            email: format!("lane.{number}@example.in").parse().expect("an address"),
            mobile: format!("98111{number:05}").parse().expect("a number"),
            language: Language::En,
        };
        let person = Person {
            signatory: signatory.id,
            name: signatory.name.clone(),
            gstins: vec![taxpayer.gstin],
            roles: std::collections::BTreeMap::default(),
        };
        let cookie = format!("{number:064}");
        let window = AccessWindow::new(taxpayer.gstin, true, 360, 1).expect("window");
        let mut work = store.write().await.expect("write");
        work.add_taxpayer(&taxpayer, &window).await.expect("taxpayer");
        work.add_signatory(&SealedSignatory::seal(&signatory, &vault)).await.expect("signatory");
        let hash = vault.hash(Purpose::Cookie, cookie.as_bytes());
        work.add_portal_session(hash, &person, now, now + SignedDuration::from_hours(2)).await.expect("session");
        work.commit().await.expect("commit");
        Self { taxpayer, signatory, cookie }
    }

    /// The taxpayer's click on *Revoke*, on one server after the other until one shows the receipt: where the answer to a
    /// click was lost, the next one finds the consent ended, and the receipt says since when.
    pub(crate) async fn revoke(&self, urls: &[String], http: &Client, consent: ConsentId, first: usize) {
        let form = [("gstin", self.taxpayer.gstin.to_string()), ("id", consent.to_string())];
        for click in first..first + CLICKS_MAX {
            let url = &urls[click % urls.len()];
            let revoked = self.signed_in(http.post(format!("{url}/api/revoke")).form(&form));
            let receipt = self.signed_in(http.get(format!("{url}/api/receipt")).query(&form));
            let click =
                async { Ok::<_, reqwest::Error>((revoked.send().await?.status(), receipt.send().await?.status())) };
            match tokio::time::timeout(CLICK_MAX, click).await {
                Ok(Ok((StatusCode::OK | StatusCode::CONFLICT, StatusCode::OK))) => return,
                Ok(_) => tokio::time::sleep(BETWEEN_CLICKS).await,
                Err(_) => {}
            }
        }
        panic!("nobody acknowledges a revoke");
    }

    /// Another decision of the taxpayer, on one server after the other until one acknowledges it; what it says that holds
    /// then. Where the answer to a click was lost, the next one finds it decided.
    pub(crate) async fn decide(
        &self,
        urls: &[String],
        http: &Client,
        function: &str,
        fields: &[(&str, String)],
        first: usize,
    ) -> serde_json::Value {
        let mut form = fields.to_vec();
        form.push(("gstin", self.taxpayer.gstin.to_string()));
        for click in first..first + CLICKS_MAX {
            let url = &urls[click % urls.len()];
            let decided = self.signed_in(http.post(format!("{url}/api/{function}")).form(&form));
            let click = async {
                let answer = decided.send().await?;
                Ok::<_, reqwest::Error>((answer.status(), answer.json().await?))
            };
            match tokio::time::timeout(CLICK_MAX, click).await {
                Ok(Ok((StatusCode::OK, held))) => return held,
                Ok(_) => tokio::time::sleep(BETWEEN_CLICKS).await,
                Err(_) => {}
            }
        }
        panic!("nobody acknowledges: {function}");
    }

    /// A request of the signatory's browser.
    pub(crate) fn signed_in(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(header::COOKIE, format!("__Host-asp-access={}", self.cookie));
        request.header(header::ORIGIN, PUBLIC_URL).header(header::ACCEPT, "application/json")
    }
}
