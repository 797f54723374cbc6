//! What whoever plays does at the inbox: bespeaks bad days, and sends an SMS as a signatory would.

use std::sync::Arc;

use app::model::alert::Channel;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Demo, fate::Fate};

#[derive(Deserialize)]
pub(super) struct Bespoken {
    channel: Channel,
    fate: Fate,
    count: usize,
}

pub(super) async fn bespeak(State(demo): State<Arc<Demo>>, Form(form): Form<Bespoken>) -> Response {
    demo.inbox.fates().bespeak(form.channel, form.fate, form.count);
    Redirect::to("/demo/inbox").into_response()
}

#[derive(Deserialize)]
pub(super) struct Texted {
    from: String,
    text: String,
}

pub(super) async fn text(State(demo): State<Arc<Demo>>, Form(form): Form<Texted>) -> Response {
    if demo.reporter.pass_on(&form.from, &form.text).await {
        Redirect::to("/demo/inbox").into_response()
    } else {
        StatusCode::BAD_GATEWAY.into_response()
    }
}
