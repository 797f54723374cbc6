//! The words of the mails, a file a language. Hindi is answered in English until its file is written here: a
//! translation of a security notice, and the DLT templates that must match it, want a native reader first.

mod en;

use app::model::language::Language;

use super::{message::OtpNotice, outbox::Notice};

/// A mail's content, before it becomes text and HTML.
#[derive(Debug)]
pub(super) struct Letter {
    /// The language it is really in, not the one that was asked for.
    pub(super) language: Language,
    pub(super) subject: String,
    pub(super) heading: String,
    pub(super) greeting: String,
    pub(super) lead: String,
    /// The OTP, in the one kind of letter that carries one.
    pub(super) code: Option<String>,
    /// Label and value.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) steps_title: String,
    pub(super) steps: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) footer: String,
}

pub(super) fn alert(language: Language, name: &str, notice: &Notice) -> Option<Letter> {
    match language {
        Language::En | Language::Hi => en::alert(name, notice),
    }
}

pub(super) fn otp(language: Language, name: &str, notice: &OtpNotice) -> Letter {
    match language {
        Language::En | Language::Hi => en::otp(name, notice),
    }
}

/// How long access is asked for, short enough for a DLT variable.
pub(super) fn span(language: Language, span: jiff::SignedDuration) -> String {
    match language {
        Language::En | Language::Hi => en::span(span),
    }
}
