//! SMS through C-DAC Mobile Seva: one form, two hashes, an answer such as `402,MsgID = …`.

use std::borrow::Cow;

use app::model::alert::Outcome;
use async_trait::async_trait;
use aws_lc_rs::digest;
use reqwest::Url;

use super::{
    BadChannel, SmsChannel,
    answer::reference,
    http_call::{Caller, Times, address},
    temporary,
};
use crate::alerts::{message::Sms, secret::Secret, segments};

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
    caller: Caller,
    url: Url,
    config: CdacConfig,
}

impl CdacChannel {
    /// Makes the channel; connects to nothing yet.
    pub fn new(config: CdacConfig, times: Times) -> Result<Self, BadChannel> {
        let url = address(&format!("{}/esms/sendsmsrequestDLT", config.base_url.trim_end_matches('/')))?;
        Ok(Self { caller: Caller::new("C-DAC", times)?, url, config })
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

/// A text as the gateway takes it, and the kind of message that it is. What is not plain is written as character references
/// in decimals, each character one, and hashed as such: so do the clients that the gateway's users have published.
fn content(text: &str) -> (&'static str, Cow<'_, str>) {
    if segments::is_plain(text) {
        ("singlemsg", text.into())
    } else {
        let references: Vec<_> = text.chars().map(|c| format!("&#{};", u32::from(c))).collect();
        ("unicodemsg", references.concat().into())
    }
}

#[async_trait]
impl SmsChannel for CdacChannel {
    async fn send(&self, sms: &Sms) -> Outcome {
        let config = &self.config;
        let (kind, content) = content(&sms.text);
        let (password, key) =
            (password_hash(&config.password), message_key(&config.username, &sms.header, &content, &config.secure_key));
        let form = [
            ("username", config.username.as_str()),
            ("password", &password),
            ("senderid", &sms.header),
            ("content", &content),
            ("smsservicetype", kind),
            ("mobileno", sms.to.as_str()),
            ("key", &key),
            ("templateid", &sms.template_id),
        ];
        match self.caller.call(self.caller.client().post(self.url.clone()).form(&form)).await {
            Ok(answer) => outcome(&answer.body),
            Err(failed) => failed,
        }
    }
}

/// What an answer means. Only its code is told: the gateway's own words may repeat the number.
fn outcome(answer: &str) -> Outcome {
    let answer = answer.trim();
    let (code, rest) = answer.split_once(',').unwrap_or((answer, ""));
    match code.trim() {
        SUBMITTED => Outcome::Accepted { provider_ref: rest.split_once('=').and_then(|(_, id)| reference(id)) },
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
    fn a_text_that_is_not_plain_travels_as_character_references() {
        assert_eq!(content("GST STOP"), ("singlemsg", "GST STOP".into()));
        assert_eq!(content("OTP मा"), ("unicodemsg", "&#79;&#84;&#80;&#32;&#2350;&#2366;".into()));
    }

    #[test]
    fn hashes_are_those_of_the_published_algorithms() {
        assert_eq!(password_hash(&Secret::new("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let key = message_key("a", "b", " ", &Secret::new("c"));
        assert!(key.starts_with("ddaf35a193617abacc417349ae204131") && key.len() == 128);
    }
}
