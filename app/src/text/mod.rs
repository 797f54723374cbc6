//! The message catalogue: every word of the screen, a file a language. A missing message does not compile.
#![expect(missing_docs, reason = "a message's name and its English text say what it is")]

pub mod control;
pub mod documents;
mod en;
mod hi;
mod shape;
#[cfg(test)]
mod tests;
pub mod words;

pub use shape::{
    AccessText, Alerts, AlertsText, ConsentText, Deeds, Frame, Notice, ProblemText, ReceiptText, RevokeText, Text,
    Words,
};

use crate::model::language::Language;

/// The catalogue of a language.
pub fn of(language: Language) -> &'static Text {
    match language {
        Language::En => &en::TEXT,
        Language::Hi => &hi::TEXT,
    }
}

/// The catalogue of the language that this request, or this browser page, speaks.
pub(crate) fn use_text() -> &'static Text {
    of(leptos::prelude::use_context::<Language>().unwrap_or_default())
}
