//! The life of a consent: asked for by OTP, granted, refreshed, ended. Calls the model's rules and owns the
//! transaction that writes state, event, ledger link and alerts owed together.

mod alerts_owed;
mod by;
mod control;
mod disown;
mod end;
mod grant;
mod limits;
mod otp;
mod races;
mod refused;
mod sweep;

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    consent::Consent,
    controls::{self, AskRefusal, Controls},
    gstin::Gstin,
    otp::OtpRules,
    registry::Application,
    session::Session,
    taxpayer::Taxpayer,
};
use uuid::Uuid;

pub(crate) use self::grant::SESSION_KEY;
pub use self::{
    by::By,
    control::Asked,
    end::Ended,
    otp::{OtpPoster, OtpToSend},
    refused::Refused,
    sweep::Swept,
};
use crate::{
    chance::Chance,
    clock::Clock,
    ledger::Scribe,
    nodes::Nodes,
    store::{Store, StoreError, Writing, port::HeldTaxpayer},
    vault::Vault,
};

/// Looks for a change whose answer was lost, while the database may be starting again.
const LOOKS_MAX: u32 = 20;
/// Between two of them.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Bytes of a token; on the wire it is 32 hexadecimal digits.
pub const TOKEN_BYTES: usize = 16;

/// Live sessions of a taxpayer through one GSP, where the operator says nothing else: the wire's specification knows
/// such a bound and publishes no number.
pub const SESSIONS_PER_GSP_MAX: u32 = 20;

/// Everything that may happen to consents.
pub struct Consents {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) otp_rules: OtpRules,
    /// Live sessions of a taxpayer through one GSP.
    pub(crate) sessions_per_gsp_max: u32,
    pub(crate) poster: Arc<dyn OtpPoster>,
    /// Writes events down.
    pub(crate) scribe: Scribe,
    /// Makes an end hold on every server before it is acknowledged.
    pub(crate) nodes: Arc<Nodes>,
    /// Wakes the dispatcher as soon as an alert is owed.
    pub(crate) alert_owed: Arc<dyn Fn() + Send + Sync>,
    /// Wakes whoever tells GSPs as soon as an end holds everywhere.
    pub(crate) end_held: Arc<dyn Fn() + Send + Sync>,
}

/// A token given out: the only time it is seen in the clear.
pub struct Granted {
    /// The consent it lives under.
    pub consent: Consent,
    /// The session it opens.
    pub session: Session,
    /// 32 hexadecimal digits.
    pub token: String,
    /// The session key (`sek`), 32 bytes.
    pub session_key: [u8; 32],
}

/// The taxpayer of a user name, held from here on, and what it decided that concerns the application.
async fn hold(work: &mut dyn Writing, application: &Application, username: &str) -> Result<HeldTaxpayer, Refused> {
    work.hold_taxpayer(username, application.asp.id).await?.ok_or(Refused::UnknownUser)
}

/// A taxpayer's controls, where the application may ask for it at all.
fn may_ask<'h>(application: &Application, held: &'h HeldTaxpayer, now: Timestamp) -> Result<&'h Controls, Refused> {
    let controls = held.controls.as_ref().ok_or(Refused::MayNotAsk(AskRefusal::AccessDisabled))?;
    controls::may_ask(application, controls, held.rule, now).map_err(Refused::MayNotAsk)?;
    Ok(controls)
}

impl Consents {
    /// Over a store, with everything that is not a matter of consent passed in.
    #[expect(clippy::too_many_arguments, reason = "the one place where the parts are put together")]
    pub fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        poster: Arc<dyn OtpPoster>,
        nodes: Arc<Nodes>,
        alert_owed: Arc<dyn Fn() + Send + Sync>,
        otp_rules: OtpRules,
    ) -> Self {
        let (sessions_per_gsp_max, scribe) = (SESSIONS_PER_GSP_MAX, Scribe::new(vault.clone()));
        let end_held = Arc::new(|| ());
        Self {
            store,
            vault,
            clock,
            chance,
            otp_rules,
            sessions_per_gsp_max,
            poster,
            scribe,
            nodes,
            alert_owed,
            end_held,
        }
    }

    /// The same, proving nothing: for measuring what proof costs, and for nothing else.
    #[must_use]
    pub fn without_proof(mut self) -> Self {
        self.scribe = self.scribe.without_proof();
        self
    }

    /// Calls this as soon as an end holds everywhere; nobody where this is not called.
    #[must_use]
    pub fn telling_of_ends(mut self, end_held: Arc<dyn Fn() + Send + Sync>) -> Self {
        self.end_held = end_held;
        self
    }

    /// Lets a taxpayer have so many live sessions through one GSP; [`SESSIONS_PER_GSP_MAX`] where this is not called.
    #[must_use]
    pub fn with_sessions_per_gsp_max(mut self, max: u32) -> Self {
        self.sessions_per_gsp_max = max;
        self
    }

    /// The taxpayer of a user name, held from here on, and its controls, where the application may ask for it at all.
    async fn admitted(
        &self,
        work: &mut dyn Writing,
        application: &Application,
        username: &str,
        now: Timestamp,
    ) -> Result<(Taxpayer, Controls), Refused> {
        let held = hold(work, application, username).await?;
        let controls = may_ask(application, &held, now)?.clone();
        Ok((held.taxpayer, controls))
    }

    /// Commits what takes nothing away from anybody.
    pub(crate) async fn commit(&self, work: Box<dyn Writing>) -> Result<(), StoreError> {
        work.commit().await?;
        (self.alert_owed)();
        Ok(())
    }

    /// Commits what checks on this taxpayer must know of, and waits until every server does: the moment from which
    /// the change holds everywhere. Where the answer to the commit was lost, it is looked up whether it happened.
    async fn commit_change(
        &self,
        mut work: Box<dyn Writing>,
        gstin: Gstin,
        at: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let change = self.nodes.change(Some(gstin), at);
        let place = work.add_change(&change, at).await?;
        if let Err(error) = self.commit(work).await {
            if !error.leaves_in_doubt() || !self.happened(gstin, change.id, place).await.unwrap_or(false) {
                return Err(error);
            }
            tracing::warn!(%error, "a change was committed, though its answer was lost");
            (self.alert_owed)();
        }
        Ok(self.nodes.make_effective(change).await)
    }

    /// Whether a change is there. Whoever makes one holds its taxpayer until it is decided, so that this waits for it.
    async fn happened(&self, gstin: Gstin, change: Uuid, place: i64) -> Result<bool, StoreError> {
        let mut looks = 1;
        loop {
            let looked = async {
                let mut work = self.store.write().await?;
                work.lock_taxpayer(gstin).await?;
                work.has_change(change, place).await
            };
            match looked.await {
                // The connections of before are dead, too; each is found out once.
                Err(error) if error.leaves_in_doubt() && looks < LOOKS_MAX => looks += 1,
                answer => return answer,
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}
