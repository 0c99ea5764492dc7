//! Images from files: PNG of any size.

use crate::exit::warn;
use ae_image::{GrayImage, ImageError, Options};
use ae_tensor::Tensor;
use ae_train::Samples;
use std::path::Path;

/// Reads an image. Transparent pixels become black, or white like paper if the image is to be
/// inverted.
pub(crate) fn read_image(path: &Path, invert: bool) -> Result<GrayImage, ImageError> {
    let background = if invert { 255 } else { 0 };
    ae_image::read_file(path, &Options { background, ..Options::default() })
}

/// Warns if an image seems to need `--invert`.
pub(crate) fn warn_if_dark_on_light(path: &Path, image: &GrayImage, invert: bool) {
    if !invert && image.looks_dark_on_light() {
        let path = path.display();
        warn(&format!("{path}: looks dark on light, the model learnt light on dark; try --invert"));
    }
}

/// Returns the pixels as the model takes them: `[rows, cols]` of values in [0, 1].
pub(crate) fn unit_levels(image: &GrayImage) -> Tensor {
    let size = [image.rows(), image.cols()];
    Samples::new(image.pixels(), size).gather(&[0]).reshape(size)
}
