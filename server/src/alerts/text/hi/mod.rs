//! Hindi: what every mail says, and the short words of the SMS. The menu of the portal is named as the portal writes it.

mod codes;
mod consents;
mod controls;
mod others;

use app::model::{alert::Channel, controls::AskRefusal, unusual::Sign};
use jiff::SignedDuration;

use super::{Doer, Language, Lexicon, Matter, Notice, Role, Said, SmsWords};

pub(super) static LEXICON: Lexicon = Lexicon {
    language: Language::Hi,
    greeting: |name| format!("{name} जी, नमस्ते।"),
    gstin: "GSTIN",
    asp: "एप्लिकेशन (ASP)",
    gsp: "किसके माध्यम से (GSP)",
    by: "किसने किया",
    reference: "संदर्भ संख्या",
    otp: "OTP",
    code: "कोड",
    ist: |at| format!("{at} IST"),
    log_in: "GST पोर्टल पर वैसे ही लॉग इन करें जैसे आप हमेशा करते हैं। इस संदेश में जानबूझकर कोई लिंक नहीं है।",
    menu_path: "अपने नाम के नीचे का मेन्यू > My Profile > Manage API Access खोलें।",
    never_asks: "GSTN कभी OTP या पासवर्ड नहीं माँगता: न फ़ोन पर, न ई-मेल से, न SMS से।",
    help_desk: "GST हेल्प डेस्क: 1800-103-4786",
    stop_by_sms: |code, number| {
        format!(
            "आप इसे SMS से भी समाप्त कर सकते हैं: अपने पंजीकृत मोबाइल नंबर से GST STOP {code} लिखकर {number} पर भेजें। GST STOPALL भेजने से सारा एक्सेस फ़्रीज़ हो जाता है।"
        )
    },
    footer,
    doer,
    said,
    said_of_otp: codes::otp,
    said_of_code: codes::contact_code,
    sms: SmsWords {
        by: |doer| match doer {
            Doer::Application => "ASP",
            Doer::Signatory(_) => "हस्ताक्षरकर्ता",
            Doer::SignatoryBySms(_) => "आपके मोबाइल से SMS",
            Doer::Accountant(_) => "आपके लेखाकार",
            Doer::OwnRule => "आपका अपना नियम",
            Doer::Gstn => "GSTN",
        },
        span,
        days: |days| format!("{days} दिन"),
        never: "कभी नहीं",
        off: "बंद",
        until_lifted: "आपके हटाने",
        asp_listed: "एक ASP जोड़ा गया",
        asp_unlisted: "एक ASP हटाया गया",
        list_on: "केवल सूची के ASP माँग सकते हैं",
        list_off: "हर ASP फिर माँग सकता है",
        contact: |channel| match channel {
            Channel::Email => "ई-मेल पता",
            Channel::Sms => "मोबाइल नंबर",
        },
        refusal: |why| match why {
            AskRefusal::Suspended => "GSTN ने निलंबित किया है",
            AskRefusal::AccessDisabled => "API एक्सेस बंद है",
            AskRefusal::Frozen => "सारा एक्सेस फ़्रीज़ है",
            AskRefusal::Blocked => "आपने अवरुद्ध किया है",
            AskRefusal::NotAllowed => "यह आपकी सूची में नहीं है",
        },
        sign: |sign| match sign {
            Sign::AtNight { .. } => "रात में कॉल",
            Sign::Volume { .. } => "सामान्य से बहुत अधिक कॉल",
            Sign::NewGsp { .. } => "पहले से अलग GSP",
            Sign::AfterSleep { .. } => "लंबे समय बाद पहली कॉल",
            Sign::NewNetwork { .. } => "दूसरे नेटवर्क से कॉल",
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
        (Role::Signatory, false) => {
            "यह संदेश अधिकृत हस्ताक्षरकर्ता को अपने आप भेजा गया है, क्योंकि आपके GST डेटा के एक्सेस से जुड़े संदेश बंद नहीं \
                                     किए जा सकते। इसके उत्तर पढ़े नहीं जाते।"
                .into()
        }
        (Role::Signatory, true) => {
            "यह संदेश अधिकृत हस्ताक्षरकर्ता को अपने आप भेजा गया है। इस तरह के कौन-से संदेश आपको मिलें, यह आप Manage API \
                                    Access > अलर्ट में चुन सकते हैं। इसके उत्तर पढ़े नहीं जाते।"
                .into()
        }
        (Role::SecondContact, _) => format!(
            "यह संदेश आपको {trade_name} के दूसरे संपर्क के रूप में अपने आप भेजा गया है। इसके हस्ताक्षरकर्ता आपको कभी भी हटा सकते हैं। इसके उत्तर पढ़े नहीं जाते।"
        ),
        (Role::FormerContact, _) => format!(
            "यह संदेश उस संपर्क को अपने आप भेजा गया है जो अब तक {trade_name} के लिए पंजीकृत था। यहाँ आगे कुछ नहीं भेजा जाएगा। इसके उत्तर पढ़े नहीं जाते।"
        ),
    }
}

fn doer(doer: &Doer) -> String {
    let named = |name: &Option<String>, part: &str| match name {
        Some(name) => format!("{name} ({part})"),
        None => part.to_owned(),
    };
    match doer {
        Doer::Application => "एप्लिकेशन ने".into(),
        Doer::Signatory(name) => named(name, "अधिकृत हस्ताक्षरकर्ता"),
        Doer::SignatoryBySms(name) => named(name, "पंजीकृत मोबाइल नंबर से SMS"),
        Doer::Accountant(name) => named(name, "लेखाकार"),
        Doer::OwnRule => "आपके बनाए नियम ने".into(),
        Doer::Gstn => "GSTN".into(),
    }
}

fn span(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    let parts = [(minutes / 1440, "दिन"), (minutes / 60 % 24, "घंटे"), (minutes % 60, "मिनट")];
    let said = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, unit)| match (count, unit) {
        (1, "घंटे") => "1 घंटा".to_owned(),
        _ => format!("{count} {unit}"),
    });
    said.collect::<Vec<_>>().join(" ")
}

/// For letters about what the taxpayer, or somebody for them, decided.
const NOT_YOU: &str = "यदि यह आपने नहीं किया";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_days_hours_and_minutes() {
        for (minutes, words) in [(43_200, "30 दिन"), (360, "6 घंटे"), (1500, "1 दिन 1 घंटा"), (61, "1 घंटा 1 मिनट")]
        {
            assert_eq!(span(SignedDuration::from_mins(minutes)), words);
        }
    }
}
