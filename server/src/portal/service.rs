//! The screen's port, bound to one signed-in person.

use std::sync::Arc;

use app::{
    api::{
        AccessService, ServiceError,
        views::{AccessList, AccessRow, AlertRow, ConsentPage, DeliveryRow, EventRow, Me, TaxpayerChoice},
    },
    model::{
        alert::{Channel, DeliveryState},
        event::Actor,
        gstin::Gstin,
        id::{ConsentId, SignatoryId},
        page::{Cursor, Page},
        receipt::EndingReceipt,
        taxpayer::Signatory,
        usage::Call,
    },
};
use async_trait::async_trait;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::{Portal, cookie};
use crate::{
    consent::{Ended, Refused},
    store::{
        Reading, StoreError,
        port::{DeliveryOfConsent, ListedConsent, Person},
    },
    vault::KeyedHash,
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
    fn unavailable(&self, error: &StoreError) -> ServiceError {
        let request_id = hex::encode(self.portal.chance.bytes::<6>());
        tracing::error!(%error, ?error, request_id, "the store failed");
        ServiceError::Unavailable { request_id }
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
            alerts: alert_rows(deliveries, &signatories),
            calls: Page::cut(calls, |(id, call)| Cursor { at: call.at, id: *id }).map(|(_, call)| call),
            row,
        }))
    }
}

fn access_row(listed: ListedConsent) -> AccessRow {
    AccessRow { consent: listed.consent, asp: listed.asp, gsp: listed.gsp, usage: listed.usage }
}

/// Deliveries come sorted by alert: each run of one alert becomes a row.
fn alert_rows(deliveries: Vec<DeliveryOfConsent>, signatories: &[Signatory]) -> Vec<AlertRow> {
    let mut rows: Vec<AlertRow> = Vec::new();
    let mut last = None;
    for DeliveryOfConsent { alert, delivery } in deliveries {
        if last != Some(alert.id) {
            rows.push(AlertRow { kind: alert.matter.kind(), owed_at: alert.owed_at, deliveries: Vec::new() });
            last = Some(alert.id);
        }
        let to = signatories.iter().find(|signatory| signatory.id == delivery.recipient);
        let waits = matches!(delivery.state, DeliveryState::Queued | DeliveryState::TemporaryFailure);
        if let Some(row) = rows.last_mut() {
            row.deliveries.push(DeliveryRow {
                channel: delivery.channel,
                to: to.map_or_else(String::new, |to| match delivery.channel {
                    Channel::Email => to.email.masked(),
                    Channel::Sms => to.mobile.masked(),
                }),
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
        let calls = async {
            let mut work = self.portal.store.read().await?;
            if work.consent(gstin, id).await?.is_none() {
                return Ok(None);
            }
            work.calls(gstin, id, after).await.map(Some)
        };
        let calls = calls.await.map_err(|error: StoreError| self.unavailable(&error))?.ok_or(ServiceError::NotFound)?;
        Ok(Page::cut(calls, |(id, call)| Cursor { at: call.at, id: *id }).map(|(_, call)| call))
    }

    async fn revoke(&self, gstin: Gstin, id: ConsentId) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        match self.portal.consents.revoke(gstin, id, self.person.signatory).await {
            Ok(Ended::Receipt(_) | Ended::ReceiptFollows) => Ok(()),
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
