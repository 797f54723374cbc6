//! Why an ASP or a taxpayer does not get what was asked.

use app::model::{
    consent::Refusal,
    controls::{AskRefusal, Undecidable},
    role::NotYours,
};

use crate::store::StoreError;

/// The reason; the wire and the screen each say it in their own words.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No taxpayer signs in under this name.
    #[error("no taxpayer has this user name")]
    UnknownUser,
    /// The application may not ask: GSTN or the taxpayer says so.
    #[error(transparent)]
    MayNotAsk(AskRefusal),
    /// Too many OTPs were asked for, by this application or for this taxpayer.
    #[error("too many OTP requests")]
    TooManyRequests,
    /// The taxpayer has as many live sessions through this GSP as there may be.
    #[error("too many sessions through this GSP")]
    TooManySessions,
    /// What was sealed under a session key does not open.
    #[error("the app key does not open")]
    BadAppKey,
    /// Wrong, expired, used or guessed too often: which of them is nobody's business.
    #[error("the OTP is not right")]
    WrongOtp,
    /// The OTP could not be sent. Its request stays, as the count of requests is what bounds them.
    #[error("the OTP could not be sent")]
    NotSent,
    /// No session has this token, or it is another application's or another taxpayer's, or was closed.
    #[error("no such session")]
    UnknownSession,
    /// There is no such consent, or it is another taxpayer's.
    #[error("no such consent")]
    UnknownConsent,
    /// The consent is over.
    #[error(transparent)]
    Over(#[from] Refusal),
    /// The person comes in a part that may not do this.
    #[error(transparent)]
    NotYours(NotYours),
    /// A decision that cannot be made.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
    /// It was decided on what holds no more.
    #[error("changed in the meantime")]
    Outdated,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
