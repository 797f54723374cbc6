//! What the tests share: a database of their own on either engine, a clock that stands, a seeded generator.

use std::sync::{Arc, Mutex};

use app::model::{otp::OtpRules, taxpayer::Signatory, taxpayer::Taxpayer};
use server::{
    chance::{Chance, SeededChance},
    clock::ManualClock,
    consent::{Consents, OtpPoster, OtpToSend},
    demo::{cast, seed},
    enforce::{Checks, Memory, Tally},
    nodes::{Nodes, Protection},
    store::Store,
    vault::Vault,
};

use super::database::{Database, Engine, NOW, at};

/// Keeps the OTPs that would have been sent.
#[derive(Default)]
pub(crate) struct Pigeonhole(Mutex<Vec<String>>);

impl Pigeonhole {
    pub(crate) fn newest(&self) -> String {
        self.0.lock().expect("lock").last().cloned().expect("an OTP was sent")
    }
}

impl OtpPoster for Pigeonhole {
    fn post(&self, otp: &OtpToSend<'_>) -> bool {
        self.0.lock().expect("lock").push(otp.otp.to_owned());
        true
    }
}

/// Everything about consents over a fresh database with the sample data.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ManualClock,
    pub(crate) otps: Arc<Pigeonhole>,
    pub(crate) consents: Arc<Consents>,
    pub(crate) checks: Arc<Checks>,
    pub(crate) player: cast::Player,
    pub(crate) taxpayer: Taxpayer,
    pub(crate) signatory: Signatory,
    _database: Database,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        let store = database.store.clone();
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
        let vault = Vault::new(&[7; 32], chance.clone());
        let clock = ManualClock::at(at(NOW));
        let now = server::clock::Clock::now(&clock);
        seed::seed(&*store, &vault, &*chance, now).await.expect("seed");
        let otps = Arc::new(Pigeonhole::default());
        let tally = Arc::new(Tally::new(store.clone(), Arc::new(clock.clone())));
        let memory = Arc::new(Memory::new(tally.clone()));
        let nodes = Arc::new(Nodes::new(
            "world".into(),
            Protection::On,
            store.clone(),
            Arc::new(clock.clone()),
            chance.clone(),
            memory.clone(),
        ));
        let consents = Arc::new(Consents::new(
            store.clone(),
            vault.clone(),
            Arc::new(clock.clone()),
            chance.clone(),
            otps.clone(),
            nodes.clone(),
            Arc::new(|| ()),
            OtpRules::default(),
        ));
        let checks = Arc::new(Checks {
            store: store.clone(),
            vault,
            clock: Arc::new(clock.clone()),
            chance,
            nodes,
            memory,
            tally,
        });
        let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer without a past");
        let player = cast::players().remove(0);
        Self { store, clock, otps, consents, checks, player, taxpayer, signatory, _database: database }
    }

    /// An ASP obtains consent: asks, is told the OTP, shows it.
    pub(crate) async fn grant(&self) -> server::consent::Granted {
        let application = &self.player.application;
        self.consents.request_otp(application, &self.taxpayer.username).await.expect("OTP");
        self.consents.grant(application, &self.taxpayer.username, &self.otps.newest()).await.expect("consent")
    }
}
