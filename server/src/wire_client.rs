//! The other side of the GST wire: what an ASP does to obtain consent and to fetch data. For the demo and for tests.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use app::model::gstin::Gstin;
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{RequestBuilder, header::HeaderMap, redirect};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    gateway::{
        envelope::{AppKey, DataReply, SessionKey, open_data, open_session_key, seal_under},
        wire::WireSecret,
    },
};

/// How long a call may take, the connection included.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a reply at most.
pub const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum WireClientError {
    /// The wire refused, with its own code.
    #[error("the wire refused: {error_cd} {message}")]
    Refused {
        /// The wire's code, such as `AUTH4034`.
        error_cd: String,
        /// The wire's message.
        message: String,
    },
    /// The wire was not reached, or not in time.
    #[error("the wire was not reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// An answer that is none of the wire.
    #[error("the wire's answer makes no sense: {0}")]
    BadReply(&'static str),
    /// A step before those it needs.
    #[error("{0} first")]
    TooEarly(&'static str),
}

/// An ASP's view of one taxpayer: the keys and the session it holds.
pub struct WireClient {
    http: reqwest::Client,
    base_url: String,
    client_id: String,
    client_secret: String,
    username: String,
    gstin: Gstin,
    end_user: IpAddr,
    chance: Arc<dyn Chance>,
    asked: Option<Asked>,
    session: Option<Session>,
}

/// An OTP request that was made: the app key, and how it was sealed to the wire's key.
struct Asked {
    app_key: AppKey,
    sealed: String,
}

struct Session {
    auth_token: WireSecret,
    sek: SessionKey,
    consent_id: Option<String>,
}

/// What the wire answered: the body, and the consent that a header names.
struct Reply {
    body: Value,
    consent_id: Option<String>,
}

impl WireClient {
    /// A client without a session. `chance` gives the app keys and the `txn` numbers.
    ///
    /// # Errors
    /// [`WireClientError::Unreachable`] where TLS cannot be set up on this machine.
    pub fn new(
        base_url: &str,
        client_id: &str,
        client_secret: &str,
        username: &str,
        gstin: Gstin,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, WireClientError> {
        // A redirect would carry the client secret to another place.
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).build()?;
        Ok(Self {
            http,
            base_url: base_url.trim_end_matches('/').to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            username: username.to_owned(),
            gstin,
            end_user: IpAddr::V4(Ipv4Addr::LOCALHOST),
            chance,
            asked: None,
            session: None,
        })
    }

    /// From now on it talks to another server of the same database.
    pub fn turn_to(&mut self, base_url: &str) {
        base_url.trim_end_matches('/').clone_into(&mut self.base_url);
    }

    /// The token of the session, where there is one.
    pub fn session_token(&self) -> Option<&WireSecret> {
        self.session.as_ref().map(|session| &session.auth_token)
    }

    /// The id of the session's consent, by which a security event names it.
    pub fn consent_id(&self) -> Option<&str> {
        self.session.as_ref()?.consent_id.as_deref()
    }

    /// Asks that the taxpayer be sent an OTP. The certificate is fetched each time: a rotated key is then no event.
    pub async fn otp_request(&mut self) -> Result<(), WireClientError> {
        let url = format!("{}/taxpayerapi/certificate", self.base_url);
        let certificate = answer_of(self.http.get(url)).await?.1;
        let app_key = AppKey(self.chance.bytes());
        let sealed = seal_to_certificate(&certificate, &app_key)?;
        self.authenticate(&json!({"action": "OTPREQUEST", "username": self.username, "app_key": sealed})).await?;
        self.asked = Some(Asked { app_key, sealed });
        Ok(())
    }

    /// Shows the OTP that the taxpayer read out, and so obtains consent and its first session.
    pub async fn auth_token(&mut self, otp: &str) -> Result<(), WireClientError> {
        let asked = self.asked.as_ref().ok_or(WireClientError::TooEarly("request an OTP"))?;
        let request = json!({
            "action": "AUTHTOKEN",
            "username": self.username,
            "app_key": asked.sealed,
            "otp": seal_under(&asked.app_key, otp.as_bytes()),
        });
        let reply = self.authenticate(&request).await?;
        self.session = Some(session_of(&reply, &asked.app_key)?);
        Ok(())
    }

    /// Makes the next session of the same consent, under a new app key.
    pub async fn refresh(&mut self) -> Result<(), WireClientError> {
        let session = self.live_session()?;
        let app_key = AppKey(self.chance.bytes());
        let request = self.about_session("REFRESHTOKEN", session, &app_key);
        let reply = self.authenticate(&request).await?;
        self.session = Some(session_of(&reply, &app_key)?);
        Ok(())
    }

    /// Ends the session. It is forgotten only when the wire says that it ended.
    pub async fn log_out(&mut self) -> Result<(), WireClientError> {
        let session = self.live_session()?;
        let request = self.about_session("LOGOUT", session, &AppKey(self.chance.bytes()));
        self.authenticate(&request).await?;
        self.session = None;
        Ok(())
    }

    /// Fetches the summary of the returns of a period (`MMYYYY`), decrypted.
    pub async fn returns_summary(&self, period: &str) -> Result<Value, WireClientError> {
        let session = self.live_session()?;
        let request = self
            .http
            .get(format!("{}/taxpayerapi/v1.0/returns", self.base_url))
            .query(&[("action", "RETSUM"), ("gstin", self.gstin.as_str()), ("ret_period", period)])
            .header("username", &self.username)
            .header("gstin", self.gstin.as_str())
            .header("auth-token", session.auth_token.expose())
            .header("ret_period", period);
        let reply = self.call(request).await?;
        let sealed: DataReply =
            serde_json::from_value(reply.body).map_err(|_| WireClientError::BadReply("data without its envelope"))?;
        let json =
            open_data(&sealed, &session.sek).map_err(|_| WireClientError::BadReply("data that does not open"))?;
        serde_json::from_slice(&json).map_err(|_| WireClientError::BadReply("data that is no JSON"))
    }

    fn live_session(&self) -> Result<&Session, WireClientError> {
        self.session.as_ref().ok_or(WireClientError::TooEarly("obtain a session"))
    }

    fn about_session(&self, action: &str, session: &Session, app_key: &AppKey) -> Value {
        json!({
            "action": action,
            "username": self.username,
            "app_key": seal_under(&session.sek, &app_key.0),
            "auth_token": session.auth_token.expose(),
        })
    }

    async fn authenticate(&self, request: &Value) -> Result<Reply, WireClientError> {
        self.call(self.http.post(format!("{}/taxpayerapi/v1.0/authenticate", self.base_url)).json(request)).await
    }

    /// Sends a call with the headers of every call, and tells a refusal from a reply.
    async fn call(&self, request: RequestBuilder) -> Result<Reply, WireClientError> {
        let request = request
            .header("clientid", &self.client_id)
            .header("client-secret", &self.client_secret)
            .header("state-cd", self.gstin.state())
            .header("ip-usr", self.end_user.to_string())
            .header("txn", hex::encode(self.chance.bytes::<16>()));
        let (headers, body) = answer_of(request).await?;
        let consent_id = headers.get("consent-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let reply: Value = serde_json::from_slice(&body).map_err(|_| WireClientError::BadReply("no JSON"))?;
        let text = |at: &str| reply.pointer(at).and_then(Value::as_str).map(str::to_owned);
        match (text("/status_cd").as_deref(), text("/error/error_cd")) {
            (Some("1"), _) => Ok(Reply { body: reply, consent_id }),
            (_, Some(error_cd)) => {
                Err(WireClientError::Refused { error_cd, message: text("/error/message").unwrap_or_default() })
            }
            (_, None) => Err(WireClientError::BadReply("neither a success nor an error code")),
        }
    }
}

impl fmt::Debug for WireClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireClient")
            .field("base_url", &self.base_url)
            .field("client_id", &self.client_id)
            .field("gstin", &self.gstin)
            .finish_non_exhaustive()
    }
}

/// Headers and body of an answer, whatever its status: the wire says in the body what was wrong.
async fn answer_of(request: RequestBuilder) -> Result<(HeaderMap, Vec<u8>), WireClientError> {
    let mut response = request.send().await?;
    let headers = response.headers().clone();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > REPLY_BYTES_MAX {
            return Err(WireClientError::BadReply("an answer without end"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((headers, body))
}

fn session_of(reply: &Reply, app_key: &AppKey) -> Result<Session, WireClientError> {
    let Reply { body: reply, consent_id } = reply;
    let auth_token = reply["auth_token"].as_str().and_then(WireSecret::parse);
    let sek = reply["sek"].as_str().and_then(|sealed| open_session_key(app_key, sealed).ok());
    match (auth_token, sek) {
        (Some(auth_token), Some(sek)) => Ok(Session { auth_token, sek, consent_id: consent_id.clone() }),
        _ => Err(WireClientError::BadReply("a session without a token or a key that opens")),
    }
}

/// Seals an app key to the RSA key of a certificate. The random padding is drawn by the library: it takes no generator.
fn seal_to_certificate(pem: &[u8], app_key: &AppKey) -> Result<String, WireClientError> {
    let bad = || WireClientError::BadReply("no certificate with an RSA key");
    let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| bad())?;
    // Read as a trust anchor: self-signed, so there is no chain to verify; that it is the wire's own, TLS vouches for.
    let anchor = webpki::anchor_from_trusted_cert(&certificate).map_err(|_| bad())?;
    let public = PublicEncryptingKey::from_der(&webpki::spki_for_anchor(&anchor)).map_err(|_| bad())?;
    let public = Pkcs1PublicEncryptingKey::new(public).map_err(|_| bad())?;
    let mut sealed = vec![0; public.ciphertext_size()];
    let sealed = public.encrypt(&app_key.0, &mut sealed).map_err(|_| bad())?;
    Ok(BASE64_STANDARD.encode(sealed))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests;
