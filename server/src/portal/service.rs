//! The screen's port, bound to one signed-in person.

use std::sync::Arc;

use app::{
    api::{
        AccessService, ChosenAlerts, NamedContact, ServiceError,
        views::{AccessList, AccessRow, AlertRow, AlertsPage, ConsentPage, DeliveryRow, EventRow, Me, TaxpayerChoice},
    },
    model::{
        alert::{Channel, Delivery, DeliveryState},
        event::Actor,
        gstin::Gstin,
        id::{ConsentId, ContactId, SignatoryId},
        page::{Cursor, Page},
        receipt::EndingReceipt,
        taxpayer::Signatory,
        usage::Call,
    },
};
use async_trait::async_trait;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::{Portal, alerts, cookie};
use crate::{
    consent::{Ended, Refused},
    preferences::{Named, NotChanged},
    store::{
        Reading, StoreError,
        port::{DeliveryOfConsent, ListedConsent, Person, SealedContact},
    },
    vault::{KeyedHash, Vault},
};

/// What a person may see and do, with the cookie it is known by.
pub(super) struct PersonsService {
    pub(super) portal: Arc<Portal>,
    pub(super) person: Person,
    pub(super) cookie: KeyedHash,
}

impl PersonsService {
    /// Another taxpayer's answers like one that does not exist.
    fn mine(&self, gstin: Gstin) -> Result<(), ServiceError> {
        if self.person.gstins.contains(&gstin) { Ok(()) } else { Err(ServiceError::NotFound) }
    }

    async fn read(&self) -> Result<Box<dyn Reading>, ServiceError> {
        self.portal.store.read().await.map_err(|error| self.unavailable(&error))
    }

    /// The log keeps the error, the person a reference to it.
    fn unavailable(&self, error: &dyn std::error::Error) -> ServiceError {
        let request_id = hex::encode(self.portal.chance.bytes::<6>());
        tracing::error!(%error, ?error, request_id, "the store failed");
        ServiceError::Unavailable { request_id }
    }

    fn not_changed(&self, error: NotChanged) -> ServiceError {
        match error {
            NotChanged::Unknown => ServiceError::NotFound,
            NotChanged::Conflict => ServiceError::Conflict,
            NotChanged::Sealed(error) => self.unavailable(&error),
            NotChanged::Store(error) => self.unavailable(&error),
        }
    }

    async fn list(&self, gstin: Gstin, live: bool, after: Option<Cursor>) -> Result<AccessList, ServiceError> {
        self.mine(gstin)?;
        let as_of = self.portal.clock.now();
        let rows = self.read().await?.list_consents(gstin, live, as_of, after).await;
        let rows = rows.map_err(|error| self.unavailable(&error))?;
        let cursor = |row: &ListedConsent| Cursor { at: row.consent.granted_at, id: row.consent.id.0 };
        Ok(AccessList { as_of, page: Page::cut(rows, cursor).map(access_row) })
    }

    async fn page(&self, gstin: Gstin, id: ConsentId) -> Result<Option<ConsentPage>, StoreError> {
        let mut work = self.portal.store.read().await?;
        let Some(listed) = work.listed_consent(gstin, id).await? else { return Ok(None) };
        let events = work.events(gstin, id).await?;
        let deliveries = work.deliveries_of_consent(gstin, id).await?;
        let calls = work.calls(gstin, id, None).await?;
        let sealed = work.signatories(gstin).await?;
        let contacts = contacts_of(&mut *work, &deliveries).await?;
        let signatories: Vec<Signatory> =
            sealed.iter().filter_map(|signatory| signatory.open(&self.portal.vault).ok()).collect();
        let row = access_row(listed);
        let person = |id: SignatoryId| signatories.iter().find(|one| one.id == id).map(|one| one.name.clone());
        let named = |actor: Actor| match actor {
            Actor::Application(_) => Some(row.asp.clone()),
            Actor::Signatory(id) | Actor::SignatoryBySms(id) | Actor::Accountant(id) => person(id),
            Actor::OwnRule | Actor::Officer(_) => None,
        };
        let events = events.into_iter().map(|event| EventRow { by: named(event.actor), event }).collect();
        Ok(Some(ConsentPage {
            as_of: self.portal.clock.now(),
            events,
            alerts: alert_rows(
                deliveries,
                &Addresses { signatories: &signatories, contacts: &contacts, vault: &self.portal.vault },
            ),
            calls: Page::cut(calls, |(id, call)| Cursor { at: call.at, id: *id }).map(|(_, call)| call),
            row,
        }))
    }
}

fn access_row(listed: ListedConsent) -> AccessRow {
    AccessRow { consent: listed.consent, asp: listed.asp, gsp: listed.gsp, usage: listed.usage }
}

/// Where deliveries go.
pub(super) struct Addresses<'a> {
    pub(super) signatories: &'a [Signatory],
    pub(super) contacts: &'a [SealedContact],
    pub(super) vault: &'a Vault,
}

impl Addresses<'_> {
    /// Empty where it cannot be known.
    fn masked(&self, delivery: &Delivery) -> String {
        let found = match delivery.contact {
            Some(id) => {
                let sealed = self.contacts.iter().find(|sealed| sealed.contact.id == id);
                sealed.and_then(|sealed| sealed.open(self.vault).ok())
            }
            None => {
                let signatory = self.signatories.iter().find(|signatory| signatory.id == delivery.recipient);
                signatory.map(|signatory| (signatory.email.clone(), signatory.mobile.clone()))
            }
        };
        found.map_or_else(String::new, |(email, mobile)| match delivery.channel {
            Channel::Email => email.masked(),
            Channel::Sms => mobile.masked(),
        })
    }
}

/// The contacts that deliveries go to.
async fn contacts_of(
    work: &mut dyn Reading,
    deliveries: &[DeliveryOfConsent],
) -> Result<Vec<SealedContact>, StoreError> {
    let mut ids: Vec<_> =
        deliveries.iter().filter_map(|row| Some((row.delivery.gstin, row.delivery.contact?))).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() { Ok(Vec::new()) } else { work.contacts_of(&ids).await }
}

/// Deliveries come sorted by alert: each run of one alert becomes a row.
pub(super) fn alert_rows(deliveries: Vec<DeliveryOfConsent>, addresses: &Addresses<'_>) -> Vec<AlertRow> {
    let mut rows: Vec<AlertRow> = Vec::new();
    let mut last = None;
    for DeliveryOfConsent { alert, delivery } in deliveries {
        if last != Some(alert.id) {
            rows.push(AlertRow { kind: alert.matter.kind(), owed_at: alert.owed_at, deliveries: Vec::new() });
            last = Some(alert.id);
        }
        let waits = matches!(delivery.state, DeliveryState::Queued | DeliveryState::TemporaryFailure);
        if let Some(row) = rows.last_mut() {
            row.deliveries.push(DeliveryRow {
                channel: delivery.channel,
                to: addresses.masked(&delivery),
                state: delivery.state,
                accepted_at: delivery.accepted_at,
                next_attempt_at: waits.then_some(delivery.due_at),
            });
        }
    }
    rows
}

#[async_trait]
impl AccessService for PersonsService {
    async fn me(&self) -> Result<Me, ServiceError> {
        let mut work = self.read().await?;
        let mut taxpayers = Vec::new();
        for gstin in &self.person.gstins {
            let taxpayer = work.taxpayer(*gstin).await.map_err(|error| self.unavailable(&error))?;
            let trade_name = taxpayer.map_or_else(|| gstin.to_string(), |taxpayer| taxpayer.trade_name);
            taxpayers.push(TaxpayerChoice { gstin: *gstin, trade_name });
        }
        Ok(Me { name: self.person.name.clone(), taxpayers })
    }

    async fn access_now(&self, gstin: Gstin, after: Option<Cursor>) -> Result<AccessList, ServiceError> {
        self.list(gstin, true, after).await
    }

    async fn history(&self, gstin: Gstin, after: Option<Cursor>) -> Result<AccessList, ServiceError> {
        self.list(gstin, false, after).await
    }

    async fn consent(&self, gstin: Gstin, id: ConsentId) -> Result<ConsentPage, ServiceError> {
        self.mine(gstin)?;
        self.page(gstin, id).await.map_err(|error| self.unavailable(&error))?.ok_or(ServiceError::NotFound)
    }

    async fn calls(&self, gstin: Gstin, id: ConsentId, after: Option<Cursor>) -> Result<Page<Call>, ServiceError> {
        self.mine(gstin)?;
        let calls = self.read().await?.calls(gstin, id, after).await.map_err(|error| self.unavailable(&error))?;
        Ok(Page::cut(calls, |(id, call)| Cursor { at: call.at, id: *id }).map(|(_, call)| call))
    }

    async fn revoke(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError> {
        self.mine(gstin)?;
        match self.portal.consents.revoke(gstin, id, self.person.signatory).await {
            Ok(Ended::Receipt(receipt)) => Ok(*receipt),
            // Its time was over first: there is nothing left to end, and the page says so.
            Ok(Ended::Expired) => Err(ServiceError::Conflict),
            Err(Refused::Store(error)) => Err(self.unavailable(&error)),
            Err(_) => Err(ServiceError::NotFound),
        }
    }

    async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError> {
        self.mine(gstin)?;
        match self.portal.consents.receipt(gstin, id).await {
            Ok(receipt) => receipt.ok_or(ServiceError::NotFound),
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    async fn alerts(&self, gstin: Gstin) -> Result<AlertsPage, ServiceError> {
        self.mine(gstin)?;
        alerts::page(&self.portal.preferences, gstin, self.person.signatory)
            .await
            .map_err(|error| self.not_changed(error))
    }

    async fn choose_alerts(&self, gstin: Gstin, choice: ChosenAlerts) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        let ChosenAlerts { language, wanted, version } = choice;
        let chosen = self.portal.preferences.choose(gstin, self.person.signatory, language, &wanted, version).await;
        chosen.map_err(|error| self.not_changed(error))
    }

    async fn name_contact(&self, gstin: Gstin, contact: NamedContact) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        let NamedContact { name, email, mobile, language } = contact;
        let named = Named { name, email, mobile, language };
        let named = self.portal.preferences.name(gstin, self.person.signatory, named).await;
        named.map_err(|error| self.not_changed(error))
    }

    async fn confirm_contact(
        &self,
        gstin: Gstin,
        id: ContactId,
        email_code: String,
        mobile_code: String,
    ) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        let confirmed = self.portal.preferences.confirm(gstin, id, (&email_code, &mobile_code)).await;
        confirmed.map_err(|error| self.not_changed(error))
    }

    async fn remove_contact(&self, gstin: Gstin, id: ContactId) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        self.portal.preferences.remove(gstin, id).await.map_err(|error| self.not_changed(error))
    }

    async fn send_test(&self, gstin: Gstin) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        let sent = self.portal.preferences.test(gstin, self.person.signatory).await;
        sent.map_err(|error| self.not_changed(error))
    }

    async fn test_alert(&self, gstin: Gstin) -> Result<Option<AlertRow>, ServiceError> {
        self.mine(gstin)?;
        let shown = self.portal.preferences.shown(gstin, self.person.signatory).await;
        let shown = shown.map_err(|error| self.not_changed(error))?;
        let signatories = [shown.signatory];
        let addresses = Addresses { signatories: &signatories, contacts: &[], vault: &self.portal.vault };
        Ok(alert_rows(shown.test, &addresses).pop())
    }

    async fn sign_out(&self) -> Result<(), ServiceError> {
        let ended = async {
            let mut work = self.portal.store.write().await?;
            work.end_portal_session(self.cookie, self.portal.clock.now()).await?;
            work.commit().await
        };
        ended.await.map_err(|error| self.unavailable(&error))?;
        let unset = cookie::unset(&self.portal.public_url);
        if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), unset.parse()) {
            response.append_header(axum::http::header::SET_COOKIE, value);
        }
        Ok(())
    }
}
