//! Which optional alerts a person does not want, and by which road.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alert::{AlertKind, Channel};

/// What a person chose. Without a choice everything is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// What is not told, and by which road.
    unwanted: BTreeSet<(AlertKind, Channel)>,
}

impl Preference {
    /// Everything is told but what is optional and not among these.
    pub fn wanting(wanted: &BTreeSet<(AlertKind, Channel)>) -> Self {
        let optional = AlertKind::ALL.iter().filter(|kind| kind.is_optional());
        let all = optional.flat_map(|kind| Channel::ALL.map(|channel| (*kind, channel)));
        Self { unwanted: all.filter(|one| !wanted.contains(one)).collect() }
    }

    /// Whether an alert is told by a road.
    pub fn wants(&self, kind: AlertKind, channel: Channel) -> bool {
        !kind.is_optional() || !self.unwanted.contains(&(kind, channel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_switched_off_is_told_whatever_was_chosen() {
        let nothing = Preference::wanting(&BTreeSet::new());
        let forged: Preference =
            serde_json::from_str(r#"{"unwanted":[["consent_given","email"],["frozen","sms"]]}"#).expect("preference");
        for kind in AlertKind::ALL {
            for channel in Channel::ALL {
                assert_eq!(nothing.wants(*kind, channel), !kind.is_optional(), "{kind:?}");
                assert!(forged.wants(*kind, channel), "{kind:?}");
            }
        }
        for kind in [
            AlertKind::ConsentGiven,
            AlertKind::ConsentEnded,
            AlertKind::AspBlocked,
            AlertKind::Frozen,
            AlertKind::ContactChanged,
        ] {
            assert!(!kind.is_optional(), "{kind:?}");
        }
    }

    #[test]
    fn each_road_is_chosen_by_itself() {
        let wanted = BTreeSet::from([(AlertKind::NearExpiry, Channel::Sms)]);
        let preference = Preference::wanting(&wanted);
        assert!(preference.wants(AlertKind::NearExpiry, Channel::Sms));
        assert!(!preference.wants(AlertKind::NearExpiry, Channel::Email));
        assert!(Preference::default().wants(AlertKind::NearExpiry, Channel::Email));
    }
}
