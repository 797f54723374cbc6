//! Hindi mails that carry a code.

use super::{
    super::{CodeNotice, OtpNotice},
    Said, span,
};

pub(super) fn otp(notice: &OtpNotice) -> Said {
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

pub(super) fn contact_code(notice: &CodeNotice) -> Said {
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
