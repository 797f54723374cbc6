//! Who is told of what is decided: held against a table that is written out, so that a deed that is told no longer is seen.

use app::model::{
    alert::{AlertKind, Channel},
    controls::{AskRefusal, AspRule, Decided},
    registry::Standing,
    restriction::Restriction,
};
use jiff::SignedDuration;
use server::{clock::Clock, consent::Refused, standing};

use crate::{
    control::{decide, rule, signatory},
    support::{database::on_both_engines, world::World},
};

/// What is decided about one consent, then how it ends.
async fn about_one_consent(world: &World) {
    let (granted, by, gstin) = (world.grant().await, signatory(world), world.taxpayer.gstin);
    let (application, username, id) = (&world.player.application, &world.taxpayer.username, granted.consent.id);
    let limits = Restriction { calls_a_day: Some(5), ..Restriction::default() };
    world.consents.restrict(gstin, id, granted.consent.version, limits, &by).await.expect("restricted");
    let paused = world.consents.pause(gstin, id, &by).await.expect("paused");
    world.consents.resume(gstin, id, paused.version, &by).await.expect("resumed");
    world.consents.refresh(application, username, &granted.token).await.expect("refreshed");
    let newer = world.grant().await;
    world.consents.log_out(application, username, &newer.token).await.expect("logged out");
    let last = world.grant().await;
    world.consents.revoke(gstin, last.consent.id, by).await.expect("revoked");
}

/// What is decided about access as a whole.
async fn about_all_access(world: &World) {
    let by = signatory(world);
    for decided in [
        Decided::Freeze { until: None },
        Decided::Thaw,
        Decided::Window { enabled: true, minutes: 10 * 24 * 60 },
        Decided::AllowList { on: true },
    ] {
        decide(world, decided, &by).await.expect("decided");
    }
    rule(world, Some(AspRule::Allowed), &by).await.expect("allowed");
    rule(world, None, &by).await.expect("taken off the list");
    decide(world, Decided::AllowList { on: false }, &by).await.expect("any ASP may ask");
    decide(world, Decided::UnusedDays { days: Some(3) }, &by).await.expect("ruled");
}

/// What comes due by itself: the rule ends one consent, time is about to end another.
async fn what_comes_due(world: &World) {
    let pass = |minutes| world.clock.advance(SignedDuration::from_mins(minutes));
    pass(20);
    world.grant().await;
    pass(48 * 60 + 1);
    assert_eq!(world.sweep().await.unused_soon, 1);
    pass(24 * 60 + 1);
    assert_eq!(world.sweep().await.ended, 1);
    decide(world, Decided::UnusedDays { days: None }, &signatory(world)).await.expect("no rule");
    world.grant().await;
    pass(10 * 24 * 60 - 30);
    assert_eq!(world.sweep().await.near_expiry, 1);
}

/// What GSTN and the taxpayer do to an ASP, up to switching everything off.
async fn about_one_asp(world: &World) {
    let (asp, by, now) = (world.player.application.asp.id, signatory(world), world.clock.now());
    standing::set(&*world.store, &*world.chance, asp, Standing::Suspended, now).await.expect("suspended");
    standing::tell(&*world.store, &*world.chance, asp, now).await.expect("told");
    standing::set(&*world.store, &*world.chance, asp, Standing::Active, now).await.expect("active");
    rule(world, Some(AspRule::Blocked), &by).await.expect("blocked");
    let refused = world.consents.request_otp(&world.player.application, &world.taxpayer.username).await;
    assert!(matches!(refused, Err(Refused::MayNotAsk(AskRefusal::Blocked))), "{refused:?}");
    rule(world, None, &by).await.expect("unblocked");
    let granted = world.grant().await;
    world.consents.disown(world.taxpayer.gstin, granted.consent.id, &by).await.expect("reported");
    rule(world, None, &by).await.expect("unblocked");
    world.grant().await;
    decide(world, Decided::Window { enabled: false, minutes: 600 }, &by).await.expect("off");
}

async fn every_decision_owes_its_alert_on_both_channels(world: World) {
    about_one_consent(&world).await;
    about_all_access(&world).await;
    what_comes_due(&world).await;
    about_one_asp(&world).await;
    let owed = world.owed().await;
    let by_both: Vec<_> = Channel::ALL.map(|channel| (channel, world.signatory.id, None)).into();
    for (alert, deliveries) in &owed {
        let roads: Vec<_> = deliveries.iter().map(|one| (one.channel, one.recipient, one.contact)).collect();
        assert_eq!(roads, by_both, "{:?}", alert.matter);
    }
    let table = [
        (AlertKind::ConsentGiven, 7),
        // Given back, revoked, unused: what is replaced, blocked, switched off or reported is told with that.
        (AlertKind::ConsentEnded, 3),
        (AlertKind::ConsentRestricted, 1),
        (AlertKind::ConsentPaused, 1),
        (AlertKind::ConsentResumed, 1),
        (AlertKind::WindowChanged, 2),
        (AlertKind::AspBlocked, 2),
        (AlertKind::AspUnblocked, 2),
        (AlertKind::AllowListChanged, 4),
        (AlertKind::Frozen, 1),
        (AlertKind::Thawed, 1),
        (AlertKind::UnusedDaysSet, 2),
        (AlertKind::NearExpiry, 1),
        (AlertKind::UnusedSoon, 1),
        (AlertKind::AskRefused, 1),
        (AlertKind::AspSuspended, 1),
        // These are told elsewhere: by a changed line of the feed, by the watch over calls, and when asked for.
        (AlertKind::ContactChanged, 0),
        (AlertKind::SecondContact, 0),
        (AlertKind::UnusualUse, 0),
        (AlertKind::Reported, 1),
        (AlertKind::Test, 0),
    ];
    let count = |kind| owed.iter().filter(|(alert, _)| alert.matter.kind() == kind).count();
    let counted: Vec<_> = AlertKind::ALL.iter().map(|kind| (*kind, count(*kind))).collect();
    assert_eq!(counted, table);
    assert_eq!(world.violations().await, []);
}

on_both_engines!(super::World::new:
    every_decision_owes_its_alert_on_both_channels,
);
