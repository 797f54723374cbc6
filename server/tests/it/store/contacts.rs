//! Contacts, choices and suspensions: kept, guarded, found again.

use std::collections::BTreeSet;

use app::model::{
    alert::{AlertKind, Channel, Matter},
    id::{AspId, ContactId, SignatoryId},
    language::Language,
    preference::Preference,
    registry::Standing,
    second_contact::{CODE_TRIES_MAX, Contact, ContactRole},
};
use jiff::SignedDuration;
use server::{
    chance::SeededChance,
    standing,
    store::{StoreError, port::SealedContact},
    vault::KeyedHash,
};

use super::given::{Given, gstin, signatory};
use crate::support::database::on_both_engines;

impl Given {
    fn contact(&self, nth: usize) -> SealedContact {
        let gstin = gstin(nth);
        let contact = Contact {
            gstin,
            id: ContactId(self.id(self.now)),
            signatory: signatory(gstin),
            role: ContactRole::Second,
            name: "Ravi Iyer".into(),
            language: Language::Hi,
            added_at: self.now,
            tries_left: CODE_TRIES_MAX,
            confirmed_at: None,
            removed_at: None,
            version: 1,
        };
        SealedContact {
            contact,
            email: b"sealed".into(),
            mobile: b"sealed".into(),
            codes: Some((KeyedHash([1; 32]), KeyedHash([2; 32]))),
        }
    }

    async fn with_contact(&self, sealed: &SealedContact) {
        let mut work = self.write().await;
        work.add_contact(sealed).await.expect("contact");
        work.commit().await.expect("commit");
    }
}

async fn a_contact_is_found_until_it_is_removed_and_kept_after(given: Given) {
    let sealed = given.contact(0);
    given.with_contact(&sealed).await;
    let (owner, id) = (sealed.contact.gstin, sealed.contact.id);
    let later = given.now + SignedDuration::from_hours(1);
    let mut work = given.write().await;
    let found = work.second_contacts(owner, later).await.expect("read");
    assert_eq!(found.iter().map(|one| &one.contact).collect::<Vec<_>>(), [&sealed.contact]);
    assert!(work.contacts_of(&[(gstin(1), id)]).await.expect("read").is_empty(), "another taxpayer's");
    let removed = sealed.contact.removed(later).expect("removed");
    work.update_contact(&removed).await.expect("update");
    assert!(matches!(work.update_contact(&removed).await, Err(StoreError::Conflict)));
    assert!(work.second_contacts(owner, later).await.expect("read").is_empty());
    assert_eq!(work.second_contacts(owner, given.now - SignedDuration::from_hours(1)).await.expect("read").len(), 1);
    assert_eq!(work.contacts_of(&[(owner, id)]).await.expect("read")[0].contact, removed);
}

async fn former_contacts_are_found_by_when_they_were_changed(given: Given) {
    let former = |minute: i64, role| {
        let mut sealed = given.contact(0);
        sealed.contact.added_at = given.now + SignedDuration::from_mins(minute);
        sealed.contact.role = role;
        sealed
    };
    let (second, later, earlier) =
        (former(2, ContactRole::Second), former(3, ContactRole::Former), former(1, ContactRole::Former));
    for sealed in [&second, &later, &earlier] {
        given.with_contact(sealed).await;
    }
    let mut work = given.read().await;
    for (after, wanted) in [(0, vec![&earlier, &later]), (1, vec![&later]), (3, vec![])] {
        let found = work.former_contacts(gstin(0), given.now + SignedDuration::from_mins(after)).await.expect("read");
        let ids = |of: &mut dyn Iterator<Item = ContactId>| of.collect::<Vec<_>>();
        let wanted = ids(&mut wanted.iter().map(|one| one.contact.id));
        assert_eq!(ids(&mut found.iter().map(|one| one.contact.id)), wanted);
    }
}

async fn told_are_the_signatories_and_the_second_contacts_that_count(given: Given) {
    let owner = gstin(0);
    let mut due = vec![(signatory(owner), None)];
    let mut work = given.write().await;
    let told: Vec<_> = [
        (ContactRole::Second, Some(given.now), None),
        (ContactRole::Second, None, None),
        (ContactRole::Second, Some(given.now), Some(given.now)),
        (ContactRole::Former, Some(given.now), None),
    ]
    .map(|(role, confirmed_at, removed_at)| {
        let mut sealed = given.contact(0);
        sealed.contact = Contact { role, confirmed_at, removed_at, ..sealed.contact };
        sealed
    })
    .into();
    for sealed in &told {
        work.add_contact(sealed).await.expect("contact");
    }
    work.add_contact(&given.contact(1)).await.expect("another taxpayer's");
    due.extend(
        told.iter().filter(|sealed| sealed.contact.counts()).map(|sealed| (signatory(owner), Some(sealed.contact.id))),
    );
    assert_eq!(due.len(), 2, "one of them counts");
    assert_eq!(work.addressees(owner).await.expect("read"), due);
}

async fn a_choice_is_guarded_by_its_version(given: Given) {
    let (gstin, person) = (gstin(0), signatory(gstin(0)));
    let wanted = BTreeSet::from([(AlertKind::NearExpiry, Channel::Sms)]);
    let mut work = given.write().await;
    work.put_preference(gstin, person, &Preference::wanting(&wanted), 0).await.expect("first");
    let late = work.put_preference(gstin, person, &Preference::default(), 0).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    let found = work.preferences(gstin).await.expect("read");
    assert_eq!(found, [(person, Preference::wanting(&wanted), 1)]);
}

async fn everybody_with_a_live_consent_is_told_of_a_suspension_once(given: Given) {
    let consents = [given.granted(0, 0, given.now).await, given.granted(1, 0, given.now).await];
    let asp = given.asp_of(&consents[0]).await;
    let later = given.now + SignedDuration::from_mins(5);
    let chance = SeededChance::new(9);
    standing::set(&*given.store, &chance, asp, Standing::Suspended, later).await.expect("suspended");
    standing::set(&*given.store, &chance, asp, Standing::Suspended, later).await.expect("suspended already");
    // A batch is written, then the process dies: what goes on tells nobody twice.
    let mut pending = given.read().await.suspensions_to_tell(asp).await.expect("read");
    assert_eq!(pending.len(), 1);
    let told = standing::tell_batch(&*given.store, &chance, &mut pending[0], later).await.expect("batch");
    assert_eq!(told, Some(2));
    assert_eq!(standing::tell(&*given.store, &chance, asp, later).await.expect("told"), 0);
    assert!(given.read().await.suspensions_to_tell(asp).await.expect("read").is_empty());
    for consent in &consents {
        let mut work = given.read().await;
        let told = work.newest_alert_to(consent.gstin, signatory(consent.gstin), AlertKind::AspSuspended, given.now);
        let told = told.await.expect("read").expect("they are told");
        let nobody = SignatoryId(uuid::Uuid::nil());
        let theirs =
            work.newest_alert_to(consent.gstin, nobody, AlertKind::AspSuspended, given.now).await.expect("read");
        assert!(theirs.is_none(), "what went to somebody else is not theirs");
        assert_eq!(told.deliveries.len(), 2, "a delivery a channel");
        assert_eq!(told.alert.matter, Matter::AspSuspended { asp });
    }
}

impl Given {
    async fn asp_of(&self, consent: &app::model::consent::Consent) -> AspId {
        self.read().await.application(consent.application).await.expect("read").expect("application").asp.id
    }
}

on_both_engines!(super::Given::new:
    a_contact_is_found_until_it_is_removed_and_kept_after,
    former_contacts_are_found_by_when_they_were_changed,
    told_are_the_signatories_and_the_second_contacts_that_count,
    a_choice_is_guarded_by_its_version,
    everybody_with_a_live_consent_is_told_of_a_suspension_once,
);
