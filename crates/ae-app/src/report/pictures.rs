//! The pictures of a run.

use super::show;
use crate::exit::{Refusal, usage};
use ae_gradcheck::Report as Gradients;
use ae_pca::Pca;
use ae_plot::{
    Chart, DeviationChart, Gallery, LineChart, MAX_CLASSES, VarianceChart, largest_magnitude,
    latent_pca,
};
use ae_tensor::Tensor;
use ae_train::History;
use anyhow::Result;
use std::path::Path;

pub(crate) mod anomaly;
mod sweep;

pub(crate) use sweep::sweep_means;

/// Draws rows of images of one size, `[height, width, channels]`, each with a caption, with an
/// optional title. `show` prints them in the terminal as well.
pub(crate) fn gallery<S: AsRef<str>>(
    show: bool,
    path: &Path,
    title: &str,
    image: [usize; 3],
    rows: &[(S, &Tensor)],
) -> Result<()> {
    shown_gallery(show, Some(path), title, image, rows)
}

/// Draws the same gallery. Without a path, it is printed in the terminal only.
pub(crate) fn shown_gallery<S: AsRef<str>>(
    show: bool,
    path: Option<&Path>,
    title: &str,
    image: [usize; 3],
    rows: &[(S, &Tensor)],
) -> Result<()> {
    let gallery = lay_out(title, image, rows);
    if let Some(path) = path {
        gallery.write_png(path)?;
    }
    if show { show::gallery(&gallery) } else { Ok(()) }
}

/// Checks that galleries with this many rows of such images can be drawn. This is done before
/// training.
pub(crate) fn check_gallery(
    image: [usize; 3],
    images: &Tensor,
    rows: usize,
) -> Result<(), Refusal> {
    let layout = lay_out("title", image, &vec![("caption", images); rows]).layout();
    layout.map(drop).map_err(|error| usage(format!("the galleries cannot be drawn: {error}")))
}

fn lay_out<'a, S: AsRef<str>>(
    title: &str,
    [height, width, channels]: [usize; 3],
    rows: &[(S, &'a Tensor)],
) -> Gallery<'a> {
    let gallery = Gallery::new(height, width).channels(channels).title(title);
    rows.iter()
        .fold(gallery, |gallery, (caption, images)| gallery.row(caption.as_ref(), images.data()))
}

/// Draws kernels over gray or color images, `[height, width, channels, count]`, eight to a row and
/// all on one scale.
pub(crate) fn kernels(path: &Path, title: &str, kernels: &Tensor) -> Result<()> {
    const COLUMNS: usize = 8;
    let &[height, width, channels @ (1 | 3), _] = kernels.shape().dims() else {
        unreachable!("the first layer sees gray or color images: {}", kernels.shape())
    };
    let limit = largest_magnitude(kernels.data());
    // The kernels become contiguous.
    let tiles = kernels.permuted(&[3, 0, 1, 2]);
    let gallery = Gallery::new(height, width).channels(channels).title(title).symmetric(limit);
    let scale = match channels {
        1 => format!("gray is 0, white +{limit:.3}, black \u{2212}{limit:.3} in each kernel"),
        _ => format!("middle is 0, bright +{limit:.3}, dark \u{2212}{limit:.3} of each color"),
    };
    let captions = [scale].into_iter().chain(std::iter::repeat(String::new()));
    let rows = tiles.data().chunks(COLUMNS * height * width * channels).zip(captions);
    let gallery = rows.fold(gallery, |gallery, (row, caption)| gallery.row(caption, row));
    Ok(gallery.write_png(path)?)
}

/// Draws the quality of the images at each noise level before and after denoising, in decibels.
pub(crate) fn sweep(
    path: &Path,
    title: &str,
    factors: &[f32],
    [noisy, denoised]: [&[f64]; 2],
) -> Result<()> {
    let chart = LineChart::new()
        .title(title)
        .x_label("noise")
        .y_label("PSNR in dB")
        .at(factors)
        .series("denoised", denoised)
        .series("noisy", noisy);
    Ok(chart.write_png(path)?)
}

/// Draws both losses over the epochs.
pub(crate) fn losses(path: &Path, title: &str, history: &History) -> Result<()> {
    let chart = LineChart::loss()
        .title(title)
        .series("loss", &history.losses())
        .series("val_loss", &history.val_losses());
    Ok(chart.write_png(path)?)
}

/// Draws how much of the codes' variance each principal component explains and, if there are two or
/// more, the codes in the plane of the first two, colored by class.
pub(crate) fn latent(
    path: &Path,
    pca: &Pca,
    codes: &Tensor,
    class_ids: &[usize],
    class_names: &[String],
) -> Result<()> {
    let ratios = pca.explained_variance_ratio();
    if pca.n_components() < 2 {
        return Ok(VarianceChart::new(ratios)?.write_png(path)?);
    }
    let scores = pca.transform(codes).transposed();
    if class_names.len() > MAX_CLASSES {
        // Colors and symbols cannot distinguish this many classes, so all have one color.
        let all = [format!("{} classes", class_names.len())];
        let ids = vec![0usize; class_ids.len()];
        let image = latent_pca(ratios, scores.row(0), scores.row(1), &ids, &all)?;
        return Ok(image.write_png(path)?);
    }
    let image = latent_pca(ratios, scores.row(0), scores.row(1), class_ids, class_names)?;
    Ok(image.write_png(path)?)
}

/// Draws how far each gradient is off, in units of the rounding to be expected.
pub(crate) fn deviations(path: &Path, title: &str, found: &Gradients) -> Result<()> {
    // A gradient that is not a number is off by more than anything.
    let roundings = |value: f64| if value.is_finite() { value } else { 1e12 };
    let rows: Vec<(String, Vec<f64>)> = (found.rows.iter())
        .map(|row| {
            let values = row.points.iter().map(|point| roundings(point.roundings)).collect();
            (format!("{}/{}", row.layer, row.parameter), values)
        })
        .collect();
    let chart = DeviationChart::new(&rows, Gradients::LIMIT)?
        .title(title)
        .x_label("distance from the finite difference, in roundings of f32");
    Ok(chart.write_png(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gallery_beyond_all_bounds_is_refused_before_it_is_drawn() {
        let check = |image: [usize; 3], count: usize| {
            check_gallery(image, &Tensor::zeros([count, image.iter().product()]), 2)
        };
        check([28, 28, 1], 10).unwrap();
        check([28, 28, 3], 10).unwrap();
        let error = check([1, 20_000, 1], 1).unwrap_err().to_string();
        assert!(error.starts_with("the galleries cannot be drawn: "), "{error}");
    }

    #[test]
    fn a_kernel_over_colors_is_drawn_in_its_colors() {
        let folder = tempfile::tempdir().unwrap();
        // One kernel of 1 x 2 pixels: for red, green and blue 1, 0, -1 and 0.5, 0.5, 0.5.
        let weights = Tensor::new([1, 2, 3, 1], vec![1.0, 0.0, -1.0, 0.5, 0.5, 0.5]);
        let path = folder.path().join("kernels.png");
        kernels(&path, "title", &weights).unwrap();
        let gallery = Gallery::new(1, 2).channels(3).title("title").symmetric(1.0);
        let caption = "middle is 0, bright +1.000, dark \u{2212}1.000 of each color";
        let expected = gallery.row(caption, weights.data()).to_image().unwrap();
        assert!(std::fs::read(path).unwrap() == expected.encode_png().unwrap());
    }

    #[test]
    fn kernels_are_told_apart_eight_to_a_row() {
        let folder = tempfile::tempdir().unwrap();
        // These are ten kernels of 1 x 2: kernel k is [k, -2 k].
        let weights = Tensor::new(
            [1, 2, 1, 10],
            (0..10).map(|k| k as f32).chain((0..10).map(|k| -2.0 * k as f32)).collect(),
        );
        let path = folder.path().join("kernels.png");
        kernels(&path, "title", &weights).unwrap();
        let tiles: Vec<f32> = (0..10).flat_map(|k| [k as f32, -2.0 * k as f32]).collect();
        let gallery = Gallery::new(1, 2).title("title").symmetric(18.0);
        let caption = "gray is 0, white +18.000, black \u{2212}18.000 in each kernel";
        let gallery = gallery.row(caption, &tiles[..16]).row("", &tiles[16..]);
        let expected = gallery.to_image().unwrap().encode_png().unwrap();
        assert!(std::fs::read(path).unwrap() == expected);
    }
}
