//! The GST wire, as GSPs speak it.

mod authenticate;
pub mod envelope;
pub mod errors;
pub mod key_store;
pub mod keys;
pub mod wire;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::{get, post},
};

use self::key_store::KeyStore;
use crate::{clock::Clock, consent::Consents, store::Store, vault::Vault};

/// What the wire needs.
pub struct Gateway {
    /// Where the registry is.
    pub store: Arc<dyn Store>,
    /// What the wire does is done here.
    pub consents: Arc<Consents>,
    /// The RSA keys.
    pub keys: Arc<KeyStore>,
    /// Hashes client secrets.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The authentication endpoint (also as v0.2), and the certificate that GSPs download.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/taxpayerapi/v1.0/authenticate", post(authenticate::authenticate))
        .route("/taxpayerapi/v0.2/authenticate", post(authenticate::authenticate))
        .route("/taxpayerapi/certificate", get(certificate))
        .with_state(gateway)
}

async fn certificate(State(gateway): State<Arc<Gateway>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/x-pem-file")], gateway.keys.ring().certificate_pem().to_owned())
}
