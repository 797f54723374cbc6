//! English mails about what was decided for all access, or for one ASP.

use app::model::{Timestamp, ist};
use jiff::SignedDuration;

use super::{NOT_YOU, Notice, Said, span};

pub(super) fn window_changed(notice: &Notice, enabled: bool, minutes: i64) -> Said {
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

pub(super) fn asp_blocked(notice: &Notice) -> Said {
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

pub(super) fn asp_unblocked(notice: &Notice) -> Said {
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

pub(super) fn allow_list_changed(notice: &Notice, about_one: bool, on: bool) -> Said {
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

pub(super) fn frozen(notice: &Notice, until: Option<Timestamp>) -> Said {
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

pub(super) fn thawed(notice: &Notice) -> Said {
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

pub(super) fn unused_days_set(notice: &Notice, days: Option<u16>) -> Said {
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
