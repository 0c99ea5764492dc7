//! The options that several commands have.

use super::source::SourceArgs;
use super::values::{
    at_least_one, augmentation, count, difference, learning_rate, loss, norm, optimizer, samples,
    schedule, summation, threads, whole,
};
use ae_optim::NamedSchedule;
use ae_run::{DataSpec, KeepSpec, ModelSpec, OptimizerName, PlanSpec, TrainingSpec};
use ae_train::{Augmentation, NamedLoss, Summation};
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// Where known data sets are.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DataDirArgs {
    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How many threads compute.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ThreadsArgs {
    /// Threads to compute with; the results do not depend on it [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
}

/// Where the results go.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OutArgs {
    /// Folder for the results, new or empty [default: runs/JOB-DATA-CLASSES, numbered if taken]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Whether galleries are shown. A flag that means the same in every command.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ShowArgs {
    /// Also print the galleries: in color on a terminal, in characters elsewhere or with NO_COLOR
    #[arg(long, conflicts_with = "json", action = ArgAction::SetTrue)]
    show: Option<bool>,
}

impl ShowArgs {
    pub(crate) fn show(&self) -> bool {
        self.show.unwrap_or_default()
    }
}

/// How many images a row of a gallery has.
#[derive(Clone, Debug, Args)]
pub(crate) struct SamplesArgs {
    /// Images in a row of a gallery
    #[arg(long, value_name = "N", default_value = "10", value_parser = samples)]
    pub(crate) samples: Option<usize>,
}

impl SamplesArgs {
    /// Returns the typed number, or the default.
    pub(crate) fn count(&self) -> usize {
        self.samples.unwrap_or(TrainingSpec::SAMPLES)
    }
}

/// How a command computes that makes a folder, and where that is.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WorkArgs {
    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,

    #[command(flatten)]
    pub(crate) out: OutArgs,

    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

/// What is random.
#[derive(Clone, Debug, Args)]
pub(crate) struct SeedArgs {
    /// Decides all that is random: weights, order, what galleries show
    #[arg(long, value_name = "N", default_value = "1", value_parser = whole::<u64>)]
    pub(crate) seed: Option<u64>,
}

impl SeedArgs {
    /// Returns the typed seed, or the default.
    pub(crate) fn number(&self) -> u64 {
        self.seed.unwrap_or(TrainingSpec::SEED)
    }
}

/// Which images.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DataArgs {
    /// mnist, fashion-mnist, or a folder or file of images; `ae-app data` says what it holds
    #[arg(long, value_name = "NAME|PATH", default_value = "mnist")]
    pub(crate) dataset: Option<PathBuf>,

    // Each job has its own default.
    /// Classes to take, by number or name, separated by commas, or "all"
    #[arg(long, alias = "digit", value_name = "CLASS,..", value_delimiter = ',')]
    pub(crate) classes: Option<Vec<String>>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,

    /// Only the first N training images and the first N test images of these classes
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,
}

/// Which images instead of those that a model was trained on.
#[derive(Clone, Debug, Args)]
pub(crate) struct OtherDataArgs {
    /// Other images than those of the run: mnist, fashion-mnist, or a folder or file
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) dataset: Option<PathBuf>,

    /// Other classes than those of the run
    #[arg(long, alias = "digit", value_name = "CLASS,..", value_delimiter = ',')]
    pub(crate) classes: Option<Vec<String>>,

    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,
}

/// Which model, and what of it is to be different.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ModelOptions {
    // Each job has its own default.
    /// A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows
    /// them
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Replace the encoder's layers, separated by semicolons: "dense 64 relu; dense {latent} relu"
    #[arg(long, value_name = "LAYERS")]
    pub(crate) encoder: Option<String>,

    /// Replace the decoder's layers: "dense 64 relu; dense {pixels*channels} sigmoid"
    #[arg(long, value_name = "LAYERS")]
    pub(crate) decoder: Option<String>,

    /// Length of a code: the number of the encoder's outputs [default: the model's, 10 for the
    /// notebook's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) latent: Option<usize>,

    /// Surround images whose sides do not suit the model with zeros, and crop its output
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) pad: Option<bool>,
}

/// How the training images are changed.
#[derive(Clone, Debug, Args)]
pub(crate) struct AugmentArgs {
    /// Random changes of the training images, new in each epoch, separated by commas: flip,
    /// flip:vertical, flip:both, turn, shift:PIXELS, rotate:DEGREES, crop:WIDTHxHEIGHT,
    /// crop:WIDTHxHEIGHT:PER_IMAGE; or none
    #[arg(long, value_name = "CHANGE,..", value_parser = augmentation)]
    pub(crate) augment: Option<Augmentation>,
}

/// How a job learns. The defaults are the model's, or each job's own.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlanArgs {
    /// Number of passes over the training images
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,

    /// Images per batch
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) batch: Option<usize>,

    /// The optimizer
    #[arg(long, value_parser = optimizer())]
    pub(crate) optimizer: Option<OptimizerName>,

    /// Learning rate [default: the optimizer's, 0.001 for RMSprop, Adam and AdamW, 1 for Adadelta,
    /// 0.01 for SGD]
    #[arg(long, value_name = "RATE", value_parser = learning_rate, allow_negative_numbers = true)]
    pub(crate) lr: Option<f64>,

    /// How the learning rate changes: constant, step:EPOCHS:FACTOR, cosine, cosine:ALPHA, plateau,
    /// plateau:PATIENCE:FACTOR, or one of these after warmup:EPOCHS+ [default: the model's, else
    /// constant]
    #[arg(long, value_name = "SCHEDULE", value_parser = schedule)]
    pub(crate) schedule: Option<NamedSchedule>,

    /// The loss to minimize: binary_crossentropy (bce) or mean_squared_error (mse) [default: the
    /// model's, else bce]
    #[arg(long, value_name = "LOSS", value_parser = loss)]
    pub(crate) loss: Option<NamedLoss>,

    /// Limit the norm of all gradients together to this value
    #[arg(long, value_name = "NORM", value_parser = norm, allow_negative_numbers = true)]
    pub(crate) clip_norm: Option<f64>,

    /// The order in which the gradients of a batch's shards are added: in-order or pairwise, which
    /// is faster in many processes [default: in-order]
    #[arg(long, value_name = "ORDER", value_parser = summation)]
    pub(crate) summation: Option<Summation>,
}

/// What is kept of a training, and when it ends before its last epoch.
#[derive(Clone, Debug, Args)]
pub(crate) struct KeepArgs {
    /// Write a checkpoint every N epochs; a killed run loses at most N epochs
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    pub(crate) checkpoint_every: Option<usize>,

    /// End with the weights of the epoch with the lowest val_loss instead of the last epoch's
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) keep_best: Option<bool>,

    /// Stop when val_loss has not fallen for this many epochs in a row
    #[arg(long, value_name = "EPOCHS", value_parser = count)]
    pub(crate) patience: Option<usize>,

    /// Smallest fall of val_loss that counts, for --patience and --keep-best
    #[arg(
        long,
        value_name = "LOSS",
        default_value = "0",
        value_parser = difference,
        allow_negative_numbers = true
    )]
    pub(crate) min_delta: Option<f64>,
}

/// Where a job's options come from that are not on the command line.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Read options from this file: lines such as `epochs = 20`, or the config.toml of a run
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Replaces the value if one was typed.
pub(super) fn put<T>(place: &mut T, typed: Option<T>) {
    if let Some(typed) = typed {
        *place = typed;
    }
}

/// Replaces the optional value if one was typed.
fn put_some<T>(place: &mut Option<T>, typed: Option<T>) {
    if typed.is_some() {
        *place = typed;
    }
}

impl DataArgs {
    pub(crate) fn apply(self, data: &mut DataSpec) {
        self.dataset.into_iter().for_each(|dataset| data.take(dataset));
        if self.source.is_given() {
            data.change_options(|options| self.source.apply(options));
        }
        data.in_memory = self.source.in_memory.unwrap_or(data.in_memory);
        self.classes.into_iter().for_each(|classes| data.take_classes(classes));
        put_some(&mut data.limit, self.limit);
    }
}

impl AugmentArgs {
    pub(crate) fn apply(self, place: &mut Option<Augmentation>) {
        if let Some(typed) = self.augment {
            *place = Some(typed).filter(|typed| *typed != Augmentation::default());
        }
    }
}

impl OtherDataArgs {
    pub(crate) fn apply(&self, data: &mut DataSpec) {
        self.dataset.iter().for_each(|dataset| data.take(dataset.clone()));
        self.classes.iter().for_each(|classes| data.take_classes(classes.clone()));
    }
}

impl ModelOptions {
    pub(crate) fn apply(self, spec: &mut ModelSpec) {
        put_some(&mut spec.model, self.model);
        put_some(&mut spec.encoder, self.encoder);
        put_some(&mut spec.decoder, self.decoder);
        put_some(&mut spec.latent, self.latent);
        put(&mut spec.pad, self.pad);
    }
}

impl PlanArgs {
    pub(crate) fn apply(self, plan: &mut PlanSpec) {
        put_some(&mut plan.epochs, self.epochs);
        put_some(&mut plan.batch, self.batch);
        put_some(&mut plan.optimizer, self.optimizer);
        put_some(&mut plan.lr, self.lr);
        put_some(&mut plan.schedule, self.schedule);
        put_some(&mut plan.loss, self.loss);
        put_some(&mut plan.clip_norm, self.clip_norm);
        put_some(&mut plan.summation, self.summation);
    }
}

impl KeepArgs {
    pub(crate) fn apply(self, keep: &mut KeepSpec) {
        put(&mut keep.checkpoint_every, self.checkpoint_every);
        put(&mut keep.early_stopping.restore_best, self.keep_best);
        put_some(&mut keep.early_stopping.patience, self.patience);
        put(&mut keep.early_stopping.min_delta, self.min_delta);
    }
}
