//! How long a request's body may take to arrive. A client that sends its headers and then stalls would hold a
//! connection, and what its handler holds, for ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::CONNECTION},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use tokio::time;

use crate::problem::Problem;

/// From the headers to the last byte of the body, on every path. The largest body that any path reads is 2 MiB; real
/// ones are a few hundred bytes, which the slowest line carries in this time.
pub const TIME_MAX: Duration = Duration::from_secs(10);

const TOO_SLOW: Problem = Problem {
    status: StatusCode::REQUEST_TIMEOUT,
    kind: "body-too-slow",
    title: "The request did not arrive in time, so nothing was done. Try again.",
};

/// Marks an answer that says in its own words what was wrong, also with a body that did not arrive: the GST wire's, whose
/// clients read nothing that is not HTTP 200.
#[derive(Debug, Clone, Copy)]
pub struct OwnWords;

/// Answers 408 where the body is still on its way at its time, whatever the handler makes of a body that breaks off
/// (but for [`OwnWords`]), and closes the connection.
pub async fn in_time(State(time_max): State<Duration>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let response = next.run(request.map(|body| within(body, time_max, late.clone()))).await;
    if !late.load(Ordering::Relaxed) {
        return response;
    }
    let in_own_words = response.extensions().get::<OwnWords>().is_some();
    let mut refusal = if in_own_words { response } else { TOO_SLOW.into_response() };
    refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    refusal
}

/// The same body, but for an error in place of what comes after its time.
fn within(body: Body, time_max: Duration, late: Arc<AtomicBool>) -> Body {
    let left = (body.into_data_stream(), Box::pin(time::sleep(time_max)));
    Body::from_stream(stream::unfold(left, move |(mut left, mut time_is_over)| {
        let late = late.clone();
        async move {
            let chunk: Option<Result<Bytes, axum::Error>> = tokio::select! {
                chunk = left.next() => chunk,
                () = &mut time_is_over => {
                    late.store(true, Ordering::Relaxed);
                    Some(Err(axum::Error::new("the body came too slowly")))
                }
            };
            Some((chunk?, (left, time_is_over)))
        }
    }))
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware, routing::post};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// What a server that grants so much time answers to these pieces of a request, each sent when the one before is
    /// on its way, until it closes the connection.
    async fn answer(time_max: Duration, pieces: &[&str]) -> String {
        let router = Router::new()
            .route("/", post(|body: String| async move { format!("read {}", body.len()) }))
            .layer(middleware::from_fn_with_state(time_max, in_time));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let mut stream = TcpStream::connect(listener.local_addr().expect("address")).await.expect("connect");
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        for piece in pieces {
            stream.write_all(piece.as_bytes()).await.expect("write");
            stream.flush().await.expect("flush");
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("read");
        server.abort();
        answer
    }

    const HEADERS: &str = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";

    #[tokio::test]
    async fn a_body_that_stalls_is_answered_and_the_connection_ends() {
        let no_close = HEADERS.replace("connection: close\r\n", "");
        for pieces in [&[no_close.as_str()][..], &[&no_close, "ab"]] {
            let answer = answer(Duration::from_millis(20), pieces).await;
            assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
            assert!(answer.contains("connection: close") && answer.contains("body-too-slow"), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_body_in_time_is_read_whole() {
        for pieces in [&[HEADERS, "abcd"][..], &[HEADERS, "a", "b", "cd"]] {
            let answer = answer(Duration::from_mins(1), pieces).await;
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("read 4"), "{answer}");
        }
    }
}
