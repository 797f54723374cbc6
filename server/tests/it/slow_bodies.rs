//! A client that sends its headers and then stalls is answered, and loses its connection.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

use crate::support::demo_server::DemoServer;

/// Well above the limit, which stands beside what obeys it.
const HANGS: Duration = Duration::from_secs(60);

async fn stalled(server: &DemoServer, path: &str, kind: &str) -> String {
    let address = server.url.strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(address).await.expect("connect");
    let origin = &server.url;
    let headers = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: {origin}\r\ncontent-type: {kind}\r\n\
         content-length: 1000\r\n\r\ntoken="
    );
    stream.write_all(headers.as_bytes()).await.expect("write");
    let mut answer = String::new();
    // Ends when the connection does.
    let read = time::timeout(HANGS, stream.read_to_string(&mut answer)).await;
    read.unwrap_or_else(|_| panic!("{path} still waits")).expect("an answer");
    answer
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_on_every_path_and_the_connection_ends() {
    let (server, form) = (DemoServer::start(), "application/x-www-form-urlencoded");
    let (wire, hand_off, revoke) = tokio::join!(
        stalled(&server, "/taxpayerapi/v1.0/authenticate", "application/json"),
        stalled(&server, "/hand-off", form),
        stalled(&server, "/api/revoke", form),
    );
    // In its own words, which are HTTP 200: its clients read nothing else.
    assert!(wire.starts_with("HTTP/1.1 200 ") && wire.contains(r#""status_cd":"0""#), "{wire}");
    assert!(wire.contains("connection: close"), "{wire}");
    for answer in [hand_off, revoke] {
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("urn:asp-access:problem:body-too-slow"), "{answer}");
    }
}
