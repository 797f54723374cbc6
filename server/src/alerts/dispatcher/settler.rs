//! Writes down what became of deliveries, many in one transaction: a commit costs the same for one and for hundreds.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time};

use crate::alerts::outbox::{Outbox, Settled};

/// Results in one transaction.
const BATCH_MAX: usize = 256;
/// Results that wait; who hands in more waits, and so sends no more.
const WAITING_MAX: usize = 1_024;
/// Times that results are offered to a store that fails; after that their leases end and the alerts are sent again.
const TRIES_MAX: u32 = 3;

/// Where results are handed in.
#[derive(Clone)]
pub(super) struct Desk(mpsc::Sender<Settled>);

/// Writes what is handed in, until nobody can hand in any more.
pub(super) struct Settler {
    outbox: Arc<dyn Outbox>,
    handed_in: mpsc::Receiver<Settled>,
}

pub(super) fn open(outbox: Arc<dyn Outbox>) -> (Desk, Settler) {
    let (desk, handed_in) = mpsc::channel(WAITING_MAX);
    (Desk(desk), Settler { outbox, handed_in })
}

impl Desk {
    /// Hands a result in; waits where too many do.
    pub(super) async fn hand_in(&self, settled: Settled) {
        if self.0.send(settled).await.is_err() {
            tracing::error!("nobody writes attempts down any more; the alert is sent again");
        }
    }
}

impl Settler {
    /// Works until every desk is gone.
    pub(super) async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        // While a batch is written, the next one gathers: it is as large as the store is slow.
        while self.handed_in.recv_many(&mut batch, BATCH_MAX).await > 0 {
            self.write(&batch).await;
            batch.clear();
        }
    }

    async fn write(&self, batch: &[Settled]) {
        for tried in 1..=TRIES_MAX {
            match self.outbox.settle(batch).await {
                Ok(held) => {
                    let lost = batch.iter().zip(held).filter(|(_, held)| !held);
                    for (settled, _) in lost {
                        tracing::warn!(delivery = %settled.after.id, "its lease had ended; it may be sent twice");
                    }
                    return;
                }
                Err(error) => {
                    tracing::error!(count = batch.len(), %error, tried, "attempts could not be written down");
                    time::sleep(Duration::from_millis(100) * tried).await;
                }
            }
        }
    }
}
