//! The fonts of the machine: Noto Sans, a file a script, each regular and bold, and text set in them.
//!
//! They are read where the distribution installs them and are no part of this project: 4 MB of somebody else's files
//! that a security update of the machine replaces.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use super::face::{Face, Shaped};

/// Where Debian and Ubuntu put the fonts of `fonts-noto-core`.
pub const FOLDER: &str = "/usr/share/fonts/truetype/noto";

/// The fonts are missing. Everything but PDF works without them.
#[derive(Debug, thiserror::Error)]
#[error("{} is missing or is no font: no PDF without it. On Debian and Ubuntu: apt-get install fonts-noto-core", .0.display())]
pub struct NoFonts(pub PathBuf);

/// How heavy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// A script of India that is written from the left: what Noto calls it, and its characters. What is in none of these is
/// Latin. Urdu, Kashmiri and Sindhi are not among them: nothing here lays out a page from the right.
const SCRIPTS: [(&str, RangeInclusive<char>); 11] = [
    ("Devanagari", '\u{900}'..='\u{97f}'),
    ("Bengali", '\u{980}'..='\u{9ff}'),
    ("Gurmukhi", '\u{a00}'..='\u{a7f}'),
    ("Gujarati", '\u{a80}'..='\u{aff}'),
    ("Oriya", '\u{b00}'..='\u{b7f}'),
    ("Tamil", '\u{b80}'..='\u{bff}'),
    ("Telugu", '\u{c00}'..='\u{c7f}'),
    ("Kannada", '\u{c80}'..='\u{cff}'),
    ("Malayalam", '\u{d00}'..='\u{d7f}'),
    ("OlChiki", '\u{1c50}'..='\u{1c7f}'),
    ("MeeteiMayek", '\u{abc0}'..='\u{abff}'),
];

/// Which of [`SCRIPTS`]; `None` is Latin.
type Script = Option<usize>;

/// A word, or a part of one, in one face.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) face: usize,
    pub(super) shaped: Shaped,
}

/// Every face that a document may need.
pub struct Fonts(Vec<Face>);

impl Fonts {
    /// Reads the fonts of a folder.
    ///
    /// # Errors
    /// [`NoFonts`] names the first that is missing.
    pub fn read(folder: &Path) -> Result<Self, NoFonts> {
        let latin = std::iter::once("");
        let files = latin
            .chain(SCRIPTS.iter().map(|(name, _)| *name))
            .flat_map(|script| ["Regular", "Bold"].map(|weight| folder.join(format!("NotoSans{script}-{weight}.ttf"))));
        files.map(|file| Face::read(&file).ok_or(NoFonts(file))).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn face(&self, number: usize) -> &Face {
        &self.0[number]
    }

    /// Text in lines that are no wider than so many parts of the font size. A word that is wider alone is broken.
    pub(super) fn lines(&self, words: &mut Words, text: &str, weight: Weight, width: f32) -> Vec<Vec<Piece>> {
        let space = self.pieces(words, " ", weight);
        let (mut lines, mut line, mut used) = (Vec::new(), Vec::new(), 0.0);
        for word in text.split_whitespace() {
            for (place, part) in self.fitting(words, word, weight, width).iter().enumerate() {
                let pieces = self.pieces(words, part, weight);
                let gap = if used > 0.0 && place == 0 { width_of(&space) } else { 0.0 };
                let wide = width_of(&pieces);
                if used > 0.0 && used + gap + wide > width {
                    lines.push(std::mem::take(&mut line));
                    used = wide;
                } else {
                    if gap > 0.0 {
                        line.extend(space.iter().cloned());
                    }
                    used += gap + wide;
                }
                line.extend(pieces);
            }
        }
        lines.push(line);
        lines
    }

    /// A word in parts that fit the width, each as long as may be.
    fn fitting(&self, words: &mut Words, word: &str, weight: Weight, width: f32) -> Vec<String> {
        if width_of(&self.pieces(words, word, weight)) <= width {
            return vec![word.to_owned()];
        }
        let (mut parts, mut part) = (Vec::new(), String::new());
        for character in word.chars() {
            part.push(character);
            if part.chars().count() > 1 && width_of(&self.shaped(&part, weight)) > width {
                part.pop();
                parts.push(std::mem::replace(&mut part, character.to_string()));
            }
        }
        parts.push(part);
        parts
    }

    /// A word in glyphs. The same word is shaped once a document: tables repeat themselves.
    fn pieces(&self, words: &mut Words, word: &str, weight: Weight) -> Vec<Piece> {
        words.entry((weight, word.to_owned())).or_insert_with(|| self.shaped(word, weight)).clone()
    }

    fn shaped(&self, text: &str, weight: Weight) -> Vec<Piece> {
        let face = |script: Script| 2 * script.map_or(0, |place| place + 1) + usize::from(weight == Weight::Bold);
        let piece = |(script, text): (Script, String)| {
            let face = face(script);
            self.0[face].shape(&text).map(|shaped| Piece { face, shaped })
        };
        by_script(text).into_iter().filter_map(piece).collect()
    }
}

/// The words of a document in glyphs, by weight.
pub(super) type Words = HashMap<(Weight, String), Vec<Piece>>;

pub(super) fn width_of(pieces: &[Piece]) -> f32 {
    pieces.iter().map(|piece| piece.shaped.width).sum()
}

/// Runs of one script. A space stays in the run before it, as does a stroke that ends sentences in many scripts; what cannot
/// be printed becomes a space.
fn by_script(text: &str) -> Vec<(Script, String)> {
    let mut runs: Vec<(Script, String)> = Vec::new();
    for character in text.chars() {
        let character = if character.is_control() || character.is_whitespace() { ' ' } else { character };
        let before = runs.last().and_then(|(script, _)| *script);
        let script = match character {
            ' ' | '\u{200c}' | '\u{200d}' | '\u{25cc}' => before,
            '\u{964}' | '\u{965}' if before.is_some() => before,
            _ => SCRIPTS.iter().position(|(_, characters)| characters.contains(&character)),
        };
        match runs.last_mut() {
            Some((last, run)) if *last == script => run.push(character),
            _ => runs.push((script, character.to_string())),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use app::model::language::Language;

    use super::*;

    #[test]
    fn text_is_split_where_the_script_changes_and_spaces_stay() {
        let runs = by_script("Munshi का GST\tडेटा। ডেটা।");
        let runs: Vec<_> = runs.iter().map(|(script, text)| (script.map(|n| SCRIPTS[n].0), text.as_str())).collect();
        let (latin, devanagari, bengali) = (None, Some("Devanagari"), Some("Bengali"));
        let wanted =
            [(latin, "Munshi "), (devanagari, "का "), (latin, "GST "), (devanagari, "डेटा। "), (bengali, "ডেটা।")];
        assert_eq!(runs, wanted);
    }

    #[test]
    fn every_language_that_is_written_from_the_left_has_its_letters() {
        let fonts = Fonts::read(Path::new(FOLDER)).expect("the fonts are installed: run scripts/setup-test");
        for language in Language::ALL.into_iter().filter(|language| language.direction() == "ltr") {
            for weight in [Weight::Regular, Weight::Bold] {
                let glyphs =
                    fonts.shaped(language.own_name(), weight).into_iter().flat_map(|piece| piece.shaped.glyphs);
                let missing = glyphs.filter(|glyph| glyph.glyph_id.to_u32() == 0).count();
                assert_eq!(missing, 0, "{}", language.own_name());
            }
        }
    }

    #[test]
    fn a_missing_font_is_named_with_what_to_do() {
        let Err(missing) = Fonts::read(Path::new("/nowhere")) else { panic!("there are fonts nowhere") };
        assert_eq!(
            missing.to_string(),
            "/nowhere/NotoSans-Regular.ttf is missing or is no font: no PDF without it. On Debian and Ubuntu: apt-get install fonts-noto-core"
        );
    }
}
