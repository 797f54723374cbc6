//! Documents on paper, as PDF: receipts and the history, in English and Hindi, black on white.

mod face;
mod fonts;
mod history;
mod marks;
mod printer;
mod receipt;
mod sheets;
#[cfg(test)]
mod tests;

pub use self::{
    fonts::{FOLDER, Fonts, NoFonts},
    history::{Part, history},
    printer::Printer,
    receipt::receipt,
};

/// A document that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// The fonts are missing on this machine.
    #[error("the fonts are missing on this machine")]
    Font,
    /// The library refuses.
    #[error("the document could not be written: {0}")]
    Pdf(String),
}
