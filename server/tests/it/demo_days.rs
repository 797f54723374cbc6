//! The demo on bad days, the real binary: what befalls a message is what the taxpayer's screen tells of it.

use reqwest::{StatusCode, header};
use serde_json::Value;
use server::demo::cast;

use crate::support::demo_server::{DemoServer, between};

impl DemoServer {
    /// What a browser posts from the demo's inbox.
    async fn at_inbox(&self, path: &str, form: &[(&str, &str)]) -> StatusCode {
        let request = self.post(path).form(form).header(header::ORIGIN, &self.url);
        request.send().await.expect("answer").status()
    }

    /// What somebody who is signed in decides at the screen.
    async fn decides(&self, function: &str, form: &[(&str, &str)], cookie: &str) {
        let request = self.post(&format!("/api/{function}")).form(form).header(header::COOKIE, cookie);
        let answer = request.header(header::ORIGIN, &self.url).send().await.expect("answer");
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{function}: {}", answer.status());
    }

    /// The newest message that is such a one, as soon as it has arrived.
    async fn arrived(&self, channel: &str, to: &str, part: &str) -> String {
        for _ in 0..400 {
            let answer = self.get("/demo/inbox.json").send().await.expect("answer");
            let inbox: Vec<Value> = answer.json().await.expect("the inbox");
            let mut texts = inbox.iter().filter(|item| item["channel"] == channel && item["to"] == to);
            let found = texts.find_map(|item| item["text"].as_str().filter(|text| text.contains(part)));
            if let Some(text) = found {
                return text.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("no {channel} with {part} arrived");
    }

    /// The code to end a consent by, in the newest SMS to a number.
    async fn code_for(&self, mobile: &str) -> String {
        let text = self.arrived("sms", mobile, "GST STOP ").await;
        text.split_once("GST STOP ").and_then(|(_, rest)| rest.get(..6)).expect("a code").to_owned()
    }
}

#[tokio::test]
async fn a_mail_that_comes_back_and_an_sms_that_arrives_are_told_apart_on_the_consents_page() {
    let demo = DemoServer::start();
    let (mut granted, otp) = demo.asked(0, 0).await;
    let bad = [("channel", "email"), ("fate", "bounces"), ("count", "1")];
    demo.arrived("email", granted.signatory.email.as_str(), &otp).await;
    assert_eq!(demo.at_inbox("/demo/inbox/next", &bad).await, StatusCode::SEE_OTHER);
    granted.asp.auth_token(&otp).await.expect("AUTHTOKEN");
    let cookie = demo.sign_in(&granted.signatory).await;
    let id = demo.consent_on(&format!("/access/{}", granted.gstin()), granted.gstin(), &cookie).await;
    let path = format!("/access/{}/consents/{id}", granted.gstin());
    demo.page_with(&path, &cookie, "Not delivered: mailbox full", 1).await;
    let page = demo.page_with(&path, &cookie, "Delivered", 1).await;
    assert!(page.contains("Not delivered: mailbox full"));

    let code = demo.code_for(granted.signatory.mobile.as_str()).await;
    let text = format!("GST STOP {code}");
    let sms = [("from", granted.signatory.mobile.as_str()), ("text", text.as_str())];
    assert_eq!(demo.at_inbox("/demo/inbox/text", &sms).await, StatusCode::SEE_OTHER);
    let refused = demo.check(&granted).await;
    assert_eq!(refused.headers().get("x-refuse-reason").expect("a reason"), "consent_ended");
}

#[tokio::test]
async fn an_sms_that_the_operator_rejects_is_told_as_not_delivered() {
    let demo = DemoServer::start();
    let (mut granted, otp) = demo.asked(0, 0).await;
    let bad = [("channel", "sms"), ("fate", "bounces"), ("count", "1")];
    assert_eq!(demo.at_inbox("/demo/inbox/next", &bad).await, StatusCode::SEE_OTHER);
    granted.asp.auth_token(&otp).await.expect("AUTHTOKEN");
    let cookie = demo.sign_in(&granted.signatory).await;
    let id = demo.consent_on(&format!("/access/{}", granted.gstin()), granted.gstin(), &cookie).await;
    demo.page_with(&format!("/access/{}/consents/{id}", granted.gstin()), &cookie, "Not delivered", 1).await;
}

#[tokio::test]
async fn an_alert_about_all_access_is_told_with_what_became_of_it_and_only_to_whose_it_is() {
    let demo = DemoServer::start();
    let (taxpayer, _, signatory) = cast::taxpayers().remove(5);
    let gstin = taxpayer.gstin.as_str();
    let (cookie, path) = (demo.sign_in(&signatory).await, format!("/access/{gstin}/told"));
    let (status, before) = demo.page(&path, &cookie).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!before.contains("All access was frozen") && !before.contains("Not delivered"));
    let bad = [("channel", "sms"), ("fate", "bounces"), ("count", "1")];
    assert_eq!(demo.at_inbox("/demo/inbox/next", &bad).await, StatusCode::SEE_OTHER);
    demo.decides("freeze", &[("gstin", gstin), ("hours", "8")], &cookie).await;
    let page = demo.page_with(&path, &cookie, "Not delivered", 1).await;
    assert_eq!(page.matches("All access was frozen").count(), 1, "one line, with what became of each message");
    for address in [signatory.email.masked(), signatory.mobile.masked()] {
        assert!(page.contains(&address), "{address}");
    }
    assert!(!page.contains(signatory.mobile.as_str()) && !page.contains(signatory.email.as_str()));

    let stranger = demo.sign_in(&cast::taxpayers()[0].2).await;
    let nobodys = demo.page("/access/27AAPFU0939F1ZV/told", &stranger).await;
    assert_eq!((demo.page(&path, &stranger).await.0, nobodys.0), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn an_sms_that_nobody_reports_on_stays_handed_over_and_is_never_told_as_delivered() {
    let demo = DemoServer::start();
    let (taxpayer, _, signatory) = cast::taxpayers().remove(5);
    let gstin = taxpayer.gstin.as_str();
    let (cookie, path) = (demo.sign_in(&signatory).await, format!("/access/{gstin}/told"));
    let bad = [("channel", "sms"), ("fate", "silent"), ("count", "1")];
    assert_eq!(demo.at_inbox("/demo/inbox/next", &bad).await, StatusCode::SEE_OTHER);
    demo.decides("freeze", &[("gstin", gstin), ("hours", "8")], &cookie).await;
    let page = demo.page_with(&path, &cookie, "Handed over to the SMS provider", 1).await;
    assert!(!page.contains("Delivered"), "nobody said so");
    // Of the next one it is said; that takes as long as it would have taken of the first.
    let (_, controls) = demo.page(&format!("/api/controls?gstin={gstin}"), &cookie).await;
    let controls: Value = serde_json::from_str(&controls).expect("JSON");
    let version = controls["controls"]["window"]["version"].to_string();
    demo.decides("thaw", &[("gstin", gstin), ("version", &version)], &cookie).await;
    let page = demo.page_with(&path, &cookie, "Delivered", 1).await;
    assert_eq!(page.matches("Handed over to the SMS provider").count(), 1, "and of the first one still nothing");
}

#[tokio::test]
async fn an_alert_that_was_switched_off_is_told_as_not_sent() {
    let demo = DemoServer::start();
    let granted = demo.grant(0, 5).await;
    let (gstin, cookie) = (granted.gstin(), demo.sign_in(&granted.signatory).await);
    let id = demo.consent_on(&format!("/access/{gstin}"), gstin, &cookie).await;
    let nothing = [("gstin", gstin.as_str()), ("language", "en"), ("version", "0")];
    demo.decides("choose-alerts", &nothing, &cookie).await;
    demo.decides("pause", &[("gstin", gstin.as_str()), ("id", &id)], &cookie).await;
    let consent = format!("/access/{gstin}/consents/{id}");
    for path in [&format!("/access/{gstin}/told"), &consent] {
        let page = demo.page_with(path, &cookie, "Not sent: you switched these alerts off", 1).await;
        assert!(page.contains("Access was paused"), "{path}");
    }
    let (_, told) = demo.page(&format!("/access/{gstin}/told"), &cookie).await;
    let about = between(&told, "Access was paused", "</td>").expect("a cell");
    let asp = format!("<a href=\"{consent}\">{}", granted.player.application.asp.name);
    assert!(about.contains(&asp), "{about}");
}

#[tokio::test]
async fn bad_days_come_only_from_the_demos_own_page() {
    let demo = DemoServer::start();
    let bad = [("channel", "sms"), ("fate", "fails"), ("count", "1")];
    let foreign = demo.post("/demo/inbox/next").form(&bad).header(header::ORIGIN, "https://elsewhere.example");
    assert_eq!(foreign.send().await.expect("answer").status(), StatusCode::FORBIDDEN);
}
