//! The file of templates, and everything that is wrong with one before it harms: each kind in each language is there, and
//! no value can be one that its text does not take.

use std::collections::BTreeMap;

use app::model::language::Language;
use serde::{Deserialize, Serialize};

use super::{SEGMENTS_MAX, Shape, SmsKind, SmsTemplate, Value, draft, values};
use crate::alerts::{segments, text};

/// The categories of registration that messages of ours can have.
const CATEGORIES: [&str; 3] = ["Service-Implicit", "Service-Explicit", "Transactional"];
/// A value is never longer; widely said, and confirmed by no operator's document, so that a file can say fewer or more.
const CHARACTERS_MAX: std::ops::RangeInclusive<usize> = 16..=40;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The most characters of a value.
    value_characters_max: usize,
    /// Literal addresses of the web that were registered.
    urls: Vec<String>,
    /// Where an SMS goes that ends a consent.
    inbound_number: String,
    templates: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: SmsKind,
    language: Language,
    version: u32,
    entity_id: String,
    header: String,
    template_id: String,
    category: String,
    text: String,
    values: Vec<Value>,
}

/// Every template that is in use.
#[derive(Debug, Clone)]
pub struct SmsTemplates {
    /// By kind, then by language, both in their own order.
    templates: Vec<SmsTemplate>,
    /// The most characters of a value, and so of a short name.
    pub value_characters_max: usize,
    /// Where an SMS goes that ends a consent.
    pub inbound_number: String,
}

/// Why templates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the SMS templates cannot be used: {0}")]
pub struct BadTemplates(String);

fn wrong<T>(what: String) -> Result<T, BadTemplates> {
    Err(BadTemplates(what))
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl SmsTemplates {
    /// The drafts, under ids that stand in until the operators give theirs.
    ///
    /// # Errors
    /// Never, as a test shows.
    pub fn draft() -> Result<Self, BadTemplates> {
        Self::of_file(File::draft())
    }

    /// The drafts as the file that they become once the operators' ids stand in it.
    ///
    /// # Errors
    /// Never: all of it can be written.
    pub fn draft_file() -> Result<String, BadTemplates> {
        serde_json::to_string_pretty(&File::draft()).map_err(|error| BadTemplates(error.to_string()))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`BadTemplates`] says in one sentence what is wrong, and with which template.
    pub fn parse(text: &str) -> Result<Self, BadTemplates> {
        Self::of_file(serde_json::from_str(text).map_err(|error| BadTemplates(error.to_string()))?)
    }

    fn of_file(file: File) -> Result<Self, BadTemplates> {
        if !CHARACTERS_MAX.contains(&file.value_characters_max) {
            let (least, most) = (CHARACTERS_MAX.start(), CHARACTERS_MAX.end());
            return wrong(format!("value_characters_max is not between {least} and {most}"));
        }
        let digits = file.inbound_number.len();
        if !(3..=13).contains(&digits) || !is_digits(&file.inbound_number, digits) {
            return wrong("inbound_number is no number of 3 to 13 digits".into());
        }
        let mut found: BTreeMap<(SmsKind, Language), SmsTemplate> = BTreeMap::new();
        let mut seen = Vec::new();
        // A file may be ahead of this version: what it registers in a language without words waits for them.
        for entry in file.templates.into_iter().filter(|entry| text::speaks(entry.language)) {
            let key = (entry.kind, entry.language);
            if seen.contains(&(key, entry.version)) {
                return wrong(format!("{} in {} has version {} twice", key.0, key.1.tag(), entry.version));
            }
            seen.push((key, entry.version));
            let template = entry.checked(&file.urls, file.value_characters_max)?;
            if found.get(&key).is_none_or(|known| known.version < template.version) {
                found.insert(key, template);
            }
        }
        let mut templates = Vec::new();
        for kind in SmsKind::all() {
            for language in text::spoken() {
                match found.remove(&(kind, language)) {
                    Some(template) => templates.push(template),
                    None => return wrong(format!("there is none for {kind} in {}", language.tag())),
                }
            }
        }
        Ok(Self { templates, value_characters_max: file.value_characters_max, inbound_number: file.inbound_number })
    }

    /// All in use.
    pub fn all(&self) -> &[SmsTemplate] {
        &self.templates
    }

    /// The template of a kind in the language that somebody is written to in.
    pub(in crate::alerts) fn of(&self, kind: SmsKind, language: Language) -> &SmsTemplate {
        let language = text::written_to(language);
        let found = self.templates.iter().find(|one| one.kind == kind && one.language == language);
        found.expect("a file without one of these is not read")
    }

    /// Whether a short name fits its variable, and leaves an English SMS in the alphabet that its length was counted in.
    pub fn takes_short_name(&self, name: &str) -> bool {
        (1..=self.value_characters_max).contains(&name.chars().count())
            && !name.chars().any(char::is_control)
            && segments::is_gsm7(name)
    }
}

impl File {
    /// The drafts.
    fn draft() -> Self {
        let numbered = |(place, language)| SmsKind::all().enumerate().map(move |kind| ((place, language), kind));
        let template = |((place, language), (number, kind))| {
            let (text, values) = text::draft(language, kind).registered();
            Entry {
                kind,
                language,
                version: 1,
                entity_id: "1001000000000000001".into(),
                header: "GSTNIN".into(),
                template_id: draft::stand_in_id(place, number),
                category: "Service-Implicit".into(),
                text,
                values,
            }
        };
        let spoken = Language::ALL.into_iter().enumerate().filter(|(_, language)| text::speaks(*language));
        Self {
            value_characters_max: 30,
            urls: vec!["gst.gov.in".into()],
            inbound_number: "5600000".into(),
            templates: spoken.flat_map(numbered).map(template).collect(),
        }
    }
}

impl Entry {
    fn checked(self, urls: &[String], characters_max: usize) -> Result<SmsTemplate, BadTemplates> {
        let name = format!("{} in {}", self.kind, self.language.tag());
        let bad = |what: String| wrong(format!("{name}: {what}"));
        if !is_digits(&self.entity_id, 19) || !is_digits(&self.template_id, 19) {
            return bad("entity_id and template_id have 19 digits each".into());
        }
        if self.header.len() != 6 || !self.header.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return bad(format!("the header {:?} has not six letters", self.header));
        }
        if !CATEGORIES.contains(&self.category.as_str()) {
            return bad(format!("the category {:?} is none of {}", self.category, CATEGORIES.join(", ")));
        }
        let shape = match Shape::parse(&self.text) {
            Ok(shape) => shape,
            Err(what) => return bad(what),
        };
        if let Some(url) = urls_in(&self.text).find(|url| !urls.iter().any(|known| known == url)) {
            return bad(format!("the address {url} in its text is not among urls"));
        }
        if shape.parts.len() != self.values.len() {
            let (variables, values) = (shape.parts.len(), self.values.len());
            return bad(format!("its text has {variables} variables, but it names {values} values"));
        }
        let (needed, more) = values::of_kind(self.kind);
        if let Some(missing) = needed.iter().find(|value| !self.values.contains(value)) {
            return bad(format!("it does not name {missing:?}, which this kind has to tell"));
        }
        for (place, (value, (_, tag))) in self.values.iter().zip(&shape.parts).enumerate() {
            if !needed.contains(value) && !more.contains(value) {
                return bad(format!("this kind has no {value:?}"));
            }
            if value.tag() != *tag {
                return bad(format!(
                    "variable {} is {{#{}#}}, but {value:?} needs {{#{}#}}",
                    place + 1,
                    tag.name(),
                    value.tag().name()
                ));
            }
            let longest = value.longest(self.language, characters_max);
            if !tag.fits(&longest, characters_max) {
                return bad(format!("{value:?} can be {longest:?}, which is longer than {characters_max} characters"));
            }
        }
        let Self { kind, language, version, entity_id, header, template_id, category, text, values } = self;
        let template = SmsTemplate {
            kind,
            language,
            version,
            entity_id,
            header,
            template_id,
            category,
            text,
            values,
            shape,
            characters_max,
        };
        let segments = template.longest_size().segments;
        if segments > SEGMENTS_MAX {
            return wrong(format!("{name}: at its longest it takes {segments} parts, more than {SEGMENTS_MAX}"));
        }
        Ok(template)
    }
}

impl SmsTemplate {
    /// How it is sent at its longest.
    pub fn longest_size(&self) -> segments::Size {
        let mut longest = String::new();
        for ((before, _), value) in self.shape.parts.iter().zip(&self.values) {
            longest.push_str(before);
            longest.push_str(&value.longest(self.language, self.characters_max));
        }
        longest.push_str(&self.shape.end);
        segments::size(&longest)
    }
}

/// What reads like an address of the web: with a scheme, or labels joined by dots of which the last is of letters.
fn urls_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "{}#()<>,;\"'“”".contains(c))
        .map(|word| word.trim_end_matches(['.', ':', '!', '?', '-']))
        .filter(|word| word.contains("://") || is_host(word))
}

fn is_host(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or(word);
    let labels: Vec<_> = host.split('.').collect();
    let ends_in_letters =
        labels.last().is_some_and(|last| last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let plain =
        |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    labels.len() >= 2 && ends_in_letters && labels.iter().all(plain)
}
