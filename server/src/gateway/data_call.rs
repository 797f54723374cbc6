//! The headers of a data call: those of every call, and whose data it asks for. Each fault has a code of its own family.

use app::model::gstin::Gstin;
use axum::http::HeaderMap;

use super::{
    errors::WireError,
    wire::{Faults, Header, Headers, WireSecret, text_of, username_of},
};

/// What the common headers are refused with on a data call.
const FAULTS: Faults =
    Faults { state_cd: WireError::DataStateCode, txn_missing: WireError::DataTxn, txn_malformed: WireError::DataTxn };

/// The headers of a data call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataCall {
    /// Those of every call.
    pub headers: Headers,
    /// `auth-token`.
    pub auth_token: WireSecret,
    /// `username`.
    pub username: String,
    /// `gstin`; its state is that of `state-cd`.
    pub gstin: Gstin,
    /// `ret_period`, where the API has one.
    pub period: Option<String>,
}

impl DataCall {
    /// Reads them.
    ///
    /// # Errors
    /// The first fault, in the order: those of [`Headers::parse`], token, user name, GSTIN, state code, period.
    pub fn parse(headers: &HeaderMap) -> Result<Self, WireError> {
        let common = Headers::parse_with(headers, &FAULTS)?;
        let text = |name, fault| match text_of(headers, name) {
            Header::Text(text) => Ok(text),
            Header::Missing | Header::Malformed => Err(fault),
        };
        let auth_token = WireSecret::parse(text("auth-token", WireError::DataAuthToken)?);
        let auth_token = auth_token.ok_or(WireError::DataAuthToken)?;
        let username = username_of(text("username", WireError::DataUsername)?).ok_or(WireError::DataUsername)?;
        let gstin: Gstin = text("gstin", WireError::DataGstin)?.parse().map_err(|_| WireError::DataGstin)?;
        if gstin.state() != common.state_cd {
            return Err(WireError::DataStateCode);
        }
        let period = match text_of(headers, "ret_period") {
            Header::Missing => None,
            Header::Text(period) => Some(period.to_owned()),
            Header::Malformed => return Err(WireError::ParameterMalformed),
        };
        Ok(Self { headers: common, auth_token, username, gstin, period })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn honest() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("clientid", "l7xx0123456789abcdef0123456789abcdef"),
            ("client-secret", "0123456789abcdef0123456789abcdef"),
            ("state-cd", "27"),
            ("txn", "1"),
            ("auth-token", "fedcba9876543210fedcba9876543210"),
            ("username", "meghdoot.mh"),
            ("gstin", "27GSPMH0992G1ZF"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn each_header_that_is_missing_twice_there_or_wrong_has_its_code() {
        assert!(DataCall::parse(&honest()).is_ok_and(|call| call.username == "meghdoot.mh" && call.period.is_none()));
        for (name, wrong, missing, malformed) in [
            ("clientid", "me", "AUT4031", "AUT4033"),
            ("client-secret", "x", "AUT4032", "AUT4034"),
            ("state-cd", "33", "RET11404", "RET11404"),
            ("txn", "", "RET11408", "RET11408"),
            ("auth-token", "x", "RET11407", "RET11407"),
            ("username", "", "RET11409", "RET11409"),
            ("gstin", "27GSPMH0992G1ZE", "RET11410", "RET11410"),
        ] {
            let code = |headers: &HeaderMap| DataCall::parse(headers).map_err(WireError::code);
            let mut headers = honest();
            headers.remove(name);
            assert_eq!(code(&headers).err(), Some(missing), "no {name}");
            headers.insert(name, HeaderValue::from_static(wrong));
            assert_eq!(
                code(&headers).err(),
                Some(if wrong.is_empty() { missing } else { malformed }),
                "{name}: {wrong}"
            );
            let mut twice = honest();
            twice.append(name, honest()[name].clone());
            assert_eq!(code(&twice).err(), Some(malformed), "{name} twice");
        }
    }
}
