//! What the tests share: a database of their own on either engine, a clock that stands, a seeded generator.

use std::sync::{Arc, Mutex};

use app::model::{
    decide::{Claim, RefuseReason},
    otp::OtpRules,
    taxpayer::{Signatory, Taxpayer},
};
use server::{
    chance::{Chance, SeededChance},
    clock::{Clock, ManualClock},
    consent::{Consents, Granted, OtpPoster, OtpToSend, SESSIONS_PER_GSP_MAX, Swept},
    demo::{cast, seed},
    enforce::{Checked, Checks, Fetch, Remembering},
    nodes::Protection,
    store::Store,
    vault::Vault,
    verify::{Violation, verify},
};

use super::database::{Database, Engine, NOW, at};

/// Keeps the OTPs that would have been sent.
#[derive(Default)]
pub(crate) struct Pigeonhole(Mutex<Vec<String>>);

impl Pigeonhole {
    pub(crate) fn count(&self) -> usize {
        self.0.lock().expect("lock").len()
    }

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
    pub(crate) vault: Vault,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) database: Database,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::under(engine, OtpRules::default(), SESSIONS_PER_GSP_MAX).await
    }

    /// The same under other bounds.
    pub(crate) async fn under(engine: Engine, rules: OtpRules, sessions_per_gsp_max: u32) -> Self {
        Self::over(Database::fresh(engine).await, rules, sessions_per_gsp_max).await
    }

    /// The same over a database that is empty.
    pub(crate) async fn over(database: Database, rules: OtpRules, sessions_per_gsp_max: u32) -> Self {
        let store = database.store.clone();
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
        let vault = Vault::new(&[7; 32], chance.clone());
        let clock = ManualClock::at(at(NOW));
        let now = server::clock::Clock::now(&clock);
        seed::seed(&*store, &vault, &*chance, now).await.expect("seed");
        let otps = Arc::new(Pigeonhole::default());
        let ticking: Arc<dyn Clock> = Arc::new(clock.clone());
        let Remembering { nodes, memory, tally } = Remembering::new("world", Protection::On, &store, &ticking, &chance);
        let consents = Consents::new(
            store.clone(),
            vault.clone(),
            Arc::new(clock.clone()),
            chance.clone(),
            otps.clone(),
            nodes.clone(),
            Arc::new(|| ()),
            rules,
        );
        let consents = Arc::new(consents.with_sessions_per_gsp_max(sessions_per_gsp_max));
        let checks = Arc::new(Checks {
            store: store.clone(),
            vault: vault.clone(),
            clock: Arc::new(clock.clone()),
            chance: chance.clone(),
            nodes,
            memory,
            tally,
        });
        let (taxpayer, _, signatory) = cast::taxpayers().pop().expect("a taxpayer without a past");
        let player = cast::players().remove(0);
        Self { store, clock, otps, consents, checks, player, taxpayer, signatory, vault, chance, database }
    }

    /// A call on a token; why it does not pass.
    pub(crate) async fn check(&self, granted: &Granted) -> Result<(), RefuseReason> {
        let fetch =
            Fetch { api: "returns".into(), action: "RETSUM".into(), period: Some("102026".into()), network: None };
        match self.checks.check(&granted.token, &Claim::default(), Some(fetch)).await.expect("store") {
            Checked::Pass(_) => Ok(()),
            Checked::Refuse(reason) => Err(reason),
        }
    }

    /// What `verify` finds.
    pub(crate) async fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let now = server::clock::Clock::now(&self.clock);
        verify(&*self.store, now, &mut |page| found.extend_from_slice(page.violations)).await.expect("read");
        found
    }

    /// A look for what sleeps or ends soon, long after the last one: by the clock that nodes share, which no test sets.
    pub(crate) async fn sweep(&self) -> Swept {
        self.database.run("update sweep set leased_until = 0").await.expect("over");
        self.consents.sweep().await.expect("swept")
    }

    /// An ASP obtains consent: asks, is told the OTP, shows it.
    pub(crate) async fn grant(&self) -> Granted {
        let application = &self.player.application;
        self.consents.request_otp(application, &self.taxpayer.username).await.expect("OTP");
        self.consents.grant(application, &self.taxpayer.username, &self.otps.newest()).await.expect("consent")
    }
}
