//! How often values occur: the bars of several groups over one axis, and a threshold.

use crate::canvas::Line;
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Axis, Frame, Key, Plot, range};
use crate::image::Image;
use crate::theme::{INK, MAX_SERIES, Rgb, SERIES_COLORS};

const WIDTH: usize = 1200;
const HEIGHT: usize = 720;
/// The number of bars across the axis.
const BARS: usize = 60;
/// The axis ends at this share of all values if the largest would make it several times as long.
const SHOWN: f64 = 0.99;
const MUCH_LONGER: f64 = 3.0;
const THRESHOLD: Line = Line { color: INK, width: 2.5, dashes: &[10.0, 6.0] };

/// A histogram of one or more groups of values, each with the share of its values under each bar:
/// so a group of ten and one of ten thousand are equally high.
///
/// All groups have the same bars. If a few values are far above the others, the axis ends where 99
/// % of the values do, the last bar counts those beyond, and the label of the axis says how many
/// they are. The picture is 1200 by 720 pixels.
///
/// ```
/// use ae_plot::{Chart, HistogramChart};
///
/// let chart = HistogramChart::new()
///     .group("normal", &[0.1, 0.12, 0.11, 0.15])
///     .group("anomalous", &[0.3, 0.14, 0.5])
///     .threshold("threshold 0.16", 0.16);
/// assert_eq!(chart.to_image()?.width(), 1200);
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct HistogramChart {
    labels: Labels,
    groups: Vec<(String, Vec<f64>)>,
    threshold: Option<(String, f64)>,
}

impl HistogramChart {
    /// A histogram without groups.
    #[must_use]
    pub fn new() -> Self {
        Self { labels: Labels::of_axes("", "share of the group"), ..Self::default() }
    }

    /// Adds a group of values (`f32` or `f64`). A group without values is only in the legend.
    #[must_use]
    pub fn group<T: Copy + Into<f64>>(mut self, name: impl Into<String>, values: &[T]) -> Self {
        self.groups.push((name.into(), values.iter().map(|&value| value.into()).collect()));
        self
    }

    /// Marks a value by a vertical line.
    #[must_use]
    pub fn threshold(mut self, name: impl Into<String>, value: f64) -> Self {
        self.threshold = Some((name.into(), value));
        self
    }

    fn check(&self) -> Result<(), PlotError> {
        let (what, limit, found) = ("groups", MAX_SERIES / 2, self.groups.len());
        if found > limit {
            return Err(PlotError::TooMany { what, limit, found });
        }
        if self.groups.iter().all(|(_, values)| values.is_empty()) {
            return Err(PlotError::Empty { what: "a histogram without values".to_owned() });
        }
        for (name, values) in &self.groups {
            check_drawable(&format!("group {name:?}"), values)?;
        }
        let threshold: Vec<f64> = self.threshold.iter().map(|&(_, value)| value).collect();
        check_drawable("the threshold", &threshold)
    }

    /// The ends of the bars, and how many values are beyond the upper one.
    fn bars(&self) -> (f64, f64, usize) {
        let mut all: Vec<f64> =
            self.groups.iter().flat_map(|(_, values)| values).copied().collect();
        all.sort_by(f64::total_cmp);
        let marked = self.threshold.iter().map(|&(_, value)| value);
        let most = all[((all.len() - 1) as f64 * SHOWN) as usize];
        let shown: Vec<f64> = marked.chain([all[0], most]).collect();
        let (low, shown) = range(&shown);
        let high = all[all.len() - 1].max(shown);
        let enclosed = |high: f64| {
            let ticks = crate::ticks::nice_ticks(low, high, 8);
            (ticks[0], ticks[ticks.len() - 1])
        };
        if shown > low && high - low > MUCH_LONGER * (shown - low) {
            let (low, end) = enclosed(shown);
            return (low, end, all.iter().filter(|&&value| value > end).count());
        }
        let (low, high) = enclosed(high);
        (low, high, 0)
    }
}

/// The share of the values under each bar. Values above `high` are in the last one.
fn shares(values: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut counts = vec![0usize; BARS];
    for value in values {
        let bar = (value - low) / (high - low) * BARS as f64;
        counts[(bar as usize).min(BARS - 1)] += 1;
    }
    counts.into_iter().map(|count| count as f64 / values.len().max(1) as f64).collect()
}

impl Chart for HistogramChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no values in any group;
    /// - [`PlotError::NotDrawable`]: a value or the threshold is NaN, infinite or beyond 1e100;
    /// - [`PlotError::TooMany`]: more than 6 groups.
    fn to_image(&self) -> Result<Image, PlotError> {
        self.check()?;
        let (low, high, beyond) = self.bars();
        let groups: Vec<_> =
            self.groups.iter().map(|(_, values)| shares(values, low, high)).collect();
        let highest = groups.iter().flatten().copied().fold(0.0, f64::max);
        let mut name = self.labels.x.clone();
        if beyond > 0 {
            let values = if beyond == 1 { "value" } else { "values" };
            let separator = if name.is_empty() { "" } else { "  " };
            name += &format!("{separator}({beyond} {values} beyond the axis, in the last bar)");
        }
        let names = self.groups.iter().map(|(name, _)| name.clone());
        let mut legend: Vec<_> =
            names.enumerate().map(|(i, name)| (Key::Bar(color(i)), name)).collect();
        if let Some((name, _)) = &self.threshold {
            legend.push((Key::Line(THRESHOLD), name.clone()));
        }
        let frame = Frame {
            title: self.labels.title.clone(),
            x: Axis::enclosing(low, high, 8, &name),
            y: Axis::enclosing(0.0, highest, 6, &self.labels.y),
            legend,
            vertical_grid: false,
        };

        let (mut canvas, area, legend_lines) = frame.alone(WIDTH, HEIGHT)?;
        let plot = frame.draw(&mut canvas, area, legend_lines);
        let outlines: Vec<_> =
            groups.iter().map(|shares| outline(&plot, low, high, shares)).collect();
        for (i, points) in outlines.iter().enumerate() {
            canvas.polygon(points, color(i), 110);
        }
        for (i, points) in outlines.iter().enumerate() {
            canvas.polyline(points, Line { color: color(i), width: 2.0, dashes: &[] });
        }
        if let Some((_, value)) = self.threshold {
            let x = plot.x(value);
            canvas.polyline(&[(x, plot.area.bottom - 1.0), (x, plot.area.top)], THRESHOLD);
        }
        Ok(canvas.into_image())
    }
}

fn color(group: usize) -> Rgb {
    SERIES_COLORS[group % SERIES_COLORS.len()]
}

/// The outline of a group's bars, from the foot of the first one that is not empty to that of the
/// last.
fn outline(plot: &Plot, low: f64, high: f64, shares: &[f64]) -> Vec<(f32, f32)> {
    let edge = |bar: usize| plot.x(low + (high - low) * bar as f64 / BARS as f64);
    let foot = plot.area.bottom - 1.0;
    let mut points = Vec::new();
    let filled = |share: &f64| *share > 0.0;
    let (Some(first), Some(last)) =
        (shares.iter().position(filled), shares.iter().rposition(filled))
    else {
        return points;
    };
    points.push((edge(first), foot));
    for (bar, &share) in shares.iter().enumerate().take(last + 1).skip(first) {
        let y = plot.y(share).min(foot);
        points.extend([(edge(bar), y), (edge(bar + 1), y)]);
    }
    points.push((edge(last + 1), foot));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_under_one_bar_and_the_ends_are_in() {
        let values = [0.0, 0.5, 1.0, 1.0, 7.0];
        let shares = shares(&values, 0.0, 1.0);
        assert_eq!(shares.len(), BARS);
        assert_eq!((shares[0], shares[BARS / 2], shares[BARS - 1]), (0.2, 0.2, 0.6));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn few_values_far_away_do_not_squeeze_the_others() {
        let near: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let chart = HistogramChart::new().group("near", &near);
        assert_eq!(chart.bars(), (0.0, 1.0, 0));
        // Twice as far is not a reason to leave a value out, fifty times is.
        assert_eq!(chart.clone().group("far", &[2.0]).bars(), (0.0, 2.0, 0));
        assert_eq!(chart.clone().group("far", &[50.0, 60.0]).bars(), (0.0, 1.0, 2));
        // The threshold is always on the axis.
        assert_eq!(chart.clone().threshold("t", 40.0).bars(), (0.0, 40.0, 0));
    }
}
