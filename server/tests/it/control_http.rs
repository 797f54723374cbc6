//! Decisions over HTTP: whose they are, who may make them, from where, and what is answered.

use reqwest::{StatusCode, header};
use serde_json::Value;
use server::demo::cast;

use crate::support::demo_server::DemoServer;

/// Every server function that changes something, with the fields of its form besides `gstin`.
fn mutations(id: &str, asp: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let of = |fields: &[(&'static str, &str)]| -> Vec<_> {
        fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    vec![
        ("pause", of(&[("id", id)])),
        ("resume", of(&[("id", id), ("version", "2")])),
        ("restrict", of(&[("id", id), ("version", "1"), ("calls_a_day", "5")])),
        ("revoke", of(&[("id", id)])),
        ("disown", of(&[("id", id)])),
        ("set-window", of(&[("version", "1"), ("enabled", "false"), ("minutes", "360")])),
        ("freeze", of(&[("hours", "24")])),
        ("thaw", of(&[("version", "1")])),
        ("set-allow-list", of(&[("version", "1"), ("on", "true")])),
        ("rule-asp", of(&[("version", "1"), ("asp", asp), ("rule", "blocked")])),
        ("set-unused-days", of(&[("version", "1"), ("days", "7")])),
        ("this-is-fine", of(&[("alert", id)])),
    ]
}

struct Asker<'s> {
    server: &'s DemoServer,
    cookie: String,
}

impl Asker<'_> {
    async fn post(
        &self,
        function: &str,
        gstin: &str,
        fields: &[(&'static str, String)],
        origin: &str,
    ) -> (StatusCode, String) {
        let mut form = fields.to_vec();
        form.push(("gstin", gstin.to_owned()));
        let request = self.server.post(&format!("/api/{function}")).form(&form).header(header::COOKIE, &self.cookie);
        let request = request.header(header::ORIGIN, origin).header(header::ACCEPT, "application/json");
        let answer = request.send().await.expect("answer");
        (answer.status(), answer.text().await.expect("text"))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, text) = self.server.page(path, &self.cookie).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}

async fn signed_in<'s>(server: &'s DemoServer, taxpayer: usize, role: &str) -> Asker<'s> {
    let signatory = cast::taxpayers().remove(taxpayer).2;
    let form = [("signatory", signatory.id.to_string()), ("role", role.to_owned())];
    let page = server.post("/demo/portal").form(&form).header(header::ORIGIN, &server.url);
    let page = page.send().await.expect("answer").text().await.expect("text");
    let token =
        page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a hand-off");
    let answer = server.post("/hand-off").form(&[("token", token)]).send().await.expect("answer");
    let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text").split(';').next().expect("a cookie");
    Asker { server, cookie: cookie.to_owned() }
}

#[tokio::test]
async fn no_decision_is_made_by_a_stranger_a_viewer_or_another_site() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let gstin = granted.gstin().to_string();
    let owner = signed_in(&server, 5, "signatory").await;
    let id = server.consent_on(&format!("/access/{gstin}"), granted.gstin(), &owner.cookie).await;
    let asp = cast::players()[0].application.asp.id.to_string();
    let (stranger, viewer) = (signed_in(&server, 0, "signatory").await, signed_in(&server, 5, "viewer").await);
    for (function, fields) in mutations(&id, &asp) {
        let (status, text) = stranger.post(function, &gstin, &fields, &server.url).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{function}: {text}");
        let (status, text) = viewer.post(function, &gstin, &fields, &server.url).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{function}: {text}");
        assert!(text.contains("only_look"), "{function}: {text}");
        let (status, _) = owner.post(function, &gstin, &fields, "https://evil.example").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{function} from another site");
    }
    let chosen = [("chosen[0]", format!("{gstin}/{id}"))];
    for (who, expected) in [(&stranger, "not_found"), (&viewer, "not_yours")] {
        let (status, text) = who.post("revoke-many", &gstin, &chosen, &server.url).await;
        assert!(status.is_success() && text.contains(expected), "{status} {text}");
    }
    assert_eq!(server.introspect(&granted.token()).await["active"], true, "it is as it was");
    let controls = viewer.get(&format!("/api/controls?gstin={gstin}")).await;
    assert_eq!((&controls["role"], &controls["controls"]["freeze"]), (&Value::from("viewer"), &Value::Null));
}

#[tokio::test]
async fn nobody_but_the_signatory_decides_what_they_are_told() {
    let server = DemoServer::start();
    let gstin = cast::taxpayers()[5].0.gstin.to_string();
    let id = uuid::Uuid::nil().to_string();
    let text = |fields: &[(&'static str, &str)]| -> Vec<_> {
        fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let contact =
        [("name", "Mallory"), ("email", "mallory@evil.example"), ("mobile", "9876501234"), ("language", "en")];
    let decisions = [
        ("choose-alerts", text(&[("language", "en"), ("version", "1")])),
        ("name-contact", text(&contact)),
        ("confirm-contact", text(&[("id", &id), ("email_code", "000000"), ("mobile_code", "000000")])),
        ("remove-contact", text(&[("id", &id)])),
        ("send-test", Vec::new()),
    ];
    let stranger = signed_in(&server, 0, "signatory").await;
    for (function, fields) in &decisions {
        let (status, text) = stranger.post(function, &gstin, fields, &server.url).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{function}: {text}");
    }
    for role in ["viewer", "accountant"] {
        let other = signed_in(&server, 5, role).await;
        for (function, fields) in &decisions {
            let (status, text) = other.post(function, &gstin, fields, &server.url).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{role} {function}: {text}");
            assert!(text.contains("signatorys_own"), "{role} {function}: {text}");
        }
        let (status, _) = server.page(&format!("/access/{gstin}/alerts"), &other.cookie).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{role}");
        let (status, _) = server.page(&format!("/access/{gstin}/told"), &other.cookie).await;
        assert_eq!(status, StatusCode::OK, "{role} sees what was told");
    }
    let owner = signed_in(&server, 5, "signatory").await;
    let shown = owner.get(&format!("/api/alerts?gstin={gstin}")).await;
    assert_eq!(shown["contacts"], Value::Array(Vec::new()), "nobody was named");
    assert!(shown["choices"].as_array().expect("choices").iter().all(|choice| choice["sms"] == true), "all are wanted");
}

#[tokio::test]
async fn the_page_of_alerts_shows_no_address_and_no_number_in_full() {
    let server = DemoServer::start();
    let (taxpayer, _, signatory) = cast::taxpayers().remove(5);
    let gstin = taxpayer.gstin.to_string();
    let (email, mobile) = ("ravi.iyer@accounts.example", "9700000002");
    let contact = [("name", "Ravi Iyer"), ("email", email), ("mobile", mobile), ("language", "en")];
    let contact: Vec<_> = contact.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let owner = signed_in(&server, 5, "signatory").await;
    let (status, answer) = owner.post("name-contact", &gstin, &contact, &server.url).await;
    assert!(status.is_success(), "{status} {answer}");
    let (_, json) = server.page(&format!("/api/alerts?gstin={gstin}"), &owner.cookie).await;
    let (_, page) = server.page(&format!("/access/{gstin}/alerts"), &owner.cookie).await;
    for (place, text) in [("the call", &json), ("the page", &page)] {
        let own = [signatory.email.masked(), signatory.mobile.masked()];
        for masked in own.iter().map(String::as_str).chain(["ra••••@accounts.example", "••••••••02"])
        {
            assert!(text.contains(masked), "{place}: {masked}");
        }
        for plain in [signatory.email.as_str(), signatory.mobile.as_str(), email, mobile] {
            assert!(!text.contains(plain), "{place}: {plain}");
        }
    }
}

/// What became of the only one of several that were chosen.
fn only(text: &str) -> Value {
    let answer: Value = serde_json::from_str(text).expect("JSON");
    let each = answer.as_array().expect("a list");
    assert_eq!(each.len(), 1, "{text}");
    each[0]["result"].clone()
}

#[tokio::test]
async fn of_several_at_once_each_is_answered_by_whose_it_is_and_who_asks() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let gstin = granted.gstin().to_string();
    let owner = signed_in(&server, 5, "signatory").await;
    let id = server.consent_on(&format!("/access/{gstin}"), granted.gstin(), &owner.cookie).await;
    let (unknown, strangers) = (uuid::Uuid::from_u128(1), cast::taxpayers()[0].0.gstin);
    let (stranger, viewer) = (signed_in(&server, 0, "signatory").await, signed_in(&server, 5, "viewer").await);
    let accountant = signed_in(&server, 5, "accountant").await;
    let revoke = async |who: &Asker<'_>, chosen: String| {
        let (status, text) = who.post("revoke-many", &gstin, &[("chosen[0]", chosen)], &server.url).await;
        assert!(status.is_success(), "{status} {text}");
        only(&text)
    };
    let freeze = async |who: &Asker<'_>, gstin: &str, hours: &str| {
        let fields = [("gstins[0]", gstin.to_owned()), ("hours", hours.to_owned())];
        let (status, text) = who.post("freeze-many", gstin, &fields, &server.url).await;
        assert!(status.is_success(), "{status} {text}");
        only(&text)
    };

    let theirs = revoke(&stranger, format!("{gstin}/{id}")).await;
    let nobodys = revoke(&stranger, format!("{strangers}/{unknown}")).await;
    assert!(theirs["Err"].to_string().contains("not_found"), "{theirs}");
    assert_eq!(theirs, nobodys, "another's consent is answered like one that does not exist");
    assert_eq!(revoke(&owner, format!("{gstin}/{unknown}")).await, nobodys);
    assert_eq!(freeze(&stranger, &gstin, "24").await, nobodys);
    for answer in [revoke(&viewer, format!("{gstin}/{id}")).await, freeze(&viewer, &gstin, "24").await] {
        assert!(answer["Err"].to_string().contains("only_look"), "{answer}");
    }
    assert_eq!(server.introspect(&granted.token()).await["active"], true, "nothing happened to it");

    // An accountant freezes and may not lift it, or let it end sooner.
    let tightened = freeze(&accountant, &gstin, "24").await;
    assert!(tightened["Err"].is_null(), "{tightened}");
    let sooner = freeze(&accountant, &gstin, "1").await;
    assert!(sooner["Err"].to_string().contains("only_tighten"), "{sooner}");
    let controls = accountant.get(&format!("/api/controls?gstin={gstin}")).await;
    let version = controls["controls"]["window"]["version"].to_string();
    let (status, text) = accountant.post("thaw", &gstin, &[("version", version)], &server.url).await;
    assert!(status == StatusCode::FORBIDDEN && text.contains("only_tighten"), "{status} {text}");
    assert_eq!(server.introspect(&granted.token()).await["active"], false, "frozen");
    // And revokes; history says who.
    let revoked = revoke(&accountant, format!("{gstin}/{id}")).await;
    assert!(revoked["Err"].is_null(), "{revoked}");
    let deeds = owner.get(&format!("/api/deeds?gstin={gstin}")).await;
    assert_eq!(deeds["rows"][0]["event"]["deed"]["deed"], "revoked");
    assert_eq!(deeds["rows"][0]["event"]["actor"]["actor"], "accountant", "{deeds}");
    // Said twice, it is the same answer, and nothing more happened.
    assert_eq!(revoke(&accountant, format!("{gstin}/{id}")).await, revoked);
    assert_eq!(owner.get(&format!("/api/deeds?gstin={gstin}")).await, deeds);
}

#[tokio::test]
async fn each_decision_answers_with_what_holds_and_can_be_said_twice() {
    let server = DemoServer::start();
    let granted = server.grant(0, 5).await;
    let gstin = granted.gstin().to_string();
    let owner = signed_in(&server, 5, "signatory").await;
    let id = server.consent_on(&format!("/access/{gstin}"), granted.gstin(), &owner.cookie).await;
    let field = |name: &'static str, value: &str| (name, value.to_owned());
    let post = |function: &'static str, fields: Vec<(&'static str, String)>| {
        let (owner, gstin, url) = (&owner, &gstin, &server.url);
        async move {
            let (status, text) = owner.post(function, gstin, &fields, url).await;
            (status, serde_json::from_str::<Value>(&text).unwrap_or(Value::Null))
        }
    };
    for _ in 0..2 {
        let (status, consent) = post("pause", vec![field("id", &id)]).await;
        assert_eq!((status, &consent["version"]), (StatusCode::OK, &Value::from(2)));
    }
    let (status, _) = post("resume", vec![field("id", &id), field("version", "1")]).await;
    assert_eq!(status, StatusCode::CONFLICT, "another tab did more since");
    let (status, consent) = post("resume", vec![field("id", &id), field("version", "2")]).await;
    assert_eq!((status, &consent["paused_at"]), (StatusCode::OK, &Value::Null));
    let limits = vec![
        field("id", &id),
        field("version", "3"),
        field("returns[0]", "gstr1"),
        field("from", "09:00"),
        field("to", "18:00"),
    ];
    let (status, consent) = post("restrict", limits).await;
    assert_eq!((status, &consent["restriction"]["returns"]), (StatusCode::OK, &serde_json::json!(["gstr1"])));
    let (status, _) =
        post("restrict", vec![field("id", &id), field("version", "4"), field("until", "2020-01-01T00:00")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, page) = post("freeze", vec![field("hours", "24")]).await;
    assert!(status.is_success() && !page["controls"]["freeze"]["until"].is_null(), "{page}");
    let (status, page) = post("thaw", vec![field("version", &page["controls"]["window"]["version"].to_string())]).await;
    assert_eq!((status, &page["controls"]["freeze"]), (StatusCode::OK, &Value::Null));
    let list = owner.get(&format!("/api/access-now?gstin={gstin}&filter=state%3Dlive%26returns%3Dgstr1")).await;
    assert_eq!(list["page"]["rows"], serde_json::json!([]), "nothing of that kind was fetched");
    let found = owner.get("/api/everywhere?filter=sort%3Dends_first").await;
    assert_eq!(found["page"]["rows"][0]["consent"]["id"], Value::from(id.clone()));
    let (status, ended) = post("revoke-many", vec![field("chosen[0]", &format!("{gstin}/{id}"))]).await;
    assert!(status.is_success() && ended[0]["result"]["Ok"].is_null(), "{ended}");
    assert_eq!(server.introspect(&granted.token()).await["active"], false);
    let deeds = owner.get(&format!("/api/deeds?gstin={gstin}")).await;
    assert_eq!(deeds["rows"][0]["event"]["deed"]["deed"], "revoked");
    assert_eq!(deeds["rows"][0]["by"], Value::from(granted.signatory.name.clone()));
    let history = owner.get(&format!("/api/history?gstin={gstin}&filter=state%3Drevoked")).await;
    assert_eq!(history["page"]["rows"].as_array().map(Vec::len), Some(1));
}
