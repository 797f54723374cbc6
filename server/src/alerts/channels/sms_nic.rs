//! SMS through NIC's gateway: everything in the query, an answer such as `… Request ID=…~code=API000 …`.

use std::borrow::Cow;

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

/// The gateway took the message over. Widely said; no document of NIC's is public.
const ACCEPTED: &str = "API000";

/// The settings of an account.
#[derive(Debug, Clone)]
pub struct NicConfig {
    /// What stands before `/failsafe/HttpLink`.
    pub base_url: String,
    /// The account's name.
    pub username: String,
    /// The account's PIN. It travels in the query: nothing here logs an address.
    pub pin: Secret,
}

/// The NIC channel.
#[derive(Debug)]
pub struct NicChannel {
    caller: Caller,
    url: Url,
    config: NicConfig,
}

impl NicChannel {
    /// Makes the channel; connects to nothing yet.
    pub fn new(config: NicConfig, times: Times) -> Result<Self, BadChannel> {
        let url = address(&format!("{}/failsafe/HttpLink", config.base_url.trim_end_matches('/')))?;
        Ok(Self { caller: Caller::new("NIC", times)?, url, config })
    }
}

/// A text as the gateway takes it, and the kind of message that it is where that is said: what is not plain travels as the
/// hexadecimal digits of UTF-16, the high byte first, as the gateway's own example does it.
fn content(text: &str) -> (Option<(&'static str, &'static str)>, Cow<'_, str>) {
    if segments::is_plain(text) {
        (None, text.into())
    } else {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        (Some(("msgType", "UC")), hex::encode_upper(units).into())
    }
}

#[async_trait]
impl SmsChannel for NicChannel {
    async fn send(&self, sms: &Sms) -> Outcome {
        let number = format!("91{}", sms.to.as_str());
        let (kind, content) = content(&sms.text);
        let query = [
            ("username", self.config.username.as_str()),
            ("pin", self.config.pin.reveal()),
            ("message", &content),
            ("mnumber", &number),
            ("signature", &sms.header),
            ("dlt_entity_id", &sms.entity_id),
            ("dlt_template_id", &sms.template_id),
        ];
        let query = query.into_iter().chain(kind).collect::<Vec<_>>();
        match self.caller.call(self.caller.client().get(self.url.clone()).query(&query)).await {
            Ok(answer) => outcome(&answer.body),
            Err(failed) => failed,
        }
    }
}

/// What an answer means. Only its code is told: the gateway's own words may repeat the number.
fn outcome(answer: &str) -> Outcome {
    let word_after = |mark: &str| {
        let (_, rest) = answer.split_once(mark)?;
        reference(rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?)
    };
    match word_after("code=").as_deref() {
        Some(ACCEPTED) => Outcome::Accepted { provider_ref: word_after("Request ID=") },
        Some(code) if code.len() <= 8 => temporary(format!("NIC {code}")),
        _ => temporary("NIC: an answer that is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_not_plain_travels_as_the_digits_of_its_units() {
        assert_eq!(content("GST STOP"), (None, "GST STOP".into()));
        assert_eq!(content("OTP मा"), (Some(("msgType", "UC")), "004F005400500020092E093E".into()));
        assert_eq!(content("🙂").1, "D83DDE42");
    }

    #[test]
    fn an_answer_is_read_for_its_code_and_its_request_id() {
        let taken = "Message Accepted For Request ID=1254789631~code=API000 & info=Platform accepted & Time=2026/11/24";
        assert_eq!(outcome(taken), Outcome::Accepted { provider_ref: Some("1254789631".into()) });
        assert_eq!(outcome("code=API102 & info=919876543243"), temporary("NIC API102"));
        for garbage in ["", "<html>", "code=", "code=9198765432439876543243"] {
            assert_eq!(outcome(garbage), temporary("NIC: an answer that is none"), "{garbage}");
        }
    }
}
