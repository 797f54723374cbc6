//! An SMS gateway that answers as told, over a real port, and remembers what it was asked.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures::stream;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    time,
};

/// What it does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    /// Answers with this status, these headers and this body.
    Says(u16, Vec<(&'static str, String)>, String),
    /// Answers with this body, so much later.
    SaysLate(Duration, String),
    /// Answers likewise, once it may.
    Waits(Arc<Semaphore>, String),
    /// Answers with this, again and again without an end.
    SaysForever(String),
    /// Never answers.
    Hangs,
}

impl Does {
    pub(crate) fn says(status: u16, body: &str) -> Self {
        Self::Says(status, Vec::new(), body.into())
    }
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// When.
    pub(crate) at: Instant,
}

/// The gateway; without a script it does the same each time.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    script: Arc<Mutex<VecDeque<Does>>>,
    usually: Arc<Mutex<Does>>,
    /// How often it was asked.
    calls: watch::Sender<usize>,
}

impl Gateway {
    pub(crate) async fn start(usually: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let gateway = Self {
            url: format!("http://{}", listener.local_addr().expect("address")),
            asked: Arc::default(),
            script: Arc::default(),
            usually: Arc::new(Mutex::new(usually)),
            calls: watch::Sender::new(0),
        };
        let router = Router::new().fallback(answer).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    /// First does these, one a call.
    pub(crate) fn then(&self, script: impl IntoIterator<Item = Does>) {
        self.script.lock().expect("script").extend(script);
    }

    /// From now on does this.
    pub(crate) fn usually(&self, does: Does) {
        *self.usually.lock().expect("usually") = does;
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("asked").clone()
    }

    /// Waits until it was asked so often.
    pub(crate) async fn until_asked(&self, times: usize) {
        let mut calls = self.calls.subscribe();
        let asked = time::timeout(Duration::from_secs(30), calls.wait_for(|count| *count >= times));
        assert!(asked.await.is_ok(), "asked {} times, not {times}", self.count());
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().expect("asked").len()
    }
}

async fn answer(State(gateway): State<Gateway>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let (body, at) = (String::from_utf8(body.to_vec()).expect("text"), server::clock::stopwatch());
    gateway.asked.lock().expect("asked").push(Asked { method, uri, headers, body, at });
    gateway.calls.send_modify(|count| *count += 1);
    let told = gateway.script.lock().expect("script").pop_front();
    match told.unwrap_or_else(|| gateway.usually.lock().expect("usually").clone()) {
        Does::Says(status, headers, body) => {
            let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().expect("a header"));
            }
            response
        }
        Does::SaysLate(late, body) => {
            time::sleep(late).await;
            body.into_response()
        }
        Does::Waits(gate, body) => {
            gate.acquire().await.expect("a gate").forget();
            body.into_response()
        }
        Does::SaysForever(words) => {
            Response::new(Body::from_stream(stream::repeat(Ok::<_, Infallible>(Bytes::from(words)))))
        }
        Does::Hangs => std::future::pending().await,
    }
}
