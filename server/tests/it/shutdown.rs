//! A stop: what is in flight ends with its answer, what is leased is given back, and all of it in ten seconds.

use std::{process::Stdio, sync::Arc, time::Duration};

use app::model::{Timestamp, alert::Channel};
use axum::{Form, Router, extract::State, routing::post};
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde::Deserialize;
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    demo::{cast, seed},
    house::House,
    store::{self, port::DueBy},
    vault::Vault,
    wire_client::WireClient,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc, oneshot},
    time,
};
use uuid::Uuid;

use crate::support::{
    demo_server::client,
    house::ClockedHouse,
    process::{Process, word_after},
    serve::{Providers, ROOT_KEY, serve},
};

/// What the server promises.
const STOP_MAX: Duration = Duration::from_secs(10);
/// A test that waits longer for anything else hangs.
const HANGS: Duration = Duration::from_secs(60);

/// An SMS gateway that hands the OTPs to the test, takes every other message, and never answers to it.
struct Gateway {
    url: String,
    otps: mpsc::UnboundedReceiver<String>,
    taken: mpsc::UnboundedReceiver<()>,
}

#[derive(Deserialize)]
struct Sms {
    content: String,
}

type Ends = (mpsc::UnboundedSender<String>, mpsc::UnboundedSender<()>);

async fn take(State((otps, taken)): State<Ends>, Form(sms): Form<Sms>) -> &'static str {
    if let Some((otp, _)) = sms.content.split_once(" is the OTP") {
        otps.send(otp.to_owned()).expect("the test listens");
        return "402,MsgID = 1";
    }
    taken.send(()).expect("the test listens");
    std::future::pending().await
}

impl Gateway {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let ((otp_end, otps), (taken_end, taken)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let router = Router::new().route("/esms/sendsmsrequestDLT", post(take)).with_state((otp_end, taken_end));
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, otps, taken }
    }
}

/// A request whose headers the server has read and whose body it waits for.
async fn half_asked(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    let headers = "POST /taxpayerapi/v1.0/authenticate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                   content-length: 2\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(headers.as_bytes()).await.expect("write");
    let mut said = [0; 25];
    stream.read_exact(&mut said).await.expect("read");
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// SIGTERM or SIGKILL; the standard library sends only the latter.
fn signal(name: &str, process: u32) {
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status();
    assert!(sent.expect("a shell").success());
}

#[tokio::test]
async fn a_stop_answers_what_is_in_flight_gives_leases_back_and_ends_in_time() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("test.db").display().to_string();
    let store = store::open(&database).await.expect("database");
    let vault = Vault::new(&ROOT_KEY, Arc::new(SystemChance));
    seed::seed(&*store, &vault, &SystemChance, SystemClock.now()).await.expect("sample data");
    store.close().await;

    let mut gateway = Gateway::start().await;
    let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key");
    let providers = Providers { sms_url: gateway.url.clone(), ..Providers::none() };
    let mut command = serve(folder.path(), &database, &portal.public_key_pem(), &providers);
    let mut server =
        Process(command.args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().expect("the server starts"));
    let address = word_after("serving address=", server.0.stderr.take().expect("its log"));

    // A consent is given; the gateway has its alert in hand and does not answer.
    let (player, taxpayer) = (cast::players().remove(0), cast::taxpayers().pop().expect("taxpayers").0);
    let (id, secret) = (&player.application.client_id, &player.client_secret);
    let url = format!("http://{address}");
    let asp = WireClient::new(&url, id, secret, &taxpayer.username, taxpayer.gstin, Arc::new(SystemChance));
    let mut asp = asp.expect("a client");
    asp.otp_request().await.expect("OTPREQUEST");
    let otp = time::timeout(HANGS, gateway.otps.recv()).await.expect("in time").expect("an OTP");
    asp.auth_token(&otp).await.expect("AUTHTOKEN");
    time::timeout(HANGS, gateway.taken.recv()).await.expect("in time").expect("an alert");

    let mut asked = half_asked(&address).await;
    let process = server.0.id();
    let (tell, ended) = oneshot::channel();
    signal("TERM", process);
    std::thread::spawn(move || tell.send(server.0.wait()));
    let ends = tokio::spawn(time::timeout(STOP_MAX, ended));

    // It has heard: nobody new gets in.
    let shut = async { while TcpStream::connect(&address).await.is_ok() {} };
    time::timeout(HANGS, shut).await.expect("the door closes");
    asked.write_all(b"{}").await.expect("write");
    let mut answer = String::new();
    asked.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("AUT4031"), "{answer}");

    let Ok(status) = ends.await.expect("the wait") else {
        signal("KILL", process);
        panic!("the server did not stop within {STOP_MAX:?}");
    };
    let status = status.expect("told").expect("status");
    assert!(status.success(), "{status}");

    let store = store::open(&database).await.expect("database");
    let mut work = store.write().await.expect("a write");
    let now = SystemClock.now();
    let due_by = DueBy { now, leased_until: now + SignedDuration::from_secs(60) };
    let leased = work.lease_deliveries("next", Uuid::from_u128(1), Channel::Sms, due_by, 10).await.expect("leases");
    assert_eq!(leased.len(), 1, "the alert that was in flight is due at once");
    let owed_at: Timestamp = leased[0].alert.owed_at;
    assert!(owed_at < now && leased[0].delivery.accepted_at.is_none());
}

/// A house whose stop may take two seconds, with a route that never answers.
async fn house_that_hangs() -> (ClockedHouse, Arc<Notify>) {
    let asked = Arc::new(Notify::new());
    let rung = asked.clone();
    let never = axum::routing::get(move || {
        rung.notify_one();
        std::future::pending::<()>()
    });
    let within = |house: House| house.stopping_within(Duration::from_secs(2));
    (ClockedHouse::start_with(Router::new().route("/never", never), within).await, asked)
}

#[tokio::test]
async fn a_stop_waits_for_ever_neither_for_a_unit_of_work_nor_for_an_answer_nor_for_a_half_sent_request() {
    let (house, asked) = house_that_hangs().await;
    let held = house.store.write().await.expect("a unit of work");
    let address = house.url.strip_prefix("http://").expect("a URL").to_owned();
    let mut half = TcpStream::connect(&address).await.expect("connect");
    half.write_all(b"GET / HTTP/1.1\r\nhost:").await.expect("write");
    let url = format!("{}/never", house.url);
    let asking = tokio::spawn(async move { client().get(url).send().await });
    time::timeout(HANGS, asked.notified()).await.expect("it is being answered");
    time::timeout(HANGS, house.stop()).await.expect("the server stops while all of them hang");
    let answer = time::timeout(HANGS, asking).await.expect("in time").expect("the task").expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "broken off, and told so");
    drop(held);
}
