//! English mails that carry a code.

use super::{
    super::{CodeNotice, OtpNotice},
    Said, span,
};

pub(super) fn otp(notice: &OtpNotice) -> Said {
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

pub(super) fn contact_code(notice: &CodeNotice) -> Said {
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
