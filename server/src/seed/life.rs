//! What happens in a consent's life leaves traces: OTPs, sessions, a chained event, alerts with their attempts, calls.

use std::collections::BTreeMap;

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery, Matter, Outcome, RetrySchedule},
    consent::{Consent, EndReason, Moved},
    decide::RefuseReason,
    event::{Deed, Event},
    gstin::Gstin,
    id::{AlertId, ApplicationId, ConsentId, DeliveryId, OtpRequestId, SignatoryId},
    otp::{OtpRequest, OtpRules, OtpState},
    registry::Application,
    restriction::day_of,
    return_type::ReturnType,
    security_event::{SecurityEvent, SecurityEventState},
    session::Session,
    usage::{Call, UsageOfDay, UsageTotals},
};
use jiff::SignedDuration;

use super::{dice::Dice, plan::Plan};
use crate::{
    chance::Chance,
    consent::SESSION_KEY,
    ledger,
    store::port::{Batch, ChainLink, KeptAttempt, SessionRow, UsageOf},
    vault::{KeyedHash, Vault},
};

/// Calls on one session: from none to so many.
const CALLS_MAX: u64 = 4;
/// Of a hundred calls, so many are refused.
const REFUSED_PERCENT: u64 = 4;
/// Of a hundred attempts, so many fail for now, and so many for good.
const TEMPORARY_PERCENT: u64 = 3;
const PERMANENT_PERCENT: u64 = 1;
const ACTIONS: [&str; 5] = ["RETSUM", "B2B", "GSTR2B", "LEDGER", "FILEDET"];

/// The traces of one taxpayer's consents.
pub(super) struct Traces<'a> {
    pub(super) now: Timestamp,
    gstin: Gstin,
    /// Alerts and calls from before are past their retention.
    logs_since: Option<Timestamp>,
    dice: &'a Dice,
    vault: &'a Vault,
    schedule: RetrySchedule,
    signatories: Vec<SignatoryId>,
    head: Option<ChainLink>,
    /// Where the open session of a consent lies in the batch.
    open: BTreeMap<ConsentId, usize>,
    usage: BTreeMap<ConsentId, UsageTotals>,
    /// The same by day and kind: passed, refused.
    days: BTreeMap<(ConsentId, i64, ReturnType), (i64, i64)>,
    batch: &'a mut Batch,
}

impl<'a> Traces<'a> {
    pub(super) fn new(
        dice: &'a Dice,
        vault: &'a Vault,
        gstin: Gstin,
        plan: &Plan,
        signatories: Vec<SignatoryId>,
        batch: &'a mut Batch,
    ) -> Self {
        let Plan { now, logs_since, .. } = *plan;
        let (schedule, open, usage) = (RetrySchedule::default(), BTreeMap::new(), BTreeMap::new());
        let days = BTreeMap::new();
        Self { now, gstin, logs_since, dice, vault, schedule, signatories, head: None, open, usage, days, batch }
    }

    fn logs_are_kept(&self, at: Timestamp) -> bool {
        self.logs_since.is_none_or(|since| at >= since)
    }

    fn chance(&self) -> &dyn Chance {
        self.dice
    }

    /// The OTP that a grant used up, asked for within the minute before.
    pub(super) fn otp(&mut self, application: ApplicationId, granted_at: Timestamp) {
        let rules = OtpRules::default();
        let requested_at = granted_at - SignedDuration::from_millis(15_000 + self.dice.under(45_000));
        let wrong = u8::from(self.dice.percent(8));
        let request = OtpRequest {
            gstin: self.gstin,
            id: OtpRequestId(self.chance().id(requested_at)),
            application,
            requested_at,
            expires_at: requested_at + rules.lifetime,
            tries_left: rules.tries_max - wrong,
            state: OtpState::Used,
            version: 2 + i64::from(wrong),
        };
        self.batch.otp_requests.push((request, KeyedHash(self.chance().bytes())));
    }

    /// What a move leaves behind.
    pub(super) fn leave(&mut self, moved: &Moved) {
        let Moved { consent, event } = moved;
        match event.deed {
            Deed::Granted { .. } | Deed::Refreshed { .. } => self.open_session(consent, event.at),
            ending if EndReason::of(ending).is_some() => self.close_session(consent.id, event.at),
            _ => {}
        }
        if let Ok(link) = ledger::link(self.head, event) {
            self.batch.events.push((event.clone(), link));
            self.head = Some(link);
        }
        self.alert(event);
    }

    /// The open session ends, and with it its calls.
    fn close_session(&mut self, consent: ConsentId, at: Timestamp) {
        if let Some(place) = self.open.remove(&consent) {
            let session = &mut self.batch.sessions[place].session;
            session.closed_at = Some(at);
            let session = session.clone();
            self.calls(&session, at.min(session.expires_at));
        }
    }

    fn open_session(&mut self, consent: &Consent, at: Timestamp) {
        self.close_session(consent.id, at);
        let session = Session::open(consent, at);
        self.open.insert(consent.id, self.batch.sessions.len());
        let key: [u8; 32] = self.chance().bytes();
        self.batch.sessions.push(SessionRow {
            session,
            token: KeyedHash(self.chance().bytes()),
            key_sealed: self.vault.seal(SESSION_KEY, &key),
        });
    }

    /// Calls come in the first minutes of a session, one after the other.
    fn calls(&mut self, session: &Session, until: Timestamp) {
        let mut at = session.issued_at;
        for _ in 0..self.dice.below(CALLS_MAX + 1) {
            at += SignedDuration::from_millis(200 + self.dice.under(60_000));
            if at >= until {
                return;
            }
            let refused = self.dice.percent(REFUSED_PERCENT).then_some(RefuseReason::AccessDisabled);
            let call = Call {
                gstin: session.gstin,
                consent: session.consent,
                at,
                api: "returns".into(),
                action: (*self.dice.pick(&ACTIONS)).into(),
                period: Some(format!("{:02}2026", 1 + self.dice.below(12))),
                refused,
            };
            let totals = self.usage.entry(session.consent).or_default();
            let day = self.days.entry((session.consent, day_of(at), call.kind())).or_default();
            if refused.is_some() {
                totals.refused += 1;
                day.1 += 1;
            } else {
                day.0 += 1;
                totals.passed += 1;
                totals.last_passed_at = totals.last_passed_at.max(Some(at));
            }
            if self.logs_are_kept(at) {
                self.batch.calls.push((self.chance().id(at), call));
            }
        }
    }

    fn alert(&mut self, event: &Event) {
        let Some(matter) = Matter::owed(event.deed).filter(|_| self.logs_are_kept(event.at)) else { return };
        let id = AlertId(self.chance().id(event.at));
        let alert = Alert { gstin: event.gstin, id, consent: event.consent, matter, owed_at: event.at };
        for place in 0..self.signatories.len() {
            for channel in Channel::ALL {
                let id = DeliveryId(self.chance().id(event.at));
                self.deliver(Delivery::owed(&alert, id, channel, self.signatories[place]));
            }
        }
        self.batch.alerts.push(alert);
    }

    /// Attempts until the delivery has come to an end, or to the present.
    fn deliver(&mut self, mut delivery: Delivery) {
        while !delivery.state.is_final() {
            let at = delivery.due_at + SignedDuration::from_millis(150 + self.dice.under(3_000));
            if at > self.now {
                break;
            }
            let outcome = match self.dice.below(100) {
                throw if throw < TEMPORARY_PERCENT => Outcome::temporary("timed out"),
                throw if throw < TEMPORARY_PERCENT + PERMANENT_PERCENT => {
                    Outcome::Permanent { detail: "550 no such mailbox".into() }
                }
                _ => Outcome::Accepted { provider_ref: None },
            };
            let spread = u8::try_from(self.dice.below(256)).unwrap_or(0);
            delivery = delivery.after(&outcome, &self.schedule, at, spread);
            let provider = match delivery.channel {
                Channel::Email => "relay",
                Channel::Sms => "cdac",
            };
            self.batch.attempts.push(KeptAttempt {
                gstin: delivery.gstin,
                delivery: delivery.id,
                number: delivery.attempts,
                at,
                provider: provider.into(),
                outcome,
            });
        }
        self.batch.deliveries.push(delivery);
    }

    /// What GSPs were told of ends: nothing, as none of them has asked to be told.
    fn tell_gsps(&mut self, consents: &BTreeMap<ConsentId, Consent>, applications: &[Application]) {
        for consent in consents.values() {
            if !self.logs_are_kept(consent.granted_at) {
                continue;
            }
            let application = applications.iter().find(|known| known.id == consent.application);
            let (Some(end), Some(application)) = (consent.ended, application) else { continue };
            self.batch.security_events.push(SecurityEvent {
                gstin: consent.gstin,
                consent: consent.id,
                gsp: application.gsp.id,
                state: SecurityEventState::NotWanted,
                owed_at: end.at,
                due_at: end.at,
                attempts: 0,
            });
        }
    }

    /// The end of the past: consents as they are now, and what their calls come to.
    pub(super) fn finish(mut self, consents: BTreeMap<ConsentId, Consent>, applications: &[Application]) {
        self.tell_gsps(&consents, applications);
        for place in std::mem::take(&mut self.open).into_values() {
            let session = self.batch.sessions[place].session.clone();
            self.calls(&session, self.now.min(session.expires_at));
        }
        let Self { usage, days, batch, head, gstin, .. } = self;
        let day = |((consent, day, returns), (passed, refused))| {
            let of = consents.get(&consent)?;
            Some((of.gstin, consent, UsageOfDay { day, returns, passed, refused }))
        };
        batch.days.extend(days.into_iter().filter_map(day));
        let totals = |(consent, totals)| consents.get(&consent).map(|of| UsageOf { gstin: of.gstin, consent, totals });
        batch.usage.extend(usage.into_iter().filter_map(totals));
        batch.consents.extend(consents.into_values());
        batch.chain_heads.push((gstin, head.unwrap_or(ChainLink { seq: 0, hash: [0; 32] })));
    }
}
