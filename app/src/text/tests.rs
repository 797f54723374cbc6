//! What the catalogue promises, in every language.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{asked, of, speaks, spoken, words};
use crate::{
    api::views::DeliveryRow,
    model::{
        access_window::AccessWindow,
        alert::{Channel, DeliveryState},
        consent::Consent,
        id::{ApplicationId, ConsentId, SignatoryId},
        ist::Left,
        language::Language,
        report::Reason,
    },
};

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

fn granted() -> Consent {
    let window = AccessWindow::new("27GSPMH0992G1ZF".parse().expect("gstin"), true, 600, 1).expect("window");
    Consent::grant(ConsentId(Uuid::from_u128(1)), &window, ApplicationId(Uuid::from_u128(2)), at(0)).consent
}

#[test]
fn each_file_is_a_language_that_the_screen_speaks() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/text/languages");
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let files: BTreeSet<_> = files.map(|file| file.file_stem().expect("a name").to_owned()).collect();
    assert_eq!(files, spoken().map(|language| language.tag().into()).collect());
    let titles: BTreeSet<_> = spoken().map(|language| of(language).frame.access_now).collect();
    assert_eq!(titles.len(), files.len(), "each says it in its own words");
}

#[test]
fn a_visitor_is_answered_in_a_language_that_there_are_words_in() {
    assert_eq!(asked("hi-IN"), Some(Language::Hi));
    for language in Language::ALL.into_iter().filter(|language| !speaks(*language)) {
        assert_eq!(asked(language.tag()), None);
        assert!(std::ptr::eq(of(language), of(Language::En)));
    }
}

#[test]
fn time_left_is_told_in_words() {
    let [en, hi] = [Language::En, Language::Hi].map(|language| of(language).words.left);
    assert_eq!(en(Left::Days(29, 23)), "29 days 23 hours left");
    assert_eq!(en(Left::Days(1, 0)), "1 day left");
    assert_eq!(en(Left::Hours(1, 1)), "1 hour 1 minute left");
    assert_eq!(en(Left::Minutes(0)), "less than a minute left");
    assert_eq!(en(Left::Over), "over");
    assert_eq!(hi(Left::Hours(5, 59)), "5 घंटे 59 मिनट शेष");
}

#[test]
fn a_consents_status_names_who_ended_it() {
    let (text, live) = (of(Language::En), granted());
    assert_eq!(words::status(text, &live, at(1)), "Has access now");
    assert_eq!(words::status(text, &live, at(600)), "Expired");
    let revoked = live.revoke(SignatoryId(Uuid::from_u128(3)), at(1)).expect("live").consent;
    assert_eq!(words::status(text, &revoked, at(900)), "Revoked by you");
    let logged_out = live.log_out(at(1)).expect("live").consent;
    assert_eq!(words::status(text, &logged_out, at(2)), "Given back by the ASP");
    let replaced = live.replace(ConsentId(Uuid::from_u128(4)), at(1)).expect("live").consent;
    assert_eq!(words::status(text, &replaced, at(2)), "Replaced by a newer consent");
    assert_eq!(words::over_at(&revoked), at(1));
    assert_eq!(words::over_at(&live), at(600));
}

#[test]
fn accepted_by_a_provider_is_never_called_delivered() {
    let said = |channel| words::delivery(of(Language::En), channel, DeliveryState::Accepted);
    assert_eq!(said(Channel::Email), "Handed over to the e-mail provider");
    assert_eq!(said(Channel::Sms), "Handed over to the SMS provider");
}

#[test]
fn what_a_report_said_is_told_with_its_reason() {
    let said = |channel, state, reason, heard_at| {
        let row = DeliveryRow {
            channel,
            to: "••••••••43".into(),
            state,
            accepted_at: Some(at(0)),
            heard_at,
            reason,
            next_attempt_at: None,
        };
        words::fate(of(Language::En), &row)
    };
    let heard = Some(at(5));
    let full = said(Channel::Email, DeliveryState::PermanentFailure, Some(Reason::MailboxFull), heard);
    assert_eq!(full, "Not delivered: mailbox full");
    assert_eq!(said(Channel::Sms, DeliveryState::PermanentFailure, None, heard), "Not delivered");
    assert_eq!(said(Channel::Sms, DeliveryState::Delivered, None, heard), "Delivered");
    let refused = said(Channel::Sms, DeliveryState::PermanentFailure, None, None);
    assert_eq!(refused, "Could not be sent: the provider refused this address or number");
    assert_eq!(said(Channel::Sms, DeliveryState::Expired, None, None), "Not delivered: the provider gave up");
}

#[test]
fn the_bar_of_remaining_validity_stays_within_its_ends() {
    let consent = granted();
    let bar = |minute| words::percent_left(&consent, at(minute));
    assert_eq!([bar(-5), bar(0), bar(300), bar(599), bar(600), bar(9_000)], [100, 100, 50, 0, 0, 0]);
}
