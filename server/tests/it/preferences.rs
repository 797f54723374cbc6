//! What a person decides about their own alerts, as it comes out: the language, what is not told, and who is told beside them.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::model::{
    alert::{AlertKind, Channel, Delivery, Matter, Outcome},
    id::ContactId,
    language::Language,
    second_contact::{CODE_TRIES_MAX, CODES_HOLD},
    taxpayer::Signatory,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use server::{
    alerts::{
        channels::{Channels, EmailChannel, SmsChannel},
        message::{Composer, Mail, Sms},
        otp_post::OtpPost,
        outbox::Role,
        providers::{
            balance::BalanceRules,
            breaker::BreakerRules,
            road::{Ground, Provider, Road},
            tap::KeptMains,
        },
        sms_template::SmsTemplates,
    },
    clock::Clock,
    preferences::{BETWEEN_TESTS, NAMED_A_DAY_MAX, Named, NotChanged, Preferences, SECOND_CONTACTS_MAX},
    store::port::SealedSignatory,
};
use tokio::{
    sync::{Mutex, mpsc},
    time,
};
use tokio_util::sync::CancellationToken;

use crate::{
    control::signatory,
    support::{
        database::{Engine, on_both_engines},
        told::{letter, text},
        world::World,
    },
};

/// What anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const THEIR_EMAIL: &str = "ravi.iyer@accounts.example";
const THEIR_MOBILE: &str = "9700000002";

/// A provider of both channels that takes everything, and hands the test what it took: to whom, and the text.
struct Letterbox(mpsc::UnboundedSender<(String, String)>);

impl Letterbox {
    fn take(&self, to: &str, text: &str) -> Outcome {
        self.0.send((to.to_owned(), text.to_owned())).expect("the test listens");
        Outcome::Accepted { provider_ref: None }
    }
}

#[async_trait]
impl EmailChannel for Letterbox {
    async fn send(&self, mail: &Mail) -> Outcome {
        self.take(mail.to.as_str(), &mail.text)
    }
}

#[async_trait]
impl SmsChannel for Letterbox {
    async fn send(&self, sms: &Sms) -> Outcome {
        self.take(sms.to.as_str(), &sms.text)
    }
}

/// Both channels through a letterbox.
pub(crate) fn letterboxes(took: mpsc::UnboundedSender<(String, String)>, ground: Ground) -> Channels {
    let email: Arc<dyn EmailChannel> = Arc::new(Letterbox(took.clone()));
    let sms: Arc<dyn SmsChannel> = Arc::new(Letterbox(took));
    Channels {
        email: Arc::new(Road::new("email", vec![alone("letterbox", email)], ground.clone())),
        sms: Arc::new(Road::new("sms", vec![alone("letterbox-sms", sms)], ground)),
    }
}

/// A person at the settings of their alerts.
struct Person {
    world: World,
    preferences: Preferences,
    /// How often the dispatcher was woken.
    woken: Arc<AtomicUsize>,
    codes: Mutex<mpsc::UnboundedReceiver<(String, String)>>,
    _stop: tokio_util::sync::DropGuard,
}

impl Person {
    async fn new(engine: Engine) -> Self {
        let world = World::new(engine).await;
        let (took, codes) = mpsc::unbounded_channel();
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let ground = Ground {
            mains: Arc::new(KeptMains(world.store.clone())),
            clock: clock.clone(),
            chance: world.chance.clone(),
            balance: BalanceRules::default(),
            breaker: BreakerRules::default(),
        };
        let channels = letterboxes(took, ground);
        let composer = Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None };
        let (post, worker) = OtpPost::new(channels, Arc::new(composer), clock.clone());
        let (stop, woken) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(worker.run(stop.clone()));
        let preferences = Preferences {
            store: world.store.clone(),
            vault: world.vault.clone(),
            clock,
            chance: world.chance.clone(),
            post,
            alert_owed: {
                let woken = woken.clone();
                Arc::new(move || _ = woken.fetch_add(1, Ordering::SeqCst))
            },
        };
        Self { world, preferences, woken, codes: Mutex::new(codes), _stop: stop.drop_guard() }
    }

    async fn choose(&self, language: Language, wanted: &[(AlertKind, Channel)]) {
        let (gstin, person) = (self.world.taxpayer.gstin, self.world.signatory.id);
        let version = self.preferences.shown(gstin, person).await.expect("shown").chosen.1;
        let wanted: BTreeSet<_> = wanted.iter().copied().collect();
        self.preferences.choose(gstin, person, language, &wanted, version).await.expect("chosen");
    }

    /// Names a second contact.
    async fn name(&self) -> Result<(), NotChanged> {
        self.name_who_reads(Language::En).await
    }

    async fn name_who_reads(&self, language: Language) -> Result<(), NotChanged> {
        let (email, mobile) = (THEIR_EMAIL.parse().expect("address"), THEIR_MOBILE.parse().expect("number"));
        let named = Named { name: "Ravi Iyer".into(), email, mobile, language };
        self.preferences.name(self.world.taxpayer.gstin, self.world.signatory.id, named).await
    }

    /// The codes that went to the address and to the number that were named.
    async fn codes(&self) -> (String, String) {
        let mut codes = self.codes.lock().await;
        let (mut by_mail, mut by_sms) = (None, None);
        while by_mail.is_none() || by_sms.is_none() {
            let (to, text) = time::timeout(PATIENCE, codes.recv()).await.expect("in time").expect("a code");
            let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
            let code = words.find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
            let code = code.expect("six digits").to_owned();
            match to.as_str() {
                THEIR_EMAIL => by_mail = Some(code),
                THEIR_MOBILE => by_sms = Some(code),
                other => panic!("nobody named {other}"),
            }
        }
        by_mail.zip(by_sms).expect("both")
    }

    /// The contact that was named last.
    async fn named(&self) -> ContactId {
        let shown = self.preferences.shown(self.world.taxpayer.gstin, self.world.signatory.id).await.expect("shown");
        shown.contacts.first().expect("a contact").0.id
    }

    async fn confirm(&self, id: ContactId, (email, sms): (&str, &str)) -> Result<(), NotChanged> {
        let (gstin, person) = (self.world.taxpayer.gstin, self.world.signatory.id);
        self.preferences.confirm(gstin, person, id, (email, sms)).await
    }

    /// By which roads a consent that is given now is told, and to which contact beside the signatory.
    async fn told_of_a_consent(&self) -> Vec<(Channel, Option<ContactId>)> {
        self.world.clock.advance(SignedDuration::from_mins(5));
        self.world.grant().await;
        self.told_last(AlertKind::ConsentGiven).await
    }

    /// What was told of second contacts, the oldest first, and to whom.
    async fn told_of_second_contacts(&self) -> Vec<(Matter, Vec<(Channel, Option<ContactId>)>)> {
        let mut owed = self.world.owed().await;
        owed.retain(|(alert, _)| alert.matter.kind() == AlertKind::SecondContact);
        owed.sort_by_key(|(alert, _)| alert.owed_at);
        let to = |one: &Delivery| (one.channel, one.contact);
        owed.into_iter().map(|(alert, deliveries)| (alert.matter, deliveries.iter().map(to).collect())).collect()
    }

    /// The same of the newest alert of a kind.
    async fn told_last(&self, kind: AlertKind) -> Vec<(Channel, Option<ContactId>)> {
        let mut owed = self.world.owed().await;
        owed.retain(|(alert, _)| alert.matter.kind() == kind);
        let (_, deliveries) = owed.into_iter().max_by_key(|(alert, _)| alert.owed_at).expect("an alert");
        deliveries.iter().map(|one| (one.channel, one.contact)).collect()
    }
}

fn alone<C: ?Sized>(name: &str, channel: Arc<C>) -> Provider<C> {
    Provider { name: name.into(), weight: 1, rate: None, reports: None, channel }
}

const THEMSELVES: [(Channel, Option<ContactId>); 2] = [(Channel::Email, None), (Channel::Sms, None)];

async fn who_chose_hindi_is_told_in_hindi(person: Person) {
    person.choose(Language::Hi, &[]).await;
    assert_eq!(person.told_of_a_consent().await, THEMSELVES);
    for channel in Channel::ALL {
        let leased = person.world.lease(channel).await;
        assert_eq!(leased.iter().map(|one| letter(one).recipient.language).collect::<Vec<_>>(), [Language::Hi]);
        let text = text(&leased[0]);
        assert!(text.contains("सहमति") && !text.contains("access your GST data"), "{text}");
    }
}

async fn who_reads_a_language_without_words_is_told_in_english_and_may_keep_it(person: Person) {
    let Some(without) = Language::ALL.into_iter().find(|language| !server::alerts::speaks(*language)) else { return };
    let (gstin, id) = (person.world.taxpayer.gstin, person.world.signatory.id);
    let nothing = BTreeSet::new();
    let chosen = person.preferences.choose(gstin, id, without, &nothing, 0).await;
    assert!(matches!(chosen, Err(NotChanged::Language)), "{chosen:?}");
    let (email, mobile) = (THEIR_EMAIL.parse().expect("address"), THEIR_MOBILE.parse().expect("number"));
    let named = Named { name: "Ravi Iyer".into(), email, mobile, language: without };
    let named = person.preferences.name(gstin, id, named).await;
    assert!(matches!(named, Err(NotChanged::Language)), "{named:?}");

    let fed = Signatory { language: without, ..person.world.signatory.clone() };
    let mut work = person.world.store.write().await.expect("write");
    work.update_signatory(&SealedSignatory::seal(&fed, &person.world.vault)).await.expect("fed by the registry");
    work.commit().await.expect("commit");
    person.choose(without, &[]).await;
    let kept = person.preferences.shown(gstin, id).await.expect("shown").signatory.language;
    assert_eq!(kept, without, "what else is chosen does not take it away");
    assert_eq!(person.told_of_a_consent().await, THEMSELVES);
    for channel in Channel::ALL {
        let leased = person.world.lease(channel).await;
        let text = text(&leased[0]);
        assert!(text.contains("consent to access"), "{text}");
    }
}

async fn what_was_switched_off_is_kept_and_told_to_nobody_and_what_cannot_be_is_told_all_the_same(person: Person) {
    person.choose(Language::En, &[(AlertKind::ConsentResumed, Channel::Sms)]).await;
    assert_eq!(person.told_of_a_consent().await, THEMSELVES, "nobody can be kept from this");
    let world = &person.world;
    let (gstin, now) = (world.taxpayer.gstin, world.clock.now());
    let mut work = world.store.read().await.expect("read");
    let consent = work.open_consents(gstin, None, now).await.expect("read").remove(0);
    drop(work);
    let paused = world.consents.pause(gstin, consent.id, &signatory(world)).await.expect("paused");
    assert_eq!(person.told_last(AlertKind::ConsentPaused).await, [], "the alert is there, and goes nowhere");
    world.consents.resume(gstin, consent.id, paused.version, &signatory(world)).await.expect("resumed");
    assert_eq!(person.told_last(AlertKind::ConsentResumed).await, [(Channel::Sms, None)], "by the road that is wanted");
    world.consents.revoke(gstin, consent.id, signatory(world)).await.expect("revoked");
    assert_eq!(person.told_last(AlertKind::ConsentEnded).await, THEMSELVES);
    assert_eq!(world.violations().await, []);
}

async fn a_second_contact_gets_its_own_copies_from_when_it_agreed_until_it_is_removed(person: Person) {
    person.name().await.expect("named");
    let (email, sms) = person.codes().await;
    let id = person.named().await;
    assert_eq!(person.told_of_a_consent().await, THEMSELVES, "it did not agree yet");
    person.confirm(id, (&sms, &email)).await.expect("an answer");
    assert_eq!(person.told_of_a_consent().await, THEMSELVES, "each code is that of its own road");
    assert_eq!(person.told_of_second_contacts().await, [], "a wrong answer is told to nobody");
    person.confirm(id, (&email, &sms)).await.expect("an answer");
    let both = [(Channel::Email, None), (Channel::Email, Some(id)), (Channel::Sms, None), (Channel::Sms, Some(id))];
    assert_eq!(person.told_of_a_consent().await, both);
    for channel in Channel::ALL {
        let leased = person.world.lease(channel).await;
        let copies: Vec<_> = leased.iter().filter(|one| letter(one).recipient.role == Role::SecondContact).collect();
        let [agreed, given] = copies.as_slice() else { panic!("{copies:?}") };
        for copy in [agreed, given] {
            assert_eq!(
                (letter(copy).recipient.email.as_str(), letter(copy).recipient.mobile.as_str()),
                (THEIR_EMAIL, THEIR_MOBILE)
            );
            assert!(!text(copy).contains("GST STOP"), "the code that ends a consent is the signatory's alone");
        }
        let own = leased.iter().filter(|one| letter(one).recipient.role == Role::Signatory);
        assert!(own.into_iter().any(|one| text(one).contains("GST STOP")));
    }
    let (gstin, signatory) = (person.world.taxpayer.gstin, person.world.signatory.id);
    person.preferences.remove(gstin, signatory, id).await.expect("removed");
    assert_eq!(person.told_of_a_consent().await, THEMSELVES);
    let signatory = person.world.signatory.name.clone();
    let told = |agreed| Matter::SecondContact { name: "Ravi Iyer".into(), by: signatory.clone(), agreed };
    let both: Vec<_> = both.into();
    assert_eq!(person.told_of_second_contacts().await, [(told(true), both.clone()), (told(false), both)]);
    let goodbye = person.world.lease(Channel::Email).await;
    let goodbye = goodbye.iter().filter(|one| letter(one).recipient.role == Role::FormerContact);
    assert_eq!(goodbye.map(text).filter(|text| text.contains("goes to them, too")).count(), 1);
}

async fn codes_end_by_their_time_and_by_wrong_answers(person: Person) {
    person.name().await.expect("named");
    let (email, sms) = person.codes().await;
    let id = person.named().await;
    person.world.clock.advance(CODES_HOLD);
    let late = person.confirm(id, (&email, &sms)).await;
    assert!(matches!(late, Err(NotChanged::Conflict)), "{late:?}");
    person.name().await.expect("named anew");
    let (email, sms) = person.codes().await;
    let id = person.named().await;
    for _ in 0..CODE_TRIES_MAX {
        person.confirm(id, (&email, "wrong")).await.expect("an answer that costs a try");
    }
    let spent = person.confirm(id, (&email, &sms)).await;
    assert!(matches!(spent, Err(NotChanged::Conflict)), "{spent:?}");
    assert_eq!(person.told_of_a_consent().await, THEMSELVES);
}

async fn a_second_contact_is_told_in_the_language_that_was_named_for_it(person: Person) {
    person.name_who_reads(Language::Hi).await.expect("named");
    let (email, sms) = person.codes().await;
    person.confirm(person.named().await, (&email, &sms)).await.expect("an answer");
    person.told_of_a_consent().await;
    for channel in Channel::ALL {
        let leased = person.world.lease(channel).await;
        let given: Vec<_> =
            leased.iter().filter(|one| letter(one).notice.matter.kind() == AlertKind::ConsentGiven).collect();
        assert_eq!(given.len(), 2, "theirs and the contact's");
        for one in given {
            let (hindi, text) = (letter(one).recipient.role == Role::SecondContact, text(one));
            assert_eq!(text.contains("सहमति"), hindi, "{text}");
            assert_eq!(text.contains("consent to access"), !hindi, "{text}");
        }
    }
}

async fn only_so_many_second_contacts_count_at_once(person: Person) {
    for _ in 0..SECOND_CONTACTS_MAX {
        person.name().await.expect("named");
        let (email, sms) = person.codes().await;
        person.confirm(person.named().await, (&email, &sms)).await.expect("an answer");
        person.world.clock.advance(SignedDuration::from_hours(25));
    }
    let more = person.name().await;
    assert!(matches!(more, Err(NotChanged::Conflict)), "{more:?}");
    let (gstin, id) = (person.world.taxpayer.gstin, person.world.signatory.id);
    person.preferences.remove(gstin, id, person.named().await).await.expect("removed");
    person.name().await.expect("one has gone");
    person.codes().await;
}

async fn who_is_named_takes_the_place_of_who_still_waits(person: Person) {
    person.name().await.expect("named");
    let (first_email, first_sms) = person.codes().await;
    let first = person.named().await;
    person.world.clock.advance(SignedDuration::from_mins(1));
    person.name().await.expect("another is named");
    let (email, sms) = person.codes().await;
    let over = person.confirm(first, (&first_email, &first_sms)).await;
    assert!(matches!(over, Err(NotChanged::Conflict)), "{over:?}");
    assert_eq!(person.told_of_a_consent().await, THEMSELVES, "it does not count");
    person.confirm(person.named().await, (&email, &sms)).await.expect("an answer");
    assert_eq!(person.told_of_a_consent().await.len(), 4, "the other one does");
}

async fn a_test_goes_by_both_roads_at_once_and_once_a_minute(person: Person) {
    let (gstin, id) = (person.world.taxpayer.gstin, person.world.signatory.id);
    let tests = async || {
        let owed = person.world.owed().await.into_iter();
        owed.filter(|(alert, _)| alert.matter == Matter::Test)
            .map(|(_, deliveries)| deliveries.iter().map(|one| (one.channel, one.contact)).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    person.preferences.test(gstin, id).await.expect("a test");
    assert_eq!((tests().await, person.woken.load(Ordering::SeqCst)), (vec![THEMSELVES.to_vec()], 1));
    person.world.clock.advance(BETWEEN_TESTS - SignedDuration::from_secs(1));
    person.preferences.test(gstin, id).await.expect("the same");
    assert_eq!((tests().await.len(), person.woken.load(Ordering::SeqCst)), (1, 1), "within a minute");
    person.world.clock.advance(SignedDuration::from_secs(2));
    person.preferences.test(gstin, id).await.expect("another test");
    assert_eq!((tests().await, person.woken.load(Ordering::SeqCst)), (vec![THEMSELVES.to_vec(); 2], 2));
}

async fn only_so_many_are_asked_in_a_day(person: Person) {
    for _ in 0..NAMED_A_DAY_MAX {
        person.name().await.expect("named");
        person.codes().await;
        person.world.clock.advance(SignedDuration::from_mins(1));
    }
    let more = person.name().await;
    assert!(matches!(more, Err(NotChanged::Conflict)), "{more:?}");
    person.world.clock.advance(SignedDuration::from_hours(24));
    person.name().await.expect("on the next day");
    person.codes().await;
}

on_both_engines!(super::Person::new:
    who_chose_hindi_is_told_in_hindi,
    who_reads_a_language_without_words_is_told_in_english_and_may_keep_it,
    what_was_switched_off_is_kept_and_told_to_nobody_and_what_cannot_be_is_told_all_the_same,
    a_second_contact_gets_its_own_copies_from_when_it_agreed_until_it_is_removed,
    codes_end_by_their_time_and_by_wrong_answers,
    a_second_contact_is_told_in_the_language_that_was_named_for_it,
    only_so_many_second_contacts_count_at_once,
    who_is_named_takes_the_place_of_who_still_waits,
    a_test_goes_by_both_roads_at_once_and_once_a_minute,
    only_so_many_are_asked_in_a_day,
);
