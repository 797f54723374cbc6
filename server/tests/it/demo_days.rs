//! The demo on bad days, the real binary: what befalls a message is what the taxpayer's screen tells of it.

use reqwest::{StatusCode, header};
use serde_json::Value;

use crate::support::demo_server::DemoServer;

impl DemoServer {
    /// What a browser posts from the demo's inbox.
    async fn at_inbox(&self, path: &str, form: &[(&str, &str)]) -> StatusCode {
        let request = self.post(path).form(form).header(header::ORIGIN, &self.url);
        request.send().await.expect("answer").status()
    }

    /// The code to end a consent by, in the newest SMS to a number.
    async fn code_for(&self, mobile: &str) -> String {
        for _ in 0..400 {
            let answer = self.get("/demo/inbox.json").send().await.expect("answer");
            let inbox: Vec<Value> = answer.json().await.expect("the inbox");
            let texts = inbox.iter().filter(|item| item["channel"] == "sms" && item["to"] == mobile);
            let mut texts = texts.filter_map(|item| item["text"].as_str());
            let found = texts.find_map(|text| text.split_once("GST STOP ")?.1.get(..6).map(str::to_owned));
            if let Some(code) = found {
                return code;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("no SMS with a code arrived");
    }
}

#[tokio::test]
async fn a_mail_that_comes_back_and_an_sms_that_arrives_are_told_apart_on_the_consents_page() {
    let demo = DemoServer::start();
    let (mut granted, otp) = demo.asked(0, 0).await;
    let bad = [("channel", "email"), ("fate", "bounces"), ("count", "1")];
    // The mail with the OTP has left: SMS and mail of an OTP leave at once.
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
async fn bad_days_come_only_from_the_demos_own_page() {
    let demo = DemoServer::start();
    let bad = [("channel", "sms"), ("fate", "fails"), ("count", "1")];
    let foreign = demo.post("/demo/inbox/next").form(&bad).header(header::ORIGIN, "https://elsewhere.example");
    assert_eq!(foreign.send().await.expect("answer").status(), StatusCode::FORBIDDEN);
}
