//! The arguments: what the jobs have in common here, what is a job's own in a file each.

mod config_file;
mod denoise;
mod dense;
mod export;
mod images;
mod lab;
mod model;
mod output;
mod runs;
mod tools;
mod values;

pub(crate) use denoise::DenoiseArgs;
pub(crate) use dense::DenseArgs;
pub(crate) use export::ExportArgs;
pub(crate) use images::{DenoiseImageArgs, GenerateArgs, PcaArgs, ReconstructArgs};
pub(crate) use lab::LabArgs;
pub(crate) use model::{ModelOptions, ModelsArgs, Recorded};
pub(crate) use output::Output;
pub(crate) use runs::{ModelArgs, RunArgs};
pub(crate) use tools::{CompletionsArgs, DoctorArgs, ManArgs};

use crate::interrupt::Ending;
use crate::model_use::Use;
use crate::optimizers::OptimizerName;
use crate::show::ShowArgs;
use ae_train::EarlyStopping;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use values::{at_least_one, difference, learning_rate, samples, threads, whole};

const EXAMPLES: &str = "\
Examples:
  ae-app dense                                     learn the fives of MNIST and generate new ones
  ae-app dense --classes 7 --latent 25             sevens, with 25 numbers to an image
  ae-app dense --dataset fashion-mnist --classes sandal,sneaker,ankle-boot
  ae-app denoise --quick                           remove noise from digits: a first impression
  ae-app denoise                                   the same in earnest; watch the picture it names
  ae-app resume runs/denoise-mnist-all             go on with a run that was stopped or killed
  ae-app generate runs/dense-mnist-5 --seed 2      more new images, without training again
  ae-app doctor                                    check data and CPU, and how long each job takes
  ae-app export runs/dense-mnist-5 --onnx m.onnx   the model for other programs
  ae-app denoise-image runs/denoise-mnist-all page.png    noise removed from an image of your own
  ae-app pca runs/dense-mnist-5                    what principal components make of the same images
  ae-app lab                                       shoes by several models and samplers, scored
";

const STATUS: &str = "\
Exit status:
  0    fine
  1    something failed: a file cannot be written, a folder is in use, a run is not what it was
  2    the arguments make no sense
  3    the data, a checkpoint or a model is missing, damaged or does not fit
  4    training diverged
  130  stopped by Ctrl-C; everything so far is written
";

/// Understand, train and use auto-encoders.
#[derive(Debug, Parser)]
#[command(name = "ae-app", version, before_help = EXAMPLES, after_help = STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    output: Output,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a dense auto-encoder on images, and generate new ones naively and through PCA
    Dense(DenseArgs),
    /// Train a convolutional auto-encoder to remove noise from images
    Denoise(DenoiseArgs),
    /// Go on with a run that was stopped, killed or switched off; it ends with the same files as one that never was
    Resume(RunArgs),
    /// Repeat a run from its config.toml and compare the files, byte for byte
    Verify(RunArgs),
    /// Train models on the same images, draw codes by several samplers, and score what they become
    Lab(LabArgs),
    /// List the models that can be trained, or print the description of one
    Models(ModelsArgs),
    /// Say whether data, CPU and folders are as they should be, and how long each job takes here
    Doctor(DoctorArgs),
    /// Print what a shell needs to complete this program's commands and options
    Completions(CompletionsArgs),
    /// Print the manual pages, or write them to a folder
    Man(ManArgs),
    /// Write a trained model as ONNX, or what it makes of the images as NumPy reads it
    Export(ExportArgs),
    /// Show what a trained model makes of test images, or of images of your own, without training
    Reconstruct(ReconstructArgs),
    /// Generate images with a trained dense model, or map its latent space, without training
    Generate(GenerateArgs),
    /// Remove noise from images of your own, of any size, with a trained model
    DenoiseImage(DenoiseImageArgs),
    /// Put principal components beside a trained dense model: what does non-linearity buy?
    Pca(PcaArgs),
}

impl Cli {
    /// Understands the arguments, those of a `--config` included.
    pub(crate) fn from_words(words: &[OsString]) -> anyhow::Result<Self> {
        let definition = || Self::command().color(output::colour(words));
        let mut cli = Self::from_arg_matches(&definition().try_get_matches_from(words)?)?;
        let (job, config) = match &cli.command {
            Command::Dense(args) => ("dense", &args.config.config),
            Command::Denoise(args) => ("denoise", &args.config.config),
            _ => return Ok(cli),
        };
        if let Some(path) = config {
            // The defaults, then what the file says, then the command line: without defaults there are only words in it.
            let mut command = config_file::read(path, job)?;
            let definition = config_file::without_defaults(definition(), job);
            command.update_from_arg_matches(&definition.try_get_matches_from(words)?)?;
            cli.command = command;
        }
        Ok(cli)
    }

    /// What is to be done.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    pub(crate) fn run(mut self) -> anyhow::Result<Ending> {
        *self.command.output() = self.output;
        match self.command {
            Command::Dense(args) => crate::dense::run(args),
            Command::Denoise(args) => crate::denoise::run(args),
            Command::Resume(args) => crate::resume::run(&args),
            Command::Verify(args) => crate::verify::run(&args),
            Command::Export(args) => crate::export::run(&args),
            Command::Reconstruct(args) if args.images.is_empty() => {
                crate::model_use::run(&args.model, Use::Reconstruct)
            }
            Command::Reconstruct(args) => crate::own_images::reconstruct(&args),
            Command::Generate(args) => {
                crate::model_use::run(&args.model, args.grid.map_or(Use::Generate, Use::Map))
            }
            Command::DenoiseImage(args) => crate::own_images::denoise(&args),
            Command::Pca(args) => crate::rival::run(&args),
            Command::Lab(args) => crate::lab::run(&args),
            Command::Models(args) => crate::models::list(&args),
            Command::Doctor(args) => crate::doctor::run(&args),
            Command::Completions(args) => Ok(args.print(Self::command())),
            Command::Man(args) => args.run(Self::command()),
        }
    }
}

impl Command {
    /// What its arguments say of the output, for all commands the same options.
    fn output(&mut self) -> &mut Output {
        match self {
            Self::Dense(args) => &mut args.common.output,
            Self::Denoise(args) => &mut args.common.output,
            Self::Resume(args) | Self::Verify(args) => &mut args.output,
            Self::Reconstruct(args) => &mut args.model.output,
            Self::Generate(args) => &mut args.model.output,
            Self::DenoiseImage(args) => &mut args.common.output,
            Self::Pca(args) => &mut args.common.output,
            Self::Export(args) => &mut args.output,
            Self::Lab(args) => &mut args.output,
            Self::Models(args) => &mut args.output,
            Self::Doctor(args) => &mut args.output,
            Self::Completions(args) => &mut args.output,
            Self::Man(args) => &mut args.output,
        }
    }
}

/// Which images.
#[derive(Clone, Debug, Args)]
pub(crate) struct DataArgs {
    /// mnist, fashion-mnist, or a folder with four IDX files named as MNIST's
    #[arg(long, value_name = "NAME|FOLDER", default_value = "mnist")]
    pub(crate) dataset: PathBuf,

    // The default is each job's own.
    /// Classes to take, by number or name, separated by commas, or "all"
    #[arg(long, alias = "digit", value_name = "CLASS,..", value_delimiter = ',')]
    pub(crate) classes: Vec<String>,

    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How a job learns, and how much of it a picture shows. The defaults are the model's, or each job's own.
#[derive(Clone, Debug, Args)]
pub(crate) struct StepArgs {
    /// Images to a step
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) batch: Option<usize>,

    /// The rule that moves the weights
    #[arg(long, value_enum)]
    pub(crate) optimizer: Option<OptimizerName>,

    /// Learning rate [default: the rule's own, 0.001 for RMSprop and Adam, 1 for Adadelta, 0.01 for SGD]
    #[arg(long, value_name = "RATE", value_parser = learning_rate, allow_negative_numbers = true)]
    pub(crate) lr: Option<f64>,

    /// Images in a row of a gallery
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = samples)]
    pub(crate) samples: usize,
}

/// What is kept of a training, and when it ends before its last epoch.
#[derive(Clone, Debug, Args)]
pub(crate) struct KeepArgs {
    /// Write a checkpoint after every so many epochs; a run that is killed loses no more
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub(crate) checkpoint_every: usize,

    /// End with the weights of the epoch with the lowest val_loss, not with the last one's
    #[arg(long)]
    pub(crate) keep_best: bool,

    /// Stop after so many epochs in a row in which val_loss has not fallen
    #[arg(long, value_name = "EPOCHS", value_parser = whole::<usize>)]
    pub(crate) patience: Option<usize>,

    /// By how much val_loss must fall to count, for --patience and --keep-best
    #[arg(
        long,
        value_name = "LOSS",
        default_value = "0",
        value_parser = difference,
        allow_negative_numbers = true
    )]
    pub(crate) min_delta: f64,
}

impl KeepArgs {
    pub(crate) fn early_stopping(&self) -> EarlyStopping {
        let Self { keep_best: restore_best, patience, min_delta, .. } = *self;
        EarlyStopping { patience, min_delta, restore_best }
    }
}

/// Where a job's options come from that are not on the command line.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Take options from this file: lines such as `epochs = 20`, or the config.toml of a run
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What every job knows.
#[derive(Clone, Debug, Args)]
pub(crate) struct CommonArgs {
    /// Decides all that is random: weights, order, what galleries show
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<u64>)]
    pub(crate) seed: u64,

    /// Threads to compute with; the results do not depend on it [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Folder for the results, new or empty [default: runs/JOB-DATA-CLASSES, numbered if taken]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    #[arg(skip)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_are_those_of_the_notebook() {
        let Command::Dense(args) = Cli::parse_from(["ae-app", "dense"]).command else {
            panic!("another command")
        };
        let chosen =
            crate::models::choose(&args.model, args.usual_model("mnist"), [28, 28]).unwrap();
        let words = "input 784; dense 10 relu | dense 784 sigmoid";
        assert_eq!(chosen.architecture.to_string(), words);
        let plan = chosen.plan(&args.steps, args.epochs, DenseArgs::USUAL).unwrap();
        let optimizer = OptimizerName::Rmsprop;
        assert_eq!(plan, crate::models::Plan { epochs: 200, batch: 250, optimizer, lr: None });
        assert_eq!(args.steps.samples, 10);
        assert_eq!(args.data.classes, ["5"]);
    }
}
