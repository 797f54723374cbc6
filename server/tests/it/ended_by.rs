//! Who ended a consent is told, in the mail and in the SMS, whichever way it was ended.

use std::sync::Arc;

use app::model::{
    alert::{Channel, Matter},
    controls::Decided,
    id::ConsentId,
    role::Role,
};
use jiff::SignedDuration;
use server::{
    alerts::{
        inbound::{Asked, Message, StopDesk},
        outbox::{Doer, Leased},
        stop_code::stop_code,
    },
    clock::Clock,
};

use crate::{
    control::{decide, in_part, signatory},
    support::{
        database::on_both_engines,
        told::{letter, text},
        world::World,
    },
};

/// A consent of its own, twenty minutes after the one before.
async fn given(world: &World) -> ConsentId {
    world.clock.advance(SignedDuration::from_mins(20));
    world.grant().await.consent.id
}

/// An SMS from the registered mobile with the code of a consent.
async fn stopped(world: &World, id: ConsentId) {
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let desk = StopDesk::new(world.consents.clone(), world.store.clone(), world.vault.clone(), clock);
    let code = stop_code(&world.vault, world.taxpayer.gstin, id);
    let asked = Asked::read(&format!("GST STOP {code}"));
    desk.take(&Message { from: Some(world.signatory.mobile.clone()), asked }).await.expect("taken");
}

/// What is told of a consent's end.
fn told_of(leased: &[Leased], id: ConsentId) -> &Leased {
    let mut found = leased.iter().filter(|one| {
        letter(one).notice.matter == Matter::ConsentEnded
            && letter(one).notice.consent.as_ref().is_some_and(|consent| consent.id == id)
    });
    let one = found.next().expect("it is told");
    assert!(found.next().is_none(), "and once");
    one
}

async fn whoever_ended_a_consent_is_named(world: World) {
    let (gstin, name) = (world.taxpayer.gstin, Some(world.signatory.name.clone()));
    let revoked = given(&world).await;
    world.consents.revoke(gstin, revoked, signatory(&world)).await.expect("revoked");
    world.clock.advance(SignedDuration::from_mins(20));
    let granted = world.grant().await;
    let (application, username) = (&world.player.application, &world.taxpayer.username);
    world.consents.log_out(application, username, &granted.token).await.expect("logged out");
    let by_sms = given(&world).await;
    stopped(&world, by_sms).await;
    let slept = given(&world).await;
    decide(&world, Decided::UnusedDays { days: Some(1) }, &signatory(&world)).await.expect("ruled");
    world.sweep().await;
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(world.sweep().await.ended, 1);
    let (mails, sms) = (world.lease(Channel::Email).await, world.lease(Channel::Sms).await);
    let arora = format!("{} (", world.signatory.name);
    for (id, by, in_the_mail, in_the_sms) in [
        (revoked, Doer::Signatory(name.clone()), format!("{arora}authorised signatory)"), "a signatory"),
        (granted.consent.id, Doer::Application, "The application".into(), "the ASP"),
        (
            by_sms,
            Doer::SignatoryBySms(name),
            format!("{arora}SMS from the registered mobile number)"),
            "SMS from your mobile",
        ),
        (slept, Doer::OwnRule, "A rule that you set".into(), "your own rule"),
    ] {
        let (mail, sms) = (told_of(&mails, id), told_of(&sms, id));
        assert_eq!((&letter(mail).notice.by, &letter(sms).notice.by), (&Some(by.clone()), &Some(by)));
        let (mail, sms) = (text(mail), text(sms));
        assert!(mail.contains(&format!("Done by: {in_the_mail}\n")), "{mail}");
        assert!(sms.contains(&format!(" by {in_the_sms}. Details: ")), "{sms}");
    }
}

async fn an_accountant_who_took_access_away_is_named(world: World) {
    let (gstin, ravi) = (world.taxpayer.gstin, in_part(Role::Accountant));
    let revoked = given(&world).await;
    world.consents.revoke(gstin, revoked, ravi.clone()).await.expect("revoked");
    world.clock.advance(SignedDuration::from_mins(20));
    decide(&world, Decided::Freeze { until: None }, &ravi).await.expect("frozen");
    let by = Some(Doer::Accountant(Some("Ravi".into())));
    for channel in Channel::ALL {
        let leased = world.lease(channel).await;
        let frozen = leased.iter().find(|one| matches!(letter(one).notice.matter, Matter::Frozen { .. }));
        for one in [told_of(&leased, revoked), frozen.expect("it is told")] {
            assert_eq!(letter(one).notice.by, by);
        }
        if channel == Channel::Email {
            let mail = text(told_of(&leased, revoked));
            assert!(mail.contains("Done by: Ravi (accountant"), "{mail}");
        }
    }
}

async fn what_ends_by_its_time_is_told_beforehand_and_was_done_by_nobody(world: World) {
    let granted = world.grant().await;
    let left = granted.consent.valid_until.duration_since(world.clock.now());
    world.clock.advance(left - SignedDuration::from_mins(30));
    world.sweep().await;
    for channel in Channel::ALL {
        let leased = world.lease(channel).await;
        let soon = leased.iter().find(|one| letter(one).notice.matter == Matter::NearExpiry).expect("it is told");
        assert_eq!(letter(soon).notice.by, None);
        assert!(!text(soon).contains("Done by"), "{}", text(soon));
    }
    world.clock.advance(SignedDuration::from_hours(2));
    world.sweep().await;
    for channel in Channel::ALL {
        assert!(world.lease(channel).await.is_empty(), "that its time is over is told nobody once more");
    }
}

on_both_engines!(super::World::new:
    whoever_ended_a_consent_is_named,
    an_accountant_who_took_access_away_is_named,
    what_ends_by_its_time_is_told_beforehand_and_was_done_by_nobody,
);
