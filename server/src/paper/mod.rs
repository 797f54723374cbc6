//! Documents on paper, as PDF: receipts and the history, in English and Hindi, black on white.

mod face;
mod fonts;
mod history;
mod marks;
mod receipt;
mod sheets;
#[cfg(test)]
mod tests;

pub use self::{
    fonts::{Fonts, NoFonts},
    history::{Part, history},
    receipt::receipt,
};

/// A document that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// A font of the machine cannot be used.
    #[error("a font cannot be used")]
    Font,
    /// The library refuses.
    #[error("the document could not be written: {0}")]
    Pdf(String),
}
