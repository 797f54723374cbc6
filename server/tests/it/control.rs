//! What a taxpayer decides, over the store: what it ends, whom it stops, who may decide it, and who wins a race.

use app::model::{
    alert::{AlertKind, Matter},
    consent::EndReason,
    controls::{AskRefusal, AspRule, Decided},
    decide::RefuseReason,
    event::Actor,
    id::SignatoryId,
    restriction::{Restriction, day_of},
    return_type::ReturnType,
    role::{NotYours, Role},
};
use jiff::SignedDuration;
use server::{
    clock::Clock,
    consent::{Asked, By, Granted, Refused, Swept},
    demo::cast,
    enforce::Watch,
    store::StoreError,
};
use uuid::Uuid;

use crate::support::{database::on_both_engines, world::World};

pub(crate) fn signatory(world: &World) -> By {
    By::person(world.signatory.id, &world.signatory.name, Role::Signatory)
}

pub(crate) fn in_part(role: Role) -> By {
    By::person(SignatoryId(Uuid::from_u128(77)), "Ravi", role)
}

async fn version(world: &World) -> i64 {
    let mut work = world.store.read().await.expect("read");
    work.controls(world.taxpayer.gstin).await.expect("read").expect("controls").window.version
}

pub(crate) async fn decide(world: &World, decided: Decided, by: &By) -> Result<(), Refused> {
    let version = version(world).await;
    world.consents.decide(world.taxpayer.gstin, Asked::Plain(decided), version, by).await.map(drop)
}

pub(crate) async fn rule(world: &World, rule: Option<AspRule>, by: &By) -> Result<(), Refused> {
    let asked = Asked::Rule { asp: world.player.application.asp.id, rule };
    let version = version(world).await;
    world.consents.decide(world.taxpayer.gstin, asked, version, by).await.map(drop)
}

async fn ask(world: &World) -> Result<(), Refused> {
    world.consents.request_otp(&world.player.application, &world.taxpayer.username).await
}

/// The kinds of alerts owed about access as a whole, with how many of each stand in the database.
async fn told(world: &World, kind: AlertKind) -> usize {
    let mut found = 0;
    let mut work = world.store.read().await.expect("read");
    let span = server::store::port::Span::rest(String::new());
    work.scan_alerts(&span, &mut |alert| {
        found +=
            usize::from(alert.is_ok_and(|alert| alert.gstin == world.taxpayer.gstin && alert.matter.kind() == kind));
    })
    .await
    .expect("read");
    found
}

async fn ended(world: &World, granted: &Granted) -> Option<EndReason> {
    let mut work = world.store.read().await.expect("read");
    let consent = work.consent(world.taxpayer.gstin, granted.consent.id).await.expect("read").expect("consent");
    consent.ended.map(|ending| ending.reason)
}

async fn a_block_ends_what_its_asp_has_and_tells_of_its_attempts_once_an_hour(world: World) {
    let granted = world.grant().await;
    rule(&world, Some(AspRule::Blocked), &signatory(&world)).await.expect("blocked");
    assert_eq!(ended(&world, &granted).await, Some(EndReason::Blocked));
    assert_eq!(world.check(&granted).await, Err(RefuseReason::ConsentEnded));
    let receipt = world.consents.receipt(world.taxpayer.gstin, granted.consent.id).await.expect("read");
    assert!(receipt.is_some(), "what a block ends has a receipt, too");
    for _ in 0..3 {
        assert!(matches!(ask(&world).await, Err(Refused::MayNotAsk(AskRefusal::Blocked))));
    }
    assert_eq!(told(&world, AlertKind::AskRefused).await, 1, "a flood of attempts is no flood of alerts");
    world.clock.advance(SignedDuration::from_hours(1));
    assert!(matches!(ask(&world).await, Err(Refused::MayNotAsk(AskRefusal::Blocked))));
    assert_eq!(told(&world, AlertKind::AskRefused).await, 2);
    rule(&world, Some(AspRule::Blocked), &signatory(&world)).await.expect("said twice");
    assert_eq!(told(&world, AlertKind::AspBlocked).await, 1);
    rule(&world, None, &signatory(&world)).await.expect("unblocked");
    ask(&world).await.expect("it may ask again");
    assert_eq!(world.violations().await, []);
}

async fn access_that_is_switched_off_ends_everything_and_a_freeze_ends_nothing(world: World) {
    let granted = world.grant().await;
    let by = signatory(&world);
    let until = Some(world.clock.now() + SignedDuration::from_hours(2));
    decide(&world, Decided::Freeze { until }, &by).await.expect("frozen");
    assert_eq!(world.check(&granted).await, Err(RefuseReason::Frozen));
    assert!(matches!(ask(&world).await, Err(Refused::MayNotAsk(AskRefusal::Frozen))));
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.check(&granted).await, Ok(()), "it ends by its time, and nothing has to run for that");
    decide(&world, Decided::Freeze { until: None }, &by).await.expect("frozen");
    assert_eq!(world.check(&granted).await, Err(RefuseReason::Frozen));
    decide(&world, Decided::Thaw, &by).await.expect("thawed");
    assert_eq!(world.check(&granted).await, Ok(()));
    decide(&world, Decided::Window { enabled: false, minutes: 600 }, &by).await.expect("off");
    assert_eq!(ended(&world, &granted).await, Some(EndReason::Disabled));
    assert!(matches!(ask(&world).await, Err(Refused::MayNotAsk(AskRefusal::AccessDisabled))));
    assert_eq!(world.violations().await, []);
}

async fn the_allow_list_says_who_may_ask_and_leaves_what_was_given(world: World) {
    let granted = world.grant().await;
    let by = signatory(&world);
    decide(&world, Decided::AllowList { on: true }, &by).await.expect("on");
    assert!(matches!(ask(&world).await, Err(Refused::MayNotAsk(AskRefusal::NotAllowed))));
    assert_eq!(world.check(&granted).await, Ok(()));
    let application = &world.player.application;
    let refreshed = world.consents.refresh(application, &world.taxpayer.username, &granted.token).await;
    assert_eq!(world.check(&refreshed.expect("goes on")).await, Ok(()));
    rule(&world, Some(AspRule::Allowed), &by).await.expect("allowed");
    ask(&world).await.expect("it may ask");
    assert_eq!(world.violations().await, []);
}

async fn an_accountant_takes_away_and_gives_nothing_back_and_a_viewer_does_nothing(world: World) {
    let granted = world.grant().await;
    let (gstin, id) = (world.taxpayer.gstin, granted.consent.id);
    let (accountant, viewer) = (in_part(Role::Accountant), in_part(Role::Viewer));
    for (by, why) in [(&viewer, NotYours::OnlyLook)] {
        let refused = |answer: Result<(), Refused>| matches!(answer, Err(Refused::NotYours(said)) if said == why);
        assert!(refused(world.consents.pause(gstin, id, by).await.map(drop)));
        assert!(refused(world.consents.revoke(gstin, id, by.clone()).await.map(drop)));
        assert!(refused(decide(&world, Decided::Freeze { until: None }, by).await));
        assert!(refused(rule(&world, Some(AspRule::Blocked), by).await));
        assert!(refused(world.consents.disown(gstin, id, by).await.map(drop)));
    }
    let paused = world.consents.pause(gstin, id, &accountant).await.expect("paused");
    let only_tighten = |answer: Result<(), Refused>| matches!(answer, Err(Refused::NotYours(NotYours::OnlyTighten)));
    assert!(only_tighten(world.consents.resume(gstin, id, paused.version, &accountant).await.map(drop)));
    decide(&world, Decided::Freeze { until: None }, &accountant).await.expect("frozen");
    assert!(only_tighten(decide(&world, Decided::Thaw, &accountant).await));
    let longer = Decided::Window { enabled: true, minutes: 30 * 24 * 60 };
    decide(&world, Decided::Window { enabled: true, minutes: 360 }, &accountant).await.expect("shorter");
    assert!(only_tighten(decide(&world, longer, &accountant).await));
    let mut work = world.store.read().await.expect("read");
    assert_eq!(work.people(gstin).await.expect("read"), [(SignatoryId(Uuid::from_u128(77)), "Ravi".to_owned())]);
    let events = work.events(gstin, id).await.expect("read");
    assert_eq!(events.last().expect("paused").actor, Actor::Accountant(SignatoryId(Uuid::from_u128(77))));
}

async fn what_gives_back_needs_the_version_that_was_seen_and_what_takes_away_does_not(world: World) {
    let granted = world.grant().await;
    let (gstin, id, by) = (world.taxpayer.gstin, granted.consent.id, signatory(&world));
    let limits = |calls_a_day| Restriction { calls_a_day: Some(calls_a_day), ..Restriction::default() };
    let seen = granted.consent.version;
    let limited = world.consents.restrict(gstin, id, seen, limits(50), &by).await.expect("narrower");
    // The other tab still shows the consent without limits.
    let stale = world.consents.restrict(gstin, id, seen, limits(100), &by).await;
    assert!(matches!(stale, Err(Refused::Store(StoreError::Conflict))), "{stale:?}");
    world.consents.restrict(gstin, id, seen, limits(10), &by).await.expect("narrower still: it just wins");
    let current = limited.version + 1;
    world.consents.restrict(gstin, id, current, limits(100), &by).await.expect("wider, on what holds");
    let paused = world.consents.pause(gstin, id, &by).await.expect("paused");
    assert_eq!(world.consents.pause(gstin, id, &by).await.expect("twice").version, paused.version);
    let stale = world.consents.resume(gstin, id, paused.version - 1, &by).await;
    assert!(matches!(stale, Err(Refused::Store(StoreError::Conflict))), "{stale:?}");
    world.consents.resume(gstin, id, paused.version, &by).await.expect("resumed");
    let past_the_otp = Restriction {
        until: Some(granted.consent.valid_until + SignedDuration::from_secs(1)),
        ..Restriction::default()
    };
    assert!(matches!(world.consents.restrict(gstin, id, 9, past_the_otp, &by).await, Err(Refused::Over(_))));
    assert_eq!(world.violations().await, []);
}

async fn two_signatories_at_once_leave_one_story(world: World) {
    for round in 0..5 {
        let granted = world.grant().await;
        let (gstin, id, by) = (world.taxpayer.gstin, granted.consent.id, signatory(&world));
        let limits = Restriction { calls_a_day: Some(round), ..Restriction::default() };
        let (revoked, restricted, paused) = tokio::join!(
            world.consents.revoke(gstin, id, by.clone()),
            world.consents.restrict(gstin, id, 1, limits, &by),
            world.consents.pause(gstin, id, &by),
        );
        revoked.expect("a revoke always wins");
        for changed in [restricted, paused] {
            assert!(changed.is_ok() || matches!(changed, Err(Refused::Over(_))), "{changed:?}");
        }
        assert_eq!(ended(&world, &granted).await, Some(EndReason::Revoked));
        world.clock.advance(SignedDuration::from_mins(20));
    }
    assert_eq!(world.violations().await, []);
}

async fn no_consent_is_live_under_a_block_however_they_race(world: World) {
    for _ in 0..5 {
        ask(&world).await.expect("asked");
        let otp = world.otps.newest();
        let by = signatory(&world);
        let (granted, blocked) = tokio::join!(
            world.consents.grant(&world.player.application, &world.taxpayer.username, &otp),
            rule(&world, Some(AspRule::Blocked), &by),
        );
        blocked.expect("blocked");
        match granted {
            Ok(granted) => assert_eq!(ended(&world, &granted).await, Some(EndReason::Blocked)),
            Err(refused) => assert!(matches!(refused, Refused::MayNotAsk(AskRefusal::Blocked)), "{refused:?}"),
        }
        rule(&world, None, &by).await.expect("unblocked");
        world.clock.advance(SignedDuration::from_mins(20));
    }
    assert_eq!(world.violations().await, []);
}

async fn never_more_calls_a_day_pass_than_allowed_whoever_is_asked(world: World) {
    let granted = world.grant().await;
    let (gstin, id, by) = (world.taxpayer.gstin, granted.consent.id, signatory(&world));
    assert_eq!(world.check(&granted).await, Ok(()));
    let limits = Restriction { calls_a_day: Some(7), ..Restriction::default() };
    world.consents.restrict(gstin, id, 1, limits, &by).await.expect("limited");
    let mut answers = futures::future::join_all((0..20).map(|_| world.check(&granted))).await;
    answers.retain(Result::is_ok);
    assert_eq!(answers.len(), 6, "one had passed before");
    assert_eq!(world.check(&granted).await, Err(RefuseReason::DayFull));
    let mut work = world.store.read().await.expect("read");
    let day = day_of(world.clock.now());
    assert_eq!(work.passed_on_day(gstin, id, day).await.expect("read"), 7);
    let days = work.usage_of_days(gstin, Some(id), day).await.expect("read");
    assert_eq!(days.len(), 1);
    assert_eq!((days[0].returns, days[0].passed, days[0].refused), (ReturnType::Gstr3b, 7, 15));
    let fetched = work.fetched(gstin, id).await.expect("read");
    let full = fetched.iter().find(|row| row.refused == Some(RefuseReason::DayFull)).expect("refused ones");
    assert_eq!((full.calls, full.period.as_deref()), (15, Some("102026")));
    drop(work);
    world.clock.advance(SignedDuration::from_hours(5));
    assert_eq!(world.check(&granted).await, Err(RefuseReason::DayFull), "the day is not over");
    assert_eq!(world.violations().await, []);
}

async fn what_was_never_given_is_ended_blocked_and_reported_once(world: World) {
    let granted = world.grant().await;
    // Of the same ASP, through another GSP.
    let (other, user) = (cast::players().remove(1).application, &world.taxpayer.username);
    assert_eq!(other.asp.id, world.player.application.asp.id);
    world.consents.request_otp(&other, user).await.expect("OTP");
    let through_other = world.consents.grant(&other, user, &world.otps.newest()).await.expect("consent");
    let (gstin, id, by) = (world.taxpayer.gstin, granted.consent.id, signatory(&world));
    let reference = world.consents.disown(gstin, id, &by).await.expect("reported");
    assert_eq!(world.consents.disown(gstin, id, &by).await.expect("again"), reference);
    assert_eq!(ended(&world, &granted).await, Some(EndReason::Disowned));
    assert_eq!(ended(&world, &through_other).await, Some(EndReason::Blocked), "whoever did this has no other way in");
    assert_eq!(world.check(&through_other).await, Err(RefuseReason::ConsentEnded));
    assert!(matches!(ask(&world).await, Err(Refused::MayNotAsk(AskRefusal::Blocked))));
    assert_eq!(told(&world, AlertKind::Reported).await, 1);
    assert_eq!(world.violations().await, []);
}

async fn what_sleeps_is_told_a_day_before_and_then_ends_by_the_taxpayers_own_rule(world: World) {
    decide(&world, Decided::Window { enabled: true, minutes: 30 * 24 * 60 }, &signatory(&world)).await.expect("long");
    let granted = world.grant().await;
    decide(&world, Decided::UnusedDays { days: Some(3) }, &signatory(&world)).await.expect("ruled");
    let minutes = |minutes| SignedDuration::from_mins(minutes);
    world.clock.advance(minutes(47 * 60));
    assert_eq!(world.sweep().await.unused_soon, 0, "not yet");
    world.clock.advance(minutes(61));
    let swept = world.sweep().await;
    assert_eq!((swept.unused_soon, swept.ended), (1, 0), "a day before");
    world.clock.advance(minutes(2));
    assert_eq!(world.sweep().await.unused_soon, 0, "told once");
    world.clock.advance(minutes(24 * 60));
    assert_eq!(world.sweep().await.ended, 1);
    assert_eq!(ended(&world, &granted).await, Some(EndReason::Unused));
    let mut work = world.store.read().await.expect("read");
    let events = work.events(world.taxpayer.gstin, granted.consent.id).await.expect("read");
    assert_eq!(events.last().expect("ended").actor, Actor::OwnRule);
    drop(work);
    assert_eq!(world.violations().await, []);
}

async fn the_end_of_a_consent_is_told_once_beforehand_and_by_one_node(world: World) {
    let granted = world.grant().await;
    let left = granted.consent.valid_until.duration_since(world.clock.now());
    world.clock.advance(left - SignedDuration::from_mins(30));
    let (one, other) = tokio::join!(world.consents.sweep(), world.consents.sweep());
    let told = |swept: Result<Swept, Refused>| swept.expect("swept").near_expiry;
    assert!(told(one) + told(other) >= 1);
    world.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(world.sweep().await.near_expiry, 0);
    let mut work = world.store.read().await.expect("read");
    let alerts = work.alerts_of_consent(world.taxpayer.gstin, granted.consent.id).await.expect("read");
    let soon: Vec<_> = alerts.iter().filter(|kept| kept.alert.matter == Matter::NearExpiry).collect();
    assert_eq!(soon.iter().map(|kept| kept.deliveries.len()).collect::<Vec<_>>(), [2], "one a channel");
}

async fn unusual_use_is_told_once_until_the_taxpayer_says_that_it_is_fine(world: World) {
    let granted = world.grant().await;
    let (gstin, id) = (world.taxpayer.gstin, granted.consent.id);
    let watch = Watch {
        consents: world.consents.clone(),
        notebook: world.checks.tally.notebook(),
        thresholds: app::model::unusual::Thresholds::default(),
    };
    assert_eq!(world.check(&granted).await, Ok(()));
    watch.look().await;
    assert_eq!(told(&world, AlertKind::UnusualUse).await, 0, "half past three in the afternoon");
    // The token lives six hours: another one makes the call at half past one at night.
    world.clock.advance(SignedDuration::from_hours(10));
    let application = &world.player.application;
    let granted = world.consents.refresh(application, &world.taxpayer.username, &granted.token).await.expect("next");
    for _ in 0..2 {
        assert_eq!(world.check(&granted).await, Ok(()));
        watch.look().await;
    }
    assert_eq!(told(&world, AlertKind::UnusualUse).await, 1);
    let signs = world.store.read().await.expect("read").signs(gstin, id).await.expect("read");
    assert_eq!((signs.len(), signs[0].fine_at), (1, None));
    let mut work = world.store.write().await.expect("write");
    let by = Actor::Signatory(world.signatory.id);
    assert!(work.sign_is_fine(gstin, signs[0].alert, by, world.clock.now()).await.expect("said"));
    let strangers = app::model::id::AlertId(Uuid::from_u128(5));
    assert!(!work.sign_is_fine(gstin, strangers, by, world.clock.now()).await.expect("said"));
    work.commit().await.expect("commit");
    assert!(world.store.read().await.expect("read").signs(gstin, id).await.expect("read")[0].fine_at.is_some());
    assert_eq!(world.violations().await, []);
}

on_both_engines!(super::World::new:
    a_block_ends_what_its_asp_has_and_tells_of_its_attempts_once_an_hour,
    access_that_is_switched_off_ends_everything_and_a_freeze_ends_nothing,
    the_allow_list_says_who_may_ask_and_leaves_what_was_given,
    an_accountant_takes_away_and_gives_nothing_back_and_a_viewer_does_nothing,
    what_gives_back_needs_the_version_that_was_seen_and_what_takes_away_does_not,
    two_signatories_at_once_leave_one_story,
    no_consent_is_live_under_a_block_however_they_race,
    never_more_calls_a_day_pass_than_allowed_whoever_is_asked,
    what_was_never_given_is_ended_blocked_and_reported_once,
    what_sleeps_is_told_a_day_before_and_then_ends_by_the_taxpayers_own_rule,
    the_end_of_a_consent_is_told_once_beforehand_and_by_one_node,
    unusual_use_is_told_once_until_the_taxpayer_says_that_it_is_fine,
);
