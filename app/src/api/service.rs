//! The one port of the screen, and how a server function finds it.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{
    error::ServiceError,
    views::{
        AccessList, AlertRow, AlertsPage, AspRow, ConsentPage, ControlsPage, DeedsPage, EndedOne, FrozenOne, Me,
        Overview, ToldPage, UsagePage,
    },
};
use crate::model::{
    Timestamp,
    alert::{AlertKind, Channel},
    consent::Consent,
    contact::{Email, Mobile},
    controls::AspRule,
    filter::ConsentFilter,
    gstin::Gstin,
    id::{AlertId, AspId, ConsentId, ContactId},
    language::Language,
    page::{Cursor, Page},
    receipt::EndingReceipt,
    restriction::Restriction,
    usage::Call,
};

/// Consents, or taxpayers, that can be chosen at once.
pub const SELECTED_MAX: usize = 500;

/// Everything a signed-in person can see and do. Bound to that person: another taxpayer's GSTIN or consent
/// answers [`ServiceError::NotFound`], exactly like one that does not exist.
#[async_trait]
pub trait AccessService: Send + Sync {
    /// The server's clock.
    fn now(&self) -> Timestamp;

    /// Who is signed in, and for which taxpayers.
    async fn me(&self) -> Result<Me, ServiceError>;

    /// Open consents of a taxpayer.
    async fn access_now(
        &self,
        gstin: Gstin,
        filter: ConsentFilter,
        after: Option<Cursor>,
    ) -> Result<AccessList, ServiceError>;

    /// Consents that ended or expired.
    async fn history(
        &self,
        gstin: Gstin,
        filter: ConsentFilter,
        after: Option<Cursor>,
    ) -> Result<AccessList, ServiceError>;

    /// Open consents of every taxpayer of the person, or of the one that the filter names.
    async fn everywhere(&self, filter: ConsentFilter, after: Option<Cursor>) -> Result<AccessList, ServiceError>;

    /// Every taxpayer of the person, with the numbers of each.
    async fn overview(&self) -> Result<Overview, ServiceError>;

    /// One consent: its events, its alerts and what became of each, its first page of calls.
    async fn consent(&self, gstin: Gstin, id: ConsentId) -> Result<ConsentPage, ServiceError>;

    /// Further calls of a consent, the newest first.
    async fn calls(&self, gstin: Gstin, id: ConsentId, after: Option<Cursor>) -> Result<Page<Call>, ServiceError>;

    /// Ends a consent. Safe to repeat. That nothing passes any more is true when this answers; since when it is, the
    /// receipt says.
    async fn revoke(&self, gstin: Gstin, id: ConsentId) -> Result<(), ServiceError>;

    /// Ends several, of any of the person's taxpayers; each for itself, with its own result and receipt. At most
    /// [`SELECTED_MAX`].
    async fn revoke_many(&self, chosen: Vec<(Gstin, ConsentId)>) -> Result<Vec<EndedOne>, ServiceError>;

    /// "I did not give this": ends the consent, blocks its ASP and reports both; gives what to quote to the help desk.
    /// Safe to repeat: the same reference again.
    async fn disown(&self, gstin: Gstin, id: ConsentId) -> Result<String, ServiceError>;

    /// Puts limits on a consent in place of those before. Narrower ones just win; wider ones need the version that was
    /// seen, else [`ServiceError::Conflict`].
    async fn restrict(
        &self,
        gstin: Gstin,
        id: ConsentId,
        version: i64,
        restriction: Restriction,
    ) -> Result<Consent, ServiceError>;

    /// Lets nothing pass for now. Safe to repeat.
    async fn pause(&self, gstin: Gstin, id: ConsentId) -> Result<Consent, ServiceError>;

    /// Lets it go on, for what is left of its time; [`ServiceError::Conflict`] where it is at another version.
    async fn resume(&self, gstin: Gstin, id: ConsentId, version: i64) -> Result<Consent, ServiceError>;

    /// What a taxpayer decided about access as a whole.
    async fn controls(&self, gstin: Gstin) -> Result<ControlsPage, ServiceError>;

    /// ASPs of the registry whose name has this in it, at most a page: to be put on the allow-list or blocked before they
    /// ever asked.
    async fn find_asps(&self, gstin: Gstin, name: String) -> Result<Vec<AspRow>, ServiceError>;

    /// Switches API access on or off, and sets for how long a consent then holds. Off ends every open consent. What takes
    /// away just wins; what gives needs the version that was seen.
    async fn set_window(
        &self,
        gstin: Gstin,
        version: i64,
        enabled: bool,
        minutes: i64,
    ) -> Result<ControlsPage, ServiceError>;

    /// Freezes everything until a time, or until it is lifted. To shorten a freeze is to lift it: thaw first.
    async fn freeze(&self, gstin: Gstin, until: Option<Timestamp>) -> Result<ControlsPage, ServiceError>;

    /// The same for several taxpayers at once, each for itself.
    async fn freeze_many(&self, gstins: Vec<Gstin>, until: Option<Timestamp>) -> Result<Vec<FrozenOne>, ServiceError>;

    /// Lifts a freeze. Safe to repeat.
    async fn thaw(&self, gstin: Gstin, version: i64) -> Result<ControlsPage, ServiceError>;

    /// Lets only ASPs on the allow-list ask, or all again.
    async fn set_allow_list(&self, gstin: Gstin, version: i64, on: bool) -> Result<ControlsPage, ServiceError>;

    /// Blocks an ASP (which ends its open consents), puts it on the allow-list, or takes a decision back.
    async fn rule_asp(
        &self,
        gstin: Gstin,
        version: i64,
        asp: AspId,
        rule: Option<AspRule>,
    ) -> Result<ControlsPage, ServiceError>;

    /// Ends consents that were not used for so many days, from now on; `None` never.
    async fn set_unused_days(
        &self,
        gstin: Gstin,
        version: i64,
        days: Option<u16>,
    ) -> Result<ControlsPage, ServiceError>;

    /// What was fetched day by day, of one consent or of all.
    async fn usage_by_day(&self, gstin: Gstin, consent: Option<ConsentId>) -> Result<UsagePage, ServiceError>;

    /// What happened to a taxpayer's access and who did it, the newest first, before a place in the chain.
    async fn deeds(&self, gstin: Gstin, before: Option<i64>) -> Result<DeedsPage, ServiceError>;

    /// The taxpayer says that a sign of unusual use is fine: it is not alerted again for this consent. Safe to repeat.
    async fn this_is_fine(&self, gstin: Gstin, alert: AlertId) -> Result<(), ServiceError>;

    /// The receipt of a consent that was ended; [`ServiceError::NotFound`] for one that was not.
    async fn receipt(&self, gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError>;

    /// Every alert about a taxpayer's access and what became of each, the newest first.
    async fn told(&self, gstin: Gstin, after: Option<Cursor>) -> Result<ToldPage, ServiceError>;

    /// What was told about a consent, as [`Self::consent`] has it: to look again at what became of it.
    async fn told_of_consent(&self, gstin: Gstin, id: ConsentId) -> Result<Vec<AlertRow>, ServiceError>;

    /// What the person decided about their own alerts.
    async fn alerts(&self, gstin: Gstin) -> Result<AlertsPage, ServiceError>;

    /// Decides it. [`ServiceError::Conflict`] where it was decided otherwise since that version.
    async fn choose_alerts(&self, gstin: Gstin, choice: ChosenAlerts) -> Result<(), ServiceError>;

    /// Names a second contact and sends it its codes; [`ServiceError::Conflict`] where there are too many.
    async fn name_contact(&self, gstin: Gstin, contact: NamedContact) -> Result<(), ServiceError>;

    /// Answers a second contact's codes. A wrong answer is no error: the page shows the tries that are left.
    async fn confirm_contact(
        &self,
        gstin: Gstin,
        id: ContactId,
        email_code: String,
        mobile_code: String,
    ) -> Result<(), ServiceError>;

    /// Removes a second contact. Safe to repeat.
    async fn remove_contact(&self, gstin: Gstin, id: ContactId) -> Result<(), ServiceError>;

    /// Sends the person a test by each road; again within a minute it is the same one.
    async fn send_test(&self, gstin: Gstin) -> Result<(), ServiceError>;

    /// The newest test of the last day, and how its deliveries fare.
    async fn test_alert(&self, gstin: Gstin) -> Result<Option<AlertRow>, ServiceError>;

    /// Ends the portal session.
    async fn sign_out(&self) -> Result<(), ServiceError>;
}

/// What a person decides about their alerts.
#[derive(Debug, Clone)]
pub struct ChosenAlerts {
    /// The language.
    pub language: Language,
    /// The optional ones that are wanted, and by which road.
    pub wanted: BTreeSet<(AlertKind, Channel)>,
    /// The version that the decision was made on.
    pub version: i64,
}

/// Whom a person names as a second contact.
#[derive(Debug, Clone)]
pub struct NamedContact {
    /// The name.
    pub name: String,
    /// The address.
    pub email: Email,
    /// The number.
    pub mobile: Mobile,
    /// The language of alerts.
    pub language: Language,
}

/// What the server puts into the context of a request whose cookie names a live portal session.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct SignedIn(pub std::sync::Arc<dyn AccessService>);

/// The service of the person who signed in.
///
/// # Errors
/// [`ServiceError::NotSignedIn`] where nobody did.
#[cfg(feature = "ssr")]
pub fn service() -> Result<std::sync::Arc<dyn AccessService>, ServiceError> {
    leptos::prelude::use_context::<SignedIn>().map(|signed_in| signed_in.0).ok_or(ServiceError::NotSignedIn)
}
