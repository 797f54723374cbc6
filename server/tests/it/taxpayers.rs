//! Lines of the portal's feed: a contact that changes is told at the old address or number as well, once.

use app::model::{
    alert::{AlertKind, Channel},
    controls::Decided,
};
use serde_json::{Value, json};
use server::{
    alerts::outbox::{Leased, Role},
    clock::Clock,
    taxpayers::{Fed, Feed},
};

use crate::{
    control::{decide, signatory},
    support::{
        database::on_both_engines,
        told::{letter, text},
        world::World,
    },
};

const NEW_MOBILE: &str = "9700000001";
const NEW_EMAIL: &str = "a.new.address@stationers.example";

/// The line of what is there already.
fn line(world: &World) -> Value {
    let (taxpayer, signatory) = (&world.taxpayer, &world.signatory);
    json!({
        "gstin": taxpayer.gstin, "username": taxpayer.username,
        "legal_name": taxpayer.legal_name, "trade_name": taxpayer.trade_name,
        "signatories": [{
            "id": signatory.id, "name": signatory.name,
            "email": signatory.email.as_str(), "mobile": signatory.mobile.as_str(),
        }],
    })
}

async fn feed(world: &World, line: &Value) -> Fed {
    let feed = Feed { store: &*world.store, vault: &world.vault, chance: &*world.chance };
    feed.take(&line.to_string(), world.clock.now()).await.expect("taken")
}

/// To whom what is owed by a channel goes, and in which part; the signatory first.
async fn told(world: &World, channel: Channel) -> Vec<(String, Role)> {
    let to = |one: &Leased| match channel {
        Channel::Email => letter(one).recipient.email.as_str().to_owned(),
        Channel::Sms => letter(one).recipient.mobile.as_str().to_owned(),
    };
    let mut told = Vec::new();
    for one in world.lease(channel).await {
        assert!(text(&one).contains("changed"), "{}", text(&one));
        told.push((to(&one), letter(&one).recipient.role));
    }
    told.sort_by_key(|(_, role)| *role != Role::Signatory);
    told
}

fn new(to: &str) -> (String, Role) {
    (to.to_owned(), Role::Signatory)
}

fn old(to: &str) -> (String, Role) {
    (to.to_owned(), Role::FormerContact)
}

async fn a_changed_number_is_told_to_the_one_before_as_well_and_once(world: World) {
    let (mut line, before) = (line(&world), &world.signatory);
    assert_eq!(feed(&world, &line).await, Fed::Same);
    assert!(world.owed().await.is_empty(), "nothing was changed");
    line["signatories"][0]["mobile"] = NEW_MOBILE.into();
    assert_eq!(feed(&world, &line).await, Fed::Changed);
    assert_eq!(told(&world, Channel::Sms).await, [new(NEW_MOBILE), old(before.mobile.as_str())]);
    assert_eq!(told(&world, Channel::Email).await, [new(before.email.as_str())], "the address is the same as ever");
    assert_eq!(feed(&world, &line).await, Fed::Same);
    assert_eq!(world.owed().await.len(), 1, "the same line owes nothing");
    decide(&world, Decided::Freeze { until: None }, &signatory(&world)).await.expect("frozen");
    let roles: Vec<_> = world.lease(Channel::Sms).await.iter().map(|leased| letter(leased).recipient.role).collect();
    assert_eq!(roles, [Role::Signatory], "the old number is told of nothing more");
}

async fn where_both_change_at_once_each_is_told_to_the_old_one_of_its_own_road(world: World) {
    let (mut line, before) = (line(&world), &world.signatory);
    line["signatories"][0]["mobile"] = NEW_MOBILE.into();
    line["signatories"][0]["email"] = NEW_EMAIL.into();
    assert_eq!(feed(&world, &line).await, Fed::Changed);
    let kinds: Vec<_> = world.owed().await.iter().map(|(alert, _)| alert.matter.kind()).collect();
    assert_eq!(kinds, [AlertKind::ContactChanged; 2]);
    let numbers = [new(NEW_MOBILE), new(NEW_MOBILE), old(before.mobile.as_str())];
    assert_eq!(told(&world, Channel::Sms).await, numbers);
    let addresses = [new(NEW_EMAIL), new(NEW_EMAIL), old(before.email.as_str())];
    assert_eq!(told(&world, Channel::Email).await, addresses);
}

on_both_engines!(super::World::new:
    a_changed_number_is_told_to_the_one_before_as_well_and_once,
    where_both_change_at_once_each_is_told_to_the_old_one_of_its_own_road,
);
