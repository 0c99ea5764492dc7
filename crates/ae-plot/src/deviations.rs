//! How far numbers are off, on a scale of powers of ten, in a row for each group of them.

use crate::canvas::{Canvas, Shape};
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Axis, Frame, Key};
use crate::image::Image;
use crate::theme::{INK, SERIES_COLORS};

const WIDTH: usize = 1200;
/// The height of a row, and of everything else.
const ROW: usize = 34;
const REST: usize = 230;
const MAX_ROWS: usize = 400;
/// What is smaller is drawn here: nothing is off by less.
const SMALLEST: f64 = 1e-3;

/// Rows of points on a logarithmic scale, with a limit that should not be exceeded.
///
/// ```
/// use ae_plot::{Chart, DeviationChart};
/// let rows = [("dense_1/kernel", vec![0.5, 2.0]), ("dense_1/bias", vec![1e6])];
/// let image = DeviationChart::new(&rows, 32.0)?.title("gradients").to_image()?;
/// assert_eq!(image.width(), 1200);
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DeviationChart {
    labels: Labels,
    rows: Vec<(String, Vec<f64>)>,
    limit: f64,
}

impl DeviationChart {
    /// A chart of these rows, each with its name and its deviations, 0 or more.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no rows;
    /// - [`PlotError::NotDrawable`]: a deviation is NaN, infinite or beyond 1e100;
    /// - [`PlotError::TooMany`]: more than 400 rows.
    pub fn new<N: AsRef<str>>(rows: &[(N, Vec<f64>)], limit: f64) -> Result<Self, PlotError> {
        if rows.is_empty() {
            return Err(PlotError::Empty { what: "a chart of deviations without rows".into() });
        }
        if rows.len() > MAX_ROWS {
            let (what, limit, found) = ("rows", MAX_ROWS, rows.len());
            return Err(PlotError::TooMany { what, limit, found });
        }
        for (name, values) in rows {
            check_drawable(name.as_ref(), values)?;
        }
        let rows = rows.iter().map(|(name, values)| (name.as_ref().to_owned(), values.clone()));
        Ok(Self { labels: Labels::default(), rows: rows.collect(), limit })
    }

    fn frame(&self) -> Frame {
        let largest =
            self.rows.iter().flat_map(|(_, values)| values).fold(1e3, |a: f64, &b| a.max(b));
        let names = self.rows.iter().rev().map(|(name, _)| name.as_str());
        let marker = |i: usize| Key::Marker(Shape::Circle, SERIES_COLORS[i]);
        Frame {
            title: self.labels.title.clone(),
            x: Axis::powers(SMALLEST, largest, &self.labels.x),
            y: Axis::named(names, &self.labels.y),
            legend: vec![
                (marker(0), "rounding".to_owned()),
                (marker(1), format!("more than {}", self.limit)),
            ],
            vertical_grid: true,
        }
    }
}

impl Chart for DeviationChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// [`DeviationChart::new`] has ruled out all errors.
    fn to_image(&self) -> Result<Image, PlotError> {
        let frame = self.frame();
        let height = REST + ROW * self.rows.len();
        let (mut canvas, area, legend_lines): (Canvas, _, _) = frame.alone(WIDTH, height)?;
        let plot = frame.draw(&mut canvas, area, legend_lines);
        let limit = plot.x(self.limit.log10());
        canvas.rect(limit - 1.0, plot.area.top, limit + 1.0, plot.area.bottom, INK);
        for (i, (_, values)) in self.rows.iter().enumerate() {
            let y = plot.y((self.rows.len() - i) as f64);
            for &value in values {
                let color = SERIES_COLORS[usize::from(value > self.limit)];
                let x = plot.x(value.max(SMALLEST).log10());
                canvas.marker(Shape::Circle, x, y, 6.0, color, 150);
            }
        }
        Ok(canvas.into_image())
    }
}
