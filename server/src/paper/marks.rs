//! What is on a page: set first, so that the number of pages is known, then drawn.

use krilla::{
    Document, SerializeSettings,
    action::{Action, LinkAction},
    annotation::{Annotation, LinkAnnotation, Target},
    color::luma,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
};

use super::{
    NotWritten,
    fonts::{Fonts, Piece},
};

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.0, 842.0);

/// Something black. Places are points from the left upper corner.
pub(super) enum Mark {
    /// A line of text on its base line.
    Text { x: f32, y: f32, size: f32, pieces: Vec<Piece> },
    /// A filled box.
    Box { x: f32, y: f32, width: f32, height: f32 },
    /// A place that leads to an address.
    Link { x: f32, y: f32, width: f32, height: f32, address: String },
}

/// What the document says of itself.
pub(super) struct About {
    pub(super) title: String,
    pub(super) language: &'static str,
}

/// Draws every page.
pub(super) fn draw(fonts: &Fonts, pages: &[Vec<Mark>], about: About) -> Result<Vec<u8>, NotWritten> {
    // Without XMP and dates: the same document is the same bytes.
    let mut document = Document::new_with(SerializeSettings { xmp_metadata: false, ..SerializeSettings::default() });
    let metadata = Metadata::new().title(about.title).language(about.language.to_owned());
    document.set_metadata(metadata.producer("asp-access".to_owned()));
    for marks in pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| refused("the size of a page"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface.set_fill(Some(Fill { paint: luma::Color::black().into(), ..Fill::default() }));
        draw_boxes(&mut surface, marks)?;
        for mark in marks {
            if let Mark::Text { x, y, size, pieces } = mark {
                draw_text(&mut surface, fonts, (*x, *y), *size, pieces);
            }
        }
        surface.finish();
        for mark in marks {
            if let Mark::Link { x, y, width, height, address } = mark {
                let place = Rect::from_xywh(*x, *y, *width, *height).ok_or_else(|| refused("the place of a link"))?;
                let target = Target::Action(Action::Link(LinkAction::new(address.clone())));
                page.add_annotation(Annotation::new_link(LinkAnnotation::new(place, target), Some(address.clone())));
            }
        }
        page.finish();
    }
    document.finish().map_err(|error| NotWritten::Pdf(format!("{error:?}")))
}

fn refused(what: &str) -> NotWritten {
    NotWritten::Pdf(what.to_owned())
}

fn draw_text(surface: &mut Surface<'_>, fonts: &Fonts, at: (f32, f32), size: f32, pieces: &[Piece]) {
    let mut x = at.0;
    for piece in pieces {
        let font = fonts.face(piece.face).font.clone();
        surface.draw_glyphs(Point::from_xy(x, at.1), &piece.shaped.glyphs, font, &piece.shaped.text, size, false);
        x += piece.shaped.width * size;
    }
}

/// All boxes in one path: squares of a code that touch show no seam.
fn draw_boxes(surface: &mut Surface<'_>, marks: &[Mark]) -> Result<(), NotWritten> {
    let mut path = PathBuilder::new();
    for mark in marks {
        if let Mark::Box { x, y, width, height } = mark {
            path.push_rect(Rect::from_xywh(*x, *y, *width, *height).ok_or_else(|| refused("a box"))?);
        }
    }
    let Some(path) = path.finish() else { return Ok(()) };
    let rule = FillRule::NonZero;
    surface.set_fill(Some(Fill { paint: luma::Color::black().into(), rule, ..Fill::default() }));
    surface.draw_path(&path);
    Ok(())
}
