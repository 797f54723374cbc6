//! `asp-access flow`: the whole story over real HTTP and the real wire, one line a step, stopping at the first wrong one.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use app::model::gstin::Gstin;
use reqwest::{Client, Response, StatusCode, header, redirect};
use serde_json::Value;

use super::cast;
use crate::{
    chance::Chance,
    wire_client::{WireClient, WireClientError},
};

/// How long a message may take from the server to the inbox.
const ARRIVAL_MAX: Duration = Duration::from_secs(10);
/// How often the inbox is looked into.
const LOOK_EVERY: Duration = Duration::from_millis(50);

struct Walk {
    http: Client,
    url: String,
    number: u32,
}

/// Walks the story against a running demo.
///
/// # Errors
/// The first step that went wrong.
#[expect(clippy::print_stdout, reason = "the walk is what this command prints")]
pub async fn walk(url: &str, chance: Arc<dyn Chance>) -> Result<()> {
    let http = Client::builder().redirect(redirect::Policy::none()).timeout(Duration::from_secs(10)).build()?;
    let mut walk = Walk { http, url: url.trim_end_matches('/').to_owned(), number: 0 };
    let player = cast::players().remove(4);
    let (taxpayer, _, signatory) = cast::taxpayers().pop().context("the cast has taxpayers")?;
    let application = &player.application;
    let mut asp = WireClient::new(
        &walk.url,
        &application.client_id,
        &player.client_secret,
        &taxpayer.username,
        taxpayer.gstin,
        chance,
    )?;

    // What was there before is no sign of what happens now.
    let before = walk.arrivals().await?.first().and_then(number_of);
    let new = move |item: &Value| number_of(item) > before;
    asp.otp_request().await.context("OTPREQUEST")?;
    walk.done(&format!("{} via {} asked for an OTP", application.asp.name, application.gsp.name));
    let otp = walk.arrived("an OTP by SMS", |sms| otp_in(sms, signatory.mobile.as_str()).filter(|_| new(sms))).await?;
    walk.done("the OTP arrived by SMS");
    asp.auth_token(&otp).await.context("AUTHTOKEN")?;
    walk.done("AUTHTOKEN gave a session: the consent is given");
    let data = asp.returns_summary("102026").await.context("the data call")?;
    ensure!(data["gstin"] == taxpayer.gstin.as_str(), "the data is another taxpayer's: {data}");
    walk.done("a data call passed, and its reply opened under the session key");
    let told = |to: &str, what: &str, asp: &str| {
        let (to, what, asp) = (to.to_owned(), what.to_owned(), asp.to_owned());
        move |item: &Value| alert_in(item, &to, &what, &asp).filter(|()| new(item))
    };
    let asp_short = &application.asp.short_name;
    walk.arrived("the alert by SMS", told(signatory.mobile.as_str(), "got OTP consent", asp_short)).await?;
    let asp_name = &application.asp.name;
    walk.arrived("the alert by e-mail", told(signatory.email.as_str(), "can now access", asp_name)).await?;
    walk.done("the signatory was told by SMS and by e-mail");

    let cookie = walk.sign_in(&signatory.id.to_string()).await?;
    walk.done("the portal handed the signatory over");
    let list = walk.page(&format!("/access/{}", taxpayer.gstin), &cookie).await?;
    ensure!(list.contains(&application.asp.name), "the list does not show {}", application.asp.name);
    let id = consent_in(&list, taxpayer.gstin).context("the list links no consent")?;
    walk.done("the screen shows the access");
    let receipt = walk.revoke(taxpayer.gstin, &id, &cookie).await?;
    let receipt = walk.page(&receipt, &cookie).await?;
    ensure!(receipt.contains(&id), "the receipt does not name the consent");
    walk.done("the taxpayer revoked it and holds the receipt");

    refused(asp.returns_summary("102026").await.map(|_| ()), "the data call after the revoke")?;
    walk.done("the next data call was refused with AUTH4033");
    refused(asp.refresh().await, "the refresh after the revoke")?;
    walk.done("REFRESHTOKEN was refused with AUTH4033");
    println!("All {} steps went as they should.", walk.number);
    Ok(())
}

fn refused(answer: Result<(), WireClientError>, what: &str) -> Result<()> {
    match answer {
        Err(WireClientError::Refused { error_cd, .. }) if error_cd == "AUTH4033" => Ok(()),
        Err(error) => bail!("{what} was refused, but not with AUTH4033: {error}"),
        Ok(()) => bail!("{what} passed"),
    }
}

fn otp_in(item: &Value, mobile: &str) -> Option<String> {
    let text = item["text"]
        .as_str()
        .filter(|text| item["channel"] == "sms" && item["to"] == mobile && text.contains("OTP"))?;
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).find(|run| run.len() == 6)?;
    Some(digits.to_owned())
}

/// The number of an arrival; the newer, the greater.
fn number_of(item: &Value) -> Option<u64> {
    item["number"].as_u64()
}

/// Whether this is the alert to somebody that tells this of an ASP: not the OTP, which names the ASP and the menu, too.
fn alert_in(item: &Value, to: &str, what: &str, asp: &str) -> Option<()> {
    let said = [&item["subject"], &item["text"]].map(|part| part.as_str().unwrap_or_default()).join(" ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_it = item["to"] == to && said.contains(what) && said.contains(asp) && said.contains("Manage API Access");
    is_it.then_some(())
}

fn consent_in(list: &str, gstin: Gstin) -> Option<String> {
    let start = format!("/access/{gstin}/consents/");
    list.split(&start).nth(1)?.get(..36).map(str::to_owned)
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

impl Walk {
    #[expect(clippy::print_stdout, reason = "the walk is what this command prints")]
    fn done(&mut self, step: &str) {
        self.number += 1;
        println!("{:>2}. {step}", self.number);
    }

    /// What is in the inbox, newest first.
    async fn arrivals(&self) -> reqwest::Result<Vec<Value>> {
        self.http.get(format!("{}/demo/inbox.json", self.url)).send().await?.json().await
    }

    /// Looks into the inbox until something there fits.
    async fn arrived<T>(&self, what: &str, fits: impl Fn(&Value) -> Option<T>) -> Result<T> {
        let look = async {
            loop {
                let items = self.arrivals().await?;
                if let Some(found) = items.iter().find_map(&fits) {
                    return Ok::<_, reqwest::Error>(found);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        Ok(tokio::time::timeout(ARRIVAL_MAX, look).await.with_context(|| format!("{what} did not arrive"))??)
    }

    async fn sign_in(&self, signatory: &str) -> Result<String> {
        let page = self.post("/demo/portal", &[("signatory", signatory)], "").await?.text().await?;
        let token = between(&page, "name=\"token\" value=\"", "\"").context("the portal gave no hand-off")?.to_owned();
        let answer = self.post("/hand-off", &[("token", &token)], "").await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER, "the hand-off was answered with {}", answer.status());
        let again = self.post("/hand-off", &[("token", &token)], "").await?;
        ensure!(again.status() == StatusCode::UNAUTHORIZED, "a hand-off served twice");
        let cookie = answer.headers().get(header::SET_COOKIE).context("no cookie came")?.to_str()?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    async fn revoke(&self, gstin: Gstin, id: &str, cookie: &str) -> Result<String> {
        let answer = self.post("/api/revoke", &[("gstin", gstin.as_str()), ("id", id)], cookie).await?;
        ensure!(answer.status().is_redirection(), "the revoke was answered with {}", answer.status());
        let location = answer.headers().get(header::LOCATION).context("no receipt was named")?.to_str()?;
        ensure!(location.ends_with("/receipt"), "the revoke led to {location}");
        Ok(location.to_owned())
    }

    async fn page(&self, path: &str, cookie: &str) -> Result<String> {
        let answer = self.http.get(format!("{}{path}", self.url)).header(header::COOKIE, cookie).send().await?;
        ensure!(answer.status().is_success(), "{path} was answered with {}", answer.status());
        Ok(answer.text().await?)
    }

    async fn post(&self, path: &str, form: &[(&str, &str)], cookie: &str) -> Result<Response> {
        let request = self.http.post(format!("{}{path}", self.url)).form(form);
        let request = request.header(header::COOKIE, cookie).header(header::ORIGIN, &self.url);
        // As a browser without scripts asks.
        Ok(request.header(header::ACCEPT, "text/html").send().await?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_otp_itself_and_another_asps_alert_are_no_alert_of_this_consent() {
        let alert = |text: &str| {
            let item = json!({ "number": 1, "channel": "sms", "to": "98", "subject": null, "text": text });
            alert_in(&item, "98", "got OTP consent", "LedgerLeaf").is_some()
        };
        let end = "access your GST data. Login gst.gov.in > My Profile > Manage API Access. -GSTN";
        assert!(alert(&format!("GSTIN 27: LedgerLeaf via Sahyadri got OTP consent to {end}")));
        assert!(!alert(&format!("123456 is the OTP to let LedgerLeaf via Sahyadri {end}")));
        assert!(!alert(&format!("GSTIN 27: ReturnReady via Sahyadri got OTP consent to {end}")));
        assert!(!alert("GSTIN 27: LedgerLeaf via Sahyadri got OTP consent"));
    }
}
