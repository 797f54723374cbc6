//! The stand-in for the portal's own sign-in: choose who you are, get a signed hand-off.

use std::sync::Arc;

use app::model::{gstin::Gstin, id::SignatoryId, role::Role};
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jsonwebtoken::{Algorithm, Header};
use serde::Deserialize;
use uuid::Uuid;

use super::{Demo, cast, page};
use crate::portal::{Claims, ISSUER};

/// Seconds that a hand-off of the demo lives.
const LIFETIME_SECONDS: i64 = 60;

struct Person {
    id: SignatoryId,
    name: String,
    taxpayers: String,
    gstins: Vec<Gstin>,
}

#[derive(Template)]
#[template(path = "demo/portal.html")]
struct Choose {
    people: Vec<Person>,
}

#[derive(Template)]
#[template(path = "demo/hand_off.html")]
struct HandOff {
    name: String,
    token: String,
}

/// Who comes in another part than the signatory's is somebody else.
fn stand_in(signatory: SignatoryId, role: Role) -> SignatoryId {
    SignatoryId(Uuid::from_u128(signatory.0.as_u128() ^ (role as u128) << 64))
}

fn title(name: &str, role: Role) -> String {
    match role {
        Role::Signatory => name.to_owned(),
        Role::Accountant => format!("Accountant of {name}"),
        Role::Viewer => format!("Assistant of {name}"),
    }
}

/// The people of the cast, those with a single registration last.
fn people() -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (taxpayer, _, signatory) in cast::taxpayers() {
        let entry = format!("{} ({})", taxpayer.trade_name, taxpayer.gstin);
        if let Some(known) = people.iter_mut().find(|person| person.id == signatory.id) {
            known.taxpayers = format!("{} · {entry}", known.taxpayers);
            known.gstins.push(taxpayer.gstin);
        } else {
            let gstins = vec![taxpayer.gstin];
            people.push(Person { id: signatory.id, name: signatory.name, taxpayers: entry, gstins });
        }
    }
    people
}

pub(super) async fn choose() -> Response {
    page(&Choose { people: people() })
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    signatory: SignatoryId,
    #[serde(default)]
    role: Role,
}

pub(super) async fn sign_in(State(demo): State<Arc<Demo>>, Form(chosen): Form<Chosen>) -> Response {
    let Some(person) = people().into_iter().find(|person| person.id == chosen.signatory) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let now = demo.clock.now();
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: demo.public_url.clone(),
        sub: stand_in(person.id, chosen.role),
        name: title(&person.name, chosen.role),
        roles: person.gstins.iter().map(|gstin| (*gstin, chosen.role)).collect(),
        gstins: person.gstins,
        jti: demo.chance.id(now).to_string(),
        iat: now.as_second(),
        exp: now.as_second() + LIFETIME_SECONDS,
    };
    match jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &demo.hand_off_key) {
        Ok(token) => page(&HandOff { name: person.name, token }),
        Err(error) => {
            tracing::error!(%error, "a hand-off could not be signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
