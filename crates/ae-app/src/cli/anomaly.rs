//! The arguments of `ae-app anomaly`.

use super::shared::{
    AugmentArgs, ConfigArgs, DataArgs, KeepArgs, ModelOptions, PlanArgs, SamplesArgs, SeedArgs,
    WorkArgs, put,
};
use super::values::{at_least_one, masks, rate, score, share, switch};
use ae_data::Share;
use ae_lab::anomaly::ScoreKind;
use ae_run::{AnomalySpec, MaskSpec};
use clap::builder::Resettable;
use clap::{Arg, ArgAction, Args};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app anomaly                                   fives are normal: find the other digits
  ae-app anomaly --dataset parts --size 64x64      train/good is normal; test/scratch is not
  ae-app anomaly --classes 7 --score neighbors --false-alarms 0.05
  ae-app anomaly runs/anomaly-mnist-5 new.png      score your own images with that model
  ae-app anomaly runs/anomaly-parts-all photos --fail-if-any     status 5 if one is flagged
  ae-app anomaly runs/anomaly-mnist-5 --score patch    the run's test images, by another score
";

const CLASSES: &str = "Normal classes, by number or name, separated by commas, or \"all\" with training images \
                       [default: 5 for mnist and fashion-mnist, else all]";
const LIMIT: &str = "Only the first N normal training images, and N test images at equal distances";
const EPOCHS: &str = "Number of passes over the training images [default: the model's, else 50]";
const BATCH: &str = "Images per batch [default: the model's, else 128]";
const OPTIMIZER: &str = "The optimizer [default: the model's, else adam]";
const SAMPLES: &str = "Images in a row of a gallery [default: 10, or the run's]";
const MODEL: &str = "A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows them \
                     [default: anomaly, for vectors: vectors]";

/// The options that scoring with a trained model has. It cannot take any other.
const SCORING: [&str; 10] = [
    "run",
    "images",
    "data_dir",
    "score",
    "false_alarms",
    "fail_if_any",
    "samples",
    "threads",
    "out",
    "show",
];

/// Settles what holds for every option.
fn settled(arg: Arg) -> Arg {
    let arg = switch(arg);
    if SCORING.contains(&arg.get_id().as_str()) { arg } else { arg.conflicts_with("run") }
}

/// The arguments of `ae-app anomaly`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(settled))]
#[command(mut_arg("classes", |arg| arg.help(CLASSES)))]
#[command(mut_arg("limit", |arg| arg.help(LIMIT)))]
#[command(mut_arg("model", |arg| arg.help(MODEL)))]
#[command(mut_arg("epochs", |arg| arg.help(EPOCHS)))]
#[command(mut_arg("batch", |arg| arg.help(BATCH)))]
#[command(mut_arg("optimizer", |arg| arg.help(OPTIMIZER)))]
#[command(mut_arg("samples", |arg| arg.help(SAMPLES).default_value(Resettable::Reset)))]
pub(crate) struct AnomalyArgs {
    /// The folder of a run of anomaly that has ended: score with its model, and train nothing.
    /// Without IMAGE, the run's own test images
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,

    /// What to score: PNG or JPEG files, and folders or files of images or rows as --dataset takes
    /// them
    #[arg(value_name = "IMAGE", requires = "run")]
    pub(crate) images: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The score that flags: mse, cross-entropy, patch (the worst window), mahalanobis or neighbors
    /// (distances of codes). All are computed [default: patch, for vectors and fashion-mnist mse,
    /// or the run's]
    #[arg(long, value_name = "NAME", value_parser = score())]
    pub(crate) score: Option<ScoreKind>,

    /// Share of normal images, or rows, that may be flagged, for the threshold [default: 0.01, or
    /// the run's]
    #[arg(long, value_name = "RATE", value_parser = rate, allow_negative_numbers = true)]
    pub(crate) false_alarms: Option<f64>,

    /// Share of the normal training images, or rows, that is not trained on, for validation and the
    /// threshold
    #[arg(long, value_name = "SHARE", default_value = "0.1", value_parser = share)]
    pub(crate) held_out: Option<Share>,

    /// Side of the window of the score patch, in pixels
    #[arg(long, value_name = "N", default_value = "11", value_parser = at_least_one)]
    pub(crate) patch: Option<usize>,

    /// The score neighbors is the distance to the N-th nearest code
    #[arg(long, value_name = "N", default_value = "5", value_parser = at_least_one)]
    pub(crate) neighbors: Option<usize>,

    /// The masks of test images, in a folder for each class: scratch/007_mask.png is white where
    /// test/scratch/007.png is defective. The heat maps are measured by them. none uses none
    /// [default: ground_truth in the data, if there is one]
    #[arg(long, value_name = "FOLDER|none", value_parser = masks)]
    pub(crate) masks: Option<MaskSpec>,

    /// End with status 5 if an image is flagged, for scripts
    #[arg(long, requires = "run", action = ArgAction::SetTrue)]
    pub(crate) fail_if_any: Option<bool>,

    #[command(flatten)]
    pub(crate) model: ModelOptions,

    #[command(flatten)]
    pub(crate) augment: AugmentArgs,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,

    #[command(flatten)]
    pub(crate) samples: SamplesArgs,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) seed: SeedArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

impl AnomalyArgs {
    /// Applies the typed options to the specification.
    pub(crate) fn apply(self, spec: &mut AnomalySpec) {
        let AnomalySpec { training, score, false_alarms, held_out, patch, neighbors, masks } = spec;
        if self.data.dataset.is_some() {
            // Other data have other masks.
            *masks = MaskSpec::default();
        }
        self.data.apply(&mut training.data);
        self.augment.apply(&mut training.augmentation);
        self.model.apply(&mut training.model);
        self.plan.apply(&mut training.plan);
        self.keep.apply(&mut training.keep);
        put(&mut training.samples, self.samples.samples);
        put(&mut training.seed, self.seed.seed);
        *score = self.score.or(*score);
        put(false_alarms, self.false_alarms);
        put(held_out, self.held_out);
        put(patch, self.patch);
        put(neighbors, self.neighbors);
        put(masks, self.masks);
    }
}
