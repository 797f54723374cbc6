//! Sheets that fill from top to bottom: paragraphs, facts, tables, a code; a new sheet where one is full.

use fast_qr::{ECL, QRBuilder};

use super::{
    NotWritten,
    fonts::{Fonts, Piece, Weight, Words, width_of},
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
const SMALL_BOLD: Style = Style { size: 8.5, weight: Weight::Bold };

/// The sheets so far.
pub(super) struct Sheets<'f> {
    fonts: &'f Fonts,
    words: Words,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

fn height(lines: &[Vec<Piece>], style: Style) -> f32 {
    lines.iter().map(|_| style.size * LEADING).sum()
}

impl<'f> Sheets<'f> {
    pub(super) fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, words: Words::new(), pages: vec![Vec::new()], y: MARGIN }
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
    fn new_sheet(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Text in lines for so many points.
    fn lines(&mut self, text: &str, style: Style, width: f32) -> Vec<Vec<Piece>> {
        self.fonts.lines(&mut self.words, text, style.weight, width / style.size)
    }

    /// Draws lines from a height on, and says where they end. Never leaves the sheet.
    fn draw(&mut self, lines: Vec<Vec<Piece>>, style: Style, left: f32, top: f32) -> f32 {
        let mut y = top;
        for pieces in lines {
            self.mark(Mark::Text { x: left, y: y + style.size * 1.1, size: style.size, pieces });
            y += style.size * LEADING;
        }
        y
    }

    /// A text over the whole width.
    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        let lines = self.lines(text, style, WIDTH);
        self.room(height(&lines, style));
        self.y = self.draw(lines, style, MARGIN, self.y);
    }

    /// The same, leading to an address.
    pub(super) fn link(&mut self, text: &str, style: Style, address: String) {
        let lines = self.lines(text, style, WIDTH);
        let height = height(&lines, style);
        self.room(height);
        self.mark(Mark::Link { x: MARGIN, y: self.y, width: WIDTH, height, address });
        self.y = self.draw(lines, style, MARGIN, self.y);
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
        let label = self.lines(label, LABELS, LABEL - 8.0);
        let value = self.lines(value, BODY, WIDTH - LABEL);
        self.room(height(&label, LABELS).max(height(&value, BODY)) + 4.0);
        let top = self.y;
        let under = self.draw(label, LABELS, MARGIN, top);
        self.y = self.draw(value, BODY, MARGIN + LABEL, top).max(under) + 4.0;
    }

    /// The heads of a table's columns.
    pub(super) fn head(&mut self, head: &[(&str, f32)]) {
        self.row(head, SMALL_BOLD, &[]);
    }

    /// A row of a table: each cell's text and its share of the width. On a new sheet it stands below the heads.
    pub(super) fn row(&mut self, cells: &[(&str, f32)], style: Style, head: &[(&str, f32)]) {
        let inner = |share: f32| share * WIDTH - 6.0;
        let cells: Vec<_> =
            cells.iter().map(|(text, share)| (self.lines(text, style, inner(*share)), *share)).collect();
        let high = cells.iter().map(|(lines, _)| height(lines, style)).fold(0.0, f32::max);
        if !self.has_room(high + 4.0) {
            self.new_sheet();
            if !head.is_empty() {
                self.head(head);
            }
        }
        let (top, mut x) = (self.y, MARGIN);
        for (lines, share) in cells {
            self.draw(lines, style, x, top);
            x += share * WIDTH;
        }
        self.y = top + high + 4.0;
        self.mark(Mark::Box { x: MARGIN, y: self.y - 3.0, width: WIDTH, height: 0.25 });
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
            let lines = self.lines(text, SMALL, WIDTH - side - 10.0);
            y = self.draw(lines, SMALL, MARGIN + side + 10.0, y) + 4.0;
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
            let text = page(number + 1, count);
            for pieces in self.fonts.lines(&mut self.words, &text, SMALL.weight, WIDTH / SMALL.size) {
                let x = MARGIN + WIDTH - width_of(&pieces) * SMALL.size;
                marks.push(Mark::Text { x, y: FOOT + SMALL.size, size: SMALL.size, pieces });
            }
        }
        draw(self.fonts, &self.pages, about)
    }
}
