//! The port to what is owed: deliveries written in the transaction of their event, leased here, settled here.

use app::model::{
    Timestamp,
    alert::{Channel, Delivery, Matter, Outcome},
    consent::EndReason,
    contact::{Email, Mobile},
    gstin::Gstin,
    id::{ConsentId, DeliveryId},
    language::Language,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use uuid::Uuid;

use super::{providers::road::Tried, stop_code::StopCode};

/// Who is told, in which language. `Debug` shows the contacts masked and no name.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// How the mail greets.
    pub name: String,
    /// Where mails go.
    pub email: Email,
    /// Where SMS go.
    pub mobile: Mobile,
    /// The language that the person reads.
    pub language: Language,
    /// Why this person is told.
    pub role: Role,
}

/// Why a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Signs for the taxpayer.
    Signatory,
    /// A signatory named them, and they agreed.
    SecondContact,
    /// It was a signatory's contact until now: they are told that it is no more.
    FormerContact,
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name: _, email, mobile, language, role } = self;
        let mut shown = f.debug_struct("Recipient");
        shown.field("email", email).field("mobile", mobile).field("language", language).field("role", role).finish()
    }
}

/// What an alert tells: everything that a mail or an SMS names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What happened, with its details.
    pub matter: Matter,
    /// Whose data.
    pub gstin: Gstin,
    /// The taxpayer's trade name.
    pub trade_name: String,
    /// The moment of it.
    pub happened_at: Timestamp,
    /// Who did it, where the alert has an event.
    pub by: Option<Doer>,
    /// The ASP that it is about, where it is about one.
    pub party: Option<Party>,
    /// The consent that it is about, where it is about one.
    pub consent: Option<AboutConsent>,
}

/// An ASP, and the GSP that it came through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The ASP, as mails show it.
    pub asp_name: String,
    /// The ASP, as it fits a DLT variable.
    pub asp_short: String,
    /// The GSP, as mails show it; `None` where it is about the ASP under any GSP.
    pub gsp_name: Option<String>,
    /// The GSP, as it fits a DLT variable.
    pub gsp_short: Option<String>,
}

/// What an alert about a consent names of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutConsent {
    /// The consent, as a reference for the help desk.
    pub id: ConsentId,
    /// The end of its validity.
    pub valid_until: Timestamp,
    /// Why it ended, where it did.
    pub ended: Option<EndReason>,
    /// Ends it in an SMS.
    pub stop_code: StopCode,
}

/// Who did it: the part that they had, and the name where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doer {
    /// The ASP.
    Application,
    /// A signatory, at the screen.
    Signatory(Option<String>),
    /// A signatory, by an SMS from the registered mobile.
    SignatoryBySms(Option<String>),
    /// An accountant who acts for the taxpayer.
    Accountant(Option<String>),
    /// A rule that the taxpayer set.
    OwnRule,
    /// GSTN.
    Gstn,
}

impl Notice {
    /// The ASP's name. Alerts about no ASP do not ask for it.
    pub(super) fn asp(&self) -> &str {
        self.party.as_ref().map_or("", |party| &party.asp_name)
    }
}

/// A delivery that a worker holds until its lease ends, with all it takes to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The delivery as it was when leased, `state` being `Sending`.
    pub delivery: Delivery,
    /// New with each lease: a worker that lost its lease can settle nothing.
    pub lease_token: Uuid,
    /// When its alert was owed: its deadline counts from then.
    pub owed_at: Timestamp,
    /// What is sent to whom; where it cannot be put together (rows are missing, contact data does not open), why.
    pub letter: Result<Letter, String>,
    /// Through which providers it went already.
    pub tried: Tried,
}

/// What a delivery carries to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub recipient: Recipient,
    /// What.
    pub notice: Notice,
}

/// A delivery after its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Under which lease.
    pub lease_token: Uuid,
    /// How it fares now.
    pub after: Delivery,
    /// The attempt; `None` where no provider could be asked.
    pub attempt: Option<Attempt>,
    /// It should have been accepted by now: the other channel is tried at once, and an officer is told.
    pub late: bool,
}

/// One attempt, for the officers' desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// By which provider.
    pub provider: String,
    /// How it ended.
    pub outcome: Outcome,
    /// By what the provider's reports will name it, where it sends reports.
    pub reference: Option<String>,
}

/// What a look for overdue deliveries found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// How many.
    pub count: usize,
    /// How far it came; `None` where nothing waits.
    pub after: Option<DeliveryId>,
    /// Whether there is more to look at.
    pub more: bool,
}

/// Why the outbox could not do it.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The store failed; what is owed stays owed.
    #[error("the outbox cannot be reached: {0}")]
    Store(String),
}

/// What is owed, as the dispatcher sees it. The store implements it.
///
/// Every moment here is by the clock of whoever asks; what several nodes share goes by one clock behind it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Leases at most `limit` deliveries of one channel that are due, oldest first, until `now + term`. A delivery is
    /// due when it is not final, `due_at <= now`, and no lease on it is running. One channel a call: a mail relay that
    /// hangs must not hold up the SMS.
    async fn lease_due(
        &self,
        worker: &str,
        channel: Channel,
        now: Timestamp,
        term: SignedDuration,
        limit: u32,
    ) -> Result<Vec<Leased>, OutboxError>;

    /// Writes deliveries as they are after their attempts, and the attempts, all of them in one go. Whether each lease was
    /// still held, in their order: where it had ended, somebody else may have the delivery, and nothing is written of it.
    async fn settle(&self, settled: &[Settled]) -> Result<Vec<bool>, OutboxError>;

    /// Looks for deliveries of a channel that wait though they were owed before a moment, whenever they are due, and does for
    /// each what is done for a late one; at most so many. `after` is where the look before this one came to: each delivery
    /// is passed once. `None` begins with the oldest that waits.
    async fn tell_of_overdue(
        &self,
        channel: Channel,
        after: Option<DeliveryId>,
        owed_before: Timestamp,
        limit: u32,
    ) -> Result<Overdue, OutboxError>;

    /// Looks for accepted deliveries about which a report should have come by now: an officer is told of each, and with
    /// `repeat` it is due once more, through another provider, at most once in its life. By which provider each had been
    /// taken over.
    async fn tell_of_silent(&self, now: Timestamp, repeat: bool, limit: u32) -> Result<Vec<String>, OutboxError>;

    /// Gives back every lease of a worker that stops: what it did not send is due at once.
    async fn release(&self, worker: &str) -> Result<(), OutboxError>;

    /// When the next delivery of a channel becomes due (a running lease counts as due at its end); `None` while
    /// nothing is owed.
    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, OutboxError>;
}
