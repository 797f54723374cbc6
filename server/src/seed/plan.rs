//! How much is made, and how consents fall to taxpayers: most have few, some have many.

use app::model::Timestamp;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Taxpayers.
    pub taxpayers: u64,
    /// Consents, over all of them.
    pub consents: u64,
    /// The same seed makes the same data.
    pub seed: u64,
    /// The present: lives are cut off here.
    pub now: Timestamp,
    /// Alerts, deliveries, attempts and calls from before are past their retention, and are not made.
    pub logs_since: Option<Timestamp>,
}

/// In each run of so many taxpayers, one with so many times the consents of most: accountants' clients, large firms.
const BUSY: [(u64, u64); 2] = [(10, 4), (200, 40)];

impl Plan {
    /// The consents of the n-th taxpayer. Over all taxpayers they come to exactly what was asked for.
    pub fn consents_of(&self, n: u64) -> u64 {
        self.consents_before(n + 1) - self.consents_before(n)
    }

    fn consents_before(&self, n: u64) -> u64 {
        let share =
            u128::from(self.consents) * u128::from(weight_before(n)) / u128::from(weight_before(self.taxpayers));
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

fn weight_before(n: u64) -> u64 {
    n + BUSY.iter().map(|(every, times)| n / every * (times - 1)).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_consent_falls_to_one_taxpayer_and_some_have_many() {
        for (taxpayers, consents) in [(1, 1), (7, 100), (1_000, 10_000), (10_000, 3)] {
            let plan = Plan { taxpayers, consents, seed: 1, now: Timestamp::UNIX_EPOCH, logs_since: None };
            let all: Vec<_> = (0..taxpayers).map(|n| plan.consents_of(n)).collect();
            assert_eq!(all.iter().sum::<u64>(), consents);
            assert!(taxpayers < 1_000 || consents < taxpayers || all.iter().max() >= Some(&100));
        }
    }
}
