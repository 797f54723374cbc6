//! English mails about one consent.

use app::{
    model::{Timestamp, consent::EndReason, ist, restriction::Restriction, return_type::ReturnType, unusual::Sign},
    text::control::words::clock,
};

use super::{NOT_YOU, Notice, Said};

pub(super) fn given(notice: &Notice) -> Said {
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

pub(super) fn ended(notice: &Notice) -> Said {
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

pub(super) fn restricted(notice: &Notice, restriction: &Restriction) -> Said {
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

pub(super) fn paused(notice: &Notice) -> Said {
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

pub(super) fn resumed(notice: &Notice) -> Said {
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

pub(super) fn near_expiry(notice: &Notice) -> Said {
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

pub(super) fn unused_soon(notice: &Notice, at: Timestamp) -> Said {
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

pub(super) fn unusual_use(notice: &Notice, sign: &Sign) -> Said {
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

pub(super) fn reported(notice: &Notice, reference: &str) -> Said {
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
