//! Hindi mails about what was decided for all access, or for one ASP.

use app::model::{Timestamp, ist};
use jiff::SignedDuration;

use super::{NOT_YOU, Notice, Said, span};

pub(super) fn window_changed(notice: &Notice, enabled: bool, minutes: i64) -> Said {
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

pub(super) fn asp_blocked(notice: &Notice) -> Said {
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

pub(super) fn asp_unblocked(notice: &Notice) -> Said {
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

pub(super) fn allow_list_changed(notice: &Notice, about_one: bool, on: bool) -> Said {
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

pub(super) fn frozen(notice: &Notice, until: Option<Timestamp>) -> Said {
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

pub(super) fn thawed(notice: &Notice) -> Said {
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

pub(super) fn unused_days_set(notice: &Notice, days: Option<u16>) -> Said {
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
