//! SMS through MSG91's flows: the template's variables by number, in JSON; an answer such as `{"type":"success",…}`.

use std::collections::HashMap;

use app::model::alert::Outcome;
use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    BadChannel, SmsChannel,
    answer::reference,
    http_call::{Caller, Times, address},
    temporary,
};
use crate::alerts::{message::Sms, secret::Secret};

/// The settings of an account.
#[derive(Debug, Clone)]
pub struct Msg91Config {
    /// What stands before `/api/v5/flow`.
    pub base_url: String,
    /// The account's key.
    pub auth_key: Secret,
    /// The gateway's own ids of templates, by the ids that the operators gave; where one is missing, they are the same.
    pub flows: HashMap<String, String>,
}

/// The MSG91 channel.
#[derive(Debug)]
pub struct Msg91Channel {
    caller: Caller,
    url: Url,
    config: Msg91Config,
}

impl Msg91Channel {
    /// Makes the channel; connects to nothing yet.
    pub fn new(config: Msg91Config, times: Times) -> Result<Self, BadChannel> {
        let url = address(&format!("{}/api/v5/flow", config.base_url.trim_end_matches('/')))?;
        Ok(Self { caller: Caller::new("MSG91", times)?, url, config })
    }

    fn body(&self, sms: &Sms) -> Value {
        let mut recipient = Map::new();
        recipient.insert("mobiles".into(), format!("91{}", sms.to.as_str()).into());
        for (number, value) in (1..).zip(&sms.values) {
            recipient.insert(format!("VAR{number}"), value.as_str().into());
        }
        let flow = self.config.flows.get(&sms.template_id).unwrap_or(&sms.template_id);
        json!({ "template_id": flow, "short_url": "0", "recipients": [recipient] })
    }
}

#[async_trait]
impl SmsChannel for Msg91Channel {
    async fn send(&self, sms: &Sms) -> Outcome {
        let request = self.caller.client().post(self.url.clone()).header("authkey", self.config.auth_key.reveal());
        match self.caller.call(request.json(&self.body(sms))).await {
            Ok(answer) => outcome(&answer.body),
            Err(failed) => failed,
        }
    }
}

#[derive(Deserialize)]
struct Said {
    r#type: String,
    #[serde(default)]
    message: Value,
}

/// What an answer means. The gateway's own words are not told: they may repeat the number.
fn outcome(answer: &str) -> Outcome {
    match serde_json::from_str::<Said>(answer) {
        Ok(said) if said.r#type == "success" => {
            Outcome::Accepted { provider_ref: said.message.as_str().and_then(reference) }
        }
        Ok(said) if said.r#type == "error" => temporary("MSG91: an error"),
        _ => temporary("MSG91: an answer that is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_for_its_type_and_its_request_id() {
        let taken = r#"{"message":"3763646c3058373530393938","type":"success"}"#;
        assert_eq!(outcome(taken), Outcome::Accepted { provider_ref: Some("3763646c3058373530393938".into()) });
        let wrong = r#"{"type":"error","message":"919876543243 is blocked"}"#;
        assert_eq!(outcome(wrong), temporary("MSG91: an error"));
        for garbage in ["", "<html>", "{}", r#"{"type":7}"#, r#"{"type":"maybe"}"#] {
            assert_eq!(outcome(garbage), temporary("MSG91: an answer that is none"), "{garbage}");
        }
    }
}
