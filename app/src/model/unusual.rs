//! Unusual use: simple signs, each with the numbers that a person needs to judge it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
