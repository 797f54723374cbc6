//! English: what every mail says, and the short words of the SMS.

mod codes;
mod consents;
mod controls;
mod others;

use app::model::{alert::Channel, controls::AskRefusal, unusual::Sign};
use jiff::SignedDuration;

use super::{Doer, Language, Lexicon, Matter, Notice, Role, Said, SmsWords};

pub(super) static LEXICON: Lexicon = Lexicon {
    language: Language::En,
    greeting: |name| format!("Dear {name},"),
    gstin: "GSTIN",
    asp: "Application (ASP)",
    gsp: "Through (GSP)",
    by: "Done by",
    reference: "Reference",
    otp: "OTP",
    code: "Code",
    ist: |at| format!("{at} IST"),
    log_in: "Log in to the GST portal the way you always do. This message holds no link, on purpose.",
    menu_path: "Open the menu under your name > My Profile > Manage API Access.",
    never_asks: "GSTN never asks for an OTP or a password: not by phone, mail or SMS.",
    help_desk: "GST help desk: 1800-103-4786",
    stop_by_sms: |code, number| {
        format!(
            "You can end it by SMS, too: from your registered mobile number, send GST STOP {code} to {number}. GST STOPALL freezes all access."
        )
    },
    footer,
    doer,
    said,
    said_of_otp: codes::otp,
    said_of_code: codes::contact_code,
    sms: SmsWords {
        by: |doer| match doer {
            Doer::Application => "the ASP",
            Doer::Signatory(_) => "a signatory",
            Doer::SignatoryBySms(_) => "SMS from your mobile",
            Doer::Accountant(_) => "your accountant",
            Doer::OwnRule => "your own rule",
            Doer::Gstn => "GSTN",
        },
        span,
        days: |days| if days == 1 { "1 day".into() } else { format!("{days} days") },
        never: "never",
        off: "off",
        until_lifted: "you lift it",
        asp_listed: "an ASP was added",
        asp_unlisted: "an ASP was removed",
        list_on: "only ASPs on it may ask",
        list_off: "any ASP may ask again",
        contact: |channel| match channel {
            Channel::Email => "e-mail address",
            Channel::Sms => "mobile number",
        },
        refusal: |why| match why {
            AskRefusal::Suspended => "GSTN suspended it",
            AskRefusal::AccessDisabled => "API access is off",
            AskRefusal::Frozen => "all access is frozen",
            AskRefusal::Blocked => "you blocked it",
            AskRefusal::NotAllowed => "it is not on your list",
        },
        sign: |sign| match sign {
            Sign::AtNight { .. } => "a call at night",
            Sign::Volume { .. } => "many more calls than usual",
            Sign::NewGsp { .. } => "another GSP than before",
            Sign::AfterSleep { .. } => "first call after a long time",
            Sign::NewNetwork { .. } => "calls from another network",
        },
    },
};

fn said(notice: &Notice) -> Said {
    match &notice.matter {
        Matter::ConsentGiven => consents::given(notice),
        Matter::ConsentEnded => consents::ended(notice),
        Matter::ConsentRestricted { restriction } => consents::restricted(notice, restriction),
        Matter::ConsentPaused => consents::paused(notice),
        Matter::ConsentResumed => consents::resumed(notice),
        Matter::NearExpiry => consents::near_expiry(notice),
        Matter::UnusedSoon { at } => consents::unused_soon(notice, *at),
        Matter::UnusualUse { sign } => consents::unusual_use(notice, sign),
        Matter::Reported { reference } => consents::reported(notice, reference),
        Matter::WindowChanged { enabled, minutes } => controls::window_changed(notice, *enabled, *minutes),
        Matter::AspBlocked { .. } => controls::asp_blocked(notice),
        Matter::AspUnblocked { .. } => controls::asp_unblocked(notice),
        Matter::AllowListChanged { asp, on } => controls::allow_list_changed(notice, asp.is_some(), *on),
        Matter::Frozen { until } => controls::frozen(notice, *until),
        Matter::Thawed => controls::thawed(notice),
        Matter::UnusedDaysSet { days } => controls::unused_days_set(notice, *days),
        Matter::AskRefused { why, .. } => others::ask_refused(notice, *why),
        Matter::AspSuspended { .. } => others::asp_suspended(notice),
        Matter::ContactChanged { channel } => others::contact_changed(notice, *channel),
        Matter::Test => others::test(notice),
    }
}

fn footer(role: Role, trade_name: &str, optional: bool) -> String {
    match (role, optional) {
        (Role::Signatory, false) => "Sent automatically to the authorised signatory, because messages about access to \
                                     your GST data cannot be switched off. Replies are not read."
            .into(),
        (Role::Signatory, true) => {
            "Sent automatically to the authorised signatory. Which messages of this kind you get \
                                    can be chosen under Manage API Access > Alerts. Replies are not read."
                .into()
        }
        (Role::SecondContact, _) => format!(
            "Sent automatically to you as the second contact of {trade_name}, whose signatory can remove you at any time. Replies are not read."
        ),
        (Role::FormerContact, _) => format!(
            "Sent automatically to a contact that was registered for {trade_name} until now. Nothing more is sent here. Replies are not read."
        ),
    }
}

fn doer(doer: &Doer) -> String {
    let named = |name: &Option<String>, part: &str| match name {
        Some(name) => format!("{name} ({part})"),
        None => part.to_owned(),
    };
    match doer {
        Doer::Application => "The application".into(),
        Doer::Signatory(name) => named(name, "authorised signatory"),
        Doer::SignatoryBySms(name) => named(name, "SMS from the registered mobile number"),
        Doer::Accountant(name) => named(name, "accountant"),
        Doer::OwnRule => "A rule that you set".into(),
        Doer::Gstn => "GSTN".into(),
    }
}

fn span(span: SignedDuration) -> String {
    let counted = |count: i64, unit: &str| match count {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{count} {unit}s")),
    };
    let minutes = span.as_mins();
    let parts = [counted(minutes / 1440, "day"), counted(minutes / 60 % 24, "hour"), counted(minutes % 60, "minute")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// For letters about what the taxpayer, or somebody for them, decided.
const NOT_YOU: &str = "If this was not you";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_days_hours_and_minutes() {
        for (minutes, words) in [(43_200, "30 days"), (360, "6 hours"), (1500, "1 day 1 hour"), (61, "1 hour 1 minute")]
        {
            assert_eq!(span(SignedDuration::from_mins(minutes)), words);
        }
    }
}
