//! The mails in English.

use app::model::{alert::AlertKind, consent::EndReason, ist, language::Language};
use jiff::SignedDuration;

use super::Letter;
use crate::alerts::{message::OtpNotice, outbox::Notice};

const NEVER_ASKS: &str = "GSTN never asks for an OTP or a password: not by phone, not by e-mail, not by SMS.";
const HELP_DESK: &str = "GST help desk: 1800-103-4786";
const LOG_IN: &str = "Log in to the GST portal the way you always do. This message holds no link, on purpose.";
const MENU_PATH: &str = "Open the menu under your name > My Profile > Manage API Access.";
const FOOTER: &str = "Sent automatically to the authorised signatory, because messages about access to your GST data \
                      cannot be switched off. Replies are not read.";

pub(super) fn alert(name: &str, notice: &Notice) -> Option<Letter> {
    match notice.kind {
        AlertKind::ConsentGiven => Some(given(name, notice)),
        AlertKind::ConsentEnded => Some(ended(name, notice)),
        _ => None,
    }
}

fn given(name: &str, notice: &Notice) -> Letter {
    let Notice { gstin, trade_name, asp_name, gsp_name, .. } = notice;
    Letter {
        language: Language::En,
        subject: format!("{asp_name} can now access your GST data (GSTIN {gstin})"),
        heading: "An application can now access your GST data".into(),
        greeting: format!("Dear {name},"),
        lead: format!("With an OTP, {asp_name} obtained consent to access the GST data of {trade_name}."),
        code: None,
        facts: vec![
            ("GSTIN", gstin.to_string()),
            ("Application (ASP)", asp_name.clone()),
            ("Through (GSP)", gsp_name.clone()),
            ("Consent given on", second(notice.happened_at)),
            ("Valid until", second(notice.valid_until)),
            ("Reference", notice.consent.to_string()),
        ],
        steps_title: "If this was not you, or you want it no longer".into(),
        steps: vec![
            LOG_IN.into(),
            MENU_PATH.into(),
            format!("End the access of {asp_name}. It then gets nothing more."),
        ],
        notes: vec!["If you gave this consent, there is nothing to do.".into(), NEVER_ASKS.into(), HELP_DESK.into()],
        footer: FOOTER.into(),
    }
}

fn ended(name: &str, notice: &Notice) -> Letter {
    let Notice { gstin, trade_name, asp_name, gsp_name, .. } = notice;
    let why = match notice.ended_reason {
        Some(EndReason::Revoked) => "It was ended on the GST portal, under Manage API Access.",
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
    Letter {
        language: Language::En,
        subject: format!("{asp_name} can no longer use a consent to your GST data (GSTIN {gstin})"),
        heading: "A consent to access your GST data has ended".into(),
        greeting: format!("Dear {name},"),
        lead: format!("The consent of {asp_name} to access the GST data of {trade_name} has ended. {why}"),
        code: None,
        facts: vec![
            ("GSTIN", gstin.to_string()),
            ("Application (ASP)", asp_name.clone()),
            ("Through (GSP)", gsp_name.clone()),
            ("Ended on", second(notice.happened_at)),
            ("It was valid until", second(notice.valid_until)),
            ("Reference", notice.consent.to_string()),
        ],
        steps_title: "To see who has access now, and who had it before".into(),
        steps: vec![LOG_IN.into(), MENU_PATH.into()],
        notes: vec![
            "On this consent nothing more can be fetched. Data fetched before stays with the application.".into(),
            NEVER_ASKS.into(),
            HELP_DESK.into(),
        ],
        footer: FOOTER.into(),
    }
}

pub(super) fn otp(name: &str, notice: &OtpNotice) -> Letter {
    let OtpNotice { gstin, trade_name, asp_name, gsp_name, .. } = notice;
    let span = span(notice.access_for);
    Letter {
        language: Language::En,
        // No OTP here: subjects show on locked telephones.
        subject: format!("OTP to let {asp_name} access your GST data (GSTIN {gstin})"),
        heading: "OTP to let an application access your GST data".into(),
        greeting: format!("Dear {name},"),
        lead: format!(
            "{asp_name} asks for access to the GST data of {trade_name} for {span}. Giving it this OTP means that you agree."
        ),
        code: Some(notice.otp.reveal().to_owned()),
        facts: vec![
            ("GSTIN", gstin.to_string()),
            ("Application (ASP)", asp_name.clone()),
            ("Through (GSP)", gsp_name.clone()),
            ("Allows", format!("access to your GST data for {span}")),
            ("OTP valid until", second(notice.expires_at)),
        ],
        steps_title: "If you did not ask for this OTP".into(),
        steps: vec!["Give it to nobody. Without it nobody gets access.".into(), LOG_IN.into(), MENU_PATH.into()],
        notes: vec![
            "If you agree, enter the OTP in the application yourself.".into(),
            NEVER_ASKS.into(),
            HELP_DESK.into(),
        ],
        footer: "Sent automatically to the authorised signatory. Replies are not read.".into(),
    }
}

pub(super) fn span(span: SignedDuration) -> String {
    let counted = |count: i64, unit: &str| match count {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{count} {unit}s")),
    };
    let minutes = span.as_mins();
    let parts = [counted(minutes / 1440, "day"), counted(minutes / 60 % 24, "hour"), counted(minutes % 60, "minute")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn second(at: app::model::Timestamp) -> String {
    format!("{} IST", ist::second(at))
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
