//! The parts that all charts share: title, legend, axes, grid, and the map from data to pixels.

use crate::canvas::{Align, Canvas, Line, Shape};
use crate::error::PlotError;
use crate::theme::{GRID, INK, LABEL_SIZE, Rgb, TICK_SIZE, TITLE_SIZE};
use crate::ticks;

/// The width of the empty border around a chart.
const PAD: f32 = 28.0;
const TITLE_HEIGHT: f32 = 52.0;
const LEGEND_LINE: f32 = 36.0;
/// The length of a legend's line sample.
const KEY_WIDTH: f32 = 56.0;
/// The distance from a key to its name, and from one entry to the next.
const KEY_GAP: f32 = 10.0;
const ENTRY_GAP: f32 = 30.0;
/// The maximum width of a name. A longer one is shortened.
const MAX_NAME_WIDTH: f32 = 260.0;
/// The part of a chart's width that the names at its vertical axis may take. Longer ones are
/// shortened.
const MAX_NAMES_PART: f32 = 0.45;
/// The distance from the axis to its numbers.
const TICK_GAP: f32 = 12.0;
const LABEL_GAP: f32 = 16.0;
/// The height of digits as a fraction of the text size.
const DIGIT_HEIGHT: f32 = 0.7;

/// A part of a canvas, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

/// One axis: its ends, its ticks with their numbers, its name.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
    name: String,
}

impl Axis {
    fn new(low: f64, high: f64, ticks: Vec<f64>, name: &str) -> Self {
        let labels = ticks::labels(&ticks);
        let ticks = ticks.into_iter().zip(labels).collect();
        Self { low, high, ticks, name: name.to_owned() }
    }

    /// An axis that begins and ends on a tick.
    pub(crate) fn enclosing(low: f64, high: f64, wish: usize, name: &str) -> Self {
        let ticks = ticks::nice_ticks(low, high, wish);
        let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
        Self::new(low, high, ticks, name)
    }

    /// An axis from 0 to 1, for rates.
    pub(crate) fn unit(name: &str) -> Self {
        Self::enclosing(0.0, 1.0, 6, name)
    }

    /// An axis slightly wider than the data, so that no point touches the border.
    pub(crate) fn around(values: &[f64], wish: usize, name: &str) -> Self {
        let (low, high) = range(values);
        let encloser = ticks::nice_ticks(low, high, wish);
        // If all points are at one place, only the ticks around it give a width.
        let width = encloser[encloser.len() - 1] - encloser[0];
        let border = if high - low > 1e-6 * width { 0.05 * (high - low) } else { 0.5 * width };
        let (low, high) = (low - border, high + border);
        Self::new(low, high, ticks::ticks_inside(low, high, wish), name)
    }

    /// An axis of the powers of ten from `low` to `high`, whose positions are logarithms.
    pub(crate) fn powers(low: f64, high: f64, name: &str) -> Self {
        let (low, high) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let ticks = (low..=high).map(|power| (f64::from(power), format!("1e{power}"))).collect();
        let border = 0.2;
        let (low, high) = (f64::from(low) - border, f64::from(high) + border);
        Self { low, high, ticks, name: name.to_owned() }
    }

    /// An axis with a name at each of 1, 2, 3 and so on.
    pub(crate) fn named<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Self {
        let ticks: Vec<(f64, String)> =
            names.zip(1..).map(|(name, i)| (f64::from(i), name.to_owned())).collect();
        let high = ticks.len() as f64 + 0.5;
        Self { low: 0.5, high, ticks, name: name.to_owned() }
    }

    /// An axis of counts from 1 to `n`, with `border` (a fraction of one count) to the left and
    /// right.
    pub(crate) fn counting(n: usize, border: f64, name: &str) -> Self {
        let (low, high) = (1.0 - border, n as f64 + border);
        Self::new(low, high, ticks::count_ticks(n, 10), name)
    }
}

/// The minimum and maximum of `values`, which are finite and not empty.
pub(crate) fn range(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}

/// The sample in front of a legend's name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Line(Line),
    Marker(Shape, Rgb),
    Bar(Rgb),
}

impl Key {
    fn width(self) -> f32 {
        match self {
            Self::Line(_) => KEY_WIDTH,
            Self::Marker(..) => 14.0,
            Self::Bar(_) => 22.0,
        }
    }
}

/// Everything of a chart except its data.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) legend: Vec<(Key, String)>,
    /// Whether to draw vertical grid lines. Bars do not need them.
    pub(crate) vertical_grid: bool,
}

/// The area of the data, after the frame has been drawn.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    pub(crate) area: Area,
    x: (f64, f64),
    y: (f64, f64),
}

impl Plot {
    /// The horizontal position of `x` in pixels.
    pub(crate) fn x(&self, x: f64) -> f32 {
        let part = (x - self.x.0) / (self.x.1 - self.x.0);
        self.area.left + part as f32 * (self.area.right - self.area.left)
    }

    /// The vertical position of `y` in pixels.
    pub(crate) fn y(&self, y: f64) -> f32 {
        let part = (y - self.y.0) / (self.y.1 - self.y.0);
        self.area.bottom - part as f32 * (self.area.bottom - self.area.top)
    }
}

impl Frame {
    /// A canvas of this size for a single frame, its whole area, and the number of legend lines in
    /// it.
    pub(crate) fn alone(
        &self,
        width: usize,
        height: usize,
    ) -> Result<(Canvas, Area, usize), PlotError> {
        let canvas = Canvas::new(width, height)?;
        let area = Area { left: 0.0, top: 0.0, right: width as f32, bottom: height as f32 };
        let legend_lines = self.legend_lines(&canvas, area);
        Ok((canvas, area, legend_lines))
    }

    /// The number of lines of the legend in `area`. Two charts side by side pass the larger number
    /// to [`Frame::draw`], so that their plots start at the same height.
    pub(crate) fn legend_lines(&self, canvas: &Canvas, area: Area) -> usize {
        let plot = self.plot(canvas, area, 0).area;
        self.legend_places(canvas, plot).last().map_or(0, |&(_, line)| line + 1)
    }

    /// Draws the frame into `area`, leaving `legend_lines` lines above the plot.
    pub(crate) fn draw(&self, canvas: &mut Canvas, area: Area, legend_lines: usize) -> Plot {
        let plot = self.plot(canvas, area, legend_lines);
        let Area { left, top, right, bottom } = plot.area;
        if !self.title.is_empty() {
            let text = canvas.font.fit(&self.title, TITLE_SIZE, right - left);
            canvas.text(&text, left, area.top + PAD + 24.0, TITLE_SIZE, Align::Left);
        }
        self.draw_legend(canvas, plot.area);

        for (value, label) in &self.y.ticks {
            let y = plot.y(*value).round();
            canvas.rect(left, y - 1.0, right, y, GRID);
            let baseline = y - 0.5 + 0.5 * DIGIT_HEIGHT * TICK_SIZE;
            let label = canvas.font.fit(label, TICK_SIZE, longest_name(area));
            canvas.text(&label, left - TICK_GAP, baseline, TICK_SIZE, Align::Right);
        }
        for (value, label) in &self.x.ticks {
            let x = plot.x(*value).round();
            if self.vertical_grid {
                canvas.rect(x, top, x + 1.0, bottom, GRID);
            }
            canvas.rect(x - 1.0, bottom, x + 1.0, bottom + 6.0, INK);
            let baseline = bottom + TICK_GAP + DIGIT_HEIGHT * TICK_SIZE;
            canvas.text(label, x, baseline, TICK_SIZE, Align::Center);
        }
        canvas.rect(left, bottom - 1.0, right, bottom + 1.0, INK);
        canvas.rect(left - 1.0, top, left + 1.0, bottom + 1.0, INK);

        let name = canvas.font.fit(&self.x.name, LABEL_SIZE, right - left);
        let (x, y) = ((left + right) / 2.0, area.bottom - PAD - 4.0);
        canvas.text(&name, x, y, LABEL_SIZE, Align::Center);
        let name = canvas.font.fit(&self.y.name, LABEL_SIZE, bottom - top);
        let x = area.left + PAD + DIGIT_HEIGHT * LABEL_SIZE;
        canvas.text_upwards(&name, x, (top + bottom) / 2.0, LABEL_SIZE);
        plot
    }

    /// The area for the data: everything else is measured and subtracted.
    fn plot(&self, canvas: &Canvas, area: Area, legend_lines: usize) -> Plot {
        let label_width = |(_, label): &(f64, String)| canvas.font.width(label, TICK_SIZE);
        let y_labels = self.y.ticks.iter().map(label_width).fold(0.0, f32::max);
        let y_labels = y_labels.min(longest_name(area));
        let last_x_label = self.x.ticks.last().map_or(0.0, label_width);
        let name = if self.y.name.is_empty() { 0.0 } else { LABEL_SIZE + LABEL_GAP };
        let x_name = if self.x.name.is_empty() { 0.0 } else { LABEL_SIZE + LABEL_GAP };

        let left = area.left + PAD + name + y_labels + TICK_GAP;
        let right = area.right - PAD - last_x_label / 2.0;
        let title = if self.title.is_empty() { 0.0 } else { TITLE_HEIGHT };
        let legend = legend_lines as f32 * LEGEND_LINE + if legend_lines > 0 { 12.0 } else { 0.0 };
        let top = area.top + PAD + title + legend;
        let bottom = area.bottom - PAD - x_name - TICK_GAP - DIGIT_HEIGHT * TICK_SIZE;
        let area = Area {
            left: left.round(),
            top: top.round(),
            right: right.round(),
            bottom: bottom.round(),
        };
        Plot { area, x: (self.x.low, self.x.high), y: (self.y.low, self.y.high) }
    }

    /// The left border and line of every legend entry. Entries are set like words and wrapped where
    /// a line is full.
    fn legend_places(&self, canvas: &Canvas, plot: Area) -> Vec<(f32, usize)> {
        let (mut x, mut line) = (plot.left, 0);
        let place = |(key, name): &(Key, String)| {
            let name = canvas.font.width(name, TICK_SIZE).min(MAX_NAME_WIDTH);
            let width = key.width() + KEY_GAP + name;
            if x > plot.left && x + width > plot.right {
                (x, line) = (plot.left, line + 1);
            }
            let place = (x, line);
            x += width + ENTRY_GAP;
            place
        };
        self.legend.iter().map(place).collect()
    }

    /// Draws the legend above the plot, where no curve can cross it.
    pub(crate) fn draw_legend(&self, canvas: &mut Canvas, plot: Area) {
        let places = self.legend_places(canvas, plot);
        let lines = places.last().map_or(0, |&(_, line)| line + 1);
        for ((key, name), (x, line)) in self.legend.iter().zip(places) {
            let middle = plot.top - 28.0 - (lines - 1 - line) as f32 * LEGEND_LINE;
            match *key {
                Key::Line(line) => canvas.polyline(&[(x, middle), (x + KEY_WIDTH, middle)], line),
                Key::Marker(shape, color) => {
                    canvas.marker(shape, x + 7.0, middle, 7.0, color, 255);
                }
                Key::Bar(color) => {
                    canvas.rect(x, middle - 8.0, x + 22.0, middle + 8.0, color);
                }
            }
            let name = canvas.font.fit(name, TICK_SIZE, MAX_NAME_WIDTH);
            let baseline = middle + 0.5 * DIGIT_HEIGHT * TICK_SIZE;
            canvas.text(&name, x + key.width() + KEY_GAP, baseline, TICK_SIZE, Align::Left);
        }
    }
}

/// The maximum width of a name at the vertical axis.
fn longest_name(area: Area) -> f32 {
    MAX_NAMES_PART * (area.right - area.left)
}
