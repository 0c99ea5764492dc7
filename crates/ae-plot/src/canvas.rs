//! The sheet on which every picture is drawn: rectangles, lines, markers and text.
//!
//! Coordinates are pixels from the top left corner; whole numbers lie on the borders between
//! pixels.

use crate::error::PlotError;
use crate::image::{Image, check_size};
use crate::text::Font;
use crate::theme::{INK, PAPER, Rgb};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, PremultipliedColorU8, Rect,
    Stroke, StrokeDash, Transform,
};

/// The alignment of a text relative to its x coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// The shape of a point. With four shapes, 10 colors distinguish 40 classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    Circle,
    Triangle,
    Square,
    Diamond,
}

impl Shape {
    pub(crate) const ALL: [Self; 4] = [Self::Circle, Self::Triangle, Self::Square, Self::Diamond];
}

/// The style of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) color: Rgb,
    /// Width in pixels.
    pub(crate) width: f32,
    /// Pixels on, pixels off, ...; empty for a line without gaps.
    pub(crate) dashes: &'static [f32],
}

/// A sheet of paper-colored pixels, and the typeface for its texts.
pub(crate) struct Canvas {
    pixmap: Pixmap,
    pub(crate) font: Font,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Result<Self, PlotError> {
        check_size(width, height)?;
        let mut pixmap = Pixmap::new(width as u32, height as u32)
            .ok_or(PlotError::TooLarge { width, height })?;
        pixmap.fill(Color::from_rgba8(PAPER[0], PAPER[1], PAPER[2], 255));
        let font = Font::embedded();
        Ok(Self { pixmap, font })
    }

    /// Fills the pixels `x..x+w` by `y..y+h` with exactly `color`; parts off the sheet are dropped.
    pub(crate) fn fill_pixels(&mut self, x: usize, y: usize, w: usize, h: usize, color: Rgb) {
        let (width, height) = (self.pixmap.width() as usize, self.pixmap.height() as usize);
        let pixel = PremultipliedColorU8::from_rgba(color[0], color[1], color[2], 255)
            .expect("an opaque color is its own premultiplied color");
        let (right, bottom) = ((x + w).min(width), (y + h).min(height));
        let pixels = self.pixmap.pixels_mut();
        for row in y..bottom {
            pixels[row * width..][x.min(right)..right].fill(pixel);
        }
    }

    /// Fills a rectangle whose sides may lie between pixels.
    pub(crate) fn rect(&mut self, left: f32, top: f32, right: f32, bottom: f32, color: Rgb) {
        // `None`: a rectangle without area, such as the bar of a ratio of zero.
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            self.pixmap.fill_rect(rect, &paint(color, 255), Transform::identity(), None);
        }
    }

    /// Joins the points by straight lines with round corners.
    pub(crate) fn polyline(&mut self, points: &[(f32, f32)], line: Line) {
        let mut builder = PathBuilder::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            if i == 0 {
                builder.move_to(x, y);
            } else {
                builder.line_to(x, y);
            }
        }
        let Some(path) = builder.finish() else { return };
        let stroke = Stroke {
            width: line.width,
            line_cap: if line.dashes.is_empty() { LineCap::Round } else { LineCap::Butt },
            line_join: LineJoin::Round,
            dash: StrokeDash::new(line.dashes.to_vec(), 0.0),
            ..Stroke::default()
        };
        let paint = paint(line.color, 255);
        self.pixmap.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }

    /// Fills the area that the points enclose. Where its border crosses itself, both parts are
    /// filled.
    pub(crate) fn polygon(&mut self, points: &[(f32, f32)], color: Rgb, alpha: u8) {
        let mut builder = PathBuilder::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            if i == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
        }
        builder.close();
        let Some(path) = builder.finish() else { return };
        let paint = paint(color, alpha);
        self.pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    /// A point at (x, y). All shapes of one `radius` cover about the area of its circle.
    pub(crate) fn marker(
        &mut self,
        shape: Shape,
        x: f32,
        y: f32,
        radius: f32,
        color: Rgb,
        alpha: u8,
    ) {
        let mut builder = PathBuilder::new();
        let mut corners = |corners: &[(f32, f32)]| {
            for (i, &(dx, dy)) in corners.iter().enumerate() {
                let (x, y) = (x + dx * radius, y + dy * radius);
                if i == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
            }
            builder.close();
        };
        match shape {
            Shape::Circle => builder.push_circle(x, y, radius),
            Shape::Triangle => corners(&[(0.0, -1.4), (1.3, 0.9), (-1.3, 0.9)]),
            Shape::Square => corners(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Diamond => corners(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
        }
        let Some(path) = builder.finish() else { return };
        let paint = paint(color, alpha);
        self.pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    /// Writes `text` with its baseline at `y`.
    pub(crate) fn text(&mut self, text: &str, x: f32, y: f32, size: f32, align: Align) {
        let left = x - self.shift(text, size, align);
        self.outlines(text, size, Transform::from_translate(left.round(), y.round()));
    }

    /// Writes `text` upwards, its middle at `y` and its baseline at `x`.
    pub(crate) fn text_upwards(&mut self, text: &str, x: f32, y: f32, size: f32) {
        let bottom = y + self.shift(text, size, Align::Center);
        // A quarter turn to the left: right becomes up, and down becomes right.
        let turn = Transform::from_row(0.0, -1.0, 1.0, 0.0, x.round(), bottom.round());
        self.outlines(text, size, turn);
    }

    fn shift(&self, text: &str, size: f32, align: Align) -> f32 {
        match align {
            Align::Left => 0.0,
            Align::Center => self.font.width(text, size) / 2.0,
            Align::Right => self.font.width(text, size),
        }
    }

    fn outlines(&mut self, text: &str, size: f32, place: Transform) {
        let Some(path) = self.font.outlines(text, size) else {
            return;
        };
        let paint = paint(INK, 255);
        self.pixmap.fill_path(&path, &paint, FillRule::Winding, place, None);
        // The typeface is a light one; a thin line along the outlines gives it the weight of a
        // textbook's figure text.
        let stroke = Stroke { width: size * 0.022, ..Stroke::default() };
        self.pixmap.stroke_path(&path, &paint, &stroke, place, None);
    }

    /// The finished picture.
    pub(crate) fn into_image(self) -> Image {
        let (width, height) = (self.pixmap.width() as usize, self.pixmap.height() as usize);
        // The paper and everything on it is opaque, so the fourth byte is always 255.
        let rgb = self.pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        Image::new(width, height, rgb)
    }
}

fn paint(color: Rgb, alpha: u8) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color[0], color[1], color[2], alpha);
    paint
}
