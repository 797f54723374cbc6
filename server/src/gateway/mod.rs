//! The GST wire, as GSPs speak it.

mod authenticate;
pub mod data_call;
pub mod envelope;
pub mod errors;
pub mod key_store;
pub mod keys;
mod openings;
pub mod wire;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::{get, post},
};

pub use self::openings::{BAD_KEYS, Openings};
use self::{errors::WireError, key_store::KeyStore};
use crate::{clock::Clock, consent::Consents, store::Store, vault::Vault};

/// What the wire needs.
pub struct Gateway {
    /// Where the registry is.
    pub store: Arc<dyn Store>,
    /// What the wire does is done here.
    pub consents: Arc<Consents>,
    /// The RSA keys.
    pub keys: Arc<KeyStore>,
    /// Opens app keys with them.
    pub openings: Openings,
    /// Hashes client secrets.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The authentication endpoint (also as v0.2), and the certificate that GSPs download.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    let endpoint = || post(authenticate::authenticate).fallback(async || WireError::MalformedRequest);
    Router::new()
        .route("/taxpayerapi/v1.0/authenticate", endpoint())
        .route("/taxpayerapi/v0.2/authenticate", endpoint())
        .route("/taxpayerapi/certificate", get(certificate))
        .with_state(gateway)
}

async fn certificate(State(gateway): State<Arc<Gateway>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/x-pem-file")], gateway.keys.ring().certificate_pem().to_owned())
}
