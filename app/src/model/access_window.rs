//! The "Manage API Access" setting: whether ASPs may ask at all, and for how long a consent then holds.

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
