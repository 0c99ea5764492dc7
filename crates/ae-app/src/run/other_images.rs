//! A trained model and images that it was not trained on.

use crate::input::Data;
use crate::report::Report;
use ae_run::ModelFile;

/// Says so if these are not the images that the model was trained on, judged by their content.
pub(crate) fn note_other_images(report: &Report, data: &Data, trained: &ModelFile) {
    if !data.are_of(trained.config.data()) {
        report.item("images", "not those that the model was trained on");
    }
}
