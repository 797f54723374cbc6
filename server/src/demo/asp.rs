//! Playing the ASP by hand, in a browser: each button makes a real call on the GST wire against this server.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex as StdMutex, PoisonError},
};

use askama::Template;
use axum::{Form, extract::State, response::Response};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Demo, cast, page};
use crate::wire_client::{WireClient, WireClientError};

/// Plays that are kept; the oldest go first.
const PLAYS_MAX: usize = 100;

/// The ASPs that are being played, by a random id.
#[derive(Default)]
pub struct Plays(StdMutex<VecDeque<(String, Arc<Play>)>>);

struct Play {
    client: Mutex<WireClient>,
    application: String,
    taxpayer: String,
}

impl Plays {
    fn add(&self, id: String, play: Arc<Play>) {
        let mut plays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if plays.len() == PLAYS_MAX {
            plays.pop_front();
        }
        plays.push_back((id, play));
    }

    fn find(&self, id: &str) -> Option<Arc<Play>> {
        let plays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plays.iter().find(|(known, _)| known == id).map(|(_, play)| play.clone())
    }
}

#[derive(Template)]
#[template(path = "demo/asp_ask.html")]
struct Ask {
    applications: Vec<(String, String)>,
    taxpayers: Vec<(String, String)>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "demo/asp_play.html")]
struct Stage<'a> {
    heading: &'a str,
    application: &'a str,
    taxpayer: &'a str,
    play: &'a str,
    has_session: bool,
    problem: Option<String>,
    data: Option<String>,
}

fn ask_page(problem: Option<String>) -> Response {
    let named = |player: &cast::Player| {
        let application = &player.application;
        (application.client_id.clone(), format!("{} via {}", application.asp.name, application.gsp.name))
    };
    page(&Ask {
        applications: cast::players().iter().map(named).collect(),
        taxpayers: cast::taxpayers()
            .into_iter()
            .map(|(taxpayer, _, _)| {
                let shown = format!("{} ({})", taxpayer.trade_name, taxpayer.gstin);
                (taxpayer.username, shown)
            })
            .collect(),
        problem,
    })
}

pub(super) async fn ask() -> Response {
    ask_page(None)
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    application: String,
    username: String,
}

pub(super) async fn otp_request(State(demo): State<Arc<Demo>>, Form(chosen): Form<Chosen>) -> Response {
    let player = cast::players().into_iter().find(|player| player.application.client_id == chosen.application);
    let taxpayer = cast::taxpayers().into_iter().find(|(taxpayer, _, _)| taxpayer.username == chosen.username);
    let (Some(player), Some((taxpayer, _, _))) = (player, taxpayer) else {
        return ask_page(Some("Choose an application and a taxpayer.".into()));
    };
    let client = WireClient::new(
        &demo.public_url,
        &player.application.client_id,
        &player.client_secret,
        &taxpayer.username,
        taxpayer.gstin,
        demo.chance.clone(),
    );
    let mut client = match client {
        Ok(client) => client,
        Err(error) => return ask_page(Some(error.to_string())),
    };
    if let Err(error) = client.otp_request().await {
        return ask_page(Some(error.to_string()));
    }
    let application = format!("{} via {}", player.application.asp.name, player.application.gsp.name);
    let taxpayer = format!("{} ({})", taxpayer.trade_name, taxpayer.gstin);
    let play = Arc::new(Play { client: Mutex::new(client), application, taxpayer });
    let id = hex::encode(demo.chance.bytes::<16>());
    demo.plays.add(id.clone(), play.clone());
    stage(&play, &id, "OTP requested", false, None, None)
}

#[derive(Deserialize)]
pub(super) struct Answered {
    play: String,
    otp: String,
}

#[derive(Deserialize)]
pub(super) struct Played {
    play: String,
}

fn stage(
    play: &Play,
    id: &str,
    heading: &str,
    has_session: bool,
    problem: Option<WireClientError>,
    data: Option<String>,
) -> Response {
    let (application, taxpayer) = (play.application.as_str(), play.taxpayer.as_str());
    let problem = problem.map(|problem| problem.to_string());
    page(&Stage { heading, application, taxpayer, play: id, has_session, problem, data })
}

fn forgotten() -> Response {
    ask_page(Some("This play was forgotten, most likely because the server was restarted. Start again.".into()))
}

pub(super) async fn auth_token(State(demo): State<Arc<Demo>>, Form(answered): Form<Answered>) -> Response {
    let Some(play) = demo.plays.find(&answered.play) else { return forgotten() };
    let answer = play.client.lock().await.auth_token(answered.otp.trim()).await;
    match answer {
        Ok(()) => stage(&play, &answered.play, "Consent obtained", true, None, None),
        Err(error) => stage(&play, &answered.play, "The OTP was refused", false, Some(error), None),
    }
}

pub(super) async fn fetch(State(demo): State<Arc<Demo>>, Form(played): Form<Played>) -> Response {
    let Some(play) = demo.plays.find(&played.play) else { return forgotten() };
    let answer = play.client.lock().await.returns_summary("102026").await;
    match answer {
        Ok(data) => {
            let data = serde_json::to_string_pretty(&data).ok();
            stage(&play, &played.play, "The call passed", true, None, data)
        }
        Err(error) => stage(&play, &played.play, "The call was refused", true, Some(error), None),
    }
}

pub(super) async fn refresh(State(demo): State<Arc<Demo>>, Form(played): Form<Played>) -> Response {
    let Some(play) = demo.plays.find(&played.play) else { return forgotten() };
    let answer = play.client.lock().await.refresh().await;
    match answer {
        Ok(()) => stage(&play, &played.play, "The session was refreshed", true, None, None),
        Err(error) => stage(&play, &played.play, "The refresh was refused", true, Some(error), None),
    }
}

pub(super) async fn log_out(State(demo): State<Arc<Demo>>, Form(played): Form<Played>) -> Response {
    let Some(play) = demo.plays.find(&played.play) else { return forgotten() };
    let answer = play.client.lock().await.log_out().await;
    match answer {
        Ok(()) => stage(&play, &played.play, "The ASP gave the consent back", true, None, None),
        Err(error) => stage(&play, &played.play, "The log-out was refused", true, Some(error), None),
    }
}
