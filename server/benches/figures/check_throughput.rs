//! `check_throughput`: calls that an API gateway may let pass, answered from memory, against a handler that only
//! answers, on the same web server by the same client.

use std::sync::Arc;

use axum::routing::get;
use reqwest::{Client, StatusCode};
use server::{
    chance::SystemChance,
    clock::SystemClock,
    enforce::{self, Checks, Remembering},
    store::open,
    vault::Purpose,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    figure::{Figure, Goal},
    givers::Givers,
    turns::{Spread, rate},
};

const TURNS: usize = 9;
const CLIENTS: u64 = 16;
const CALLS_PER_CLIENT: usize = 60;
const SECRET: &str = "a gateway's secret";

pub(crate) async fn measure() -> Figure {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("test.db");
    let givers = Givers::new(open(database.to_str().expect("text")).await.expect("database"), CLIENTS).await;
    let mut work = givers.store.write().await.expect("write");
    work.put_gateway("bench", givers.vault.hash(Purpose::Secret, SECRET.as_bytes())).await.expect("gateway");
    work.commit().await.expect("commit");
    let mut tokens = Vec::new();
    for n in 0..CLIENTS {
        givers.ask(n).await;
        tokens.push(givers.give(n).await);
    }
    let Remembering { nodes, memory, tally } = givers.remembering.clone();
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(nodes.clone().keep(stop.clone()));
    let writing = tokio::spawn(tally.clone().keep_writing(stop.clone()));
    nodes.ready().await;
    let checks = Checks {
        store: givers.store.clone(),
        vault: givers.vault.clone(),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        nodes,
        memory,
        tally,
    };
    let router = enforce::routes(Arc::new(checks)).route("/bare", get(|| async { StatusCode::OK }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let url = format!("http://{}", listener.local_addr().expect("address"));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let http = Client::new();
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        values.push(calls(&http, &format!("{url}/v1/forward-auth"), &tokens).await);
        floors.push(calls(&http, &format!("{url}/bare"), &tokens).await);
    }
    serving.abort();
    stop.cancel();
    keeping.await.expect("kept");
    writing.await.expect("written");
    givers.store.close().await;
    Figure {
        name: "check_throughput",
        unit: "calls/s",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: Goal::None,
        how: format!("forward-auth on SQLite, {CLIENTS} at once, against an empty handler; {TURNS} turns"),
    }
}

/// Calls a second, each client with a token of its own.
async fn calls(http: &Client, url: &str, tokens: &[String]) -> f64 {
    let began = server::clock::stopwatch();
    let clients = tokens.iter().map(|token| {
        let (http, url, token) = (http.clone(), url.to_owned(), token.clone());
        tokio::spawn(async move {
            for _ in 0..CALLS_PER_CLIENT {
                let request = http.get(&url).bearer_auth(SECRET).header("auth-token", &token);
                let answer = request.header("x-original-uri", "/returns?action=RETSUM").send().await.expect("answer");
                assert_eq!(answer.status(), StatusCode::OK);
                answer.bytes().await.expect("read to its end");
            }
        })
    });
    for done in futures::future::join_all(clients).await {
        done.expect("calls");
    }
    rate(tokens.len() * CALLS_PER_CLIENT, began)
}
