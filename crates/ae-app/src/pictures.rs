//! The pictures of a run.

use ae_pca::Pca;
use ae_plot::{Gallery, LineChart, VarianceChart, latent_pca};
use ae_tensor::Tensor;
use ae_train::History;
use anyhow::Result;
use std::path::Path;

/// Rows of images of one size, each with a caption.
pub(crate) fn gallery(path: &Path, image: [usize; 2], rows: &[(&str, &Tensor)]) -> Result<()> {
    let [height, width] = image;
    let gallery = Gallery::new(height, width);
    let gallery = rows.iter().fold(gallery, |g, (caption, images)| g.row(*caption, images.data()));
    Ok(gallery.write_png(path)?)
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
    let image = latent_pca(ratios, scores.row(0), scores.row(1), class_ids, class_names)?;
    Ok(image.write_png(path)?)
}
