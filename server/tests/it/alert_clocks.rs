//! Servers whose clocks differ by an hour share what is owed: nobody sends twice, and nothing waits for an hour.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    alert::{Channel, Matter, Outcome, RetrySchedule},
    gstin::Gstin,
};
use jiff::SignedDuration;
use server::{
    alerts::{
        kept_outbox::KeptOutbox,
        outbox::{Attempt, Leased, Outbox, Settled},
        owe::{Owed, owe},
    },
    chance::{Chance, SystemChance},
    clock::{Clock, SystemClock},
    demo::{cast, seed},
    vault::Vault,
};

use crate::support::database::{Database, Engine};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// What a lease lasts, and how much the looks of this test may take.
const TERM: SignedDuration = SignedDuration::from_secs(60);
const SLACK: SignedDuration = SignedDuration::from_secs(30);

/// A machine's clock that is set wrong.
struct Off(SignedDuration);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }

    fn since_boot(&self) -> Duration {
        SystemClock.since_boot()
    }
}

/// One server's way to what is owed.
struct Node {
    name: &'static str,
    clock: Arc<dyn Clock>,
    outbox: KeptOutbox,
    chance: Arc<dyn Chance>,
}

impl Node {
    fn new(database: &Database, vault: &Vault, name: &'static str, off: SignedDuration) -> Self {
        let (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>) = (Arc::new(Off(off)), Arc::new(SystemChance));
        let (store, vault) = (database.store.clone(), vault.clone());
        let outbox = KeptOutbox { store, vault, clock: clock.clone(), chance: chance.clone() };
        Self { name, clock, outbox, chance }
    }

    /// An alert, as this server owes it: one e-mail.
    async fn owes(&self, gstin: Gstin) {
        let mut work = self.outbox.store.write().await.expect("write");
        let owed = Owed { gstin, consent: None, matter: Matter::Thawed, at: self.clock.now() };
        owe(&mut *work, &*self.chance, owed).await.expect("owed");
        work.commit().await.expect("commit");
    }

    async fn leases(&self) -> Vec<Leased> {
        let leased = self.outbox.lease_due(self.name, Channel::Email, self.clock.now(), TERM, 10).await;
        leased.expect("leased")
    }

    /// How long until something is due, as this server sees it.
    async fn wait(&self) -> SignedDuration {
        let due = self.outbox.next_due(Channel::Email).await.expect("read").expect("something is owed");
        due.duration_since(self.clock.now())
    }

    /// The provider was busy.
    async fn fails(&self, leased: &Leased) -> bool {
        let (now, outcome) = (self.clock.now(), Outcome::temporary("busy"));
        let after = leased.delivery.after(&outcome, &RetrySchedule::default(), now, 0);
        let attempt = Attempt { at: now, provider: "relay".into(), outcome, reference: None };
        let settled = Settled { lease_token: leased.lease_token, after, attempt: Some(attempt), late: false };
        self.outbox.settle(&[settled]).await.expect("settled")[0]
    }
}

#[tokio::test]
async fn a_server_whose_clock_is_an_hour_off_sends_nothing_twice_and_holds_nothing_back() {
    let database = Database::fresh(Engine::Postgres).await;
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let vault = Vault::new(&[9; 32], chance.clone());
    seed::seed(&*database.store, &vault, &*chance, SystemClock.now()).await.expect("sample data");
    let node = |name, off| Node::new(&database, &vault, name, off);
    let (right, ahead, behind) = (node("right", SignedDuration::ZERO), node("ahead", HOUR), node("behind", -HOUR));
    let nodes = [&right, &ahead, &behind];
    let gstin = cast::taxpayers()[0].0.gstin;

    for owing in nodes {
        for sending in nodes {
            let (who, whose) = (sending.name, owing.name);
            owing.owes(gstin).await;
            let leased = sending.leases().await;
            assert_eq!(leased.len(), 1, "{who} sends at once what {whose} owes");
            let left = leased[0].delivery.due_at.duration_since(sending.clock.now());
            assert!(left <= TERM && left > TERM - SLACK, "{who} knows for how long it may: {left:#}");
            for other in nodes {
                assert!(other.leases().await.is_empty(), "{} takes nothing that {who} is sending", other.name);
                let wait = other.wait().await;
                assert!(wait <= TERM && wait > TERM - SLACK, "{}: should {who} die, {wait:#}", other.name);
            }
            assert!(sending.fails(&leased[0]).await, "{who} holds its lease");
            for other in nodes {
                let wait = other.wait().await;
                assert!(wait < SLACK, "{} tries again in {wait:#} what {who} could not send", other.name);
            }
            // Whoever stops gives back what it has, at once and to anybody.
            database
                .run("update delivery set due_at = 0 where state = 'temporary_failure'")
                .await
                .expect("time passes");
            let leased = sending.leases().await;
            assert_eq!(leased.len(), 1);
            sending.outbox.release(sending.name).await.expect("released");
            let last = behind.leases().await;
            assert_eq!(last.len(), 1, "what {who} gave back waits for nobody");
            database.run("update delivery set state = 'permanent_failure', lease = null, leased_by = null where state = 'sending'")
                .await
                .expect("over");
        }
    }
}
