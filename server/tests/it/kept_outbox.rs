//! What the outbox makes of what a worker hands in, and of what is not heard of.

use app::model::{
    alert::{Channel, Delivery, Outcome, RetrySchedule},
    notice::NoticeKind,
};
use jiff::SignedDuration;
use server::{
    alerts::outbox::{Attempt, Leased, Outbox, Settled},
    clock::Clock,
};
use uuid::Uuid;

use crate::support::{database::on_both_engines, world::World};

impl World {
    /// An attempt by a provider that ended so; what failed for now is due again at once.
    fn attempted(&self, leased: &Leased, provider: &str, outcome: &Outcome) -> Settled {
        let now = self.clock.now();
        let schedule = RetrySchedule { waits: vec![SignedDuration::ZERO; 8], ..RetrySchedule::default() };
        let attempt = Attempt { at: now, provider: provider.into(), outcome: outcome.clone(), reference: None };
        Settled {
            lease_token: leased.lease_token,
            after: leased.delivery.after(outcome, &schedule, now, 0),
            attempt: Some(attempt),
            late: false,
        }
    }

    /// Of what officers are told.
    async fn noticed(&self) -> Vec<(NoticeKind, Uuid)> {
        let notices = self.store.read().await.expect("read").open_notices(None).await.expect("read");
        notices.iter().map(|notice| (notice.kind, notice.about)).collect()
    }
}

async fn who_lost_the_lease_tells_no_officer_of_a_failure(world: World) {
    world.grant().await;
    let leased = world.lease(Channel::Email).await.remove(0);
    let refused = Outcome::Permanent { detail: "SMTP 550 5.1.1".into() };
    let held = world.attempted(&leased, "relay", &refused);
    let stale = Settled { lease_token: Uuid::from_u128(1), late: true, ..held.clone() };
    assert_eq!(world.outbox().settle(&[stale]).await.expect("settled"), [false]);
    assert_eq!(world.noticed().await, []);
    assert_eq!(world.outbox().settle(&[held]).await.expect("settled"), [true]);
    assert_eq!(world.noticed().await, [(NoticeKind::DeliveryFailed, leased.delivery.id.0)]);
}

async fn silence_counts_against_the_provider_that_took_the_message(world: World) {
    world.grant().await;
    let now = world.clock.now();
    let [failed, taken] = [Outcome::temporary("busy"), Outcome::Accepted { provider_ref: None }];
    for (provider, outcome) in [("first", &failed), ("second", &taken)] {
        let leased = world.lease(Channel::Sms).await.remove(0);
        let mut settled = world.attempted(&leased, provider, outcome);
        settled.after.heard.due_at = Some(now);
        assert_eq!(world.outbox().settle(&[settled]).await.expect("settled"), [true]);
    }
    assert_eq!(world.outbox().tell_of_silent(now, true, 10).await.expect("told"), ["second"]);
    let leased: Vec<Delivery> = world.lease(Channel::Sms).await.into_iter().map(|leased| leased.delivery).collect();
    assert!(leased.iter().all(|again| again.heard.repeated_at.is_some()) && leased.len() == 1, "{leased:?}");
    assert_eq!(world.noticed().await, [(NoticeKind::NoReport, leased[0].id.0)]);
    assert!(world.outbox().tell_of_silent(now, true, 10).await.expect("told").is_empty(), "told once");
}

on_both_engines!(super::World::new:
    who_lost_the_lease_tells_no_officer_of_a_failure,
    silence_counts_against_the_provider_that_took_the_message,
);
