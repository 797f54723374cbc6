//! Hindi, in Devanagari. The menu of the portal is named as the portal writes it.

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
    sender: ["वस्तु एवं सेवा कर", "GST पोर्टल · Manage API Access"],
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
    said_of_otp: otp,
    said_of_code: contact_code,
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
        second_agreed: "जोड़ा गया",
        second_removed: "हटाया गया",
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
    drafts,
};

/// For letters about what the taxpayer, or somebody for them, decided.
const NOT_YOU: &str = "यदि यह आपने नहीं किया";

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

/// The texts to register.
fn drafts(kind: SmsKind) -> Draft {
    match kind {
        SmsKind::Alert(AlertKind::ConsentGiven) => sms!(
            "GSTIN {gstin}: {asp} को {gsp} के माध्यम से {at} पर OTP से आपका GST डेटा लेने की सहमति मिली, {until} तक मान्य। आपने नहीं दी? GST STOP {stop_code} लिखकर {number} पर SMS करें या gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentEnded) => sms!(
            "GSTIN {gstin}: आपके GST डेटा पर {asp} ({gsp}) का एक्सेस {at} पर समाप्त हुआ। किसने किया: {by}। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentRestricted) => sms!(
            "GSTIN {gstin}: आपके GST डेटा पर {asp} के एक्सेस की सीमाएँ {at} पर बदली गईं। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentPaused) => sms!(
            "GSTIN {gstin}: आपके GST डेटा पर {asp} का एक्सेस {at} पर रोका गया। किसने किया: {by}। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::ConsentResumed) => sms!(
            "GSTIN {gstin}: आपके GST डेटा पर {asp} का रोका हुआ एक्सेस {at} पर फिर चालू हुआ। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::WindowChanged) => sms!(
            "GSTIN {gstin}: आपके GST डेटा का API एक्सेस अब {window} है, {at} पर बदला गया। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::AspBlocked) => sms!(
            "GSTIN {gstin}: {asp} को {at} पर आपके GST डेटा से अवरुद्ध किया गया। उसकी सहमतियाँ समाप्त हुईं। किसने किया: {by}। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::AspUnblocked) => sms!(
            "GSTIN {gstin}: {asp} का अवरोध {at} पर हटाया गया। उसे आपका नया OTP चाहिए होगा। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::AllowListChanged) => sms!(
            "GSTIN {gstin}: अनुमत ASP की आपकी सूची बदली गई ({change}), {at} पर। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::Frozen) => sms!(
            "GSTIN {gstin}: आपके GST डेटा का सारा एक्सेस {frozen_until} तक फ़्रीज़ है, {at} पर किया गया। किसने किया: {by}। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::Thawed) => sms!(
            "GSTIN {gstin}: आपके GST डेटा का फ़्रीज़ {at} पर हटाया गया। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::UnusedDaysSet) => sms!(
            "GSTIN {gstin}: उपयोग न होने वाला एक्सेस समाप्त करने का आपका नियम अब: {days}, {at} पर बदला गया। किसने किया: {by}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::NearExpiry) => sms!(
            "GSTIN {gstin}: आपके GST डेटा पर {asp} का एक्सेस {until} पर अवधि पूरी होने से समाप्त होगा। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::UnusedSoon) => sms!(
            "GSTIN {gstin}: आपके GST डेटा पर {asp} का एक्सेस, जिसका उपयोग नहीं हुआ, आपके नियम से {ends_at} पर समाप्त होगा। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::AskRefused) => sms!(
            "GSTIN {gstin}: {asp} ने {at} पर आपके GST डेटा का एक्सेस माँगा और उसे मना किया गया। कारण: {refusal}। कोई OTP नहीं भेजा गया। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::AspSuspended) => sms!(
            "GSTIN {gstin}: GSTN ने {asp} को, जिसके पास आपके GST डेटा का एक्सेस है, {at} पर निलंबित किया। तब तक उसे कुछ नहीं मिलेगा। विवरण: gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::ContactChanged) => sms!(
            "GSTIN {gstin}: एक हस्ताक्षरकर्ता का {contact} {at} पर बदला गया। आपने नहीं किया? 1800-103-4786 पर फ़ोन करें या gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::SecondContact) => sms!(
            "GSTIN {gstin}: आपके GST डेटा के एक्सेस के अलर्ट का दूसरा संपर्क {at} पर {change}। आपने नहीं किया? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::UnusualUse) => sms!(
            "GSTIN {gstin}: {asp} द्वारा आपके GST डेटा का असामान्य उपयोग: {sign}। अपेक्षित नहीं? gst.gov.in पर लॉग इन करें > My Profile > Manage API Access -GSTN"
        ),
        SmsKind::Alert(AlertKind::Reported) => sms!(
            "GSTIN {gstin}: आपने बताया कि {asp} को एक्सेस आपने नहीं दिया। एक्सेस समाप्त हुआ, ASP अवरुद्ध है। आपकी शिकायत संख्या: {reference}। हेल्प डेस्क 1800-103-4786 -GSTN"
        ),
        SmsKind::Alert(AlertKind::Test) => {
            sms!("GSTIN {gstin}: यह वह परीक्षण संदेश है जो आपने {at} पर माँगा था। आपको कुछ नहीं करना है। -GSTN")
        }
        SmsKind::GIVEN_COPY => sms!(
            "GSTIN {gstin}: {asp} को {gsp} के माध्यम से {at} पर OTP से इसका GST डेटा लेने की सहमति मिली, {until} तक मान्य। आप इसके दूसरे संपर्क हैं। कुछ ग़लत लगे तो हस्ताक्षरकर्ता से पूछें। -GSTN"
        ),
        SmsKind::OTP => sms!(
            "{code} OTP है, जिससे {asp} ({gsp}) को GSTIN {gstin} का GST डेटा {span} के लिए मिलेगा। OTP {code_until} तक मान्य। आपने नहीं माँगा? किसी को न बताएँ। -GSTN"
        ),
        SmsKind::CONTACT_CODE => sms!(
            "{code} आपका कोड है, जिससे GSTIN {gstin} के GST डेटा के अलर्ट आपको मिलेंगे, {code_until} तक मान्य। इससे किसी चीज़ का एक्सेस नहीं मिलता। आप नहीं? ध्यान न दें। -GSTN"
        ),
    }
}

fn given(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} अब आपका GST डेटा ले सकता है"),
        heading: "एक एप्लिकेशन अब आपका GST डेटा ले सकता है".into(),
        lead: format!("OTP के द्वारा {asp} ने {trade_name} का GST डेटा लेने की सहमति प्राप्त की है।"),
        when: "सहमति कब दी गई",
        until: Some("कब तक मान्य"),
        steps_title: "यदि यह आपने नहीं किया, या अब इसकी ज़रूरत नहीं है",
        steps: vec![
            format!("{asp} का एक्सेस समाप्त करें। इसके बाद उसे कुछ नहीं मिलेगा।"),
            "यदि यह सहमति आपने कभी नहीं दी, तो वहाँ इसे खोलकर “यह मैंने नहीं दिया” चुनें: एक्सेस समाप्त हो जाएगा, ASP अवरुद्ध हो जाएगा, और \
             हेल्प डेस्क के लिए आपको एक संदर्भ संख्या मिलेगी।"
                .into(),
        ],
        notes: vec!["यदि यह सहमति आपने ही दी है, तो आपको कुछ नहीं करना है।".into()],
        ..Said::default()
    }
}

fn ended(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let why = match notice.consent.as_ref().and_then(|consent| consent.ended) {
        Some(EndReason::Revoked) => "इसे करदाता ने या उसकी ओर से किसी ने समाप्त किया।",
        Some(EndReason::LoggedOut) => "एप्लिकेशन ने इसे वापस कर दिया।",
        Some(EndReason::Replaced { .. }) => "उसी एप्लिकेशन की नई सहमति ने इसकी जगह ली; उसके बारे में अलग संदेश भेजा गया है।",
        Some(EndReason::Blocked) => "इसका ASP अवरुद्ध किया गया।",
        Some(EndReason::Disabled) => "API एक्सेस बंद किया गया।",
        Some(EndReason::Unused) => "जितने दिन आपने तय किए हैं, उतने दिन इसका उपयोग नहीं हुआ।",
        Some(EndReason::Disowned) => "बताया गया कि यह आपने नहीं दी थी।",
        None => "इसे समय से पहले समाप्त किया गया।",
    };
    Said {
        subject: format!("{asp} अब आपके GST डेटा की एक सहमति का उपयोग नहीं कर सकता"),
        heading: "आपका GST डेटा लेने की एक सहमति समाप्त हो गई है".into(),
        lead: format!("{trade_name} का GST डेटा लेने की {asp} की सहमति समाप्त हो गई है। {why}"),
        when: "कब समाप्त हुई",
        until: Some("कब तक मान्य थी"),
        steps_title: "यह देखने के लिए कि अभी किसके पास एक्सेस है और पहले किसके पास था",
        notes: vec!["इस सहमति से अब कुछ नहीं लिया जा सकता। जो डेटा पहले लिया जा चुका है, वह एप्लिकेशन के पास रहेगा।".into()],
        ..Said::default()
    }
}

fn restricted(notice: &Notice, restriction: &Restriction) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let (heading, lead) = if restriction.is_none() {
        (
            "एक सहमति से सभी सीमाएँ हटाई गईं",
            format!("{asp} अब {trade_name} के GST डेटा की अपनी सहमति का उपयोग फिर से आपकी किसी सीमा के बिना कर सकता है।"),
        )
    } else {
        (
            "एक सहमति की सीमाएँ बदली गईं",
            format!("{asp} अब {trade_name} के GST डेटा की अपनी सहमति का उपयोग केवल इन सीमाओं में कर सकता है।"),
        )
    };
    let mut facts = Vec::new();
    facts.extend(restriction.until.map(|until| ("केवल इस समय तक", format!("{} IST", ist::second(until)))));
    facts.extend(restriction.returns.map(|returns| {
        let names: Vec<_> =
            ReturnType::ALL.iter().filter(|kind| returns.contains(**kind)).map(|kind| name(*kind)).collect();
        ("केवल यह डेटा", if names.is_empty() { "कुछ नहीं".to_owned() } else { names.join(", ") })
    }));
    facts.extend(restriction.calls_a_day.map(|calls| ("एक दिन में अधिकतम कॉल", calls.to_string())));
    facts.extend(
        restriction.hours.map(|hours| ("केवल इस समय में", format!("{} से {} IST", clock(hours.from()), clock(hours.to())))),
    );
    Said {
        subject: format!("आपके GST डेटा पर {asp} के एक्सेस की सीमाएँ बदली गईं"),
        heading: heading.into(),
        lead,
        when: "कब बदली गईं",
        until: Some("सहमति कब तक मान्य"),
        facts,
        steps_title: NOT_YOU,
        steps: vec![format!("{asp} का एक्सेस खोलें और सीमाएँ फिर से तय करें, या एक्सेस समाप्त करें।")],
        ..Said::default()
    }
}

fn name(kind: ReturnType) -> &'static str {
    match kind {
        ReturnType::Gstr1 => "GSTR-1",
        ReturnType::Gstr2a => "GSTR-2A",
        ReturnType::Gstr2b => "GSTR-2B",
        ReturnType::Gstr3b => "GSTR-3B",
        ReturnType::Ledgers => "खाता-बही (लेजर)",
        ReturnType::EInvoice => "ई-इनवॉइस",
        ReturnType::EWayBill => "ई-वे बिल",
        ReturnType::Other => "अन्य",
    }
}

fn paused(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("आपके GST डेटा पर {asp} का एक्सेस रोका गया है"),
        heading: "एक सहमति रोकी गई".into(),
        lead: format!("जब तक आप इसे फिर चालू नहीं करते, {asp} को {trade_name} के GST डेटा से कुछ नहीं मिलेगा।"),
        when: "कब रोकी गई",
        until: Some("सहमति कब तक मान्य"),
        steps_title: "इसे फिर चालू करने या समाप्त करने के लिए",
        steps: vec![format!("{asp} का एक्सेस खोलें।")],
        ..Said::default()
    }
}

fn resumed(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} फिर से आपका GST डेटा ले सकता है"),
        heading: "रोकी हुई सहमति फिर चालू हुई".into(),
        lead: format!("{trade_name} का GST डेटा लेने की {asp} की सहमति रोकी हुई थी। अब इसका उपयोग फिर हो सकता है।"),
        when: "कब चालू हुई",
        until: Some("कब तक मान्य"),
        steps_title: NOT_YOU,
        steps: vec![format!("{asp} का एक्सेस फिर से रोकें, या समाप्त करें।")],
        ..Said::default()
    }
}

fn near_expiry(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("आपके GST डेटा पर {asp} का एक्सेस जल्द समाप्त होगा"),
        heading: "एक सहमति जल्द समाप्त होगी".into(),
        lead: format!("{trade_name} का GST डेटा लेने की {asp} की सहमति की अवधि जल्द पूरी होगी।"),
        when: "इस समय की स्थिति",
        until: Some("कब तक मान्य"),
        steps_title: "इसे देखने या पहले समाप्त करने के लिए",
        notes: vec!["आपको कुछ नहीं करना है। यदि एप्लिकेशन आपके लिए आगे भी काम करेगा, तो वह आपसे नया OTP माँगेगा।".into()],
        ..Said::default()
    }
}

fn unused_soon(notice: &Notice, at: Timestamp) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("आपके GST डेटा पर {asp} का एक्सेस उपयोग न होने से जल्द समाप्त होगा"),
        heading: "उपयोग न होने से एक सहमति जल्द समाप्त होगी".into(),
        lead: format!(
            "{asp} ने {trade_name} के GST डेटा की अपनी सहमति का कुछ समय से उपयोग नहीं किया है। आपके बनाए नियम के अनुसार यह समाप्त हो जाएगी, यदि इससे पहले इसका उपयोग न हुआ।"
        ),
        when: "इस समय की स्थिति",
        until: Some("नियम के बिना कब तक मान्य"),
        facts: vec![("नियम से कब समाप्त होगी", format!("{} IST", ist::second(at)))],
        steps_title: "इसे देखने या नियम बदलने के लिए",
        ..Said::default()
    }
}

fn unusual_use(notice: &Notice, sign: &Sign) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let what = match sign {
        Sign::AtNight { at } => format!("रात में कॉल, {} IST", ist::second(*at)),
        Sign::Volume { today, usual } => format!("आज {today} कॉल; सामान्य दिन में {usual}"),
        Sign::NewGsp { gsp } => format!("पहली बार {gsp} के माध्यम से आया"),
        Sign::AfterSleep { days } => format!("{days} दिन बाद पहली कॉल"),
        Sign::NewNetwork { before, now } => format!("अब कॉल {now} से आ रही हैं; पहले {before} से आती थीं"),
    };
    Said {
        subject: format!("आपके GST डेटा पर {asp} के एक्सेस का असामान्य उपयोग"),
        heading: "एक सहमति का असामान्य उपयोग हो रहा है".into(),
        lead: format!(
            "{asp} {trade_name} के GST डेटा की अपनी सहमति का उपयोग पहले से अलग ढंग से कर रहा है। यह ज़रूरी नहीं कि ग़लत हो: आप ही सबसे अच्छी तरह जानते हैं कि यह अपेक्षित है या नहीं।"
        ),
        when: "कब देखा गया",
        until: Some("कब तक मान्य"),
        facts: vec![("क्या देखा गया", what)],
        steps_title: "यदि यह अपेक्षित नहीं है",
        steps: vec![
            format!("{asp} का एक्सेस रोकें या समाप्त करें।"),
            "एप्लिकेशन से पूछें कि वह क्या कर रहा है। यदि यह सहमति आपने कभी नहीं दी, तो “यह मैंने नहीं दिया” चुनें।".into(),
        ],
        ..Said::default()
    }
}

fn reported(notice: &Notice, reference: &str) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} के बारे में आपकी शिकायत: संख्या {reference}"),
        heading: "आपकी शिकायत दर्ज हो गई है".into(),
        lead: format!(
            "आपने बताया कि {asp} को {trade_name} का GST डेटा लेने की सहमति आपने नहीं दी। एक्सेस समाप्त कर दिया गया है और ASP अवरुद्ध है: उसे अब कुछ नहीं मिल सकता।"
        ),
        when: "कब दर्ज हुई",
        facts: vec![("शिकायत संख्या", reference.to_owned())],
        steps_title: "अब आप क्या कर सकते हैं",
        steps: vec!["सहमति खोलकर देखें कि क्या लिया गया और कब।".into()],
        notes: vec![
            format!("हेल्प डेस्क को फ़ोन करते समय {reference} बताएँ।"),
            "यदि आपने किसी को ऐसा OTP बताया था जो आपने नहीं माँगा था, तो GST पोर्टल पर अपना पासवर्ड बदलें।".into(),
        ],
        ..Said::default()
    }
}

fn window_changed(notice: &Notice, enabled: bool, minutes: i64) -> Said {
    let trade_name = &notice.trade_name;
    let span = span(SignedDuration::from_mins(minutes));
    let (subject, heading, lead) = if enabled {
        (
            "आपके GST डेटा का API एक्सेस चालू है",
            "API एक्सेस चालू किया गया या बदला गया",
            format!(
                "एप्लिकेशन {trade_name} के GST डेटा का एक्सेस माँग सकते हैं। हर एक को आपका OTP चाहिए; तब उसकी सहमति {span} तक मान्य रहेगी।"
            ),
        )
    } else {
        (
            "आपके GST डेटा का API एक्सेस बंद है",
            "API एक्सेस बंद किया गया",
            format!("कोई एप्लिकेशन {trade_name} के GST डेटा का एक्सेस नहीं माँग सकता, और पहले दी गई सहमतियाँ समाप्त हो गई हैं।"),
        )
    };
    Said {
        subject: subject.into(),
        heading: heading.into(),
        lead,
        when: "कब बदला गया",
        facts: if enabled {
            vec![("सहमति कितने समय मान्य रहेगी", span)]
        } else {
            Vec::new()
        },
        steps_title: NOT_YOU,
        steps: vec!["API एक्सेस को अपनी इच्छा के अनुसार तय करें।".into(), "GST पोर्टल पर अपना पासवर्ड बदलें।".into()],
        ..Said::default()
    }
}

fn asp_blocked(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} को आपके GST डेटा से अवरुद्ध किया गया है"),
        heading: "एक ASP अवरुद्ध किया गया".into(),
        lead: format!(
            "{asp} अब {trade_name} के GST डेटा की कोई सहमति नहीं पा सकता। जो सहमतियाँ उसके पास थीं, वे समाप्त हो गई हैं।"
        ),
        when: "कब अवरुद्ध किया गया",
        steps_title: "इसे देखने या अवरोध हटाने के लिए",
        ..Said::default()
    }
}

fn asp_unblocked(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("{asp} अब अवरुद्ध नहीं है"),
        heading: "एक अवरोध हटाया गया".into(),
        lead: format!("{asp} फिर से {trade_name} के GST डेटा का एक्सेस माँग सकता है। आपके नए OTP के बिना उसे कुछ नहीं मिलेगा।"),
        when: "कब हटाया गया",
        steps_title: NOT_YOU,
        steps: vec![format!("{asp} को फिर से अवरुद्ध करें।")],
        ..Said::default()
    }
}

fn allow_list_changed(notice: &Notice, about_one: bool, on: bool) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let lead = match (about_one, on) {
        (true, true) => format!("{asp} को उन ASP की सूची में जोड़ा गया जो {trade_name} के GST डेटा का एक्सेस माँग सकते हैं।"),
        (true, false) => format!("{asp} को उन ASP की सूची से हटाया गया जो {trade_name} के GST डेटा का एक्सेस माँग सकते हैं।"),
        (false, true) => format!("अब से केवल आपकी सूची के ASP ही {trade_name} के GST डेटा का एक्सेस माँग सकते हैं।"),
        (false, false) => {
            format!("हर ASP फिर से {trade_name} के GST डेटा का एक्सेस माँग सकता है। हर एक को अब भी आपका OTP चाहिए।")
        }
    };
    Said {
        subject: "अनुमत ASP की आपकी सूची बदली गई".into(),
        heading: "अनुमत ASP की सूची बदली गई".into(),
        lead,
        when: "कब बदली गई",
        steps_title: NOT_YOU,
        steps: vec!["सूची को अपनी इच्छा के अनुसार तय करें।".into()],
        ..Said::default()
    }
}

fn frozen(notice: &Notice, until: Option<Timestamp>) -> Said {
    let trade_name = &notice.trade_name;
    let until = until.map_or_else(|| "जब तक आप इसे नहीं हटाते".to_owned(), |until| format!("{} IST", ist::second(until)));
    Said {
        subject: "आपके GST डेटा का सारा एक्सेस फ़्रीज़ है".into(),
        heading: "सारा एक्सेस फ़्रीज़ किया गया".into(),
        lead: format!(
            "जब तक फ़्रीज़ रहेगा, किसी एप्लिकेशन को {trade_name} के GST डेटा से कुछ नहीं मिलेगा, और कोई माँग भी नहीं सकेगा। इससे सहमतियाँ समाप्त नहीं होतीं।"
        ),
        when: "कब फ़्रीज़ किया गया",
        facts: vec![("कब तक फ़्रीज़", until)],
        steps_title: "फ़्रीज़ हटाने के लिए",
        ..Said::default()
    }
}

fn thawed(notice: &Notice) -> Said {
    let trade_name = &notice.trade_name;
    Said {
        subject: "आपके GST डेटा का फ़्रीज़ हटाया गया".into(),
        heading: "फ़्रीज़ हटाया गया".into(),
        lead: format!("जिन एप्लिकेशन के पास मान्य सहमति है, वे फिर से {trade_name} का GST डेटा ले सकते हैं।"),
        when: "कब हटाया गया",
        steps_title: NOT_YOU,
        steps: vec!["सारा एक्सेस फिर से फ़्रीज़ करें।".into(), "GST पोर्टल पर अपना पासवर्ड बदलें।".into()],
        ..Said::default()
    }
}

fn unused_days_set(notice: &Notice, days: Option<u16>) -> Said {
    let trade_name = &notice.trade_name;
    let lead = match days {
        Some(days) => {
            format!("{trade_name} के GST डेटा की सहमतियाँ अब {days} दिन तक उपयोग न होने पर अपने आप समाप्त हो जाएँगी।")
        }
        None => format!("{trade_name} के GST डेटा की सहमतियाँ अब उपयोग न होने के कारण समाप्त नहीं होंगी।"),
    };
    Said {
        subject: "उपयोग न होने वाली सहमतियों का आपका नियम बदला गया".into(),
        heading: "उपयोग न होने वाली सहमतियों का नियम बदला गया".into(),
        lead,
        when: "कब बदला गया",
        steps_title: NOT_YOU,
        steps: vec!["नियम को अपनी इच्छा के अनुसार तय करें।".into()],
        ..Said::default()
    }
}

fn ask_refused(notice: &Notice, why: AskRefusal) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    let why = match why {
        AskRefusal::Suspended => "GSTN ने इसे निलंबित किया है",
        AskRefusal::AccessDisabled => "आपने API एक्सेस बंद किया है",
        AskRefusal::Frozen => "आपने सारा एक्सेस फ़्रीज़ किया है",
        AskRefusal::Blocked => "आपने इस ASP को अवरुद्ध किया है",
        AskRefusal::NotAllowed => "यह अनुमत ASP की आपकी सूची में नहीं है",
    };
    Said {
        subject: format!("{asp} ने आपके GST डेटा का एक्सेस माँगा और उसे मना किया गया"),
        heading: "एक एप्लिकेशन ने एक्सेस माँगा और उसे मना किया गया".into(),
        lead: format!("{asp} ने {trade_name} का GST डेटा लेने के लिए OTP माँगा। कोई OTP नहीं भेजा गया, और उसे कुछ नहीं मिला।"),
        when: "कब माँगा",
        facts: vec![("मना करने का कारण", why.to_owned())],
        steps_title: "यदि आप इस एप्लिकेशन का उपयोग करना चाहते हैं",
        steps: vec!["वहाँ अपना निर्णय बदलें, फिर एप्लिकेशन से दोबारा माँगने को कहें।".into()],
        notes: vec!["यदि आपने इस एप्लिकेशन का उपयोग नहीं किया, तो आपको कुछ नहीं करना है।".into()],
        ..Said::default()
    }
}

fn asp_suspended(notice: &Notice) -> Said {
    let (asp, trade_name) = (notice.asp(), &notice.trade_name);
    Said {
        subject: format!("GSTN ने {asp} को निलंबित किया, जिसके पास आपके GST डेटा का एक्सेस है"),
        heading: "GSTN ने एक ऐसे ASP को निलंबित किया जिसके पास एक्सेस है".into(),
        lead: format!("जब तक {asp} निलंबित है, उसे {trade_name} के GST डेटा से कुछ नहीं मिलेगा। इससे आपकी सहमति समाप्त नहीं हुई है।"),
        when: "कब निलंबित किया गया",
        steps_title: "उसका एक्सेस हमेशा के लिए समाप्त करने के लिए",
        steps: vec![format!("{asp} का एक्सेस समाप्त करें, या उसे अवरुद्ध करें।")],
        ..Said::default()
    }
}

fn contact_changed(notice: &Notice, channel: Channel) -> Said {
    let trade_name = &notice.trade_name;
    let what = match channel {
        Channel::Email => "ई-मेल पता",
        Channel::Sms => "मोबाइल नंबर",
    };
    Said {
        subject: format!("आपके GST पंजीकरण का {what} बदला गया"),
        heading: format!("एक हस्ताक्षरकर्ता का {what} बदला गया"),
        lead: format!(
            "{trade_name} के एक अधिकृत हस्ताक्षरकर्ता का {what} बदला गया है। OTP और संदेश अब नए संपर्क पर जाएँगे। यह संदेश पुराने और नए, दोनों संपर्कों पर भेजा गया है।"
        ),
        when: "कब बदला गया",
        steps_title: NOT_YOU,
        steps: vec!["वहाँ तुरंत सारा एक्सेस फ़्रीज़ करें, और अपना पासवर्ड बदलें।".into()],
        notes: vec!["यदि आप अब लॉग इन नहीं कर पा रहे हैं, तो हेल्प डेस्क को फ़ोन करें।".into()],
        ..Said::default()
    }
}

fn second_contact(notice: &Notice, name: &str, by: &str, agreed: bool) -> Said {
    let trade_name = &notice.trade_name;
    let (subject, heading, lead, when) = if agreed {
        (
            format!("{name} को आपके GST डेटा के हर अलर्ट की एक प्रति मिलेगी"),
            "एक दूसरा संपर्क जोड़ा गया",
            format!(
                "{by} ने {name} को {trade_name} का दूसरा संपर्क बनाया, और वे सहमत हुए। अब से इसके GST डेटा के एक्सेस के हर अलर्ट की एक प्रति उन्हें मिलेगी। इससे उन्हें कोई एक्सेस नहीं मिलता।"
            ),
            "कब जोड़ा गया",
        )
    } else {
        (
            format!("{name} को आपके GST डेटा के अलर्ट अब नहीं मिलेंगे"),
            "एक दूसरा संपर्क हटाया गया",
            format!(
                "{by} ने {name} को {trade_name} के दूसरे संपर्क के रूप में हटाया। इसके GST डेटा के एक्सेस के अलर्ट अब उन्हें नहीं मिलेंगे। यह संदेश उन्हें भी भेजा गया है।"
            ),
            "कब हटाया गया",
        )
    };
    Said {
        subject,
        heading: heading.into(),
        lead,
        when,
        facts: vec![("दूसरा संपर्क", name.to_owned()), ("किसने किया", by.to_owned())],
        steps_title: NOT_YOU,
        steps: vec!["अलर्ट खोलें और दूसरे संपर्क को ठीक करें।".into(), "GST पोर्टल पर अपना पासवर्ड बदलें।".into()],
        ..Said::default()
    }
}

fn test(notice: &Notice) -> Said {
    Said {
        subject: "परीक्षण संदेश".into(),
        heading: "यह एक परीक्षण संदेश है".into(),
        lead: format!(
            "आपने इसे यह देखने के लिए माँगा था कि {} के GST डेटा के एक्सेस से जुड़े संदेश पहुँचते हैं या नहीं। यह पहुँच गया।",
            notice.trade_name
        ),
        when: "कब माँगा गया",
        steps_title: "यह देखने के लिए कि हर परीक्षण संदेश का क्या हुआ",
        steps: vec!["अलर्ट खोलें।".into()],
        notes: vec!["यदि यह आपने नहीं माँगा, तो इस GSTIN के किसी दूसरे हस्ताक्षरकर्ता ने माँगा है।".into()],
        ..Said::default()
    }
}

fn otp(notice: &OtpNotice) -> Said {
    let OtpNotice { trade_name, asp_name, .. } = notice;
    let span = span(notice.access_for);
    Said {
        subject: format!("{asp_name} को आपका GST डेटा लेने देने के लिए OTP"),
        heading: "एक एप्लिकेशन को आपका GST डेटा लेने देने के लिए OTP".into(),
        lead: format!(
            "{asp_name} {span} के लिए {trade_name} के GST डेटा का एक्सेस माँग रहा है। उसे यह OTP बताने का अर्थ है कि आप सहमत हैं।"
        ),
        when: "OTP कब तक मान्य",
        facts: vec![("इससे क्या मिलेगा", format!("{span} के लिए आपके GST डेटा का एक्सेस"))],
        steps_title: "यदि यह OTP आपने नहीं माँगा",
        steps: vec!["इसे किसी को न बताएँ। इसके बिना किसी को एक्सेस नहीं मिलेगा।".into()],
        notes: vec!["यदि आप सहमत हैं, तो OTP एप्लिकेशन में स्वयं भरें।".into()],
        ..Said::default()
    }
}

fn contact_code(notice: &CodeNotice) -> Said {
    let CodeNotice { trade_name, asked_by, .. } = notice;
    Said {
        subject: "अलर्ट पाने की पुष्टि के लिए कोड".into(),
        heading: "क्या आप जानना चाहते हैं कि यह GST डेटा कौन लेता है?".into(),
        lead: format!(
            "{asked_by} ने आपको {trade_name} का दूसरा संपर्क बनाया है: इसके GST डेटा के एक्सेस से जुड़े हर अलर्ट की एक प्रति आपको मिलेगी। यदि आप सहमत हैं, तो यह कोड और SMS में आया कोड {asked_by} को बताएँ।"
        ),
        when: "कोड कब तक मान्य",
        facts: vec![("किसने माँगा", asked_by.clone())],
        steps_title: "यदि आप उन्हें नहीं जानते, या यह नहीं चाहते",
        steps: vec!["कुछ न करें। कोड के बिना आपको कोई अलर्ट नहीं मिलेगा।".into()],
        notes: vec!["इस कोड से किसी को किसी चीज़ का एक्सेस नहीं मिलता। यह केवल इस पते की पुष्टि करता है।".into()],
        ..Said::default()
    }
}

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
