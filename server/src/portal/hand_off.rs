//! `POST /hand-off`: the portal, after its own login, vouches for a person by a signed token (JWT with Ed25519), which
//! is exchanged for a session. Short-lived, bound to this server, and used once.

use std::{collections::BTreeMap, sync::Arc};

use app::model::{Timestamp, gstin::Gstin, id::SignatoryId, role::Role};
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{
        StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

use super::{Portal, cookie};
use crate::{problem::Problem, store::port::Person, vault::Purpose};

/// The longest life of a hand-off that is accepted, whatever it says itself.
pub(super) const LIFETIME_MAX: SignedDuration = SignedDuration::from_secs(60);
/// How far the portal's clock may go ahead of ours.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(5);
/// Registrations that one hand-off may bring.
const GSTINS_MAX: usize = 500;
/// Who issues hand-offs.
pub(crate) const ISSUER: &str = "gst-portal";

/// What the portal vouches for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// [`ISSUER`].
    pub iss: String,
    /// This server's public URL.
    pub aud: String,
    /// The person.
    pub sub: SignatoryId,
    /// The person's name.
    pub name: String,
    /// The registrations the person may look at.
    pub gstins: Vec<Gstin>,
    /// In which part the person comes for a registration; a signatory where nothing is said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<Gstin, Role>,
    /// Names this hand-off; it serves once.
    pub jti: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not to be accepted from then on, seconds since 1970.
    pub exp: i64,
}

/// The portal's public key.
pub struct HandOffKey(DecodingKey);

impl HandOffKey {
    /// A key out of its PEM form (`BEGIN PUBLIC KEY`, Ed25519).
    ///
    /// # Errors
    /// Where the text is no such key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, jsonwebtoken::errors::Error> {
        Ok(Self(DecodingKey::from_ed_pem(pem)?))
    }

    /// What a token vouches for, where it is the portal's, meant for us, and fresh.
    fn open(&self, token: &str, audience: &str, now: Timestamp) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // The clock that is passed in decides, below: the crate would read the machine's.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.0, &validation).ok()?.claims;
        let (issued, expires) = (Timestamp::from_second(claims.iat).ok()?, Timestamp::from_second(claims.exp).ok()?);
        let fresh = issued <= now + SKEW_MAX && now < expires && expires.duration_since(issued) <= LIFETIME_MAX;
        let sized = (1..=GSTINS_MAX).contains(&claims.gstins.len()) && (1..=64).contains(&claims.jti.len());
        (fresh && sized).then_some(claims)
    }
}

#[derive(Deserialize)]
pub(super) struct HandOff {
    token: String,
}

/// One answer for every bad token: which part of it was wrong is nobody's business.
const NOT_ACCEPTED: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    kind: "hand-off-not-accepted",
    title: "This sign-in link is not valid any more. Go back to the GST portal and open Manage API Access again.",
};

pub(super) async fn accept(
    State(portal): State<Arc<Portal>>,
    hand_off: Result<Form<HandOff>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(hand_off) = hand_off.map_err(|rejection| Problem::unreadable_form(rejection.status()))?;
    let now = portal.clock.now();
    let claims = portal.hand_off_key.open(&hand_off.token, &portal.public_url, now).ok_or(NOT_ACCEPTED)?;
    let expires_at = Timestamp::from_second(claims.exp).map_err(|_| NOT_ACCEPTED)?;
    let first = claims.gstins[0];
    let person = Person { signatory: claims.sub, name: claims.name, gstins: claims.gstins, roles: claims.roles };
    let id = hex::encode(portal.chance.bytes::<{ cookie::ID_BYTES }>());
    let hash = portal.vault.hash(Purpose::Cookie, id.as_bytes());
    let unavailable = |error| {
        tracing::error!(%error, "a hand-off could not be stored");
        Problem::UNAVAILABLE
    };
    let mut work = portal.store.write().await.map_err(unavailable)?;
    if !work.use_hand_off(&claims.jti, expires_at).await.map_err(unavailable)? {
        return Err(NOT_ACCEPTED);
    }
    work.add_portal_session(hash, &person, now, now + cookie::SESSION).await.map_err(unavailable)?;
    work.commit().await.map_err(unavailable)?;
    let target = if person.gstins.len() == 1 { app::paths::access_now(first) } else { "/".to_owned() };
    let headers = [(LOCATION, target), (SET_COOKIE, cookie::set(&portal.public_url, &id))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
