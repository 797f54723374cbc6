//! The check: may this call pass? Asked by the API gateway before every call.
//!
//! A node that has the right to answers from memory and counts the call soon after; any other asks the store, and
//! counts in the transaction that decides. Either way no call passes after an end was acknowledged
//! ([`crate::nodes`]), and one that cannot be counted does not pass.

mod authority;
mod forward_auth;
mod introspect;
mod memory;
mod remembering;
mod tally;
mod told;
mod watch;

use std::sync::Arc;

use app::model::{
    Timestamp,
    consent::Consent,
    decide::{Claim, Decision, Facts, RefuseReason, decide},
    restriction::day_of,
    return_type::ReturnType,
    usage::{Call, LABEL_CHARACTERS_MAX},
};
use axum::{
    Router,
    http::HeaderMap,
    routing::{any, post},
};

pub(crate) use self::told::{Address, Unclear};
pub use self::{
    memory::Memory,
    remembering::Remembering,
    tally::{CannotCount, Tally, UNWRITTEN_MAX},
    watch::{Notebook, Watch},
};
use crate::{
    chance::Chance,
    clock::Clock,
    metrics::metrics,
    nodes::{Nodes, USED_FOR},
    problem::Problem,
    store::{Reading, Store, StoreError},
    vault::{KeyedHash, Purpose, Vault},
};

/// Where forward-auth is asked.
const PATH: &str = "/v1/forward-auth";

/// How often facts are loaded again because something changed meanwhile; then the store decides alone.
const LOADS_MAX: u32 = 3;

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
    /// Whether memory may be answered from.
    pub nodes: Arc<Nodes>,
    /// What is remembered.
    pub memory: Arc<Memory>,
    /// What is counted and not yet written.
    pub tally: Arc<Tally>,
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
    /// The network that the end user's address (`ip-usr`) lies in.
    pub network: Option<String>,
}

impl Fetch {
    /// Which kind of data it is.
    fn kind(&self) -> ReturnType {
        ReturnType::of(&self.api, &self.action)
    }
}

/// The answer to a check.
#[derive(Debug, Clone)]
pub enum Checked {
    /// Let it pass.
    Pass(Arc<Facts>),
    /// Do not.
    Refuse(RefuseReason),
}

/// Why a check has no answer: nothing is known, and nothing may pass.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The call could not be counted.
    #[error(transparent)]
    CannotCount(#[from] CannotCount),
    /// This node stood still while it answered, and does not know what happened meanwhile.
    #[error("what the answer rests on may be over by now")]
    Lapsed,
}

impl Checks {
    /// Decides one call, and counts it where `fetch` says what it is: without, it is a look at the token only.
    ///
    /// # Errors
    /// [`Unanswered`]: then nothing may pass.
    pub async fn check(&self, token: &str, claim: &Claim, fetch: Option<Fetch>) -> Result<Checked, Unanswered> {
        let checked = self.answer(token, claim, fetch).await;
        match &checked {
            Ok(Checked::Pass(_)) => metrics().check_passed(),
            Ok(Checked::Refuse(reason)) => metrics().check_refused(*reason),
            Err(_) => metrics().check_unanswered(),
        }
        checked
    }

    async fn answer(&self, token: &str, claim: &Claim, fetch: Option<Fetch>) -> Result<Checked, Unanswered> {
        let now = self.clock.now();
        let hash = self.vault.hash(Purpose::Token, token.as_bytes());
        let judge = |facts: &Arc<Facts>| self.judge(facts, claim, fetch.as_ref(), now);
        let may = || self.nodes.may_answer_from_memory();
        for _ in 0..LOADS_MAX {
            if may()
                && let Some(checked) = self.memory.answer(&hash, judge)
            {
                return checked;
            }
            let Some(mark) = self.memory.mark(may) else { break };
            let loaded = load(&mut *self.store.read().await?, hash).await?;
            let facts = match loaded {
                Ok(facts) => facts,
                Err(reason) => return Ok(Checked::Refuse(reason)),
            };
            // How many calls have passed on it is known to all nodes together only.
            if facts.consent.restriction.calls_a_day.is_some() {
                break;
            }
            if let Ok(checked) = self.memory.admit(&hash, facts, mark, judge) {
                return checked;
            }
        }
        self.check_in_store(hash, claim, fetch.as_ref(), now).await
    }

    /// The name of the gateway that shows its secret in these headers.
    ///
    /// # Errors
    /// A problem to answer with, where no gateway has this secret or the store fails.
    pub async fn gateway(&self, headers: &HeaderMap) -> Result<String, Problem> {
        authority::gateway(self, headers).await
    }

    /// Decides on facts out of memory, and counts. Memory is held meanwhile, so that the right that is looked at in the end
    /// is still the one that these facts were kept under: a node that comes back with a new one has to forget them first.
    /// A call that was counted and is not answered stays counted: too many are told rather than too few.
    fn judge(
        &self,
        facts: &Arc<Facts>,
        claim: &Claim,
        fetch: Option<&Fetch>,
        now: Timestamp,
    ) -> Result<Checked, Unanswered> {
        let decision = decide(facts, claim, fetch.map(Fetch::kind), now);
        if let Some(fetch) = fetch {
            self.tally.count(self.chance.id(now), call(facts, decision, fetch, now))?;
            self.note(facts, decision, fetch, now);
        }
        if !self.nodes.may_answer_from_memory() {
            return Err(Unanswered::Lapsed);
        }
        Ok(match decision {
            Decision::Pass => Checked::Pass(facts.clone()),
            Decision::Refuse(reason) => Checked::Refuse(reason),
        })
    }

    /// Notes a call that passed for whoever looks for unusual use.
    fn note(&self, facts: &Facts, decision: Decision, fetch: &Fetch, now: Timestamp) {
        if decision == Decision::Pass {
            let Facts { consent, .. } = facts;
            self.tally.notebook.note(consent.gstin, consent.id, now, fetch.network.as_deref());
        }
    }

    /// Decides and counts in one unit of work: a node without the right to answer from memory does it this way.
    ///
    /// What the taxpayer decided is held meanwhile: a decision waits until this is over. The registry is not held. Every
    /// call reads its few rows, and together they would keep whoever suspends an ASP waiting for ever. So what is read of it
    /// is worth as much as a lease, from before it is read: whoever suspends waits for that, in any case
    /// ([`crate::nodes::wait_out`]).
    async fn check_in_store(
        &self,
        hash: KeyedHash,
        claim: &Claim,
        fetch: Option<&Fetch>,
        now: Timestamp,
    ) -> Result<Checked, Unanswered> {
        let mut work = self.store.write().await?;
        let mut began = self.clock.since_boot();
        let mut facts = match load(&mut *work, hash).await? {
            Ok(facts) => facts,
            Err(reason) => return Ok(Checked::Refuse(reason)),
        };
        let Consent { gstin, id, restriction, .. } = facts.consent;
        if fetch.is_some() && restriction.calls_a_day.is_some() {
            work.hold_usage(gstin, id).await?;
            facts.passed_today = work.passed_on_day(gstin, id, day_of(now)).await?;
            // Others may have been waited for, who count on the same consent: the registry is read anew.
            began = self.clock.since_boot();
            let Some(application) = work.application(facts.consent.application).await? else {
                return Ok(Checked::Refuse(RefuseReason::UnknownToken));
            };
            facts.application = application;
        }
        let decision = decide(&facts, claim, fetch.map(Fetch::kind), now);
        if let Some(fetch) = fetch {
            work.add_calls(&[(self.chance.id(now), call(&facts, decision, fetch, now))]).await?;
            work.commit().await?;
            self.note(&facts, decision, fetch, now);
        }
        Ok(match decision {
            Decision::Pass if self.clock.since_boot().saturating_sub(began) >= USED_FOR => {
                return Err(Unanswered::Lapsed);
            }
            Decision::Pass => Checked::Pass(Arc::new(facts)),
            Decision::Refuse(reason) => Checked::Refuse(reason),
        })
    }
}

/// What the store knows of a token; else why it cannot pass.
async fn load(work: &mut (impl Reading + ?Sized), hash: KeyedHash) -> Result<Result<Facts, RefuseReason>, StoreError> {
    let Some(row) = work.session(hash).await? else { return Ok(Err(RefuseReason::UnknownToken)) };
    let session = row.session;
    // Before the consent, as whoever decides: a unit of work that writes holds both.
    let controls = work.controls(session.gstin).await?;
    let Some(consent) = work.consent(session.gstin, session.consent).await? else {
        return Ok(Err(RefuseReason::UnknownToken));
    };
    let Some(application) = work.application(consent.application).await? else {
        return Ok(Err(RefuseReason::UnknownToken));
    };
    let Some(controls) = controls else { return Ok(Err(RefuseReason::AccessDisabled)) };
    let rule = work.asp_rule(consent.gstin, application.asp.id).await?;
    Ok(Ok(Facts { session, consent, application, controls, rule, passed_today: 0 }))
}

fn call(facts: &Facts, decision: Decision, fetch: &Fetch, now: Timestamp) -> Call {
    Call {
        gstin: facts.consent.gstin,
        consent: facts.consent.id,
        at: now,
        api: label(&fetch.api),
        action: label(&fetch.action),
        period: fetch.period.as_deref().map(label),
        refused: match decision {
            Decision::Pass => None,
            Decision::Refuse(reason) => Some(reason),
        },
    }
}

fn label(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LABEL_CHARACTERS_MAX).collect()
}

/// The check API.
pub fn routes(checks: Arc<Checks>) -> Router {
    Router::new()
        .route("/v1/introspect", post(introspect::introspect))
        // Envoy asks with the call's own method, and with its address after ours.
        .route(PATH, any(forward_auth::forward_auth))
        .route(&format!("{PATH}/"), any(forward_auth::forward_auth))
        .route(&format!("{PATH}/{{*call}}"), any(forward_auth::forward_auth))
        .with_state(checks)
}
