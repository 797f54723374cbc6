//! What people read, held fast to the letter.

use app::model::{alert::AlertKind, consent::EndReason};

use super::*;
use crate::alerts::memory::{notice, otp_notice, recipient};

fn composer() -> Composer {
    Composer { sms: SmsTemplates::draft() }
}

fn id() -> DeliveryId {
    DeliveryId(Uuid::from_u128(1))
}

fn shown(mail: &Mail) -> String {
    format!("Subject: {}\n\n{}", mail.subject, mail.text)
}

#[test]
fn the_mail_of_a_given_consent_reads_so() {
    let mail = composer().alert_mail(id(), &recipient(), &notice(AlertKind::ConsentGiven)).expect("mail");
    insta::assert_snapshot!(shown(&mail), @r"
    Subject: Khata Books <Online> can now access your GST data (GSTIN 27GSPMH0992G1ZF)

    Dear Asha Rao,

    With an OTP, Khata Books <Online> obtained consent to access the GST data of Rao & Daughters.

    GSTIN: 27GSPMH0992G1ZF
    Application (ASP): Khata Books <Online>
    Through (GSP): Setu Bridge Services Private Limited
    Consent given on: 24/11/2026 05:47:03 IST
    Valid until: 24/12/2026 05:47:03 IST
    Reference: 00000000-0000-0000-0000-0000000000c0

    If this was not you, or you want it no longer:
    1. Log in to the GST portal the way you always do. This message holds no link, on purpose.
    2. Open the menu under your name > My Profile > Manage API Access.
    3. End the access of Khata Books <Online>. It then gets nothing more.

    If you gave this consent, there is nothing to do.
    GSTN never asks for an OTP or a password: not by phone, not by e-mail, not by SMS.
    GST help desk: 1800-103-4786

    Sent automatically to the authorised signatory, because messages about access to your GST data cannot be switched off. Replies are not read.
    ");
}

#[test]
fn the_mail_of_an_ended_consent_reads_so() {
    let ended = Notice { ended_reason: Some(EndReason::Revoked), ..notice(AlertKind::ConsentEnded) };
    let mail = composer().alert_mail(id(), &recipient(), &ended).expect("mail");
    insta::assert_snapshot!(shown(&mail), @r"
    Subject: Khata Books <Online> can no longer use a consent to your GST data (GSTIN 27GSPMH0992G1ZF)

    Dear Asha Rao,

    The consent of Khata Books <Online> to access the GST data of Rao & Daughters has ended. It was ended on the GST portal, under Manage API Access.

    GSTIN: 27GSPMH0992G1ZF
    Application (ASP): Khata Books <Online>
    Through (GSP): Setu Bridge Services Private Limited
    Ended on: 24/11/2026 05:47:03 IST
    It was valid until: 24/12/2026 05:47:03 IST
    Reference: 00000000-0000-0000-0000-0000000000c0

    To see who has access now, and who had it before:
    1. Log in to the GST portal the way you always do. This message holds no link, on purpose.
    2. Open the menu under your name > My Profile > Manage API Access.

    On this consent nothing more can be fetched. Data fetched before stays with the application.
    GSTN never asks for an OTP or a password: not by phone, not by e-mail, not by SMS.
    GST help desk: 1800-103-4786

    Sent automatically to the authorised signatory, because messages about access to your GST data cannot be switched off. Replies are not read.
    ");
}

#[test]
fn the_mail_of_an_otp_reads_so() {
    let mail = composer().otp_mail(&recipient(), &otp_notice()).expect("mail");
    insta::assert_snapshot!(shown(&mail), @r"
    Subject: OTP to let Khata Books <Online> access your GST data (GSTIN 27GSPMH0992G1ZF)

    Dear Asha Rao,

    Khata Books <Online> asks for access to the GST data of Rao & Daughters for 30 days. Giving it this OTP means that you agree.

    OTP: 482913

    GSTIN: 27GSPMH0992G1ZF
    Application (ASP): Khata Books <Online>
    Through (GSP): Setu Bridge Services Private Limited
    Allows: access to your GST data for 30 days
    OTP valid until: 24/11/2026 05:57:03 IST

    If you did not ask for this OTP:
    1. Give it to nobody. Without it nobody gets access.
    2. Log in to the GST portal the way you always do. This message holds no link, on purpose.
    3. Open the menu under your name > My Profile > Manage API Access.

    If you agree, enter the OTP in the application yourself.
    GSTN never asks for an OTP or a password: not by phone, not by e-mail, not by SMS.
    GST help desk: 1800-103-4786

    Sent automatically to the authorised signatory. Replies are not read.
    ");
}

#[test]
fn the_sms_read_so() {
    let sms = |kind| composer().alert_sms(id(), &recipient(), &notice(kind)).expect("sms").text;
    insta::assert_snapshot!(sms(AlertKind::ConsentGiven), @"GSTIN 27GSPMH0992G1ZF: Khata Books via Setu Bridge got OTP consent to access your GST data at 24/11/2026 05:47, valid till 24/12/2026 05:47. Not you? Login gst.gov.in > My Profile > Manage API Access. -GSTN");
    insta::assert_snapshot!(sms(AlertKind::ConsentEnded), @"GSTIN 27GSPMH0992G1ZF: access of Khata Books via Setu Bridge to your GST data ended at 24/11/2026 05:47. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN");
    insta::assert_snapshot!(composer().otp_sms(&recipient(), &otp_notice()).expect("sms").text, @"482913 is the OTP to let Khata Books via Setu Bridge access GST data of GSTIN 27GSPMH0992G1ZF for 30 days. OTP valid till 24/11/2026 05:57. Did not ask? Share it with nobody. -GSTN");
}

#[test]
fn a_mail_holds_no_link_no_picture_and_no_foreign_markup_and_an_alert_no_otp() {
    for kind in [AlertKind::ConsentGiven, AlertKind::ConsentEnded] {
        let mail = composer().alert_mail(id(), &recipient(), &notice(kind)).expect("mail");
        for part in [&mail.text, &mail.html] {
            for banned in ["href", "http", "<img", "src=", "url(", "482913"] {
                assert!(!part.contains(banned), "{banned}");
            }
            for wanted in ["Manage API Access", "1800-103-4786", "never asks for an OTP or a password", "IST"] {
                assert!(part.contains(wanted), "{wanted}");
            }
        }
        assert!(mail.html.contains("&#60;Online&#62;") && mail.text.contains("<Online>"));
    }
}

#[test]
fn a_name_cannot_add_a_header() {
    let notice = Notice { asp_name: "Khata\r\nBcc: x@example.in".into(), ..notice(AlertKind::ConsentGiven) };
    let mail = composer().alert_mail(id(), &recipient(), &notice).expect("mail");
    assert!(!mail.subject.contains(['\r', '\n']));
}

#[test]
fn an_otp_is_never_shown_by_debug() {
    let (composer, to, notice) = (composer(), recipient(), otp_notice());
    let mail = composer.otp_mail(&to, &notice).expect("mail");
    let sms = composer.otp_sms(&to, &notice).expect("sms");
    let shown = format!("{notice:?} {mail:?} {sms:?} {to:?}");
    assert!(!shown.contains("482913") && !shown.contains("9876543243") && !shown.contains("asha@"), "{shown}");
}
