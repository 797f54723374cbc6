//! What a person looks for in a list of consents. One text form: it stands in the page's address and travels to the server.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    gstin::Gstin,
    restriction::{day_of, start_of},
    return_type::ReturnType,
};

/// Characters of a name that is looked for; more are cut.
pub const NAME_CHARACTERS_MAX: usize = 60;

/// In which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// Open, and not paused.
    Live,
    /// Open, and paused.
    Paused,
    /// No call ever passed on it.
    NeverUsed,
    /// Its time was over.
    Expired,
    /// Ended by the taxpayer.
    Revoked,
    /// Given back by the ASP.
    LoggedOut,
    /// Replaced by a newer one.
    Replaced,
    /// Ended by a block.
    Blocked,
    /// Ended because API access was switched off.
    Disabled,
    /// Ended because it was not used.
    Unused,
    /// Ended because the taxpayer never gave it.
    Disowned,
}

impl StateFilter {
    /// Those of consents that are open.
    pub const NOW: [Self; 3] = [Self::Live, Self::Paused, Self::NeverUsed];
    /// Those of consents that are over.
    pub const OVER: [Self; 9] = [
        Self::Expired,
        Self::Revoked,
        Self::LoggedOut,
        Self::Replaced,
        Self::Blocked,
        Self::Disabled,
        Self::Unused,
        Self::Disowned,
        Self::NeverUsed,
    ];
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The newest grant first.
    #[default]
    Newest,
    /// The oldest grant first.
    Oldest,
    /// What ends, or ended, first.
    EndsFirst,
    /// What ends, or ended, last.
    EndsLast,
    /// What was used last.
    LastUsed,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 5] = [Self::Newest, Self::Oldest, Self::EndsFirst, Self::EndsLast, Self::LastUsed];
}

/// What is looked for; the default is everything, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConsentFilter {
    /// Part of the ASP's name.
    pub asp: Option<String>,
    /// Part of the GSP's name.
    pub gsp: Option<String>,
    /// In this state only.
    pub state: Option<StateFilter>,
    /// Given on this day or later, in India.
    pub from: Option<Date>,
    /// Given on this day or earlier, in India.
    pub to: Option<Date>,
    /// Fetched this kind of data, or tried to.
    pub returns: Option<ReturnType>,
    /// Of this registration only, in a list of several.
    pub gstin: Option<Gstin>,
    /// The order.
    pub sort: Sort,
}

/// A text that is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this search cannot be read")]
pub struct BadFilter;

impl ConsentFilter {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        *self == Self { sort: self.sort, ..Self::default() }
    }

    /// The moments between which a grant must lie: from the first on, and before the second.
    pub fn granted_within(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let start = |date: Date, later: i64| start_of(day_number(date)? + later);
        (self.from.and_then(|from| start(from, 0)), self.to.and_then(|to| start(to, 1)))
    }

    /// What of a list goes into a file: the same rows, always the newest first, of the one taxpayer that the file is about.
    #[must_use]
    pub fn for_file(self) -> Self {
        Self { gstin: None, sort: Sort::default(), ..self }
    }

    /// What is asked for, by the names that stand in an address.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let parts = [
            ("asp", self.asp.clone()),
            ("gsp", self.gsp.clone()),
            ("state", self.state.and_then(name)),
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
            ("returns", self.returns.and_then(name)),
            ("gstin", self.gstin.map(|gstin| gstin.to_string())),
            ("sort", Some(self.sort).filter(|sort| *sort != Sort::default()).and_then(name)),
        ];
        parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// A filter out of the parameters of an address; empty ones, as a form sends them, are as good as none.
    ///
    /// # Errors
    /// [`BadFilter`] where a value is none that can be looked for.
    pub fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Result<Self, BadFilter> {
        let text = |name| {
            let text: String = value(name)?.trim().chars().take(NAME_CHARACTERS_MAX).collect();
            (!text.is_empty()).then_some(text)
        };
        Ok(Self {
            asp: text("asp"),
            gsp: text("gsp"),
            state: text("state").map(|word| named(&word)).transpose()?,
            from: text("from").map(|day| day.parse().map_err(|_| BadFilter)).transpose()?,
            to: text("to").map(|day| day.parse().map_err(|_| BadFilter)).transpose()?,
            returns: text("returns").map(|word| named(&word)).transpose()?,
            gstin: text("gstin").map(|gstin| gstin.parse().map_err(|_| BadFilter)).transpose()?,
            sort: text("sort").map(|word| named(&word)).transpose()?.unwrap_or_default(),
        })
    }
}

/// The day of a date, as [`day_of`] counts.
fn day_number(date: Date) -> Option<i64> {
    let midnight = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(midnight.as_second().div_euclid(86_400))
}

/// The date in India of a moment.
pub fn date_of(at: Timestamp) -> Date {
    let days = i32::try_from(day_of(at)).unwrap_or(0);
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap_or(Date::ZERO)
}

fn named<T: DeserializeOwned>(word: &str) -> Result<T, BadFilter> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| BadFilter)
}

fn name<T: Serialize>(value: T) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

impl fmt::Display for ConsentFilter {
    /// As the query of an address, without its question mark.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (key, value) in self.parts() {
            write!(f, "{separator}{key}=")?;
            separator = "&";
            for byte in value.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => write!(f, "{}", char::from(byte))?,
                    _ => write!(f, "%{byte:02X}")?,
                }
            }
        }
        Ok(())
    }
}

impl FromStr for ConsentFilter {
    type Err = BadFilter;

    fn from_str(query: &str) -> Result<Self, BadFilter> {
        let mut pairs = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((key, decoded(value)?));
        }
        Self::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()))
    }
}

fn decoded(text: &str) -> Result<String, BadFilter> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next().unwrap_or(b'?')).to_digit(16).ok_or(BadFilter);
                u8::try_from(digit()? * 16 + digit()?).map_err(|_| BadFilter)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| BadFilter)
}

impl From<ConsentFilter> for String {
    fn from(filter: ConsentFilter) -> Self {
        filter.to_string()
    }
}

impl TryFrom<String> for ConsentFilter {
    type Error = BadFilter;

    fn try_from(query: String) -> Result<Self, BadFilter> {
        query.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter() -> impl Strategy<Value = ConsentFilter> {
        let name = || prop::option::of("[^\\s\\pC]{1,20}");
        let date = || {
            prop::option::of((2020_i16..2030, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| jiff::civil::date(y, m, d)))
        };
        let state = prop::option::of(prop::sample::select(StateFilter::OVER.to_vec()));
        let returns = prop::option::of(prop::sample::select(ReturnType::ALL.to_vec()));
        (name(), name(), state, date(), date(), returns, prop::sample::select(Sort::ALL.to_vec())).prop_map(
            |(asp, gsp, state, from, to, returns, sort)| ConsentFilter {
                asp,
                gsp,
                state,
                from,
                to,
                returns,
                gstin: "27GSPMH0992G1ZF".parse().ok(),
                sort,
            },
        )
    }

    proptest! {
        #[test]
        fn a_filter_survives_its_trip_through_an_address(filter in filter()) {
            prop_assert_eq!(filter.to_string().parse(), Ok(filter));
        }

        #[test]
        fn rubbish_is_refused_without_a_panic(text in ".{0,60}") {
            let _: Result<ConsentFilter, BadFilter> = text.parse();
        }
    }

    #[test]
    fn a_form_that_was_left_empty_looks_for_everything() {
        let filter: ConsentFilter = "asp=&gsp=+&state=&from=&to=&returns=&sort=".parse().expect("a filter");
        assert!(filter.is_everything());
        assert_eq!(filter.to_string(), "");
        assert_eq!("state=asleep".parse::<ConsentFilter>(), Err(BadFilter));
        assert_eq!("from=2026-02-30".parse::<ConsentFilter>(), Err(BadFilter));
        let tally: ConsentFilter = "asp=Tally+%26%20Co".parse().expect("a filter");
        assert_eq!(tally.asp.as_deref(), Some("Tally & Co"));
    }

    #[test]
    fn a_file_holds_what_was_found_the_newest_first() {
        let asked: ConsentFilter = "asp=Tally&gstin=27GSPMH0992G1ZF&sort=ends_last".parse().expect("a filter");
        assert_eq!(asked.for_file().to_string(), "asp=Tally");
    }

    #[test]
    fn days_are_those_of_india_and_the_last_one_counts_whole() {
        let filter: ConsentFilter = "from=2026-11-24&to=2026-11-24".parse().expect("a filter");
        let at = |text: &str| text.parse::<Timestamp>().ok();
        assert_eq!(filter.granted_within(), (at("2026-11-24T00:00:00+05:30"), at("2026-11-25T00:00:00+05:30")));
        let day = |text: &str| date_of(text.parse().expect("moment")).to_string();
        assert_eq!(day("2026-11-23T18:30:00Z"), "2026-11-24");
        assert_eq!(day("2026-11-23T18:29:59Z"), "2026-11-23");
    }
}
