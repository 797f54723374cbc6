//! All that others say to us by themselves: gateways their reports and the SMS that come in, mail servers what came back.

use std::sync::Arc;

use axum::Router;

use super::{
    bounces::{BounceDesk, BounceSettings, Maildir},
    channels::Channels,
    inbound::{self, MessageFields, StopDesk},
    reports::{self, Door, Doors, Intake, shapes::Shape},
};
use crate::{chance::Chance, clock::Clock, consent::Consents, store::Store, vault::Vault};

/// What callbacks work with.
pub struct Parts {
    /// Where deliveries are.
    pub store: Arc<dyn Store>,
    /// Knows its own hashes and tags.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names notices.
    pub chance: Arc<dyn Chance>,
    /// Whose weights feel what is reported.
    pub channels: Channels,
    /// What inbound SMS end.
    pub consents: Arc<Consents>,
}

/// The ears of a server.
pub struct Callbacks {
    intake: Arc<Intake>,
    report_doors: Arc<Doors<Shape>>,
    /// What inbound SMS ask for; it has to end with the server.
    pub stop_desk: Arc<StopDesk>,
    inbound_doors: Arc<Doors<MessageFields>>,
    /// What comes back by mail, where it does.
    pub maildir: Option<Maildir>,
}

impl Callbacks {
    /// For gateways with these doors, and mails that come back into this Maildir.
    pub fn new(
        parts: Parts,
        reports: Vec<Door<Shape>>,
        inbound: Vec<Door<MessageFields>>,
        bounces: &BounceSettings,
    ) -> Self {
        let Parts { store, vault, clock, chance, channels, consents } = parts;
        let desk =
            BounceDesk { store: store.clone(), vault: vault.clone(), clock: clock.clone(), chance: chance.clone() };
        let maildir = bounces.folder.as_ref().map(|folder| Maildir::new(desk, folder.clone()));
        Self {
            intake: Arc::new(Intake { store: store.clone(), clock: clock.clone(), chance, channels }),
            report_doors: Arc::new(Doors::new("report", vault.clone(), clock.clone(), reports)),
            stop_desk: Arc::new(StopDesk::new(consents, store, vault.clone(), clock.clone())),
            inbound_doors: Arc::new(Doors::new("inbound", vault, clock, inbound)),
            maildir,
        }
    }

    /// Where gateways call.
    pub fn routes(&self) -> Router {
        reports::routes(self.intake.clone(), self.report_doors.clone())
            .merge(inbound::routes(self.stop_desk.clone(), self.inbound_doors.clone()))
    }
}
