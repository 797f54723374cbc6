//! Sheets that fill from top to bottom: paragraphs, facts, tables, a code; a new sheet where one is full.

use fast_qr::{ECL, QRBuilder};

use super::{
    NotWritten,
    fonts::{Fonts, Weight, width_of},
    marks::{About, Mark, PAGE, draw},
};

const MARGIN: f32 = 48.0;
/// Where the foot of a page begins.
const FOOT: f32 = PAGE.1 - MARGIN;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// From one base line to the next, in parts of the font size. Devanagari reaches high and deep.
const LEADING: f32 = 1.55;
/// The width of the names of facts.
const LABEL: f32 = 150.0;
/// Light squares around a code (ISO/IEC 18004 wants four).
const QUIET: usize = 4;

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) weight: Weight,
}

pub(super) const TITLE: Style = Style { size: 18.0, weight: Weight::Bold };
pub(super) const LEAD: Style = Style { size: 11.5, weight: Weight::Regular };
pub(super) const BODY: Style = Style { size: 10.0, weight: Weight::Regular };
pub(super) const LABELS: Style = Style { size: 10.0, weight: Weight::Bold };
pub(super) const SMALL: Style = Style { size: 8.5, weight: Weight::Regular };
pub(super) const SMALL_BOLD: Style = Style { size: 8.5, weight: Weight::Bold };

/// The sheets so far.
pub(super) struct Sheets<'f> {
    fonts: &'f Fonts,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl<'f> Sheets<'f> {
    pub(super) fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, pages: vec![Vec::new()], y: MARGIN }
    }

    /// Whether this much would still fit.
    fn has_room(&self, height: f32) -> bool {
        self.y + height <= FOOT - MARGIN / 2.0
    }

    fn room(&mut self, height: f32) {
        if !self.has_room(height) {
            self.new_sheet();
        }
    }

    /// Goes on on another sheet.
    pub(super) fn new_sheet(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Writes a text between two edges, from this height on, and says where it ends. Never leaves the sheet.
    fn text(&mut self, text: &str, style: Style, edges: (f32, f32), top: f32) -> f32 {
        let mut y = top;
        for pieces in self.fonts.lines(text, style.weight, (edges.1 - edges.0) / style.size) {
            self.mark(Mark::Text { x: edges.0, y: y + style.size * 1.1, size: style.size, pieces });
            y += style.size * LEADING;
        }
        y
    }

    fn height(&self, text: &str, style: Style, width: f32) -> f32 {
        let mut height = 0.0;
        for _ in self.fonts.lines(text, style.weight, width / style.size) {
            height += style.size * LEADING;
        }
        height
    }

    /// A text over the whole width.
    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        self.room(self.height(text, style, WIDTH));
        self.y = self.text(text, style, (MARGIN, MARGIN + WIDTH), self.y);
    }

    /// The same, leading to an address.
    pub(super) fn link(&mut self, text: &str, style: Style, address: String) {
        let height = self.height(text, style, WIDTH);
        self.room(height);
        self.mark(Mark::Link { x: MARGIN, y: self.y, width: WIDTH, height, address });
        self.paragraph(text, style);
    }

    /// White space.
    pub(super) fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// A line across.
    pub(super) fn rule(&mut self) {
        self.room(8.0);
        self.mark(Mark::Box { x: MARGIN, y: self.y + 3.0, width: WIDTH, height: 0.75 });
        self.y += 8.0;
    }

    /// A name and its value.
    pub(super) fn fact(&mut self, label: &str, value: &str) {
        let (split, right) = (MARGIN + LABEL, MARGIN + WIDTH);
        let height = self.height(label, LABELS, LABEL - 8.0).max(self.height(value, BODY, WIDTH - LABEL));
        self.room(height + 4.0);
        let top = self.y;
        let under = self.text(label, LABELS, (MARGIN, split - 8.0), top);
        self.y = self.text(value, BODY, (split, right), top).max(under) + 4.0;
    }

    /// A row of a table: each cell's text and its share of the width.
    pub(super) fn row(&mut self, cells: &[(&str, f32)], style: Style) {
        let inner = |share: f32| share * WIDTH - 6.0;
        let height = cells.iter().map(|(text, share)| self.height(text, style, inner(*share))).fold(0.0, f32::max);
        self.room(height + 4.0);
        let (top, mut x) = (self.y, MARGIN);
        for (text, share) in cells {
            self.text(text, style, (x, x + inner(*share)), top);
            x += share * WIDTH;
        }
        self.y = top + height + 4.0;
        self.mark(Mark::Box { x: MARGIN, y: self.y - 3.0, width: WIDTH, height: 0.25 });
    }

    /// Whether a row of so many lines needs a new sheet.
    pub(super) fn row_needs_new_sheet(&self, cells: &[(&str, f32)], style: Style) -> bool {
        let height =
            cells.iter().map(|(text, share)| self.height(text, style, share * WIDTH - 6.0)).fold(0.0, f32::max);
        !self.has_room(height + 4.0)
    }

    /// A QR code of so many points, with text beside it.
    ///
    /// # Errors
    /// [`NotWritten`] for a text that no code holds.
    pub(super) fn code(&mut self, holds: &str, side: f32, beside: &[&str]) -> Result<(), NotWritten> {
        let code = QRBuilder::new(holds)
            .ecl(ECL::M)
            .build()
            .map_err(|_| NotWritten::Pdf("a text is too long for a code".to_owned()))?;
        self.room(side);
        let squares = u16::try_from(code.size + 2 * QUIET).unwrap_or(u16::MAX);
        let square = side / f32::from(squares);
        let at = |place: usize| f32::from(u16::try_from(place + QUIET).unwrap_or(u16::MAX)) * square;
        for row in 0..code.size {
            for column in (0..code.size).filter(|column| code[row][*column].value()) {
                let (x, y) = (MARGIN + at(column), self.y + at(row));
                self.mark(Mark::Box { x, y, width: square, height: square });
            }
        }
        let mut y = self.y + 6.0;
        for text in beside {
            y = self.text(text, SMALL, (MARGIN + side + 10.0, MARGIN + WIDTH), y) + 4.0;
        }
        self.y = (self.y + side).max(y);
        Ok(())
    }

    /// The document, each sheet with its number at the foot.
    ///
    /// # Errors
    /// [`NotWritten`] where the library refuses.
    pub(super) fn finish(mut self, about: About, page: fn(usize, usize) -> String) -> Result<Vec<u8>, NotWritten> {
        let count = self.pages.len();
        for (number, marks) in self.pages.iter_mut().enumerate() {
            for pieces in self.fonts.lines(&page(number + 1, count), SMALL.weight, WIDTH / SMALL.size) {
                let x = MARGIN + WIDTH - width_of(&pieces) * SMALL.size;
                marks.push(Mark::Text { x, y: FOOT + SMALL.size, size: SMALL.size, pieces });
            }
        }
        draw(self.fonts, &self.pages, about)
    }
}
