//! Rows of small pictures, gray or in color: inputs above, reconstructions below.

use crate::canvas::{Align, Canvas};
use crate::error::PlotError;
use crate::heat::heat_color;
use crate::image::Image;
use crate::text::Font;
use crate::theme::{CAPTION_SIZE, GALLERY_TITLE_SIZE, HAIRLINE, Rgb};
use std::path::Path;

pub use terminal::Shades;

mod scale;
mod terminal;

/// The width of the empty border around everything.
const MARGIN: usize = 20;
/// The space between two tiles, and between two rows.
const GAP: usize = 10;
/// The height of a caption above its row.
const CAPTION_HEIGHT: usize = 32;
/// The height of the title above the first row.
const TITLE_HEIGHT: usize = 46;
/// The maximum of the longer side to which a tile is enlarged when no scale is given.
const PLEASANT_SIDE: usize = 84;
/// The maximum width to which a narrow gallery is widened for its captions; longer captions are
/// shortened.
const MAX_TEXT_WIDTH: f32 = 480.0;

/// A picture of tiles in captioned rows: gray tiles, or with [`Gallery::channels`] color tiles.
///
/// Tiles are borrowed, not copied. All checks happen in [`Gallery::layout`], on which the drawing
/// functions rely, so that rows can be chained without a `?` after each.
///
/// ```
/// let white = [1.0; 4];
/// let image = ae_plot::Gallery::new(2, 2).scale(3).row("", &white).to_image()?;
/// assert_eq!((image.width(), image.height()), (20 + 2 * 3 + 20, 20 + 2 * 3 + 20));
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gallery<'a> {
    tile_height: usize,
    tile_width: usize,
    /// The values of a pixel: 1 for gray, 3 for red, green and blue.
    channels: usize,
    scale: Option<usize>,
    title: String,
    /// With `Some(limit)`, black is `-limit` and white is `limit`; with `None`, black is 0 and
    /// white is 1.
    limit: Option<f32>,
    rows: Vec<Row<'a>>,
}

#[derive(Clone, Debug)]
struct Row<'a> {
    caption: String,
    values: &'a [f32],
    /// The value at the bright end of a heat map; `None` for a row of images.
    heat: Option<f32>,
}

/// The layout of a gallery, in pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GalleryLayout {
    /// Width of the whole picture.
    pub width: usize,
    /// Height of the whole picture.
    pub height: usize,
    /// The number of pixels per value along each axis.
    pub scale: usize,
    /// Top of each row's tiles; a caption lies in the space above.
    pub row_tops: Vec<usize>,
    /// Left border of each column's tiles.
    pub column_lefts: Vec<usize>,
}

impl<'a> Gallery<'a> {
    /// An empty gallery of gray tiles of `tile_height` by `tile_width` values.
    #[must_use]
    pub fn new(tile_height: usize, tile_width: usize) -> Self {
        let title = String::new();
        Self {
            tile_height,
            tile_width,
            channels: 1,
            scale: None,
            title,
            limit: None,
            rows: Vec::new(),
        }
    }

    /// The values of a pixel, side by side in a row's values: 1 for gray, the default, or 3 for
    /// red, green and blue. [`Gallery::layout`] refuses any other number.
    ///
    /// ```
    /// let red_and_blue = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    /// let gallery = ae_plot::Gallery::new(1, 2).channels(3).scale(1).row("", &red_and_blue);
    /// let image = gallery.to_image()?;
    /// assert_eq!((image.pixel(20, 20), image.pixel(21, 20)), ([255, 0, 0], [0, 0, 255]));
    /// # Ok::<(), ae_plot::PlotError>(())
    /// ```
    #[must_use]
    pub fn channels(mut self, channels: usize) -> Self {
        self.channels = channels;
        self
    }

    /// Adds a row of tiles: `n * tile_height * tile_width * channels` values, tile after tile,
    /// row-major.
    ///
    /// 0 is black and 1 is white; values beyond are clamped, since a decoder without a final
    /// sigmoid may overshoot. An empty caption takes no space. Rows may differ in length.
    #[must_use]
    pub fn row(mut self, caption: impl Into<String>, values: &'a [f32]) -> Self {
        let caption = caption.into();
        self.rows.push(Row { caption, values, heat: None });
        self
    }

    /// Adds a row of heat maps: `n * tile_height * tile_width` values, one for each pixel, whatever
    /// the channels of the images are. The colors are those of [`heat_color`]: 0 is black, `limit`
    /// the brightest yellow, and values beyond are clamped. A scale behind the caption shows both
    /// ends. Give one limit to all rows that are to be compared, such as the [largest
    /// magnitude](crate::largest_magnitude) of all. With a limit that is 0, negative or not finite
    /// everything is black.
    ///
    /// ```
    /// let error = [0.0, 0.5];
    /// let image = ae_plot::Gallery::new(1, 2).scale(1).heat_row("", &error, 0.5).to_image()?;
    /// let row = 20 + 32;
    /// assert_eq!(image.pixel(20, row), ae_plot::heat_color(0.0));
    /// assert_eq!(image.pixel(21, row), ae_plot::heat_color(1.0));
    /// # Ok::<(), ae_plot::PlotError>(())
    /// ```
    #[must_use]
    pub fn heat_row(mut self, caption: impl Into<String>, values: &'a [f32], limit: f32) -> Self {
        let caption = caption.into();
        self.rows.push(Row { caption, values, heat: Some(limit) });
        self
    }

    /// Puts a title above the first row.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Draws every value as `scale` by `scale` pixels, instead of the scale chosen from the tile's
    /// size. Zero counts as 1.
    #[must_use]
    pub fn scale(mut self, scale: usize) -> Self {
        self.scale = Some(scale.max(1));
        self
    }

    /// Draws values with a sign, such as weights: 0 is the middle gray, `limit` white, `-limit`
    /// black; values beyond are clamped. In color this holds for each channel. With the [largest
    /// magnitude](crate::largest_magnitude) of all rows as the limit nothing is clamped, and grays
    /// of different tiles can be compared. With a limit that is 0, negative or not finite
    /// everything is middle gray.
    #[must_use]
    pub fn symmetric(mut self, limit: f32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Checks the rows and computes the layout, without drawing.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no row, a row without tiles, or tiles without pixels;
    /// - [`PlotError::Channels`]: neither 1 nor 3 channels;
    /// - [`PlotError::PartialTile`]: a row's length is not a multiple of the tile's;
    /// - [`PlotError::NotDrawable`]: a value is NaN or infinite. Such a tile comes from a broken
    ///   model; drawn in black or white it would look like a poorly learned digit;
    /// - [`PlotError::TooLarge`]: the picture would be too large.
    pub fn layout(&self) -> Result<GalleryLayout, PlotError> {
        let columns = self.checked_columns()?;
        let longer = self.tile_height.max(self.tile_width);
        let scale = self.scale.unwrap_or((PLEASANT_SIDE / longer).max(1));
        // `None` below means that the size does not fit into a usize.
        let layout = self
            .place(columns, scale)
            .ok_or(PlotError::TooLarge { width: usize::MAX, height: usize::MAX })?;
        crate::image::check_size(layout.width, layout.height)?;
        Ok(layout)
    }

    /// Draws the gallery.
    ///
    /// # Errors
    /// Those of [`Gallery::layout`].
    pub fn to_image(&self) -> Result<Image, PlotError> {
        let layout = self.layout()?;
        let mut canvas = Canvas::new(layout.width, layout.height)?;
        let room = (layout.width - 2 * MARGIN) as f32;
        let left = MARGIN as f32;
        if !self.title.is_empty() {
            let text = canvas.font.fit(&self.title, GALLERY_TITLE_SIZE, room);
            canvas.text(&text, left, MARGIN as f32 + 20.0, GALLERY_TITLE_SIZE, Align::Left);
        }
        for (row, &top) in self.rows.iter().zip(&layout.row_tops) {
            let key = row.heat.map_or(0.0, |limit| scale::width(&canvas.font, limit));
            let text = canvas.font.fit(&row.caption, CAPTION_SIZE, room - key);
            canvas.text(&text, left, top as f32 - 10.0, CAPTION_SIZE, Align::Left);
            if let Some(limit) = row.heat {
                let behind = left + canvas.font.width(&text, CAPTION_SIZE);
                scale::draw(&mut canvas, behind, top as f32 - 10.0, limit);
            }
            let tiles = row.values.chunks_exact(self.tile_len(row));
            for (tile, &left) in tiles.zip(&layout.column_lefts) {
                self.draw_tile(&mut canvas, row, tile, [left, top], layout.scale);
            }
        }
        Ok(canvas.into_image())
    }

    /// Draws the gallery and writes it to `path` as PNG; see [`Image::write_png`].
    ///
    /// # Errors
    /// Those of [`Gallery::layout`] and of [`Image::write_png`].
    pub fn write_png(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.to_image()?.write_png(path)
    }

    fn draw_tile(
        &self,
        canvas: &mut Canvas,
        row: &Row<'_>,
        tile: &[f32],
        [left, top]: [usize; 2],
        scale: usize,
    ) {
        let (h, w) = (self.tile_height * scale, self.tile_width * scale);
        // One pixel of gray around the tile separates a white tile from the white page.
        canvas.fill_pixels(left - 1, top - 1, w + 2, h + 2, HAIRLINE);
        for (i, pixel) in tile.chunks_exact(self.row_channels(row)).enumerate() {
            let (y, x) = (i / self.tile_width, i % self.tile_width);
            let color = self.color(row, pixel);
            canvas.fill_pixels(left + x * scale, top + y * scale, scale, scale, color);
        }
    }

    /// The values of a pixel of this row.
    fn row_channels(&self, row: &Row<'_>) -> usize {
        if row.heat.is_some() { 1 } else { self.channels }
    }

    /// The number of values of a tile of this row; `usize::MAX` if it does not fit, and no row can
    /// hold one.
    fn tile_len(&self, row: &Row<'_>) -> usize {
        self.tile_height.saturating_mul(self.tile_width).saturating_mul(self.row_channels(row))
    }

    /// The color of a pixel of one value or three.
    fn color(&self, row: &Row<'_>, pixel: &[f32]) -> Rgb {
        if let Some(limit) = row.heat {
            let bright = limit > 0.0 && limit.is_finite();
            return heat_color(if bright { pixel[0] / limit } else { 0.0 });
        }
        match *pixel {
            [red, green, blue] => [red, green, blue].map(|value| self.level(value)),
            _ => [self.level(pixel[0]); 3],
        }
    }

    fn level(&self, value: f32) -> u8 {
        let level = match self.limit {
            None => value,
            Some(limit) if limit > 0.0 && limit.is_finite() => 0.5 + 0.5 * (value / limit),
            Some(_) => 0.5,
        };
        (level.clamp(0.0, 1.0) * 255.0).round() as u8
    }

    /// Checks all rows and returns the number of columns.
    fn checked_columns(&self) -> Result<usize, PlotError> {
        let empty = |what: String| Err(PlotError::Empty { what });
        if self.tile_height == 0 || self.tile_width == 0 {
            return empty(format!("tiles of {} x {} values", self.tile_height, self.tile_width));
        }
        if ![1, 3].contains(&self.channels) {
            return Err(PlotError::Channels { found: self.channels });
        }
        if self.rows.is_empty() {
            return empty("a gallery without rows".to_owned());
        }
        let mut columns = 0;
        for (i, row) in self.rows.iter().enumerate() {
            let what = format!("row {} ({:?})", i + 1, row.caption);
            // A tile larger than usize::MAX cannot be in memory, so its row fails as a partial
            // tile.
            let (tile, found) = (self.tile_len(row), row.values.len());
            if found == 0 {
                return empty(what);
            }
            if found % tile != 0 {
                return Err(PlotError::PartialTile { what, found, tile });
            }
            if let Some(index) = row.values.iter().position(|v| !v.is_finite()) {
                let value = f64::from(row.values[index]);
                return Err(PlotError::NotDrawable { what, index, value });
            }
            columns = columns.max(found / tile);
        }
        Ok(columns)
    }

    /// Computes the layout by the formulas of README.md; `None` on overflow.
    fn place(&self, columns: usize, scale: usize) -> Option<GalleryLayout> {
        let tile_width = self.tile_width.checked_mul(scale)?;
        let tile_height = self.tile_height.checked_mul(scale)?;

        let column_step = tile_width.checked_add(GAP)?;
        let tiles_width = column_step.checked_mul(columns)? - GAP;
        let width = tiles_width.max(self.text_width()).checked_add(2 * MARGIN)?;
        let column_lefts = (0..columns).map(|c| MARGIN + c * column_step).collect();

        let mut row_tops = Vec::with_capacity(self.rows.len());
        let mut y = MARGIN;
        if !self.title.is_empty() {
            y += TITLE_HEIGHT;
        }
        for row in &self.rows {
            if !row.caption.is_empty() || row.heat.is_some() {
                y = y.checked_add(CAPTION_HEIGHT)?;
            }
            row_tops.push(y);
            y = y.checked_add(tile_height)?.checked_add(GAP)?;
        }
        let height = (y - GAP).checked_add(MARGIN)?;
        Some(GalleryLayout { width, height, scale, row_tops, column_lefts })
    }

    fn text_width(&self) -> usize {
        let font = Font::embedded();
        let captions = self.rows.iter().map(|row| {
            let key = row.heat.map_or(0.0, |limit| scale::width(&font, limit));
            font.width(&row.caption, CAPTION_SIZE) + key
        });
        let title = font.width(&self.title, GALLERY_TITLE_SIZE);
        let widest = captions.fold(title, f32::max);
        widest.min(MAX_TEXT_WIDTH).ceil() as usize
    }
}

/// The largest absolute value; 0 for an empty slice. NaN is ignored.
#[must_use]
pub fn largest_magnitude(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}
