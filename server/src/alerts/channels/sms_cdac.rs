//! SMS through C-DAC Mobile Seva: one form, two hashes, an answer such as `402,MsgID = …`.

use std::time::Duration;

use app::model::alert::Outcome;
use async_trait::async_trait;
use aws_lc_rs::digest;
use reqwest::{Client, Url, redirect};

use super::{BadChannel, SmsChannel, is_loopback, temporary};
use crate::alerts::{message::Sms, secret::Secret};

/// For connecting, and for the whole call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: usize = 1024;
/// The gateway took the message over.
const SUBMITTED: &str = "402";
/// The number can never be reached.
const INVALID_NUMBER: &str = "406";

/// The settings of an account.
#[derive(Debug, Clone)]
pub struct CdacConfig {
    /// What stands before `/esms/sendsmsrequestDLT`.
    pub base_url: String,
    /// The account's name.
    pub username: String,
    /// The account's password; only its hash travels.
    pub password: Secret,
    /// The key that each message is hashed with.
    pub secure_key: Secret,
}

/// The C-DAC channel.
#[derive(Debug)]
pub struct CdacChannel {
    client: Client,
    url: Url,
    config: CdacConfig,
}

impl CdacChannel {
    /// Makes the channel; connects to nothing yet.
    pub fn new(config: CdacConfig) -> Result<Self, BadChannel> {
        let text = format!("{}/esms/sendsmsrequestDLT", config.base_url.trim_end_matches('/'));
        let url: Url = text.parse().map_err(|_| BadChannel::Setting(format!("{text} is no URL")))?;
        let host = url.host_str().unwrap_or_default();
        if url.scheme() != "https" && !is_loopback(host) {
            return Err(BadChannel::Unprotected { host: host.to_owned() });
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // The form holds credentials: it goes where it was meant to go, or nowhere.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| BadChannel::Setting(format!("HTTP cannot be set up: {error}")))?;
        Ok(Self { client, url, config })
    }
}

/// The password as it travels: hexadecimal SHA-1, as the gateway prescribes.
pub fn password_hash(password: &Secret) -> String {
    hex::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.reveal().as_bytes()))
}

/// The message's hash: hexadecimal SHA-512 over user name, sender, content and key.
pub fn message_key(username: &str, sender: &str, content: &str, secure_key: &Secret) -> String {
    let joined = [username.trim(), sender.trim(), content.trim(), secure_key.reveal().trim()].concat();
    hex::encode(digest::digest(&digest::SHA512, joined.as_bytes()))
}

#[async_trait]
impl SmsChannel for CdacChannel {
    fn provider(&self) -> &'static str {
        "cdac"
    }

    async fn send(&self, sms: &Sms) -> Outcome {
        let config = &self.config;
        let (password, key) = (
            password_hash(&config.password),
            message_key(&config.username, &sms.header, &sms.text, &config.secure_key),
        );
        let form = [
            ("username", config.username.as_str()),
            ("password", &password),
            ("senderid", &sms.header),
            ("content", &sms.text),
            ("smsservicetype", if sms.text.is_ascii() { "singlemsg" } else { "unicodemsg" }),
            ("mobileno", sms.to.as_str()),
            ("key", &key),
            ("templateid", &sms.template_id),
        ];
        let mut answer = match self.client.post(self.url.clone()).form(&form).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_timeout() => return temporary("C-DAC: timed out"),
            Err(_) => return temporary("C-DAC: no connection"),
        };
        // An HTTP failure is the gateway's or the operator's matter, never the recipient's.
        if !answer.status().is_success() {
            return temporary(format!("C-DAC: HTTP {}", answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while body.len() < ANSWER_BYTES_MAX {
            match answer.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => return temporary("C-DAC: the answer broke off"),
            }
        }
        outcome(&String::from_utf8_lossy(&body))
    }
}

/// What an answer means. Only its code is told: the gateway's own words may repeat the number.
fn outcome(answer: &str) -> Outcome {
    let answer = answer.trim();
    let (code, rest) = answer.split_once(',').unwrap_or((answer, ""));
    match code.trim() {
        SUBMITTED => {
            let id = rest.split_once('=').map(|(_, id)| id.trim()).filter(|id| !id.is_empty());
            Outcome::Accepted { provider_ref: id.map(str::to_owned) }
        }
        INVALID_NUMBER => Outcome::Permanent { detail: "C-DAC 406: invalid number".into() },
        code if code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) => temporary(format!("C-DAC {code}")),
        _ => temporary("C-DAC: an answer that is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_for_its_code_and_its_message_id() {
        let accepted = |id: &str| Outcome::Accepted { provider_ref: Some(id.into()) };
        assert_eq!(outcome("402,MsgID = 150620161466003974245msdgsms\n"), accepted("150620161466003974245msdgsms"));
        assert_eq!(outcome("402"), Outcome::Accepted { provider_ref: None });
        assert_eq!(outcome("401, Credentials Error"), temporary("C-DAC 401"));
        assert!(
            matches!(outcome("406,9876543210 is invalid"), Outcome::Permanent { detail } if !detail.contains("98765"))
        );
        assert_eq!(outcome("<html>"), temporary("C-DAC: an answer that is none"));
    }

    #[test]
    fn hashes_are_those_of_the_published_algorithms() {
        assert_eq!(password_hash(&Secret::new("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let key = message_key("a", "b", " ", &Secret::new("c"));
        assert!(key.starts_with("ddaf35a193617abacc417349ae204131") && key.len() == 128);
    }

    #[test]
    fn without_tls_only_this_machine_is_spoken_to() {
        let config = |base_url: &str| CdacConfig {
            base_url: base_url.into(),
            username: "gstn".into(),
            password: Secret::new("p"),
            secure_key: Secret::new("k"),
        };
        for (url, allowed) in [
            ("https://sms.example.in", true),
            ("http://127.0.0.1:9", true),
            ("http://sms.example.in", false),
            ("ftp://127.0.0.1.example.in", false),
        ] {
            assert_eq!(CdacChannel::new(config(url)).is_ok(), allowed, "{url}");
        }
    }
}
