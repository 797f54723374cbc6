//! English mails about what nobody at the taxpayer's did.

use app::model::{alert::Channel, controls::AskRefusal};

use super::{NOT_YOU, Notice, Said};

pub(super) fn ask_refused(notice: &Notice, why: AskRefusal) -> Said {
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

pub(super) fn asp_suspended(notice: &Notice) -> Said {
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

pub(super) fn contact_changed(notice: &Notice, channel: Channel) -> Said {
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

pub(super) fn test(notice: &Notice) -> Said {
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
