//! What can go wrong between the screen and the server, in the words of a person at the screen.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use super::json::TextJson;
use crate::model::{consent::Refusal, role::NotYours};

/// Why an answer cannot be shown. Carries nothing internal; a request id ties it to the server's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum ServiceError {
    /// Nobody is signed in, or the session is over.
    #[error("not signed in")]
    NotSignedIn,
    /// There is no such thing, or it is another taxpayer's: the two are told apart by nobody.
    #[error("not found")]
    NotFound,
    /// What was asked for cannot be read: a part of the address or of the form is missing, or is no such value.
    #[error("unreadable")]
    Unreadable,
    /// Somebody else changed it in the meantime; what is shown is out of date.
    #[error("changed in the meantime")]
    Conflict,
    /// The person is known, but comes in a part that may not do this.
    #[error("{why}")]
    NotYours {
        /// What the part may do instead.
        why: NotYours,
    },
    /// The rules of a consent say no: it is over, paused, not paused, or the limits are none that can be put on it.
    #[error("{why}")]
    NotPossible {
        /// Why not.
        why: Refusal,
    },
    /// The server cannot answer now. Nothing was done, or what was done can be seen after reloading.
    #[error("unavailable")]
    Unavailable {
        /// What to quote to the help desk.
        request_id: String,
    },
    /// The server could not be reached, or spoke something that this screen does not understand.
    #[error("no connection")]
    NoConnection,
}

impl FromServerFnError for ServiceError {
    type Encoder = TextJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::Unreadable,
            // On the server it is the request that was not understood, in the browser the answer.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => Self::Unreadable,
            _ => Self::NoConnection,
        }
    }
}

#[cfg(feature = "ssr")]
impl ServiceError {
    /// The status of an answer that is refused for this: a page's and a server function's alike.
    pub const fn status(&self) -> http::StatusCode {
        match self {
            Self::NotSignedIn => http::StatusCode::UNAUTHORIZED,
            Self::NotFound => http::StatusCode::NOT_FOUND,
            Self::Unreadable => http::StatusCode::BAD_REQUEST,
            Self::NotYours { .. } => http::StatusCode::FORBIDDEN,
            Self::NotPossible { why: Refusal::BadLimits } => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict | Self::NotPossible { .. } => http::StatusCode::CONFLICT,
            Self::Unavailable { .. } | Self::NoConnection => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
