//! SMS through any gateway that one HTTP call describes: a template of the call, and a rule that reads the answer.

use std::collections::BTreeMap;

use app::model::alert::Outcome;
use async_trait::async_trait;
use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    BadChannel, SmsChannel,
    answer::reference,
    http_call::{Answer, Caller, Times, address},
    temporary,
};
use crate::alerts::{message::Sms, secret::Secret};

/// How a value is written where it stands in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escape {
    /// Within a JSON string.
    Json,
    /// Within a form: percent-encoded.
    Form,
    /// As it is.
    Text,
}

/// What an answer must be like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// One of these statuses; none named is any 2xx.
    pub status: Vec<u16>,
    /// The body contains this.
    pub contains: Option<String>,
    /// Where in the JSON body to look (RFC 6901), and what must stand there.
    pub pointer: Option<String>,
    /// The text or number at the pointer.
    pub equals: Option<Value>,
}

/// The settings of a gateway.
///
/// `url`, header values and `body` may hold `{mobile}` (ten digits), `{text}`, `{reference}` (ours, the same in each
/// attempt), `{entity_id}`, `{header}`, `{template_id}`, and `{name}` of each secret.
#[derive(Debug, Clone)]
pub struct GenericConfig {
    /// `POST`, `GET` or `PUT`.
    pub method: String,
    /// The address; values in it are percent-encoded. A placeholder may stand in its path and query only.
    pub url: String,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// The body, where there is one.
    pub body: Option<String>,
    /// How values are written in the body.
    pub escape: Escape,
    /// Secrets by the names of their placeholders.
    pub secrets: BTreeMap<String, Secret>,
    /// The gateway took the message over.
    pub success: Rule,
    /// It refused the number for good.
    pub permanent: Option<Rule>,
    /// Where in the JSON body the gateway's reference stands (RFC 6901).
    pub reference_pointer: Option<String>,
}

/// The channel.
#[derive(Debug)]
pub struct GenericChannel {
    caller: Caller,
    method: Method,
    config: GenericConfig,
}

const NAMES: [&str; 6] = ["mobile", "text", "reference", "entity_id", "header", "template_id"];

impl GenericChannel {
    /// Makes the channel; connects to nothing yet.
    ///
    /// # Errors
    /// [`BadChannel`], also for a placeholder that is none: it would reach a person as it stands.
    pub fn new(config: GenericConfig, times: Times) -> Result<Self, BadChannel> {
        let method = match config.method.as_str() {
            "POST" => Method::POST,
            "GET" => Method::GET,
            "PUT" => Method::PUT,
            other => return Err(BadChannel::Setting(format!("{other} is none of the methods POST, GET and PUT"))),
        };
        let end = config.url.find('{').unwrap_or(config.url.len());
        let host = address(&config.url[..end])?;
        if host.path() == "/" && end < config.url.len() && !config.url[..end].ends_with(['/', '?']) {
            return Err(BadChannel::Setting("a placeholder may stand in a URL's path and query only".into()));
        }
        if config.secrets.keys().any(|name| NAMES.contains(&name.as_str())) {
            return Err(BadChannel::Setting("a secret is called like a part of the message".into()));
        }
        let known = |name: &str| NAMES.contains(&name) || config.secrets.contains_key(name);
        let templates = config.headers.values().chain(&config.body).chain([&config.url]);
        if let Some(unknown) = templates.flat_map(|text| placeholders(text)).find(|name| !known(name)) {
            return Err(BadChannel::Setting(format!("{{{unknown}}} stands for nothing")));
        }
        for name in config.headers.keys() {
            HeaderName::try_from(name).map_err(|_| BadChannel::Setting(format!("{name:?} is no name of a header")))?;
        }
        let rules = [Some(&config.success), config.permanent.as_ref()];
        if rules.into_iter().flatten().any(|rule| rule.pointer.is_some() != rule.equals.is_some()) {
            return Err(BadChannel::Setting("a rule's pointer and equals belong together".into()));
        }
        Ok(Self { caller: Caller::new("SMS gateway", times)?, method, config })
    }

    fn value<'v>(&'v self, name: &str, sms: &'v Sms, reference: &'v str) -> &'v str {
        match name {
            "mobile" => sms.to.as_str(),
            "text" => &sms.text,
            "reference" => reference,
            "entity_id" => &sms.entity_id,
            "header" => &sms.header,
            "template_id" => &sms.template_id,
            secret => self.config.secrets.get(secret).map_or("", Secret::reveal),
        }
    }

    fn filled(&self, template: &str, sms: &Sms, escape: Escape) -> String {
        let reference = sms.client_ref.hyphenated().to_string();
        let (mut filled, mut rest) = (String::with_capacity(template.len() + sms.text.len()), template);
        while let Some((before, name, after)) = next_placeholder(rest) {
            filled.push_str(before);
            filled.push_str(&escaped(self.value(name, sms, &reference), escape));
            rest = after;
        }
        filled + rest
    }

    fn outcome(&self, answer: &Answer, retry_after_s: Option<u32>) -> Outcome {
        let json: Option<Value> = serde_json::from_str(&answer.body).ok();
        if self.config.success.holds(answer, json.as_ref()) {
            let at = self.config.reference_pointer.as_deref();
            let found = json.as_ref().zip(at).and_then(|(json, pointer)| json.pointer(pointer));
            return Outcome::Accepted { provider_ref: found.and_then(plain).as_deref().and_then(reference) };
        }
        if self.config.permanent.as_ref().is_some_and(|rule| rule.holds(answer, json.as_ref())) {
            return Outcome::Permanent { detail: format!("SMS gateway: refused, HTTP {}", answer.status) };
        }
        if (200..300).contains(&answer.status) {
            return temporary("SMS gateway: an answer that is no success");
        }
        self.caller.refused(answer.status, retry_after_s)
    }
}

impl Rule {
    fn holds(&self, answer: &Answer, json: Option<&Value>) -> bool {
        let by_status = match self.status.as_slice() {
            [] => (200..300).contains(&answer.status),
            statuses => statuses.contains(&answer.status),
        };
        let by_text = self.contains.as_ref().is_none_or(|part| answer.body.contains(part));
        let by_pointer = self.pointer.as_ref().is_none_or(|pointer| {
            let found = json.and_then(|json| json.pointer(pointer)).and_then(plain);
            found.is_some() && found == self.equals.as_ref().and_then(plain)
        });
        by_status && by_text && by_pointer
    }
}

#[async_trait]
impl SmsChannel for GenericChannel {
    async fn send(&self, sms: &Sms) -> Outcome {
        let Ok(url) = self.filled(&self.config.url, sms, Escape::Form).parse::<Url>() else {
            return temporary("SMS gateway: the address is none once it is filled");
        };
        let mut request = self.caller.client().request(self.method.clone(), url);
        for (name, template) in &self.config.headers {
            let value = HeaderValue::try_from(self.filled(template, sms, Escape::Text));
            let Ok(mut value) = value else { return temporary("SMS gateway: a header is none once it is filled") };
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        if let Some(body) = &self.config.body {
            request = request.body(self.filled(body, sms, self.config.escape));
        }
        match self.caller.call_for_any(request).await {
            Ok((answer, retry_after_s)) => self.outcome(&answer, retry_after_s),
            Err(failed) => failed,
        }
    }
}

/// A text or a number as text; structures are no answer to a rule.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// What stands before the next `{name}`, the name, and what stands after it. A brace of JSON is followed by no such name.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let inside = &text[open + 1..];
        let length = inside.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        if let Some(length) = length.filter(|length| *length > 0 && inside[*length..].starts_with('}')) {
            return Some((&text[..open], &inside[..length], &inside[length + 1..]));
        }
        from = open + 1;
    }
    None
}

fn placeholders(text: &str) -> Vec<&str> {
    let (mut names, mut rest) = (Vec::new(), text);
    while let Some((_, name, after)) = next_placeholder(rest) {
        names.push(name);
        rest = after;
    }
    names
}

fn escaped(value: &str, escape: Escape) -> String {
    match escape {
        Escape::Text => value.to_owned(),
        Escape::Json => {
            let quoted = Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Escape::Form => value.bytes().fold(String::with_capacity(value.len()), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push('%');
                encoded.push_str(&hex::encode_upper([byte]));
            }
            encoded
        }),
    }
}

#[cfg(test)]
mod tests;
