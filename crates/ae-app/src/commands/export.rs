//! `ae-app export`: a trained model and its outputs, for other programs.

use super::outputs::Outputs;
use crate::cli::ExportArgs;
use crate::exit::{Refusal, usage};
use crate::input::{Data, recorded_files};
use crate::report::{Output, Report};
use crate::run::{Ending, Environment, Views, check_images, job_image, note_other_images};
use ae_data::Label;
use ae_files::printable_path;
use ae_npy::{Element, Npz};
use ae_onnx::Part;
use ae_pca::Pca;
use ae_run::{Job, ModelFile};
use ae_tensor::{Shape, Tensor};
use ae_train::predict_examples;
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// The content of the JSON.
#[derive(Serialize)]
struct Exported {
    ended: &'static str,
    written: Vec<Written>,
}

/// A file that was written.
#[derive(Serialize)]
struct Written {
    path: String,
    /// The part of the model, or `arrays`.
    content: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    arrays: Vec<Array>,
}

/// An array of an archive.
#[derive(Serialize)]
struct Array {
    name: &'static str,
    shape: Vec<usize>,
}

/// Writes the requested files.
pub(super) fn run(args: ExportArgs, output: Output) -> Result<Ending> {
    let report = Report::new(output);
    let trained = ModelFile::load(&args.model)?;
    let mut job = trained.job()?;
    // Before `--dataset` applies: the run's own data are not written over even if others are read.
    let data_dir = args.data.data_dir.data_dir.clone();
    let recorded = job.training().data.recorded.as_ref();
    let data = recorded.map(|recorded| recorded_files(recorded, data_dir.as_deref()));
    args.data.apply(&mut job.training_mut().data);
    let model = &trained.model;
    let divided = model.encoder().is_ok();
    let mut written = Vec::new();
    let mut outputs = Outputs::new(args.force, &args.model, data.unwrap_or_default());
    let files = files(&args, &trained, divided, &mut outputs)?;
    // The images come first: if they are refused, nothing is written.
    let threads = args.threads.threads;
    let environment = Environment { data_dir, threads, output, ..Environment::default() };
    let archive = match &args.npz {
        None => None,
        Some(npz) => {
            let work = || numbers(&job, &environment, &trained, &outputs);
            Some((npz, environment.on_threads(work)?))
        }
    };
    for (part, path) in files {
        let bytes = ae_onnx::export(model.architecture(), model.params(), part)?;
        ae_files::replace(&path, &bytes)?;
        let layers = match part {
            Part::Whole => model.sequential(),
            Part::Encoder => model.encoder()?,
            Part::Decoder => model.decoder()?,
        };
        let (from, to) = (layers.input_shape(), layers.output_shape());
        let (shown, len) = (printable_path(&path), bytes.len());
        report.line(format_args!("{shown}: {}, {from} to {to}, {len} bytes", part.name()));
        let path = path.to_string_lossy().into_owned();
        written.push(Written { path, content: part.name(), arrays: Vec::new() });
    }
    if let Some((path, archive)) = archive {
        ae_files::replace(path, &archive.bytes)?;
        report.line(format_args!("{}:", printable_path(path)));
        let mut arrays = Vec::new();
        for (name, shape) in archive.arrays {
            report.line(format_args!("  {name:<29} {shape}"));
            arrays.push(Array { name, shape: shape.dims().to_vec() });
        }
        let path = path.to_string_lossy().into_owned();
        written.push(Written { path, content: "arrays", arrays });
    }
    report.json(&Exported { ended: "done", written })?;
    Ok(Ending::Done)
}

/// Returns the files for the parts of the model. Every refusal happens here, before anything is
/// written.
fn files(
    args: &ExportArgs,
    trained: &ModelFile,
    divided: bool,
    outputs: &mut Outputs<'_>,
) -> Result<Vec<(Part, PathBuf)>, Refusal> {
    let mut files = Vec::new();
    for &part in args.onnx.iter().flat_map(|_| args.part.parts()) {
        if part != Part::Whole && !divided {
            return Err(usage(format!(
                "--part {}: a model of encoder and decoder expected, found {}",
                part.name(),
                trained.model.architecture()
            )));
        }
        let onnx = args.onnx.as_ref().expect("there is a part to write");
        // A single part is written to the given path itself.
        let whole = part == Part::Whole || args.part.parts().len() == 1;
        files.push((part, if whole { onnx.clone() } else { beside(onnx, part) }));
    }
    for (_, path) in &files {
        outputs.check("--onnx", path)?;
    }
    if let Some(npz) = &args.npz {
        outputs.check("--npz", npz)?;
    }
    Ok(files)
}

/// Returns the path of a part, such as `model-encoder.onnx` for `model.onnx`.
fn beside(path: &Path, part: Part) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", part.name()));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// An archive and a description of its content.
struct Archive {
    bytes: Vec<u8>,
    arrays: Vec<(&'static str, Shape)>,
}

/// Computes the model's inputs and outputs.
fn numbers(
    job: &Job,
    environment: &Environment,
    trained: &ModelFile,
    outputs: &Outputs<'_>,
) -> Result<Archive> {
    let (model, params) = (&trained.model, trained.model.params());
    let data = Data::of_job(job, environment.finding())?;
    outputs.check_beside(&data.folder)?;
    check_images(trained, &data, job_image(job, &data)?)?;
    let views = Views::of(job, data.extents());
    note_other_images(&Report::new(environment.output), &data, trained);
    let shape = model.sequential().input_shape();
    let (train, test) = (&data.dataset.train, &data.dataset.test);
    let part = |images, part| views.centered(views.samples(images, shape), part);
    let train_examples = part(train, ae_train::Split::Train);
    let test_examples = part(test, ae_train::Split::Test);

    let mut arrays = Arrays::new();
    if let Ok(encoder) = model.encoder() {
        // Codes that are images are larger than their inputs, so only the test images' codes are
        // written.
        if encoder.output_shape().rank() == 1 {
            let codes = predict_examples(encoder, params, train_examples);
            arrays.tensor("train_codes", &codes)?;
            // A single code has no variance.
            if train.count() > 1 {
                arrays.pca(&Pca::fit(&codes, None)?)?;
            }
        }
        arrays.tensor("test_codes", &predict_examples(encoder, params, test_examples))?;
    }
    for (name, images) in [("train_labels", train), ("test_labels", test)] {
        if let Some(labels) = images.labels() {
            arrays.labels(name, labels)?;
        }
    }
    let all: Vec<usize> = (0..test_examples.count()).collect();
    // Noise included.
    arrays.tensor("test_inputs", &test_examples.inputs(&all))?;
    let reconstructions = model.reconstruct(&test_examples);
    arrays.tensor("test_reconstructions", &reconstructions)?;
    data.check_read()?;
    arrays.finish()
}

/// Arrays collected for an archive.
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

    /// Adds labels, in bytes if all of them are below 256.
    fn labels(&mut self, name: &'static str, labels: &[Label]) -> Result<()> {
        let bytes: Result<Vec<u8>, _> = labels.iter().map(|&label| u8::try_from(label)).collect();
        match bytes {
            Ok(bytes) => self.add::<u8>(name, [labels.len()].into(), &bytes),
            Err(_) => self.add(name, [labels.len()].into(), labels),
        }
    }

    fn tensor(&mut self, name: &'static str, tensor: &Tensor) -> Result<()> {
        self.add(name, tensor.shape(), tensor.data())
    }

    /// Adds the PCA under scikit-learn's names.
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
