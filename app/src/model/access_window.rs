//! The "Manage API Access" setting: whether ASPs may ask at all, and for how long a consent then holds.

use std::{fmt, str::FromStr};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::gstin::Gstin;

/// The shortest access window that the portal offers, in minutes (6 hours).
pub const MINUTES_MIN: i64 = 6 * 60;
/// The longest access window that the portal offers, in minutes (30 days).
pub const MINUTES_MAX: i64 = 30 * 24 * 60;

/// A duration outside 6 hours to 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("API access lasts from 6 hours to 30 days")]
pub struct BadDuration;

/// A taxpayer's access window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessWindow {
    /// Whose it is.
    pub gstin: Gstin,
    /// Whether ASPs may ask for consent.
    pub enabled: bool,
    minutes: i64,
    /// Counts the changes; guards an update against a racing one.
    pub version: i64,
}

impl AccessWindow {
    /// A window of so many minutes.
    ///
    /// # Errors
    /// [`BadDuration`] outside [`MINUTES_MIN`]`..=`[`MINUTES_MAX`].
    pub fn new(gstin: Gstin, enabled: bool, minutes: i64, version: i64) -> Result<Self, BadDuration> {
        if (MINUTES_MIN..=MINUTES_MAX).contains(&minutes) {
            Ok(Self { gstin, enabled, minutes, version })
        } else {
            Err(BadDuration)
        }
    }

    /// How long a consent given now holds.
    pub fn duration(&self) -> SignedDuration {
        SignedDuration::from_mins(self.minutes)
    }

    /// The same, in minutes.
    pub fn minutes(&self) -> i64 {
        self.minutes
    }
}

/// The most durations that can be offered: a list that a person can read.
pub const STEPS_MAX: usize = 24;

/// Durations that cannot be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the durations of API access are hours from 6 to 720, each longer than the one before, at most 24 of them, as in \
     6,12,24,72,168,360,720"
)]
pub struct BadSteps;

/// The durations that a taxpayer may choose among, the shortest first; there is always one. GSTN publishes only the first
/// and the last of its own. Written and read as hours: `6,12,24`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowSteps(Vec<i64>);

impl WindowSteps {
    /// The durations, in minutes.
    pub fn minutes(&self) -> &[i64] {
        &self.0
    }
}

impl Default for WindowSteps {
    /// 6 and 12 hours, 1, 3, 7, 15 and 30 days.
    fn default() -> Self {
        Self([6, 12, 24, 3 * 24, 7 * 24, 15 * 24, 30 * 24].map(|hours| hours * 60).to_vec())
    }
}

impl FromStr for WindowSteps {
    type Err = BadSteps;

    fn from_str(text: &str) -> Result<Self, BadSteps> {
        let minutes = |hours: &str| hours.trim().parse::<i64>().ok()?.checked_mul(60);
        let steps: Vec<_> = text.split(',').map(minutes).collect::<Option<_>>().ok_or(BadSteps)?;
        let possible = steps.iter().all(|minutes| (MINUTES_MIN..=MINUTES_MAX).contains(minutes));
        let in_order = steps.windows(2).all(|two| two[0] < two[1]);
        if possible && in_order && steps.len() <= STEPS_MAX { Ok(Self(steps)) } else { Err(BadSteps) }
    }
}

impl fmt::Display for WindowSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours: Vec<_> = self.0.iter().map(|minutes| (minutes / 60).to_string()).collect();
        f.write_str(&hours.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_hours_in_order_and_within_the_bounds() {
        assert_eq!("6, 48,720".parse::<WindowSteps>().expect("steps").minutes(), [360, 2_880, 43_200]);
        let usual = WindowSteps::default();
        assert_eq!(usual.to_string().parse::<WindowSteps>(), Ok(usual));
        let many = (6..6 + 25).map(|hours: i64| hours.to_string()).collect::<Vec<_>>().join(",");
        for bad in ["", "5", "6,6", "12,6", "721", "6h", "6,,12", "-6", "9223372036854775807", many.as_str()] {
            assert_eq!(bad.parse::<WindowSteps>(), Err(BadSteps), "{bad}");
        }
    }
}
