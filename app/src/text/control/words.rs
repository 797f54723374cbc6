//! The model's values of control in words: limits, kinds of data, signs of unusual use.

use crate::{
    model::{
        ist,
        restriction::Restriction,
        return_type::{ReturnType, ReturnTypes},
        unusual::Sign,
    },
    text::Text,
};

/// A kind of data. The returns have the same name in every language.
pub fn kind(text: &Text, kind: ReturnType) -> &'static str {
    let names = &text.control.returns;
    match kind {
        ReturnType::Gstr1 => "GSTR-1",
        ReturnType::Gstr2a => "GSTR-2A",
        ReturnType::Gstr2b => "GSTR-2B",
        ReturnType::Gstr3b => "GSTR-3B",
        ReturnType::Ledgers => names.ledgers,
        ReturnType::EInvoice => names.e_invoice,
        ReturnType::EWayBill => names.e_way_bill,
        ReturnType::Other => names.other,
    }
}

/// A kind as forms and addresses spell it.
pub fn name(kind: ReturnType) -> String {
    serde_json::to_string(&kind).unwrap_or_default().trim_matches('"').to_owned()
}

/// Some kinds, one after the other.
pub fn kinds(text: &Text, kinds: impl Iterator<Item = ReturnType>) -> String {
    kinds.map(|one| kind(text, one)).collect::<Vec<_>>().join(", ")
}

/// The limits on a consent, a sentence each; none is a sentence too.
pub fn limits(text: &Text, restriction: &Restriction) -> Vec<String> {
    let t = &text.control.limits;
    let Restriction { until, returns, calls_a_day, hours } = *restriction;
    let mut said = Vec::new();
    said.extend(until.map(|until| (t.until)(&ist::minute(until))));
    said.extend(returns.map(|returns: ReturnTypes| (t.returns)(&kinds(text, returns.iter()))));
    said.extend(calls_a_day.map(t.calls));
    said.extend(hours.map(|hours| (t.hours)(&clock(hours.from()), &clock(hours.to()))));
    if said.is_empty() {
        said.push(t.none.to_owned());
    }
    said
}

/// A minute of the day as a clock shows it: `09:05`.
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A sign of unusual use, with its numbers.
pub fn sign(text: &Text, sign: &Sign) -> String {
    let t = &text.control.unusual;
    match sign {
        Sign::AtNight { at } => (t.at_night)(&ist::minute(*at)),
        Sign::Volume { today, usual } => (t.volume)(*today, *usual),
        Sign::NewGsp { gsp } => (t.new_gsp)(gsp),
        Sign::AfterSleep { days } => (t.after_sleep)(*days),
        Sign::NewNetwork { before, now } => (t.new_network)(before, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{language::Language, restriction::Hours},
        text::{of, spoken},
    };

    #[test]
    fn limits_are_told_one_by_one_and_their_absence_too() {
        let text = of(Language::En);
        assert_eq!(
            limits(text, &Restriction::default()),
            ["No limits: everything that the OTP allowed can be fetched."]
        );
        let restriction = Restriction {
            until: "2026-11-26T12:30:00Z".parse().ok(),
            returns: Some([ReturnType::Gstr3b, ReturnType::Ledgers].into_iter().collect()),
            calls_a_day: Some(1),
            hours: Hours::new(22 * 60, 6 * 60 + 5).ok(),
        };
        assert_eq!(
            limits(text, &restriction),
            [
                "Ends earlier: on 26/11/2026 18:00 IST.",
                "Only these can be fetched: GSTR-3B, Ledgers.",
                "At most 1 call a day.",
                "Only between 22:00 and 06:05 IST.",
            ]
        );
    }

    #[test]
    fn every_sign_tells_its_numbers_in_every_language() {
        let signs = [
            (Sign::AtNight { at: "2026-11-25T20:45:00Z".parse().expect("moment") }, vec!["26/11/2026 02:15"]),
            (Sign::Volume { today: 420, usual: 40 }, vec!["420", "40"]),
            (Sign::NewGsp { gsp: "Setu Bridge".into() }, vec!["Setu Bridge"]),
            (Sign::AfterSleep { days: 17 }, vec!["17"]),
            (
                Sign::NewNetwork { before: "10.1.0.0/16".into(), now: "203.0.113.0/24".into() },
                vec!["10.1.0.0/16", "203.0.113.0/24"],
            ),
        ];
        for language in spoken() {
            for (told, numbers) in &signs {
                let words = sign(of(language), told);
                assert!(numbers.iter().all(|number| words.contains(number)), "{words}");
            }
        }
    }
}
