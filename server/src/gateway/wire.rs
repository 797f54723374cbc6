//! The words of the GST wire: headers and requests, parsed with the precise refusal for each fault, and the replies.

use std::{borrow::Cow, fmt, net::IpAddr};

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::errors::WireError;

/// Bytes of a request body at most. The largest honest one is below 1 KiB.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Characters of a user name at most.
pub const USERNAME_CHARS_MAX: usize = 100;
/// Characters of a `txn` at most.
pub const TXN_CHARS_MAX: usize = 100;

/// A client secret or an auth token: 32 hex digits, kept as they came, shown by no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct WireSecret(String);

impl WireSecret {
    /// Takes a text of 32 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        is_hex_32(text).then(|| Self(text.to_owned()))
    }

    /// The digits. Compare them only through a keyed hash (`Vault`): `==` on this type is for tests.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WireSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WireSecret(…)")
    }
}

fn is_hex_32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The headers of every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// `clientid`: `l7xx` and 32 hex digits. Which application that is, the registry knows.
    pub client_id: String,
    /// `client-secret`.
    pub client_secret: WireSecret,
    /// `state-cd`: two digits. Whether they are those of the taxpayer's GSTIN, the endpoint compares.
    pub state_cd: String,
    /// `ip-usr`: the end user's address, by the word of the GSP. Nothing is decided by it, and GSPs send rubbish here:
    /// what is missing or no address is `None`, not a refusal.
    pub ip_usr: Option<IpAddr>,
    /// `txn`: the GSP's own number of the request.
    pub txn: String,
}

/// What faults of the headers are refused with: authentication and data calls have codes of their own.
pub(super) struct Faults {
    pub(super) state_cd: WireError,
    pub(super) txn_missing: WireError,
    pub(super) txn_malformed: WireError,
}

const FAULTS: Faults = Faults {
    state_cd: WireError::InvalidStateCode,
    txn_missing: WireError::ParameterMissing,
    txn_malformed: WireError::ParameterMalformed,
};

impl Headers {
    /// Reads them; others (`app_key`, which some clients add) are ignored.
    ///
    /// # Errors
    /// The first fault, in the order: client id, client secret, state code, txn. A header that comes twice is
    /// malformed, as two readers could each believe another one.
    pub fn parse(headers: &HeaderMap) -> Result<Self, WireError> {
        Self::parse_with(headers, &FAULTS)
    }

    pub(super) fn parse_with(headers: &HeaderMap, faults: &Faults) -> Result<Self, WireError> {
        let required = |name, missing, malformed| match text_of(headers, name) {
            Header::Missing => Err(missing),
            Header::Malformed => Err(malformed),
            Header::Text(text) => Ok(text),
        };
        let client_id = required("clientid", WireError::ClientIdMissing, WireError::ClientIdInvalid)?;
        if !client_id.strip_prefix("l7xx").is_some_and(is_hex_32) {
            return Err(WireError::ClientIdInvalid);
        }
        let secret = required("client-secret", WireError::ClientSecretMissing, WireError::ClientSecretInvalid)?;
        let client_secret = WireSecret::parse(secret).ok_or(WireError::ClientSecretInvalid)?;
        let state_cd = required("state-cd", faults.state_cd, faults.state_cd)?;
        if state_cd.len() != 2 || !state_cd.bytes().all(|b| b.is_ascii_digit()) {
            return Err(faults.state_cd);
        }
        let txn = required("txn", faults.txn_missing, faults.txn_malformed)?;
        if txn.len() > TXN_CHARS_MAX {
            return Err(faults.txn_malformed);
        }
        let ip_usr = match text_of(headers, "ip-usr") {
            Header::Text(text) => text.parse().ok(),
            Header::Missing | Header::Malformed => None,
        };
        Ok(Self {
            client_id: client_id.to_owned(),
            client_secret,
            state_cd: state_cd.to_owned(),
            ip_usr,
            txn: txn.to_owned(),
        })
    }
}

pub(super) enum Header<'a> {
    Missing,
    Malformed,
    Text(&'a str),
}

pub(super) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Header<'a> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Header::Missing };
    match value.to_str().map(str::trim) {
        Ok(_) if values.next().is_some() => Header::Malformed,
        Ok("") => Header::Missing,
        Ok(text) => Header::Text(text),
        Err(_) => Header::Malformed,
    }
}

/// A request to the authentication endpoint. Sealed fields are as they came: opening them is the envelope's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Asks that the taxpayer be sent an OTP.
    OtpRequest {
        /// The taxpayer's user name.
        username: String,
        /// The app key, under our RSA key.
        app_key: String,
    },
    /// Shows the OTP, which is the consent.
    AuthToken {
        /// The taxpayer's user name.
        username: String,
        /// The app key, under our RSA key.
        app_key: String,
        /// The OTP, under the app key.
        otp: String,
    },
    /// Asks for the next session of the same consent.
    RefreshToken {
        /// The taxpayer's user name.
        username: String,
        /// The app key, under the session key.
        app_key: String,
        /// The session that ends.
        auth_token: WireSecret,
    },
    /// Ends a session.
    LogOut {
        /// The taxpayer's user name.
        username: String,
        /// The app key. Nothing is answered under it, so it is not opened.
        app_key: String,
        /// The session that ends.
        auth_token: WireSecret,
    },
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// Too long or a field of the wrong type: GEN5007. No JSON object: AUTH4040. A field that is missing, null or
    /// empty: GEN5001. An action that is none: AUTH4035. A user name that cannot be one: AUTH4032. A token that cannot
    /// be one: AUTH4033.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        if body.len() > BODY_BYTES_MAX {
            return Err(WireError::ParameterMalformed);
        }
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Err(WireError::MalformedRequest) };
        let action = field(&fields, "action")?;
        if !["OTPREQUEST", "AUTHTOKEN", "REFRESHTOKEN", "LOGOUT"].contains(&action) {
            return Err(WireError::InvalidAction);
        }
        let username = username(&fields)?;
        let app_key = field(&fields, "app_key")?.to_owned();
        Ok(match action {
            "OTPREQUEST" => Self::OtpRequest { username, app_key },
            "AUTHTOKEN" => Self::AuthToken { username, app_key, otp: field(&fields, "otp")?.to_owned() },
            "REFRESHTOKEN" => Self::RefreshToken { username, app_key, auth_token: auth_token(&fields)? },
            _ => Self::LogOut { username, app_key, auth_token: auth_token(&fields)? },
        })
    }

    /// The user name, which every request has.
    pub fn username(&self) -> &str {
        match self {
            Self::OtpRequest { username, .. }
            | Self::AuthToken { username, .. }
            | Self::RefreshToken { username, .. }
            | Self::LogOut { username, .. } => username,
        }
    }
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, WireError> {
    match fields.get(name) {
        None | Some(Value::Null) => Err(WireError::ParameterMissing),
        Some(Value::String(text)) if text.is_empty() => Err(WireError::ParameterMissing),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(WireError::ParameterMalformed),
    }
}

fn username(fields: &Map<String, Value>) -> Result<String, WireError> {
    username_of(field(fields, "username")?).ok_or(WireError::InvalidUser)
}

/// A text that can be a user name.
pub(super) fn username_of(text: &str) -> Option<String> {
    // Control characters would forge lines in a log.
    let fits = text.chars().count() <= USERNAME_CHARS_MAX && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

fn auth_token(fields: &Map<String, Value>) -> Result<WireSecret, WireError> {
    WireSecret::parse(field(fields, "auth_token")?).ok_or(WireError::InvalidSession)
}

/// The reply to what succeeded and has nothing to say.
pub fn ok() -> Value {
    json!({"status_cd": "1"})
}

/// The reply that carries a session.
pub fn token_reply(auth_token: &WireSecret, expiry_minutes: u32, sealed_session_key: &str) -> Value {
    json!({
        "status_cd": "1",
        "auth_token": auth_token.expose(),
        "expiry": expiry_minutes,
        "sek": sealed_session_key,
    })
}

/// A path with runs of slashes made one, and on the wire without one at its end: a real client sends `//taxpayerapi/…`.
pub fn normalise_path(path: &str) -> Cow<'_, str> {
    let on_the_wire = path.trim_start_matches('/').starts_with("taxpayerapi/");
    let path = if on_the_wire { path.trim_end_matches('/') } else { path };
    if !path.contains("//") {
        return Cow::Borrowed(path);
    }
    let mut single = String::with_capacity(path.len());
    for c in path.chars() {
        if !(c == '/' && single.ends_with('/')) {
            single.push(c);
        }
    }
    Cow::Owned(single)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests;
