//! The inbox as a page for people, each mail as its reader's program shows it, and all of it as JSON for `flow`.

use std::sync::Arc;

use app::model::{alert::Channel, ist};
use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Demo, cast};

/// For a mail alone: it may look as it likes, as it does in a mail program, and can run, send and load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

struct Shown {
    number: usize,
    at: String,
    to: String,
    subject: Option<String>,
    text: String,
    has_html: bool,
}

#[derive(Template)]
#[template(path = "demo/inbox.html")]
struct InboxPage {
    items: Vec<Shown>,
    /// Mails and SMS of which it is bespoken what befalls them.
    bespoken: (usize, usize),
    /// From whom an SMS can be sent.
    mobiles: Vec<(String, String)>,
}

pub(super) async fn page(State(demo): State<Arc<Demo>>) -> Response {
    let items = demo.inbox.numbered().into_iter().map(|(number, item)| Shown {
        number,
        at: format!("{} IST", ist::second(item.at)),
        to: item.to,
        subject: match item.channel {
            Channel::Email => Some(item.subject.unwrap_or_default()),
            Channel::Sms => None,
        },
        text: item.text,
        has_html: item.html.is_some(),
    });
    let fates = demo.inbox.fates();
    let bespoken = (fates.bespoken(Channel::Email), fates.bespoken(Channel::Sms));
    let mut mobiles: Vec<_> = cast::taxpayers()
        .into_iter()
        .map(|(_, _, signatory)| (signatory.mobile.as_str().to_owned(), signatory.name))
        .collect();
    mobiles.sort();
    mobiles.dedup();
    super::page(&InboxPage { items: items.collect(), bespoken, mobiles })
}

pub(super) async fn mail(State(demo): State<Arc<Demo>>, Path(number): Path<usize>) -> Response {
    match demo.inbox.item(number).and_then(|item| item.html) {
        Some(html) => ([(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn json(State(demo): State<Arc<Demo>>) -> Json<Value> {
    let items = demo.inbox.numbered();
    let shown = |(number, item): &(usize, _)| {
        let item: &super::inbox::Item = item;
        json!({ "number": number, "channel": item.channel, "to": item.to, "subject": item.subject, "text": item.text })
    };
    Json(items.iter().map(shown).collect())
}
