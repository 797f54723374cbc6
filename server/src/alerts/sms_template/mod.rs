//! SMS templates as registered with the operators (DLT): an SMS that differs by a character is dropped silently, so each
//! is checked before it is sent, and all that could not pass is refused at start-up.

mod draft;
mod file;
mod kind;
mod table;
mod values;

use app::model::language::Language;

pub(in crate::alerts) use self::draft::sms;
pub(super) use self::values::{of_alert, of_contact_code, of_otp};
pub use self::{
    draft::Draft,
    file::{BadTemplates, SmsTemplates},
    kind::SmsKind,
    table::Row,
    values::Value,
};
use super::segments;

/// The most parts that operators join again on every telephone.
pub const SEGMENTS_MAX: usize = 10;

/// What a variable of a registered text takes (TRAI direction of 18 November 2025).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Digits.
    Numeric,
    /// Any text.
    Alphanumeric,
    /// An address of the web.
    Url,
    /// A short address of the web.
    UrlOtt,
    /// A number to call or to write to.
    Cbn,
    /// An e-mail address.
    Email,
}

impl Tag {
    /// Every tag, as the text writes it.
    const ALL: [(Self, &str); 6] = [
        (Self::Numeric, "numeric"),
        (Self::Alphanumeric, "alphanumeric"),
        (Self::Url, "url"),
        (Self::UrlOtt, "urlott"),
        (Self::Cbn, "cbn"),
        (Self::Email, "email"),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(tag, _)| tag)
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(tag, _)| *tag == self).map_or("", |(_, name)| name)
    }

    /// Whether a variable of this tag takes a character.
    fn takes(self, c: char) -> bool {
        match self {
            Self::Numeric => c.is_ascii_digit(),
            Self::Cbn => c.is_ascii_digit() || c == '+' || c == '-',
            Self::Alphanumeric => !c.is_control(),
            Self::Url | Self::UrlOtt | Self::Email => c.is_ascii_graphic(),
        }
    }

    fn fits(self, value: &str, characters_max: usize) -> bool {
        (1..=characters_max).contains(&value.chars().count()) && value.chars().all(|c| self.takes(c))
    }
}

/// A registered text in its parts: before, between and after its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    /// The words before each variable, and that variable.
    parts: Vec<(String, Tag)>,
    /// The words after the last.
    end: String,
}

/// A registered template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsTemplate {
    /// What it tells.
    pub kind: SmsKind,
    /// In which language.
    pub language: Language,
    /// Which registration of this kind and language; the highest is used.
    pub version: u32,
    /// Of the principal entity: 19 digits.
    pub entity_id: String,
    /// The sender's six letters.
    pub header: String,
    /// Of the template: 19 digits.
    pub template_id: String,
    /// The category it was registered in.
    pub category: String,
    /// The text with tagged variables.
    pub text: String,
    /// What its variables are filled with, in their order.
    pub values: Vec<Value>,
    shape: Shape,
    characters_max: usize,
}

/// A filled SMS that an operator would drop: an operator's matter, so it is worth trying again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSms {
    /// More or fewer values than variables.
    #[error("SMS template {template_id} has {variables} variables, {values} values were given")]
    Count {
        /// Which template.
        template_id: String,
        /// Variables in its text.
        variables: usize,
        /// Values given.
        values: usize,
    },
    /// A value that the operator would refuse.
    #[error("SMS template {template_id}: value {place} is no {tag} of 1 to {characters_max} characters")]
    Value {
        /// Which template.
        template_id: String,
        /// Which value, from 1.
        place: usize,
        /// What the variable takes.
        tag: &'static str,
        /// The most characters of a value.
        characters_max: usize,
    },
    /// The filled text is not the registered one.
    #[error("SMS template {template_id}: the filled text does not match the registered one")]
    Differs {
        /// Which template.
        template_id: String,
    },
    /// More parts than arrive whole.
    #[error("SMS template {template_id}: the filled text takes {segments} parts, more than {SEGMENTS_MAX}")]
    TooLong {
        /// Which template.
        template_id: String,
        /// The parts.
        segments: usize,
    },
}

impl SmsTemplate {
    /// The text with its variables filled, in their order, after every check that an operator makes.
    ///
    /// # Errors
    /// [`BadSms`] says which check failed.
    pub fn fill(&self, values: &[String]) -> Result<String, BadSms> {
        let (template_id, variables) = (self.template_id.clone(), self.shape.parts.len());
        if variables != values.len() {
            return Err(BadSms::Count { template_id, variables, values: values.len() });
        }
        let mut filled = String::with_capacity(self.text.len());
        for (place, ((before, tag), value)) in self.shape.parts.iter().zip(values).enumerate() {
            if !tag.fits(value, self.characters_max) {
                let (tag, characters_max) = (tag.name(), self.characters_max);
                return Err(BadSms::Value { template_id, place: place + 1, tag, characters_max });
            }
            filled.push_str(before);
            filled.push_str(value);
        }
        filled.push_str(&self.shape.end);
        if !self.matches(&filled) {
            return Err(BadSms::Differs { template_id });
        }
        let segments = segments::size(&filled).segments;
        if segments > SEGMENTS_MAX {
            return Err(BadSms::TooLong { template_id, segments });
        }
        Ok(filled)
    }

    /// Whether a text is this template with some values, as an operator finds out: character by character outside the
    /// variables, and by tag and length within them.
    pub fn matches(&self, text: &str) -> bool {
        let mut ends_at = vec![0];
        let mut tag = None;
        let words = self.shape.parts.iter().map(|(before, tag)| (before.as_str(), Some(*tag)));
        for (literal, next) in words.chain([(self.shape.end.as_str(), None)]) {
            let mut reached = Vec::new();
            for from in ends_at {
                for begins_at in self.ends_of_value(text, from, tag) {
                    let after = begins_at + literal.len();
                    if text[begins_at..].starts_with(literal) && !reached.contains(&after) {
                        reached.push(after);
                    }
                }
            }
            (ends_at, tag) = (reached, next);
        }
        ends_at.contains(&text.len())
    }

    /// Where a value that begins there may end; there itself, where there is no variable.
    fn ends_of_value(&self, text: &str, from: usize, tag: Option<Tag>) -> Vec<usize> {
        let Some(tag) = tag else { return vec![from] };
        let fitting = text[from..].char_indices().take(self.characters_max).take_while(|(_, c)| tag.takes(*c));
        fitting.map(|(at, c)| from + at + c.len_utf8()).collect()
    }
}

impl Shape {
    /// Takes a registered text apart.
    fn parse(text: &str) -> Result<Self, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, from_tag)) = rest.split_once("{#") {
            let Some((name, after)) = from_tag.split_once("#}") else {
                return Err("a variable that begins with {# has no end".into());
            };
            let Some(tag) = Tag::named(name) else {
                let known = Tag::ALL.map(|(_, name)| format!("{{#{name}#}}")).join(" ");
                return Err(format!("{{#{name}#}} is no variable that may be registered; there are {known}"));
            };
            parts.push((before.to_owned(), tag));
            rest = after;
        }
        Ok(Self { parts, end: rest.to_owned() })
    }
}

#[cfg(test)]
mod tests;
