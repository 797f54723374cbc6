//! What a person decides at the screen: each decision is refused here by the same rules that show its button.

use app::{
    api::{
        SELECTED_MAX, ServiceError,
        views::{ControlsPage, EndedOne, FrozenOne},
    },
    model::{
        Timestamp,
        consent::Refusal,
        controls::{AspRule, Decided},
        gstin::Gstin,
        id::{AlertId, AspId, ConsentId},
        role::{Move, Role},
    },
};
use futures::{StreamExt, stream};

use super::service::PersonsService;
use crate::{
    consent::{Asked, By, Ended, Refused},
    store::StoreError,
};

/// Of several that are chosen, so many are worked on at once: each waits for every node.
const AT_ONCE: usize = 8;

impl PersonsService {
    /// In which part the person comes for a taxpayer of theirs.
    pub(super) fn role(&self, gstin: Gstin) -> Role {
        self.person.roles.get(&gstin).copied().unwrap_or_default()
    }

    pub(super) fn by(&self, gstin: Gstin) -> By {
        By::person(self.person.signatory, &self.person.name, self.role(gstin))
    }

    /// A refusal in the words of the screen.
    pub(super) fn refused(&self, refused: Refused) -> ServiceError {
        match refused {
            Refused::NotYours(why) => ServiceError::NotYours { why },
            Refused::Over(why) => ServiceError::NotPossible { why },
            Refused::Undecidable(_) => ServiceError::Unreadable,
            Refused::Store(StoreError::Conflict) | Refused::Outdated => ServiceError::Conflict,
            Refused::Store(error) => self.unavailable(&error),
            _ => ServiceError::NotFound,
        }
    }

    pub(super) async fn end(&self, gstin: Gstin, id: ConsentId) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        match self.portal.consents.revoke(gstin, id, self.by(gstin)).await {
            Ok(Ended::Receipt(_) | Ended::ReceiptFollows) => Ok(()),
            // Its time was over first: there is nothing left to end, and the page says so.
            Ok(Ended::Expired) => Err(ServiceError::NotPossible { why: Refusal::Expired }),
            Err(refused) => Err(self.refused(refused)),
        }
    }

    pub(super) async fn end_many(&self, chosen: Vec<(Gstin, ConsentId)>) -> Result<Vec<EndedOne>, ServiceError> {
        if chosen.len() > SELECTED_MAX {
            return Err(ServiceError::Unreadable);
        }
        let end = |(gstin, id)| async move { EndedOne { gstin, id, result: self.end(gstin, id).await } };
        Ok(stream::iter(chosen).map(end).buffered(AT_ONCE).collect().await)
    }

    pub(super) async fn freeze_all(
        &self,
        gstins: Vec<Gstin>,
        until: Option<Timestamp>,
    ) -> Result<Vec<FrozenOne>, ServiceError> {
        if gstins.len() > SELECTED_MAX {
            return Err(ServiceError::Unreadable);
        }
        let freeze = |gstin| async move {
            let result = self.decided(gstin, 0, Decided::Freeze { until }).await.map(drop);
            FrozenOne { gstin, result }
        };
        Ok(stream::iter(gstins).map(freeze).buffered(AT_ONCE).collect().await)
    }

    pub(super) async fn decided(
        &self,
        gstin: Gstin,
        version: i64,
        decided: Decided,
    ) -> Result<ControlsPage, ServiceError> {
        self.asked(gstin, version, Asked::Plain(decided)).await
    }

    /// The access window, for one of the durations that are offered; one that holds may stay, whatever is offered now.
    pub(super) async fn windowed(
        &self,
        gstin: Gstin,
        version: i64,
        enabled: bool,
        minutes: i64,
    ) -> Result<ControlsPage, ServiceError> {
        self.mine(gstin)?;
        if !self.portal.window_steps.minutes().contains(&minutes) {
            let held = async { self.portal.store.read().await?.controls(gstin).await };
            let held = held.await.map_err(|error| self.unavailable(&error))?.ok_or(ServiceError::NotFound)?;
            if held.window.minutes() != minutes {
                return Err(ServiceError::Unreadable);
            }
        }
        self.decided(gstin, version, Decided::Window { enabled, minutes }).await
    }

    pub(super) async fn ruled(
        &self,
        gstin: Gstin,
        version: i64,
        asp: AspId,
        rule: Option<AspRule>,
    ) -> Result<ControlsPage, ServiceError> {
        self.asked(gstin, version, Asked::Rule { asp, rule }).await
    }

    async fn asked(&self, gstin: Gstin, version: i64, asked: Asked) -> Result<ControlsPage, ServiceError> {
        self.mine(gstin)?;
        let decided = self.portal.consents.decide(gstin, asked, version, &self.by(gstin)).await;
        decided.map_err(|refused| self.refused(refused))?;
        self.controls_page(gstin).await
    }

    /// Whoever may take access away may also say that nothing needs to be.
    pub(super) async fn is_fine(&self, gstin: Gstin, alert: AlertId) -> Result<(), ServiceError> {
        self.mine(gstin)?;
        let by = self.by(gstin);
        by.role.may(Move::Tighten).map_err(|why| ServiceError::NotYours { why })?;
        let said = async {
            let mut work = self.portal.store.write().await?;
            let known = work.sign_is_fine(gstin, alert, by.actor, self.portal.clock.now()).await?;
            work.commit().await?;
            Ok::<_, StoreError>(known)
        };
        if said.await.map_err(|error| self.unavailable(&error))? { Ok(()) } else { Err(ServiceError::NotFound) }
    }
}
