//! Opening app keys with our RSA keys: few at a time, beside the threads that serve, and with a budget of bad ones for
//! each application. Whether a key opened is all that an answer tells, and whoever may ask without end can learn from it.

use std::sync::Arc;

use app::model::{Timestamp, id::ApplicationId, throttle::RateLimit};
use jiff::SignedDuration;
use tokio::{sync::Semaphore, task};

use super::{
    envelope::{AppKey, open_app_key},
    keys::Keyring,
};
use crate::store::{Store, StoreError};

/// App keys being opened at once; each takes some milliseconds of one core.
const AT_ONCE_MAX: usize = 4;
/// App keys of one application that may fail to open, on all servers together. An ASP whose certificate is stale needs a few
/// to see it.
pub const BAD_KEYS: RateLimit = RateLimit { max: 100, span: SignedDuration::from_mins(10) };

/// Why there is no app key.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// It does not open, for whatever cause.
    BadKey,
    /// Too many did not; this one was not tried.
    TooManyBad,
    /// It is not known how many did not; this one was not tried.
    Unknown(StoreError),
}

/// Opens app keys.
pub struct Openings {
    slots: Semaphore,
    store: Arc<dyn Store>,
}

impl Openings {
    /// Counts in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { slots: Semaphore::new(AT_ONCE_MAX), store }
    }

    pub(super) async fn open(
        &self,
        ring: Arc<Keyring>,
        sealed: String,
        by: ApplicationId,
        now: Timestamp,
    ) -> Result<AppKey, NotOpened> {
        // Before the look at the budget: what is tried at once can pass it by no more than the slots of each server.
        let _slot = self.slots.acquire().await.map_err(|_| NotOpened::TooManyBad)?;
        if !self.may_show(by, now).await.map_err(NotOpened::Unknown)? {
            return Err(NotOpened::TooManyBad);
        }
        if let Ok(Ok(key)) = task::spawn_blocking(move || open_app_key(&ring, &sealed)).await {
            return Ok(key);
        }
        // What cannot be counted is not answered.
        self.count(by, now).await.map_err(NotOpened::Unknown)?;
        Err(NotOpened::BadKey)
    }

    async fn may_show(&self, by: ApplicationId, now: Timestamp) -> Result<bool, StoreError> {
        self.store.read().await?.may_show_keys(by, BAD_KEYS, now).await
    }

    async fn count(&self, by: ApplicationId, now: Timestamp) -> Result<(), StoreError> {
        let mut work = self.store.write().await?;
        work.count_bad_key(by, BAD_KEYS, now).await?;
        work.commit().await
    }
}
