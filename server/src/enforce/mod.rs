//! The check: may this call pass? Asked by the API gateway before every call, answered from the store.
//!
//! There is no cache: a check reads the same store in which a revoke was committed, so that none can pass after
//! an acknowledged end. The call is counted in the transaction that decided it: a receipt misses none.

mod authority;
mod forward_auth;
mod introspect;

use std::sync::Arc;

use app::model::{
    decide::{Claim, Decision, Facts, RefuseReason, decide},
    usage::{Call, LABEL_CHARACTERS_MAX},
};
use axum::{
    Router,
    routing::{get, post},
};

use crate::{
    chance::Chance,
    clock::Clock,
    store::{Store, StoreError},
    vault::{Purpose, Vault},
};

/// Answers checks.
pub struct Checks {
    /// Where consents are.
    pub store: Arc<dyn Store>,
    /// Hashes tokens and gateway secrets.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws ids of calls.
    pub chance: Arc<dyn Chance>,
}

/// What a call is about to fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetch {
    /// The API's resource, as `returns`.
    pub api: String,
    /// The action, as `RETSUM`.
    pub action: String,
    /// The return period.
    pub period: Option<String>,
}

/// The answer to a check.
#[derive(Debug, Clone)]
pub enum Checked {
    /// Let it pass.
    Pass(Box<Facts>),
    /// Do not.
    Refuse(RefuseReason),
}

impl Checks {
    /// Decides one call, and counts it where `fetch` says what it is: without, it is a look at the token only.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is known, and nothing may pass.
    pub async fn check(&self, token: &str, claim: &Claim, fetch: Option<Fetch>) -> Result<Checked, StoreError> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let hash = self.vault.hash(Purpose::Token, token.as_bytes());
        let Some(row) = work.session(hash).await? else { return Ok(Checked::Refuse(RefuseReason::UnknownToken)) };
        let session = row.session;
        let Some(consent) = work.consent(session.gstin, session.consent).await? else {
            return Ok(Checked::Refuse(RefuseReason::UnknownToken));
        };
        let Some(application) = work.application(consent.application).await? else {
            return Ok(Checked::Refuse(RefuseReason::UnknownToken));
        };
        let Some(window) = work.access_window(consent.gstin).await? else {
            return Ok(Checked::Refuse(RefuseReason::AccessDisabled));
        };
        let facts = Facts { session, consent, application, window };
        let decision = decide(&facts, claim, now);
        if let Some(fetch) = fetch {
            let refused = match decision {
                Decision::Pass => None,
                Decision::Refuse(reason) => Some(reason),
            };
            let call = Call {
                gstin: facts.consent.gstin,
                consent: facts.consent.id,
                at: now,
                api: label(&fetch.api),
                action: label(&fetch.action),
                period: fetch.period.as_deref().map(label),
                refused,
            };
            work.add_call(self.chance.id(now), &call).await?;
            work.commit().await?;
        }
        Ok(match decision {
            Decision::Pass => Checked::Pass(Box::new(facts)),
            Decision::Refuse(reason) => Checked::Refuse(reason),
        })
    }
}

fn label(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LABEL_CHARACTERS_MAX).collect()
}

/// The check API.
pub fn routes(checks: Arc<Checks>) -> Router {
    Router::new()
        .route("/v1/introspect", post(introspect::introspect))
        .route("/v1/forward-auth", get(forward_auth::forward_auth))
        .with_state(checks)
}
