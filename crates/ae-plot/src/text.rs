//! Text as outlines: every string becomes one path, which the canvas fills.
//!
//! A glyph is a few closed curves in a square of some 1000 units, baseline at zero, y upwards. We
//! scale it to pixels, flip y, and place one glyph after the other along the baseline.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// The typeface of all pictures, Ubuntu Light, which is compiled into the program.
pub(crate) struct Font {
    face: Face<'static>,
}

impl Font {
    /// Reads the tables of the embedded typeface, which takes microseconds.
    pub(crate) fn embedded() -> Self {
        let face = Face::parse(epaint_default_fonts::UBUNTU_LIGHT, 0)
            .expect("the embedded typeface is part of the program and always parses");
        Self { face }
    }

    fn scale(&self, size: f32) -> f32 {
        size / f32::from(self.face.units_per_em())
    }

    fn glyph(&self, c: char) -> GlyphId {
        // A line break or tab in a caption is drawn as a blank, not as a box.
        let c = if c.is_control() { ' ' } else { c };
        // Glyph 0 is the typeface's own "missing" box.
        self.face.glyph_index(c).unwrap_or(GlyphId(0))
    }

    fn advance(&self, glyph: GlyphId) -> f32 {
        f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0))
    }

    /// Width of `text` in pixels at `size` pixels per em.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        let units: f32 = text.chars().map(|c| self.advance(self.glyph(c))).sum();
        units * self.scale(size)
    }

    /// `text`, shortened with an ellipsis where it would be wider than `room` pixels.
    pub(crate) fn fit(&self, text: &str, size: f32, room: f32) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut left = room - self.width("…", size);
        let mut short = String::new();
        for c in text.chars() {
            left -= self.advance(self.glyph(c)) * self.scale(size);
            if left < 0.0 {
                break;
            }
            short.push(c);
        }
        short.truncate(short.trim_end().len());
        short.push('…');
        short
    }

    /// Outlines of `text` in pixels, beginning at (0, 0) on the baseline; `None` if the text is
    /// blank.
    pub(crate) fn outlines(&self, text: &str, size: f32) -> Option<Path> {
        let (path, x, scale) = (PathBuilder::new(), 0.0, self.scale(size));
        let mut pen = Pen { path, x, scale };
        for c in text.chars() {
            let glyph = self.glyph(c);
            self.face.outline_glyph(glyph, &mut pen);
            pen.x += self.advance(glyph) * pen.scale;
        }
        pen.path.finish()
    }
}

/// Copies glyph curves into a path, from font units to pixels.
struct Pen {
    path: PathBuilder,
    x: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_as_wide_as_its_parts_and_grows_with_its_size() {
        let font = Font::embedded();
        let whole = font.width("epoch 12", 20.0);
        let parts = font.width("epoch", 20.0) + font.width(" 12", 20.0);
        assert!((whole - parts).abs() < 1e-3);
        assert!((font.width("epoch 12", 40.0) - 2.0 * whole).abs() < 1e-3);
    }

    #[test]
    fn fitting_text_is_left_alone_and_long_text_is_cut_to_the_room() {
        let font = Font::embedded();
        assert_eq!(font.fit("loss", 20.0, 100.0), "loss");
        for room in [20.0, 40.0, 77.0, 150.0] {
            let cut = font.fit("a caption that is far too long", 20.0, room);
            assert!(cut.ends_with('…') && font.width(&cut, 20.0) <= room, "{cut:?} in {room}");
        }
    }

    #[test]
    fn blanks_have_no_outlines_and_unknown_characters_have_a_box() {
        let font = Font::embedded();
        assert!(font.outlines(" \n\t", 20.0).is_none());
        assert!(font.outlines("\u{4e00}", 20.0).is_some());
        // Letters that the field uses must be in the typeface.
        for c in "σρεµ±×·–…²−".chars() {
            assert_ne!(font.glyph(c), GlyphId(0), "{c} is missing");
        }
    }
}
