//! Recognizes negatives of a model's training images: the model reproduces images that resemble its
//! training images with smaller errors.

use crate::exit::warn;
use ae_files::printable_path;
use ae_run::ModelFile;
use ae_train::Samples;
use std::path::Path;

/// Returns whether the model was trained on drawings that are dark on light, that is, whether it
/// reproduces a white image better than a black one.
pub(crate) fn learned_dark_on_light(trained: &ModelFile) -> bool {
    let blank = |gray: u8| vec![gray; trained.model.sequential().input_shape().len()];
    prefers(trained, &blank(255), &blank(0))
}

/// Returns whether the model clearly prefers one version of the same images to the other.
pub(crate) fn prefers(trained: &ModelFile, these: &[u8], those: &[u8]) -> bool {
    let input = trained.model.sequential().input_shape();
    trained.model.prefers(&Samples::new(these, input), &Samples::new(those, input))
}

/// Warns that `--invert` seems to be missing or unnecessary.
pub(crate) fn warn_of_negative(path: &Path, invert: bool, learned_dark_on_light: bool) {
    let name = printable_path(path);
    let (learned, other) = match learned_dark_on_light {
        true => ("dark on light", "light on dark"),
        false => ("light on dark", "dark on light"),
    };
    warn(&if invert {
        format!("{name}: looks {learned}, as the model learned it; try it without --invert")
    } else {
        format!("{name}: looks {other}, the model learned {learned}; try --invert")
    });
}
