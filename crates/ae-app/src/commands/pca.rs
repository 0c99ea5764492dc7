//! `ae-app pca`: what principal components make of the same images with as many numbers.

use super::shared::environment;
use crate::cli::PcaArgs;
use crate::exit::{data as data_error, usage};
use crate::input::Data;
use crate::report::{Output, Report, counted, decibels, pictures, shown, similarity};
use crate::run::{Ending, Environment, check_images, close};
use ae_pca::Pca;
use ae_run::{DataSpec, DenseSpec, Job, Limits, ModelFile};
use ae_tensor::Tensor;
use ae_train::{ReconstructionErrors, Samples, measure_reconstructions, predict};
use anyhow::Result;
use serde::Serialize;
use std::cmp::Ordering;

/// What the command leaves.
const FILES: [(&str, &str); 2] = [
    ("pca.png", "test images, and what each makes of them"),
    ("pca.toml", "how far they are from the originals, over all test images"),
];

/// What is said where a verdict would mislead.
const UNEQUAL: &str = "PCA was given other images or another number of components than the model: the two are not compared like with like.";

/// `pca.toml`.
#[derive(Debug, Serialize)]
struct Comparison {
    dataset: String,
    classes: Vec<String>,
    train_images: usize,
    test_images: usize,
    components: usize,
    /// Of the training images' variance.
    explained_variance_ratio: f64,
    pca: Errors,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_encoder: Option<Errors>,
}

/// Means over all test images.
#[derive(Debug, Serialize)]
struct Errors {
    mse: f64,
    psnr: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssim: Option<f64>,
    binary_crossentropy: f64,
}

impl From<ReconstructionErrors> for Errors {
    fn from(errors: ReconstructionErrors) -> Self {
        let ReconstructionErrors { mse, psnr, ssim, cross_entropy } = errors;
        Self { mse, psnr, ssim, binary_crossentropy: cross_entropy }
    }
}

/// Compares a trained model with PCA, or looks at PCA alone.
pub(super) fn run(args: PcaArgs, output: Output) -> Result<Ending> {
    let trained = args.model.as_ref().map(|model| ModelFile::load(model)).transpose()?;
    let (mut spec, limits) = match &trained {
        Some(trained) => data_of(trained)?,
        None => (DenseSpec::default().training.data, None),
    };
    args.data.apply(&mut spec);
    let environment = environment(args.work.clone(), args.data.data_dir.clone(), output);
    environment.on_threads(|| {
        let data = Data::load(&spec, environment.data_dir.as_deref(), limits)?;
        compare(&args, &environment, trained.as_ref(), &data)
    })
}

/// The images that the model learnt from.
fn data_of(trained: &ModelFile) -> Result<(DataSpec, Option<Limits>)> {
    let job = trained.config.job()?;
    match &job {
        Job::Dense(spec) => Ok((spec.training.data.clone(), job.limits())),
        Job::Denoise(_) => {
            let message = format!(
                "pca: a model of {} has no code to compare with; expected one of dense",
                job.name()
            );
            Err(usage(message).into())
        }
    }
}

fn compare(
    args: &PcaArgs,
    environment: &Environment,
    trained: Option<&ModelFile>,
    data: &Data,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let size @ [height, width] = data.image();
    let pixels = height * width;
    let (train, test) = (data.dataset.train.images(), data.dataset.test.images());
    let (train, test) = (Samples::new(train, [pixels]), Samples::new(test, [pixels]));
    // In the shape that the model takes them in, a vector or an image.
    let taken = trained.map(|trained| trained.model.input_shape());
    let shape = taken.filter(|shape| shape.len() == pixels).unwrap_or([pixels].into());
    if let Some(trained) = trained {
        check_images(&trained.model, data)?;
    }
    let components = components(args, trained, train)?;
    let (count, seed) = (args.samples.count(), args.seed.number());
    let chosen = test.choose(count, seed);
    let originals = test.gather(&chosen);
    pictures::check_gallery(size, &originals, 3)?;

    let all = |samples: Samples<'_>| samples.gather(&(0..samples.count()).collect::<Vec<_>>());
    let pca = Pca::fit(&all(train), Some(components))?;
    let through = |images: &Tensor| pca.inverse_transform(&pca.transform(images));
    let by_pca = measure_reconstructions(test, &through(&all(test)), size);
    let by_model = trained.map(|trained| {
        let test = Samples::new(data.dataset.test.images(), shape);
        let made = predict(&trained.model, &trained.params, test);
        measure_reconstructions(test, &made, size)
    });

    let name = format!("pca-{}-{}", data.dataset.name, data.class_label());
    let folder = environment.folder(&name)?;
    let pca_caption = format!("PCA, {}", counted(components, "component"));
    let pca_images = through(&originals);
    let mut rows = vec![("test images", &originals), (pca_caption.as_str(), &pca_images)];
    let made = trained.map(|trained| {
        let shaped = originals.clone().reshape(shape.with_batch(chosen.len()));
        trained.model.predict(&trained.params, &shaped)
    });
    if let Some(made) = &made {
        rows.push(("auto-encoder", made));
    }
    let share = pca.explained_variance_ratio().iter().sum();
    let comparison = Comparison {
        dataset: data.dataset.name.clone(),
        classes: data.class_names(),
        train_images: train.count(),
        test_images: test.count(),
        components,
        explained_variance_ratio: share,
        pca: by_pca.into(),
        auto_encoder: by_model.map(Errors::from),
    };
    folder.write("pca.toml", &toml::to_string(&comparison)?)?;
    report_errors(&report, data, &comparison);
    if let Some(by_model) = &by_model {
        // A model that has not seen these images, or has more numbers for them, cannot be compared fairly.
        let same = args.data.dataset.is_none() && args.data.classes.is_none();
        let fair = same && trained.and_then(ModelFile::code_len) == Some(components);
        let said = if fair { verdict(by_model, &by_pca) } else { UNEQUAL };
        report.line(format_args!("\n{said}"));
    }
    pictures::gallery(environment.show, &folder.file("pca.png"), "", size, &rows)?;
    close(&folder, &report, &FILES)
}

/// As many components as asked for, or as the model's code has numbers.
fn components(args: &PcaArgs, trained: Option<&ModelFile>, train: Samples<'_>) -> Result<usize> {
    let code = || trained.and_then(ModelFile::code_len);
    let Some(components) = args.components.or_else(code) else {
        let message =
            "pca: a model without an encoder says no number of components; give --components";
        return Err(usage(message).into());
    };
    let (count, pixels) = (train.count(), train.shape().len());
    if count < 2 {
        let found = counted(count, "training image");
        return Err(
            data_error(format!("PCA needs at least 2 training images, found {found}")).into()
        );
    }
    let most = count.min(pixels);
    if components > most {
        let message = format!(
            "--components {components}: expected 1 to {most}, for {count} training images of {pixels} pixels"
        );
        return Err(usage(message).into());
    }
    Ok(components)
}

/// The table of errors.
fn report_errors(report: &Report, data: &Data, comparison: &Comparison) {
    let Comparison { train_images, test_images, components, .. } = comparison;
    report.item("data", format_args!("{}, {}", data.title(), shown(&data.folder)));
    report.item(
        "PCA",
        format_args!(
            "{} of {train_images} training images, {:.3} of their variance",
            counted(*components, "component"),
            comparison.explained_variance_ratio
        ),
    );
    report.line(format_args!("\nmeans over {}:", counted(*test_images, "test image")));
    report.line(format_args!(
        "  {:<14} {:>14} {:>10} {:>8} {:>14}",
        "", "squared error", "PSNR", "SSIM", "cross-entropy"
    ));
    let rows = [("PCA", Some(&comparison.pca)), ("auto-encoder", comparison.auto_encoder.as_ref())];
    for (name, errors) in rows {
        let Some(Errors { mse, psnr, ssim, binary_crossentropy }) = errors else { continue };
        let (psnr, ssim) = (decibels(*psnr), similarity(*ssim));
        report.line(format_args!(
            "  {name:<14} {mse:>14.5} {psnr:>7} dB {ssim:>8} {binary_crossentropy:>14.4}"
        ));
    }
}

/// What the table shows, in one sentence.
fn verdict(model: &ReconstructionErrors, pca: &ReconstructionErrors) -> &'static str {
    let nearer = |model: f64, pca: f64| model.partial_cmp(&pca) == Some(Ordering::Less);
    match (nearer(model.mse, pca.mse), nearer(model.cross_entropy, pca.cross_entropy)) {
        (true, true) => {
            "The auto-encoder is nearer by both errors: this is what its non-linearity buys over PCA, the best linear map."
        }
        (false, true) => {
            "PCA, the best linear map, has the smaller squared error; the auto-encoder has the smaller cross-entropy, which it \
             was trained for."
        }
        (true, false) => {
            "The auto-encoder has the smaller squared error, but PCA the smaller cross-entropy: unusual for a model trained by it."
        }
        (false, false) => {
            "PCA, the best linear map, is nearer by both errors: non-linearity has bought nothing here (yet: train for longer?)."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_what_the_numbers_say() {
        let errors =
            |mse, cross_entropy| ReconstructionErrors { mse, cross_entropy, ..Default::default() };
        let pca = errors(0.02, 0.2);
        let said = |mse, entropy| verdict(&errors(mse, entropy), &pca);
        assert!(said(0.01, 0.1).starts_with("The auto-encoder is nearer by both"));
        assert!(said(0.03, 0.1).starts_with("PCA, the best linear map, has the smaller squared"));
        assert!(said(0.01, 0.3).starts_with("The auto-encoder has the smaller squared"));
        assert!(said(0.03, 0.3).starts_with("PCA, the best linear map, is nearer by both"));
        assert!(said(f64::NAN, f64::NAN).starts_with("PCA, the best linear map, is nearer"));
    }
}
