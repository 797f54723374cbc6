//! All rows of one taxpayer, side by side.

use std::collections::{BTreeMap, BTreeSet};

use app::model::{
    alert::Alert,
    consent::Consent,
    controls::{AspRule, Controls},
    event::Event,
    gstin::Gstin,
    id::{AspId, ConsentId, ContactId, SignatoryId},
    otp::OtpRequest,
    usage::UsageTotals,
};

use super::violation::{Counted, Violation};
use crate::store::{
    Reading, StoreError,
    port::{
        BadRow, ChainLink, EndingRow, KeptAttempt, KeptDelivery, KeptSecurityEvent, KeptSession, LeafRow, OwedLeaf,
        Span,
    },
};

/// What the store holds about one taxpayer. Calls are counted, not kept: a dossier is as large as the rest.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// Whose.
    pub gstin: Gstin,
    /// Whether the taxpayer itself is there.
    pub registered: bool,
    /// Who signs.
    pub signatories: BTreeSet<SignatoryId>,
    /// Who is told beside them, or was.
    pub contacts: BTreeSet<ContactId>,
    /// OTPs asked for.
    pub otp_requests: Vec<OtpRequest>,
    /// Consents.
    pub consents: BTreeMap<ConsentId, Consent>,
    /// Sessions.
    pub sessions: Vec<KeptSession>,
    /// The chain, in order.
    pub chain: Vec<(Event, ChainLink)>,
    /// Where the chain is said to end.
    pub head: Option<ChainLink>,
    /// Places of the chain's events in the ledger, by the events' places in the chain.
    pub leaves: BTreeMap<i64, LeafRow>,
    /// Leaves that wait for their places.
    pub owed_leaves: BTreeMap<i64, OwedLeaf>,
    /// Alerts.
    pub alerts: Vec<Alert>,
    /// Deliveries.
    pub deliveries: Vec<KeptDelivery>,
    /// Attempts, each delivery's in order.
    pub attempts: Vec<KeptAttempt>,
    /// What the calls come to.
    pub calls: BTreeMap<ConsentId, UsageTotals>,
    /// What is kept of them.
    pub usage: BTreeMap<ConsentId, UsageTotals>,
    /// What is remembered of ends.
    pub endings: BTreeMap<ConsentId, EndingRow>,
    /// What GSPs are told of ends.
    pub security_events: BTreeMap<ConsentId, KeptSecurityEvent>,
    /// The same, added up from what is kept by day; a day does not know its last call.
    pub days: BTreeMap<ConsentId, UsageTotals>,
    /// What was decided about access as a whole.
    pub controls: Option<Controls>,
    /// What was decided about ASPs and holds.
    pub rules: BTreeMap<AspId, AspRule>,
}

impl Dossier {
    /// One without a row.
    pub fn empty(gstin: Gstin) -> Self {
        Self {
            gstin,
            registered: false,
            signatories: BTreeSet::new(),
            contacts: BTreeSet::new(),
            otp_requests: Vec::new(),
            consents: BTreeMap::new(),
            sessions: Vec::new(),
            chain: Vec::new(),
            head: None,
            leaves: BTreeMap::new(),
            owed_leaves: BTreeMap::new(),
            alerts: Vec::new(),
            deliveries: Vec::new(),
            attempts: Vec::new(),
            calls: BTreeMap::new(),
            usage: BTreeMap::new(),
            endings: BTreeMap::new(),
            security_events: BTreeMap::new(),
            days: BTreeMap::new(),
            controls: None,
            rules: BTreeMap::new(),
        }
    }
}

/// The dossiers of a span, as its rows come in.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) dossiers: BTreeMap<Gstin, Dossier>,
    pub(super) unreadable: Vec<Violation>,
    pub(super) counted: Counted,
}

impl Desk {
    /// Puts a row into its taxpayer's dossier; one that cannot be read is a finding.
    fn file<T>(&mut self, row: Result<T, BadRow>, gstin: fn(&T) -> Gstin, put: fn(&mut Dossier, T)) {
        self.counted.rows += 1;
        match row {
            Ok(row) => {
                let gstin = gstin(&row);
                put(self.dossiers.entry(gstin).or_insert_with(|| Dossier::empty(gstin)), row);
            }
            Err(bad) => {
                let row = format!("{} {}", bad.table, bad.key);
                self.unreadable.push(Violation { check: "readable", row, what: bad.why });
            }
        }
    }

    /// Files every row of a span. `gstins` are its taxpayers, as they are written.
    pub(super) async fn collect(work: &mut dyn Reading, gstins: &[String], span: &Span) -> Result<Self, StoreError> {
        let mut desk = Self::default();
        for text in gstins {
            let row = text.parse().map_err(|_| BadRow {
                table: "taxpayer",
                key: text.clone(),
                why: "this is no GSTIN".into(),
            });
            desk.file(row, |gstin| *gstin, |dossier, _| dossier.registered = true);
        }
        desk.collect_consents(work, span).await?;
        desk.collect_alerts(work, span).await?;
        desk.collect_usage(work, span).await?;
        desk.collect_decisions(work, span).await?;
        desk.counted.taxpayers = gstins.len() as u64;
        desk.counted.consents = desk.dossiers.values().map(|dossier| dossier.consents.len() as u64).sum();
        Ok(desk)
    }

    async fn collect_consents(&mut self, work: &mut dyn Reading, span: &Span) -> Result<(), StoreError> {
        work.scan_otp_requests(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| dossier.otp_requests.push(row));
        })
        .await?;
        work.scan_consents(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.consents.insert(row.id, row));
        })
        .await?;
        work.scan_sessions(span, &mut |row| {
            self.file(row, |row| row.session.gstin, |dossier, row| dossier.sessions.push(row));
        })
        .await?;
        work.scan_events(span, &mut |row| {
            self.file(row, |row| row.0.gstin, |dossier, row| dossier.chain.push(row));
        })
        .await?;
        work.scan_chain_heads(span, &mut |row| {
            self.file(row, |row| row.0, |dossier, row| dossier.head = Some(row.1));
        })
        .await?;
        work.scan_leaves(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.leaves.insert(row.seq, row));
        })
        .await?;
        work.scan_owed_leaves(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.owed_leaves.insert(row.seq, row));
        })
        .await
    }

    async fn collect_alerts(&mut self, work: &mut dyn Reading, span: &Span) -> Result<(), StoreError> {
        work.scan_signatories(span, &mut |row| {
            self.file(row, |row| row.0, |dossier, row| _ = dossier.signatories.insert(row.1));
        })
        .await?;
        work.scan_contacts(span, &mut |row| {
            self.file(row, |row| row.0, |dossier, row| _ = dossier.contacts.insert(row.1));
        })
        .await?;
        work.scan_alerts(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| dossier.alerts.push(row));
        })
        .await?;
        work.scan_deliveries(span, &mut |row| {
            self.file(row, |row| row.delivery.gstin, |dossier, row| dossier.deliveries.push(row));
        })
        .await?;
        work.scan_attempts(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| dossier.attempts.push(row));
        })
        .await?;
        work.scan_security_events(span, &mut |row| {
            self.file(
                row,
                |row| row.event.gstin,
                |dossier, row| _ = dossier.security_events.insert(row.event.consent, row),
            );
        })
        .await
    }

    async fn collect_usage(&mut self, work: &mut dyn Reading, span: &Span) -> Result<(), StoreError> {
        work.count_calls(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.calls.insert(row.consent, row.totals));
        })
        .await?;
        work.scan_usage(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.usage.insert(row.consent, row.totals));
        })
        .await?;
        work.scan_endings(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.endings.insert(row.consent, row.ending));
        })
        .await?;
        work.count_days(span, &mut |row| {
            self.file(row, |row| row.gstin, |dossier, row| _ = dossier.days.insert(row.consent, row.totals));
        })
        .await
    }

    async fn collect_decisions(&mut self, work: &mut dyn Reading, span: &Span) -> Result<(), StoreError> {
        work.scan_controls(span, &mut |row| {
            self.file(row, |row| row.window.gstin, |dossier, row| dossier.controls = Some(row));
        })
        .await?;
        work.scan_asp_rules(span, &mut |row| {
            self.file(row, |row| row.0, |dossier, row| _ = dossier.rules.insert(row.1, row.2));
        })
        .await
    }
}
