//! What one report says, out of whatever form it came in.

use app::model::{
    id::DeliveryId,
    report::{Reason, Report, Verdict},
};

/// Reports in one body.
pub const REPORTS_MAX: usize = 500;

/// By what a report names a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By the gateway's own reference, which it gave when it took the message over.
    Theirs(String),
    /// By ours, which it was sent with.
    Ours(DeliveryId),
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// About which message.
    pub about: Named,
    /// What it says; `None` where it is not the last word: submitted, delayed, or a state that nobody knows.
    pub report: Option<Report>,
    /// That state, as a log may hold it.
    pub unknown: Option<String>,
}

/// What a gateway's word for a state means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// This is the end.
    End(Verdict),
    /// It is on its way.
    NotYet,
    /// Nobody knows.
    Nothing,
}

/// Characters of an unknown word that a log holds.
const WORD_MAX: usize = 24;
/// Digits in it, at most; with more it might be somebody's number, or an OTP.
const DIGITS_MAX: usize = 4;

/// An unknown word as a log may hold it: a field that is named wrongly may hold a number, an address or a text.
fn shown(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_ ".contains(c);
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if word.len() > WORD_MAX || digits > DIGITS_MAX || !word.chars().all(is_plain) {
        return format!("({} characters that are no word)", word.chars().count());
    }
    word.to_owned()
}

/// What could be read of a body, and how much could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// What could.
    pub said: Vec<T>,
    /// How many could not.
    pub unreadable: usize,
}

impl<T> Read<T> {
    /// Of these: one that cannot be read takes no other with it. A gateway that is refused sends the same once more, and would
    /// for ever.
    ///
    /// # Errors
    /// [`Unreadable`] where none of them can be read.
    pub fn of(each: impl IntoIterator<Item = Result<T, Unreadable>>) -> Result<Self, Unreadable> {
        let (mut read, mut why) = (Self { said: Vec::new(), unreadable: 0 }, None);
        for one in each {
            match one {
                Ok(said) => read.said.push(said),
                Err(unreadable) => {
                    read.unreadable += 1;
                    why = Some(unreadable);
                }
            }
        }
        why.filter(|_| read.said.is_empty()).map_or(Ok(read), Err)
    }
}

/// A body that is no report in this gateway's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is in no form that is known.
    #[error("it is neither JSON nor a form")]
    Form,
    /// Something that every report has is missing.
    #[error("it names no message or no state")]
    Missing,
    /// There are more reports in it than may be.
    #[error("there are more than {REPORTS_MAX} reports in it")]
    TooMany,
}

/// What gateways mean by their words for a failure. Only what helps a person is told from the rest.
pub(super) fn reason(words: &str) -> Option<Reason> {
    let words = words.to_ascii_uppercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if says(&["ABSENT", "UNREACH", "SWITCHED OFF", "EXPIRED", "MEMORY"]) {
        Some(Reason::Unreachable)
    } else if says(&["DND", "NDNC", "BLOCK", "BARRED", "REJECT", "SPAM", "DLT"]) {
        Some(Reason::Refused)
    } else if says(&["UNKNOWN_SUBSCRIBER", "UNKNOWN SUBSCRIBER", "INVALID"]) {
        Some(Reason::NoSuchRecipient)
    } else {
        None
    }
}

impl Said {
    /// A report with its reason; one that arrived needs none. `state` is the word that means that.
    pub(super) fn new(about: Named, means: Means, state: &str, words: &str) -> Self {
        let verdict = if let Means::End(verdict) = means { Some(verdict) } else { None };
        let unknown = (means == Means::Nothing).then(|| shown(state.trim()));
        let reason = |verdict| match verdict {
            Verdict::Delivered => None,
            Verdict::Expired => Some(Reason::Unreachable),
            Verdict::Failed => reason(words),
        };
        Self { about, report: verdict.map(|verdict| Report { verdict, reason: reason(verdict) }), unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_unknown_word_a_log_holds_only_what_is_a_word() {
        for word in ["HANDSET_BUSY", "ERR-27", "Sent to SMSC"] {
            assert_eq!(shown(word), word);
        }
        for other in ["919876543243", "asha@example.in", "123456 is the OTP", "आया", "x\ny", &"X".repeat(25)] {
            assert!(shown(other).ends_with("characters that are no word)"), "{other}");
        }
    }

    #[test]
    fn reasons_are_told_from_words() {
        for (words, wanted) in [
            ("ABSENT_SUBSCRIBER", Some(Reason::Unreachable)),
            ("NDNC number", Some(Reason::Refused)),
            ("Unknown_Subscriber", Some(Reason::NoSuchRecipient)),
            ("something else", None),
        ] {
            assert_eq!(reason(words), wanted, "{words}");
        }
    }
}
