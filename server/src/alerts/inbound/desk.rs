//! Does what an SMS asks for, where it comes from a registered mobile. Whoever else sends one learns nothing: there is no
//! answer, and every request of a gateway ends alike.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use app::model::{
    consent::Consent, contact::Mobile, controls::Decided, event::Actor, gstin::Gstin, id::SignatoryId, role::Role,
    throttle::RateLimit,
};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::sync::{Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Asked, Message, tries::Tries};
use crate::{
    alerts::stop_code::{StopCode, stop_code},
    clock::Clock,
    consent::{self, By, Consents, Refused},
    store::{
        Reading, Store, StoreError,
        port::{SIGNED_FOR_MAX, SealedSignatory, mobile_hash},
    },
    vault::{KeyedHash, Vault},
};

/// Codes that are none from one number within [`WINDOW`], at all servers together: a code is to be typed, not guessed.
pub const WRONG_MAX: u32 = 10;
/// The hour.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_hours(1);
const WRONG: RateLimit = RateLimit { max: WRONG_MAX, span: WINDOW };
/// Within this, a number that signs for nobody is looked up [`WRONG_MAX`] times for `STOPALL`. Short: who is registered in
/// between, or got the hash of their number, must not wait.
const STRANGERS_STOP_ALL: SignedDuration = SignedDuration::from_mins(1);
/// Taxpayers that are frozen at once: each takes a connection to the database.
const AT_ONCE: usize = 8;

/// Does what inbound SMS ask for.
pub struct StopDesk {
    consents: Arc<Consents>,
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    strangers: Tries,
    strangers_stop_all: Tries,
    freezes: Arc<Freezes>,
}

/// Freezes under way. They outlive the request that asked for them: a gateway hangs up after some seconds, and a person may
/// sign for thousands.
struct Freezes {
    tasks: TaskTracker,
    stop: CancellationToken,
    turns: Semaphore,
    /// By the number: who sends again meanwhile waits for the same.
    running: Mutex<HashMap<[u8; 32], watch::Receiver<Option<bool>>>>,
}

/// Why a message is to be sent again.
#[derive(Debug, thiserror::Error)]
pub enum NotObeyed {
    /// It is not known whether all was done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Not everything is frozen; the log says how much is.
    #[error("not everything is frozen")]
    NotAll,
}

/// A signatory in whose name something is done.
type Signs = (Gstin, SignatoryId);

impl StopDesk {
    /// Over what happens to consents.
    pub fn new(consents: Arc<Consents>, store: Arc<dyn Store>, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        let freezes = Freezes {
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            turns: Semaphore::new(AT_ONCE),
            running: Mutex::default(),
        };
        Self {
            consents,
            store,
            vault,
            clock,
            strangers: Tries::within(WINDOW),
            strangers_stop_all: Tries::within(STRANGERS_STOP_ALL),
            freezes: Arc::new(freezes),
        }
    }

    /// Ends with the server: what is being frozen is, and what is left is logged and left to the gateway's next try.
    pub async fn finish(self: Arc<Self>, stop: CancellationToken) {
        stop.cancelled().await;
        self.freezes.stop.cancel();
        self.freezes.tasks.close();
        self.freezes.tasks.wait().await;
    }

    /// Takes a message. Safe to repeat.
    ///
    /// # Errors
    /// [`NotObeyed`] where not all was done, or nobody knows: the gateway sends it again.
    pub async fn take(&self, message: &Message) -> Result<(), NotObeyed> {
        let Message { from: Some(from), asked: Some(asked) } = message else { return Ok(()) };
        let number = mobile_hash(&self.vault, from);
        match asked {
            Asked::StopAll => self.stop_all(from, number).await,
            Asked::Stop(code) => {
                let heard = self.stop(from, number, *code).await?;
                if !heard {
                    tracing::warn!(from = from.masked(), "too many wrong codes");
                }
                Ok(())
            }
        }
    }

    /// Freezes everything of everybody whom the number signs for. It needs no code, and nothing can be guessed by it: who
    /// signs for somebody is always heard.
    async fn stop_all(&self, from: &Mobile, number: KeyedHash) -> Result<(), NotObeyed> {
        let now = self.clock.now();
        if !self.strangers_stop_all.may(number, now) {
            return Ok(());
        }
        let signs = self.signs(from, number).await?;
        if signs.is_empty() {
            self.strangers_stop_all.wrong(number, now);
            return Ok(());
        }
        let mut told = self.freezing(from.masked(), number, signs);
        // Without an answer its task has died.
        let all = told.wait_for(Option::is_some).await.is_ok_and(|all| *all == Some(true));
        if all { Ok(()) } else { Err(NotObeyed::NotAll) }
    }

    /// The freeze of this number that is under way, or a new one; it tells whether it froze all.
    fn freezing(&self, from: String, number: KeyedHash, signs: Vec<Signs>) -> watch::Receiver<Option<bool>> {
        let mut running = self.freezes.running.lock().unwrap_or_else(PoisonError::into_inner);
        let (tell, told) = watch::channel(None);
        match running.entry(number.0) {
            Entry::Occupied(one) if one.get().has_changed().is_ok() => return one.get().clone(),
            entry => drop(entry.insert_entry(told.clone())),
        }
        let (consents, freezes) = (self.consents.clone(), self.freezes.clone());
        self.freezes.tasks.spawn(async move {
            let all = freezes.freeze_all(&consents, &from, signs).await;
            freezes.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&number.0);
            tell.send_replace(Some(all));
        });
        told
    }

    /// Ends what a code names; `false` where the number named too many that are none, and is not heard.
    async fn stop(&self, from: &Mobile, number: KeyedHash, code: StopCode) -> Result<bool, StoreError> {
        let now = self.clock.now();
        if !self.strangers.may(number, now) {
            return Ok(false);
        }
        let signs = self.signs(from, number).await?;
        if signs.is_empty() {
            self.strangers.wrong(number, now);
            return Ok(true);
        }
        if !self.store.read().await?.may_name_codes(number, WRONG, now).await? {
            return Ok(false);
        }
        if !self.end(&signs, code).await? {
            let mut work = self.store.write().await?;
            work.count_wrong_code(number, WRONG, now).await?;
            work.commit().await?;
        }
        Ok(true)
    }

    /// For whom the number signs. Second contacts' numbers are no signatories'.
    async fn signs(&self, from: &Mobile, number: KeyedHash) -> Result<Vec<Signs>, StoreError> {
        let (mut signs, mut after) = (Vec::new(), None);
        let mut work = self.store.read().await?;
        loop {
            let page = work.signatories_by_mobile(number, after).await?;
            let is_theirs =
                |sealed: &&SealedSignatory| sealed.open(&self.vault).is_ok_and(|signatory| signatory.mobile == *from);
            signs.extend(page.iter().filter(is_theirs).map(|sealed| (sealed.gstin, sealed.id)));
            after = page.last().map(|sealed| (sealed.gstin, sealed.id));
            if page.len() < SIGNED_FOR_MAX as usize {
                return Ok(signs);
            }
        }
    }

    /// Ends the one live consent of this code; whether there was exactly one, or this message has ended it before: gateways
    /// send again what they got no answer to.
    async fn end(&self, signs: &[Signs], code: StopCode) -> Result<bool, StoreError> {
        let mut named: Vec<(SignatoryId, Consent)> = Vec::new();
        let mut work = self.store.read().await?;
        for (gstin, person) in signs {
            let open = work.open_consents(*gstin, None, self.clock.now()).await?;
            let of_code = open.into_iter().filter(|consent| stop_code(&self.vault, *gstin, consent.id) == code);
            named.extend(of_code.map(|consent| (*person, consent)));
        }
        if named.is_empty() {
            return self.ended_lately(&mut *work, signs, code).await;
        }
        drop(work);
        // Two people with one telephone may sign for one taxpayer: the consent is one all the same.
        named.dedup_by_key(|(_, consent)| consent.id);
        let [(person, consent)] = named.as_slice() else { return Ok(false) };
        done(Box::pin(self.consents.revoke(consent.gstin, consent.id, by_sms(*person))).await)?;
        Ok(true)
    }

    /// Whether one of the newest past consents has this code, and ended within the time in which wrong codes count.
    async fn ended_lately(&self, work: &mut dyn Reading, signs: &[Signs], code: StopCode) -> Result<bool, StoreError> {
        let now = self.clock.now();
        for (gstin, _) in signs {
            let past = work.list_consents(*gstin, false, now, None).await?;
            let is_it = past.iter().map(|listed| &listed.consent).any(|consent| {
                let lately = consent.ended.as_ref().is_some_and(|end| now.duration_since(end.at) < WINDOW);
                lately && stop_code(&self.vault, *gstin, consent.id) == code
            });
            if is_it {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Freezes {
    /// Freezes all that it can; whether nothing is left that another try could freeze.
    async fn freeze_all(&self, consents: &Consents, from: &str, signs: Vec<Signs>) -> bool {
        let freeze = consent::Asked::Plain(Decided::Freeze { until: None });
        let of = signs.len();
        let one = |(gstin, person): Signs| async move {
            let turn = self.turns.acquire().await;
            if self.stop.is_cancelled() || turn.is_err() {
                return false;
            }
            match done(Box::pin(consents.decide(gstin, freeze, 0, &by_sms(person))).await) {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!(%gstin, %error, "an SMS could not freeze a taxpayer's access");
                    false
                }
            }
        };
        let frozen = stream::iter(signs).map(one).buffer_unordered(AT_ONCE).filter(|done| std::future::ready(*done));
        let frozen = frozen.count().await;
        if frozen == of {
            tracing::info!(from, frozen, of, "an SMS froze everything");
        } else {
            tracing::error!(
                from,
                frozen,
                of,
                "an SMS could not freeze everything; the gateway is asked to send it again"
            );
        }
        frozen == of
    }
}

fn by_sms(person: SignatoryId) -> By {
    By { actor: Actor::SignatoryBySms(person), role: Role::Signatory, person: None }
}

/// What the store could not do is tried again; what the rules refuse is refused for good, and there is nobody to tell.
fn done<T>(answer: Result<T, Refused>) -> Result<(), StoreError> {
    match answer {
        Ok(_) => Ok(()),
        Err(Refused::Store(error)) => Err(error),
        Err(refused) => {
            tracing::warn!(%refused, "an SMS asked for what cannot be done");
            Ok(())
        }
    }
}

impl std::fmt::Debug for StopDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StopDesk")
    }
}
