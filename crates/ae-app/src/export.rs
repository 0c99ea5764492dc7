//! `ae-app export`: a trained model, and what it makes of the images, for other programs.

use crate::cli::{Command, DataArgs, ExportArgs};
use crate::data::Data;
use crate::exit::UsageError;
use crate::interrupt::Ending;
use crate::job::{examples, on_threads};
use crate::model_file::{ModelFile, check_images};
use crate::record::Place;
use crate::report::{Report, shown};
use crate::show::ShowArgs;
use ae_layers::Sequential;
use ae_npy::{Element, Npz};
use ae_onnx::Part;
use ae_pca::Pca;
use ae_tensor::{Shape, Tensor};
use ae_train::{Batch, Examples, GaussianNoise, Samples, predict_examples};
use anyhow::{Context, Result};
use std::io::Cursor;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &ExportArgs) -> Result<Ending> {
    let report = Report::new(args.output);
    let trained = ModelFile::load(&args.model)?;
    let place = Place {
        dataset: args.dataset.clone(),
        data_dir: args.data_dir.clone(),
        threads: args.threads,
        out: None,
        output: args.output,
        show: ShowArgs::default(),
    };
    let command = trained.config.command(&place)?;
    let parts = trained.architecture.divide(&trained.model);
    let files = files(args, &trained, parts.is_some())?;
    for (part, path) in &files {
        let part = *part;
        let bytes = ae_onnx::export(&trained.architecture, &trained.params, part)?;
        ae_files::replace(path, &bytes)?;
        let model = match (&parts, part) {
            (Some((encoder, _)), Part::Encoder) => encoder,
            (Some((_, decoder)), Part::Decoder) => decoder,
            _ => &trained.model,
        };
        let (from, to) = (model.input_shape(), model.output_shape());
        let (path, len) = (shown(path), bytes.len());
        report.line(format_args!("{path}: {}, {from} to {to}, {len} bytes", part.name()));
    }
    if let Some(path) = &args.npz {
        let (data, common) = match &command {
            Command::Dense(args) => (&args.data, &args.common),
            Command::Denoise(args) => (&args.data, &args.common),
            _ => unreachable!("these are the jobs"),
        };
        let classes = args.classes.as_ref().unwrap_or(&data.classes).clone();
        let data = DataArgs { classes, ..data.clone() };
        let archive = on_threads(common.threads, || {
            numbers(&command, &data, &trained, parts.as_ref().map(|(encoder, _)| encoder))
        })?;
        ae_files::replace(path, &archive.bytes)?;
        report.line(format_args!("{}:", shown(path)));
        for (name, shape) in archive.arrays {
            report.line(format_args!("  {name:<29} {shape}"));
        }
    }
    Ok(Ending::Done)
}

/// Where the parts of the model go. All that can be refused is refused before anything is written.
fn files(
    args: &ExportArgs,
    trained: &ModelFile,
    divided: bool,
) -> Result<Vec<(Part, PathBuf)>, UsageError> {
    let mut files = Vec::new();
    if let Some(onnx) = &args.onnx {
        check_target("--onnx", onnx, args.force)?;
        for &part in args.part.parts() {
            if part != Part::Whole && !divided {
                return Err(UsageError(format!(
                    "--part {}: a model of encoder and decoder expected, found {}",
                    part.name(),
                    trained.architecture
                )));
            }
            // One part alone goes where it is told to.
            let whole = part == Part::Whole || args.part.parts().len() == 1;
            let path = if whole { onnx.clone() } else { beside(onnx, part) };
            check_target("--onnx", &path, args.force)?;
            files.push((part, path));
        }
    }
    if let Some(npz) = &args.npz {
        check_target("--npz", npz, args.force)?;
        if files.iter().any(|(_, path)| path == npz) {
            let message = "the file of --onnx; two files need two names";
            return Err(UsageError(format!("--npz {}: {message}", npz.display())));
        }
    }
    Ok(files)
}

/// `model.onnx` as `model-encoder.onnx`.
fn beside(path: &Path, part: Part) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", part.name()));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Whether a file may be written: it has a name, and nothing is lost.
fn check_target(option: &str, path: &Path, force: bool) -> Result<(), UsageError> {
    let shown = path.display();
    if path.file_name().is_none() || path.is_dir() {
        return Err(UsageError(format!("{option} {shown}: expected a file, found a folder")));
    }
    // Also a link that leads nowhere would be replaced.
    if !force && path.symlink_metadata().is_ok() {
        let message = "there already; --force replaces it";
        return Err(UsageError(format!("{option} {shown}: {message}")));
    }
    Ok(())
}

/// An archive, and what is in it.
struct Archive {
    bytes: Vec<u8>,
    arrays: Vec<(&'static str, Shape)>,
}

/// What the model is shown, and what it makes of it.
fn numbers(
    command: &Command,
    data: &DataArgs,
    trained: &ModelFile,
    encoder: Option<&Sequential>,
) -> Result<Archive> {
    let ModelFile { model, params, .. } = trained;
    let data = Data::load(data)?;
    let (data, noise) = match command {
        Command::Dense(args) => (data.limited(args.limits()), None),
        Command::Denoise(args) => {
            let (factor, seed) = (args.noise, args.common.seed);
            let noise = GaussianNoise { factor, seed, fresh: args.fresh_noise };
            (data.limited(args.limits()), Some(noise))
        }
        _ => (data, None),
    };
    check_images(model, &data)?;
    let shape = model.input_shape();
    let (train, test) = (&data.dataset.train, &data.dataset.test);
    let part = |images, part| examples(Samples::new(images, shape), noise, part);
    let train_examples = part(train.images(), ae_train::Part::Train);
    let test_examples = part(test.images(), ae_train::Part::Test);

    let mut arrays = Arrays::new();
    if let Some(encoder) = encoder {
        // Codes that are images are larger than those they were made of: of the test images only.
        if encoder.output_shape().rank() == 1 {
            let codes = predict_examples(encoder, params, train_examples);
            arrays.tensor("train_codes", &codes)?;
            // One code has no variance.
            if train.count() > 1 {
                arrays.pca(&Pca::fit(&codes, None)?)?;
            }
        }
        arrays.tensor("test_codes", &predict_examples(encoder, params, test_examples))?;
    }
    arrays.add("train_labels", [train.count()].into(), train.labels())?;
    arrays.add("test_labels", [test.count()].into(), test.labels())?;
    arrays.tensor("test_inputs", &inputs(test_examples))?;
    let reconstructions = predict_examples(model, params, test_examples);
    arrays.tensor("test_reconstructions", &reconstructions)?;
    arrays.finish()
}

/// What the model is shown, noise included.
fn inputs(examples: Examples<'_>) -> Tensor {
    let all: Vec<usize> = (0..examples.samples().count()).collect();
    let mut batch = Batch::new();
    examples.gather(&all, 0, &mut batch);
    batch.into_input()
}

/// Arrays on their way into an archive.
struct Arrays {
    npz: Npz<Cursor<Vec<u8>>>,
    arrays: Vec<(&'static str, Shape)>,
}

impl Arrays {
    fn new() -> Self {
        Self { npz: Npz::new(Cursor::new(Vec::new())), arrays: Vec::new() }
    }

    fn add<T: Element>(&mut self, name: &'static str, shape: Shape, values: &[T]) -> Result<()> {
        self.arrays.push((name, shape));
        self.npz.add(name, shape.dims(), values).with_context(|| format!("cannot pack {name}"))
    }

    fn tensor(&mut self, name: &'static str, tensor: &Tensor) -> Result<()> {
        self.add(name, tensor.shape(), tensor.data())
    }

    /// By scikit-learn's names.
    fn pca(&mut self, pca: &Pca) -> Result<()> {
        let (k, n) = (pca.n_components(), pca.n_features());
        self.add("pca_mean", [n].into(), pca.mean())?;
        self.add("pca_components", [k, n].into(), pca.components_f64())?;
        self.add("pca_explained_variance", [k].into(), pca.explained_variance())?;
        self.add("pca_explained_variance_ratio", [k].into(), pca.explained_variance_ratio())
    }

    fn finish(self) -> Result<Archive> {
        let bytes = self.npz.finish().context("cannot pack the arrays")?.into_inner();
        Ok(Archive { bytes, arrays: self.arrays })
    }
}
