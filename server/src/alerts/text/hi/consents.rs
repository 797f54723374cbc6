//! Hindi mails about one consent.

use app::{
    model::{Timestamp, consent::EndReason, ist, restriction::Restriction, return_type::ReturnType, unusual::Sign},
    text::control::words::clock,
};

use super::{NOT_YOU, Notice, Said};

pub(super) fn given(notice: &Notice) -> Said {
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

pub(super) fn ended(notice: &Notice) -> Said {
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

pub(super) fn restricted(notice: &Notice, restriction: &Restriction) -> Said {
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

pub(super) fn paused(notice: &Notice) -> Said {
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

pub(super) fn resumed(notice: &Notice) -> Said {
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

pub(super) fn near_expiry(notice: &Notice) -> Said {
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

pub(super) fn unused_soon(notice: &Notice, at: Timestamp) -> Said {
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

pub(super) fn unusual_use(notice: &Notice, sign: &Sign) -> Said {
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

pub(super) fn reported(notice: &Notice, reference: &str) -> Said {
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
