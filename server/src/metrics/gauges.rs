//! What stands somewhere already, and is only read when somebody asks: the queue, the providers, the canary, the leases.

use app::model::{Timestamp, alert::Channel};

use super::{
    Metrics, Watched,
    labels::{ByChannel, ByProof, ByProvider},
};
use crate::{
    alerts::providers::{
        breaker::BreakerState,
        canary::{Arrivals, Proofs},
        road::Standing,
    },
    store::{Reading, StoreError},
};

/// Deliveries, or notices, that are counted at most: a look at the queue must not cost more the longer it is.
const WAITING_MAX: u32 = 1_000_000;

impl Metrics {
    /// Reads everything anew.
    pub(super) async fn read(&self, watched: &Watched) -> Result<(), StoreError> {
        let channels = &watched.channels;
        self.stand("email", &channels.email.standings(), channels.email.alarm());
        self.stand("sms", &channels.sms.standings(), channels.sms.alarm());
        self.lease.set(i64::from(watched.nodes.may_answer_from_memory()));
        let mut work = watched.store.read().await?;
        let now = work.shared_now(watched.clock.now()).await?;
        for (name, channel) in [("email", Channel::Email), ("sms", Channel::Sms)] {
            self.queue(name, channel, &mut *work, now).await?;
        }
        let rows = work.canaries().await?;
        // Of the settings' providers alone: a row stays when a provider is removed or renamed, and its age would only grow.
        for Proofs { provider, arrivals } in &watched.proofs {
            let row = rows.iter().find(|row| row.provider == **provider);
            let (accepted, arrived) = row.map_or((None, None), |row| (row.accepted_at, row.delivered_at));
            let told = match arrivals {
                Arrivals::Always => true,
                Arrivals::OnceKnown => arrived.is_some(),
                Arrivals::Never => false,
            };
            for (proof, at) in [("accepted", accepted)].into_iter().chain(told.then_some(("delivered", arrived))) {
                let by = ByProof { provider: provider.to_string(), proof };
                // Without a proof yet, its age is that of the oldest it could be: nothing hides behind a zero.
                let age = now.duration_since(at.unwrap_or(Timestamp::UNIX_EPOCH)).as_secs();
                self.canary_age.get_or_create(&by).set(age.max(0));
            }
        }
        self.notices.set(work.count_open_notices(WAITING_MAX).await?.into());
        self.nodes.set(i64::try_from(work.nodes().await?.len()).unwrap_or(i64::MAX));
        Ok(())
    }

    async fn queue(
        &self,
        name: &'static str,
        channel: Channel,
        work: &mut dyn Reading,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let by = ByChannel { channel: name };
        let waiting = work.waiting_deliveries(channel, WAITING_MAX).await?;
        self.waiting.get_or_create(&by).set(waiting.into());
        // By the moment at which it was owed: a retry makes nothing younger.
        let oldest = work.oldest_waiting(channel, WAITING_MAX).await?;
        let age = oldest.map_or(0, |oldest| now.duration_since(oldest.owed_at).as_secs().max(0));
        self.oldest_due.get_or_create(&by).set(age);
        Ok(())
    }

    fn stand(&self, channel: &'static str, standings: &[Standing], alarm: bool) {
        self.alarm.get_or_create(&ByChannel { channel }).set(i64::from(alarm));
        for standing in standings {
            let by = ByProvider { channel, provider: standing.provider.to_string() };
            self.points.get_or_create(&by).set(standing.points.into());
            self.breaker.get_or_create(&by).set(match standing.breaker {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen => 1,
                BreakerState::Open => 2,
            });
        }
    }
}
