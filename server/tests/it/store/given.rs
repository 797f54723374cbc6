//! What a store's test begins with: the registry, some taxpayers, and a generator of ids.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    alert::{Alert, Channel, Delivery, Matter},
    consent::{Consent, Moved},
    gstin::Gstin,
    id::{AlertId, ApplicationId, ConsentId, DeliveryId, SignatoryId},
};
use server::{
    chance::{Chance, SeededChance},
    clock::ManualClock,
    demo::cast,
    ledger::{Grown, Ledger, Scribe},
    store::{
        Reading, Store, StoreError, Writing,
        port::{OwedLeaf, Registered, SealedSignatory},
    },
    vault::{Purpose, Vault},
};
use uuid::Uuid;

use crate::support::database::{Database, Engine, NOW, at};

/// How often it is looked whether something has come about; ten seconds in all.
const LOOKS_MAX: u32 = 1_000;

/// What the ledgers of these tests are called.
pub(super) const ORIGIN: &str = "consent.example.in/ledger";

/// A database with people in it.
pub(super) struct Given {
    pub(super) store: Arc<dyn Store>,
    pub(super) database: Database,
    pub(super) vault: Vault,
    pub(super) now: Timestamp,
    chance: Arc<dyn Chance>,
}

impl Given {
    pub(super) async fn new(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(11));
        let vault = Vault::new(&[11; 32], chance.clone());
        let given = Self { store: database.store.clone(), database, vault, now: at(NOW), chance };
        let mut work = given.write().await;
        for gsp in cast::gsps() {
            work.put_gsp(&gsp).await.expect("GSP");
        }
        for player in cast::players() {
            work.put_asp(&player.application.asp).await.expect("ASP");
            let secret_hash = given.vault.hash(Purpose::Secret, player.client_secret.as_bytes());
            let registered = Registered { application: player.application, secret_hash };
            work.put_application(&registered).await.expect("application");
        }
        for (taxpayer, window, signatory) in cast::taxpayers() {
            work.add_taxpayer(&taxpayer, &window).await.expect("taxpayer");
            work.add_signatory(&SealedSignatory::seal(&signatory, &given.vault)).await.expect("signatory");
        }
        work.commit().await.expect("commit");
        given
    }

    pub(super) async fn read(&self) -> Box<dyn Reading> {
        self.store.read().await.expect("read")
    }

    pub(super) async fn write(&self) -> Box<dyn Writing> {
        self.store.write().await.expect("write")
    }

    /// Writes events down.
    pub(super) fn scribe(&self) -> Scribe {
        Scribe::new(self.vault.clone())
    }

    /// The log over its events, as it is.
    pub(super) async fn ledger(&self) -> Ledger {
        let clock = Arc::new(ManualClock::at(self.now));
        let opened = Ledger::open(self.store.clone(), self.vault.clone(), clock, self.chance.clone(), ORIGIN).await;
        opened.expect("a ledger")
    }

    /// The leaves that can be given their places, once all that are owed can: on PostgreSQL other tests' transactions, in
    /// other databases of the same cluster, have to be over first.
    pub(super) async fn owed_leaves(&self) -> Vec<OwedLeaf> {
        for _ in 0..LOOKS_MAX {
            let owed = self.read().await.owed_leaves(u32::MAX).await.expect("read");
            let in_all = self.database.count("select count(*) from owed_leaf").await;
            if i64::try_from(owed.len()) == Ok(in_all) {
                return owed;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("leaves are owed that get no place");
    }

    /// What the next round gives a place to, once the ledger is free: a round that failed holds it until its connection has
    /// seen the rollback through, which is after its answer.
    pub(super) async fn grows(&self, ledger: &Ledger) -> Grown {
        for _ in 0..LOOKS_MAX {
            let grown = ledger.grow().await.expect("it grows");
            if grown.leaves > 0 {
                return grown;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the ledger stays held");
    }

    /// The same, grown until nothing is owed to it.
    pub(super) async fn grown_ledger(&self) -> Ledger {
        self.owed_leaves().await;
        let ledger = self.ledger().await;
        while ledger.grow().await.expect("it grows").more {}
        ledger
    }

    pub(super) fn id(&self, at: Timestamp) -> Uuid {
        self.chance.id(at)
    }

    pub(super) fn below(&self, bound: u32) -> u32 {
        self.chance.below(bound)
    }

    /// A consent of the `nth` taxpayer for the `player`th application, 30 days from a moment on.
    pub(super) fn grant(&self, nth: usize, player: usize, at: Timestamp) -> Moved {
        let (_, window, _) = cast::taxpayers().remove(nth);
        Consent::grant(ConsentId(self.chance.id(at)), &window, application(player), at)
    }

    /// The same, written.
    pub(super) async fn granted(&self, nth: usize, player: usize, at: Timestamp) -> Consent {
        let moved = self.grant(nth, player, at);
        let mut work = self.write().await;
        work.add_consent(&moved.consent).await.expect("consent");
        self.scribe().append(&mut *work, &moved.event).await.expect("event");
        work.commit().await.expect("commit");
        moved.consent
    }

    /// A move, written, or why not.
    pub(super) async fn moved(&self, moved: &Moved) -> Result<(), StoreError> {
        let mut work = self.write().await;
        work.lock_taxpayer(moved.consent.gstin).await?;
        work.update_consent(&moved.consent).await?;
        self.scribe().append(&mut *work, &moved.event).await?;
        work.commit().await
    }

    /// An alert about a consent, owed at a moment, one delivery a channel, written.
    pub(super) async fn owed(&self, consent: &Consent, at: Timestamp) -> (Alert, [Delivery; 2]) {
        let (gstin, id) = (consent.gstin, AlertId(self.chance.id(at)));
        let alert = Alert { gstin, id, consent: Some(consent.id), matter: Matter::ConsentGiven, owed_at: at };
        let by = |channel| Delivery::owed(&alert, DeliveryId(self.chance.id(at)), channel, signatory(gstin));
        let deliveries = Channel::ALL.map(by);
        let mut work = self.write().await;
        work.add_alert(&alert, &deliveries).await.expect("alert");
        work.commit().await.expect("commit");
        (alert, deliveries)
    }
}

/// The `nth` taxpayer.
pub(super) fn gstin(nth: usize) -> Gstin {
    cast::taxpayers()[nth].0.gstin
}

/// Who signs for a taxpayer.
pub(super) fn signatory(gstin: Gstin) -> SignatoryId {
    cast::taxpayers().into_iter().find(|(taxpayer, _, _)| taxpayer.gstin == gstin).expect("in the cast").2.id
}

/// The `nth` application.
pub(super) fn application(nth: usize) -> ApplicationId {
    cast::players()[nth].application.id
}
