//! How a GSP is told when consents through it end, as the file says it.

use std::collections::BTreeSet;

use app::model::registry::Gsp;
use reqwest::header::HeaderValue;
use serde::Deserialize;

use super::{CannotImport, SECRET_BYTES_MIN, wrong};
use crate::{
    outgoing::{self, Loopback},
    store::{
        StoreError, Writing,
        port::{PushRoad, PushTarget},
    },
    vault::{Purpose, Vault},
};

/// Where the `Authorization` header's value is sealed.
pub(crate) const AUTHORIZATION: &str = "gsp_push.authorization";
/// Characters of an address.
const URL_CHARACTERS_MAX: usize = 2_000;

/// A GSP's `push` in the file.
#[derive(Deserialize)]
#[serde(tag = "delivery", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum PushEntry {
    /// It is called (RFC 8935).
    Push {
        /// https, on port 443 or 8443, at a public address.
        url: String,
        /// The value of the `Authorization` header; without it, the one before is kept for the same address, and none is
        /// sent to another.
        authorization: Option<String>,
    },
    /// It fetches (RFC 8936).
    Poll {
        /// What it shows as a bearer token; without it, the one before is kept.
        secret: Option<String>,
    },
    /// It is not told.
    None,
}

// Not derived: a secret is in nobody's log.
impl std::fmt::Debug for PushEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Push { .. } => "Push(…)",
            Self::Poll { .. } => "Poll(…)",
            Self::None => "None",
        })
    }
}

/// Whether all of them can be as they are.
pub(super) fn are_right<'f>(entries: impl Iterator<Item = (&'f str, &'f PushEntry)>) -> Result<(), CannotImport> {
    let mut secrets = BTreeSet::new();
    for (gsp, entry) in entries {
        match entry {
            PushEntry::Push { url, authorization } => {
                if let Err(error) = outgoing::address(url, Loopback::Refused) {
                    return wrong(format!("GSP {gsp:?}: its address cannot be called: {error}"));
                }
                if url.len() > URL_CHARACTERS_MAX {
                    return wrong(format!("GSP {gsp:?}: its address has more than {URL_CHARACTERS_MAX} characters"));
                }
                let unfit = |value: &String| value.trim().is_empty() || HeaderValue::from_str(value).is_err();
                if authorization.as_ref().is_some_and(unfit) {
                    return wrong(format!("GSP {gsp:?}: its authorization is no value of a header"));
                }
            }
            PushEntry::Poll { secret: Some(secret) } if secret.len() < SECRET_BYTES_MIN => {
                return wrong(format!("GSP {gsp:?}: its secret has fewer than {SECRET_BYTES_MIN} bytes"));
            }
            PushEntry::Poll { secret: Some(secret) } if !secrets.insert(secret) => {
                return wrong(format!("GSP {gsp:?}: another GSP has the same secret"));
            }
            PushEntry::Poll { .. } | PushEntry::None => {}
        }
    }
    Ok(())
}

impl PushEntry {
    /// Writes it; what it does not name stays as it is.
    pub(super) async fn write(&self, work: &mut dyn Writing, vault: &Vault, gsp: &Gsp) -> Result<(), CannotImport> {
        let known = work.push_road(gsp.id).await?;
        let road = match (self, known) {
            (Self::None, _) => None,
            (Self::Push { url, authorization: Some(value) }, _) => {
                let authorization_sealed = Some(vault.seal(AUTHORIZATION, value.as_bytes()));
                Some(PushRoad::Push(PushTarget { url: url.clone(), authorization_sealed }))
            }
            (Self::Push { url, authorization: None }, known) => {
                // What opens one door is shown at no other.
                let authorization_sealed = match known {
                    Some(PushRoad::Push(known)) if known.url == *url => known.authorization_sealed,
                    _ => None,
                };
                Some(PushRoad::Push(PushTarget { url: url.clone(), authorization_sealed }))
            }
            (Self::Poll { secret: Some(secret) }, _) => {
                Some(PushRoad::Poll(vault.hash(Purpose::Secret, secret.as_bytes())))
            }
            (Self::Poll { secret: None }, Some(PushRoad::Poll(secret))) => Some(PushRoad::Poll(secret)),
            (Self::Poll { secret: None }, _) => {
                return wrong(format!("GSP {:?}: to fetch, it needs a secret", gsp.name));
            }
        };
        match work.put_push_road(gsp.id, road.as_ref()).await {
            Err(StoreError::Conflict) => wrong(format!("GSP {:?}: another GSP has the same secret", gsp.name)),
            put => Ok(put?),
        }
    }
}
