//! What the GST wire answers when it refuses: a code, a plain message, and the body that carries them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Declares the refusals in one table, so that no variant can lack its code or its message.
macro_rules! wire_errors {
    ($($variant:ident $code:literal $message:literal $(#[doc = $doc:literal])+)*) => {
        /// A refusal on the GST wire. A variant without a remark means what its message says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum WireError {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl WireError {
            /// Every refusal, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code that clients act on.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The message beside the code, for a person who reads a log.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message),* }
            }
        }
    };
}

wire_errors! {
    TooManySessions "AUTH403" "Maximum sessions reached for the user with this GSP"
        /// AUTH403.
    InvalidUser "AUTH4032" "Invalid user"
        /// AUTH4032.
    InvalidSession "AUTH4033" "Invalid session"
        /// AUTH4033, also the answer on a **revoked** session: on AUTH4038 and RET11402 real clients fire a new
        /// OTPREQUEST at once, and who just revoked would get an OTP that he never asked for.
    InvalidOtp "AUTH4034" "Invalid OTP"
        /// AUTH4034.
    InvalidAction "AUTH4035" "Invalid request action"
        /// AUTH4035.
    InvalidAppKey "AUTH4036" "Invalid app key"
        /// AUTH4036.
    AccessDenied "AUTH4037" "API access denied"
        /// AUTH4037: access is disabled, blocked or frozen.
    SessionExpired "AUTH4038" "Session expired"
        /// AUTH4038: natural expiry only, see [`WireError::InvalidSession`].
    MalformedRequest "AUTH4040" "Malformed request"
        /// AUTH4040.
    InvalidStateCode "AUTH4041" "Invalid state code"
        /// AUTH4041.
    TechnicalError "TEC4001" "Technical error"
        /// TEC4001: ours, the request may be tried again.
    InvalidDataFormat "TEC4002" "Invalid data format"
        /// TEC4002: to clients a sign that their copy of the public key is stale.
    UnusableAppKey "TEC4003" "Invalid app key"
        /// TEC4003.
    ClientIdMissing "AUT4031" "Client id is null"
        /// AUT4031.
    ClientSecretMissing "AUT4032" "Client secret is null"
        /// AUT4032.
    ClientIdInvalid "AUT4033" "Invalid client id"
        /// AUT4033.
    ClientSecretInvalid "AUT4034" "Invalid client secret"
        /// AUT4034.
    ParameterMissing "GEN5001" "Mandatory parameter missing"
        /// GEN5001.
    ParameterMalformed "GEN5007" "Malformed parameter"
        /// GEN5007.
    UnauthorisedUser "RET11402" "Unauthorised user"
        /// RET11402: never for a revoked session, see [`WireError::InvalidSession`].
    DataStateCode "RET11404" "Invalid state code"
        /// RET11404.
    DataAuthToken "RET11407" "Invalid auth token"
        /// RET11407.
    DataTxn "RET11408" "Invalid txn"
        /// RET11408.
    DataUsername "RET11409" "Invalid username"
        /// RET11409.
    DataGstin "RET11410" "Invalid GSTIN"
        /// RET11410.
}

impl WireError {
    /// The body. `status_cd` is a string: clients compare it with `"0"`.
    pub fn body(self) -> Value {
        json!({"status_cd": "0", "error": {"message": self.message(), "error_cd": self.code()}})
    }
}

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl std::error::Error for WireError {}

impl IntoResponse for WireError {
    /// HTTP 200, as real clients read the body only then.
    fn into_response(self) -> Response {
        Json(self.body()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_of_codes_and_messages_is_the_one_that_clients_know() {
        let table: Vec<_> = WireError::ALL.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        AUTH403: Maximum sessions reached for the user with this GSP
        AUTH4032: Invalid user
        AUTH4033: Invalid session
        AUTH4034: Invalid OTP
        AUTH4035: Invalid request action
        AUTH4036: Invalid app key
        AUTH4037: API access denied
        AUTH4038: Session expired
        AUTH4040: Malformed request
        AUTH4041: Invalid state code
        TEC4001: Technical error
        TEC4002: Invalid data format
        TEC4003: Invalid app key
        AUT4031: Client id is null
        AUT4032: Client secret is null
        AUT4033: Invalid client id
        AUT4034: Invalid client secret
        GEN5001: Mandatory parameter missing
        GEN5007: Malformed parameter
        RET11402: Unauthorised user
        RET11404: Invalid state code
        RET11407: Invalid auth token
        RET11408: Invalid txn
        RET11409: Invalid username
        RET11410: Invalid GSTIN
        ");
    }

    #[test]
    fn no_code_is_used_twice() {
        let codes: HashSet<_> = WireError::ALL.iter().map(|e| e.code()).collect();
        assert_eq!(codes.len(), WireError::ALL.len());
    }

    #[test]
    fn a_refusal_is_http_200_with_a_string_status() {
        assert_eq!(
            WireError::InvalidOtp.body(),
            json!({"status_cd": "0", "error": {"message": "Invalid OTP", "error_cd": "AUTH4034"}})
        );
        assert_eq!(WireError::InvalidOtp.into_response().status(), axum::http::StatusCode::OK);
    }
}
