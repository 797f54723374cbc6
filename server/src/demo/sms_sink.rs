//! An SMS gateway for the demo and for tests, in the shape of C-DAC Mobile Seva; what it takes goes into the inbox.

use std::sync::Arc;

use app::model::{alert::Channel, contact::Mobile};
use axum::{Form, Router, extract::State, routing::post};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Reporter,
    fate::{DELAY, Fate},
    inbox::{Inbox, Item},
};
use crate::{
    alerts::channels::sms_cdac::{CdacConfig, message_key, password_hash},
    chance::Chance,
    clock::Clock,
};

/// What stands before the gateway's own path; the channel's `base_url` ends in it.
pub const BASE_PATH: &str = "/demo/provider";
/// Bytes of a form.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// The gateway, and the account that it knows.
#[derive(Clone)]
pub struct SmsSink {
    /// Where the SMS go.
    pub inbox: Inbox,
    /// The one account; its `base_url` plays no part here.
    pub account: Arc<CdacConfig>,
    /// Stamps what arrives.
    pub clock: Arc<dyn Clock>,
    /// Makes the message ids.
    pub chance: Arc<dyn Chance>,
    /// Sends delivery reports, where the gateway is one that does.
    pub reporter: Option<Reporter>,
}

#[derive(Deserialize)]
struct Request {
    username: String,
    password: String,
    senderid: String,
    content: String,
    smsservicetype: String,
    mobileno: String,
    key: String,
    templateid: String,
}

impl SmsSink {
    /// The gateway's one route.
    pub fn router(self) -> Router {
        Router::new()
            .route(&format!("{BASE_PATH}/esms/sendsmsrequestDLT"), post(take))
            .layer(axum::extract::DefaultBodyLimit::max(FORM_BYTES_MAX))
            .with_state(self)
    }
}

impl std::fmt::Debug for SmsSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsSink").field("account", &self.account).finish_non_exhaustive()
    }
}

/// What a telephone shows of a content: itself, or the characters that its references name; `None` where it is neither.
fn shown(kind: &str, content: &str) -> Option<String> {
    let named = |reference: &str| char::from_u32(reference.strip_prefix("&#")?.parse().ok()?);
    match kind {
        "singlemsg" if content.is_ascii() => Some(content.to_owned()),
        "unicodemsg" => content.split_terminator(';').map(named).collect(),
        _ => None,
    }
}

/// Answers as the gateway does: always HTTP 200, the code in the text.
async fn take(State(sink): State<SmsSink>, Form(request): Form<Request>) -> String {
    let account = &sink.account;
    let key = message_key(&request.username, &request.senderid, &request.content, &account.secure_key);
    let known = request.username == account.username && request.password == password_hash(&account.password);
    if !known || request.key != key {
        return "401,Credentials Error".into();
    }
    let text = shown(&request.smsservicetype, &request.content).filter(|_| !request.templateid.is_empty());
    let Some(text) = text else { return "400,Bad request".into() };
    let Ok(mobile) = request.mobileno.parse::<Mobile>() else {
        return "406,Invalid mobile number".into();
    };
    let at = sink.clock.now();
    let id: Uuid = sink.chance.id(at);
    let reference = format!("{}msdgsms", id.simple());
    let fate = sink.inbox.fates().next(Channel::Sms);
    let report = match fate {
        Fate::Fails => return "500,Internal error".into(),
        Fate::Bounces => Some("REJECTD"),
        Fate::Silent => None,
        Fate::Delayed | Fate::Arrives => Some("DELIVRD"),
    };
    if fate == Fate::Delayed {
        tokio::time::sleep(DELAY).await;
    }
    if fate != Fate::Bounces {
        let to = mobile.as_str().to_owned();
        sink.inbox.put(Item { at, channel: Channel::Sms, to, subject: None, text, html: None });
    }
    if let (Some(reporter), Some(state)) = (&sink.reporter, report) {
        reporter.report_later(reference.clone(), state);
    }
    format!("402,MsgID = {reference}")
}
