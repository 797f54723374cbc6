//! Control: searching consents, who acted, what was told beforehand, what was unusual, and who looks for what is due.

use app::model::{
    Timestamp,
    consent::Consent,
    event::{Actor, Event},
    filter::ConsentFilter,
    gstin::Gstin,
    id::{AlertId, AspId, ConsentId, SignatoryId},
    page::Cursor,
    unusual::{Rule, Sign},
};
use async_trait::async_trait;

use super::{ChainLink, ListedConsent, StoreError};

/// Open consents of a taxpayer that one decision can end; more are ended by the next.
pub const OPEN_MAX: usize = 5_000;

/// A search over one taxpayer's consents, or over several taxpayers'.
#[derive(Debug, Clone)]
pub struct Search {
    /// Whose; none finds nothing.
    pub gstins: Vec<Gstin>,
    /// Open ones, or those that are over.
    pub open: bool,
    /// What is looked for, and in which order.
    pub filter: ConsentFilter,
    /// Now.
    pub now: Timestamp,
    /// After this place in that order.
    pub after: Option<Cursor>,
}

/// An ASP that a taxpayer has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAsp {
    /// The ASP.
    pub id: AspId,
    /// Its name.
    pub name: String,
    /// Its consents that are open.
    pub open: i64,
}

/// The open consents of a taxpayer in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenCount {
    /// How many.
    pub open: i64,
    /// Of these, paused ones.
    pub paused: i64,
    /// The end of the one that ends first.
    pub next_end: Option<Timestamp>,
    /// The last call that passed on one of them.
    pub last_passed_at: Option<Timestamp>,
}

/// What is told beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// It ends by its time soon. Told once a consent.
    NearExpiry,
    /// It ends soon because it is not used. Told once a sleep.
    UnusedSoon,
}

impl NoticeKind {
    pub(in crate::store) fn name(self) -> &'static str {
        match self {
            Self::NearExpiry => "near_expiry",
            Self::UnusedSoon => "unused_soon",
        }
    }
}

/// Where calls of a consent came from so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// When it was last looked at.
    pub looked_at: Timestamp,
    /// The last call that had passed then.
    pub last_passed_at: Timestamp,
    /// The networks, the newest last.
    pub networks: Vec<String>,
}

/// A sign of unusual use that was alerted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSign {
    /// The consent.
    pub consent: ConsentId,
    /// The alert.
    pub alert: AlertId,
    /// When.
    pub at: Timestamp,
    /// The sign.
    pub sign: Sign,
    /// When the taxpayer said that it is fine.
    pub fine_at: Option<Timestamp>,
}

/// Reads about control.
#[async_trait]
pub trait ReadControl: Send {
    /// Up to a page and one row of what a search finds.
    async fn find_consents(&mut self, search: &Search) -> Result<Vec<ListedConsent>, StoreError>;

    /// Open consents of a taxpayer, or those of one ASP; at most [`OPEN_MAX`].
    async fn open_consents(
        &mut self,
        gstin: Gstin,
        asp: Option<AspId>,
        now: Timestamp,
    ) -> Result<Vec<Consent>, StoreError>;

    /// The open consents in numbers; of more than [`OPEN_MAX`], so many are counted.
    async fn count_open(&mut self, gstin: Gstin, now: Timestamp) -> Result<OpenCount, StoreError>;

    /// The ASPs that have or had a consent, by name; at most a thousand.
    async fn asps_of(&mut self, gstin: Gstin, now: Timestamp) -> Result<Vec<KnownAsp>, StoreError>;

    /// A taxpayer's chain before a place, the newest first, a page and one.
    async fn chain_before(&mut self, gstin: Gstin, before: Option<i64>) -> Result<Vec<(Event, ChainLink)>, StoreError>;

    /// People who acted for a taxpayer, and their names; at most two hundred.
    async fn people(&mut self, gstin: Gstin) -> Result<Vec<(SignatoryId, String)>, StoreError>;

    /// The names of these people, of those who act for a taxpayer and need not sign for it.
    async fn people_named(
        &mut self,
        ids: &[(Gstin, SignatoryId)],
    ) -> Result<Vec<(Gstin, SignatoryId, String)>, StoreError>;

    /// Whether the registry knows an ASP.
    async fn asp_exists(&mut self, asp: AspId) -> Result<bool, StoreError>;

    /// ASPs whose name has this in it, by name; at most twenty-five.
    async fn asps_named(&mut self, name: &str) -> Result<Vec<(AspId, String)>, StoreError>;

    /// What to quote to the help desk about a consent that was reported.
    async fn report(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<String>, StoreError>;

    /// When a notice was given.
    async fn noticed(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: NoticeKind,
        occasion: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Consents that end within a day, and within a quarter of their time, of which that was not told; the first first.
    async fn ending_soon(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Consent>, StoreError>;

    /// Taxpayers who let sleeping consents end, and after how many days, after one in the order of their GSTINs.
    async fn with_unused_days(&mut self, after: &str, limit: u32) -> Result<Vec<(Gstin, u16)>, StoreError>;

    /// Where calls of a consent came from.
    async fn sighting(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Option<Sighting>, StoreError>;

    /// The last sign of each rule on a consent, the newest first.
    async fn signs(&mut self, gstin: Gstin, consent: ConsentId) -> Result<Vec<KeptSign>, StoreError>;

    /// Whether the ASP of a consent had earlier ones of this taxpayer, and none of them through the same GSP.
    async fn is_new_gsp(&mut self, consent: &Consent) -> Result<bool, StoreError>;
}

/// Writes about control.
#[async_trait]
pub trait WriteControl: Send {
    /// Remembers the name of somebody who acts.
    async fn know_person(&mut self, gstin: Gstin, id: SignatoryId, name: &str) -> Result<(), StoreError>;

    /// Reports a consent; the first reference stays.
    async fn add_report(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        reference: &str,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes that a notice is given; `false` where it was before.
    async fn add_notice(
        &mut self,
        gstin: Gstin,
        consent: ConsentId,
        kind: NoticeKind,
        occasion: Timestamp,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Whether a taxpayer is to be told that an ASP asked in vain: not where they were since a moment.
    async fn tell_of_refused_ask(
        &mut self,
        gstin: Gstin,
        asp: AspId,
        unless_since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Takes a sweep over until a moment; `false` where another node has it.
    async fn lease_sweep(&mut self, name: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError>;

    /// Remembers where calls of a consent came from.
    async fn put_sighting(&mut self, gstin: Gstin, consent: ConsentId, seen: &Sighting) -> Result<(), StoreError>;

    /// Remembers a sign that is alerted.
    async fn put_sign(&mut self, gstin: Gstin, rule: Rule, sign: &KeptSign) -> Result<(), StoreError>;

    /// The taxpayer says that a sign is fine; `false` where there is none under this alert.
    async fn sign_is_fine(
        &mut self,
        gstin: Gstin,
        alert: AlertId,
        by: Actor,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}
