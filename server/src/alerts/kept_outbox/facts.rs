//! What the messages of one lease name, read for all of them at once: a lease costs as many statements however many
//! deliveries it takes.

use std::collections::{HashMap, HashSet};

use app::model::{
    consent::Consent,
    gstin::Gstin,
    id::{ApplicationId, ConsentId, DeliveryId, SignatoryId},
    registry::Application,
    taxpayer::Taxpayer,
};

use crate::{
    alerts::outbox::{Notice, OutboxError, Recipient},
    store::{
        StoreError, Writing,
        port::{DeliveryOfConsent, SealedSignatory},
    },
    vault::Vault,
};

/// Rows by what they are looked up with.
pub(super) struct Facts {
    taxpayers: HashMap<Gstin, Taxpayer>,
    signatories: HashMap<(Gstin, SignatoryId), SealedSignatory>,
    consents: HashMap<(Gstin, ConsentId), Consent>,
    applications: HashMap<ApplicationId, Application>,
    last_providers: HashMap<DeliveryId, String>,
}

/// Each once.
fn distinct<T: Copy + Eq + std::hash::Hash>(of: impl Iterator<Item = T>) -> Vec<T> {
    of.collect::<HashSet<_>>().into_iter().collect()
}

impl Facts {
    /// Everything that is to be known of these.
    pub(super) async fn of(work: &mut dyn Writing, due: &[DeliveryOfConsent]) -> Result<Self, StoreError> {
        let gstins = distinct(due.iter().map(|row| row.alert.gstin));
        let taxpayers = work.taxpayers_of(&gstins).await?;
        let signatories = work.signatories_of(&gstins).await?;
        let consents = work
            .consents_of(&distinct(due.iter().filter_map(|row| Some((row.alert.gstin, row.alert.consent?)))))
            .await?;
        let applications = work.applications_of(&distinct(consents.iter().map(|one| one.application))).await?;
        let tried: Vec<_> = due.iter().map(|row| &row.delivery).filter(|delivery| delivery.attempts > 0).collect();
        let last_providers = if tried.is_empty() { Vec::new() } else { work.last_providers(&tried).await? };
        Ok(Self {
            taxpayers: taxpayers.into_iter().map(|one| (one.gstin, one)).collect(),
            signatories: signatories.into_iter().map(|one| ((one.gstin, one.id), one)).collect(),
            consents: consents.into_iter().map(|one| ((one.gstin, one.id), one)).collect(),
            applications: applications.into_iter().map(|one| (one.id, one)).collect(),
            last_providers: last_providers.into_iter().collect(),
        })
    }

    /// By which provider a delivery was tried last.
    pub(super) fn last_provider(&self, delivery: DeliveryId) -> Option<String> {
        self.last_providers.get(&delivery).cloned()
    }

    /// To whom a delivery goes, and what it says.
    pub(super) fn tell(&self, vault: &Vault, due: &DeliveryOfConsent) -> Result<(Recipient, Notice), OutboxError> {
        let missing = |what: &str| OutboxError::Store(format!("delivery {}: {what} is missing", due.delivery.id));
        let gstin = due.alert.gstin;
        let taxpayer = self.taxpayers.get(&gstin).ok_or_else(|| missing("its taxpayer"))?;
        let consent = due.alert.consent.ok_or_else(|| missing("its consent"))?;
        let consent = self.consents.get(&(gstin, consent)).ok_or_else(|| missing("its consent"))?;
        let application = self.applications.get(&consent.application).ok_or_else(|| missing("its application"))?;
        let to = self.signatories.get(&(gstin, due.delivery.recipient)).ok_or_else(|| missing("its recipient"))?;
        let to = to.open(vault).map_err(|error| OutboxError::Store(error.to_string()))?;
        let recipient = Recipient { name: to.name, email: to.email, mobile: to.mobile, language: to.language };
        let notice = Notice {
            kind: due.alert.matter.kind(),
            gstin,
            trade_name: taxpayer.trade_name.clone(),
            asp_name: application.asp.name.clone(),
            asp_short: application.asp.short_name.clone(),
            gsp_name: application.gsp.name.clone(),
            gsp_short: application.gsp.short_name.clone(),
            happened_at: due.alert.owed_at,
            valid_until: consent.ends_at(),
            ended_reason: consent.ended.map(|ending| ending.reason),
            consent: consent.id,
        };
        Ok((recipient, notice))
    }
}
