//! Sample data: the cast, and a past for most of it, written through the same port as everything else.

use app::model::{
    Timestamp,
    alert::{Channel, Delivery, Outcome, RetrySchedule},
};
use jiff::SignedDuration;

use super::{
    cast::{self, Player},
    decisions, past,
    scene::Writer,
};
use crate::{
    chance::Chance,
    store::{
        Store, StoreError, Writing,
        port::{DeliveryOfConsent, DueBy, MadeAttempt, Registered, SealedSignatory, Settlement},
    },
    vault::{Purpose, Vault},
};

/// Deliveries that are leased, and then told to have been accepted, at once.
const DELIVERIES_AT_ONCE: u32 = 500;

/// Fills an empty database with the cast and a plain past: nobody has decided anything, so that any ASP of the cast may ask
/// any taxpayer. One that holds the cast already is left as it is. Says whether it wrote.
///
/// # Errors
/// [`StoreError`] where the store refuses; then nothing was written.
pub async fn seed(store: &dyn Store, vault: &Vault, chance: &dyn Chance, now: Timestamp) -> Result<bool, StoreError> {
    write(store, vault, chance, now, false).await
}

/// The same, with what some of its taxpayers decided and how their consents were used: for looking at.
///
/// # Errors
/// As [`seed`].
pub async fn seed_with_decisions(
    store: &dyn Store,
    vault: &Vault,
    chance: &dyn Chance,
    now: Timestamp,
) -> Result<bool, StoreError> {
    write(store, vault, chance, now, true).await
}

async fn write(
    store: &dyn Store,
    vault: &Vault,
    chance: &dyn Chance,
    now: Timestamp,
    with_decisions: bool,
) -> Result<bool, StoreError> {
    let oldest = now - SignedDuration::from_hours(24 * (past::DAYS_BETWEEN * past::CONSENTS + 2));
    store.make_room(oldest, now).await?;
    let mut work = store.write().await?;
    if !work.applications().await?.is_empty() {
        return Ok(false);
    }
    let players = cast::players();
    for gsp in cast::gsps() {
        work.put_gsp(&gsp).await?;
    }
    for Player { application, client_secret } in &players {
        work.put_asp(&application.asp).await?;
        let secret_hash = vault.hash(Purpose::Secret, client_secret.as_bytes());
        work.put_application(&Registered { application: application.clone(), secret_hash }).await?;
    }
    work.put_gateway("demo", vault.hash(Purpose::Secret, cast::GATEWAY_SECRET.as_bytes())).await?;
    let taxpayers = cast::taxpayers();
    // The last one has no past, so that empty screens are seen, too.
    let with_past = taxpayers.len() - 1;
    for ((taxpayer, window, signatory), number) in taxpayers.into_iter().zip(1..) {
        work.add_taxpayer(&taxpayer, &window).await?;
        work.add_signatory(&SealedSignatory::seal(&signatory, vault)).await?;
        let mut scenes = Vec::new();
        if number <= with_past {
            scenes.extend(past::of(number, &players, signatory.id, now));
        }
        if with_decisions {
            let (accountant, name) = decisions::ACCOUNTANT;
            work.know_person(taxpayer.gstin, accountant, name).await?;
            scenes.extend(decisions::of(number, &players, signatory.id, now));
        }
        scenes.sort_by_key(|scene| scene.at);
        let mut writer = Writer::new(&mut *work, vault, chance, window, signatory.id);
        for scene in scenes {
            writer.write(scene).await?;
        }
    }
    accept_all(&mut *work, chance, now).await?;
    work.commit().await?;
    Ok(true)
}

/// Every alert owed was taken over by its provider, a second after it was owed.
async fn accept_all(work: &mut dyn Writing, chance: &dyn Chance, now: Timestamp) -> Result<(), StoreError> {
    let (schedule, accepted) = (RetrySchedule::default(), Outcome::Accepted { provider_ref: None });
    let outcome = serde_json::to_string(&accepted).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let due = DueBy { now, leased_until: now + SignedDuration::from_mins(1) };
    for channel in Channel::ALL {
        loop {
            let lease = chance.id(now);
            let leased = work.lease_deliveries("sample data", lease, channel, due, DELIVERIES_AT_ONCE).await?;
            if leased.is_empty() {
                break;
            }
            let settled = leased.into_iter().map(|DeliveryOfConsent { alert, delivery }| {
                let at = alert.owed_at + SignedDuration::from_secs(1);
                let after = Delivery { due_at: alert.owed_at, ..delivery.after(&accepted, &schedule, at, 0) };
                let attempt = MadeAttempt { at, provider: "sample".into(), outcome: outcome.clone(), reference: None };
                Settlement { lease, after, attempt: Some(attempt) }
            });
            work.settle_deliveries(&settled.collect::<Vec<_>>()).await?;
        }
    }
    Ok(())
}
