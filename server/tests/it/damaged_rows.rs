//! A row that cannot be read, damaged or of a newer version, harms the alert that needs it and no other.

use app::model::alert::Channel;
use jiff::SignedDuration;

use crate::support::{database::on_both_engines, told::letter, world::World};

async fn an_alert_whose_facts_cannot_be_read_holds_up_no_other(world: World) {
    world.grant().await;
    let damaged = "update consent set ended_at = granted_at, ended_by = '{}', end_reason = 'of_tomorrow'
                   where ended_at is null";
    world.database.run(damaged).await.expect("damaged");
    world.clock.advance(SignedDuration::from_mins(20));
    let whole = world.grant().await.consent;
    let leased = world.lease(Channel::Email).await;
    let (told, untold): (Vec<_>, Vec<_>) = leased.iter().partition(|one| one.letter.is_ok());
    assert_eq!(untold.len(), 1, "{leased:?}");
    let consents = told.iter().filter_map(|one| letter(one).notice.consent.as_ref());
    assert_eq!(consents.map(|consent| consent.id).collect::<Vec<_>>(), [whole.id]);
}

on_both_engines!(super::World::new:
    an_alert_whose_facts_cannot_be_read_holds_up_no_other,
);
