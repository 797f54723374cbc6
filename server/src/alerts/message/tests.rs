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
    insta::assert_snapshot!(shown(&mail), @"");
}

#[test]
fn the_mail_of_an_ended_consent_reads_so() {
    let ended = Notice { ended_reason: Some(EndReason::Revoked), ..notice(AlertKind::ConsentEnded) };
    let mail = composer().alert_mail(id(), &recipient(), &ended).expect("mail");
    insta::assert_snapshot!(shown(&mail), @"");
}

#[test]
fn the_mail_of_an_otp_reads_so() {
    let mail = composer().otp_mail(&recipient(), &otp_notice()).expect("mail");
    insta::assert_snapshot!(shown(&mail), @"");
}

#[test]
fn the_sms_read_so() {
    let sms = |kind| composer().alert_sms(id(), &recipient(), &notice(kind)).expect("sms").text;
    insta::assert_snapshot!(sms(AlertKind::ConsentGiven), @"");
    insta::assert_snapshot!(sms(AlertKind::ConsentEnded), @"");
    insta::assert_snapshot!(composer().otp_sms(&recipient(), &otp_notice()).expect("sms").text, @"");
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
