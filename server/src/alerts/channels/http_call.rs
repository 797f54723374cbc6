//! One call to a gateway over HTTP: bounded in time and in bytes, led nowhere else, and told in words without secrets.

use std::time::Duration;

use app::model::alert::Outcome;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
    redirect,
};

use super::{BadChannel, is_loopback, temporary};
use crate::outgoing::not_public;

/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: usize = 4096;

/// How long a gateway may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// For connecting.
    pub connect: Duration,
    /// For the whole call.
    pub call: Duration,
}

impl Default for Times {
    /// 5 s to connect, 10 s in all.
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), call: Duration::from_secs(10) }
    }
}

/// What calls one gateway.
#[derive(Debug)]
pub struct Caller {
    client: Client,
    /// As outcomes call the gateway.
    name: &'static str,
}

/// An answer of a gateway that took the call.
#[derive(Debug)]
pub struct Answer {
    /// 2xx, unless other statuses were asked for.
    pub status: u16,
    /// The beginning of it.
    pub body: String,
}

impl Caller {
    /// Makes it; connects to nothing yet.
    pub fn new(name: &'static str, times: Times) -> Result<Self, BadChannel> {
        let client = Client::builder()
            .connect_timeout(times.connect)
            .timeout(times.call)
            // Calls hold credentials: they go where they were meant to go, or nowhere.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| BadChannel::Setting(format!("HTTP cannot be set up: {error}")))?;
        Ok(Self { client, name })
    }

    /// Over a client that is set up already.
    pub fn over(name: &'static str, client: Client) -> Self {
        Self { client, name }
    }

    /// To send with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Calls. An answer that is no success is the gateway's or the operator's matter, never the recipient's.
    pub async fn call(&self, request: RequestBuilder) -> Result<Answer, Outcome> {
        let answer = self.call_for_any(request).await?;
        if (200..300).contains(&answer.0.status) { Ok(answer.0) } else { Err(self.refused(answer.0.status, answer.1)) }
    }

    /// Calls; an answer of any status, and for how many seconds it asks to be left alone.
    pub async fn call_for_any(&self, request: RequestBuilder) -> Result<(Answer, Option<u32>), Outcome> {
        let name = self.name;
        // Errors of the client name the address, in which credentials may stand: only their kind is told.
        let mut response = request.send().await.map_err(|error| {
            temporary(match (not_public(&error), error.is_timeout()) {
                (Some(hidden), _) => format!("{name} is not called: {hidden}"),
                (None, true) => format!("{name}: timed out"),
                (None, false) => format!("{name}: no connection"),
            })
        })?;
        let (status, alone) = (response.status().as_u16(), retry_after(response.headers()));
        let body = bounded(&mut response).await.map_err(|()| temporary(format!("{name}: the answer broke off")))?;
        Ok((Answer { status, body }, alone))
    }

    /// What an answer means that is no success.
    pub fn refused(&self, status: u16, retry_after_s: Option<u32>) -> Outcome {
        Outcome::Temporary { detail: format!("{}: HTTP {status}", self.name), retry_after_s }
    }
}

async fn bounded(response: &mut Response) -> Result<String, ()> {
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return Err(()),
        }
    }
    body.truncate(ANSWER_BYTES_MAX);
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// `Retry-After` in seconds, or as a date against the answer's own `Date` (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.trim().parse() {
        return Some(seconds);
    }
    let moment = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let wait = moment(asked)?.duration_since(moment(text(DATE)?)?);
    u32::try_from(wait.as_secs()).ok()
}

/// The address of a gateway: https, or this machine itself.
pub fn address(text: &str) -> Result<Url, BadChannel> {
    let url: Url = text.parse().map_err(|_| BadChannel::Setting(format!("{text} is no URL")))?;
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        _ => Err(BadChannel::Unprotected { host: host.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        for (after, date, wanted) in [
            (Some("120"), None, Some(120)),
            (Some("Tue, 24 Nov 2026 05:02:00 GMT"), Some("Tue, 24 Nov 2026 05:00:00 GMT"), Some(120)),
            (Some("Tue, 24 Nov 2026 04:00:00 GMT"), Some("Tue, 24 Nov 2026 05:00:00 GMT"), None),
            (Some("Tue, 24 Nov 2026 05:02:00 GMT"), None, None),
            (Some("soon"), None, None),
            (Some("-1"), None, None),
            (None, None, None),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(RETRY_AFTER, after), (DATE, date)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().expect("a header"));
                }
            }
            assert_eq!(retry_after(&headers), wanted, "{after:?} {date:?}");
        }
    }

    #[test]
    fn without_tls_only_this_machine_is_spoken_to() {
        for (url, allowed) in [
            ("https://sms.example.in", true),
            ("http://127.0.0.1:9", true),
            ("http://localhost/x", true),
            ("http://sms.example.in", false),
            ("ftp://127.0.0.1", false),
            ("http://127.0.0.1.example.in", false),
            ("nothing", false),
        ] {
            assert_eq!(address(url).is_ok(), allowed, "{url}");
        }
    }
}
