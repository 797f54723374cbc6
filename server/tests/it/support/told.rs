//! What is owed to people: who is told of what by which road, and what each of them reads.

use std::sync::Arc;

use app::model::alert::{Alert, Channel, Delivery};
use jiff::SignedDuration;
use server::{
    alerts::{
        kept_outbox::KeptOutbox,
        message::Composer,
        outbox::{Leased, Letter, Outbox},
        sms_template::SmsTemplates,
    },
    clock::Clock,
    store::port::Span,
};

use super::world::World;

/// Longer than any test's clock runs: what was leased once does not come again.
const TERM: SignedDuration = SignedDuration::from_hours(24 * 365);

impl World {
    /// Every alert of the taxpayer in the order in which they are kept, with its deliveries by road.
    pub(crate) async fn owed(&self) -> Vec<(Alert, Vec<Delivery>)> {
        let (mut alerts, mut deliveries) = (Vec::new(), Vec::new());
        let (gstin, span) = (self.taxpayer.gstin, Span::rest(String::new()));
        let mut work = self.store.read().await.expect("read");
        work.scan_alerts(&span, &mut |alert| alerts.push(alert.expect("an alert"))).await.expect("read");
        work.scan_deliveries(&span, &mut |kept| deliveries.push(kept.expect("a delivery").delivery))
            .await
            .expect("read");
        deliveries.sort_by_key(|delivery| (delivery.channel, delivery.contact));
        let of = |alert: &Alert| deliveries.iter().filter(|one| one.alert == alert.id).cloned().collect();
        let theirs = alerts.into_iter().filter(|alert| alert.gstin == gstin);
        theirs.map(|alert| (alert.clone(), of(&alert))).collect()
    }

    /// What is owed by a channel and was not leased before, as a dispatcher leases it.
    pub(crate) async fn lease(&self, channel: Channel) -> Vec<Leased> {
        self.outbox().lease_due("test", channel, self.clock.now(), TERM, 100).await.expect("leased")
    }

    /// The outbox, as a dispatcher sees it.
    pub(crate) fn outbox(&self) -> KeptOutbox {
        let (store, vault, chance) = (self.store.clone(), self.vault.clone(), self.chance.clone());
        KeptOutbox { store, vault, clock: Arc::new(self.clock.clone()), chance }
    }
}

/// What is sent to whom.
pub(crate) fn letter(leased: &Leased) -> &Letter {
    leased.letter.as_ref().expect("it can be put together")
}

/// What the recipient reads: the text of the mail, or the SMS.
pub(crate) fn text(leased: &Leased) -> String {
    let composer = Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None };
    let (delivery, Letter { recipient, notice }) = (&leased.delivery, letter(leased));
    match delivery.channel {
        Channel::Email => composer.alert_mail(delivery.id, recipient, notice).expect("a mail").text,
        Channel::Sms => composer.alert_sms(delivery.id, recipient, notice).expect("an SMS").text,
    }
}
