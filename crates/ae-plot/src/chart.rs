//! The trait of all charts: title, labels, and writing to a file.

use crate::{Image, PlotError};
use std::path::Path;

/// The texts around a chart. Empty texts take no space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The title above the chart.
    pub title: String,
    /// The label below the horizontal axis.
    pub x: String,
    /// The label beside the vertical axis.
    pub y: String,
}

impl Labels {
    /// Labels of both axes, without a title.
    pub(crate) fn of_axes(x: &str, y: &str) -> Self {
        Self { title: String::new(), x: x.to_owned(), y: y.to_owned() }
    }
}

/// A chart: numbers with a title and labels, drawn as an [`Image`].
///
/// ```
/// use ae_plot::{Chart, LineChart};
///
/// let chart = LineChart::new().series("ratio", &[0.5, 0.7]).title("A chart").x_label("round");
/// assert_eq!(chart.to_image()?.width(), 1200);
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
pub trait Chart: Sized {
    /// The texts around it.
    fn labels(&mut self) -> &mut Labels;

    /// Draws the chart.
    ///
    /// # Errors
    /// If there is nothing to draw, or if a value cannot be drawn: see the type of the chart.
    fn to_image(&self) -> Result<Image, PlotError>;

    /// Puts a title above the chart.
    #[must_use]
    fn title(mut self, title: impl Into<String>) -> Self {
        self.labels().title = title.into();
        self
    }

    /// Labels the horizontal axis.
    #[must_use]
    fn x_label(mut self, label: impl Into<String>) -> Self {
        self.labels().x = label.into();
        self
    }

    /// Labels the vertical axis.
    #[must_use]
    fn y_label(mut self, label: impl Into<String>) -> Self {
        self.labels().y = label.into();
        self
    }

    /// Draws the chart and writes it to `path` as PNG; see [`Image::write_png`].
    ///
    /// # Errors
    /// Those of [`Chart::to_image`] and of [`Image::write_png`].
    fn write_png(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.to_image()?.write_png(path)
    }
}
