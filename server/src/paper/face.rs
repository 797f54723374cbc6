//! One font: shapes text, and is embedded in the document.

use std::{ops::Range, path::Path, sync::Arc};

use harfrust::{FontRef, ShapeOptions, ShaperData, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};

/// A font file, read once.
pub(super) struct Face {
    data: Arc<Vec<u8>>,
    shaping: ShaperData,
    pub(super) font: Font,
}

/// Text in glyphs of one face. Lengths are in parts of the font size.
#[derive(Clone)]
pub(super) struct Shaped {
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
    pub(super) width: f32,
}

impl Face {
    /// Reads a font; `None` where the file is missing or is none.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let data = Arc::new(std::fs::read(file).ok()?);
        let shaping = ShaperData::new(&FontRef::new(&data).ok()?);
        let font = Font::new(data.clone().into(), 0)?;
        Some(Self { data, shaping, font })
    }

    /// Puts text into glyphs: joins, reorders and places them as the script wants it.
    pub(super) fn shape(&self, text: &str) -> Option<Shaped> {
        let face = FontRef::new(&self.data).ok()?;
        let shaper = self.shaping.shaper(&face).build();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let run = shaper.shape(buffer, ShapeOptions::new());
        let unit = self.font.units_per_em();
        let part = |length: i32| f32::from(i16::try_from(length).unwrap_or(i16::MAX)) / unit;
        let clusters: Vec<usize> = run.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let glyphs: Vec<_> = run
            .glyph_infos()
            .iter()
            .zip(run.glyph_positions())
            .enumerate()
            .map(|(place, (info, position))| {
                let (x, y) = (part(position.x_offset), part(position.y_offset));
                let characters = characters_of(place, &clusters, text.len());
                KrillaGlyph::new(GlyphId::new(info.glyph_id), part(position.x_advance), x, y, 0.0, characters, None)
            })
            .collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        Some(Shaped { text: text.to_owned(), glyphs, width })
    }
}

/// The bytes of text that a glyph stands for: its cluster, up to where the next one begins.
fn characters_of(place: usize, clusters: &[usize], length: usize) -> Range<usize> {
    let begin = clusters[place];
    let end = clusters[place..].iter().copied().find(|next| *next > begin).unwrap_or(length);
    begin..end
}
