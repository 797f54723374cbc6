//! Taxpayers who have been asked, and whose OTPs are known: a grant is then one call.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use app::model::{Timestamp, gstin::Gstin, otp::OtpRules, registry::Application};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    consent::{Consents, OtpPoster, OtpToSend},
    enforce::Remembering,
    nodes::Protection,
    seed::{Plan, applications, gstin, seed},
    store::Store,
    vault::Vault,
};

/// Keeps the newest OTP of each taxpayer.
#[derive(Default)]
struct Otps(Mutex<HashMap<Gstin, String>>);

impl OtpPoster for Otps {
    fn post(&self, otp: &OtpToSend<'_>) -> bool {
        self.0.lock().expect("lock").insert(otp.taxpayer.gstin, otp.otp.to_owned());
        true
    }
}

/// A database of taxpayers without a past, and the life of consents over it.
pub(crate) struct Givers {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) consents: Consents,
    pub(crate) vault: Vault,
    pub(crate) remembering: Remembering,
    pub(crate) application: Application,
    taxpayers: u64,
    otps: Arc<Otps>,
}

/// The same of each kind in both databases that are compared.
pub(crate) const SEED: u64 = 1;

impl Givers {
    /// Fills an empty database with so many taxpayers.
    pub(crate) async fn new(store: Arc<dyn Store>, taxpayers: u64) -> Self {
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let vault = Vault::new(&[7; 32], chance.clone());
        let plan = Plan { taxpayers, consents: 0, seed: SEED, now: now(), logs_since: None };
        seed(store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
        let otps = Arc::new(Otps::default());
        let rules = OtpRules {
            requests_per_application_max: u32::MAX,
            requests_per_taxpayer_max: u32::MAX,
            ..OtpRules::default()
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let remembering = Remembering::new("bench", Protection::On, &store, &clock, &chance);
        let (nodes, bell) = (remembering.nodes.clone(), Arc::new(|| ()));
        let consents = Consents::new(store.clone(), vault.clone(), clock, chance, otps.clone(), nodes, bell, rules);
        let application = applications(SEED).remove(0);
        Self { store, consents, vault, remembering, application, taxpayers, otps }
    }

    /// The same, whose grants are not proven by a ledger.
    pub(crate) fn without_proof(self) -> Self {
        Self { consents: self.consents.without_proof(), ..self }
    }

    /// The user name of the n-th taxpayer.
    pub(crate) fn username(n: u64) -> String {
        format!("taxpayer.{n}")
    }

    /// The application asks the n-th taxpayer.
    pub(crate) async fn ask(&self, n: u64) {
        self.consents.request_otp(&self.application, &Self::username(n)).await.expect("OTP");
    }

    /// The n-th taxpayer, who has been asked, gives consent; the token.
    pub(crate) async fn give(&self, n: u64) -> String {
        let otp = self.otps.0.lock().expect("lock").get(&gstin(n, self.taxpayers)).cloned().expect("was asked");
        self.consents.grant(&self.application, &Self::username(n), &otp).await.expect("consent").token
    }
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}
