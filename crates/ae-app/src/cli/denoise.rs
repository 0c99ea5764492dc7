//! The arguments of `ae-app denoise`.

use super::shared::{
    AugmentArgs, ConfigArgs, DataArgs, KeepArgs, ModelOptions, PlanArgs, SamplesArgs, SeedArgs,
    WorkArgs, put,
};
use super::values::{corruption, noise_levels, switch};
use ae_run::DenoiseSpec;
use ae_train::NamedCorruption;
use clap::{ArgAction, ArgMatches, Args};

const EXAMPLES: &str = "\
Examples:
  ae-app denoise --quick                   a first impression: a picture in half a minute
  ae-app denoise                           the notebook's job: all ten digits, noise 0.5
  ae-app denoise --fresh-noise --sweep     new noise in each epoch; measured at nine levels
  ae-app denoise --dataset fashion-mnist --epochs 10
  ae-app denoise --dataset photos --size 512x512 --model photo-denoise --augment crop:40x40:10
";

const LIMIT: &str = "Only the first N training images and the first N test images";
const EPOCHS: &str = "Number of passes over the training images [default: the model's, 100 for the notebook's; with --quick 3]";
const BATCH: &str = "Images per batch [default: the model's, 128 for the notebook's]";
const OPTIMIZER: &str = "The optimizer [default: the model's, adadelta for the notebook's]";
const MODEL: &str = "A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows them \
                     [default: notebook-conv, for fashion-mnist clothes]";

/// The arguments of `ae-app denoise`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(switch))]
#[command(mut_arg("classes", |arg| arg.default_value("all")))]
#[command(mut_arg("model", |arg| arg.help(MODEL)))]
#[command(mut_arg("limit", |arg| arg.help(LIMIT)))]
#[command(mut_arg("epochs", |arg| arg.help(EPOCHS)))]
#[command(mut_arg("batch", |arg| arg.help(BATCH)))]
#[command(mut_arg("optimizer", |arg| arg.help(OPTIMIZER)))]
pub(crate) struct DenoiseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// 3 epochs on the first 10000 training and 2000 test images, unless --epochs or --limit say
    /// otherwise
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) quick: Option<bool>,

    #[command(flatten)]
    pub(crate) model: ModelOptions,

    /// Standard deviation of the noise, for pixels from 0 to 1; or FROM..TO, to draw one for each
    /// image
    #[arg(
        long,
        value_name = "FACTOR|FROM..TO",
        default_value = "0.5",
        value_parser = noise_levels,
        allow_negative_numbers = true
    )]
    pub(crate) noise: Option<NamedCorruption>,

    /// A corruption other than Gaussian noise: masking:PROBABILITY or salt-and-pepper:PROBABILITY
    /// (or gaussian:FACTOR)
    #[arg(long, value_name = "NAME:AMOUNT", value_parser = corruption, conflicts_with = "noise")]
    pub(crate) corruption: Option<NamedCorruption>,

    /// Draw the noise of the training images again in each epoch, rather than once
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) fresh_noise: Option<bool>,

    #[command(flatten)]
    pub(crate) augment: AugmentArgs,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,

    #[command(flatten)]
    pub(crate) samples: SamplesArgs,

    /// At the end, also measure the model at noise 0.1, 0.2, .. 0.9
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) sweep: Option<bool>,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) seed: SeedArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

impl DenoiseArgs {
    /// Removes the file's corruption if the command line sets the noise: both options set the
    /// corruption.
    pub(crate) fn prefer_typed_noise(&mut self, typed: &ArgMatches) {
        if typed.contains_id("noise") {
            self.corruption = None;
        }
    }

    /// Applies the typed options to the specification.
    pub(crate) fn apply(self, spec: &mut DenoiseSpec) {
        let DenoiseSpec { training, corruption, fresh_noise, sweep, quick } = spec;
        self.data.apply(&mut training.data);
        self.augment.apply(&mut training.augmentation);
        self.model.apply(&mut training.model);
        self.plan.apply(&mut training.plan);
        self.keep.apply(&mut training.keep);
        put(&mut training.samples, self.samples.samples);
        put(&mut training.seed, self.seed.seed);
        put(corruption, self.noise);
        put(corruption, self.corruption);
        put(fresh_noise, self.fresh_noise);
        put(sweep, self.sweep);
        put(quick, self.quick);
    }
}
