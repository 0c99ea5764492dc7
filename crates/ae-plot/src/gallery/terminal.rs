//! A gallery as text: pictures made of characters.
//!
//! A character cell of a terminal is about twice as high as it is wide. The half block `▀` paints
//! the upper half of a cell in the text's color and leaves the lower half in the background's: two
//! square pixels per cell. So a tile of 28 x 28 pixels takes 28 columns and 14 lines. Where colors
//! are not available, a character with more or less ink represents the mean luma of both.
//!
//! Tiles that do not fit are reduced: each pixel is the mean of the values under it, weighted by
//! their areas. Below [`LEAST_SIDE`] a digit is no longer legible; then fewer tiles are shown, and
//! a line states their number.

use super::{Gallery, Row};
use crate::error::PlotError;
use crate::theme::Rgb;

/// The minimum width to which tiles are reduced to show more of them.
const LEAST_SIDE: usize = 14;
/// Characters from no ink to the most ink, a common choice for light text on a dark background.
const INK: &[u8; 10] = b" .:-=+*#%@";
const RESET: &str = "\u{1b}[0m";

/// How a terminal shows gray and color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shades {
    /// Characters with more or less ink.
    Characters,
    /// The 256 colors of `xterm`: for gray its 26 grays (black, 24 steps, white), for other colors
    /// also its cube of 6 x 6 x 6 colors.
    Palette,
    /// 24-bit colors.
    Colours,
}

impl Gallery<'_> {
    /// The gallery as lines of text of at most `columns` characters: title, captions, and tiles row
    /// by row.
    ///
    /// # Errors
    /// Those of [`Gallery::layout`] except [`PlotError::TooLarge`].
    pub fn to_text(&self, columns: usize, shades: Shades) -> Result<String, PlotError> {
        let count = self.checked_columns()?;
        // No terminal is wider, but the number may come from outside.
        let columns = columns.clamp(1, 1 << 16);
        // There is one blank between two tiles.
        let side_of = |count: usize| (columns + 1) / count - 1;
        let least = LEAST_SIDE.min(self.tile_width).min(columns);
        let shown = ((columns + 1) / (least + 1)).clamp(1, count);
        let width = side_of(shown).min(self.tile_width);
        // Round to the nearest.
        let height = (self.tile_height * width + self.tile_width / 2) / self.tile_width;
        let size = [height.max(1), width];

        let mut text = String::new();
        push_line(&mut text, &self.title, columns);
        for row in &self.rows {
            push_line(&mut text, &row.caption, columns);
            let tiles = row.values.chunks_exact(self.tile_len(row));
            let tiles: Vec<Vec<Rgb>> =
                tiles.take(shown).map(|tile| self.reduced(row, tile, size)).collect();
            for line in 0..size[0].div_ceil(2) {
                let cells = tiles.iter().map(|tile| line_of(tile, size, line, shades));
                let cells: Vec<String> = cells.collect();
                text += cells.join(" ").trim_end_matches(' ');
                text.push('\n');
            }
        }
        if shown < count {
            push_line(
                &mut text,
                &format!("{shown} of {count} columns: not all of them fit"),
                columns,
            );
        }
        Ok(text)
    }

    /// The tile's colors in `height` by `width` pixels, no more than the tile has.
    fn reduced(&self, row: &Row<'_>, tile: &[f32], [height, width]: [usize; 2]) -> Vec<Rgb> {
        let channels = self.row_channels(row);
        let rows = shares(self.tile_height, height);
        let cols = shares(self.tile_width, width);
        let mut pixels = Vec::with_capacity(height * width);
        for line in &rows {
            for col in &cols {
                let mut sums = [0.0; 3];
                for &(y, down) in line {
                    for &(x, across) in col {
                        let at = (y * self.tile_width + x) * channels;
                        let color = self.color(row, &tile[at..][..channels]);
                        for (sum, value) in sums.iter_mut().zip(color) {
                            *sum += down * across * f64::from(value);
                        }
                    }
                }
                pixels.push(sums.map(|sum| sum.round() as u8));
            }
        }
        pixels
    }
}

/// For each of `to` parts of `from` values, the values under it and their shares, which add up
/// to 1.
fn shares(from: usize, to: usize) -> Vec<Vec<(usize, f64)>> {
    let part = |i: usize| {
        // The unit is 1 / to of a value, so that everything is exact.
        let (start, end) = (i * from, (i + 1) * from);
        let share = |value: usize| {
            let covered = end.min((value + 1) * to) - start.max(value * to);
            (value, covered as f64 / from as f64)
        };
        (start / to..end.div_ceil(to)).map(share).collect()
    };
    (0..to).map(part).collect()
}

/// Two rows of pixels as one line of cells.
fn line_of(tile: &[Rgb], [height, width]: [usize; 2], line: usize, shades: Shades) -> String {
    let upper = &tile[2 * line * width..][..width];
    // Below the last row of an odd number of rows is the page.
    let lower = (2 * line + 1 < height).then(|| &tile[(2 * line + 1) * width..][..width]);
    let mut text = String::new();
    let mut last = None;
    for x in 0..width {
        let cell = (upper[x], lower.map(|lower| lower[x]));
        if shades == Shades::Characters {
            let (above, below) = (luma(cell.0), luma(cell.1.unwrap_or(cell.0)));
            text.push(char::from(INK[(above + below) * INK.len() / 511]));
            continue;
        }
        if last != Some(cell) {
            text += &colors(cell, shades);
            last = Some(cell);
        }
        text.push('▀');
    }
    if shades != Shades::Characters {
        text += RESET;
    }
    text
}

/// The sequence (ECMA-48, "select graphic rendition") that sets the text's color, and the
/// background's color if there is one.
fn colors((above, below): (Rgb, Option<Rgb>), shades: Shades) -> String {
    let color = |color: Rgb| match shades {
        Shades::Colours => format!("2;{};{};{}", color[0], color[1], color[2]),
        Shades::Palette | Shades::Characters => format!("5;{}", palette(color)),
    };
    match below {
        Some(below) => format!("\u{1b}[38;{};48;{}m", color(above), color(below)),
        None => format!("{RESET}\u{1b}[38;{}m", color(above)),
    }
}

/// The luma of Rec. 709, rounded; of a gray, the gray.
fn luma([red, green, blue]: Rgb) -> usize {
    (2126 * usize::from(red) + 7152 * usize::from(green) + 722 * usize::from(blue) + 5000) / 10_000
}

/// The levels of each channel of xterm's cube of colors, which begins with index 16.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of xterm's colors: for a gray one of the grays, for any other color one of the grays
/// or of the cube, the cube if both are as near.
fn palette(color: Rgb) -> u8 {
    let nearest_gray = gray_of_palette(luma(color) as u8);
    if color == [color[0]; 3] {
        return nearest_gray;
    }
    let level = |value: u8| {
        (0..6u8).min_by_key(|&level| CUBE[usize::from(level)].abs_diff(value)).unwrap_or(0)
    };
    let [red, green, blue] = color.map(level);
    let nearest_color = 16 + 36 * red + 6 * green + blue;
    let off = |index: u8| -> u32 {
        let squares = color.iter().zip(color_of_palette(index));
        squares.map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    if off(nearest_gray) < off(nearest_color) { nearest_gray } else { nearest_color }
}

/// The nearest of xterm's grays: 16 is black, 231 white, 232 to 255 are 8, 18, .., 238.
fn gray_of_palette(gray: u8) -> u8 {
    match gray {
        0..=3 => 16,
        4..=246 => 232 + (gray.max(8) - 8 + 5).min(235) / 10,
        247.. => 231,
    }
}

/// The color of an index from 16 on.
fn color_of_palette(index: u8) -> Rgb {
    match index.checked_sub(232) {
        Some(step) => [8 + 10 * step; 3],
        None => {
            let cube = usize::from(index.saturating_sub(16));
            [cube / 36, cube / 6 % 6, cube % 6].map(|level| CUBE[level])
        }
    }
}

/// Appends the beginning of the text that fits, as a separate line; appends nothing for an empty
/// text.
fn push_line(text: &mut String, line: &str, columns: usize) {
    if line.is_empty() {
        return;
    }
    if line.chars().count() <= columns {
        text.push_str(line);
    } else {
        text.extend(line.chars().take(columns - 1));
        text.push('…');
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_to_a_cell() {
        // A white pixel at the top left of 3 x 2, and a gray one at the bottom right.
        let tile = [1.0, 0.0, 0.0, 0.0, 0.0, 0.5];
        let gallery = Gallery::new(3, 2).title("title").row("row", &tile);
        let text = |shades| gallery.to_text(80, shades).unwrap();
        assert_eq!(text(Shades::Characters), "title\nrow\n=\n +\n");
        let expected = "title\nrow\n\
            \u{1b}[38;2;255;255;255;48;2;0;0;0m▀\u{1b}[38;2;0;0;0;48;2;0;0;0m▀\u{1b}[0m\n\
            \u{1b}[0m\u{1b}[38;2;0;0;0m▀\u{1b}[0m\u{1b}[38;2;128;128;128m▀\u{1b}[0m\n";
        assert_eq!(text(Shades::Colours), expected);
        let expected = "title\nrow\n\
            \u{1b}[38;5;231;48;5;16m▀\u{1b}[38;5;16;48;5;16m▀\u{1b}[0m\n\
            \u{1b}[0m\u{1b}[38;5;16m▀\u{1b}[0m\u{1b}[38;5;244m▀\u{1b}[0m\n";
        assert_eq!(text(Shades::Palette), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let values = vec![0.9; 10 * 28 * 28];
        let gallery = Gallery::new(28, 28).title("t").row("a caption of some length", &values);
        for (columns, side, shown) in [
            (300, 28usize, 10),
            (289, 28, 10),
            (288, 27, 10),
            (149, 14, 10),
            (148, 15, 9),
            (80, 15, 5),
            (28, 28, 1),
            (13, 13, 1),
            (1, 1, 1),
            (usize::MAX, 28, 10),
        ] {
            let text = gallery.to_text(columns, Shades::Characters).unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{columns}:\n{text}");
            let tiles: Vec<&str> = text.lines().filter(|line| line.contains('@')).collect();
            assert_eq!(tiles.len(), side.div_ceil(2), "{columns}");
            let expected = vec!["@".repeat(side); shown].join(" ");
            assert!(tiles.iter().all(|line| **line == expected), "{columns}: {tiles:?}");
            assert_eq!(text.contains(" of 10 col") || columns < 12, shown < 10, "{columns}");
        }
    }

    #[test]
    fn a_reduced_tile_keeps_its_mean() {
        for (from, to) in [(28, 28), (28, 14), (28, 15), (7, 3), (5, 1)] {
            let shares = shares(from, to);
            let mut of_value = vec![0.0; from];
            for part in &shares {
                assert!((part.iter().map(|s| s.1).sum::<f64>() - 1.0).abs() < 1e-12);
                part.iter().for_each(|&(value, share)| of_value[value] += share);
            }
            let expected = to as f64 / from as f64;
            assert!(of_value.iter().all(|sum| (sum - expected).abs() < 1e-12), "{from} to {to}");
        }
        // Columns and rows: the left half white, or the upper one.
        for (tile, expected) in [
            ([1.0, 1.0, 0.0, 0.0].repeat(4), [255, 0, 255, 0]),
            ([[1.0; 8], [0.0; 8]].concat(), [255, 255, 0, 0]),
        ] {
            let expected = expected.map(|gray| [gray; 3]);
            let gallery = Gallery::new(4, 4).row("", &tile);
            assert_eq!(gallery.reduced(&gallery.rows[0], &tile, [2, 2]), expected);
        }
    }

    #[test]
    fn every_gray_has_the_nearest_color_of_the_palette() {
        let value = |index: u8| i32::from(color_of_palette(index)[0]);
        assert_eq!([16, 231, 232, 255].map(value), [0, 255, 8, 238]);
        let all: Vec<u8> = [16, 231].into_iter().chain(232..=255).collect();
        for gray in 0..=255u8 {
            let off = |index: u8| (i32::from(gray) - value(index)).abs();
            let nearest = all.iter().map(|&index| off(index)).min();
            assert_eq!(Some(off(palette([gray; 3]))), nearest, "{gray}");
        }
    }

    #[test]
    fn every_color_is_near_the_one_that_is_shown() {
        for (color, index) in [
            ([255, 0, 0], 196),
            ([0, 0, 255], 21),
            ([0, 95, 255], 27),
            ([255, 255, 0], 226),
            // Nearer to a gray than to any color of the cube.
            ([69, 68, 70], 238),
        ] {
            assert_eq!(palette(color), index, "{color:?}");
        }
        let off = |a: Rgb, b: Rgb| -> u32 {
            a.iter().zip(b).map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
        };
        let steps = || (0..=255u8).step_by(51);
        for color in
            steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])))
        {
            let cube = (16..=231).map(|index| off(color, color_of_palette(index))).min();
            let found = off(color, color_of_palette(palette(color)));
            // A gray stays gray, even where the cube has a nearer color.
            assert!(Some(found) <= cube || color == [color[0]; 3], "{color:?}");
        }
    }

    #[test]
    fn colors_are_printed_as_colors() {
        let tile = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let gallery = Gallery::new(2, 1).channels(3).row("", &tile);
        let text = |shades| gallery.to_text(80, shades).unwrap();
        let expected = "\u{1b}[38;2;255;0;0;48;2;0;0;255m▀\u{1b}[0m\n";
        assert_eq!(text(Shades::Colours), expected);
        assert_eq!(text(Shades::Palette), "\u{1b}[38;5;196;48;5;21m▀\u{1b}[0m\n");
        // The lumas are 54 and 18 of 255.
        assert_eq!(text(Shades::Characters), ".\n");
    }

    #[test]
    fn a_gallery_that_cannot_be_drawn_cannot_be_written_as_text() {
        let broken = Gallery::new(1, 1).row("", &[f32::NAN]);
        let error = broken.to_text(80, Shades::Characters).unwrap_err();
        assert!(matches!(error, PlotError::NotDrawable { .. }), "{error}");
    }
}
