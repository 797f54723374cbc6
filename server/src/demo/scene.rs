//! One thing that happened in the sample data, and how it is written: by the model's own rules, through the port that
//! everything else goes through.

use std::collections::BTreeMap;

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    alert::{Alert, Channel, Delivery, Matter},
    consent::{Consent, EndReason, Moved, Refusal},
    controls::{AskRefusal, Controls, Decided},
    decide::RefuseReason,
    event::{Actor, Event},
    gstin::Gstin,
    id::{AlertId, ApplicationId, AspId, ConsentId, DeliveryId, OtpRequestId, SignatoryId},
    otp::{OtpRequest, OtpRules, OtpState},
    registry::Application,
    restriction::Restriction,
    session::Session,
    unusual::Sign,
    usage::Call,
};
use jiff::SignedDuration;

use crate::{
    chance::Chance,
    consent::SESSION_KEY,
    ledger::Scribe,
    store::{
        StoreError, Writing,
        port::{EndingRow, KeptSign, OwedSecurityEvent, SessionRow, Sighting},
    },
    vault::{KeyedHash, Vault},
};

/// A consent within the scenes of one taxpayer, by a number of their own.
pub(super) type Nth = i64;

/// What an ASP called.
#[derive(Debug, Clone)]
pub(super) struct Fetch {
    pub(super) at: Timestamp,
    pub(super) api: &'static str,
    pub(super) action: &'static str,
    pub(super) period: String,
    /// `None` is a call that passed.
    pub(super) refused: Option<RefuseReason>,
}

/// What happened.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// An OTP became a consent.
    Granted(Nth, ApplicationId, i64),
    /// The ASP made the next session.
    Refreshed(Nth),
    /// Calls, the first of them at the moment of the scene.
    Fetched(Nth, Vec<Fetch>),
    /// The consent ended before its time.
    Ended(Nth, Actor, EndReason),
    /// It was paused.
    Paused(Nth, Actor),
    /// Limits were put on it.
    Restricted(Nth, Actor, Restriction),
    /// Something was decided about access as a whole.
    Decided(Actor, Decided),
    /// An ASP asked in vain.
    AskRefused(Application, AskRefusal),
    /// Its use was unusual; the networks that its calls came from.
    Unusual(Nth, Sign, Vec<String>),
}

/// What happened, and when.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) at: Timestamp,
    pub(super) what: What,
}

/// Writes the scenes of one taxpayer, the oldest first.
pub(super) struct Writer<'w> {
    pub(super) work: &'w mut dyn Writing,
    pub(super) vault: &'w Vault,
    pub(super) chance: &'w dyn Chance,
    /// Who is told.
    pub(super) signatory: SignatoryId,
    controls: Controls,
    consents: BTreeMap<Nth, Consent>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(
        work: &'w mut dyn Writing,
        vault: &'w Vault,
        chance: &'w dyn Chance,
        window: AccessWindow,
        signatory: SignatoryId,
    ) -> Self {
        Self { work, vault, chance, signatory, controls: Controls::of(window), consents: BTreeMap::new() }
    }

    fn gstin(&self) -> Gstin {
        self.controls.window.gstin
    }

    /// A consent that an earlier scene granted.
    fn consent(&self, nth: Nth) -> Result<Consent, StoreError> {
        self.consents.get(&nth).cloned().ok_or_else(|| impossible(format!("consent {nth} before its grant")))
    }

    /// Writes one scene after all that were before it.
    pub(super) async fn write(&mut self, Scene { at, what }: Scene) -> Result<(), StoreError> {
        match what {
            What::Granted(nth, application, minutes) => self.grant(nth, application, minutes, at).await,
            What::Refreshed(nth) => {
                let (moved, session) = self.consent(nth)?.refresh(at).map_err(refused)?;
                self.work.close_sessions(self.gstin(), moved.consent.id, at).await?;
                self.open(session).await?;
                self.moved(nth, moved).await
            }
            What::Fetched(nth, fetches) => self.count(nth, fetches).await,
            What::Ended(nth, by, reason) => self.end(nth, by, reason, at).await,
            What::Paused(nth, by) => {
                let moved = self.consent(nth)?.pause(by, at).map_err(refused)?;
                self.moved(nth, moved).await
            }
            What::Restricted(nth, by, restriction) => {
                let moved = self.consent(nth)?.restrict(by, restriction, at).map_err(refused)?;
                self.moved(nth, moved).await
            }
            What::Decided(by, decided) => self.decide(by, decided, at).await,
            What::AskRefused(application, why) => {
                self.work.tell_of_refused_ask(self.gstin(), application.asp.id, at, at).await?;
                self.tell(None, Matter::AskRefused { application: application.id, why }, at).await.map(drop)
            }
            What::Unusual(nth, sign, networks) => self.sign(nth, sign, networks, at).await,
        }
    }

    async fn grant(
        &mut self,
        nth: Nth,
        application: ApplicationId,
        minutes: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let asked = AccessWindow::new(self.gstin(), true, minutes, 1).map_err(|error| impossible(error.to_string()))?;
        let Moved { consent, event } = Consent::grant(ConsentId(self.chance.id(at)), &asked, application, at);
        self.use_otp(&consent).await?;
        self.work.add_consent(&consent).await?;
        self.append(&event).await?;
        self.open(Session::open(&consent, at)).await?;
        self.consents.insert(nth, consent);
        Ok(())
    }

    async fn count(&mut self, nth: Nth, fetches: Vec<Fetch>) -> Result<(), StoreError> {
        let consent = self.consent(nth)?;
        let call = |fetch: Fetch| {
            let call = Call {
                gstin: consent.gstin,
                consent: consent.id,
                at: fetch.at,
                api: fetch.api.into(),
                action: fetch.action.into(),
                period: Some(fetch.period),
                refused: fetch.refused,
            };
            (self.chance.id(fetch.at), call)
        };
        let calls: Vec<_> = fetches.into_iter().map(call).collect();
        self.work.add_calls(&calls).await
    }

    async fn end(&mut self, nth: Nth, by: Actor, reason: EndReason, at: Timestamp) -> Result<(), StoreError> {
        let moved = self.consent(nth)?.end(by, reason, at).map_err(refused)?;
        let (gstin, id, application) = (self.gstin(), moved.consent.id, moved.consent.application);
        self.work.close_sessions(gstin, id, at).await?;
        self.moved(nth, moved).await?;
        let owed = OwedSecurityEvent { gstin, consent: id, application, at, due_at: at };
        self.work.owe_security_event(&owed).await?;
        let last_passed_at = self.work.usage(gstin, id).await?.last_passed_at;
        self.work.add_ending(gstin, id, &EndingRow { effective_at: at, last_passed_at }).await
    }

    /// The consent after a move, and its event.
    async fn moved(&mut self, nth: Nth, Moved { consent, event }: Moved) -> Result<(), StoreError> {
        self.work.update_consent(&consent).await?;
        self.consents.insert(nth, consent);
        self.append(&event).await
    }

    async fn decide(&mut self, by: Actor, decided: Decided, at: Timestamp) -> Result<(), StoreError> {
        let decision = self.controls.decide(decided, by, at).map_err(|error| impossible(error.to_string()))?;
        let decision = decision.ok_or_else(|| impossible(format!("{decided:?} holds already")))?;
        self.work.update_controls(&decision.controls).await?;
        if let Decided::Rule { asp, after, .. } = decided {
            self.work.put_asp_rule(self.gstin(), asp, after, at).await?;
        }
        self.controls = decision.controls;
        self.append(&decision.event).await
    }

    async fn sign(&mut self, nth: Nth, sign: Sign, networks: Vec<String>, at: Timestamp) -> Result<(), StoreError> {
        let (gstin, consent) = (self.gstin(), self.consent(nth)?.id);
        let last_passed_at = self.work.usage(gstin, consent).await?.last_passed_at.unwrap_or(at);
        self.work.put_sighting(gstin, consent, &Sighting { looked_at: at, last_passed_at, networks }).await?;
        let alert = self.tell(Some(consent), Matter::UnusualUse { sign: sign.clone() }, at).await?;
        let rule = sign.rule();
        self.work.put_sign(gstin, rule, &KeptSign { consent, alert, at, sign, fine_at: None }).await
    }

    /// An event, and the alert that is owed because of it.
    async fn append(&mut self, event: &Event) -> Result<(), StoreError> {
        Scribe::new(self.vault.clone()).append(self.work, event).await?;
        match Matter::owed(event.deed) {
            Some(matter) => self.tell(event.consent, matter, event.at).await.map(drop),
            None => Ok(()),
        }
    }

    async fn tell(&mut self, consent: Option<ConsentId>, matter: Matter, at: Timestamp) -> Result<AlertId, StoreError> {
        let (gstin, id) = (self.gstin(), AlertId(self.chance.id(at)));
        let alert = Alert { gstin, id, consent, matter, owed_at: at };
        let owed = |channel| Delivery::owed(&alert, DeliveryId(self.chance.id(at)), channel, self.signatory);
        let deliveries = Channel::ALL.map(owed);
        self.work.add_alert(&alert, &deliveries).await?;
        Ok(id)
    }

    async fn open(&mut self, session: Session) -> Result<(), StoreError> {
        let (key, token): ([u8; 32], _) = (self.chance.bytes(), KeyedHash(self.chance.bytes()));
        let key_sealed = self.vault.seal(SESSION_KEY, &key);
        self.work.add_session(&SessionRow { session, token, key_sealed }).await
    }

    /// The OTP that a consent used up.
    async fn use_otp(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let rules = OtpRules::default();
        let requested_at = consent.granted_at - SignedDuration::from_secs(40);
        let asked = OtpRequest {
            gstin: consent.gstin,
            id: OtpRequestId(self.chance.id(requested_at)),
            application: consent.application,
            requested_at,
            expires_at: requested_at + rules.lifetime,
            tries_left: rules.tries_max,
            state: OtpState::Pending,
            version: 1,
        };
        self.work.add_otp_request(&asked, KeyedHash(self.chance.bytes())).await?;
        self.work.update_otp_request(&OtpRequest { state: OtpState::Used, version: 2, ..asked }).await
    }
}

/// An ASP that is decided about for the first time.
pub(super) fn ruled(asp: AspId, rule: app::model::controls::AspRule) -> Decided {
    Decided::Rule { asp, before: None, after: Some(rule) }
}

fn refused(refusal: Refusal) -> StoreError {
    impossible(refusal.to_string())
}

/// The sample data tells of something that the model's rules do not let happen.
fn impossible(what: String) -> StoreError {
    StoreError::Unreadable(what)
}
