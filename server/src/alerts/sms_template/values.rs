//! What the variables of an SMS are filled with: which values a kind has, how each is written, and how long it can get.

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, Matter},
    controls::{AskRefusal, UNUSED_DAYS_MAX},
    gstin::Gstin,
    ist,
    language::Language,
    unusual::Sign,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    SmsKind, Tag,
    kind::{
        Code::{ContactCode, Otp},
        Copied::ConsentGivenCopy,
    },
};
use crate::alerts::{
    message::{CodeNotice, OtpNotice},
    outbox::{Doer, Notice},
    text::{self, SmsWords},
};

macro_rules! values {
    ($($(#[$doc:meta])* $value:ident = $name:literal;)+) => {
        /// A value of an SMS.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Value {
            $($(#[$doc])* #[serde(rename = $name)] $value),+
        }

        impl Value {
            /// Every value.
            pub(super) const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// How a file and a language's drafts name it.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }
        }
    };
}

values! {
    /// Whose data.
    Gstin = "gstin";
    /// The ASP's short name.
    Asp = "asp";
    /// The GSP's short name.
    Gsp = "gsp";
    /// When it happened.
    At = "at";
    /// The end of the consent's validity.
    Until = "until";
    /// Ends the consent by SMS.
    StopCode = "stop_code";
    /// Where such an SMS goes.
    Number = "number";
    /// Who did it.
    By = "by";
    /// What API access was set to: off, or for how long a consent holds.
    Window = "window";
    /// What became of the allow-list, or of a second contact.
    Change = "change";
    /// The end of the freeze.
    FrozenUntil = "frozen_until";
    /// After how many days an unused consent ends.
    Days = "days";
    /// When an unused consent ends.
    EndsAt = "ends_at";
    /// Why an application was refused.
    Refusal = "refusal";
    /// Which contact changed.
    Contact = "contact";
    /// What was unusual.
    Sign = "sign";
    /// The number of a report.
    Reference = "reference";
    /// An OTP, or the code of a second contact.
    Code = "code";
    /// For how long access is asked.
    Span = "span";
    /// Until when a code holds.
    CodeUntil = "code_until";
}

/// The longest report number that is given out.
const REFERENCE_CHARACTERS_MAX: usize = 20;
/// Digits of a number that an SMS is sent to.
const NUMBER_DIGITS_MAX: usize = 13;

/// What a kind has: what its text must name, and what it may.
pub(super) fn of_kind(kind: SmsKind) -> (&'static [Value], &'static [Value]) {
    use Value as V;
    match kind {
        SmsKind::Code(Otp) => (&[V::Code, V::Asp, V::Gsp, V::Gstin, V::Span, V::CodeUntil], &[]),
        SmsKind::Code(ContactCode) => (&[V::Code, V::Gstin, V::CodeUntil], &[]),
        SmsKind::Copy(ConsentGivenCopy) => (&[V::Gstin, V::Asp, V::Gsp, V::At, V::Until], &[]),
        SmsKind::Alert(kind) => match kind {
            AlertKind::ConsentGiven => (&[V::Gstin, V::Asp, V::Gsp, V::At, V::Until], &[V::StopCode, V::Number]),
            AlertKind::ConsentEnded => (&[V::Gstin, V::Asp, V::Gsp, V::At, V::By], &[]),
            AlertKind::ConsentRestricted | AlertKind::ConsentPaused | AlertKind::ConsentResumed => {
                (&[V::Gstin, V::Asp, V::At], &[V::Gsp, V::By, V::Until])
            }
            AlertKind::WindowChanged => (&[V::Gstin, V::Window, V::At], &[V::By]),
            AlertKind::AspBlocked | AlertKind::AspUnblocked => (&[V::Gstin, V::Asp, V::At], &[V::By]),
            AlertKind::AllowListChanged => (&[V::Gstin, V::Change, V::At], &[V::By]),
            AlertKind::Frozen => (&[V::Gstin, V::FrozenUntil, V::At], &[V::By]),
            AlertKind::Thawed => (&[V::Gstin, V::At], &[V::By]),
            AlertKind::UnusedDaysSet => (&[V::Gstin, V::Days, V::At], &[V::By]),
            AlertKind::NearExpiry => (&[V::Gstin, V::Asp, V::Until], &[V::Gsp]),
            AlertKind::UnusedSoon => (&[V::Gstin, V::Asp, V::EndsAt], &[V::Gsp]),
            AlertKind::AskRefused => (&[V::Gstin, V::Asp, V::At, V::Refusal], &[V::Gsp]),
            AlertKind::AspSuspended => (&[V::Gstin, V::Asp, V::At], &[]),
            AlertKind::ContactChanged => (&[V::Gstin, V::Contact, V::At], &[]),
            AlertKind::SecondContact => (&[V::Gstin, V::Change, V::At], &[]),
            AlertKind::UnusualUse => (&[V::Gstin, V::Asp, V::Sign], &[V::Gsp, V::At]),
            AlertKind::Reported => (&[V::Gstin, V::Asp, V::Reference], &[V::At]),
            AlertKind::Test => (&[V::Gstin, V::At], &[]),
        },
    }
}

impl Value {
    /// Which variable carries it.
    pub(super) fn tag(self) -> Tag {
        match self {
            Self::Code => Tag::Numeric,
            Self::Number => Tag::Cbn,
            _ => Tag::Alphanumeric,
        }
    }

    /// The longest that it can be, in a language; a short name has as many characters as a value may have.
    pub(super) fn longest(self, language: Language, characters_max: usize) -> String {
        let words = text::sms_words(language);
        match self {
            Self::Gstin => "27GSPMH0992G1ZF".into(),
            Self::Asp | Self::Gsp => "W".repeat(characters_max),
            Self::At | Self::Until | Self::EndsAt | Self::CodeUntil => ist::minute(Timestamp::UNIX_EPOCH),
            Self::StopCode => "W".repeat(crate::alerts::stop_code::STOP_CODE_CHARACTERS),
            Self::Number => "0".repeat(NUMBER_DIGITS_MAX),
            Self::Code => "000000".into(),
            Self::Reference => "W".repeat(REFERENCE_CHARACTERS_MAX),
            Self::Span => (words.span)(longest_span()),
            Self::Window => of_all([words.off.to_owned(), (words.span)(longest_span())]),
            Self::By => of_all(doers().map(|doer| (words.by)(&doer).to_owned())),
            Self::Change => {
                let lists = [words.asp_listed, words.asp_unlisted, words.list_on, words.list_off];
                let contacts = [words.second_agreed, words.second_removed];
                of_all([of_all(lists.map(str::to_owned)), of_all(contacts.map(str::to_owned))])
            }
            Self::FrozenUntil => of_all([words.until_lifted.to_owned(), ist::minute(Timestamp::UNIX_EPOCH)]),
            Self::Days => of_all([words.never.to_owned(), (words.days)(UNUSED_DAYS_MAX)]),
            Self::Contact => of_all(Channel::ALL.map(|channel| (words.contact)(channel).to_owned())),
            Self::Refusal => of_all(refusals().map(|why| (words.refusal)(why).to_owned())),
            Self::Sign => of_all(signs().map(|sign| (words.sign)(&sign).to_owned())),
        }
    }
}

fn of_all<const N: usize>(words: [String; N]) -> String {
    words.into_iter().max_by_key(|word| word.chars().count()).unwrap_or_default()
}

fn longest_span() -> SignedDuration {
    SignedDuration::from_mins(29 * 1440 + 23 * 60 + 59)
}

fn doers() -> [Doer; 6] {
    [
        Doer::Application,
        Doer::Signatory(None),
        Doer::SignatoryBySms(None),
        Doer::Accountant(None),
        Doer::OwnRule,
        Doer::Gstn,
    ]
}

fn refusals() -> [AskRefusal; 5] {
    use AskRefusal::{AccessDisabled, Blocked, Frozen, NotAllowed, Suspended};
    [Suspended, AccessDisabled, Frozen, Blocked, NotAllowed]
}

fn signs() -> [Sign; 5] {
    [
        Sign::AtNight { at: Timestamp::UNIX_EPOCH },
        Sign::Volume { today: 0, usual: 0 },
        Sign::NewGsp { gsp: String::new() },
        Sign::AfterSleep { days: 0 },
        Sign::NewNetwork { before: String::new(), now: String::new() },
    ]
}

/// A value of an alert; empty where the alert has none, which no template takes.
pub(in crate::alerts) fn of_alert(value: Value, language: Language, notice: &Notice, number: &str) -> String {
    let words = text::sms_words(language);
    let (party, consent) = (notice.party.as_ref(), notice.consent.as_ref());
    match value {
        Value::Gstin => notice.gstin.to_string(),
        Value::Asp => party.map(|party| party.asp_short.clone()).unwrap_or_default(),
        Value::Gsp => party.and_then(|party| party.gsp_short.clone()).unwrap_or_default(),
        Value::At => ist::minute(notice.happened_at),
        Value::Until => consent.map(|consent| ist::minute(consent.valid_until)).unwrap_or_default(),
        Value::StopCode => consent.map(|consent| consent.stop_code.to_string()).unwrap_or_default(),
        Value::Number => number.to_owned(),
        Value::By => notice.by.as_ref().map(|by| (words.by)(by).to_owned()).unwrap_or_default(),
        Value::Window
        | Value::Change
        | Value::FrozenUntil
        | Value::Days
        | Value::EndsAt
        | Value::Refusal
        | Value::Contact
        | Value::Sign
        | Value::Reference => detail(&notice.matter, words),
        Value::Code | Value::Span | Value::CodeUntil => String::new(),
    }
}

/// The detail of a matter; each has at most one.
fn detail(matter: &Matter, words: &SmsWords) -> String {
    match matter {
        Matter::WindowChanged { enabled: false, .. } => words.off.to_owned(),
        Matter::WindowChanged { enabled: true, minutes } => (words.span)(SignedDuration::from_mins(*minutes)),
        Matter::AllowListChanged { asp, on } => match (asp, on) {
            (Some(_), true) => words.asp_listed,
            (Some(_), false) => words.asp_unlisted,
            (None, true) => words.list_on,
            (None, false) => words.list_off,
        }
        .to_owned(),
        Matter::Frozen { until } => until.map_or_else(|| words.until_lifted.to_owned(), ist::minute),
        Matter::UnusedDaysSet { days } => days.map_or_else(|| words.never.to_owned(), words.days),
        Matter::UnusedSoon { at } => ist::minute(*at),
        Matter::AskRefused { why, .. } => (words.refusal)(*why).to_owned(),
        Matter::ContactChanged { channel } => (words.contact)(*channel).to_owned(),
        Matter::SecondContact { agreed: true, .. } => words.second_agreed.to_owned(),
        Matter::SecondContact { agreed: false, .. } => words.second_removed.to_owned(),
        Matter::UnusualUse { sign } => (words.sign)(sign).to_owned(),
        Matter::Reported { reference } => reference.clone(),
        Matter::ConsentGiven
        | Matter::ConsentEnded
        | Matter::ConsentRestricted { .. }
        | Matter::ConsentPaused
        | Matter::ConsentResumed
        | Matter::AspBlocked { .. }
        | Matter::AspUnblocked { .. }
        | Matter::Thawed
        | Matter::NearExpiry
        | Matter::AspSuspended { .. }
        | Matter::Test => String::new(),
    }
}

/// A value of an OTP.
pub(in crate::alerts) fn of_otp(value: Value, language: Language, notice: &OtpNotice) -> String {
    match value {
        Value::Code => notice.otp.reveal().to_owned(),
        Value::Asp => notice.asp_short.clone(),
        Value::Gsp => notice.gsp_short.clone(),
        Value::Span => (text::sms_words(language).span)(notice.access_for),
        other => of_code(other, notice.gstin, notice.expires_at),
    }
}

/// A value of a second contact's code.
pub(in crate::alerts) fn of_contact_code(value: Value, notice: &CodeNotice) -> String {
    match value {
        Value::Code => notice.mobile_code.reveal().to_owned(),
        other => of_code(other, notice.gstin, notice.expires_at),
    }
}

fn of_code(value: Value, gstin: Gstin, expires_at: Timestamp) -> String {
    match value {
        Value::Gstin => gstin.to_string(),
        Value::CodeUntil => ist::minute(expires_at),
        _ => String::new(),
    }
}
