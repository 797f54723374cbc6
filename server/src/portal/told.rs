//! What was told, and where it went, as the screen shows it.

use std::collections::HashMap;

use app::{
    api::{
        ServiceError,
        views::{About, AlertRow, DeliveryRow, ToldPage},
    },
    model::{
        Timestamp,
        alert::{Alert, Channel, Delivery, DeliveryState, Matter},
        gstin::Gstin,
        id::{ApplicationId, AspId, ConsentId},
        page::{Cursor, Page},
        taxpayer::Signatory,
    },
};
use jiff::SignedDuration;

use super::{
    looking::{application_names, asp_names},
    service::PersonsService,
};
use crate::{
    store::{
        Reading, StoreError,
        port::{KeptAlert, SealedContact},
    },
    vault::Vault,
};

/// How long after it was owed an alert is worth looking at again: what comes later is not waited for before a screen.
const WATCHED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Whether what became of an alert may change soon. What a provider took over waits for its report.
fn may_move(kept: &KeptAlert, now: Timestamp) -> bool {
    let waits = |delivery: &Delivery| !delivery.state.is_final() || delivery.state == DeliveryState::Accepted;
    now.duration_since(kept.alert.owed_at) < WATCHED_FOR && kept.deliveries.iter().any(waits)
}

/// Where deliveries go.
pub(super) struct Addresses<'v> {
    signatories: Vec<Signatory>,
    contacts: Vec<SealedContact>,
    vault: &'v Vault,
}

impl<'v> Addresses<'v> {
    /// Those that the deliveries of a taxpayer's alerts go to.
    pub(super) async fn read(
        work: &mut dyn Reading,
        vault: &'v Vault,
        gstin: Gstin,
        alerts: &[KeptAlert],
    ) -> Result<Self, StoreError> {
        let deliveries = alerts.iter().flat_map(|kept| &kept.deliveries);
        let mut ids: Vec<_> = deliveries.filter_map(|delivery| Some((delivery.gstin, delivery.contact?))).collect();
        ids.sort_unstable();
        ids.dedup();
        let contacts = if ids.is_empty() { Vec::new() } else { work.contacts_of(&ids).await? };
        let sealed = work.signatories(gstin).await?;
        let signatories = sealed.iter().filter_map(|signatory| signatory.open(vault).ok()).collect();
        Ok(Self { signatories, contacts, vault })
    }

    /// One person's alone.
    pub(super) fn of(signatory: Signatory, vault: &'v Vault) -> Self {
        Self { signatories: vec![signatory], contacts: Vec::new(), vault }
    }

    /// Empty where it cannot be known.
    fn masked(&self, delivery: &Delivery) -> String {
        let found = if let Some(id) = delivery.contact {
            let sealed = self.contacts.iter().find(|sealed| sealed.contact.id == id);
            sealed.and_then(|sealed| sealed.open(self.vault).ok())
        } else {
            let signatory = self.signatories.iter().find(|signatory| signatory.id == delivery.recipient);
            signatory.map(|signatory| (signatory.email.clone(), signatory.mobile.clone()))
        };
        found.map_or_else(String::new, |(email, mobile)| match delivery.channel {
            Channel::Email => email.masked(),
            Channel::Sms => mobile.masked(),
        })
    }

    /// An alert as the screen shows it now.
    pub(super) fn row(&self, kept: &KeptAlert, about: Option<About>, now: Timestamp) -> AlertRow {
        let alert = &kept.alert;
        let deliveries = kept.deliveries.iter().map(|delivery| self.delivery(delivery)).collect();
        let moves = may_move(kept, now);
        AlertRow { id: alert.id, kind: alert.matter.kind(), owed_at: alert.owed_at, about, deliveries, moves }
    }

    fn delivery(&self, delivery: &Delivery) -> DeliveryRow {
        let waits = matches!(delivery.state, DeliveryState::Queued | DeliveryState::TemporaryFailure);
        DeliveryRow {
            channel: delivery.channel,
            to: self.masked(delivery),
            state: delivery.state,
            accepted_at: delivery.accepted_at,
            heard_at: delivery.heard.at,
            reason: delivery.heard.reason,
            next_attempt_at: waits.then_some(delivery.due_at),
        }
    }
}

/// What was told about a consent, on its own page.
pub(super) async fn alert_rows(
    work: &mut dyn Reading,
    vault: &Vault,
    gstin: Gstin,
    consent: ConsentId,
    now: Timestamp,
) -> Result<Vec<AlertRow>, StoreError> {
    let alerts = work.alerts_of_consent(gstin, consent).await?;
    let addresses = Addresses::read(work, vault, gstin, &alerts).await?;
    Ok(alerts.iter().map(|kept| addresses.row(kept, None, now)).collect())
}

/// The names of what alerts are about.
struct Subjects {
    asps: HashMap<AspId, String>,
    applications: HashMap<ApplicationId, String>,
    consents: HashMap<ConsentId, ApplicationId>,
}

impl Subjects {
    async fn read(work: &mut dyn Reading, gstin: Gstin, alerts: &[KeptAlert]) -> Result<Self, StoreError> {
        let mut ids: Vec<_> = alerts.iter().filter_map(|kept| Some((gstin, kept.alert.consent?))).collect();
        ids.sort_unstable();
        ids.dedup();
        let consents = work.consents_of(&ids).await?;
        let consents: HashMap<_, _> = consents.into_iter().map(|consent| (consent.id, consent.application)).collect();
        let matters = || alerts.iter().map(|kept| &kept.alert.matter);
        let applications = consents.values().copied().chain(matters().filter_map(Matter::application));
        let applications = application_names(work, applications).await?;
        let asps = asp_names(work, matters().filter_map(Matter::asp)).await?;
        Ok(Self { asps, applications, consents })
    }

    fn of(&self, alert: &Alert) -> Option<About> {
        let (asp, application) = (alert.matter.asp(), alert.matter.application());
        let consent = alert.consent.filter(|_| asp.is_none() && application.is_none());
        let application = application.or_else(|| self.consents.get(&consent?).copied());
        let name = asp.and_then(|asp| self.asps.get(&asp)).or_else(|| self.applications.get(&application?));
        Some(About { asp: name?.clone(), consent: consent.map(|consent| (alert.gstin, consent)) })
    }
}

impl PersonsService {
    pub(super) async fn told_about(&self, gstin: Gstin, id: ConsentId) -> Result<Vec<AlertRow>, ServiceError> {
        self.mine(gstin)?;
        let read = async {
            let mut work = self.portal.store.read().await?;
            if work.consent(gstin, id).await?.is_none() {
                return Ok(None);
            }
            let now = self.portal.clock.now();
            Ok(Some(alert_rows(&mut *work, &self.portal.vault, gstin, id, now).await?))
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))?.ok_or(ServiceError::NotFound)
    }

    pub(super) async fn told_page(&self, gstin: Gstin, after: Option<Cursor>) -> Result<ToldPage, ServiceError> {
        self.mine(gstin)?;
        let as_of = self.portal.clock.now();
        let read = async {
            let mut work = self.portal.store.read().await?;
            let alerts = work.alerts_of_taxpayer(gstin, after).await?;
            let page = Page::cut(alerts, |kept| Cursor { at: kept.alert.owed_at, id: kept.alert.id.0 });
            let subjects = Subjects::read(&mut *work, gstin, &page.rows).await?;
            let addresses = Addresses::read(&mut *work, &self.portal.vault, gstin, &page.rows).await?;
            Ok(ToldPage { as_of, page: page.map(|kept| addresses.row(&kept, subjects.of(&kept.alert), as_of)) })
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))
    }
}
