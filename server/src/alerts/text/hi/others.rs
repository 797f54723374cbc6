//! Hindi mails about what nobody at the taxpayer's did.

use app::model::{alert::Channel, controls::AskRefusal};

use super::{NOT_YOU, Notice, Said};

pub(super) fn ask_refused(notice: &Notice, why: AskRefusal) -> Said {
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

pub(super) fn asp_suspended(notice: &Notice) -> Said {
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

pub(super) fn contact_changed(notice: &Notice, channel: Channel) -> Said {
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

pub(super) fn test(notice: &Notice) -> Said {
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
