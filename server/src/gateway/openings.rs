//! Opening app keys with our RSA keys: few at a time, beside the threads that serve, and with a budget of bad ones for
//! each application. Whether a key opened is all that an answer tells, and whoever may ask without end can learn from it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::model::{
    Timestamp,
    id::ApplicationId,
    throttle::{RateLimit, Throttle},
};
use jiff::SignedDuration;
use tokio::{sync::Semaphore, task};

use super::{
    envelope::{AppKey, open_app_key},
    keys::Keyring,
};

/// App keys being opened at once; each takes some milliseconds of one core.
const AT_ONCE_MAX: usize = 4;
/// App keys of one application that may fail to open. An ASP whose certificate is stale needs a few to see it.
pub const BAD_KEYS: RateLimit = RateLimit { max: 100, span: SignedDuration::from_mins(10) };

/// Why there is no app key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotOpened {
    /// It does not open, for whatever cause.
    BadKey,
    /// Too many did not; this one was not tried.
    TooManyBad,
}

/// Opens app keys. What it counts is this server's alone: an application may fail so often on each.
pub struct Openings {
    slots: Semaphore,
    /// At most one entry for each registered application.
    bad: Mutex<HashMap<ApplicationId, Throttle>>,
}

impl Default for Openings {
    fn default() -> Self {
        Self { slots: Semaphore::new(AT_ONCE_MAX), bad: Mutex::default() }
    }
}

impl Openings {
    pub(super) async fn open(
        &self,
        ring: Arc<Keyring>,
        sealed: String,
        by: ApplicationId,
        now: Timestamp,
    ) -> Result<AppKey, NotOpened> {
        // Before the look at the budget: what is tried at once can pass it by no more than the slots.
        let _slot = self.slots.acquire().await.map_err(|_| NotOpened::TooManyBad)?;
        if self.after_one_more(by, now).is_none() {
            return Err(NotOpened::TooManyBad);
        }
        if let Ok(Ok(key)) = task::spawn_blocking(move || open_app_key(&ring, &sealed)).await {
            return Ok(key);
        }
        if let Some(counted) = self.after_one_more(by, now) {
            self.bad().insert(by, counted);
        }
        Err(NotOpened::BadKey)
    }

    /// What would be remembered after one more bad key; `None` where the budget is used up.
    fn after_one_more(&self, by: ApplicationId, now: Timestamp) -> Option<Throttle> {
        self.bad().get(&by).unwrap_or(&Throttle::default()).admit(&BAD_KEYS, now)
    }

    fn bad(&self) -> MutexGuard<'_, HashMap<ApplicationId, Throttle>> {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use uuid::Uuid;

    use super::*;
    use crate::{chance::SeededChance, gateway::keys::generate};

    #[tokio::test]
    async fn an_application_that_shows_too_many_bad_keys_is_no_longer_answered_and_others_are() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().expect("timestamp");
        let ring = Keyring::new(vec![generate(now, &SeededChance::new(5))], now).expect("a keyring");
        let (ring, openings) = (Arc::new(ring), Openings::default());
        let bad = BASE64_STANDARD.encode([7; 256]);
        let (one, other) = (ApplicationId(Uuid::from_u128(1)), ApplicationId(Uuid::from_u128(2)));
        let open = |by, at| openings.open(ring.clone(), bad.clone(), by, at);
        for number in 0..BAD_KEYS.max {
            assert_eq!(open(one, now).await.err(), Some(NotOpened::BadKey), "key {number}");
        }
        assert_eq!(open(one, now).await.err(), Some(NotOpened::TooManyBad));
        assert_eq!(open(other, now).await.err(), Some(NotOpened::BadKey), "another application has its own budget");
        assert_eq!(open(one, now + BAD_KEYS.span).await.err(), Some(NotOpened::BadKey), "the span is over");
    }
}
