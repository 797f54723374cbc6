//! What people read, held fast to the letter: each kind of message in each language, as text, as HTML and as SMS.

use app::model::{
    alert::{Channel, Matter},
    controls::AskRefusal,
    id::{ApplicationId, AspId},
    restriction::{Hours, Restriction},
    return_type::ReturnType,
    unusual::Sign,
};
use jiff::SignedDuration;

use super::*;
use crate::alerts::{
    memory::{code_notice, notice, otp_notice, recipient, start},
    outbox::{Doer, Party, Role},
};

fn composer() -> Composer {
    Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None }
}

fn id() -> DeliveryId {
    DeliveryId(Uuid::from_u128(1))
}

fn to(language: Language) -> Recipient {
    Recipient { language, ..recipient() }
}

/// One of each kind, with details.
fn matters() -> Vec<Matter> {
    let (asp, at) = (AspId(Uuid::from_u128(5)), start() + SignedDuration::from_hours(48));
    let restriction = Restriction {
        until: Some(at),
        returns: Some([ReturnType::Gstr1, ReturnType::Gstr2b].into_iter().collect()),
        calls_a_day: Some(20),
        hours: Some(Hours::new(9 * 60, 18 * 60).expect("hours")),
    };
    let application = ApplicationId(Uuid::from_u128(6));
    vec![
        Matter::ConsentGiven,
        Matter::ConsentEnded,
        Matter::ConsentRestricted { restriction },
        Matter::ConsentPaused,
        Matter::ConsentResumed,
        Matter::WindowChanged { enabled: true, minutes: 43_200 },
        Matter::AspBlocked { asp },
        Matter::AspUnblocked { asp },
        Matter::AllowListChanged { asp: Some(asp), on: true },
        Matter::Frozen { until: Some(at) },
        Matter::Thawed,
        Matter::UnusedDaysSet { days: Some(14) },
        Matter::NearExpiry,
        Matter::UnusedSoon { at },
        Matter::AskRefused { application, why: AskRefusal::Blocked },
        Matter::AspSuspended { asp },
        Matter::ContactChanged { channel: Channel::Sms },
        Matter::SecondContact { name: "Ravi Iyer".into(), by: "Asha Rao".into(), agreed: true },
        Matter::UnusualUse { sign: Sign::Volume { today: 950, usual: 40 } },
        Matter::Reported { reference: "R-2026-000042".into() },
        Matter::Test,
    ]
}

fn shown(mail: &Mail, sms: &Sms) -> String {
    let Mail { subject, text, html, .. } = mail;
    format!("SMS: {}\n\nSubject: {subject}\n\n{text}\n\n{html}", sms.text)
}

#[test]
fn every_alert_reads_so_in_every_language() {
    let kinds: std::collections::BTreeSet<_> = matters().iter().map(Matter::kind).collect();
    assert_eq!(kinds.len(), app::model::alert::AlertKind::ALL.len(), "one of each kind");
    for language in text::spoken() {
        for matter in matters() {
            let (to, kind, notice) = (to(language), matter.kind(), notice(matter));
            let mail = composer().alert_mail(id(), &to, &notice).expect("mail");
            let sms = composer().alert_sms(id(), &to, &notice).expect("sms");
            assert_eq!(mail.language, language);
            insta::assert_snapshot!(format!("{}_{}", SmsKind::Alert(kind), language.tag()), shown(&mail, &sms));
        }
    }
}

#[test]
fn every_code_reads_so_in_every_language() {
    for language in text::spoken() {
        let (to, otp, code) = (to(language), otp_notice(), code_notice());
        let (mail, sms) = (composer().otp_mail(&to, &otp).expect("mail"), composer().otp_sms(&to, &otp).expect("sms"));
        insta::assert_snapshot!(format!("otp_{}", language.tag()), shown(&mail, &sms));
        let to = Recipient { role: Role::SecondContact, ..to };
        let (mail, sms) =
            (composer().code_mail(&to, &code).expect("mail"), composer().code_sms(&to, &code).expect("sms"));
        assert!(!mail.text.contains("730164") && !sms.text.contains("482913"), "a road carries its own code only");
        insta::assert_snapshot!(format!("contact_code_{}", language.tag()), shown(&mail, &sms));
    }
}

#[test]
fn a_mail_holds_no_link_no_picture_and_no_foreign_markup_and_an_alert_no_otp() {
    for (language, never_asks) in
        [(Language::En, "never asks for an OTP or a password"), (Language::Hi, "OTP या पासवर्ड नहीं माँगता")]
    {
        for matter in matters() {
            let mail = composer().alert_mail(id(), &to(language), &notice(matter)).expect("mail");
            for part in [&mail.text, &mail.html] {
                for banned in ["href", "http", "<img", "src=", "url(", "482913"] {
                    assert!(!part.contains(banned), "{banned}");
                }
                for wanted in ["Manage API Access", "1800-103-4786", never_asks, "IST"] {
                    assert!(part.contains(wanted), "{wanted}");
                }
            }
            assert!(!mail.html.contains("<Online>"));
        }
    }
}

#[test]
fn the_code_that_ends_a_consent_goes_to_the_signatory_alone() {
    let given = notice(Matter::ConsentGiven);
    let text = |role| composer().alert_mail(id(), &Recipient { role, ..recipient() }, &given).expect("mail").text;
    assert!(text(Role::Signatory).contains("GST STOP K7M2QX to 5600000"));
    assert!(!text(Role::SecondContact).contains("K7M2QX"));
    let sms = |language| {
        let to = Recipient { role: Role::SecondContact, ..to(language) };
        composer().alert_sms(id(), &to, &given).expect("sms").text
    };
    assert_eq!(
        sms(Language::En),
        "GSTIN 27GSPMH0992G1ZF: Khata Books via Setu Bridge got OTP consent to access its GST data at 24/11/2026 05:47, valid till \
         24/12/2026 05:47. You are its second contact. Ask the signatory if this is not right. -GSTN"
    );
    assert_eq!(
        sms(Language::Hi),
        "GSTIN 27GSPMH0992G1ZF: Khata Books को Setu Bridge के माध्यम से 24/11/2026 05:47 पर OTP से इसका GST डेटा लेने की सहमति मिली, \
         24/12/2026 05:47 तक मान्य। आप इसके दूसरे संपर्क हैं। कुछ ग़लत लगे तो हस्ताक्षरकर्ता से पूछें। -GSTN"
    );
}

#[test]
fn who_did_it_is_named() {
    let by = |doer| {
        let notice = Notice { by: Some(doer), ..notice(Matter::Thawed) };
        composer().alert_mail(id(), &recipient(), &notice).expect("mail").text
    };
    assert!(by(Doer::Accountant(Some("Ravi Iyer".into()))).contains("Done by: Ravi Iyer (accountant)"));
    assert!(by(Doer::OwnRule).contains("Done by: A rule that you set"));
    assert!(by(Doer::Gstn).contains("Done by: GSTN"));
}

#[test]
fn a_name_cannot_add_a_header() {
    let given = notice(Matter::ConsentGiven);
    let party = given.party.clone().map(|party| Party { asp_name: "Khata\r\nBcc: x@example.in".into(), ..party });
    let mail = composer().alert_mail(id(), &recipient(), &Notice { party, ..given }).expect("mail");
    assert!(!mail.subject.contains(['\r', '\n']));
}

#[test]
fn an_otp_is_never_shown_by_debug() {
    let (composer, to, notice) = (composer(), recipient(), otp_notice());
    let mail = composer.otp_mail(&to, &notice).expect("mail");
    let sms = composer.otp_sms(&to, &notice).expect("sms");
    let shown = format!("{notice:?} {:?} {mail:?} {sms:?} {to:?}", code_notice());
    assert!(!shown.contains("482913") && !shown.contains("9876543243") && !shown.contains("asha@"), "{shown}");
}
