//! The inbox as a page for people, and as JSON for `flow`.

use std::sync::Arc;

use app::model::{alert::Channel, ist};
use askama::Template;
use axum::{Json, extract::State, response::Response};
use serde_json::{Value, json};

use super::Demo;

struct Shown {
    at: String,
    to: String,
    subject: Option<String>,
    text: String,
}

#[derive(Template)]
#[template(path = "demo/inbox.html")]
struct InboxPage {
    items: Vec<Shown>,
}

pub(super) async fn page(State(demo): State<Arc<Demo>>) -> Response {
    let items = demo.inbox.all().into_iter().map(|item| Shown {
        at: format!("{} IST", ist::second(item.at)),
        to: item.to,
        subject: match item.channel {
            Channel::Email => Some(item.subject.unwrap_or_default()),
            Channel::Sms => None,
        },
        text: item.text,
    });
    super::page(&InboxPage { items: items.collect() })
}

pub(super) async fn json(State(demo): State<Arc<Demo>>) -> Json<Value> {
    let items = demo.inbox.all();
    Json(items.iter().map(|item| json!({ "channel": item.channel, "to": item.to, "text": item.text })).collect())
}
