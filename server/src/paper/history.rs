//! The history for people, in parts: a part is a document of its own, so that memory is bounded whatever a taxpayer has.

use app::{
    api::views::AccessRow,
    model::{Timestamp, filter::ConsentFilter, gstin::Gstin, ist, language::Language},
    text::{self, words},
};

use super::{
    NotWritten,
    fonts::Fonts,
    marks::About,
    sheets::{LABELS, LEAD, SMALL, Sheets, TITLE},
};

/// Shares of the width: ASP, GSP, given on, over since, status, calls.
const SHARES: [f32; 6] = [0.24, 0.18, 0.16, 0.16, 0.18, 0.08];

/// Some consents of a history, in its order.
pub struct Part<'a> {
    /// Whose.
    pub gstin: Gstin,
    /// The moment of reading.
    pub as_of: Timestamp,
    /// What was looked for.
    pub filter: &'a ConsentFilter,
    /// The rows.
    pub rows: &'a [AccessRow],
    /// The address of the next part, where there is one.
    pub next: Option<String>,
}

/// Writes a part.
///
/// # Errors
/// [`NotWritten`] where the library refuses.
pub fn history(fonts: &Fonts, part: &Part<'_>, language: Language) -> Result<Vec<u8>, NotWritten> {
    let text = text::of(language);
    let paper = &text.documents.paper;
    let mut sheets = Sheets::new(fonts);
    sheets.paragraph(paper.issuer, SMALL);
    sheets.rule();
    sheets.space(6.0);
    sheets.paragraph(paper.history_title, TITLE);
    sheets.paragraph(&format!("GSTIN {}", part.gstin), LABELS);
    sheets.paragraph(&(paper.history_lead)(&ist::minute(part.as_of)), LEAD);
    if !part.filter.is_everything() {
        let parts = part.filter.parts().into_iter().map(|(name, value)| format!("{name} = {value}"));
        sheets.paragraph(&(paper.history_filtered)(&parts.collect::<Vec<_>>().join(", ")), LEAD);
    }
    sheets.paragraph(&(paper.history_part)(part.rows.len()), LEAD);
    sheets.space(8.0);
    let access = &text.access;
    let head = [access.asp, access.gsp, access.given_on, access.over_on, access.status, access.calls];
    let head: Vec<_> = head.into_iter().zip(SHARES).collect();
    sheets.head(&head);
    for row in part.rows {
        let consent = &row.consent;
        let cells = [
            row.asp.clone(),
            row.gsp.clone(),
            ist::minute(consent.granted_at),
            ist::minute(words::over_at(consent)),
            words::status(text, consent, part.as_of).to_owned(),
            row.usage.passed.to_string(),
        ];
        let cells: Vec<_> = cells.iter().map(String::as_str).zip(SHARES).collect();
        sheets.row(&cells, SMALL, &head);
    }
    if part.rows.is_empty() {
        sheets.paragraph(access.history_empty, LEAD);
    }
    if let Some(next) = &part.next {
        sheets.space(8.0);
        sheets.link(&format!("{}: {next}", paper.history_next), SMALL, next.clone());
    }
    sheets.finish(About { title: paper.history_title.to_owned(), language: language.tag() }, paper.page)
}
