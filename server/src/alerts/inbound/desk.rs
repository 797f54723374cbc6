//! Does what an SMS asks for, where it comes from a registered mobile. Whoever else sends one learns nothing: there is no
//! answer, and every request of a gateway ends alike.

use std::sync::Arc;

use app::model::{
    consent::Consent, contact::Mobile, controls::Decided, event::Actor, gstin::Gstin, id::SignatoryId, role::Role,
    throttle::RateLimit,
};
use jiff::SignedDuration;

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

/// Does what inbound SMS ask for.
pub struct StopDesk {
    consents: Arc<Consents>,
    store: Arc<dyn Store>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    strangers: Tries,
}

/// A signatory in whose name something is done.
type Signs = (Gstin, SignatoryId);

impl StopDesk {
    /// Over what happens to consents.
    pub fn new(consents: Arc<Consents>, store: Arc<dyn Store>, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self { consents, store, vault, clock, strangers: Tries::default() }
    }

    /// Takes a message. Safe to repeat.
    ///
    /// # Errors
    /// [`StoreError`] where it is not known whether all was done: the gateway sends it again.
    pub async fn take(&self, message: &Message) -> Result<(), StoreError> {
        let Message { from: Some(from), asked: Some(asked) } = message else { return Ok(()) };
        let number = mobile_hash(&self.vault, from);
        match asked {
            // It needs no code, and nothing can be guessed by it.
            Asked::StopAll => self.freeze_all(&self.signs(from, number).await?).await,
            Asked::Stop(code) => {
                let heard = self.stop(from, number, *code).await?;
                if !heard {
                    tracing::warn!(from = from.masked(), "too many wrong codes");
                }
                Ok(())
            }
        }
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

    /// Freezes everything of everybody whom the number signs for.
    async fn freeze_all(&self, signs: &[Signs]) -> Result<(), StoreError> {
        let freeze = consent::Asked::Plain(Decided::Freeze { until: None });
        for (gstin, person) in signs {
            done(Box::pin(self.consents.decide(*gstin, freeze, 0, &by_sms(*person))).await)?;
        }
        Ok(())
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
