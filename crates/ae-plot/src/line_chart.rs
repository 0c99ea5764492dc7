//! Line charts over epochs, such as the loss curve, or over given x values.

use crate::canvas::{Line, Shape};
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Axis, Frame, Key, range};
use crate::image::Image;
use crate::theme::{DASHES, MAX_SERIES, SERIES_COLORS};

const WIDTH: usize = 1200;
const HEIGHT: usize = 720;
/// Up to this many points, each is marked by a dot: a line through three points alone tells little.
const DOTS_UP_TO: usize = 25;

/// A chart of one or more named series over 1, 2, 3, ..., such as losses over epochs, or over the x
/// given with [`LineChart::at`].
///
/// The y axis runs between round numbers around all values; nothing is clipped. Series may differ
/// in length. The picture is 1200 by 720 pixels.
///
/// ```
/// use ae_plot::{Chart, LineChart};
///
/// let image = LineChart::loss()
///     .series("loss", &[0.45, 0.20, 0.15])
///     .series("val_loss", &[0.30f32, 0.19, 0.16])
///     .to_image()?;
/// assert_eq!((image.width(), image.height()), (1200, 720));
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LineChart {
    labels: Labels,
    /// `None`: 1, 2, 3, ...
    xs: Option<Vec<f64>>,
    /// The names of 1, 2, 3, ..., if these are not counted.
    names: Option<Vec<String>>,
    series: Vec<(String, Vec<f64>)>,
}

impl LineChart {
    /// A chart without series, title or axis labels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A chart whose axes are labeled "epoch" and "loss".
    #[must_use]
    pub fn loss() -> Self {
        Self { labels: Labels::of_axes("epoch", "loss"), ..Self::default() }
    }

    /// Places the values of every series at these `xs` (`f32` or `f64`), instead of at 1, 2, 3, ...
    ///
    /// ```
    /// use ae_plot::{Chart, LineChart};
    ///
    /// let chart = LineChart::new().at(&[0.1, 0.2, 0.5]).series("PSNR", &[20.7, 15.3, 9.1]);
    /// chart.to_image()?;
    /// # Ok::<(), ae_plot::PlotError>(())
    /// ```
    #[must_use]
    pub fn at<T: Copy + Into<f64>>(mut self, xs: &[T]) -> Self {
        self.xs = Some(xs.iter().map(|&x| x.into()).collect());
        self
    }

    /// Writes these names below 1, 2, 3, ..., for values that are not at equal distances but are
    /// drawn so. Every series has as many values.
    ///
    /// ```
    /// use ae_plot::{Chart, LineChart};
    ///
    /// let chart = LineChart::new().names(&["2", "4", "8"]).series("seconds", &[1.0, 0.6, 0.5]);
    /// chart.x_label("cores").to_image()?;
    /// # Ok::<(), ae_plot::PlotError>(())
    /// ```
    #[must_use]
    pub fn names<N: AsRef<str>>(mut self, names: &[N]) -> Self {
        self.names = Some(names.iter().map(|name| name.as_ref().to_owned()).collect());
        self
    }

    /// Adds a line through `values` (`f32` or `f64`) at x = 1, 2, 3, ..., or at the x values of
    /// [`LineChart::at`].
    #[must_use]
    pub fn series<T: Copy + Into<f64>>(mut self, name: impl Into<String>, values: &[T]) -> Self {
        let values = values.iter().map(|&v| v.into()).collect();
        self.series.push((name.into(), values));
        self
    }

    /// The x of value `k` of a series.
    fn x(&self, k: usize) -> f64 {
        self.xs.as_ref().map_or((k + 1) as f64, |xs| xs[k])
    }

    fn x_axis(&self) -> Axis {
        if let Some(xs) = &self.xs {
            return Axis::around(xs, 10, &self.labels.x);
        }
        if let Some(names) = &self.names {
            return Axis::named(names.iter().map(String::as_str), &self.labels.x);
        }
        let longest = self.series.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
        // A hundredth of the width keeps the first and last point off the frame.
        let border = ((longest - 1) as f64 * 0.01).max(if longest == 1 { 0.5 } else { 0.05 });
        Axis::counting(longest, border, &self.labels.x)
    }

    fn check(&self) -> Result<(), PlotError> {
        if self.series.is_empty() {
            return Err(PlotError::Empty { what: "a line chart without series".to_owned() });
        }
        let (what, limit, found) = ("series", MAX_SERIES, self.series.len());
        if found > limit {
            return Err(PlotError::TooMany { what, limit, found });
        }
        if let Some(xs) = &self.xs {
            check_drawable("xs", xs)?;
        }
        for (name, values) in &self.series {
            let what = format!("series {name:?}");
            check_drawable(&what, values)?;
            if values.is_empty() {
                return Err(PlotError::Empty { what });
            }
            let names = self.names.as_ref().map_or(values.len(), Vec::len);
            let (expected, found) = (self.xs.as_ref().map_or(names, Vec::len), values.len());
            if found != expected {
                return Err(PlotError::Length { what, expected, found });
            }
        }
        Ok(())
    }
}

impl Chart for LineChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no series, or a series without values;
    /// - [`PlotError::NotDrawable`]: a value or an x is NaN, infinite or beyond 1e100;
    /// - [`PlotError::Length`]: the length of a series differs from the number of given x values or
    ///   names;
    /// - [`PlotError::TooMany`]: more than 12 series.
    fn to_image(&self) -> Result<Image, PlotError> {
        self.check()?;
        let all: Vec<f64> = self.series.iter().flat_map(|(_, values)| values).copied().collect();
        let (low, high) = range(&all);
        let legend = self.series.iter().enumerate();
        let frame = Frame {
            title: self.labels.title.clone(),
            x: self.x_axis(),
            y: Axis::enclosing(low, high, 7, &self.labels.y),
            legend: legend.map(|(i, (name, _))| (Key::Line(line(i)), name.clone())).collect(),
            vertical_grid: true,
        };

        let (mut canvas, area, legend_lines) = frame.alone(WIDTH, HEIGHT)?;
        let plot = frame.draw(&mut canvas, area, legend_lines);
        // In reverse, so that the first series, which matters most, lies on top.
        for (i, (_, values)) in self.series.iter().enumerate().rev() {
            let place = |(k, &v): (usize, &f64)| (plot.x(self.x(k)), plot.y(v));
            let points: Vec<_> = values.iter().enumerate().map(place).collect();
            canvas.polyline(&points, line(i));
            if points.len() <= DOTS_UP_TO {
                for (x, y) in points {
                    canvas.marker(Shape::Circle, x, y, 5.0, line(i).color, 255);
                }
            }
        }
        Ok(canvas.into_image())
    }
}

/// The line style of series `i`.
fn line(i: usize) -> Line {
    let color = SERIES_COLORS[i % SERIES_COLORS.len()];
    Line { color, width: 3.0, dashes: DASHES[i % DASHES.len()] }
}
