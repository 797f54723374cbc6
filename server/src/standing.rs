//! Suspending an ASP, and taking that back: the standing, the word to all servers, and the alerts to those whom it concerns.

use app::model::{
    Timestamp,
    alert::Matter,
    id::AspId,
    registry::{Asp, Standing},
};

use crate::{
    alerts::owe::{Owed, owe},
    chance::Chance,
    nodes,
    store::{
        Store, StoreError,
        port::{Change, Suspension},
    },
};

/// Taxpayers whose alerts are owed in one transaction.
pub const BATCH_TAXPAYERS: u32 = 200;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CannotSet {
    /// There is no such ASP.
    #[error("the registry knows no such ASP")]
    Unknown,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the standing of an ASP, and waits until no server goes by the one before. The same standing again writes nothing,
/// and is waited for all the same: whoever wrote it may have died waiting.
pub async fn set(
    store: &dyn Store,
    chance: &dyn Chance,
    asp: AspId,
    to: Standing,
    now: Timestamp,
) -> Result<(), CannotSet> {
    let mut work = store.write().await?;
    let known = work.asps(&[asp]).await?.pop().ok_or(CannotSet::Unknown)?;
    let of_everybody = Change { id: chance.id(now), gstin: None };
    if known.standing == to {
        drop(work);
        nodes::wait_out(store, of_everybody).await;
        return Ok(());
    }
    work.put_asp(&Asp { standing: to, ..known }).await?;
    if to == Standing::Suspended {
        work.add_suspension(asp, now).await?;
    }
    work.add_change(&of_everybody, now).await?;
    work.commit().await?;
    nodes::wait_out(store, of_everybody).await;
    Ok(())
}

/// Owes the alert of each suspension that is not told everybody yet to every taxpayer with a live consent of the ASP, batch
/// by batch. What was interrupted goes on after the last batch that was written; nobody is told twice. How many were told.
pub async fn tell(store: &dyn Store, chance: &dyn Chance, asp: AspId, now: Timestamp) -> Result<u64, CannotSet> {
    let mut told = 0;
    for mut suspension in store.read().await?.suspensions_to_tell(asp).await? {
        while let Some(batch) = tell_batch(store, chance, &mut suspension, now).await? {
            told += batch;
        }
    }
    Ok(told)
}

/// One batch; `None` where there was nobody left.
pub async fn tell_batch(
    store: &dyn Store,
    chance: &dyn Chance,
    suspension: &mut Suspension,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let Suspension { asp, at, .. } = *suspension;
    let mut work = store.write().await?;
    let next = work.taxpayers_with(asp, &suspension.told_up_to, now, BATCH_TAXPAYERS).await?;
    for gstin in &next {
        let matter = Matter::AspSuspended { asp };
        owe(&mut *work, chance, Owed { gstin: *gstin, consent: None, matter, at }).await?;
    }
    let last = next.last().map(ToString::to_string);
    let done_at = last.is_none().then_some(now);
    let up_to = last.unwrap_or_else(|| suspension.told_up_to.clone());
    work.told_of_suspension(suspension, &up_to, done_at).await?;
    work.commit().await?;
    suspension.told_up_to = up_to;
    Ok((!next.is_empty()).then_some(next.len() as u64))
}
