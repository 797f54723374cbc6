//! The screen's port, bound to one signed-in person.

use std::sync::Arc;

use app::{
    api::{
        AccessService, ChosenAlerts, NamedContact, ServiceError,
        views::{
            AccessList, AlertRow, AlertsPage, AspRow, ConsentPage, ControlsPage, DeedsPage, EndedOne, FrozenOne, Me,
            Overview, ToldPage, USAGE_DAYS_MAX, UsagePage,
        },
    },
    model::{
        Timestamp,
        consent::Consent,
        controls::{AspRule, Decided},
        filter::ConsentFilter,
        gstin::Gstin,
        id::{AlertId, AspId, ConsentId, ContactId},
        page::{Cursor, Page},
        receipt::EndingReceipt,
        restriction::{Restriction, day_of},
        usage::Call,
    },
};
use async_trait::async_trait;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::{
    Portal, alerts, cookie,
    looking::{access_rows, event_rows, unusual_rows},
    told::{Addresses, alert_rows},
};
use crate::{
    preferences::{Named, NotChanged},
    store::{Reading, StoreError, port::Person},
    vault::KeyedHash,
};

/// What a person may see and do, with the cookie it is known by.
pub(super) struct PersonsService {
    pub(super) portal: Arc<Portal>,
    pub(super) person: Person,
    pub(super) cookie: KeyedHash,
}

/// The same, for what is not a page: downloads.
#[derive(Clone)]
pub(super) struct Visitor(pub(super) Arc<PersonsService>);

impl PersonsService {
    /// Another taxpayer's answers like one that does not exist.
    pub(super) fn mine(&self, gstin: Gstin) -> Result<(), ServiceError> {
        if self.person.gstins.contains(&gstin) { Ok(()) } else { Err(ServiceError::NotFound) }
    }

    /// The alerts of a person about a taxpayer, who has to be its signatory.
    fn own_alerts(&self, gstin: Gstin) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        self.role(gstin).may_choose_alerts().map_err(|why| ServiceError::NotYours { why })
    }

    async fn read(&self) -> Result<Box<dyn Reading>, ServiceError> {
        self.portal.store.read().await.map_err(|error| self.unavailable(&error))
    }

    /// The log keeps the error, the person a reference to it.
    pub(super) fn unavailable(&self, error: &(impl std::error::Error + ?Sized)) -> ServiceError {
        let request_id = hex::encode(self.portal.chance.bytes::<6>());
        tracing::error!(%error, ?error, request_id, "the store failed");
        ServiceError::Unavailable { request_id }
    }

    fn not_changed(&self, error: NotChanged) -> ServiceError {
        match error {
            NotChanged::Unknown => ServiceError::NotFound,
            NotChanged::Conflict => ServiceError::Conflict,
            NotChanged::Language => ServiceError::Unreadable,
            NotChanged::Sealed(error) => self.unavailable(&error),
            NotChanged::Store(error) => self.unavailable(&error),
        }
    }

    async fn page(&self, gstin: Gstin, id: ConsentId) -> Result<Option<ConsentPage>, StoreError> {
        let mut work = self.portal.store.read().await?;
        let Some(listed) = work.listed_consent(gstin, id).await? else { return Ok(None) };
        let events = work.events(gstin, id).await?;
        let now = self.portal.clock.now();
        let alerts = alert_rows(&mut *work, &self.portal.vault, gstin, id, now).await?;
        let calls = work.calls(gstin, id, None).await?;
        let rule = work.asp_rule(gstin, listed.asp_id).await?;
        let events = event_rows(&mut *work, gstin, events).await?;
        let reported = work.report(gstin, id).await?;
        let unusual = unusual_rows(&mut *work, gstin, id).await?;
        let usage = work.usage_of_days(gstin, Some(id), day_of(now) - USAGE_DAYS_MAX + 1).await?;
        let fetched = work.fetched(gstin, id).await?;
        let Some(row) = access_rows(&mut *work, vec![listed], now).await?.pop() else { return Ok(None) };
        Ok(Some(ConsentPage {
            as_of: now,
            role: self.role(gstin),
            rule,
            reported,
            unusual,
            usage,
            fetched,
            events,
            alerts,
            calls: Page::cut(calls, |(id, call)| Cursor { at: call.at, id: *id }).map(|(_, call)| call),
            row,
        }))
    }
}

#[async_trait]
impl AccessService for PersonsService {
    fn now(&self) -> Timestamp {
        self.portal.clock.now()
    }

    async fn me(&self) -> Result<Me, ServiceError> {
        let mut work = self.read().await?;
        let mut taxpayers = Vec::new();
        for gstin in &self.person.gstins {
            taxpayers.push(self.choice(&mut *work, *gstin).await.map_err(|error| self.unavailable(&error))?);
        }
        Ok(Me { name: self.person.name.clone(), taxpayers })
    }

    async fn access_now(
        &self,
        gstin: Gstin,
        filter: ConsentFilter,
        after: Option<Cursor>,
    ) -> Result<AccessList, ServiceError> {
        self.mine(gstin)?;
        self.found(vec![gstin], true, ConsentFilter { gstin: None, ..filter }, after).await
    }

    async fn history(
        &self,
        gstin: Gstin,
        filter: ConsentFilter,
        after: Option<Cursor>,
    ) -> Result<AccessList, ServiceError> {
        self.mine(gstin)?;
        self.found(vec![gstin], false, ConsentFilter { gstin: None, ..filter }, after).await
    }

    async fn everywhere(&self, filter: ConsentFilter, after: Option<Cursor>) -> Result<AccessList, ServiceError> {
        let gstins = match filter.gstin {
            Some(gstin) => {
                self.mine(gstin)?;
                vec![gstin]
            }
            None => self.person.gstins.clone(),
        };
        self.found(gstins, true, ConsentFilter { gstin: None, ..filter }, after).await
    }

    async fn overview(&self) -> Result<Overview, ServiceError> {
        self.all_taxpayers().await
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
        self.end(gstin, id).await
    }

    async fn revoke_many(&self, chosen: Vec<(Gstin, ConsentId)>) -> Result<Vec<EndedOne>, ServiceError> {
        self.end_many(chosen).await
    }

    async fn disown(&self, gstin: Gstin, id: ConsentId) -> Result<String, ServiceError> {
        self.mine(gstin)?;
        let reference = self.portal.consents.disown(gstin, id, &self.by(gstin)).await;
        reference.map_err(|refused| self.refused(refused))
    }

    async fn restrict(
        &self,
        gstin: Gstin,
        id: ConsentId,
        version: i64,
        restriction: Restriction,
    ) -> Result<Consent, ServiceError> {
        self.mine(gstin)?;
        let changed = self.portal.consents.restrict(gstin, id, version, restriction, &self.by(gstin)).await;
        changed.map_err(|refused| self.refused(refused))
    }

    async fn pause(&self, gstin: Gstin, id: ConsentId) -> Result<Consent, ServiceError> {
        self.mine(gstin)?;
        let changed = self.portal.consents.pause(gstin, id, &self.by(gstin)).await;
        changed.map_err(|refused| self.refused(refused))
    }

    async fn resume(&self, gstin: Gstin, id: ConsentId, version: i64) -> Result<Consent, ServiceError> {
        self.mine(gstin)?;
        let changed = self.portal.consents.resume(gstin, id, version, &self.by(gstin)).await;
        changed.map_err(|refused| self.refused(refused))
    }

    async fn controls(&self, gstin: Gstin) -> Result<ControlsPage, ServiceError> {
        self.controls_page(gstin).await
    }

    async fn find_asps(&self, gstin: Gstin, name: String) -> Result<Vec<AspRow>, ServiceError> {
        self.asps_named(gstin, &name).await
    }

    async fn set_window(
        &self,
        gstin: Gstin,
        version: i64,
        enabled: bool,
        minutes: i64,
    ) -> Result<ControlsPage, ServiceError> {
        self.windowed(gstin, version, enabled, minutes).await
    }

    async fn freeze(&self, gstin: Gstin, until: Option<Timestamp>) -> Result<ControlsPage, ServiceError> {
        // A freeze that is shortened gives something back: it needs a version, and is a thaw and a freeze.
        self.decided(gstin, 0, Decided::Freeze { until }).await
    }

    async fn freeze_many(&self, gstins: Vec<Gstin>, until: Option<Timestamp>) -> Result<Vec<FrozenOne>, ServiceError> {
        self.freeze_all(gstins, until).await
    }

    async fn thaw(&self, gstin: Gstin, version: i64) -> Result<ControlsPage, ServiceError> {
        self.decided(gstin, version, Decided::Thaw).await
    }

    async fn set_allow_list(&self, gstin: Gstin, version: i64, on: bool) -> Result<ControlsPage, ServiceError> {
        self.decided(gstin, version, Decided::AllowList { on }).await
    }

    async fn rule_asp(
        &self,
        gstin: Gstin,
        version: i64,
        asp: AspId,
        rule: Option<AspRule>,
    ) -> Result<ControlsPage, ServiceError> {
        self.ruled(gstin, version, asp, rule).await
    }

    async fn set_unused_days(
        &self,
        gstin: Gstin,
        version: i64,
        days: Option<u16>,
    ) -> Result<ControlsPage, ServiceError> {
        self.decided(gstin, version, Decided::UnusedDays { days }).await
    }

    async fn usage_by_day(&self, gstin: Gstin, consent: Option<ConsentId>) -> Result<UsagePage, ServiceError> {
        self.usage_page(gstin, consent).await
    }

    async fn deeds(&self, gstin: Gstin, before: Option<i64>) -> Result<DeedsPage, ServiceError> {
        self.deeds_page(gstin, before).await
    }

    async fn this_is_fine(&self, gstin: Gstin, alert: AlertId) -> Result<(), ServiceError> {
        self.is_fine(gstin, alert).await
    }

    async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError> {
        self.mine(gstin)?;
        match self.portal.consents.receipt(gstin, id).await {
            Ok(receipt) => receipt.ok_or(ServiceError::NotFound),
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    async fn told(&self, gstin: Gstin, after: Option<Cursor>) -> Result<ToldPage, ServiceError> {
        self.told_page(gstin, after).await
    }

    async fn told_of_consent(&self, gstin: Gstin, id: ConsentId) -> Result<Vec<AlertRow>, ServiceError> {
        self.told_about(gstin, id).await
    }

    async fn alerts(&self, gstin: Gstin) -> Result<AlertsPage, ServiceError> {
        let test = self.test_alert(gstin).await?;
        let page = alerts::page(&self.portal.preferences, gstin, self.person.signatory, test).await;
        page.map_err(|error| self.not_changed(error))
    }

    async fn choose_alerts(&self, gstin: Gstin, choice: ChosenAlerts) -> Result<(), ServiceError> {
        self.own_alerts(gstin)?;
        let ChosenAlerts { language, wanted, version } = choice;
        let chosen = self.portal.preferences.choose(gstin, self.person.signatory, language, &wanted, version).await;
        chosen.map_err(|error| self.not_changed(error))
    }

    async fn name_contact(&self, gstin: Gstin, contact: NamedContact) -> Result<(), ServiceError> {
        self.own_alerts(gstin)?;
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
        self.own_alerts(gstin)?;
        let confirmed =
            self.portal.preferences.confirm(gstin, self.person.signatory, id, (&email_code, &mobile_code)).await;
        confirmed.map_err(|error| self.not_changed(error))
    }

    async fn remove_contact(&self, gstin: Gstin, id: ContactId) -> Result<(), ServiceError> {
        self.own_alerts(gstin)?;
        let removed = self.portal.preferences.remove(gstin, self.person.signatory, id).await;
        removed.map_err(|error| self.not_changed(error))
    }

    async fn send_test(&self, gstin: Gstin) -> Result<(), ServiceError> {
        self.own_alerts(gstin)?;
        let sent = self.portal.preferences.test(gstin, self.person.signatory).await;
        sent.map_err(|error| self.not_changed(error))
    }

    async fn test_alert(&self, gstin: Gstin) -> Result<Option<AlertRow>, ServiceError> {
        self.own_alerts(gstin)?;
        let newest = self.portal.preferences.newest_test(gstin, self.person.signatory).await;
        let (signatory, test) = newest.map_err(|error| self.not_changed(error))?;
        let addresses = Addresses::of(signatory, &self.portal.vault);
        Ok(test.map(|kept| addresses.row(&kept, None, self.portal.clock.now())))
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
