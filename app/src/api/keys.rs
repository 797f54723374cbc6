//! The public keys that receipts are checked with. Nobody has to be signed in to see them.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{error::ServiceError, json::Json};
use crate::model::merkle::PublicKeys;

/// Where the server has its keys from; it puts this into the context of each request.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct KeySource(pub std::sync::Arc<dyn Fn() -> PublicKeys + Send + Sync>);

/// Every public key, in use or not any more.
#[server(name = FetchPublicKeys, prefix = "/api", endpoint = "public-keys", input = GetUrl, output = Json)]
pub async fn public_keys() -> Result<PublicKeys, ServiceError> {
    use_context::<KeySource>().map(|source| (source.0)()).ok_or(ServiceError::NotFound)
}
