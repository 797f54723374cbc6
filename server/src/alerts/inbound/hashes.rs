//! Fills in the hashes of mobile numbers that were written by a version before them: beside the work, batch by batch, until
//! there are none without.

use std::{sync::Arc, time::Duration};

use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::{
    store::{Store, StoreError, port::mobile_hash},
    vault::Vault,
};

/// Signatories in one transaction.
const BATCH: u32 = 200;
/// Between two transactions, so that others are not held up.
const PAUSE: Duration = Duration::from_millis(50);
/// After a store that failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Works until every number has its hash, or it is told to stop.
pub async fn fill_in(store: Arc<dyn Store>, vault: Vault, stop: CancellationToken) {
    let filling = async {
        let mut filled = 0;
        loop {
            match batch(&*store, &vault).await {
                Ok(0) => break,
                Ok(some) => {
                    filled += some;
                    time::sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "hashes of mobile numbers could not be filled in; trying again");
                    time::sleep(PATIENCE).await;
                }
            }
        }
        if filled > 0 {
            tracing::info!(filled, "every mobile number has its hash: SMS of all signatories are obeyed");
        }
    };
    stop.run_until_cancelled(filling).await;
}

/// How many got theirs.
async fn batch(store: &dyn Store, vault: &Vault) -> Result<usize, StoreError> {
    let without = store.read().await?.signatories_without_hash(BATCH).await?;
    if without.is_empty() {
        return Ok(0);
    }
    let (mut work, mut filled) = (store.write().await?, 0);
    for sealed in without {
        match sealed.open(vault) {
            Ok(signatory) => {
                work.put_mobile_hash(sealed.gstin, sealed.id, mobile_hash(vault, &signatory.mobile)).await?;
                filled += 1;
            }
            Err(error) => tracing::error!(%error, gstin = %sealed.gstin, signatory = %sealed.id, "no SMS is obeyed"),
        }
    }
    work.commit().await?;
    Ok(filled)
}
