//! Consents at their pace, and a running dispatcher that tells of them: mails to a relay, SMS to a gateway, both on loopback.

use std::{ops::Range, sync::Arc, time::Duration};

use server::{
    alerts::{channels::sms_cdac::CdacConfig, dispatcher::Wake, secret::Secret},
    chance::SystemChance,
    demo::inbox::Inbox,
    store::Store,
};
use tokio::{task::JoinSet, time};

use super::{Running, dispatcher, relay::CountingRelay};
use crate::{
    givers::Givers,
    support::{
        serve::{SMS_PASSWORD, SMS_SECURE_KEY, SMS_USER},
        sms_gateway,
    },
};

/// What the product is sized for (issue 4).
pub(super) const CONSENTS_PER_SECOND: u64 = 100;

/// Taxpayers who can be asked, and a dispatcher that tells them of each consent.
pub(super) struct Scene {
    pub(super) givers: Arc<Givers>,
    running: Running,
    _relay: CountingRelay,
}

impl Scene {
    pub(super) async fn start(store: &Arc<dyn Store>, taxpayers: u64) -> Self {
        let wake = Arc::new(Wake::default());
        let bell = wake.clone();
        let givers = Arc::new(Givers::ringing(store.clone(), taxpayers, Arc::new(move || bell.ring())).await);
        let relay = CountingRelay::start().await;
        let base_url = sms_gateway::start(Inbox::default(), Arc::new(SystemChance)).await;
        let (password, secure_key) = (Secret::new(SMS_PASSWORD), Secret::new(SMS_SECURE_KEY));
        let sms = CdacConfig { base_url, username: SMS_USER.into(), password, secure_key };
        let running = Running::start(dispatcher(store, &givers.vault, wake, relay.port, sms));
        Self { givers, running, _relay: relay }
    }

    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}

/// Gives so many consents a second, whatever each takes; how long each took.
pub(super) async fn give(givers: &Arc<Givers>, taxpayers: Range<u64>, per_second: u64) -> Vec<Duration> {
    let mut every = time::interval(Duration::from_micros(1_000_000 / per_second));
    let mut giving = JoinSet::new();
    for n in taxpayers {
        every.tick().await;
        let givers = givers.clone();
        giving.spawn(async move {
            let began = server::clock::stopwatch();
            givers.give(n).await;
            began.elapsed()
        });
    }
    giving.join_all().await
}
