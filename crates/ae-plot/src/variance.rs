//! The fraction of the data's variance along each principal component.

use crate::canvas::{Canvas, Line, Shape};
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Area, Axis, Frame, Key};
use crate::image::Image;
use crate::theme::SERIES_COLORS;

const WIDTH: usize = 1000;
const HEIGHT: usize = 720;
const BAR_COLOR: [u8; 3] = SERIES_COLORS[5];
const SUM_LINE: Line = Line { color: SERIES_COLORS[1], width: 3.0, dashes: &[] };

/// A bar chart of explained-variance ratios with the line of their running sum.
///
/// The y axis is always 0 to 1, because a fraction only has a meaning relative to the whole. The
/// picture is 1000 by 720 pixels.
#[derive(Clone, Debug)]
pub struct VarianceChart {
    labels: Labels,
    ratios: Vec<f64>,
}

impl VarianceChart {
    /// A chart of `ratios` (`f32` or `f64`): each component's fraction of the total variance.
    ///
    /// They may be a part of the components, so their sum may be below 1.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no ratios;
    /// - [`PlotError::NotDrawable`]: a ratio is NaN or infinite;
    /// - [`PlotError::Ratio`]: a ratio is below 0, or the sum exceeds 1; both beyond the 1e-3 that
    ///   rounding in `f32` may cause.
    pub fn new<T: Copy + Into<f64>>(ratios: &[T]) -> Result<Self, PlotError> {
        let mut ratios: Vec<f64> = ratios.iter().map(|&v| v.into()).collect();
        if ratios.is_empty() {
            return Err(PlotError::Empty { what: "no explained-variance ratios".to_owned() });
        }
        check_drawable("explained variance", &ratios)?;
        let mut sum = 0.0;
        for (i, ratio) in ratios.iter_mut().enumerate() {
            let component = i + 1;
            if *ratio < -1e-3 {
                return Err(PlotError::Ratio { reason: "a negative ratio", component });
            }
            *ratio = ratio.max(0.0);
            sum += *ratio;
            if sum > 1.0 + 1e-3 {
                return Err(PlotError::Ratio { reason: "the sum exceeds 1", component });
            }
        }
        let labels = Labels::of_axes("principal component", "explained variance ratio");
        Ok(Self { labels, ratios })
    }

    pub(crate) fn frame(&self) -> Frame {
        Frame {
            title: self.labels.title.clone(),
            x: Axis::counting(self.ratios.len(), 0.6, &self.labels.x),
            y: Axis::enclosing(0.0, 1.0, 6, &self.labels.y),
            legend: vec![
                (Key::Bar(BAR_COLOR), "component".to_owned()),
                (Key::Line(SUM_LINE), "cumulative".to_owned()),
            ],
            vertical_grid: false,
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, frame: &Frame, area: Area, legend_lines: usize) {
        let plot = frame.draw(canvas, area, legend_lines);
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(self.ratios.len());
        for (i, ratio) in self.ratios.iter().enumerate() {
            let x = (i + 1) as f64;
            let (left, right) = (plot.x(x - 0.38), plot.x(x + 0.38));
            // The bar stands on the axis line, which is 1 pixel high above `bottom`.
            let (top, bottom) = (plot.y(*ratio), plot.area.bottom - 1.0);
            canvas.rect(left, top.min(bottom), right, bottom, BAR_COLOR);
            sum += ratio;
            sums.push((plot.x(x), plot.y(sum.min(1.0))));
        }
        canvas.polyline(&sums, SUM_LINE);
        // Dots mark the components; beyond 40 they would overlap.
        if sums.len() <= 40 {
            for (x, y) in sums {
                canvas.marker(Shape::Circle, x, y, 5.5, SUM_LINE.color, 255);
            }
        }
    }
}

impl Chart for VarianceChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// [`VarianceChart::new`] has ruled out all errors.
    fn to_image(&self) -> Result<Image, PlotError> {
        let frame = self.frame();
        let (mut canvas, area, legend_lines) = frame.alone(WIDTH, HEIGHT)?;
        self.draw(&mut canvas, &frame, area, legend_lines);
        Ok(canvas.into_image())
    }
}
