//! Alerts on their way: from the queue to a relay on loopback, from a consent to its acceptance, and out of a backlog.

pub(crate) mod backlog;
pub(crate) mod burst;
mod giving;
pub(crate) mod latency;
mod relay;
pub(crate) mod throughput;

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery, Matter},
    consent::Consent,
    id::{AlertId, DeliveryId, SignatoryId},
};
use server::{
    alerts::{
        channels::{Channels, email::EmailConfig, sms_cdac::CdacConfig},
        dispatcher::{Dispatcher, Wake},
        kept_outbox::KeptOutbox,
        message::Composer,
        providers::{
            config::Plan,
            road::{Ground, Road},
            tap::KeptMains,
        },
        secret::Secret,
        sms_template::SmsTemplates,
    },
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    seed::gstin,
    store::Store,
    vault::Vault,
};
use tokio::{task::JoinHandle, time};
use tokio_util::sync::CancellationToken;

use super::givers::now;

/// The settings of a relay on this machine.
fn email(port: u16) -> EmailConfig {
    EmailConfig::on_this_machine(port, "no-reply@gst.example".parse().expect("address"))
}

/// A dispatcher over a store, as the server has it, to these providers.
fn dispatcher(store: &Arc<dyn Store>, vault: &Vault, wake: Arc<Wake>, relay_port: u16, sms: CdacConfig) -> Dispatcher {
    let (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>) = (Arc::new(SystemClock), Arc::new(SystemChance));
    let plan = Plan::simple(&email(relay_port), sms).expect("providers");
    let ground = Ground {
        mains: Arc::new(KeptMains(store.clone())),
        clock: clock.clone(),
        chance: chance.clone(),
        balance: plan.balance,
        breaker: plan.breaker,
    };
    let outbox =
        KeptOutbox { store: store.clone(), vault: vault.clone(), clock: clock.clone(), chance: chance.clone() };
    Dispatcher {
        worker: "bench".into(),
        outbox: Arc::new(outbox),
        channels: Channels {
            email: Arc::new(Road::new("email", plan.email, ground.clone())),
            sms: Arc::new(Road::new("sms", plan.sms, ground)),
        },
        composer: Arc::new(Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None }),
        schedule: Arc::new(plan.schedule),
        clock,
        chance,
        wake,
        limits: plan.limits,
    }
}

/// A gateway that nobody asks.
fn no_gateway() -> CdacConfig {
    CdacConfig {
        base_url: "http://127.0.0.1:9".into(),
        username: "nobody".into(),
        password: Secret::new("none"),
        secure_key: Secret::new("none"),
    }
}

/// A running dispatcher.
struct Running {
    stop: CancellationToken,
    run: JoinHandle<()>,
}

impl Running {
    fn start(dispatcher: Dispatcher) -> Self {
        let stop = CancellationToken::new();
        Self { run: tokio::spawn(dispatcher.run(stop.clone())), stop }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.run.await.expect("it stops");
    }
}

/// A consent of each of the first so many taxpayers, and who is told of it.
async fn consents(store: &dyn Store, taxpayers: u64, of: u64) -> Vec<(Consent, SignatoryId)> {
    let mut found = Vec::new();
    let mut work = store.read().await.expect("read");
    for n in 0..taxpayers {
        let gstin = gstin(n, of);
        let mut listed = work.list_consents(gstin, true, now(), None).await.expect("a page");
        if listed.is_empty() {
            listed = work.list_consents(gstin, false, now(), None).await.expect("a page");
        }
        let signatories = work.signatories(gstin).await.expect("signatories");
        if let (Some(listed), Some(signatory)) = (listed.first(), signatories.first()) {
            found.push((listed.consent.clone(), signatory.id));
        }
    }
    found
}

/// Owes a mail about each of these, so many times over, in one unit of work.
async fn owe_mails(store: &dyn Store, about: &[(Consent, SignatoryId)], at: Timestamp) {
    let chance: &dyn Chance = &SystemChance;
    let mut work = store.write().await.expect("write");
    for (consent, recipient) in about {
        let (gstin, id) = (consent.gstin, AlertId(chance.id(at)));
        let alert = Alert { gstin, id, consent: Some(consent.id), matter: Matter::ConsentGiven, owed_at: at };
        let delivery = Delivery::owed(&alert, DeliveryId(chance.id(at)), Channel::Email, *recipient);
        work.add_alert(&alert, &[delivery]).await.expect("owed");
    }
    work.commit().await.expect("commit");
}

/// Waits until nothing waits on a channel.
async fn drained(store: &dyn Store, channel: Channel) {
    loop {
        let waiting = store.read().await.expect("read").waiting_deliveries(channel, 1).await.expect("count");
        if waiting == 0 {
            return;
        }
        time::sleep(Duration::from_millis(2)).await;
    }
}
