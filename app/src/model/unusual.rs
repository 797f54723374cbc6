//! Unusual use: simple rules, each explained by the numbers that a person needs to judge it. Pure; thresholds come in.
//!
//! None of them refuses anything: a sign is told to the taxpayer, who says "this is fine" or takes the access away.
//! There is no table of countries here: what is compared is the network that a call came from, told by the GSP (`ip-usr`).

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::restriction::Hours;

/// A sign that a consent is used in an unusual way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Sign {
    /// A call at night, on India's clock.
    AtNight {
        /// When.
        #[serde(with = "super::moment")]
        at: Timestamp,
    },
    /// Many more calls today than usual.
    Volume {
        /// Calls today.
        today: u32,
        /// Calls on a usual day.
        usual: u32,
    },
    /// The ASP comes through a GSP that it never came through before.
    NewGsp {
        /// Its name.
        gsp: String,
    },
    /// The first call after a long sleep.
    AfterSleep {
        /// Days without a call.
        days: u16,
    },
    /// The first call from another network.
    NewNetwork {
        /// The network before.
        before: String,
        /// The network now.
        now: String,
    },
}

/// Which rule a sign is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// [`Sign::AtNight`].
    AtNight,
    /// [`Sign::Volume`].
    Volume,
    /// [`Sign::NewGsp`].
    NewGsp,
    /// [`Sign::AfterSleep`].
    AfterSleep,
    /// [`Sign::NewNetwork`].
    NewNetwork,
}

impl Sign {
    /// Its rule.
    pub fn rule(&self) -> Rule {
        match self {
            Self::AtNight { .. } => Rule::AtNight,
            Self::Volume { .. } => Rule::Volume,
            Self::NewGsp { .. } => Rule::NewGsp,
            Self::AfterSleep { .. } => Rule::AfterSleep,
            Self::NewNetwork { .. } => Rule::NewNetwork,
        }
    }
}

/// From when on something is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// The night.
    pub night: Hours,
    /// So many times the calls of a usual day.
    pub times_usual: u32,
    /// And at least so many calls: ten times a handful is still a handful.
    pub calls_min: u32,
    /// Days without a call that make a long sleep.
    pub sleep_days: u16,
    /// How long a sign is not told again.
    pub quiet_for: SignedDuration,
}

impl Default for Thresholds {
    /// 23:00 to 05:00, ten times the usual and 200 calls, 14 days, once a week.
    fn default() -> Self {
        Self {
            night: Hours::NIGHT,
            times_usual: 10,
            calls_min: 200,
            sleep_days: 14,
            quiet_for: SignedDuration::from_hours(7 * 24),
        }
    }
}

/// What is known of the use of a consent when it is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// Calls that passed since the last look, the oldest first.
    pub passed_at: Vec<Timestamp>,
    /// The last call that passed before these, or the grant.
    pub before: Option<Timestamp>,
    /// Calls that passed today.
    pub today: u32,
    /// Calls that passed on each day before today that had any.
    pub days_before: Vec<u32>,
    /// The networks that calls came from before, the newest last.
    pub networks_before: Vec<String>,
    /// The networks that these came from.
    pub networks: Vec<String>,
    /// The name of the GSP, where the ASP came through others before and never through this one.
    pub new_gsp: Option<String>,
}

/// Every sign in the use of a consent.
pub fn signs(seen: &Use, thresholds: &Thresholds) -> Vec<Sign> {
    let mut found = Vec::new();
    if let Some(at) = seen.passed_at.iter().find(|at| thresholds.night.contain(**at)) {
        found.push(Sign::AtNight { at: *at });
    }
    let usual = usual(&seen.days_before);
    if usual > 0 && seen.today >= thresholds.calls_min && seen.today >= usual.saturating_mul(thresholds.times_usual) {
        found.push(Sign::Volume { today: seen.today, usual });
    }
    if let Some(gsp) = &seen.new_gsp {
        found.push(Sign::NewGsp { gsp: gsp.clone() });
    }
    if let (Some(before), Some(first)) = (seen.before, seen.passed_at.first()) {
        let days = u16::try_from(first.duration_since(before).as_hours() / 24).unwrap_or(0);
        if days >= thresholds.sleep_days {
            found.push(Sign::AfterSleep { days });
        }
    }
    if let Some(before) = seen.networks_before.last()
        && let Some(now) = seen.networks.iter().find(|network| !seen.networks_before.contains(network))
    {
        found.push(Sign::NewNetwork { before: before.clone(), now: now.clone() });
    }
    found
}

/// The middle of the days that had calls: one busy day does not make the next one usual.
fn usual(days: &[u32]) -> u32 {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// Whether a sign is told now: not while the same rule told one lately, and never again once the taxpayer said that it is
/// fine. Another network than the one that was fine is another sign.
pub fn is_told(sign: &Sign, last: Option<(&Sign, Timestamp, bool)>, thresholds: &Thresholds, now: Timestamp) -> bool {
    let Some((before, at, fine)) = last else { return true };
    match (fine, sign.rule()) {
        (true, Rule::NewNetwork) => before != sign,
        (true, _) => false,
        (false, _) => now >= at + thresholds.quiet_for,
    }
}

/// The network of an address: the first 16 bits of an IPv4 address, the first 32 of an IPv6 one; `None` where the text is
/// no address.
pub fn network(address: &str) -> Option<String> {
    match address.trim().parse().ok()? {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            Some(format!("{first}.{second}.0.0/16"))
        }
        IpAddr::V6(address) => {
            if let Some(address) = address.to_ipv4_mapped() {
                return network(&address.to_string());
            }
            let [first, second, ..] = address.segments();
            Some(format!("{first:x}:{second:x}::/32"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("moment")
    }

    const NOON: &str = "2026-11-25T12:00:00+05:30";

    type Change = fn(&mut Use);

    #[test]
    fn each_rule_sees_its_sign_and_usual_use_has_none() {
        let table: [(&str, Change, Option<Sign>); 11] = [
            ("usual", |_| {}, None),
            (
                "at night",
                |seen| seen.passed_at.push(at("2026-11-25T23:30:00+05:30")),
                Some(Sign::AtNight { at: at("2026-11-25T23:30:00+05:30") }),
            ),
            ("ten times as many", |seen| seen.today = 300, Some(Sign::Volume { today: 300, usual: 30 })),
            ("nine times as many", |seen| seen.today = 299, None),
            ("ten times a handful", |seen| (seen.today, seen.days_before) = (199, vec![3, 3, 3]), None),
            ("many on the first day", |seen| (seen.today, seen.days_before) = (900, Vec::new()), None),
            ("a new GSP", |seen| seen.new_gsp = Some("Vayu".into()), Some(Sign::NewGsp { gsp: "Vayu".into() })),
            (
                "a long sleep",
                |seen| seen.before = Some(at("2026-11-11T12:00:00+05:30")),
                Some(Sign::AfterSleep { days: 14 }),
            ),
            ("a shorter sleep", |seen| seen.before = Some(at("2026-11-11T12:00:01+05:30")), None),
            (
                "another network",
                |seen| seen.networks.push("198.51.0.0/16".into()),
                Some(Sign::NewNetwork { before: "203.0.0.0/16".into(), now: "198.51.0.0/16".into() }),
            ),
            ("the first network", |seen| seen.networks_before.clear(), None),
        ];
        for (what, change, expected) in table {
            let mut seen = Use {
                passed_at: vec![at(NOON)],
                before: Some(at("2026-11-24T12:00:00+05:30")),
                today: 40,
                days_before: vec![10, 30, 4_000],
                networks_before: vec!["203.0.0.0/16".into()],
                networks: vec!["203.0.0.0/16".into()],
                new_gsp: None,
            };
            change(&mut seen);
            assert_eq!(signs(&seen, &Thresholds::default()), Vec::from_iter(expected), "{what}");
        }
    }

    #[test]
    fn a_sign_is_told_once_a_week_and_not_again_once_it_is_fine() {
        let thresholds = Thresholds::default();
        let night = Sign::AtNight { at: at(NOON) };
        let network = |now: &str| Sign::NewNetwork { before: "1.1.0.0/16".into(), now: now.into() };
        let (told_at, week_later) = (at("2026-11-01T00:00:00Z"), at("2026-11-08T00:00:00Z"));
        let told =
            |sign: &Sign, before: &Sign, fine, now| is_told(sign, Some((before, told_at, fine)), &thresholds, now);
        assert!(is_told(&night, None, &thresholds, told_at));
        assert!(!told(&night, &night, false, week_later - SignedDuration::from_secs(1)));
        assert!(told(&night, &night, false, week_later));
        assert!(!told(&night, &night, true, week_later));
        assert!(!told(&network("2.2.0.0/16"), &network("2.2.0.0/16"), true, week_later));
        assert!(told(&network("3.3.0.0/16"), &network("2.2.0.0/16"), true, told_at));
    }

    #[test]
    fn a_network_is_the_front_of_an_address() {
        for (address, expected) in [
            ("203.0.113.9", Some("203.0.0.0/16")),
            (" 203.0.113.9 ", Some("203.0.0.0/16")),
            ("2001:db8:1:2::3", Some("2001:db8::/32")),
            ("::ffff:203.0.113.9", Some("203.0.0.0/16")),
            ("203.0.113", None),
            ("localhost", None),
            ("", None),
        ] {
            assert_eq!(network(address).as_deref(), expected, "{address}");
        }
    }
}
