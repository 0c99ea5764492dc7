//! Series and their reconstructions, one above the other, with the error between them.

use crate::canvas::{Align, Canvas, Line, Shape};
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Area, Axis, Frame, Key, Plot, range};
use crate::image::Image;
use crate::theme::{Rgb, SERIES_COLORS, TICK_SIZE, TITLE_SIZE};

const WIDTH: usize = 1200;
const ROW_HEIGHT: usize = 200;
/// The heights of what is above the first row and, for the name of the axis, below the last.
const LEGEND_HEIGHT: usize = 52;
const TITLE_HEIGHT: usize = 50;
const FOOT: usize = 39;
const ORIGINAL: Line = Line { color: SERIES_COLORS[0], width: 2.5, dashes: &[] };
const RECONSTRUCTION: Line = Line { color: [0x2b; 3], width: 2.0, dashes: &[9.0, 5.0] };
const ERROR: Rgb = [0xf6, 0xc0, 0x9a];

/// Rows of series: each with its reconstruction, and the area between both filled.
///
/// All rows have the same axes, so that errors can be compared between rows. The picture is 1200
/// pixels wide and has 200 for each row.
///
/// ```
/// use ae_plot::{Chart, SeriesChart};
///
/// let chart = SeriesChart::new()
///     .row("normal", &[0.0, 1.0, 0.0], &[0.1, 0.9, 0.1])
///     .row("anomalous", &[0.0, -1.0, 0.0], &[0.1, 0.9, 0.1]);
/// assert_eq!(chart.to_image()?.width(), 1200);
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SeriesChart {
    labels: Labels,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    caption: String,
    original: Vec<f64>,
    reconstruction: Vec<f64>,
}

impl SeriesChart {
    /// A chart without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a series (`f32` or `f64`) and its reconstruction.
    #[must_use]
    pub fn row<T: Copy + Into<f64>>(
        mut self,
        caption: impl Into<String>,
        original: &[T],
        reconstruction: &[T],
    ) -> Self {
        let [original, reconstruction] = [original, reconstruction]
            .map(|values| values.iter().map(|&value| value.into()).collect());
        self.rows.push(Row { caption: caption.into(), original, reconstruction });
        self
    }

    /// Checks all rows, and returns the length of the longest one and all values.
    fn checked(&self) -> Result<(usize, Vec<f64>), PlotError> {
        if self.rows.is_empty() {
            return Err(PlotError::Empty { what: "a chart of series without rows".to_owned() });
        }
        let mut values = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            let what = format!("row {} ({:?})", i + 1, row.caption);
            let (expected, found) = (row.original.len(), row.reconstruction.len());
            if expected == 0 {
                return Err(PlotError::Empty { what });
            }
            if expected != found {
                let what = format!("the reconstruction of {what}");
                return Err(PlotError::Length { what, expected, found });
            }
            check_drawable(&what, &row.original)?;
            check_drawable(&format!("the reconstruction of {what}"), &row.reconstruction)?;
            values.extend(row.original.iter().chain(&row.reconstruction));
        }
        let longest = self.rows.iter().map(|row| row.original.len()).max();
        Ok((longest.unwrap_or(1), values))
    }
}

impl Chart for SeriesChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no row, or a series without values;
    /// - [`PlotError::Length`]: a reconstruction is not as long as its series;
    /// - [`PlotError::NotDrawable`]: a value is NaN, infinite or beyond 1e100;
    /// - [`PlotError::TooLarge`]: more rows than fit in a picture, about 70.
    fn to_image(&self) -> Result<Image, PlotError> {
        let (longest, values) = self.checked()?;
        let (low, high) = range(&values);
        // Overflow is impossible: every row is in memory.
        let head = LEGEND_HEIGHT + if self.labels.title.is_empty() { 0 } else { TITLE_HEIGHT };
        let foot = if self.labels.x.is_empty() { 0 } else { FOOT };
        let height = head + self.rows.len() * ROW_HEIGHT + foot;
        let border = if longest == 1 { 0.5 } else { (longest - 1) as f64 * 0.01 };
        let mut canvas = Canvas::new(WIDTH, height)?;
        let last = self.rows.len() - 1;
        for (i, row) in self.rows.iter().enumerate() {
            let top = (head + i * ROW_HEIGHT) as f32;
            let bottom = top + (ROW_HEIGHT + if i == last { foot } else { 0 }) as f32;
            let frame = Frame {
                title: String::new(),
                x: Axis::counting(longest, border, if i == last { &self.labels.x } else { "" }),
                y: Axis::enclosing(low, high, 4, &self.labels.y),
                legend: Vec::new(),
                vertical_grid: true,
            };
            let area = Area { left: 0.0, top, right: WIDTH as f32, bottom };
            let plot = frame.draw(&mut canvas, area, 0);
            let Area { left, right, top, .. } = plot.area;
            if i == 0 {
                let title = canvas.font.fit(&self.labels.title, TITLE_SIZE, right - left);
                canvas.text(&title, left, 52.0, TITLE_SIZE, Align::Left);
                let heading = Frame { legend: legend(), ..frame };
                heading.draw_legend(&mut canvas, Area { top: head as f32 + 6.0, ..plot.area });
            }
            let caption = canvas.font.fit(&row.caption, TICK_SIZE, right - left);
            canvas.text(&caption, left, top - 9.0, TICK_SIZE, Align::Left);
            row.draw(&mut canvas, &plot);
        }
        Ok(canvas.into_image())
    }
}

fn legend() -> Vec<(Key, String)> {
    vec![
        (Key::Line(ORIGINAL), "original".to_owned()),
        (Key::Line(RECONSTRUCTION), "reconstruction".to_owned()),
        (Key::Bar(ERROR), "error".to_owned()),
    ]
}

impl Row {
    fn draw(&self, canvas: &mut Canvas, plot: &Plot) {
        let place = |values: &[f64]| -> Vec<(f32, f32)> {
            let place = |(k, &y): (usize, &f64)| (plot.x((k + 1) as f64), plot.y(y));
            values.iter().enumerate().map(place).collect()
        };
        let (original, reconstruction) = (place(&self.original), place(&self.reconstruction));
        let around: Vec<_> = original.iter().chain(reconstruction.iter().rev()).copied().collect();
        canvas.polygon(&around, ERROR, 255);
        if let ([original], [reconstruction]) = (&original[..], &reconstruction[..]) {
            // A single value has no line.
            canvas.marker(Shape::Circle, original.0, original.1, 6.0, ORIGINAL.color, 255);
            let color = RECONSTRUCTION.color;
            canvas.marker(Shape::Diamond, reconstruction.0, reconstruction.1, 4.0, color, 255);
            return;
        }
        canvas.polyline(&original, ORIGINAL);
        canvas.polyline(&reconstruction, RECONSTRUCTION);
    }
}
