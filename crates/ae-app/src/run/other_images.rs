//! Notes on images that a model was not trained on.

use crate::input::Data;
use crate::report::Report;
use ae_run::ModelFile;

/// Reports if these are not the images that the model was trained on. Their content decides.
pub(crate) fn note_other_images(report: &Report, data: &Data, trained: &ModelFile) {
    if !data.are_of(trained.config.data()) {
        report.item(&format!("{}s", data.sample()), "not those that the model was trained on");
    }
}
