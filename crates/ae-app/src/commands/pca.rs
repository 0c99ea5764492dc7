//! `ae-app pca`: compares a model with PCA of as many components.

use super::shared::environment;
use crate::cli::PcaArgs;
use crate::exit::{data as data_error, usage};
use crate::input::Data;
use crate::report::{Output, PCA, Report, counted, decibels, pictures, similarity};
use crate::run::{
    Ending, Environment, Views, check_images, close, job_image, note_other_images, write_page,
};
use ae_data::InMemory;
use ae_files::printable_path;
use ae_lab::{MeanErrors, PcaBaseline, Verdict};
use ae_pca::Pca;
use ae_run::{DenseSpec, Job, ModelFile, REPORT};
use ae_tensor::Tensor;
use ae_train::{
    Augmentation, Examples, ReconstructionErrors, Samples, Split, measure_reconstructions,
};
use anyhow::Result;
use serde::Serialize;

/// The files that the command writes.
const FILES: [(&str, &str); 3] = [
    ("pca.png", "test images, and what each makes of them"),
    (PCA, "how far they are from the originals, over all test images"),
    (REPORT, "both on one page, for a browser"),
];

/// The content of `pca.toml`.
#[derive(Debug, Serialize)]
struct Comparison {
    dataset: String,
    classes: Vec<String>,
    train_images: usize,
    test_images: usize,
    components: usize,
    /// The fraction of the training images' variance that the components explain.
    explained_variance_ratio: f64,
    pca: ReconstructionErrors,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_encoder: Option<ReconstructionErrors>,
}

/// Compares a trained model with PCA, or reports on PCA alone.
pub(super) fn run(args: PcaArgs, output: Output) -> Result<Ending> {
    let trained = args.model.as_ref().map(|model| ModelFile::load(model)).transpose()?;
    let mut job = match &trained {
        Some(trained) => job_of(trained)?,
        None => Job::Dense(DenseSpec::default()),
    };
    let spec = &mut job.training_mut().data;
    args.data.apply(spec);
    // The covariance is computed from all images in f32.
    spec.in_memory = InMemory::Always;
    let environment = environment(args.work.clone(), args.data.data_dir.clone(), output);
    environment.on_threads(|| {
        let data = Data::of_job(&job, environment.finding())?;
        compare(&args, &environment, trained.as_ref(), &job, &data)
    })
}

/// Returns the job that trained the model, which must have a code.
fn job_of(trained: &ModelFile) -> Result<Job> {
    let job = trained.job()?;
    match job {
        Job::Dense(_) | Job::Anomaly(_) => Ok(job),
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
    job: &Job,
    data: &Data,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let image = job_image(job, data)?;
    let size = image.into();
    if let Some(trained) = trained {
        check_images(trained, data, image)?;
    }
    // A model of crops is compared on those at the center.
    let views = Views::of(job, data.extents());
    let vectors =
        |images, split| views.centered(views.samples(images, [image.len()].into()), split);
    let train = vectors(&data.dataset.train, Split::Train);
    let test = vectors(&data.dataset.test, Split::Test);
    let components = components(args, trained, train, image.is_color())?;
    let (count, seed) = (args.samples.count(), args.seed.number());
    let originals = test.inputs(&test.choose(count, seed));
    pictures::check_gallery(size, &originals, 3)?;

    let baseline = PcaBaseline::fit(&all(train), components)?;
    let images = all(test);
    let test = Samples::from_f32(images.data(), test.shape());
    let by_pca = measure_reconstructions(test, &baseline.reconstruct(&images), size);
    // The model takes the images in its own shape, as vectors or as images.
    let by_trained = |images: &Tensor, ModelFile { model, .. }: &ModelFile| {
        model.reconstruct(&Samples::from_f32(images.data(), model.architecture().input))
    };
    let by_model =
        trained.map(|trained| measure_reconstructions(test, &by_trained(&images, trained), size));

    let name = format!("pca-{}-{}", data.dataset.name, data.class_label());
    let folder = environment.folder(&name)?;
    let pca_caption = format!("PCA, {}", counted(components, "component"));
    let pca_images = baseline.reconstruct(&originals);
    let mut rows = vec![("test images", &originals), (pca_caption.as_str(), &pca_images)];
    let made = trained.map(|trained| by_trained(&originals, trained));
    if let Some(made) = &made {
        rows.push(("auto-encoder", made));
    }
    let comparison = Comparison {
        dataset: data.dataset.name.clone(),
        classes: data.class_names(),
        train_images: train.count(),
        test_images: test.count(),
        components,
        explained_variance_ratio: baseline.explained_share(),
        pca: by_pca,
        auto_encoder: by_model,
    };
    folder.write_toml(PCA, &comparison)?;
    let augmentation = job.training().augmentation;
    report_errors(&report, data, augmentation, &comparison);
    if let Some(trained) = trained {
        note_other_images(&report, data, trained);
    }
    if let Some(by_model) = &by_model {
        // A fair comparison needs the model's own training images, not only one variant of each,
        // and as many components as its code has numbers.
        let same = augmentation.is_none()
            && trained.is_some_and(|trained| data.are_of(trained.config.data()));
        let fair = same && trained.and_then(ModelFile::code_len) == Some(components);
        let verdict = match fair {
            true => Verdict::new(mean_errors(by_model), mean_errors(&by_pca)),
            false => Verdict::NotComparable,
        };
        report.line(format_args!("\n{verdict}"));
    }
    pictures::gallery(environment.show, &folder.file("pca.png"), "", size, &rows)?;
    write_page(&folder, format!("pca: {}", data.title()), None, &FILES, None);
    close(&folder, &report, &FILES)
}

/// Returns the requested number of components, or else the length of the model's code.
fn components(
    args: &PcaArgs,
    trained: Option<&ModelFile>,
    train: Examples<'_>,
    is_color: bool,
) -> Result<usize> {
    let code = || trained.and_then(ModelFile::code_len);
    let Some(components) = args.components.or_else(code) else {
        let message =
            "pca: a model without an encoder says no number of components; give --components";
        return Err(usage(message).into());
    };
    let (count, pixels) = (train.count(), train.shape().len());
    let Some(most) = PcaBaseline::max_components(count, pixels) else {
        let found = counted(count, "training image");
        return Err(
            data_error(format!("PCA needs at least 2 training images, found {found}")).into()
        );
    };
    if !(1..=most).contains(&components) {
        let of = if is_color { "values" } else { "pixels" };
        let message = format!(
            "--components {components}: expected 1 to {most}, for {count} training images of {pixels} {of}"
        );
        return Err(usage(message).into());
    }
    Pca::check(count, pixels, Some(components)).map_err(|error| data_error(error.to_string()))?;
    Ok(components)
}

/// Returns all of these examples, `[count, values]`.
fn all(examples: Examples<'_>) -> Tensor {
    examples.inputs(&(0..examples.count()).collect::<Vec<_>>())
}

/// Prints the table of errors.
fn report_errors(
    report: &Report,
    data: &Data,
    augmentation: Option<Augmentation>,
    comparison: &Comparison,
) {
    let Comparison { train_images, test_images, components, .. } = comparison;
    let sample = data.sample();
    report.item("data", format_args!("{}, {}", data.title(), printable_path(&data.folder)));
    if let Some(augmentation) = augmentation {
        let here = augmentation.crop_alone();
        let here = if here == Augmentation::default() {
            "left out".into()
        } else {
            format!("{here} at the center")
        };
        report.item("augment", format_args!("{augmentation} in training; here {here}"));
    }
    report.item(
        "PCA",
        format_args!(
            "{} of {train_images} training {sample}s, {:.3} of their variance",
            counted(*components, "component"),
            comparison.explained_variance_ratio
        ),
    );
    report.line(format_args!("\nmeans over {}:", counted(*test_images, &format!("test {sample}"))));
    report.line(format_args!(
        "  {:<14} {:>14} {:>10} {:>8} {:>14}",
        "", "squared error", "PSNR", "SSIM", "cross-entropy"
    ));
    let rows = [("PCA", Some(&comparison.pca)), ("auto-encoder", comparison.auto_encoder.as_ref())];
    for (name, errors) in rows {
        let Some(ReconstructionErrors { mse, psnr, ssim, cross_entropy }) = errors else {
            continue;
        };
        let (psnr, ssim) = (decibels(*psnr), similarity(*ssim));
        report.line(format_args!(
            "  {name:<14} {mse:>14.5} {psnr:>7} dB {ssim:>8} {cross_entropy:>14.4}"
        ));
    }
}

/// Returns the errors that the verdict compares.
fn mean_errors(errors: &ReconstructionErrors) -> MeanErrors {
    MeanErrors { squared: errors.mse, cross_entropy: errors.cross_entropy }
}
