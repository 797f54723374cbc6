//! GSPs are told of ends: each way in which a consent ends owes one event, told once the end holds everywhere.

use app::model::{
    controls::{AspRule, Decided},
    id::{ConsentId, SignatoryId},
    registry::Application,
    role::Role,
    security_event::{SecurityEvent, SecurityEventState},
};
use jiff::SignedDuration;
use server::{
    clock::Clock,
    consent::{Asked, By, Granted},
    store::port::{PushRoad, PushTarget},
};

use crate::support::{database::on_both_engines, world::World};

fn signatory(world: &World) -> By {
    By::person(world.signatory.id, &world.signatory.name, Role::Signatory)
}

async fn version(world: &World) -> i64 {
    let mut work = world.store.read().await.expect("read");
    work.controls(world.taxpayer.gstin).await.expect("read").expect("controls").window.version
}

async fn decide(world: &World, asked: Asked) {
    let version = version(world).await;
    world.consents.decide(world.taxpayer.gstin, asked, version, &signatory(world)).await.expect("decided");
}

async fn event(world: &World, id: ConsentId) -> Option<SecurityEvent> {
    let mut work = world.store.read().await.expect("read");
    work.security_event(world.taxpayer.gstin, id).await.expect("read")
}

/// The GSP of the world's application wants to be called.
async fn with_road(world: &World) {
    let road = PushRoad::Push(PushTarget { url: "https://gsp.example.in/events".into(), authorization_sealed: None });
    let mut work = world.store.write().await.expect("write");
    work.put_push_road(world.player.application.gsp.id, Some(&road)).await.expect("road");
    work.commit().await.expect("commit");
}

async fn disowned(world: &World, granted: &Granted) {
    world.consents.disown(world.taxpayer.gstin, granted.consent.id, &signatory(world)).await.expect("disowned");
}

async fn logged_out(world: &World, granted: &Granted) {
    let application: &Application = &world.player.application;
    world.consents.log_out(application, &world.taxpayer.username, &granted.token).await.expect("ended");
}

async fn slept(world: &World) {
    decide(world, Asked::Plain(Decided::UnusedDays { days: Some(7) })).await;
    for days in [6, 2] {
        world.clock.advance(SignedDuration::from_hours(24 * days));
        world.sweep().await;
    }
}

async fn every_way_to_end_owes_one_event_that_may_be_told_as_soon_as_the_end_holds(world: World) {
    with_road(&world).await;
    let asp = world.player.application.asp.id;
    let by: SignatoryId = world.signatory.id;
    for way in ["revoked", "blocked", "disabled", "disowned", "logged out", "replaced", "unused"] {
        let granted = world.grant().await;
        let id = granted.consent.id;
        assert_eq!(event(&world, id).await, None, "{way}: nothing is owed before the end");
        match way {
            "revoked" => drop(world.consents.revoke(world.taxpayer.gstin, id, by).await.expect("ended")),
            "blocked" => decide(&world, Asked::Rule { asp, rule: Some(AspRule::Blocked) }).await,
            "disabled" => decide(&world, Asked::Plain(Decided::Window { enabled: false, minutes: 360 })).await,
            "disowned" => disowned(&world, &granted).await,
            "logged out" => logged_out(&world, &granted).await,
            "replaced" => drop(world.grant().await),
            _ => slept(&world).await,
        }
        let mut work = world.store.read().await.expect("read");
        let ended = work.consent(world.taxpayer.gstin, id).await.expect("read").expect("kept").ended;
        let ended = ended.unwrap_or_else(|| panic!("{way}: it ended"));
        drop(work);
        let owed = event(&world, id).await.unwrap_or_else(|| panic!("{way}: an event is owed"));
        assert_eq!((owed.state, owed.owed_at), (SecurityEventState::Queued, ended.at), "{way}");
        let now = world.store.read().await.expect("read").shared_now(world.clock.now()).await.expect("read");
        assert!(owed.due_at <= now, "{way}: it holds, so that it may be told");
        // The next one is given again.
        decide(&world, Asked::Rule { asp, rule: None }).await;
        decide(&world, Asked::Plain(Decided::Window { enabled: true, minutes: 43_200 })).await;
        world.clock.advance(SignedDuration::from_mins(11));
    }
    assert_eq!(world.violations().await, []);
}

async fn an_end_whose_event_is_missing_is_named_by_verify(world: World) {
    let granted = world.grant().await;
    world.consents.revoke(world.taxpayer.gstin, granted.consent.id, world.signatory.id).await.expect("ended");
    assert_eq!(event(&world, granted.consent.id).await.expect("owed").state, SecurityEventState::NotWanted);
    assert_eq!(world.violations().await, []);
    let gone = format!("delete from security_event where gstin = '{}'", world.taxpayer.gstin);
    assert_eq!(world.database.intrude(&[gone]).await, 1);
    let found = world.violations().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].row, format!("consent {}/{}", world.taxpayer.gstin, granted.consent.id));
    assert_eq!(found[0].check, "security_events");
}

on_both_engines!(crate::support::world::World::new:
    every_way_to_end_owes_one_event_that_may_be_told_as_soon_as_the_end_holds,
    an_end_whose_event_is_missing_is_named_by_verify,
);
