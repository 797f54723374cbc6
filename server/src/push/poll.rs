//! `POST /push/poll`: a GSP that cannot be called fetches its events (RFC 8936), acknowledges them, or says what is wrong with
//! them. It sees its own, and no more than a bounded number at once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use app::model::{alert::Outcome, id::GspId, security_event::SecurityEventState};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{sync::OwnedSemaphorePermit, time};
use tokio_util::sync::CancellationToken;

use super::{
    Bell, Pusher, SetWriter,
    answer::SetError,
    set::{consent_of, jti},
    turns::Turns,
};
use crate::{
    clock::Clock,
    problem::Problem,
    store::{Store, StoreError},
    vault::{Purpose, Vault},
};

/// Events of one answer.
pub(super) const EVENTS_MAX: u32 = 100;
/// Events that one poll acknowledges or refuses.
const SETTLED_MAX: usize = 1_000;
/// How long a poll waits where there is nothing: below the time-outs of what stands in between (30 s and more).
const WAIT_MAX: Duration = Duration::from_secs(20);
/// How often a poll that waits looks: an event of another node rings no bell here.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Polls of one GSP that wait at once; any more are answered at once.
const WAITING_OF_EACH: usize = 2;

const NOT_A_GSP: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    kind: "not-a-polling-gsp",
    title: "Only a GSP that shows its secret may ask: Authorization: Bearer …",
};
const UNREADABLE: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    kind: "unreadable-poll",
    title: "This is no poll for security events (RFC 8936). Nothing was done.",
};

/// Answers polls.
pub struct Polls {
    /// What is owed.
    pub store: Arc<dyn Store>,
    /// Writes the tokens.
    pub sets: SetWriter,
    /// Recognises secrets.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Rung when an end holds.
    pub bell: Bell,
    /// Nobody waits any more.
    stop: CancellationToken,
    waiting: Turns,
}

/// What a GSP asks (RFC 8936 §2.4).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    max_events: Option<u32>,
    #[serde(default)]
    return_immediately: bool,
    #[serde(default)]
    ack: Vec<String>,
    #[serde(default)]
    set_errs: BTreeMap<String, SetError>,
}

impl Polls {
    /// Over what tells the other GSPs; polls that wait are answered when it is told to stop.
    pub fn beside(pusher: &Pusher, stop: CancellationToken) -> Self {
        let Pusher { store, sets, vault, clock, bell, .. } = pusher.clone();
        Self { store, sets, vault, clock, bell, stop, waiting: Turns::of_each(WAITING_OF_EACH) }
    }

    /// The GSP that shows its secret. It is found by its keyed hash, and compared in constant time.
    async fn gsp(&self, headers: &HeaderMap) -> Result<GspId, Problem> {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let hash = self.vault.hash(Purpose::Secret, shown.ok_or(NOT_A_GSP)?.as_bytes());
        let found = async { self.store.read().await?.gsp_by_poll_secret(hash).await };
        let (gsp, kept) = found.await.map_err(|error| unavailable(&error))?.ok_or(NOT_A_GSP)?;
        if kept.matches(&hash) { Ok(gsp) } else { Err(NOT_A_GSP) }
    }

    /// Writes down what a GSP says of what it fetched.
    async fn settle(&self, gsp: GspId, asked: &Asked) -> Result<(), StoreError> {
        if asked.ack.is_empty() && asked.set_errs.is_empty() {
            return Ok(());
        }
        let mut work = self.store.write().await?;
        let taken: Vec<_> = asked.ack.iter().filter_map(|jti| consent_of(jti)).collect();
        let accepted = to_json(&Outcome::Accepted { provider_ref: None });
        work.settle_fetched(gsp, &taken, SecurityEventState::Accepted, &accepted).await?;
        for (jti, error) in &asked.set_errs {
            let Some(consent) = consent_of(jti) else { continue };
            let outcome = Outcome::Permanent { detail: error.told() };
            tracing::warn!(%gsp, %consent, ?outcome, "a GSP refuses a security event");
            let state = SecurityEventState::PermanentFailure;
            work.settle_fetched(gsp, &[consent], state, &to_json(&outcome)).await?;
        }
        work.commit().await
    }

    /// Up to so many tokens by their ids, and whether there are more.
    async fn fetch(&self, gsp: GspId, most: u32) -> Result<(Map<String, Value>, bool), StoreError> {
        let mut work = self.store.read().await?;
        let now = work.shared_now(self.clock.now()).await?;
        let mut due = work.security_events_due(gsp, now, most + 1).await?;
        drop(work);
        let more = due.len() > most as usize;
        due.truncate(most as usize);
        let mut sets = Map::new();
        for event in due {
            // One whose rows are damaged must not hold up the others.
            match self.sets.write(&event).await {
                Ok(set) => _ = sets.insert(jti(event.consent), set.into()),
                Err(error) => tracing::error!(%error, consent = %event.consent, "a security event cannot be written"),
            }
        }
        Ok((sets, more))
    }

    /// The same; where there is nothing, as soon as there is something, within its time.
    async fn fetch_in_time(&self, gsp: GspId, most: u32) -> Result<(Map<String, Value>, bool), StoreError> {
        let mut bell = self.bell.listen();
        let looking = async {
            loop {
                let found = self.fetch(gsp, most).await?;
                if !found.0.is_empty() {
                    return Ok(found);
                }
                // A bell that nobody can ring any more is no reason to look all the time.
                if let Ok(Err(_)) = time::timeout(LOOK_EVERY, bell.changed()).await {
                    time::sleep(LOOK_EVERY).await;
                }
            }
        };
        let found = time::timeout(WAIT_MAX, self.stop.run_until_cancelled(looking)).await;
        found.ok().flatten().unwrap_or_else(|| Ok((Map::new(), false)))
    }

    fn turn_to_wait(&self, gsp: GspId) -> Option<OwnedSemaphorePermit> {
        self.waiting.of(gsp).try_acquire_owned().ok()
    }
}

pub(super) async fn poll(
    State(polls): State<Arc<Polls>>,
    headers: HeaderMap,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Response, Problem> {
    let gsp = polls.gsp(&headers).await?;
    let Json(asked) = asked.map_err(|_| UNREADABLE)?;
    if asked.ack.len() + asked.set_errs.len() > SETTLED_MAX {
        return Err(UNREADABLE);
    }
    polls.settle(gsp, &asked).await.map_err(|error| unavailable(&error))?;
    let most = asked.max_events.unwrap_or(EVENTS_MAX).min(EVENTS_MAX);
    let turn = if asked.return_immediately || most == 0 { None } else { polls.turn_to_wait(gsp) };
    let found = match &turn {
        Some(_) => polls.fetch_in_time(gsp, most).await,
        None => polls.fetch(gsp, most).await,
    };
    let (sets, more) = found.map_err(|error| unavailable(&error))?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(json!({ "sets": sets, "moreAvailable": more }))).into_response())
}

fn to_json(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).unwrap_or_default()
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "a poll for security events could not be answered");
    Problem::UNAVAILABLE
}
