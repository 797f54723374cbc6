//! The public keys as a JWK set (RFC 7517, RFC 8037), so that any JOSE library checks the tokens.

use app::model::merkle::PublicKeys;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Every key that ever signed: what was signed with one stays good.
pub fn jwks(keys: &PublicKeys) -> Value {
    let jwk = |key: &app::model::merkle::Key| {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": key.id.to_string(),
            "x": BASE64_URL_SAFE_NO_PAD.encode(key.public_key.bytes()),
        })
    };
    json!({ "keys": keys.keys.iter().map(jwk).collect::<Vec<_>>() })
}
