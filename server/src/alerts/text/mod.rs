//! The words of the mails, of what an SMS template is filled with, and of the texts to register, a file a language in
//! `languages`. A language is a [`Lexicon`]: one that lacks a word, or a kind of alert, does not compile.

use app::model::{
    Timestamp,
    alert::{Channel, Matter},
    controls::AskRefusal,
    gstin::Gstin,
    ist,
    language::Language,
    unusual::Sign,
};
use jiff::SignedDuration;

use super::{
    message::{CodeNotice, OtpNotice},
    outbox::{Doer, Notice, Recipient, Role},
    sms_template::{Draft, SmsKind, sms},
};
use Lexicon as Catalogue;

include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// A mail's content, before it becomes text and HTML.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) language: Language,
    pub(super) sender: [&'static str; 2],
    pub(super) subject: String,
    pub(super) heading: String,
    pub(super) greeting: String,
    pub(super) lead: String,
    /// The label of the code, and the code: in the letters that carry one.
    pub(super) code: Option<(&'static str, String)>,
    /// Label and value.
    pub(super) facts: Vec<Fact>,
    pub(super) steps_title: &'static str,
    pub(super) steps: Vec<String>,
    /// Whether the steps are for somebody whom something happens to that they did not want.
    pub(super) warns: bool,
    pub(super) notes: Vec<String>,
    pub(super) footer: String,
}

type Fact = (&'static str, String);

impl Letter {
    /// Where a line begins, and where it ends.
    pub(super) fn sides(&self) -> (&'static str, &'static str) {
        if self.language.direction() == "rtl" { ("right", "left") } else { ("left", "right") }
    }
}

/// What a language says about one matter; everything that all mails have in common is added to it.
#[derive(Debug, Default)]
struct Said {
    /// Without the GSTIN, which is added.
    subject: String,
    heading: String,
    lead: String,
    /// The label of the moment.
    when: &'static str,
    /// The label of the end of the consent's validity, where that is of interest.
    until: Option<&'static str>,
    /// What else is to be known.
    facts: Vec<Fact>,
    steps_title: &'static str,
    /// After logging in and opening the menu.
    steps: Vec<String>,
    /// Set where all languages meet: it goes by the matter.
    warns: bool,
    notes: Vec<String>,
}

/// Every word of a language that is not about one matter.
struct Lexicon {
    /// Whose mails these are, as the head of a mail says it, and in which part of the portal.
    sender: [&'static str; 2],
    greeting: fn(&str) -> String,
    gstin: &'static str,
    asp: &'static str,
    gsp: &'static str,
    by: &'static str,
    reference: &'static str,
    otp: &'static str,
    code: &'static str,
    ist: fn(&str) -> String,
    log_in: &'static str,
    menu_path: &'static str,
    never_asks: &'static str,
    help_desk: &'static str,
    stop_by_sms: fn(&str, &str) -> String,
    footer: fn(Role, &str, bool) -> String,
    doer: fn(&Doer) -> String,
    said: fn(&Notice) -> Said,
    said_of_otp: fn(&OtpNotice) -> Said,
    said_of_code: fn(&CodeNotice) -> Said,
    sms: SmsWords,
    drafts: fn(SmsKind) -> Draft,
}

/// Words short enough for a variable of an SMS.
pub(super) struct SmsWords {
    pub(super) by: fn(&Doer) -> &'static str,
    pub(super) span: fn(SignedDuration) -> String,
    pub(super) days: fn(u16) -> String,
    pub(super) never: &'static str,
    pub(super) off: &'static str,
    pub(super) until_lifted: &'static str,
    pub(super) asp_listed: &'static str,
    pub(super) asp_unlisted: &'static str,
    pub(super) list_on: &'static str,
    pub(super) list_off: &'static str,
    pub(super) contact: fn(Channel) -> &'static str,
    pub(super) second_agreed: &'static str,
    pub(super) second_removed: &'static str,
    pub(super) refusal: fn(AskRefusal) -> &'static str,
    pub(super) sign: fn(&Sign) -> &'static str,
}

fn lexicon(language: Language) -> &'static Lexicon {
    words_in(language).unwrap_or(&en::WORDS)
}

/// The languages that messages are written in.
pub(super) fn spoken() -> impl Iterator<Item = Language> {
    Language::ALL.into_iter().filter(|language| speaks(*language))
}

/// Whether messages are written in a language.
pub fn speaks(language: Language) -> bool {
    words_in(language).is_some()
}

/// The language that somebody who reads this one is written to: English where there are no words in theirs.
pub(super) fn written_to(language: Language) -> Language {
    if speaks(language) { language } else { Language::En }
}

/// The words of an SMS.
pub(super) fn sms_words(language: Language) -> &'static SmsWords {
    &lexicon(language).sms
}

/// The text of a kind of SMS as it is to be registered.
pub(super) fn draft(language: Language, kind: SmsKind) -> Draft {
    (lexicon(language).drafts)(kind)
}

impl Lexicon {
    /// The letter around what is said: who it goes to, which GSTIN it is about, and what every letter warns of.
    fn letter(&self, to: &Recipient, gstin: Gstin, said: Said, footer: String) -> Letter {
        let facts = [(self.gstin, gstin.to_string())].into_iter().chain(said.facts).collect();
        let warnings = [self.never_asks, self.help_desk].map(str::to_owned);
        Letter {
            language: written_to(to.language),
            sender: self.sender,
            subject: format!("{} (GSTIN {gstin})", said.subject),
            heading: said.heading,
            greeting: (self.greeting)(&to.name),
            lead: said.lead,
            code: None,
            facts,
            steps_title: said.steps_title,
            steps: said.steps,
            warns: said.warns,
            notes: said.notes.into_iter().chain(warnings).collect(),
            footer,
        }
    }

    /// A moment under its label.
    fn moment(&self, label: &'static str, at: Timestamp) -> Fact {
        (label, (self.ist)(&ist::second(at)))
    }

    /// Where somebody who was told goes next.
    fn way_in(&self) -> [String; 2] {
        [self.log_in, self.menu_path].map(str::to_owned)
    }
}

/// Whether access was given or widened, or somebody's contact changed, so that a mail stands out and asks whether it was them.
/// Where access was only taken away it stays calm: who is warned of everything heeds nothing.
fn asks_whether_it_was_you(matter: &Matter) -> bool {
    match matter {
        Matter::ConsentGiven
        | Matter::ConsentRestricted { .. }
        | Matter::ConsentResumed
        | Matter::WindowChanged { .. }
        | Matter::AspUnblocked { .. }
        | Matter::AllowListChanged { .. }
        | Matter::Thawed
        | Matter::UnusedDaysSet { .. }
        | Matter::ContactChanged { .. }
        | Matter::SecondContact { .. }
        | Matter::UnusualUse { .. } => true,
        Matter::ConsentEnded
        | Matter::ConsentPaused
        | Matter::AspBlocked { .. }
        | Matter::Frozen { .. }
        | Matter::NearExpiry
        | Matter::UnusedSoon { .. }
        | Matter::AskRefused { .. }
        | Matter::AspSuspended { .. }
        | Matter::Reported { .. }
        | Matter::Test => false,
    }
}

/// The mail of an alert. `number` is where an SMS that ends a consent goes.
pub(super) fn alert(to: &Recipient, notice: &Notice, number: &str) -> Letter {
    let words = lexicon(to.language);
    let mut said = (words.said)(notice);
    let mut facts = Vec::new();
    if let Some(party) = &notice.party {
        facts.push((words.asp, party.asp_name.clone()));
        facts.extend(party.gsp_name.clone().map(|gsp| (words.gsp, gsp)));
    }
    facts.push(words.moment(said.when, notice.happened_at));
    if let (Some(label), Some(consent)) = (said.until, &notice.consent) {
        facts.push(words.moment(label, consent.valid_until));
    }
    facts.append(&mut said.facts);
    facts.extend(notice.by.as_ref().map(|by| (words.by, (words.doer)(by))));
    facts.extend(notice.consent.as_ref().map(|consent| (words.reference, consent.id.to_string())));
    said.facts = facts;
    said.steps.splice(..0, words.way_in());
    said.warns = asks_whether_it_was_you(&notice.matter);
    if let (Matter::ConsentGiven, Role::Signatory, Some(consent)) = (&notice.matter, to.role, &notice.consent) {
        said.notes.push((words.stop_by_sms)(consent.stop_code.as_str(), number));
    }
    let footer = (words.footer)(to.role, &notice.trade_name, notice.matter.kind().is_optional());
    words.letter(to, notice.gstin, said, footer)
}

/// The mail of an OTP.
pub(super) fn otp(to: &Recipient, notice: &OtpNotice) -> Letter {
    let words = lexicon(to.language);
    let mut said = (words.said_of_otp)(notice);
    said.facts.splice(..0, [(words.asp, notice.asp_name.clone()), (words.gsp, notice.gsp_name.clone())]);
    said.facts.push(words.moment(said.when, notice.expires_at));
    said.steps.extend(words.way_in());
    said.warns = true;
    let footer = (words.footer)(to.role, &notice.trade_name, false);
    // Not in the subject: subjects show on locked telephones.
    let code = Some((words.otp, notice.otp.reveal().to_owned()));
    Letter { code, ..words.letter(to, notice.gstin, said, footer) }
}

/// The mail that asks a second contact whether they want to be one.
pub(super) fn contact_code(to: &Recipient, notice: &CodeNotice) -> Letter {
    let words = lexicon(to.language);
    let mut said = (words.said_of_code)(notice);
    said.warns = true;
    said.facts.push(words.moment(said.when, notice.expires_at));
    let footer = (words.footer)(to.role, &notice.trade_name, false);
    let code = Some((words.code, notice.email_code.reveal().to_owned()));
    Letter { code, ..words.letter(to, notice.gstin, said, footer) }
}
