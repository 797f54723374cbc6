//! The port to what is owed: deliveries written in the transaction of their event, leased here, settled here.

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, Delivery, Outcome},
    consent::EndReason,
    contact::{Email, Mobile},
    gstin::Gstin,
    id::ConsentId,
    language::Language,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use uuid::Uuid;

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
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name: _, email, mobile, language } = self;
        f.debug_struct("Recipient").field("email", email).field("mobile", mobile).field("language", language).finish()
    }
}

/// What an alert tells: everything that a mail or an SMS names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Given or ended.
    pub kind: AlertKind,
    /// Whose data.
    pub gstin: Gstin,
    /// The taxpayer's trade name.
    pub trade_name: String,
    /// The ASP, as mails show it.
    pub asp_name: String,
    /// The ASP, as it fits a DLT variable.
    pub asp_short: String,
    /// The GSP, as mails show it.
    pub gsp_name: String,
    /// The GSP, as it fits a DLT variable.
    pub gsp_short: String,
    /// The moment of the event.
    pub happened_at: Timestamp,
    /// The end of the consent's window.
    pub valid_until: Timestamp,
    /// Why it ended, where it did.
    pub ended_reason: Option<EndReason>,
    /// The consent, as a reference for the help desk.
    pub consent: ConsentId,
}

/// A delivery that a worker holds until its lease ends, with all it takes to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The delivery as it was when leased, `state` being `Sending`.
    pub delivery: Delivery,
    /// New with each lease: a worker that lost its lease can settle nothing.
    pub lease_token: Uuid,
    /// To whom.
    pub recipient: Recipient,
    /// What.
    pub notice: Notice,
    /// By which provider it was tried last.
    pub last_provider: Option<String>,
}

/// A delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Under which lease.
    pub lease_token: Uuid,
    /// How it fares now.
    pub after: Delivery,
    /// The attempt.
    pub attempt: Attempt,
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
}

/// Why the outbox could not do it.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The store failed; what is owed stays owed.
    #[error("the outbox cannot be reached: {0}")]
    Store(String),
}

/// What is owed, as the dispatcher sees it. The store implements it.
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

    /// Looks for deliveries of a channel that should have been tried by `due_before`, and does for each what is done for a
    /// late one. How many there were, at most so many.
    async fn tell_of_overdue(
        &self,
        channel: Channel,
        now: Timestamp,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<usize, OutboxError>;

    /// Gives back every lease of a worker that stops: what it did not send is due at once.
    async fn release(&self, worker: &str) -> Result<(), OutboxError>;

    /// When the next delivery of a channel becomes due (a running lease counts as due at its end); `None` while
    /// nothing is owed.
    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, OutboxError>;
}
