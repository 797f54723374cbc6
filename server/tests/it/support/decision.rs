//! What takes access away, one after the other: decided on a server, or left by one that died before anybody heard of it.

use app::model::{
    consent::EndReason,
    controls::{AspRule, Decided},
    decide::RefuseReason,
    registry::{Asp, Standing},
    restriction::Restriction,
    return_type::ReturnType,
    role::Role,
};
use server::{
    clock::Clock,
    consent::{Asked, By, Consents, Granted},
    standing,
};

use super::world::World;

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Revoke,
    Pause,
    Narrow,
    Disown,
    Block,
    Freeze,
    Disable,
    Suspend,
}

impl Decision {
    pub(crate) const ALL: [Self; 8] = [
        Self::Revoke,
        Self::Pause,
        Self::Narrow,
        Self::Disown,
        Self::Block,
        Self::Freeze,
        Self::Disable,
        Self::Suspend,
    ];

    /// Why a call does not pass then, as the taxpayer or GSTN decided it on a server.
    pub(crate) fn reason(self) -> RefuseReason {
        match self {
            Self::Revoke | Self::Disown | Self::Block | Self::Disable => RefuseReason::ConsentEnded,
            other => other.reason_alone(),
        }
    }

    /// The same where nothing was written but the decision itself: a block that has not ended anything yet.
    pub(crate) fn reason_alone(self) -> RefuseReason {
        match self {
            Self::Revoke | Self::Disown => RefuseReason::ConsentEnded,
            Self::Pause => RefuseReason::Paused,
            Self::Narrow => RefuseReason::ReturnNotAllowed,
            Self::Block => RefuseReason::Blocked,
            Self::Freeze => RefuseReason::Frozen,
            Self::Disable => RefuseReason::AccessDisabled,
            Self::Suspend => RefuseReason::Suspended,
        }
    }

    /// Decides it on a server, until it is acknowledged.
    pub(crate) async fn make(self, world: &World, consents: &Consents, granted: &Granted) {
        let (gstin, id, version, by) = (granted.consent.gstin, granted.consent.id, granted.consent.version, by(world));
        match self {
            Self::Revoke => _ = consents.revoke(gstin, id, by).await.expect("ended"),
            Self::Pause => _ = consents.pause(gstin, id, &by).await.expect("paused"),
            Self::Narrow => _ = consents.restrict(gstin, id, version, narrow(), &by).await.expect("limited"),
            Self::Disown => _ = consents.disown(gstin, id, &by).await.expect("reported"),
            Self::Block => rule(world, consents, Some(AspRule::Blocked)).await,
            Self::Freeze => decide(world, consents, Decided::Freeze { until: None }).await,
            Self::Disable => decide(world, consents, Decided::Window { enabled: false, minutes: MINUTES }).await,
            Self::Suspend => stand(world, Standing::Suspended).await,
        }
    }

    /// Takes back what would keep the next consent from being given.
    pub(crate) async fn take_back(self, world: &World, consents: &Consents) {
        match self {
            Self::Revoke | Self::Pause | Self::Narrow => {}
            Self::Disown | Self::Block => rule(world, consents, None).await,
            Self::Freeze => decide(world, consents, Decided::Thaw).await,
            Self::Disable => decide(world, consents, Decided::Window { enabled: true, minutes: MINUTES }).await,
            Self::Suspend => stand(world, Standing::Active).await,
        }
    }

    /// The decision as one leaves it who dies right after the commit: no server was asked.
    pub(crate) async fn left_by_one_who_died(self, world: &World, granted: &Granted) {
        let (consent, asp, now) = (&granted.consent, &world.player.application.asp, world.clock.now());
        let (gstin, actor) = (consent.gstin, by(world).actor);
        let mut work = world.store.write().await.expect("write");
        let moved = match self {
            Self::Revoke => Some(consent.revoke(world.signatory.id, now)),
            Self::Pause => Some(consent.pause(actor, now)),
            Self::Narrow => Some(consent.restrict(actor, narrow(), now)),
            Self::Disown => Some(consent.end(actor, EndReason::Disowned, now)),
            Self::Block | Self::Freeze | Self::Disable | Self::Suspend => None,
        };
        if let Some(moved) = moved {
            work.update_consent(&moved.expect("live").consent).await.expect("updated");
        }
        let decided = match self {
            Self::Block => Some(Decided::Rule { asp: asp.id, before: None, after: Some(AspRule::Blocked) }),
            Self::Freeze => Some(Decided::Freeze { until: None }),
            Self::Disable => Some(Decided::Window { enabled: false, minutes: MINUTES }),
            _ => None,
        };
        if let Some(decided) = decided {
            let controls = work.controls(gstin).await.expect("read").expect("controls");
            let decision = controls.decide(decided, actor, now).expect("possible").expect("it changes something");
            work.update_controls(&decision.controls).await.expect("updated");
        }
        match self {
            Self::Disown => work.add_report(gstin, consent.id, "R-00000001", now).await.expect("reported"),
            Self::Block => {
                work.put_asp_rule(gstin, asp.id, Some(AspRule::Blocked), now).await.expect("blocked");
            }
            Self::Suspend => {
                work.put_asp(&Asp { standing: Standing::Suspended, ..asp.clone() }).await.expect("suspended");
            }
            _ => {}
        }
        work.commit().await.expect("committed");
    }
}

/// How long a consent of the sample data's taxpayer holds.
const MINUTES: i64 = 360;

fn by(world: &World) -> By {
    By::person(world.signatory.id, &world.signatory.name, Role::Signatory)
}

/// Limits that a call of the tests is outside of.
fn narrow() -> Restriction {
    Restriction { returns: Some([ReturnType::Gstr1].into_iter().collect()), ..Restriction::default() }
}

async fn decide(world: &World, consents: &Consents, decided: Decided) {
    ask(world, consents, Asked::Plain(decided)).await;
}

async fn rule(world: &World, consents: &Consents, rule: Option<AspRule>) {
    ask(world, consents, Asked::Rule { asp: world.player.application.asp.id, rule }).await;
}

/// On what holds.
async fn ask(world: &World, consents: &Consents, asked: Asked) {
    let mut work = world.store.read().await.expect("read");
    let held = work.controls(world.taxpayer.gstin).await.expect("read").expect("controls");
    drop(work);
    let decided = consents.decide(world.taxpayer.gstin, asked, held.window.version, &by(world)).await;
    decided.expect("decided");
}

async fn stand(world: &World, to: Standing) {
    let asp = world.player.application.asp.id;
    standing::set(&*world.store, &*world.chance, asp, to, world.clock.now()).await.expect("set");
}
