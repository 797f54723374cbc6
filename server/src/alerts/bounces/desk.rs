//! Takes a mail that came back, and writes what it says of its delivery.

use std::sync::Arc;

use app::model::{
    Timestamp,
    alert::{Channel, DeliveryState},
};

use super::{return_path, status};
use crate::{
    alerts::{providers::road::NOBODY, reports},
    chance::Chance,
    clock::Clock,
    metrics::{CallbackResult, metrics},
    store::{Store, StoreError},
    vault::Vault,
};

/// Takes mails that came back.
#[derive(Clone)]
pub struct BounceDesk {
    /// Where deliveries are.
    pub store: Arc<dyn Store>,
    /// Knows its own tags.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names notices.
    pub chance: Arc<dyn Chance>,
}

/// What became of a mail that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was heard; perhaps for the second time.
    Heard,
    /// There is nothing in it to be heard: no tag of ours, no delivery status, or only that the mail is late.
    Nothing,
    /// Its mail is being sent this moment: it has to be shown once more in a minute.
    NotNow,
}

impl BounceDesk {
    /// Takes a mail. `to` is whom the mail server says it was for, where it says so beside the mail.
    ///
    /// # Errors
    /// [`StoreError`] where nothing was written: show it again.
    pub async fn take(&self, mail: &[u8], to: Option<&str>) -> Result<Taken, StoreError> {
        let Some(returned) = status::read(mail) else {
            count(CallbackResult::Unreadable);
            return Ok(Taken::Nothing);
        };
        let mut addresses = to.into_iter().chain(returned.to.iter().map(String::as_str));
        let about = addresses.find_map(|address| return_path::delivery_of(&self.vault, address));
        let now = self.clock.now();
        let (Some(about), Some(report)) = (about, returned.report) else {
            if let Some(named) = returned.named
                && self.canary_arrived(&named, now).await? == Taken::Heard
            {
                count(CallbackResult::Taken);
                return Ok(Taken::Heard);
            }
            match about {
                None => count(CallbackResult::Unauthorised),
                Some(_) if returned.is_status => count(CallbackResult::Taken),
                Some(delivery) => {
                    count(CallbackResult::Unknown);
                    tracing::info!(%delivery, "a mail came back that is no delivery status; somebody may be away");
                }
            }
            return Ok(Taken::Nothing);
        };
        let mut work = self.store.write().await?;
        let Some(before) = work.deliveries_by_id(&[about]).await?.pop() else { return Ok(Taken::Nothing) };
        match (before.channel, before.state) {
            (Channel::Sms, _) => return Ok(Taken::Nothing),
            (Channel::Email, DeliveryState::Sending) => return Ok(Taken::NotNow),
            (Channel::Email, _) => {}
        }
        if let Some(after) = before.hear(report, now, true) {
            tracing::debug!(delivery = %about, state = ?after.state, "a mail came back");
            reports::write(&mut *work, &*self.chance, &before, &after, now).await?;
            work.commit().await?;
        }
        count(CallbackResult::Taken);
        Ok(Taken::Heard)
    }

    /// The canary's own mail, where its mailbox is delivered into the same folder: the proof that mails arrive.
    async fn canary_arrived(&self, named: &str, now: Timestamp) -> Result<Taken, StoreError> {
        let mut work = self.store.write().await?;
        let now = work.shared_now(now).await?;
        for canary in work.canaries().await? {
            if work.canary_delivered(&canary.provider, named, now).await? {
                work.commit().await?;
                return Ok(Taken::Heard);
            }
        }
        Ok(Taken::Nothing)
    }
}

/// Whichever mail server it came from: it has no name in the settings.
fn count(result: CallbackResult) {
    metrics().callbacks("bounce", NOBODY, result, 1);
}

impl std::fmt::Debug for BounceDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BounceDesk")
    }
}
