//! What the jobs share: threads, the report's beginning and end, and what is written down of a run.

use crate::cli::{CommonArgs, KeepArgs};
use crate::data::Data;
use crate::exit::{DataError, UsageError};
use crate::interrupt::Ending;
use crate::models::{Chosen, Plan};
use crate::pictures;
use crate::record::{Config, cpu_features};
use crate::report::{Report, counted, files, shown};
use crate::run_folder::RunFolder;
use crate::verify::write_sums;
use ae_autodiff::Params;
use ae_layers::{Activation, Architecture, Sequential};
use ae_optim::Optimizer;
use ae_tensor::{current_threads, with_threads};
use ae_train::{Examples, GaussianNoise, History, Part, Samples};
use anyhow::{Context, Result};

/// Does the work on as many threads as asked for, or as there are cores.
pub(crate) fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    with_threads(threads.unwrap_or(available), work).context("cannot start threads")?
}

/// What stays the same from the first line of the report to the last picture.
pub(crate) struct Job<'a> {
    /// The command's name.
    pub(crate) name: &'static str,
    pub(crate) data: &'a Data,
    pub(crate) train: Samples<'a>,
    pub(crate) test: Samples<'a>,
    /// What is added to the images on their way into the model.
    pub(crate) noise: Option<GaussianNoise>,
    /// What the model is called.
    pub(crate) model_name: &'a str,
    pub(crate) architecture: &'a Architecture,
    pub(crate) model: &'a Sequential,
    pub(crate) plan: Plan,
    /// Images in a row of a gallery.
    pub(crate) samples: usize,
    pub(crate) common: &'a CommonArgs,
}

impl<'a> Job<'a> {
    /// What the model learns from.
    pub(crate) fn train_examples(&self) -> Examples<'a> {
        examples(self.train, self.noise, Part::Train)
    }

    /// What it is judged by.
    pub(crate) fn test_examples(&self) -> Examples<'a> {
        self.test_examples_with(self.noise)
    }

    /// The same with other noise.
    pub(crate) fn test_examples_with(&self, noise: Option<GaussianNoise>) -> Examples<'a> {
        examples(self.test, noise, Part::Test)
    }

    /// The test images that galleries show, chosen at random.
    pub(crate) fn chosen(&self) -> Vec<usize> {
        self.test.choose(self.samples, self.common.seed)
    }

    /// A new folder for the results.
    pub(crate) fn folder(&self) -> Result<RunFolder> {
        let (data, classes) = (&self.data.dataset.name, self.data.class_label());
        RunFolder::create(self.common.out.as_deref(), &format!("{}-{data}-{classes}", self.name))
    }

    /// Says what will be done, with which data, constants and machine.
    pub(crate) fn announce(&self, report: &Report, params: &Params, optimizer: &dyn Optimizer) {
        let &Self { data, train, test, .. } = self;
        report.item("data", format_args!("{}, {}", data.dataset.name, shown(&data.folder)));
        report.item("classes", data.class_names().join(", "));
        report.line(format_args!("train {}", train.batch_shape(train.count())));
        report.line(format_args!("test {}", test.batch_shape(test.count())));
        report.item("model", self.model_name);
        report.line(self.model.summary(params));
        let constants: Vec<String> =
            optimizer.constants().iter().map(|(name, value)| format!("{name} {value}")).collect();
        report.item("optimizer", format_args!("{}, {}", optimizer.name(), constants.join(", ")));
        let penalty = self.architecture.layers.iter().any(|layer| layer.penalizes());
        let also = if penalty { "; what the code is penalised with is added" } else { "" };
        let loss = format_args!("binary cross-entropy, mean over pixels and images{also}");
        report.item("loss", loss);
        if let Some(GaussianNoise { factor, fresh, .. }) = self.noise {
            let when = if fresh { "drawn anew in each epoch" } else { "drawn once" };
            let what = format_args!("Gaussian, {factor} times N(0, 1), clipped to [0, 1], {when}");
            report.item("noise", what);
        }
        let (epochs, batch) = (counted(self.plan.epochs, "epoch"), self.plan.batch);
        report.item("training", format_args!("{epochs}, batch {batch}, seed {}", self.common.seed));
        let threads = counted(current_threads(), "thread");
        report.item("machine", format_args!("{threads}, {}", cpu_features().join(" ")));
        if cfg!(all(target_arch = "x86_64", not(target_feature = "avx2"))) {
            // See .cargo/config.toml: cargo was called from elsewhere, or told otherwise.
            let note = "built for any x86-64 CPU rather than for this one: several times slower";
            report.item("", note);
        }
    }

    /// What `config.toml` says of any job.
    pub(crate) fn config(
        &self,
        keep: &KeepArgs,
        params: &Params,
        optimizer: &dyn Optimizer,
    ) -> Config {
        Config::new(self, keep, params.element_count(), optimizer)
    }
}

/// Samples as the model is shown them.
pub(crate) fn examples(
    samples: Samples<'_>,
    noise: Option<GaussianNoise>,
    part: Part,
) -> Examples<'_> {
    match noise {
        Some(noise) => Examples::noisy(samples, noise, part),
        None => Examples::clean(samples),
    }
}

/// Whether the training images fill a batch; clap cannot know how many there are.
pub(crate) fn check_batch(plan: Plan, train: Samples<'_>) -> Result<(), UsageError> {
    let (batch, count) = (plan.batch, train.count());
    if batch > count {
        let message = format!("--batch {batch}: expected 1 to {count}, the training images");
        return Err(UsageError(message));
    }
    Ok(())
}

/// The most weights that a model may have: a gibibyte of them, and with the gradient and what an optimizer remembers four.
const MOST_WEIGHTS: usize = 1 << 28;

/// Builds a model for data whose images it must give back in the shape that it takes them in.
pub(crate) fn build(
    chosen: &Chosen,
    data: &Data,
    params: &mut Params,
    seed: u64,
) -> Result<Sequential> {
    let Chosen { name, architecture, .. } = chosen;
    let refused = |why: String| UsageError(format!("--model {name}: {why}"));
    let weights = architecture.weight_count().map_err(|error| refused(error.to_string()))?;
    if weights > MOST_WEIGHTS {
        return Err(
            refused(format!("expected at most {MOST_WEIGHTS} weights, found {weights}")).into()
        );
    }
    let model = Sequential::build(architecture.input, &architecture.layers, params, seed)
        .map_err(|error| refused(error.to_string()))?;
    check_same_shape(&model, name, data)?;
    if model.last_activation() != Activation::Sigmoid {
        let message =
            format!("--model {name}: expected a sigmoid at its end, since pixels are from 0 to 1");
        return Err(UsageError(message).into());
    }
    Ok(model)
}

/// An image that cannot be halved comes out larger than it went in.
fn check_same_shape(model: &Sequential, name: &str, data: &Data) -> Result<(), DataError> {
    let (input, output) = (model.input_shape(), model.output_shape());
    if input == output {
        return Ok(());
    }
    let folder = data.folder.display();
    Err(DataError(format!(
        "{folder}: model {name} makes {output} of images of shape {input}: expected images that come out as they went in, \
         with sides that it can halve as often as it doubles them"
    )))
}

/// How a job leaves its reader.
pub(crate) struct Closing<'a> {
    /// What a whole run leaves, each file with what is in it.
    pub(crate) files: &'a [(&'static str, &'static str)],
    /// The arguments of what to run next.
    pub(crate) next: String,
}

impl Closing<'_> {
    /// Writes the checksums of a job that was not stopped. Says where Ctrl-C stopped it if it did, names the files that there are, and what to do next.
    pub(crate) fn report(
        &self,
        report: &Report,
        folder: &RunFolder,
        stopped: Option<String>,
    ) -> Result<Ending> {
        let digest = match &stopped {
            None => Some(write_sums(folder)?),
            // Not the run that its configuration makes.
            Some(_) => None,
        };
        if let Some(stopped) = &stopped {
            report.line(format_args!("{stopped}; everything so far is written"));
        }
        files(report, folder, self.files);
        if stopped.is_some() {
            let run = shown(folder.path());
            report.line(format_args!("\nto go on: cargo run -p ae-app -- resume {run}"));
        }
        if let Some(digest) = &digest {
            report.line(format_args!("\ndigest {digest}"));
        }
        report.line(format_args!("\nnext: cargo run -p ae-app -- {}", self.next));
        report.end_in(if stopped.is_some() { "stopped" } else { "done" }, folder, digest)?;
        Ok(if stopped.is_some() { Ending::Interrupted } else { Ending::Done })
    }
}

/// Both losses over the epochs, in numbers and, from the first whole epoch on, as a picture.
pub(crate) fn write_history(folder: &RunFolder, title: &str, history: &History) -> Result<()> {
    folder.write("history.csv", &history.to_csv())?;
    if history.epochs.is_empty() {
        return Ok(());
    }
    pictures::losses(&folder.file("loss.png"), title, history)
}
