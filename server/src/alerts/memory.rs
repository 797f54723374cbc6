//! Stand-ins for tests: an outbox in memory, channels that answer as told, and a notice to send.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, Delivery, DeliveryState, Matter, Outcome},
    consent::EndReason,
    id::{AlertId, ConsentId, ContactId, DeliveryId, OtpRequestId, SignatoryId},
    language::Language,
    report::Heard,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    channels::{Channels, EmailChannel, SmsChannel},
    message::{CodeNotice, Mail, OtpNotice, Sms},
    outbox::{
        AboutConsent, Attempt, Doer, Leased, Letter, Notice, Outbox, OutboxError, Overdue, Party, Recipient, Role,
        Settled,
    },
    providers::{
        balance::BalanceRules,
        breaker::BreakerRules,
        road::{Ground, Provider, Road, Tried},
        tap::Mains,
    },
    secret::Secret,
    stop_code::StopCode,
};
use crate::{
    chance::SeededChance,
    clock::Clock,
    store::{StoreError, port::Pace},
};

pub(super) fn start() -> Timestamp {
    "2026-11-24T00:17:03Z".parse().expect("timestamp")
}

pub(super) fn recipient() -> Recipient {
    Recipient {
        name: "Asha Rao".into(),
        email: "asha@example.in".parse().expect("email"),
        mobile: "9876543243".parse().expect("mobile"),
        language: Language::En,
        role: Role::Signatory,
    }
}

/// A notice of a matter, about an ASP and a consent where such a one is.
pub(super) fn notice(matter: Matter) -> Notice {
    let kind = matter.kind();
    Notice {
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        trade_name: "Rao & Daughters".into(),
        happened_at: start(),
        by: (kind.has_event() && kind != AlertKind::ConsentGiven).then(|| Doer::Signatory(Some("Asha Rao".into()))),
        party: super::kept_outbox::names_asp(&matter).then(|| Party {
            asp_name: "Khata Books <Online>".into(),
            asp_short: "Khata Books".into(),
            gsp_name: Some("Setu Bridge Services Private Limited".into()),
            gsp_short: Some("Setu Bridge".into()),
        }),
        consent: kind.is_of_consent().then(|| AboutConsent {
            id: ConsentId(Uuid::from_u128(0xc0)),
            valid_until: start() + SignedDuration::from_hours(720),
            ended: matches!(kind, AlertKind::ConsentEnded).then_some(EndReason::Revoked),
            stop_code: StopCode::parse("K7M2QX").expect("code"),
        }),
        matter,
    }
}

pub(super) fn otp_notice() -> OtpNotice {
    OtpNotice {
        request: OtpRequestId(Uuid::from_u128(0x07)),
        otp: Secret::new("482913"),
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        trade_name: "Rao & Daughters".into(),
        asp_name: "Khata Books <Online>".into(),
        asp_short: "Khata Books".into(),
        gsp_name: "Setu Bridge Services Private Limited".into(),
        gsp_short: "Setu Bridge".into(),
        access_for: SignedDuration::from_hours(720),
        requested_at: start(),
        expires_at: start() + SignedDuration::from_mins(10),
    }
}

pub(super) fn code_notice() -> CodeNotice {
    CodeNotice {
        contact: ContactId(Uuid::from_u128(0x0c)),
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        trade_name: "Rao & Daughters".into(),
        asked_by: "Asha Rao".into(),
        email_code: Secret::new("482913"),
        mobile_code: Secret::new("730164"),
        requested_at: start(),
        expires_at: start() + SignedDuration::from_mins(30),
    }
}

#[derive(Debug)]
struct Row {
    delivery: Delivery,
    lease: Option<(String, Uuid, Timestamp)>,
    attempts: Vec<Attempt>,
    owed_at: Timestamp,
    late: bool,
    /// Its letter cannot be put together.
    torn: bool,
}

/// An outbox that lives as long as its test.
#[derive(Debug, Default)]
pub(super) struct MemoryOutbox {
    rows: Mutex<HashMap<DeliveryId, Row>>,
    tokens: Mutex<u128>,
    /// What is owed from now on cannot be put together.
    pub(super) torn: AtomicBool,
    /// So many that a provider took, and that nothing is heard of.
    pub(super) silent: AtomicUsize,
    /// So many times it cannot be written down what became of them.
    pub(super) settles_failing: AtomicUsize,
}

impl MemoryOutbox {
    pub(super) fn owe(&self, number: u128, channel: Channel, due_at: Timestamp) -> DeliveryId {
        let id = DeliveryId(Uuid::from_u128(number));
        let delivery = Delivery {
            gstin: notice(Matter::ConsentGiven).gstin,
            id,
            alert: AlertId(Uuid::from_u128(2)),
            channel,
            recipient: SignatoryId(Uuid::from_u128(3)),
            contact: None,
            state: DeliveryState::Queued,
            due_at,
            attempts: 0,
            accepted_at: None,
            heard: Heard::default(),
        };
        let (owed_at, torn) = (due_at, self.torn.load(Ordering::Relaxed));
        let row = Row { delivery, lease: None, attempts: Vec::new(), owed_at, late: false, torn };
        self.rows.lock().expect("rows").insert(id, row);
        id
    }

    pub(super) fn delivery(&self, id: DeliveryId) -> Delivery {
        self.rows.lock().expect("rows")[&id].delivery.clone()
    }

    pub(super) fn attempts(&self, id: DeliveryId) -> Vec<Attempt> {
        self.rows.lock().expect("rows")[&id].attempts.clone()
    }

    pub(super) fn is_late(&self, id: DeliveryId) -> bool {
        self.rows.lock().expect("rows")[&id].late
    }

    pub(super) fn leased_by(&self, worker: &str) -> usize {
        let rows = self.rows.lock().expect("rows");
        rows.values().filter(|row| row.lease.as_ref().is_some_and(|(by, ..)| by == worker)).count()
    }

    /// How many leases were given out.
    pub(super) fn leases(&self) -> u128 {
        *self.tokens.lock().expect("tokens")
    }

    pub(super) fn all_final(&self) -> bool {
        self.rows.lock().expect("rows").values().all(|row| row.delivery.state.is_final())
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn lease_due(
        &self,
        worker: &str,
        channel: Channel,
        now: Timestamp,
        term: SignedDuration,
        limit: u32,
    ) -> Result<Vec<Leased>, OutboxError> {
        let mut rows = self.rows.lock().expect("rows");
        let mut due: Vec<&mut Row> = rows
            .values_mut()
            .filter(|row| row.delivery.channel == channel && !row.delivery.state.is_final())
            .filter(|row| row.delivery.due_at <= now && row.lease.as_ref().is_none_or(|(.., until)| *until <= now))
            .collect();
        due.sort_by_key(|row| row.delivery.due_at);
        let take = |row: &mut Row| {
            let mut last = self.tokens.lock().expect("tokens");
            *last += 1;
            let lease_token = Uuid::from_u128(*last);
            row.lease = Some((worker.to_owned(), lease_token, now + term));
            row.delivery.state = DeliveryState::Sending;
            let notice = notice(Matter::ConsentGiven);
            row.delivery.due_at = now + term;
            let tried = Tried { last: row.attempts.last().map(|attempt| attempt.provider.clone()), silent: None };
            let whole = Letter { recipient: recipient(), notice };
            let letter = if row.torn { Err("its taxpayer is missing".into()) } else { Ok(whole) };
            Leased { delivery: row.delivery.clone(), lease_token, owed_at: row.owed_at, letter, tried }
        };
        Ok(due.into_iter().take(limit as usize).map(take).collect())
    }

    async fn settle(&self, settled: &[Settled]) -> Result<Vec<bool>, OutboxError> {
        let fewer = |left: usize| left.checked_sub(1);
        if self.settles_failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok() {
            return Err(OutboxError::Store("away for a moment".into()));
        }
        let mut rows = self.rows.lock().expect("rows");
        let mut settle = |settled: &Settled| match rows.get_mut(&settled.after.id) {
            Some(row) if row.lease.as_ref().is_some_and(|(_, token, _)| *token == settled.lease_token) => {
                row.delivery = settled.after.clone();
                row.lease = None;
                row.attempts.extend(settled.attempt.clone());
                row.late |= settled.late;
                true
            }
            _ => false,
        };
        Ok(settled.iter().map(&mut settle).collect())
    }

    async fn tell_of_overdue(
        &self,
        channel: Channel,
        after: Option<DeliveryId>,
        owed_before: Timestamp,
        _limit: u32,
    ) -> Result<Overdue, OutboxError> {
        let mut rows = self.rows.lock().expect("rows");
        let of_channel = rows.values_mut().filter(|row| row.delivery.channel == channel && row.lease.is_none());
        let overdue = of_channel.filter(|row| !row.delivery.state.is_final() && row.owed_at <= owed_before);
        let told = overdue.filter(|row| !row.late).map(|row| row.late = true);
        Ok(Overdue { count: told.count(), after, more: false })
    }

    async fn tell_of_silent(&self, _: Timestamp, _: bool, limit: u32) -> Result<Vec<String>, OutboxError> {
        let told = self.silent.load(Ordering::Relaxed).min(limit as usize);
        self.silent.fetch_sub(told, Ordering::Relaxed);
        Ok(vec!["scripted".into(); told])
    }

    async fn release(&self, worker: &str) -> Result<(), OutboxError> {
        for row in self.rows.lock().expect("rows").values_mut() {
            if row.lease.as_ref().is_some_and(|(by, ..)| by == worker) {
                row.lease = None;
            }
        }
        Ok(())
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, OutboxError> {
        let rows = self.rows.lock().expect("rows");
        let owed = rows.values().filter(|row| row.delivery.channel == channel && !row.delivery.state.is_final());
        Ok(owed.map(|row| row.lease.as_ref().map_or(row.delivery.due_at, |(.., until)| *until)).min())
    }
}

/// A provider without a rate.
pub(super) fn provider<C: ?Sized>(name: &str, channel: Arc<C>) -> Provider<C> {
    Provider { name: name.into(), weight: 1, rate: None, reports: None, channel }
}

/// Gives every message its token at once.
struct Open;

#[async_trait]
impl Mains for Open {
    async fn give_out(&self, _: &str, _: Pace, _: u32, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(Some(now))
    }
}

/// What roads stand on.
pub(super) fn ground(clock: &Arc<dyn Clock>) -> Ground {
    Ground {
        mains: Arc::new(Open),
        clock: clock.clone(),
        chance: Arc::new(SeededChance::new(3)),
        balance: BalanceRules::default(),
        breaker: BreakerRules::default(),
    }
}

/// A channel that answers as told (accepting when nothing is told) and remembers what it was handed.
#[derive(Debug, Default)]
pub(super) struct Scripted {
    pub(super) answers: Mutex<VecDeque<Outcome>>,
    pub(super) sent: Mutex<Vec<(Uuid, String)>>,
    /// Never answers: the worker that waits for it is as good as killed.
    pub(super) hangs: bool,
}

impl Scripted {
    /// Both channels through this one provider, which is never left alone for long.
    pub(super) fn channels(self: &Arc<Self>, clock: &Arc<dyn Clock>) -> Channels {
        self.channels_left_alone_after(100, clock)
    }

    /// The same, left alone after so many failures in a row.
    pub(super) fn channels_left_alone_after(self: &Arc<Self>, failures_max: u32, clock: &Arc<dyn Clock>) -> Channels {
        let breaker = BreakerRules { failures_max, ..BreakerRules::default() };
        let ground = Ground { breaker, ..ground(clock) };
        let (email, sms): (Arc<dyn EmailChannel>, Arc<dyn SmsChannel>) = (self.clone(), self.clone());
        Channels {
            email: Arc::new(Road::new("email", vec![provider("scripted", email)], ground.clone())),
            sms: Arc::new(Road::new("sms", vec![provider("scripted", sms)], ground)),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.sent.lock().expect("sent").len()
    }

    async fn answer(&self, reference: Uuid, text: &str) -> Outcome {
        self.sent.lock().expect("sent").push((reference, text.to_owned()));
        if self.hangs {
            std::future::pending::<()>().await;
        }
        let told = self.answers.lock().expect("answers").pop_front();
        told.unwrap_or(Outcome::Accepted { provider_ref: None })
    }
}

#[async_trait]
impl EmailChannel for Scripted {
    async fn send(&self, mail: &Mail) -> Outcome {
        self.answer(mail.reference, &mail.text).await
    }
}

#[async_trait]
impl SmsChannel for Scripted {
    async fn send(&self, sms: &Sms) -> Outcome {
        self.answer(sms.client_ref, &sms.text).await
    }
}

/// Waits until something is so, and fails the test after five seconds.
pub(super) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(5), waiting).await.is_ok(), "{what}");
}
