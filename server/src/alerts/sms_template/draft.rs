//! The texts to register with the operators, as a language's file writes them: with the name of each value where it goes.
//! A name that is none does not compile.

use super::Value;

/// A text to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft(&'static str);

/// A [`Draft`], checked where it is compiled: `sms!("GSTIN {gstin}: …")`.
macro_rules! sms {
    ($text:literal) => {
        const { $crate::alerts::sms_template::Draft::checked($text) }
    };
}
pub(in crate::alerts) use sms;

impl Draft {
    /// The text, if each name in braces is a value's.
    ///
    /// # Panics
    /// Where one is not: while compiling, as `sms!` calls it.
    pub(in crate::alerts) const fn checked(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'{' {
                let begin = at + 1;
                while at < bytes.len() && bytes[at] != b'}' {
                    at += 1;
                }
                assert!(at < bytes.len(), "a brace is not closed");
                assert!(is_named(bytes, begin, at), "a name in braces is no value's");
            }
            at += 1;
        }
        Self(text)
    }

    /// The text with its variables as operators write them, and the values that fill them.
    pub(super) fn registered(self) -> (String, Vec<Value>) {
        let (mut text, mut values, mut rest) = (String::new(), Vec::new(), self.0);
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, from_name)| Some((before, from_name.split_once('}')?)))
        {
            let value = Value::ALL.into_iter().find(|value| value.name() == name);
            text += before;
            text.extend(value.map(|value| format!("{{#{}#}}", value.tag().name())));
            values.extend(value);
            rest = after;
        }
        (text + rest, values)
    }
}

/// Whether a part of a text is a value's name.
const fn is_named(text: &[u8], from: usize, until: usize) -> bool {
    let mut which = 0;
    while which < Value::ALL.len() {
        let name = Value::ALL[which].name().as_bytes();
        let mut same = 0;
        if name.len() == until - from {
            while same < name.len() && name[same] == text[from + same] {
                same += 1;
            }
            if same == name.len() {
                return true;
            }
        }
        which += 1;
    }
    false
}

/// The id that stands in until the operators give one: 19 digits that name the language and the kind.
pub(super) fn stand_in_id(language: usize, kind: usize) -> String {
    format!("1007{:013}{:02}", language + 1, kind + 1)
}
