//! The message catalogue: every word of the screen, a file a language in `languages`. A missing message does not compile.
#![expect(missing_docs, reason = "a message's name and its English text say what it is")]

pub mod control;
pub mod documents;
mod shape;
#[cfg(test)]
mod tests;
pub mod words;

pub use shape::{
    AccessText, Alerts, AlertsText, ConsentText, Deeds, Frame, Notice, ProblemText, ReceiptText, RevokeText, Text,
    Words,
};

use self::shape::Text as Catalogue;
use crate::model::language::Language;

include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// The languages that the screen speaks.
pub fn spoken() -> impl Iterator<Item = Language> {
    Language::ALL.into_iter().filter(|language| speaks(*language))
}

/// Whether the screen speaks a language.
pub fn speaks(language: Language) -> bool {
    words_in(language).is_some()
}

/// The language that a tag asks for, if the screen speaks it.
pub fn asked(tag: &str) -> Option<Language> {
    Language::from_tag(tag).filter(|language| speaks(*language))
}

/// The catalogue of a language; the English one where the screen does not speak it.
pub fn of(language: Language) -> &'static Text {
    words_in(language).unwrap_or(&en::WORDS)
}

/// The catalogue of the language that this request, or this browser page, speaks.
pub(crate) fn use_text() -> &'static Text {
    of(leptos::prelude::use_context::<Language>().unwrap_or_default())
}
