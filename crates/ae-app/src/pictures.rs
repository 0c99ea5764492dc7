//! The pictures of a run.

use crate::exit::UsageError;
use ae_pca::Pca;
use ae_plot::{Gallery, LineChart, MAX_CLASSES, VarianceChart, latent_pca};
use ae_tensor::Tensor;
use ae_train::History;
use anyhow::Result;
use std::path::Path;

/// Rows of images of one size, each with a caption.
pub(crate) fn gallery(path: &Path, image: [usize; 2], rows: &[(&str, &Tensor)]) -> Result<()> {
    Ok(lay_out(image, rows).write_png(path)?)
}

/// Whether galleries of two rows of such images can be drawn at all: better known before training than after.
pub(crate) fn check_gallery(image: [usize; 2], images: &Tensor) -> Result<(), UsageError> {
    let layout = lay_out(image, &[("first", images), ("second", images)]).layout();
    layout.map(drop).map_err(|error| UsageError(format!("the galleries cannot be drawn: {error}")))
}

fn lay_out<'a>(image: [usize; 2], rows: &[(&str, &'a Tensor)]) -> Gallery<'a> {
    let [height, width] = image;
    let gallery = Gallery::new(height, width);
    rows.iter().fold(gallery, |gallery, (caption, images)| gallery.row(*caption, images.data()))
}

/// Both losses over the epochs.
pub(crate) fn losses(path: &Path, title: &str, history: &History) -> Result<()> {
    let chart = LineChart::loss()
        .title(title)
        .series("loss", &history.losses())
        .series("val_loss", &history.val_losses());
    Ok(chart.write_png(path)?)
}

/// How much of the codes' variance each principal component explains, and, if there are two or more, the codes in the
/// plane of the first two, coloured by class.
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
        // More than colours and symbols can tell apart: one colour for all.
        let all = [format!("{} classes", class_names.len())];
        let ids = vec![0usize; class_ids.len()];
        let image = latent_pca(ratios, scores.row(0), scores.row(1), &ids, &all)?;
        return Ok(image.write_png(path)?);
    }
    let image = latent_pca(ratios, scores.row(0), scores.row(1), class_ids, class_names)?;
    Ok(image.write_png(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gallery_beyond_all_bounds_is_refused_before_it_is_drawn() {
        let check = |image: [usize; 2], count: usize| {
            check_gallery(image, &Tensor::zeros([count, image[0] * image[1]]))
        };
        check([28, 28], 10).unwrap();
        let error = check([1, 20_000], 1).unwrap_err().to_string();
        assert!(error.starts_with("the galleries cannot be drawn: "), "{error}");
    }
}
