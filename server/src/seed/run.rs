//! Makes and loads: one side makes batches, others load them, with a bounded queue between.

use std::sync::Arc;

use app::model::{
    Timestamp,
    merkle::{Edge, event_leaf},
    registry::Application,
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{Dice, Past, Plan, registry};
use crate::{
    chance::Chance,
    ledger,
    store::{
        Store, StoreError,
        port::{Batch, LeafRow, Registered},
    },
    vault::{KeyedHash, Vault},
};

/// Rows of a batch: large enough that a commit costs nothing beside them, small enough to hold several.
const ROWS_PER_BATCH: usize = 60_000;

/// What was made so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Consents.
    pub consents: u64,
    /// Rows of every kind.
    pub rows: u64,
}

/// Why a database was not filled.
#[derive(Debug, thiserror::Error)]
pub enum CannotSeed {
    /// It holds data.
    #[error("the database is not empty: made-up data belongs into a new one")]
    NotEmpty,
    /// More consents than none, but nobody to give them.
    #[error("consents need at least one taxpayer")]
    NoTaxpayers,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fills an empty database. Says after each batch how far it is.
///
/// # Errors
/// [`CannotSeed`]; what was loaded until then stays: throw the database away.
pub async fn seed(
    store: Arc<dyn Store>,
    vault: &Vault,
    mut plan: Plan,
    each: &mut (dyn FnMut(Seeded) + Send),
) -> Result<Seeded, CannotSeed> {
    if plan.taxpayers == 0 && plan.consents > 0 {
        return Err(CannotSeed::NoTaxpayers);
    }
    let applications = registry::applications(plan.seed);
    register(&*store, plan.seed, &applications).await?;
    let (kept_since, put_off) = store.begin_load(plan.now).await?;
    plan.logs_since = kept_since.logs;
    let (full, mut batches) = mpsc::channel::<Batch>(1);
    let maker = {
        let vault = vault.clone();
        tokio::task::spawn_blocking(move || make(&plan, &applications, &vault, &full))
    };
    let mut loaders = JoinSet::new();
    let mut seeded = Seeded::default();
    while let Some(batch) = batches.recv().await {
        if loaders.len() >= store.loaders() {
            landed(loaders.join_next().await, &mut seeded)?;
            each(seeded);
        }
        let store = store.clone();
        loaders.spawn(async move {
            let loaded = Seeded { consents: batch.consents.len() as u64, rows: batch.rows() as u64 };
            store.load(&batch).await.map(|()| loaded)
        });
    }
    while let Some(loaded) = loaders.join_next().await {
        landed(Some(loaded), &mut seeded)?;
        each(seeded);
    }
    match maker.await {
        Ok(edge) => grow(&*store, &edge, plan.now).await?,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
    store.finish_load(put_off).await?;
    Ok(seeded)
}

type Landed = Option<Result<Result<Seeded, StoreError>, tokio::task::JoinError>>;

fn landed(loaded: Landed, seeded: &mut Seeded) -> Result<(), StoreError> {
    match loaded {
        Some(Ok(loaded)) => {
            let loaded = loaded?;
            seeded.consents += loaded.consents;
            seeded.rows += loaded.rows;
        }
        Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        None => {}
    }
    Ok(())
}

/// Makes all taxpayers, batch by batch, until nobody takes them any more. What is left of the ledger's tree is its edge.
fn make(plan: &Plan, applications: &[Application], vault: &Vault, full: &mpsc::Sender<Batch>) -> Edge {
    let (mut batch, mut edge) = (Batch::default(), Edge::default());
    for n in 0..plan.taxpayers {
        Past::make(n, plan, applications, vault, &mut batch);
        if batch.rows() >= ROWS_PER_BATCH || n + 1 == plan.taxpayers {
            enter(&mut batch, &mut edge, vault);
            if full.blocking_send(std::mem::take(&mut batch)).is_err() {
                break;
            }
        }
    }
    edge
}

/// Gives the events of a batch their places in the ledger: a load has nobody to share it with.
fn enter(batch: &mut Batch, edge: &mut Edge, vault: &Vault) {
    for (event, link) in &batch.events {
        let salt = ledger::salt(vault, event.gstin, *link);
        let (gstin, seq, at) = (event.gstin, link.seq, event.at);
        batch.leaves.push(LeafRow { gstin, seq, at, index: edge.size(), salt });
        edge.push(event_leaf(salt, link.hash), &mut batch.tiles);
    }
}

/// Makes the ledger as large as what was loaded. The first server that runs on it signs it.
async fn grow(store: &dyn Store, edge: &Edge, now: Timestamp) -> Result<(), StoreError> {
    let mut work = store.write().await?;
    work.put_ledger_tiles(&edge.tiles()).await?;
    work.grow_ledger(0, edge.size(), now).await?;
    work.commit().await
}

async fn register(store: &dyn Store, seed: u64, applications: &[Application]) -> Result<(), CannotSeed> {
    let mut work = store.write().await?;
    if work.taxpayers_count().await? > 0 || !work.applications().await?.is_empty() {
        return Err(CannotSeed::NotEmpty);
    }
    let dice = Dice::new(seed, u64::MAX - 1);
    let chance: &dyn Chance = &dice;
    for application in applications {
        work.put_gsp(&application.gsp).await?;
        work.put_asp(&application.asp).await?;
        // Nobody knows the secret of a made-up application.
        let secret_hash = KeyedHash(chance.bytes());
        work.put_application(&Registered { application: application.clone(), secret_hash }).await?;
    }
    Ok(work.commit().await?)
}
