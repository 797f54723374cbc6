//! The screen's server side: the hand-off from the portal, the session, the guards, and the pages.

mod alerts;
mod cookie;
mod deciding;
mod downloads;
mod files;
mod guard;
mod hand_off;
mod looking;
mod pages;
mod problem_page;
mod refusals;
mod service;
mod told;

use std::{path::PathBuf, sync::Arc};

use app::model::access_window::WindowSteps;
use axum::{Router, middleware, routing::post};
use tower_http::limit::RequestBodyLimitLayer;

pub(crate) use self::hand_off::ISSUER;
pub use self::hand_off::{Claims, HandOffKey};
use crate::{
    chance::Chance, clock::Clock, consent::Consents, paper::Printer, preferences::Preferences, receipts::Receipts,
    store::Store, vault::Vault,
};

/// What the portal side needs.
pub struct Portal {
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// Ends consents.
    pub consents: Arc<Consents>,
    /// What persons decide about their alerts.
    pub preferences: Preferences,
    /// Gives receipts out.
    pub receipts: Arc<Receipts>,
    /// Writes documents on paper.
    pub printer: Printer,
    /// Hashes cookies, opens contact data.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws cookies and request ids.
    pub chance: Arc<dyn Chance>,
    /// Proves that a hand-off comes from the portal.
    pub hand_off_key: HandOffKey,
    /// Where browsers reach this server, as `https://consent.example.in`; hand-offs are bound to it.
    pub public_url: String,
    /// Where a person signs in.
    pub sign_in_url: Option<String>,
    /// The durations that API access is offered for.
    pub window_steps: WindowSteps,
    /// The folder with the browser's half.
    pub site: PathBuf,
}

/// Bytes of a form or of a server function's arguments: the framework reads to the end whatever it is sent.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// The screen, its server functions and the hand-off, with every guard in front.
pub fn routes(portal: &Arc<Portal>) -> Router {
    let public_url: Arc<str> = portal.public_url.as_str().into();
    // The one change that another site asks for: the portal's. What it brings is signed for this server, and serves once.
    let machine = Router::new().route("/hand-off", post(hand_off::accept)).with_state(portal.clone());
    let screen = pages::routes(portal)
        .merge(downloads::routes())
        .layer(middleware::from_fn(refusals::with_status))
        .layer(middleware::from_fn_with_state(portal.clone(), cookie::recognise))
        .layer(middleware::from_fn_with_state(public_url, guard::same_origin));
    // Files are the same for everybody: nobody has to be recognised for them, and they may be kept for ever.
    screen.merge(machine).merge(files::routes(portal)).layer(RequestBodyLimitLayer::new(FORM_BYTES_MAX))
}

pub(crate) use guard::same_origin;
pub use guard::security_headers;
pub use problem_page::for_people;
