//! The two-panel figure of a latent space: the variance of each component, and a scatter plot of
//! the first two.

use crate::canvas::Canvas;
use crate::chart::Chart;
use crate::error::PlotError;
use crate::frame::Area;
use crate::image::Image;
use crate::scatter::ScatterChart;
use crate::variance::VarianceChart;

const WIDTH: usize = 1800;
const HEIGHT: usize = 820;
/// The right end of the left panel. Bars need less room than points.
const BORDER: f32 = 780.0;

/// Draws explained-variance bars at the left and the points of the first two components at the
/// right, 1800 by 820 pixels.
///
/// `ratios` are the components' fractions of the variance, in falling order; (`xs[i]`, `ys[i]`) is
/// point `i` on the first two components; its class is `names[classes[i]]`. The axis labels of the
/// scatter plot include their component's fraction.
///
/// ```
/// let image = ae_plot::latent_pca(
///     &[0.7, 0.2, 0.1],
///     &[-1.0, 0.5, 2.0],
///     &[0.3, -0.2, 0.1],
///     &[0u8, 1, 1],
///     &["five", "six"],
/// )?;
/// assert_eq!((image.width(), image.height()), (1800, 820));
/// # Ok::<(), ae_plot::PlotError>(())
/// ```
///
/// # Errors
/// Those of [`VarianceChart::new`] and [`ScatterChart::new`].
pub fn latent_pca<R, T, C, N>(
    ratios: &[R],
    xs: &[T],
    ys: &[T],
    classes: &[C],
    names: &[N],
) -> Result<Image, PlotError>
where
    R: Copy + Into<f64>,
    T: Copy + Into<f64>,
    C: Copy + Into<usize>,
    N: AsRef<str>,
{
    let label = |component: usize| {
        let ratio: Option<f64> = ratios.get(component).map(|&r| r.into());
        let part = ratio.map_or(String::new(), |r| format!("  ({:.1} % of variance)", 100.0 * r));
        format!("component {}{part}", component + 1)
    };
    let variance = VarianceChart::new(ratios)?.title("Variance of the latent space");
    let scatter = ScatterChart::new(xs, ys, classes, names)?
        .title("First two principal components")
        .x_label(label(0))
        .y_label(label(1));

    let mut canvas = Canvas::new(WIDTH, HEIGHT)?;
    let left = Area { left: 0.0, top: 0.0, right: BORDER, bottom: HEIGHT as f32 };
    let right = Area { left: BORDER, right: WIDTH as f32, ..left };
    let frames = (variance.frame(), scatter.frame());
    let lines = frames.0.legend_lines(&canvas, left).max(frames.1.legend_lines(&canvas, right));
    variance.draw(&mut canvas, &frames.0, left, lines);
    scatter.draw(&mut canvas, &frames.1, right, lines);
    Ok(canvas.into_image())
}
