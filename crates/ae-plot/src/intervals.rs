//! Means with their intervals, a row for each, above the values that they are means of.

use crate::canvas::{Line, Shape};
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Axis, Frame, Key};
use crate::image::Image;
use crate::theme::{INK, SERIES_COLORS};

const WIDTH: usize = 1200;
/// The height of a row, and of everything else.
const ROW: usize = 38;
const REST: usize = 230;
const MAX_ROWS: usize = 200;
/// The error bar, and half the height of its ends.
const BAR: Line = Line { color: INK, width: 2.5, dashes: &[] };
const END: f32 = 7.0;

/// A row of the chart.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    values: Vec<f64>,
    mean: Option<f64>,
    interval: Option<[f64; 2]>,
}

/// Means with error bars, and the single values as dots.
///
/// Rows can be compared even if they differ in several things at once, as the points of a grid do.
/// The picture is 1200 pixels wide; its height follows from the rows.
///
/// ```
/// use ae_plot::{Chart, IntervalChart};
///
/// let image = IntervalChart::new()
///     .row("latent 5", &[0.20, 0.22], Some(0.21), Some([0.19, 0.23]))
///     .row("latent 10", &[0.15], Some(0.15), None)
///     .row("latent 20", &[], None, None)
///     .to_image()?;
/// assert_eq!(image.width(), 1200);
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct IntervalChart {
    labels: Labels,
    rows: Vec<Row>,
}

impl IntervalChart {
    /// A chart without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row below the others: its values, their mean if there are any, and the interval of
    /// the mean if it is known.
    #[must_use]
    pub fn row(
        mut self,
        name: impl Into<String>,
        values: &[f64],
        mean: Option<f64>,
        interval: Option<[f64; 2]>,
    ) -> Self {
        self.rows.push(Row { name: name.into(), values: values.to_vec(), mean, interval });
        self
    }

    /// Checks the rows, and returns all numbers in them.
    fn numbers(&self) -> Result<Vec<f64>, PlotError> {
        if self.rows.len() > MAX_ROWS {
            let (what, limit, found) = ("rows", MAX_ROWS, self.rows.len());
            return Err(PlotError::TooMany { what, limit, found });
        }
        let mut all = Vec::new();
        for row in &self.rows {
            let begin = all.len();
            all.extend(&row.values);
            all.extend(row.mean);
            all.extend(row.interval.into_iter().flatten());
            check_drawable(&format!("row {:?}", row.name), &all[begin..])?;
        }
        if all.is_empty() {
            return Err(PlotError::Empty { what: "a chart of intervals without values".into() });
        }
        Ok(all)
    }
}

impl Chart for IntervalChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no row has a value;
    /// - [`PlotError::NotDrawable`]: a number is NaN, infinite or beyond 1e100;
    /// - [`PlotError::TooMany`]: more than 200 rows.
    fn to_image(&self) -> Result<Image, PlotError> {
        let numbers = self.numbers()?;
        let names = self.rows.iter().rev().map(|row| row.name.as_str());
        let mut legend = vec![(Key::Marker(Shape::Diamond, INK), "mean".to_owned())];
        if self.rows.iter().any(|row| row.interval.is_some()) {
            legend.push((Key::Line(BAR), "95 % interval of the mean".to_owned()));
        }
        legend.push((Key::Marker(Shape::Circle, SERIES_COLORS[0]), "one seed".to_owned()));
        let frame = Frame {
            title: self.labels.title.clone(),
            x: Axis::around(&numbers, 7, &self.labels.x),
            y: Axis::named(names, &self.labels.y),
            legend,
            vertical_grid: true,
        };
        let (mut canvas, area, legend_lines) = frame.alone(WIDTH, REST + ROW * self.rows.len())?;
        let plot = frame.draw(&mut canvas, area, legend_lines);
        for (i, row) in self.rows.iter().enumerate() {
            let y = plot.y((self.rows.len() - i) as f64);
            for &value in &row.values {
                canvas.marker(Shape::Circle, plot.x(value), y, 7.0, SERIES_COLORS[0], 150);
            }
            if let Some(ends) = row.interval {
                let [low, high] = ends.map(|x| plot.x(x));
                canvas.polyline(&[(low, y), (high, y)], BAR);
                for x in [low, high] {
                    canvas.polyline(&[(x, y - END), (x, y + END)], BAR);
                }
            }
            if let Some(mean) = row.mean {
                canvas.marker(Shape::Diamond, plot.x(mean), y, 6.0, INK, 255);
            }
        }
        Ok(canvas.into_image())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let chart = IntervalChart::new;
        assert!(matches!(chart().to_image(), Err(PlotError::Empty { .. })));
        let empty = chart().row("a", &[], None, None);
        assert!(matches!(empty.to_image(), Err(PlotError::Empty { .. })));
        let bad = chart().row("a", &[1.0], Some(1.0), Some([0.0, f64::INFINITY]));
        assert!(bad.to_image().unwrap_err().to_string().contains("\"a\""));
        let many = (0..=MAX_ROWS).fold(chart(), |all, _| all.row("", &[1.0], None, None));
        assert!(matches!(many.to_image(), Err(PlotError::TooMany { .. })));
    }

    #[test]
    fn the_bar_reaches_as_far_as_the_interval() {
        // In the row's middle, ink lies between the ends of the interval and nowhere else.
        let ink = |interval| {
            let chart = IntervalChart::new().row("a", &[0.0, 10.0], None, interval);
            let image = chart.to_image().unwrap();
            image.rgb().chunks_exact(3).filter(|pixel| **pixel == INK).count()
        };
        let [narrow, wide] = [[4.0, 6.0], [1.0, 9.0]].map(|ends| ink(Some(ends)));
        assert!(wide > narrow && narrow > ink(None), "{narrow}, {wide}");
    }

    #[test]
    fn a_long_name_leaves_room_for_the_bar() {
        let longest_bar = |name: &str| {
            let chart = IntervalChart::new().row(name, &[0.0, 10.0], None, Some([0.0, 10.0]));
            let image = chart.to_image().unwrap();
            let lines = image.rgb().chunks_exact(3 * image.width());
            let long = |line: &[u8]| {
                let pixels: Vec<bool> = line.chunks_exact(3).map(|pixel| *pixel == INK).collect();
                pixels.split(|ink| !ink).map(<[bool]>::len).max().unwrap()
            };
            lines.map(long).max().unwrap()
        };
        assert!(longest_bar("a") > 1000);
        assert!(longest_bar(&"a".repeat(1000)) > 500);
    }
}
