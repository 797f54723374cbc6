//! SMS through Gupshup's enterprise gateway: everything in the query, an answer such as `success | 91… | id`.

use app::model::alert::Outcome;
use async_trait::async_trait;
use reqwest::Url;

use super::{
    BadChannel, SmsChannel,
    answer::reference,
    http_call::{Caller, Times, address},
    temporary,
};
use crate::alerts::{message::Sms, secret::Secret, segments};

/// The number can never be reached. Widely said, not confirmed.
const INVALID_NUMBER: &str = "105";

/// The settings of an account.
#[derive(Debug, Clone)]
pub struct GupshupConfig {
    /// What stands before `/GatewayAPI/rest`.
    pub base_url: String,
    /// The account's number.
    pub user_id: String,
    /// Its password. It travels in the query: nothing here logs an address.
    pub password: Secret,
}

/// The Gupshup channel.
#[derive(Debug)]
pub struct GupshupChannel {
    caller: Caller,
    url: Url,
    config: GupshupConfig,
}

impl GupshupChannel {
    /// Makes the channel; connects to nothing yet.
    pub fn new(config: GupshupConfig, times: Times) -> Result<Self, BadChannel> {
        let url = address(&format!("{}/GatewayAPI/rest", config.base_url.trim_end_matches('/')))?;
        Ok(Self { caller: Caller::new("Gupshup", times)?, url, config })
    }
}

#[async_trait]
impl SmsChannel for GupshupChannel {
    async fn send(&self, sms: &Sms) -> Outcome {
        let number = format!("91{}", sms.to.as_str());
        let query = [
            ("method", "sendMessage"),
            ("v", "1.1"),
            ("auth_scheme", "plain"),
            ("userid", &self.config.user_id),
            ("password", self.config.password.reveal()),
            ("format", "text"),
            ("msg_type", if segments::is_plain(&sms.text) { "TEXT" } else { "Unicode_text" }),
            ("send_to", &number),
            ("msg", &sms.text),
            ("mask", &sms.header),
            ("principalEntityId", &sms.entity_id),
            ("dltTemplateId", &sms.template_id),
        ];
        match self.caller.call(self.caller.client().get(self.url.clone()).query(&query)).await {
            Ok(answer) => outcome(&answer.body),
            Err(failed) => failed,
        }
    }
}

/// What an answer means. Only its code is told: the gateway's own words may repeat the number.
fn outcome(answer: &str) -> Outcome {
    let mut parts = answer.trim().split('|').map(str::trim);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("success"), _, id) => Outcome::Accepted { provider_ref: id.and_then(reference) },
        (Some("error"), Some(INVALID_NUMBER), _) => Outcome::Permanent { detail: "Gupshup 105: invalid number".into() },
        (Some("error"), Some(code), _) if code.len() <= 4 && code.bytes().all(|b| b.is_ascii_digit()) => {
            temporary(format!("Gupshup {code}"))
        }
        _ => temporary("Gupshup: an answer that is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_for_its_code_and_its_id() {
        let taken = "success | 919876543243 | 3463637-728374-6376";
        assert_eq!(outcome(taken), Outcome::Accepted { provider_ref: Some("3463637-728374-6376".into()) });
        assert_eq!(outcome("error | 102 | Authentication failed"), temporary("Gupshup 102"));
        let invalid = outcome("error | 105 | The phone number 919876543243 is not a valid phone number");
        assert!(matches!(invalid, Outcome::Permanent { detail } if !detail.contains("98765")));
        for garbage in ["", "<html>", "error", "error | 919876543243", "perhaps | 1 | 2"] {
            assert_eq!(outcome(garbage), temporary("Gupshup: an answer that is none"), "{garbage}");
        }
    }
}
