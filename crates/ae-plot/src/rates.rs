//! Curves in the unit square: ROC, precision over recall.

use crate::canvas::{Line, Shape};
use crate::chart::{Chart, Labels};
use crate::error::PlotError;
use crate::frame::{Axis, Frame, Key};
use crate::image::Image;
use crate::theme::{INK, SERIES_COLORS};

const SIDE: usize = 860;
const CURVE: Line = Line { color: SERIES_COLORS[0], width: 3.5, dashes: &[] };
const GUIDE: Line = Line { color: [0x8c; 3], width: 2.0, dashes: &[8.0, 6.0] };
const CHOSEN: [u8; 3] = SERIES_COLORS[1];

type Point = (f64, f64);

/// A chart of two rates from 0 to 1: a curve, a dashed line to compare it with, and a chosen point.
/// The picture is 860 by 860 pixels.
///
/// ```
/// use ae_plot::{Chart, RateChart};
///
/// let chart = RateChart::new(&[(0.0, 0.0), (0.1, 0.8), (1.0, 1.0)], "AUROC 0.850")
///     .guide("chance", (0.0, 0.0), (1.0, 1.0))
///     .chosen("at the threshold", (0.1, 0.8))
///     .x_label("false alarms")
///     .y_label("recall");
/// assert_eq!(chart.to_image()?.height(), 860);
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RateChart {
    labels: Labels,
    curve: (String, Vec<Point>),
    guide: Option<(String, [Point; 2])>,
    chosen: Option<(String, Point)>,
}

impl RateChart {
    /// A curve that joins the points by straight lines, as an ROC curve does.
    #[must_use]
    pub fn new(points: &[Point], name: impl Into<String>) -> Self {
        let curve = (name.into(), points.to_vec());
        Self { labels: Labels::default(), curve, guide: None, chosen: None }
    }

    /// A curve in steps: between two points it has the height of the one with the larger x.
    /// Precision over recall is drawn so, since a straight line between two points promises more
    /// than any threshold gives (J. Davis and M. Goadrich, "The relationship between
    /// precision-recall and ROC curves", 2006). The area under the steps is the average precision.
    #[must_use]
    pub fn steps(points: &[Point], name: impl Into<String>) -> Self {
        let corners = points.windows(2).flat_map(|pair| {
            let [(from, left), (to, right)] = [pair[0], pair[1]];
            let height = if from < to { right } else { left };
            [(from, left), (from, height), (to, height)]
        });
        let corners: Vec<Point> = corners.chain(points.last().copied()).collect();
        Self::new(&corners, name)
    }

    /// Adds a dashed line.
    #[must_use]
    pub fn guide(mut self, name: impl Into<String>, from: Point, to: Point) -> Self {
        self.guide = Some((name.into(), [from, to]));
        self
    }

    /// Marks a point.
    #[must_use]
    pub fn chosen(mut self, name: impl Into<String>, point: Point) -> Self {
        self.chosen = Some((name.into(), point));
        self
    }

    fn check(&self) -> Result<(), PlotError> {
        let (name, points) = &self.curve;
        if points.is_empty() {
            return Err(PlotError::Empty { what: format!("curve {name:?}") });
        }
        check_rates(&format!("curve {name:?}"), points)?;
        if let Some((name, ends)) = &self.guide {
            check_rates(&format!("line {name:?}"), ends)?;
        }
        if let Some((name, point)) = &self.chosen {
            check_rates(&format!("point {name:?}"), &[*point])?;
        }
        Ok(())
    }
}

/// Checks that both coordinates of every point are rates. Rounding may have added a little.
fn check_rates(what: &str, points: &[Point]) -> Result<(), PlotError> {
    for (index, &(x, y)) in points.iter().enumerate() {
        for value in [x, y] {
            if !(-1e-6..=1.0 + 1e-6).contains(&value) {
                let what = what.to_owned();
                return Err(PlotError::NotDrawable { what, index, value });
            }
        }
    }
    Ok(())
}

impl Chart for RateChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: a curve without points;
    /// - [`PlotError::NotDrawable`]: a coordinate is NaN or not between 0 and 1.
    fn to_image(&self) -> Result<Image, PlotError> {
        self.check()?;
        let mut legend = vec![(Key::Line(CURVE), self.curve.0.clone())];
        if let Some((name, _)) = &self.guide {
            legend.push((Key::Line(GUIDE), name.clone()));
        }
        if let Some((name, _)) = &self.chosen {
            legend.push((Key::Marker(Shape::Circle, CHOSEN), name.clone()));
        }
        let frame = Frame {
            title: self.labels.title.clone(),
            x: Axis::unit(&self.labels.x),
            y: Axis::unit(&self.labels.y),
            legend,
            vertical_grid: true,
        };
        let (mut canvas, area, legend_lines) = frame.alone(SIDE, SIDE)?;
        let plot = frame.draw(&mut canvas, area, legend_lines);
        let place = |&(x, y): &Point| (plot.x(x), plot.y(y));
        if let Some((_, ends)) = &self.guide {
            canvas.polyline(&[place(&ends[0]), place(&ends[1])], GUIDE);
        }
        let points: Vec<_> = self.curve.1.iter().map(place).collect();
        canvas.polyline(&points, CURVE);
        if let Some((_, point)) = &self.chosen {
            let (x, y) = place(point);
            // A dark ring sets it off from the curve.
            canvas.marker(Shape::Circle, x, y, 9.5, INK, 255);
            canvas.marker(Shape::Circle, x, y, 8.0, CHOSEN, 255);
        }
        Ok(canvas.into_image())
    }
}
