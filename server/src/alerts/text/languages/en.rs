//! English.

use app::{
    model::{
        Timestamp,
        alert::{AlertKind, Channel},
        consent::EndReason,
        controls::AskRefusal,
        ist,
        restriction::Restriction,
        return_type::ReturnType,
        unusual::Sign,
    },
    text::control::words::clock,
};
use jiff::SignedDuration;

use super::{CodeNotice, Doer, Draft, Lexicon, Matter, Notice, OtpNotice, Role, Said, SmsKind, SmsWords, sms};

pub(super) static WORDS: Lexicon = Lexicon {
    sender: ["Goods and Services Tax", "GST portal · Manage API Access"],
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
    said_of_otp: otp,
    said_of_code: contact_code,
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
        second_agreed: "was added",
        second_removed: "was removed",
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
    drafts,
};

/// For letters about what the taxpayer, or somebody for them, decided.
const NOT_YOU: &str = "If this was not you";

fn said(notice: &Notice) -> Said {
    match &notice.matter {
        Matter::ConsentGiven => given(notice),
        Matter::ConsentEnded => ended(notice),
        Matter::ConsentRestricted { restriction } => restricted(notice, restriction),
        Matter::ConsentPaused => paused(notice),
        Matter::ConsentResumed => resumed(notice),
        Matter::NearExpiry => near_expiry(notice),
        Matter::UnusedSoon { at } => unused_soon(notice, *at),
        Matter::UnusualUse { sign } => unusual_use(notice, sign),
        Matter::Reported { reference } => reported(notice, reference),
        Matter::WindowChanged { enabled, minutes } => window_changed(notice, *enabled, *minutes),
        Matter::AspBlocked { .. } => asp_blocked(notice),
        Matter::AspUnblocked { .. } => asp_unblocked(notice),
        Matter::AllowListChanged { asp, on } => allow_list_changed(notice, asp.is_some(), *on),
        Matter::Frozen { until } => frozen(notice, *until),
        Matter::Thawed => thawed(notice),
        Matter::UnusedDaysSet { days } => unused_days_set(notice, *days),
        Matter::AskRefused { why, .. } => ask_refused(notice, *why),
        Matter::AspSuspended { .. } => asp_suspended(notice),
        Matter::ContactChanged { channel } => contact_changed(notice, *channel),
        Matter::SecondContact { name, by, agreed } => second_contact(notice, name, by, *agreed),
        Matter::Test => test(notice),
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

/// The texts to register.
fn drafts(kind: SmsKind) -> Draft {
    match kind {
        SmsKind::Alert(AlertKind::ConsentGiven) => sms!(
            "GSTIN {gstin}: {asp} via {gsp} got OTP consent to access your GST data at {at}, valid till {until}. Not you? SMS GST STOP {stop_code} to {number} or login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentEnded) => sms!(
            "GSTIN {gstin}: access of {asp} via {gsp} to your GST data ended at {at} by {by}. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentRestricted) => sms!(
            "GSTIN {gstin}: limits on access of {asp} to your GST data were changed at {at} by {by}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentPaused) => sms!(
            "GSTIN {gstin}: access of {asp} to your GST data was paused at {at} by {by}. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentResumed) => sms!(
            "GSTIN {gstin}: paused access of {asp} to your GST data goes on since {at}, by {by}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::WindowChanged) => sms!(
            "GSTIN {gstin}: API access to your GST data was set to {window} at {at} by {by}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::AspBlocked) => sms!(
            "GSTIN {gstin}: {asp} was blocked from your GST data at {at} by {by}. Its consents ended. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::AspUnblocked) => sms!(
            "GSTIN {gstin}: block of {asp} was lifted at {at} by {by}. It needs a new OTP of yours. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::AllowListChanged) => sms!(
            "GSTIN {gstin}: your list of allowed ASPs was changed ({change}) at {at} by {by}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::Frozen) => sms!(
            "GSTIN {gstin}: all access to your GST data is frozen until {frozen_until}, set at {at} by {by}. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::Thawed) => sms!(
            "GSTIN {gstin}: freeze on your GST data was lifted at {at} by {by}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::UnusedDaysSet) => sms!(
            "GSTIN {gstin}: your rule to end unused access was set to {days} at {at} by {by}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::NearExpiry) => sms!(
            "GSTIN {gstin}: access of {asp} to your GST data ends by its time at {until}. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::UnusedSoon) => sms!(
            "GSTIN {gstin}: unused access of {asp} to your GST data ends by your rule at {ends_at}. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::AskRefused) => sms!(
            "GSTIN {gstin}: {asp} asked for access to your GST data at {at} and was refused: {refusal}. No OTP was sent. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::AspSuspended) => sms!(
            "GSTIN {gstin}: GSTN suspended {asp}, which has access to your GST data, at {at}. It gets nothing meanwhile. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::ContactChanged) => sms!(
            "GSTIN {gstin}: the {contact} of a signatory was changed at {at}. Not you? Call 1800-103-4786 or login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::SecondContact) => sms!(
            "GSTIN {gstin}: a second contact for alerts about access to your GST data {change} at {at}. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::UnusualUse) => sms!(
            "GSTIN {gstin}: unusual use of your GST data by {asp}: {sign}. Not expected? Login gst.gov.in > My Profile > Manage API Access. -GSTN"
        ),
        SmsKind::Alert(AlertKind::Reported) => sms!(
            "GSTIN {gstin}: you reported that you did not give access to {asp}. It ended, the ASP is blocked. Your reference: {reference}. Help desk 1800-103-4786. -GSTN"
        ),
        SmsKind::Alert(AlertKind::Test) => {
            sms!("GSTIN {gstin}: this is the test message you asked for at {at}. There is nothing to do. -GSTN")
        }
        SmsKind::GIVEN_COPY => sms!(
            "GSTIN {gstin}: {asp} via {gsp} got OTP consent to access its GST data at {at}, valid till {until}. You are its second contact. Ask the signatory if this is not right. -GSTN"
        ),
        SmsKind::OTP => sms!(
            "{code} is the OTP to let {asp} via {gsp} access GST data of GSTIN {gstin} for {span}. OTP valid till {code_until}. Did not ask? Share it with nobody. -GSTN"
        ),
        SmsKind::CONTACT_CODE => sms!(
            "{code} is your code to get alerts about access to GST data of GSTIN {gstin}, valid till {code_until}. It gives access to nothing. Not you? Ignore this. -GSTN"
        ),
    }
}

fn given(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} can now access your GST data"),
        heading: "An application can now access your GST data".into(),
        lead: format!("With an OTP, {asp} obtained consent to access the GST data of {trade_name}."),
        when: "Consent given on",
        until: Some("Valid until"),
        steps_title: "If this was not you, or you want it no longer",
        steps: vec![
            format!("End the access of {asp}. It then gets nothing more."),
            "If you never gave this consent, open it there and choose “I did not give this”: the access ends, the ASP is \
             blocked, and you get a reference number for the help desk."
                .into(),
        ],
        notes: vec!["If you gave this consent, there is nothing to do.".into()],
        ..Said::default()
    }
}

fn ended(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let why = match notice.consent.as_ref().and_then(|consent| consent.ended) {
        Some(EndReason::Revoked) => "It was ended by or for the taxpayer.",
        Some(EndReason::LoggedOut) => "The application gave it back.",
        Some(EndReason::Replaced { .. }) => {
            "A newer consent for the same application took its place; a message of its own tells of that one."
        }
        Some(EndReason::Blocked) => "Its ASP was blocked.",
        Some(EndReason::Disabled) => "API access was switched off.",
        Some(EndReason::Unused) => "It had not been used for as many days as you allow.",
        Some(EndReason::Disowned) => "It was reported as not given by you.",
        None => "It was ended before its time.",
    };
    Said {
        subject: format!("{asp} can no longer use a consent to your GST data"),
        heading: "A consent to access your GST data has ended".into(),
        lead: format!("The consent of {asp} to access the GST data of {trade_name} has ended. {why}"),
        when: "Ended on",
        until: Some("It was valid until"),
        steps_title: "To see who has access now, and who had it before",
        notes: vec![
            "On this consent nothing more can be fetched. Data fetched before stays with the application.".into(),
        ],
        ..Said::default()
    }
}

fn restricted(notice: &Notice, restriction: &Restriction) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let (heading, lead) = if restriction.is_none() {
        (
            "The limits on a consent were taken off",
            format!("{asp} can again use its consent to the GST data of {trade_name} without limits of yours."),
        )
    } else {
        (
            "The limits on a consent were changed",
            format!("{asp} can use its consent to the GST data of {trade_name} within these limits only."),
        )
    };
    let mut facts = Vec::new();
    facts.extend(restriction.until.map(|until| ("Only until", format!("{} IST", ist::second(until)))));
    facts.extend(restriction.returns.map(|returns| {
        let names: Vec<_> =
            ReturnType::ALL.iter().filter(|kind| returns.contains(**kind)).map(|kind| name(*kind)).collect();
        ("Only this data", if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    }));
    facts.extend(restriction.calls_a_day.map(|calls| ("Calls a day at most", calls.to_string())));
    facts.extend(
        restriction
            .hours
            .map(|hours| ("Only between", format!("{} and {} IST", clock(hours.from()), clock(hours.to())))),
    );
    Said {
        subject: format!("Limits changed on the access of {asp} to your GST data"),
        heading: heading.into(),
        lead,
        when: "Changed on",
        until: Some("The consent is valid until"),
        facts,
        steps_title: NOT_YOU,
        steps: vec![format!("Open the access of {asp} and set its limits again, or end it.")],
        ..Said::default()
    }
}

fn name(kind: ReturnType) -> &'static str {
    match kind {
        ReturnType::Gstr1 => "GSTR-1",
        ReturnType::Gstr2a => "GSTR-2A",
        ReturnType::Gstr2b => "GSTR-2B",
        ReturnType::Gstr3b => "GSTR-3B",
        ReturnType::Ledgers => "ledgers",
        ReturnType::EInvoice => "e-invoices",
        ReturnType::EWayBill => "e-way bills",
        ReturnType::Other => "other",
    }
}

fn paused(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("The access of {asp} to your GST data is paused"),
        heading: "A consent was paused".into(),
        lead: format!("{asp} gets nothing of the GST data of {trade_name} until you let it go on."),
        when: "Paused on",
        until: Some("The consent is valid until"),
        steps_title: "To let it go on, or to end it",
        steps: vec![format!("Open the access of {asp}.")],
        ..Said::default()
    }
}

fn resumed(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} can access your GST data again"),
        heading: "A paused consent goes on".into(),
        lead: format!(
            "The consent of {asp} to access the GST data of {trade_name} was paused. Now it can be used again."
        ),
        when: "Resumed on",
        until: Some("Valid until"),
        steps_title: NOT_YOU,
        steps: vec![format!("Pause the access of {asp} again, or end it.")],
        ..Said::default()
    }
}

fn near_expiry(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("The access of {asp} to your GST data ends soon"),
        heading: "A consent ends soon".into(),
        lead: format!("The consent of {asp} to access the GST data of {trade_name} ends by its time soon."),
        when: "As of",
        until: Some("Valid until"),
        steps_title: "To see it, or to end it earlier",
        notes: vec![
            "There is nothing to do. If the application goes on working for you, it will ask you for a new OTP.".into(),
        ],
        ..Said::default()
    }
}

fn unused_soon(notice: &Notice, at: Timestamp) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("The unused access of {asp} to your GST data ends soon"),
        heading: "A consent ends soon because it is not used".into(),
        lead: format!(
            "{asp} has not used its consent to the GST data of {trade_name} for some time. By the rule that you set it ends, unless it is used before."
        ),
        when: "As of",
        until: Some("Without the rule, valid until"),
        facts: vec![("Ends by the rule on", format!("{} IST", ist::second(at)))],
        steps_title: "To see it, or to change the rule",
        ..Said::default()
    }
}

fn unusual_use(notice: &Notice, sign: &Sign) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let what = match sign {
        Sign::AtNight { at } => format!("A call at night, on {} IST", ist::second(*at)),
        Sign::Volume { today, usual } => format!("{today} calls today; on a usual day {usual}"),
        Sign::NewGsp { gsp } => format!("It came through {gsp} for the first time"),
        Sign::AfterSleep { days } => format!("The first call after {days} days without one"),
        Sign::NewNetwork { before, now } => format!("Calls now come from {now}; before from {before}"),
    };
    Said {
        subject: format!("Unusual use of the access of {asp} to your GST data"),
        heading: "A consent is used in an unusual way".into(),
        lead: format!(
            "{asp} uses its consent to the GST data of {trade_name} in a way that differs from before. That need not be wrong: you know best whether it is expected."
        ),
        when: "Seen on",
        until: Some("Valid until"),
        facts: vec![("What was seen", what)],
        steps_title: "If you do not expect this",
        steps: vec![
            format!("Pause or end the access of {asp}."),
            "Ask the application what it does. If you never gave this consent, choose “I did not give this”.".into(),
        ],
        ..Said::default()
    }
}

fn reported(notice: &Notice, reference: &str) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("Your report about {asp}: reference {reference}"),
        heading: "Your report was recorded".into(),
        lead: format!(
            "You reported that you did not give {asp} consent to access the GST data of {trade_name}. The access has ended, and the ASP is blocked: it can obtain nothing more."
        ),
        when: "Reported on",
        facts: vec![("Number of your report", reference.to_owned())],
        steps_title: "What you can do now",
        steps: vec!["See under the consent what was fetched, and when.".into()],
        notes: vec![
            format!("Quote {reference} when you call the help desk."),
            "If you told somebody an OTP that you did not ask for, change your password at the GST portal.".into(),
        ],
        ..Said::default()
    }
}

fn window_changed(notice: &Notice, enabled: bool, minutes: i64) -> Said {
    let trade_name = &notice.trade_name;
    let span = span(SignedDuration::from_mins(minutes));
    let (subject, heading, lead) = if enabled {
        (
            "API access to your GST data is on",
            "API access was switched on, or changed",
            format!(
                "Applications may ask for access to the GST data of {trade_name}. Each needs an OTP of yours; its consent is then valid for {span}."
            ),
        )
    } else {
        (
            "API access to your GST data is off",
            "API access was switched off",
            format!(
                "No application may ask for access to the GST data of {trade_name}, and consents given before have ended."
            ),
        )
    };
    Said {
        subject: subject.into(),
        heading: heading.into(),
        lead,
        when: "Changed on",
        facts: if enabled { vec![("A consent is valid for", span)] } else { Vec::new() },
        steps_title: NOT_YOU,
        steps: vec!["Set API access as you want it.".into(), "Change your password at the GST portal.".into()],
        ..Said::default()
    }
}

fn asp_blocked(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} is blocked from your GST data"),
        heading: "An ASP was blocked".into(),
        lead: format!(
            "{asp} can obtain no consent to the GST data of {trade_name} any more. The consents that it had have ended."
        ),
        when: "Blocked on",
        steps_title: "To see it, or to lift the block",
        ..Said::default()
    }
}

fn asp_unblocked(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} is no longer blocked"),
        heading: "A block was lifted".into(),
        lead: format!(
            "{asp} may again ask for access to the GST data of {trade_name}. It gets nothing without a new OTP of yours."
        ),
        when: "Lifted on",
        steps_title: NOT_YOU,
        steps: vec![format!("Block {asp} again.")],
        ..Said::default()
    }
}

fn allow_list_changed(notice: &Notice, about_one: bool, on: bool) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let lead = match (about_one, on) {
        (true, true) => {
            format!("{asp} was put on the list of ASPs that may ask for access to the GST data of {trade_name}.")
        }
        (true, false) => {
            format!("{asp} was taken off the list of ASPs that may ask for access to the GST data of {trade_name}.")
        }
        (false, true) => {
            format!("From now on only ASPs on your list may ask for access to the GST data of {trade_name}.")
        }
        (false, false) => format!(
            "Any ASP may again ask for access to the GST data of {trade_name}. Each still needs an OTP of yours."
        ),
    };
    Said {
        subject: "Your list of allowed ASPs was changed".into(),
        heading: "The list of allowed ASPs was changed".into(),
        lead,
        when: "Changed on",
        steps_title: NOT_YOU,
        steps: vec!["Set the list as you want it.".into()],
        ..Said::default()
    }
}

fn frozen(notice: &Notice, until: Option<Timestamp>) -> Said {
    let trade_name = &notice.trade_name;
    let until = until.map_or_else(|| "you lift it".to_owned(), |until| format!("{} IST", ist::second(until)));
    Said {
        subject: "All access to your GST data is frozen".into(),
        heading: "All access was frozen".into(),
        lead: format!(
            "No application gets anything of the GST data of {trade_name}, and none may ask, until the freeze is over. Consents are not ended by it."
        ),
        when: "Frozen on",
        facts: vec![("Frozen until", until)],
        steps_title: "To lift the freeze",
        ..Said::default()
    }
}

fn thawed(notice: &Notice) -> Said {
    let trade_name = &notice.trade_name;
    Said {
        subject: "The freeze on your GST data was lifted".into(),
        heading: "The freeze was lifted".into(),
        lead: format!("Applications with a valid consent can access the GST data of {trade_name} again."),
        when: "Lifted on",
        steps_title: NOT_YOU,
        steps: vec!["Freeze all access again.".into(), "Change your password at the GST portal.".into()],
        ..Said::default()
    }
}

fn unused_days_set(notice: &Notice, days: Option<u16>) -> Said {
    let trade_name = &notice.trade_name;
    let lead = match days {
        Some(1) => {
            format!("Consents to the GST data of {trade_name} now end by themselves when they are not used for 1 day.")
        }
        Some(days) => {
            format!(
                "Consents to the GST data of {trade_name} now end by themselves when they are not used for {days} days."
            )
        }
        None => format!("Consents to the GST data of {trade_name} no longer end because they are not used."),
    };
    Said {
        subject: "Your rule about unused consents was changed".into(),
        heading: "The rule about unused consents was changed".into(),
        lead,
        when: "Changed on",
        steps_title: NOT_YOU,
        steps: vec!["Set the rule as you want it.".into()],
        ..Said::default()
    }
}

fn ask_refused(notice: &Notice, why: AskRefusal) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let why = match why {
        AskRefusal::Suspended => "GSTN has suspended it",
        AskRefusal::AccessDisabled => "You switched API access off",
        AskRefusal::Frozen => "You froze all access",
        AskRefusal::Blocked => "You blocked this ASP",
        AskRefusal::NotAllowed => "It is not on your list of allowed ASPs",
    };
    Said {
        subject: format!("{asp} asked for access to your GST data and was refused"),
        heading: "An application asked for access and was refused".into(),
        lead: format!(
            "{asp} asked for an OTP to access the GST data of {trade_name}. No OTP was sent, and it got nothing."
        ),
        when: "Asked on",
        facts: vec![("Refused because", why.to_owned())],
        steps_title: "If you want to use this application",
        steps: vec!["Change what you decided there, then let the application ask again.".into()],
        notes: vec!["If you did not use this application, there is nothing to do.".into()],
        ..Said::default()
    }
}

fn asp_suspended(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("GSTN suspended {asp}, which has access to your GST data"),
        heading: "GSTN suspended an ASP that has access".into(),
        lead: format!(
            "{asp} gets nothing of the GST data of {trade_name} while it is suspended. Your consent was not ended by it."
        ),
        when: "Suspended on",
        steps_title: "To end its access for good",
        steps: vec![format!("End the access of {asp}, or block it.")],
        ..Said::default()
    }
}

fn contact_changed(notice: &Notice, channel: Channel) -> Said {
    let trade_name = &notice.trade_name;
    let what = match channel {
        Channel::Email => "e-mail address",
        Channel::Sms => "mobile number",
    };
    Said {
        subject: format!("The {what} for your GST registration was changed"),
        heading: format!("A signatory's {what} was changed"),
        lead: format!(
            "The {what} of an authorised signatory of {trade_name} was changed. OTPs and messages go to the new one. This message goes to the contact before and to the new one."
        ),
        when: "Changed on",
        steps_title: NOT_YOU,
        steps: vec!["Freeze all access there at once, and change your password.".into()],
        notes: vec!["If you cannot log in any more, call the help desk.".into()],
        ..Said::default()
    }
}

fn second_contact(notice: &Notice, name: &str, by: &str, agreed: bool) -> Said {
    let trade_name = &notice.trade_name;
    let (subject, heading, lead, when) = if agreed {
        (
            format!("{name} gets a copy of each alert about your GST data"),
            "A second contact was added",
            format!(
                "{name} was named by {by} as a second contact of {trade_name}, and agreed. From now on a copy of each alert about access to its GST data goes to them. They get no access by that."
            ),
            "Added on",
        )
    } else {
        (
            format!("{name} gets no more alerts about your GST data"),
            "A second contact was removed",
            format!(
                "{by} removed {name} as a second contact of {trade_name}. Alerts about access to its GST data go to them no more. This message goes to them, too."
            ),
            "Removed on",
        )
    };
    Said {
        subject,
        heading: heading.into(),
        lead,
        when,
        facts: vec![("Second contact", name.to_owned()), ("Done by", by.to_owned())],
        steps_title: NOT_YOU,
        steps: vec![
            "Open Alerts and set the second contact right.".into(),
            "Change your password on the GST portal.".into(),
        ],
        ..Said::default()
    }
}

fn test(notice: &Notice) -> Said {
    Said {
        subject: "Test message".into(),
        heading: "This is a test message".into(),
        lead: format!(
            "You asked for it, to see whether messages about access to the GST data of {} arrive. It arrived.",
            notice.trade_name
        ),
        when: "Asked for on",
        steps_title: "To see how each test message fared",
        steps: vec!["Open Alerts.".into()],
        notes: vec!["If you did not ask for it, another signatory of this GSTIN did.".into()],
        ..Said::default()
    }
}

fn otp(notice: &OtpNotice) -> Said {
    let OtpNotice { trade_name, asp_name, .. } = notice;
    let span = span(notice.access_for);
    Said {
        subject: format!("OTP to let {asp_name} access your GST data"),
        heading: "OTP to let an application access your GST data".into(),
        lead: format!(
            "{asp_name} asks for access to the GST data of {trade_name} for {span}. Giving it this OTP means that you agree."
        ),
        when: "OTP valid until",
        facts: vec![("Allows", format!("Access to your GST data for {span}"))],
        steps_title: "If you did not ask for this OTP",
        steps: vec!["Give it to nobody. Without it nobody gets access.".into()],
        notes: vec!["If you agree, enter the OTP in the application yourself.".into()],
        ..Said::default()
    }
}

fn contact_code(notice: &CodeNotice) -> Said {
    let CodeNotice { trade_name, asked_by, .. } = notice;
    Said {
        subject: "Code to confirm that you want alerts".into(),
        heading: "Do you want to be told who accesses this GST data?".into(),
        lead: format!(
            "{asked_by} named you as a second contact of {trade_name}: you would get a copy of each alert about access to its GST data. If you agree, tell {asked_by} this code and the one in the SMS."
        ),
        when: "Code valid until",
        facts: vec![("Asked by", asked_by.clone())],
        steps_title: "If you do not know them, or do not want this",
        steps: vec!["Do nothing. Without the codes you get no alerts.".into()],
        notes: vec!["This code gives nobody access to anything. It only confirms this address.".into()],
        ..Said::default()
    }
}

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
