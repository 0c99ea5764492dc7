//! Points in the plane, colored by class.

use crate::canvas::{Canvas, Shape};
use crate::chart::{Chart, Labels};
use crate::error::{PlotError, check_drawable};
use crate::frame::{Area, Axis, Frame, Key};
use crate::image::Image;
use crate::theme::{CLASS_COLORS, MAX_CLASSES, Rgb};

const WIDTH: usize = 1000;
const HEIGHT: usize = 860;

/// A scatter plot of points of one or more classes, with a legend of their names.
///
/// Points are drawn in the given order, slightly transparent, so that no class hides another
/// completely. The picture is 1000 by 860 pixels.
///
/// ```
/// use ae_plot::{Chart, ScatterChart};
///
/// let image = ScatterChart::new(&[0.0, 1.0], &[2.0, 3.0], &[0u8, 1], &["zero", "one"])?
///     .x_label("PC 1")
///     .y_label("PC 2")
///     .to_image()?;
/// assert_eq!((image.width(), image.height()), (1000, 860));
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScatterChart {
    labels: Labels,
    xs: Vec<f64>,
    ys: Vec<f64>,
    classes: Vec<usize>,
    names: Vec<String>,
}

impl ScatterChart {
    /// A chart of the points (`xs[i]`, `ys[i]`), of class `classes[i]`, called
    /// `names[classes[i]]`. Coordinates are `f32` or `f64`, ids `u8`, `u16` or `usize`.
    ///
    /// # Errors
    /// - [`PlotError::Empty`]: no points;
    /// - [`PlotError::Length`]: `ys` or `classes` is not as long as `xs`;
    /// - [`PlotError::UnknownClass`]: an id has no name;
    /// - [`PlotError::NotDrawable`]: a coordinate is NaN, infinite or beyond 1e100;
    /// - [`PlotError::TooMany`]: more than 40 names.
    pub fn new<T, C, N>(xs: &[T], ys: &[T], classes: &[C], names: &[N]) -> Result<Self, PlotError>
    where
        T: Copy + Into<f64>,
        C: Copy + Into<usize>,
        N: AsRef<str>,
    {
        if xs.is_empty() {
            return Err(PlotError::Empty { what: "a scatter plot without points".to_owned() });
        }
        for (what, found) in [("ys", ys.len()), ("classes", classes.len())] {
            if found != xs.len() {
                let (what, expected) = (what.to_owned(), xs.len());
                return Err(PlotError::Length { what, expected, found });
            }
        }
        if names.len() > MAX_CLASSES {
            let (what, limit, found) = ("classes", MAX_CLASSES, names.len());
            return Err(PlotError::TooMany { what, limit, found });
        }
        let classes: Vec<usize> = classes.iter().map(|&c| c.into()).collect();
        if let Some(index) = classes.iter().position(|&c| c >= names.len()) {
            let (class, names) = (classes[index], names.len());
            return Err(PlotError::UnknownClass { index, class, names });
        }
        let xs: Vec<f64> = xs.iter().map(|&v| v.into()).collect();
        let ys: Vec<f64> = ys.iter().map(|&v| v.into()).collect();
        check_drawable("xs", &xs)?;
        check_drawable("ys", &ys)?;
        let names = names.iter().map(|name| name.as_ref().to_owned()).collect();
        Ok(Self { labels: Labels::default(), xs, ys, classes, names })
    }

    pub(crate) fn frame(&self) -> Frame {
        let key = |(class, name): (usize, &String)| {
            let (shape, color) = look(class);
            (Key::Marker(shape, color), name.clone())
        };
        Frame {
            title: self.labels.title.clone(),
            x: Axis::around(&self.xs, 7, &self.labels.x),
            y: Axis::around(&self.ys, 7, &self.labels.y),
            legend: self.names.iter().enumerate().map(key).collect(),
            vertical_grid: true,
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, frame: &Frame, area: Area, legend_lines: usize) {
        let plot = frame.draw(canvas, area, legend_lines);
        // Many points are drawn smaller and more transparent.
        let (radius, alpha) = match self.xs.len() {
            0..=300 => (6.0, 230),
            301..=3000 => (4.5, 190),
            _ => (3.2, 150),
        };
        for ((&x, &y), &class) in self.xs.iter().zip(&self.ys).zip(&self.classes) {
            let (shape, color) = look(class);
            canvas.marker(shape, plot.x(x), plot.y(y), radius, color, alpha);
        }
    }
}

impl Chart for ScatterChart {
    fn labels(&mut self) -> &mut Labels {
        &mut self.labels
    }

    /// Draws the chart.
    ///
    /// # Errors
    /// [`ScatterChart::new`] has ruled out all errors.
    fn to_image(&self) -> Result<Image, PlotError> {
        let frame = self.frame();
        let (mut canvas, area, legend_lines) = frame.alone(WIDTH, HEIGHT)?;
        self.draw(&mut canvas, &frame, area, legend_lines);
        Ok(canvas.into_image())
    }
}

/// Ten colors as circles, then the same ten as triangles, squares and diamonds.
fn look(class: usize) -> (Shape, Rgb) {
    let shape = Shape::ALL[class / CLASS_COLORS.len() % Shape::ALL.len()];
    (shape, CLASS_COLORS[class % CLASS_COLORS.len()])
}
