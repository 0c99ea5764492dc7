//! Checks of `lab` before it trains anything, because training may take hours.

use super::model::{Trained, job};
use super::record::name_of;
use crate::cli::LabArgs;
use crate::exit::{Refusal, data as data_error, usage};
use crate::input::Data;
use crate::jobs::dense::{self, latent_len};
use crate::report::pictures::check_gallery;
use crate::run::check_images;
use ae_files::printable_path;
use ae_lab::{FEATURES, LabError, Reference, ScoreOptions};
use ae_pca::Pca;
use ae_run::DataSpec;
use ae_tensor::Tensor;
use std::path::Path;

/// The number of pairs of test images between which images are interpolated.
pub(super) const PAIRS: usize = 3;

/// Checks everything that scoring and drawing need.
pub(super) fn check_scoring(
    args: &LabArgs,
    data: &Data,
    options: &ScoreOptions,
) -> Result<(), Refusal> {
    let (train, test) = (data.dataset.train.count(), data.dataset.test.count());
    let folder = printable_path(&data.folder);
    let refused = |error: LabError| {
        let why = match error {
            LabError::TooFewRows { what, expected, found } => {
                format!("expected at least {expected} {what}, found {found}")
            }
            error => error.to_string(),
        };
        data_error(format!("{folder}: lab: {why}"))
    };
    Reference::check(train, test, options).map_err(refused)?;
    let pixels = data.values();
    Pca::check(train, pixels, Some(FEATURES.min(train).min(pixels)))
        .map_err(|error| refused(error.into()))?;
    let (samples, walks) = (args.gallery.count(), walk_steps(args.gallery.count()));
    check_gallery(data.image(), &Tensor::zeros([samples, pixels]), args.samplers.len())?;
    check_gallery(data.image(), &Tensor::zeros([walks, pixels]), 2 * PAIRS)
}

/// Returns the number of images in a walk: a walk has two ends.
pub(super) fn walk_steps(samples: usize) -> usize {
    samples.max(2)
}

/// Checks every model that is to be trained, as its training would.
pub(super) fn check_models(args: &LabArgs, spec: &DataSpec, data: &Data) -> Result<(), Refusal> {
    for (i, model) in args.models.iter().enumerate() {
        let name = name_of(model);
        // Its results would overwrite those of the other model. Some file systems ignore case.
        let same = |other: &&Path| name_of(other).eq_ignore_ascii_case(&name);
        if let Some(other) = args.models[..i].iter().map(|path| path.as_path()).find(same) {
            let [other, model] = [other, model].map(printable_path);
            return Err(usage(format!(
                "--models {other},{model}: expected models with different names, found {name} twice; rename a file"
            )));
        }
        dense::check(&job(args, spec, model, 1), data)?;
    }
    Ok(())
}

/// Checks that a trained model has codes and accepts these images.
pub(super) fn check_trained(Trained { file, .. }: &Trained, data: &Data) -> Result<(), Refusal> {
    let model = &file.model;
    check_images(file, data, data.extents())?;
    let refused = |found| data_error(format!("a model {}: {found}", model.architecture()));
    let latent = latent_len(model).map_err(refused)?;
    let count = data.dataset.train.count();
    Pca::check(count, latent, None).map(drop).map_err(|error| refused(error.to_string()))
}
