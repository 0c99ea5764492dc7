//! The scale of a heat map, behind its caption: 0, the colors, and the value at the bright end.

use super::CAPTION_HEIGHT;
use crate::canvas::{Align, Canvas};
use crate::heat::heat_color;
use crate::text::Font;
use crate::theme::{CAPTION_SIZE, HAIRLINE};

const BAR_WIDTH: usize = 96;
const BAR_HEIGHT: usize = 14;
/// The distance from the caption, and from the bar to its numbers.
const BEFORE: f32 = 14.0;
const SPACE: f32 = 7.0;

/// The width of the scale in pixels, with the space in front of it.
pub(super) fn width(font: &Font, limit: f32) -> f32 {
    let numbers = font.width("0", CAPTION_SIZE) + font.width(&number(limit), CAPTION_SIZE);
    BEFORE + numbers + 2.0 * SPACE + BAR_WIDTH as f32
}

/// Draws the scale right of `left`, with the baseline of its numbers at `y`.
pub(super) fn draw(canvas: &mut Canvas, left: f32, y: f32, limit: f32) {
    let mut x = left + BEFORE;
    canvas.text("0", x, y, CAPTION_SIZE, Align::Left);
    x += canvas.font.width("0", CAPTION_SIZE) + SPACE;
    let bar = x.round() as usize;
    let top = y as usize + 1 - BAR_HEIGHT;
    const { assert!(BAR_HEIGHT < CAPTION_HEIGHT) };
    canvas.fill_pixels(bar - 1, top - 1, BAR_WIDTH + 2, BAR_HEIGHT + 2, HAIRLINE);
    for step in 0..BAR_WIDTH {
        let color = heat_color(step as f32 / (BAR_WIDTH - 1) as f32);
        canvas.fill_pixels(bar + step, top, 1, BAR_HEIGHT, color);
    }
    x += BAR_WIDTH as f32 + SPACE;
    canvas.text(&number(limit), x, y, CAPTION_SIZE, Align::Left);
}

/// The limit with about three digits.
fn number(limit: f32) -> String {
    match limit.abs() {
        size if size == 0.0 || (0.01..1000.0).contains(&size) => format!("{limit:.3}"),
        _ => format!("{limit:.2e}"),
    }
}
