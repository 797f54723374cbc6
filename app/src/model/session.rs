//! A session: the token under a consent that makes calls for at most six hours.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{consent::Consent, gstin::Gstin, id::ConsentId};

/// How long a token serves, as the GST API specification says ("expiry": 360 minutes).
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(6);

/// One token's life. The token itself is known only as a keyed hash, in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose data it opens.
    pub gstin: Gstin,
    /// The consent it lives under.
    pub consent: ConsentId,
    /// When it was given out.
    pub issued_at: Timestamp,
    /// From this moment on it is refused: six hours later, or the end of the consent, whichever is first.
    pub expires_at: Timestamp,
    /// When a newer session took its place or the consent ended.
    pub closed_at: Option<Timestamp>,
}

impl Session {
    /// The next session of a consent.
    pub fn open(consent: &Consent, now: Timestamp) -> Self {
        Self {
            gstin: consent.gstin,
            consent: consent.id,
            issued_at: now,
            expires_at: (now + LIFETIME).min(consent.ends_at()),
            closed_at: None,
        }
    }

    /// Whole minutes that remain, as the wire's `expiry` counts them.
    pub fn minutes_left(&self, now: Timestamp) -> i64 {
        self.expires_at.duration_since(now).as_mins().max(0)
    }
}
