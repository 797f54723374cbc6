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
        contact::{Email, Mobile},
        gstin::Gstin,
        id::{ApplicationId, AspId, ConsentId, SignatoryId},
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

/// Where deliveries go, and went: an address or a number that was changed since is told as it was.
pub(super) struct Addresses<'v> {
    signatories: Vec<Signatory>,
    /// Of signatories, until they were changed; the first changed comes first.
    former: Vec<SealedContact>,
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
        let oldest = alerts.iter().map(|kept| kept.alert.owed_at).min();
        let former = if let Some(oldest) = oldest { work.former_contacts(gstin, oldest).await? } else { Vec::new() };
        Ok(Self { signatories, former, contacts, vault })
    }

    /// One person's alone.
    pub(super) fn of(signatory: Signatory, vault: &'v Vault) -> Self {
        Self { signatories: vec![signatory], former: Vec::new(), contacts: Vec::new(), vault }
    }

    /// A signatory's own, as they were when a message went there.
    fn of_signatory(&self, id: SignatoryId, went_at: Option<Timestamp>) -> Option<(Email, Mobile)> {
        let until = |sealed: &&SealedContact| sealed.contact.signatory == id && Some(sealed.contact.added_at) > went_at;
        if let Some(former) = self.former.iter().find(until).filter(|_| went_at.is_some()) {
            return former.open(self.vault).ok();
        }
        let signatory = self.signatories.iter().find(|signatory| signatory.id == id)?;
        Some((signatory.email.clone(), signatory.mobile.clone()))
    }

    /// Empty where it cannot be known.
    fn masked(&self, owed_at: Timestamp, delivery: &Delivery) -> String {
        let found = if let Some(id) = delivery.contact {
            let sealed = self.contacts.iter().find(|sealed| sealed.contact.id == id);
            sealed.and_then(|sealed| sealed.open(self.vault).ok())
        } else {
            // What failed for good went where the alert was owed to; what still waits goes to today's.
            let went_at = delivery.accepted_at.or_else(|| delivery.state.is_final().then_some(owed_at));
            self.of_signatory(delivery.recipient, went_at)
        };
        found.map_or_else(String::new, |(email, mobile)| match delivery.channel {
            Channel::Email => email.masked(),
            Channel::Sms => mobile.masked(),
        })
    }

    /// An alert as the screen shows it now.
    pub(super) fn row(&self, kept: &KeptAlert, about: Option<About>, now: Timestamp) -> AlertRow {
        let alert = &kept.alert;
        let deliveries = kept.deliveries.iter().map(|delivery| self.delivery(alert.owed_at, delivery)).collect();
        let moves = may_move(kept, now);
        AlertRow { id: alert.id, kind: alert.matter.kind(), owed_at: alert.owed_at, about, deliveries, moves }
    }

    fn delivery(&self, owed_at: Timestamp, delivery: &Delivery) -> DeliveryRow {
        let waits = matches!(delivery.state, DeliveryState::Queued | DeliveryState::TemporaryFailure);
        DeliveryRow {
            channel: delivery.channel,
            to: self.masked(owed_at, delivery),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use app::model::{
        id::{AlertId, ContactId, DeliveryId},
        language::Language,
        second_contact::{Contact, ContactRole},
    };
    use uuid::Uuid;

    use DeliveryState::{Accepted, Delivered, PermanentFailure, Queued};

    use super::*;
    use crate::chance::SeededChance;

    const GSTIN: &str = "27GSPMH0992G1ZF";

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn former(number: &str, until: i64, vault: &Vault) -> SealedContact {
        let contact = Contact {
            gstin: GSTIN.parse().expect("gstin"),
            id: ContactId(Uuid::nil()),
            signatory: SignatoryId(Uuid::nil()),
            role: ContactRole::Former,
            name: "Asha Rao".into(),
            language: Language::En,
            added_at: at(until),
            tries_left: 0,
            confirmed_at: None,
            removed_at: None,
            version: 1,
        };
        SealedContact::seal(contact, (&email(), &number.parse().expect("number")), None, vault)
    }

    fn email() -> Email {
        "asha@example.in".parse().expect("address")
    }

    #[test]
    fn what_was_told_is_shown_under_the_number_that_it_went_to() {
        let vault = Vault::new(&[7; 32], Arc::new(SeededChance::new(1)));
        let signatory = Signatory {
            gstin: GSTIN.parse().expect("gstin"),
            id: SignatoryId(Uuid::nil()),
            name: "Asha Rao".into(),
            email: email(),
            mobile: "9876543233".parse().expect("number"),
            language: Language::En,
        };
        let former = vec![former("9876543211", 10, &vault), former("9876543222", 20, &vault)];
        let addresses = Addresses { signatories: vec![signatory], former, contacts: Vec::new(), vault: &vault };
        let told = |state, accepted_at: Option<i64>| {
            let alert = Alert {
                gstin: GSTIN.parse().expect("gstin"),
                id: AlertId(Uuid::nil()),
                consent: None,
                matter: Matter::Thawed,
                owed_at: at(1),
            };
            let owed = Delivery::owed(&alert, DeliveryId(Uuid::nil()), Channel::Sms, SignatoryId(Uuid::nil()));
            let delivery = Delivery { state, accepted_at: accepted_at.map(at), ..owed };
            addresses.masked(alert.owed_at, &delivery).chars().rev().take(2).collect::<String>()
        };
        assert_eq!(told(Delivered, Some(5)), "11");
        assert_eq!(told(Accepted, Some(15)), "22");
        assert_eq!(told(Delivered, Some(25)), "33");
        assert_eq!(told(PermanentFailure, None), "11", "as it was owed");
        assert_eq!(told(Queued, None), "33", "where it goes now");
    }
}
