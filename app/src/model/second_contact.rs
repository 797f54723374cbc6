//! A contact beside the signatory's own: one that the signatory named and that agreed, or one that was the signatory's before.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    gstin::Gstin,
    id::{ContactId, SignatoryId},
    language::Language,
};

/// How often the codes may be answered wrongly.
pub const CODE_TRIES_MAX: u8 = 5;

/// How long the codes hold: somebody else has to read them out.
pub const CODES_HOLD: SignedDuration = SignedDuration::from_mins(30);

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactRole {
    /// Gets a copy of each alert, once they agreed.
    Second,
    /// Was the signatory's address and number until they were changed; is told of that, and of nothing else.
    Former,
}

/// A contact without its address and number, which are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Whose alerts.
    pub gstin: Gstin,
    /// Ours.
    pub id: ContactId,
    /// The signatory who named it, or whose it was.
    pub signatory: SignatoryId,
    /// What it is.
    pub role: ContactRole,
    /// The person's name.
    pub name: String,
    /// The language of alerts.
    pub language: Language,
    /// Since when it is known.
    pub added_at: Timestamp,
    /// Wrong answers that are left.
    pub tries_left: u8,
    /// Since when it counts.
    pub confirmed_at: Option<Timestamp>,
    /// Since when it does not any more.
    pub removed_at: Option<Timestamp>,
    /// One more with each change.
    pub version: i64,
}

/// What an answer to the codes comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The contact counts from now on.
    Confirmed(Contact),
    /// A try is used up.
    Wrong(Contact),
    /// There is nothing to answer: it counts already, was removed, or its codes are over.
    Over,
}

impl Contact {
    /// Whether it gets a copy of each alert.
    pub fn counts(&self) -> bool {
        self.role == ContactRole::Second && self.confirmed_at.is_some() && self.removed_at.is_none()
    }

    /// Until when its codes can be answered.
    pub fn codes_expire_at(&self) -> Timestamp {
        self.added_at + CODES_HOLD
    }

    /// Whether its codes can be answered.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.role == ContactRole::Second
            && self.confirmed_at.is_none()
            && self.removed_at.is_none()
            && self.tries_left > 0
            && now < self.codes_expire_at()
    }

    /// After an answer.
    pub fn answered(&self, right: bool, now: Timestamp) -> Answer {
        if !self.waits(now) {
            return Answer::Over;
        }
        let next = Self { version: self.version + 1, ..self.clone() };
        if right {
            Answer::Confirmed(Self { confirmed_at: Some(now), ..next })
        } else {
            Answer::Wrong(Self { tries_left: self.tries_left - 1, ..next })
        }
    }

    /// Without a say from now on. Removing one that is removed changes nothing.
    pub fn removed(&self, now: Timestamp) -> Option<Self> {
        self.removed_at.is_none().then(|| Self { removed_at: Some(now), version: self.version + 1, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn asked() -> Contact {
        Contact {
            gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
            id: ContactId(Uuid::from_u128(1)),
            signatory: SignatoryId(Uuid::from_u128(2)),
            role: ContactRole::Second,
            name: "Ravi Iyer".into(),
            language: Language::En,
            added_at: Timestamp::UNIX_EPOCH,
            tries_left: CODE_TRIES_MAX,
            confirmed_at: None,
            removed_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_second_contact_counts_only_after_a_right_answer_in_time() {
        let (contact, soon) = (asked(), Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1));
        assert!(!contact.counts());
        let Answer::Confirmed(confirmed) = contact.answered(true, soon) else { panic!("right and in time") };
        assert!(confirmed.counts());
        assert_eq!(contact.answered(true, contact.codes_expire_at()), Answer::Over);
        assert_eq!(confirmed.answered(true, soon), Answer::Over);
    }

    #[test]
    fn five_wrong_answers_are_the_end() {
        let (mut contact, soon) = (asked(), Timestamp::UNIX_EPOCH);
        for _ in 0..CODE_TRIES_MAX {
            let Answer::Wrong(next) = contact.answered(false, soon) else { panic!("a try is left") };
            contact = next;
        }
        assert_eq!(contact.answered(true, soon), Answer::Over);
    }

    #[test]
    fn a_removed_contact_counts_no_more_and_cannot_come_back() {
        let soon = Timestamp::UNIX_EPOCH;
        let removed = asked().removed(soon).expect("removed");
        assert_eq!(removed.answered(true, soon), Answer::Over);
        assert!(!Contact { confirmed_at: Some(soon), ..removed.clone() }.counts());
        assert_eq!(removed.removed(soon), None);
    }

    #[test]
    fn a_former_contact_is_told_of_nothing_more() {
        let former = Contact { role: ContactRole::Former, confirmed_at: Some(Timestamp::UNIX_EPOCH), ..asked() };
        assert!(!former.counts() && !former.waits(Timestamp::UNIX_EPOCH));
    }
}
