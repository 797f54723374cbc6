//! A stand-in for the server: two taxpayers, some consents, and nobody who keeps anything.

use async_trait::async_trait;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    api::{
        AccessService, ChosenAlerts, NamedContact, ServiceError,
        views::{
            About, AccessList, AccessRow, AlertChoice, AlertRow, AlertsPage, AspRow, ConsentPage, ControlsPage,
            DeedsPage, DeliveryRow, EndedOne, EventRow, FrozenOne, Me, Overview, OverviewRow, SecondContact,
            TaxpayerChoice, ToldPage, UnusualRow, UsagePage,
        },
    },
    model::{
        Timestamp,
        access_window::AccessWindow,
        alert::{AlertKind, Channel, DeliveryState},
        consent::{Consent, EndReason},
        controls::{AspRule, Controls, Freeze},
        decide::RefuseReason,
        event::{Actor, Deed, Event},
        filter::ConsentFilter,
        gstin::Gstin,
        id::{AlertId, ApplicationId, AspId, ConsentId, ContactId, SignatoryId},
        language::Language,
        page::{Cursor, Page},
        receipt::EndingReceipt,
        restriction::{Hours, Restriction, day_of},
        return_type::ReturnType,
        role::Role,
        unusual::Sign,
        usage::{Call, Fetched, UsageOfDay, UsageTotals},
    },
};

/// Where they go.
pub(super) const TO: &str = "as••••@meghdoot.example";

/// The ids of the consents, by what they are.
pub(super) const PLAIN: ConsentId = ConsentId(Uuid::from_u128(1));
pub(super) const LIMITED: ConsentId = ConsentId(Uuid::from_u128(2));
pub(super) const PAUSED: ConsentId = ConsentId(Uuid::from_u128(3));
pub(super) const DISOWNED: ConsentId = ConsentId(Uuid::from_u128(4));

/// The ASPs: one without a rule, one blocked, one on the list.
pub(super) const ASPS: [(AspId, &str, Option<AspRule>); 3] = [
    (AspId(Uuid::from_u128(11)), "LedgerLeaf Accounting", None),
    (AspId(Uuid::from_u128(12)), "<b>FileFast</b> GST", Some(AspRule::Blocked)),
    (AspId(Uuid::from_u128(13)), "TaxTara for CAs", Some(AspRule::Allowed)),
];

pub(super) fn gstins() -> [Gstin; 2] {
    ["27GSPMH0992G1ZF", "33GSPTN3741G1Z9"].map(|text| text.parse().expect("gstin"))
}

pub(super) fn now() -> Timestamp {
    "2026-11-25T04:30:00Z".parse().expect("moment")
}

/// The server of one person.
#[derive(Debug, Clone, Copy)]
pub(super) struct StandIn {
    pub(super) role: Role,
    pub(super) taxpayers: usize,
    pub(super) frozen: bool,
    pub(super) empty: bool,
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

impl StandIn {
    fn choices(self) -> Vec<TaxpayerChoice> {
        let names = ["Meghdoot Handlooms, Pune", "Tamarind Tools, Chennai"];
        gstins()
            .into_iter()
            .zip(names)
            .take(self.taxpayers)
            .map(|(gstin, name)| TaxpayerChoice { gstin, trade_name: name.to_owned(), role: self.role })
            .collect()
    }

    fn controls_of(self, gstin: Gstin) -> Controls {
        let window = AccessWindow::new(gstin, true, 30 * 24 * 60, 3).expect("30 days");
        let freeze = self.frozen.then(|| Freeze { since: now() - hours(1), until: Some(now() + hours(7)) });
        Controls { freeze, unused_days: Some(14), ..Controls::of(window) }
    }

    fn row(self, gstin: Gstin, id: ConsentId) -> AccessRow {
        let window = AccessWindow::new(gstin, true, 30 * 24 * 60, 3).expect("30 days");
        let granted = Consent::grant(id, &window, ApplicationId(Uuid::from_u128(7)), now() - hours(50)).consent;
        let by = Actor::Signatory(SignatoryId(Uuid::from_u128(9)));
        let limits = Restriction {
            until: Some(now() + hours(100)),
            returns: Some([ReturnType::Gstr1, ReturnType::Gstr3b].into_iter().collect()),
            calls_a_day: Some(50),
            hours: Hours::new(9 * 60, 18 * 60).ok(),
        };
        let moved = match id {
            LIMITED => granted.restrict(by, limits, now() - hours(2)),
            PAUSED => granted.pause(by, now() - hours(2)),
            DISOWNED => granted.end(by, EndReason::Disowned, now() - hours(2)),
            _ => return self.of(granted, None),
        };
        let held_back = (id == PAUSED).then_some(RefuseReason::Paused);
        self.of(moved.expect("an open consent").consent, held_back)
    }

    fn of(self, consent: Consent, held_back: Option<RefuseReason>) -> AccessRow {
        let usage = UsageTotals { passed: 1_234, refused: 5, last_passed_at: Some(now() - hours(3)) };
        let held_back = if self.frozen { Some(RefuseReason::Frozen) } else { held_back };
        let (asp_id, asp) = (ASPS[0].0, "LedgerLeaf & <i>Sons</i> Accounting".to_owned());
        AccessRow { consent, asp_id, asp, gsp: "Coromandel GST Bridge Pvt Ltd".to_owned(), usage, held_back }
    }

    fn list(self, rows: Vec<AccessRow>) -> AccessList {
        let rows = if self.empty { Vec::new() } else { rows };
        AccessList { as_of: now(), page: Page { rows, next: None } }
    }

    fn open(self, gstin: Gstin) -> Vec<AccessRow> {
        [PLAIN, LIMITED, PAUSED].map(|id| self.row(gstin, id)).into()
    }
}

/// An alert with a mail in each of these states.
fn told(kind: AlertKind, about: Option<About>, states: &[DeliveryState]) -> AlertRow {
    let delivery = |state: &DeliveryState| DeliveryRow {
        channel: Channel::Email,
        to: TO.to_owned(),
        state: *state,
        accepted_at: (*state == DeliveryState::Accepted).then(now),
        heard_at: None,
        reason: None,
        next_attempt_at: (!state.is_final()).then(|| now() + hours(1)),
    };
    let id = AlertId(Uuid::from_u128(40));
    let deliveries = states.iter().map(delivery).collect();
    AlertRow { id, kind, owed_at: now() - hours(2), about, deliveries, moves: false }
}

fn usage() -> Vec<UsageOfDay> {
    let today = day_of(now());
    (0..12)
        .map(|back| UsageOfDay {
            day: today - 11 + back,
            returns: ReturnType::Gstr3b,
            passed: back * back,
            refused: i64::from(back % 5 == 0),
        })
        .collect()
}

#[async_trait]
impl AccessService for StandIn {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        Ok(Me { name: "Asha Rao".to_owned(), taxpayers: self.choices() })
    }

    async fn access_now(&self, gstin: Gstin, _: ConsentFilter, _: Option<Cursor>) -> Result<AccessList, ServiceError> {
        Ok(self.list(self.open(gstin)))
    }

    async fn history(&self, gstin: Gstin, _: ConsentFilter, _: Option<Cursor>) -> Result<AccessList, ServiceError> {
        Ok(self.list(vec![self.row(gstin, DISOWNED)]))
    }

    async fn everywhere(&self, _: ConsentFilter, _: Option<Cursor>) -> Result<AccessList, ServiceError> {
        Ok(self.list(gstins().into_iter().flat_map(|gstin| self.open(gstin)).collect()))
    }

    async fn overview(&self) -> Result<Overview, ServiceError> {
        let rows = self.choices().into_iter().map(|taxpayer| OverviewRow {
            controls: self.controls_of(taxpayer.gstin),
            taxpayer,
            open: 3,
            paused: 1,
            next_end: Some(now() + hours(100)),
            last_passed_at: None,
        });
        Ok(Overview { as_of: now(), rows: rows.collect() })
    }

    async fn consent(&self, gstin: Gstin, id: ConsentId) -> Result<ConsentPage, ServiceError> {
        let row = self.row(gstin, id);
        let event = Event {
            gstin,
            consent: Some(id),
            version: 1,
            at: row.consent.granted_at,
            actor: Actor::Application(row.consent.application),
            deed: Deed::Granted { valid_until: row.consent.valid_until },
        };
        let sign = |number, sign, fine_at| UnusualRow {
            alert: AlertId(Uuid::from_u128(number)),
            consent: id,
            sign,
            at: now() - hours(4),
            fine_at,
        };
        let fetched = |returns, refused, calls| Fetched {
            returns,
            api: "returns".to_owned(),
            action: "RETSUM".to_owned(),
            period: Some("072026".to_owned()),
            refused,
            calls,
            last_at: now() - hours(3),
        };
        Ok(ConsentPage {
            as_of: now(),
            role: self.role,
            rule: None,
            reported: (id == DISOWNED).then(|| "GST-2026-000123".to_owned()),
            unusual: vec![
                sign(21, Sign::Volume { today: 420, usual: 40 }, None),
                sign(22, Sign::AtNight { at: now() - hours(9) }, Some(now() - hours(1))),
            ],
            usage: usage(),
            fetched: vec![
                fetched(ReturnType::Gstr3b, None, 506),
                fetched(ReturnType::Ledgers, Some(RefuseReason::ReturnNotAllowed), 3),
            ],
            events: vec![EventRow { event, by: Some(row.asp.clone()), about: None }],
            alerts: vec![
                told(AlertKind::ConsentGiven, None, &DeliveryState::ALL),
                told(AlertKind::NearExpiry, None, &[]),
                told(AlertKind::Reported, None, &[]),
            ],
            calls: Page { rows: Vec::new(), next: None },
            row,
        })
    }

    async fn controls(&self, gstin: Gstin) -> Result<ControlsPage, ServiceError> {
        let asps = ASPS.map(|(asp, name, rule)| AspRow {
            asp,
            name: name.to_owned(),
            rule,
            since: rule.map(|_| now() - hours(30)),
            open: 2,
        });
        Ok(ControlsPage {
            as_of: now(),
            role: self.role,
            controls: self.controls_of(gstin),
            window_steps: vec![6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60],
            open: if self.empty { 0 } else { 3 },
            asps: if self.empty { Vec::new() } else { asps.into() },
        })
    }

    async fn find_asps(&self, gstin: Gstin, _: String) -> Result<Vec<AspRow>, ServiceError> {
        Ok(self.controls(gstin).await?.asps)
    }

    async fn usage_by_day(&self, _: Gstin, _: Option<ConsentId>) -> Result<UsagePage, ServiceError> {
        Ok(UsagePage { as_of: now(), days: if self.empty { Vec::new() } else { usage() } })
    }

    async fn deeds(&self, gstin: Gstin, _: Option<i64>) -> Result<DeedsPage, ServiceError> {
        let actor = Actor::Accountant(SignatoryId(Uuid::from_u128(9)));
        let deed = Deed::Frozen { until: None };
        let event = Event { gstin, consent: None, version: 4, at: now(), actor, deed };
        Ok(DeedsPage { rows: vec![EventRow { event, by: Some("Ravi".to_owned()), about: None }], before: Some(7) })
    }

    async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError> {
        EndingReceipt::of(self.row(gstin, id).consent, now(), None).ok_or(ServiceError::NotFound)
    }

    async fn told(&self, gstin: Gstin, after: Option<Cursor>) -> Result<ToldPage, ServiceError> {
        let about = |consent| Some(About { asp: "LedgerLeaf & <i>Sons</i> Accounting".to_owned(), consent });
        let rows = vec![
            told(AlertKind::Frozen, None, &DeliveryState::ALL),
            told(AlertKind::AspBlocked, about(None), &[DeliveryState::Accepted]),
            told(AlertKind::ConsentPaused, about(Some((gstin, PAUSED))), &[]),
            told(AlertKind::Reported, about(Some((gstin, DISOWNED))), &[]),
        ];
        let next = after.is_none().then(|| Cursor { at: now(), id: PLAIN.0 }.to_string());
        let page = if self.empty { Page { rows: Vec::new(), next: None } } else { Page { rows, next } };
        Ok(ToldPage { as_of: now(), page })
    }

    async fn alerts(&self, gstin: Gstin) -> Result<AlertsPage, ServiceError> {
        self.role.may_choose_alerts().map_err(|why| ServiceError::NotYours { why })?;
        let optional = AlertKind::ALL.iter().copied().filter(|kind| kind.is_optional());
        let contact = |number, confirmed_at, waits_until| SecondContact {
            id: ContactId(Uuid::from_u128(number)),
            name: "Farhan <i>Sons".to_owned(),
            email: "fa••••@books.example".to_owned(),
            mobile: "••••••••34".to_owned(),
            confirmed_at,
            waits_until,
            tries_left: 4,
        };
        Ok(AlertsPage {
            as_of: now(),
            gstin,
            language: Language::Hi,
            languages: vec![Language::En, Language::Hi],
            email: TO.to_owned(),
            mobile: "••••••••43".to_owned(),
            choices: optional.map(|kind| AlertChoice { kind, email: true, sms: false }).collect(),
            version: 2,
            contacts: vec![contact(31, Some(now() - hours(20)), None), contact(32, None, Some(now() + hours(1)))],
            test: None,
        })
    }

    async fn test_alert(&self, _: Gstin) -> Result<Option<AlertRow>, ServiceError> {
        Ok(None)
    }

    async fn told_of_consent(&self, _: Gstin, _: ConsentId) -> Result<Vec<AlertRow>, ServiceError> {
        Err(ServiceError::NotFound)
    }

    // What follows changes something, which pages never do.

    async fn calls(&self, _: Gstin, _: ConsentId, _: Option<Cursor>) -> Result<Page<Call>, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn revoke(&self, _: Gstin, _: ConsentId) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn revoke_many(&self, _: Vec<(Gstin, ConsentId)>) -> Result<Vec<EndedOne>, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn disown(&self, _: Gstin, _: ConsentId) -> Result<String, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn restrict(&self, _: Gstin, _: ConsentId, _: i64, _: Restriction) -> Result<Consent, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn pause(&self, _: Gstin, _: ConsentId) -> Result<Consent, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn resume(&self, _: Gstin, _: ConsentId, _: i64) -> Result<Consent, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn set_window(&self, _: Gstin, _: i64, _: bool, _: i64) -> Result<ControlsPage, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn freeze(&self, _: Gstin, _: Option<Timestamp>) -> Result<ControlsPage, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn freeze_many(&self, _: Vec<Gstin>, _: Option<Timestamp>) -> Result<Vec<FrozenOne>, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn thaw(&self, _: Gstin, _: i64) -> Result<ControlsPage, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn set_allow_list(&self, _: Gstin, _: i64, _: bool) -> Result<ControlsPage, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn rule_asp(&self, _: Gstin, _: i64, _: AspId, _: Option<AspRule>) -> Result<ControlsPage, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn set_unused_days(&self, _: Gstin, _: i64, _: Option<u16>) -> Result<ControlsPage, ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn this_is_fine(&self, _: Gstin, _: AlertId) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn choose_alerts(&self, _: Gstin, _: ChosenAlerts) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn name_contact(&self, _: Gstin, _: NamedContact) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn confirm_contact(&self, _: Gstin, _: ContactId, _: String, _: String) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn remove_contact(&self, _: Gstin, _: ContactId) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn send_test(&self, _: Gstin) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }

    async fn sign_out(&self) -> Result<(), ServiceError> {
        Err(ServiceError::NotFound)
    }
}
