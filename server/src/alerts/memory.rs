//! Stand-ins for tests: an outbox in memory, channels that answer as told, and a notice to send.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, Delivery, DeliveryState, Outcome},
    id::{AlertId, ConsentId, DeliveryId, OtpRequestId, SignatoryId},
    language::Language,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    channels::{Channels, EmailChannel, SmsChannel},
    message::{Mail, OtpNotice, Sms},
    outbox::{Attempt, Leased, Notice, Outbox, OutboxError, Recipient},
    secret::Secret,
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
    }
}

pub(super) fn notice(kind: AlertKind) -> Notice {
    Notice {
        kind,
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        trade_name: "Rao & Daughters".into(),
        asp_name: "Khata Books <Online>".into(),
        asp_short: "Khata Books".into(),
        gsp_name: "Setu Bridge Services Private Limited".into(),
        gsp_short: "Setu Bridge".into(),
        happened_at: start(),
        valid_until: start() + SignedDuration::from_hours(720),
        ended_reason: None,
        consent: ConsentId(Uuid::from_u128(0xc0)),
    }
}

pub(super) fn otp_notice() -> OtpNotice {
    let Notice { gstin, trade_name, asp_name, asp_short, gsp_name, gsp_short, .. } = notice(AlertKind::ConsentGiven);
    OtpNotice {
        request: OtpRequestId(Uuid::from_u128(0x07)),
        otp: Secret::new("482913"),
        gstin,
        trade_name,
        asp_name,
        asp_short,
        gsp_name,
        gsp_short,
        access_for: SignedDuration::from_hours(720),
        requested_at: start(),
        expires_at: start() + SignedDuration::from_mins(10),
    }
}

#[derive(Debug)]
struct Row {
    delivery: Delivery,
    lease: Option<(String, Uuid, Timestamp)>,
    attempts: Vec<Attempt>,
}

/// An outbox that lives as long as its test.
#[derive(Debug, Default)]
pub(super) struct MemoryOutbox {
    rows: Mutex<HashMap<DeliveryId, Row>>,
    tokens: Mutex<u128>,
}

impl MemoryOutbox {
    pub(super) fn owe(&self, number: u128, channel: Channel, due_at: Timestamp) -> DeliveryId {
        let id = DeliveryId(Uuid::from_u128(number));
        let delivery = Delivery {
            gstin: notice(AlertKind::ConsentGiven).gstin,
            id,
            alert: AlertId(Uuid::from_u128(2)),
            channel,
            recipient: SignatoryId(Uuid::from_u128(3)),
            state: DeliveryState::Queued,
            due_at,
            attempts: 0,
            accepted_at: None,
        };
        let row = Row { delivery, lease: None, attempts: Vec::new() };
        self.rows.lock().expect("rows").insert(id, row);
        id
    }

    pub(super) fn delivery(&self, id: DeliveryId) -> Delivery {
        self.rows.lock().expect("rows")[&id].delivery.clone()
    }

    pub(super) fn attempts(&self, id: DeliveryId) -> Vec<Attempt> {
        self.rows.lock().expect("rows")[&id].attempts.clone()
    }

    pub(super) fn leased_by(&self, worker: &str) -> usize {
        let rows = self.rows.lock().expect("rows");
        rows.values().filter(|row| row.lease.as_ref().is_some_and(|(by, ..)| by == worker)).count()
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
            let notice = notice(AlertKind::ConsentGiven);
            Leased { delivery: row.delivery.clone(), lease_token, recipient: recipient(), notice }
        };
        Ok(due.into_iter().take(limit as usize).map(take).collect())
    }

    async fn settle(&self, leased: &Leased, after: &Delivery, attempt: &Attempt) -> Result<(), OutboxError> {
        let mut rows = self.rows.lock().expect("rows");
        let row = rows.get_mut(&leased.delivery.id).ok_or(OutboxError::LeaseLost)?;
        match &row.lease {
            Some((_, token, _)) if *token == leased.lease_token => {
                row.delivery = after.clone();
                row.lease = None;
                row.attempts.push(attempt.clone());
                Ok(())
            }
            _ => Err(OutboxError::LeaseLost),
        }
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

/// A channel that answers as told (accepting when nothing is told) and remembers what it was handed.
#[derive(Debug, Default)]
pub(super) struct Scripted {
    pub(super) answers: Mutex<VecDeque<Outcome>>,
    pub(super) sent: Mutex<Vec<(Uuid, String)>>,
    /// Never answers: the worker that waits for it is as good as killed.
    pub(super) hangs: bool,
}

impl Scripted {
    pub(super) fn channels(self: &Arc<Self>) -> Channels {
        Channels { email: self.clone(), sms: self.clone() }
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
    fn provider(&self) -> &'static str {
        "scripted"
    }

    async fn send(&self, mail: &Mail) -> Outcome {
        self.answer(mail.reference, &mail.text).await
    }
}

#[async_trait]
impl SmsChannel for Scripted {
    fn provider(&self) -> &'static str {
        "scripted"
    }

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
