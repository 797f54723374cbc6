//! A server without its listener, one of several over one store.

use std::{sync::Arc, time::Duration};

use app::model::{
    decide::{Claim, RefuseReason},
    otp::OtpRules,
};
use server::{
    chance::{Chance, SystemChance},
    clock::{Clock, ManualClock},
    consent::{Consents, Ended, Granted},
    enforce::{Checked, Checks, Fetch, Remembering, Unanswered},
    nodes::{Nodes, Protection},
    store::Store,
    vault::Vault,
};
use tokio::{task::JoinHandle, time};
use tokio_util::sync::CancellationToken;

use super::world::World;

/// How long it may take until a right is got or lost.
const RIGHT_MAX: Duration = Duration::from_secs(20);

/// What it remembers, and its place among the others.
pub(crate) struct Node {
    pub(crate) consents: Consents,
    pub(crate) checks: Arc<Checks>,
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) stop: CancellationToken,
    pub(crate) keeping: JoinHandle<()>,
}

impl Node {
    pub(crate) async fn start(world: &World) -> Self {
        Self::start_over(world, world.store.clone(), &world.clock).await
    }

    /// The same, with what it draws.
    pub(crate) async fn start_drawing(world: &World, chance: Arc<dyn Chance>) -> Self {
        Self::start_with(world, world.store.clone(), Arc::new(world.clock.clone()), chance).await
    }

    /// The same over another way to the database, or by another clock.
    pub(crate) async fn start_over(world: &World, store: Arc<dyn Store>, clock: &ManualClock) -> Self {
        Self::start_with(world, store, Arc::new(clock.clone()), Arc::new(SystemChance)).await
    }

    /// The same by any clock.
    pub(crate) async fn start_by(world: &World, clock: Arc<dyn Clock>) -> Self {
        Self::start_with(world, world.store.clone(), clock, Arc::new(SystemChance)).await
    }

    async fn start_with(world: &World, store: Arc<dyn Store>, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        let vault = Vault::new(&[7; 32], chance.clone());
        let Remembering { nodes, memory, tally } = Remembering::new("test", Protection::On, &store, &clock, &chance);
        let consents = Consents::new(
            store.clone(),
            vault.clone(),
            clock.clone(),
            chance.clone(),
            world.otps.clone(),
            nodes.clone(),
            Arc::new(|| ()),
            OtpRules::default(),
        );
        let checks = Arc::new(Checks { store, vault, clock, chance, nodes: nodes.clone(), memory, tally });
        let stop = CancellationToken::new();
        let keeping = tokio::spawn(nodes.clone().keep(stop.clone()));
        nodes.ready().await;
        let node = Self { consents, checks, nodes, stop, keeping };
        node.until(true).await;
        node
    }

    /// Until it may answer from memory, or may not.
    pub(crate) async fn until(&self, may: bool) {
        let waiting = async {
            while self.nodes.may_answer_from_memory() != may {
                time::sleep(Duration::from_millis(5)).await;
            }
        };
        time::timeout(RIGHT_MAX, waiting).await.expect("its right comes and goes in time");
    }

    /// What it says of a call; why it says nothing.
    pub(crate) async fn ask(&self, granted: &Granted) -> Result<Checked, Unanswered> {
        let fetch = Fetch { api: "returns".into(), action: "RETSUM".into(), period: None, network: None };
        self.checks.check(&granted.token, &Claim::default(), Some(fetch)).await
    }

    pub(crate) async fn check(&self, granted: &Granted) -> Result<(), RefuseReason> {
        match self.ask(granted).await.expect("an answer") {
            Checked::Pass(_) => Ok(()),
            Checked::Refuse(reason) => Err(reason),
        }
    }

    pub(crate) async fn revoke(&self, world: &World, granted: &Granted) -> Ended {
        let (gstin, by) = (granted.consent.gstin, world.signatory.id);
        self.consents.revoke(gstin, granted.consent.id, by).await.expect("ended")
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.keeping.await.expect("stopped");
    }
}

/// How many are on the list.
pub(crate) async fn live_nodes(world: &World) -> usize {
    world.store.read().await.expect("read").nodes().await.expect("nodes").len()
}
