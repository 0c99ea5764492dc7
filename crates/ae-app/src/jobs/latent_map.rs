//! Images decoded from a grid on the plane in which the codes vary most.

use crate::exit::usage;
use crate::report::pictures;
use crate::run::Task;
use ae_pca::{CodeMap, MapAxes};
use ae_run::RunFolder;
use ae_tensor::Tensor;
use ae_train::AutoEncoder;
use anyhow::Result;

/// The name of the picture.
pub(super) const FILE: &str = "latent-map.png";

/// Draws the map for the training images' codes, with `side` by `side` images.
pub(super) fn draw(
    task: &Task<'_>,
    model: &AutoEncoder,
    side: usize,
    folder: &RunFolder,
) -> Result<()> {
    let image = task.image;
    let (encoder, decoder) = (model.encoder()?, model.decoder()?);
    let latent = encoder.output_shape().len();
    if latent < 2 {
        let message = "--grid: a code of one number has no map; expected a model with 2 or more";
        return Err(usage(message).into());
    }
    let row = Tensor::zeros([side, image.into_iter().product()]);
    pictures::check_gallery(image, &row, side)?;
    let codes = model.encode(&task.centered_train());
    let CodeMap { points, axes } = CodeMap::of(&codes, side)?;
    let rows: Vec<Tensor> = points
        .data()
        .chunks_exact(side * latent)
        .map(|row| decoder.predict(model.params(), &Tensor::new([side, latent], row.to_vec())))
        .collect();
    // The first row has the caption of the whole map.
    let captions = [caption(axes)].into_iter().chain(std::iter::repeat(String::new()));
    let rows: Vec<(String, &Tensor)> = captions.zip(&rows).collect();
    let title = format!("latent space, {}", task.data.title());
    pictures::gallery(task.environment.show, &folder.file(FILE), &title, image, &rows)
}

/// Describes the axes.
fn caption(axes: MapAxes) -> String {
    match axes {
        MapAxes::Numbers { low: [left, bottom], high: [right, top] } => {
            format!(
                "across number 1, {left:.2} to {right:.2}, upwards 2, {bottom:.2} to {top:.2} (quantiles)"
            )
        }
        // This fits into 80 columns.
        MapAxes::Components { shares: [first, second] } => format!(
            "across component 1 ({first:.2} of variance), upwards 2 ({second:.2}), \u{2212}2 to 2 deviations"
        ),
    }
}
